"""Runs today's program over a recording, with the answers of models and tools that are on record.

What it makes of them is held against what was made of them then: the state, each request, the
reading of each call and the gate's verdict on it. Nothing is asked, run or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from anyio import to_thread

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.errors import StoreError
from goose_agent.events import SessionStarted
from goose_agent.extensions.choosing import own_extensions
from goose_agent.extensions.host import ExtensionHost
from goose_agent.permissions.trust import TrustStore
from goose_agent.replay.divergence import Check, Divergence, compared
from goose_agent.replay.past_calls import PastCalls
from goose_agent.replay.past_requests import PastRequests
from goose_agent.replay.recording import Recording
from goose_agent.sessions.log import summary_of
from goose_agent.state.image import state_from, state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import Extension

__all__ = ["check_file"]

_FACTS = ("title", "folder", "model", "cost", "messages")
"""What the list of sessions says of one that follows from its events alone."""


async def check_file(
    path: Path,
    world: World,
    extensions: Callable[[ExtensionHost], Iterable[Extension]] = own_extensions,
) -> Check:
    """Check one record.

    Args:
        path: a session's file, or a bundle.
        world: clock and environment; nothing of it is changed.
        extensions: makes those that a session has today.

    Raises:
        UsageError: there is no such file.
        StoreError: it holds no session.
    """
    recording = await to_thread.run_sync(Recording.open, path)
    try:
        registry = Registry(extensions(_host(recording, world)))
        await to_thread.run_sync(registry.prepare)
        return await _check(recording, world, registry)
    finally:
        recording.close()


async def _check(recording: Recording, world: World, registry: Registry) -> Check:
    requests, calls = PastRequests(recording, registry), PastCalls(registry, world)
    found = [Divergence(0, "record", words) for words in recording.damage]
    state = SessionState(session_id=recording.session_id)
    try:
        for event in recording.events:
            found += await to_thread.run_sync(list, requests.look(state, event))
            found += [each async for each in calls.look(state, event)]
            state = reduce(state, event)
    finally:
        registry.close()
    if not recording.damage:
        found += _look_at_state(recording, state)
    return Check(
        recording.session_id,
        len(recording),
        requests.count,
        calls.calls,
        calls.verdicts,
        calls.skipped,
        tuple(found),
    )


def _host(recording: Recording, world: World) -> ExtensionHost:
    """Where the session ran, as far as extensions go by it."""
    started = next((e.data for e in recording.events if isinstance(e.data, SessionStarted)), None)
    folder = Path(started.folder) if started is not None else Path("/")
    places = Places.of(world.environ)
    trust = TrustStore(places.data / "trust.json")
    return ExtensionHost(places, folder, (folder,), trust, world.environ)


def _look_at_state(recording: Recording, state: SessionState) -> Iterator[Divergence]:
    """What the events come to, beside what they came to then."""
    told, now = recording.told(), summary_of(state)
    for name in _FACTS:
        if name in told and name in now:
            was, is_now = str(told[name]).encode(), str(now[name]).encode()
            if (found := compared(0, "state", name, was, is_now)) is not None:
                yield found
    if (image := recording.image()) is not None:
        seq, was = image
        is_now = state_to(recording.state_at(recording.place_of(seq)))
        if (found := compared(seq, "state", "image of the state", was, is_now)) is not None:
            yield found
    written = state_to(state)
    try:
        again = state_to(state_from(written))
    except StoreError as error:
        again = str(error).encode()
    if (found := compared(state.seq, "state", "state read again", written, again)) is not None:
        yield found
