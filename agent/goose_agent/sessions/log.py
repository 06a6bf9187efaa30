"""A session's record while it runs: every event passes here, is numbered, reduced and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from goose_agent.clock import World
from goose_agent.codec import event_from, event_to, write_event
from goose_agent.errors import StoreError
from goose_agent.events import Actor, AnyData, Event, Status
from goose_agent.evolve import evolve
from goose_agent.sessions.indexing import Indexer
from goose_agent.sessions.journal import Journal, Publish
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore, StoredBlob
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import MAIN, Fork, SessionState

__all__ = ["SessionLog", "summary_of"]

_IMAGE_AFTER = 1024
_IMAGE_AT_END = 256
"""Events since the last image of the state that make a new one worth its time."""


class SessionLog:
    """Where the session's truth is: its events so far, and the state they make.

    Args:
        session_id: whose log it is.
        store: where it is kept.
        world: clock and ids.
        publish: who sees the events once they are committed.
    """

    def __init__(
        self, session_id: str, store: SessionStore, world: World, publish: Publish
    ) -> None:
        self.session_id = session_id
        self.agent = MAIN
        """Who acts."""
        self.world = world
        self._state = SessionState(session_id=session_id)
        self.indexer = Indexer(Library(store.path.parent), session_id)
        self.journal = Journal(
            store,
            publish,
            lambda: summary_of(self.state),
            self._image_due,
            self.indexer.committed,
            self._stuck,
        )
        self._turn = 0
        self._imaged = 0

    @property
    def state(self) -> SessionState:
        """What its events have come to."""
        return self._state

    def has_call(self, call_id: str) -> bool:
        """Whether a call of any agent has this id."""
        return bool(self._state.agent_of_call(call_id))

    def load(self, image: SessionState | None, lines: Iterable[bytes]) -> set[bytes]:
        """Take up what is stored; the result are lines that are no events: they are passed over.

        Args:
            image: the state after the first events; None to begin with none.
            lines: the events after those.
        """
        garbage = set()
        if image is not None:
            self._state, self._imaged = image, image.seq
        for line in lines:
            try:
                event = event_from(line)
            except StoreError:
                garbage.add(line)
            else:
                self._state = reduce(self._state, event)
        self._turn = len(self.state.turns)
        return garbage

    def skip_to(self, seq: int) -> None:
        """Give the next event a number above this one, which is taken."""
        self._state = evolve(self._state, seq=max(seq, self._state.seq))

    def _image_due(self, last: int) -> SessionState | None:
        """The state, if an image of it is due and it is the one after event `last`.

        The longer a session, the rarer: so all its images together cost about as much as its events.
        """
        state, since = self.state, self.state.seq - self._imaged
        least = _IMAGE_AT_END if state.ended else max(_IMAGE_AFTER, self._imaged // 10)
        if since < least or state.seq != last:
            return None
        self._imaged = state.seq
        return state

    def _stuck(self, reason: str) -> bytes:
        """The line that says why nothing can be written; it goes past the queue."""
        return event_to(self._event(Status(reason), "system"))

    def _event(
        self,
        data: AnyData,
        actor: Actor,
        cause: int | None = None,
        blobs: Mapping[str, StoredBlob] | None = None,
        agent: str = MAIN,
    ) -> Event:
        return Event(
            seq=self.state.seq + (0 if data.durability == "transient" else 1),
            id=self.world.ids.new("e"),
            at=self.world.clock.now(),
            mono=round(self.world.clock.mono(), 6),  # as exact as the record
            session_id=self.session_id,
            turn=self._turn if agent == MAIN else self._turn_of(agent, data),
            agent=agent,
            cause=cause,
            actor=actor,
            data=data,
            blobs={name: blob.sha for name, blob in (blobs or {}).items()},
        )

    def _turn_of(self, agent: str, data: AnyData) -> int:
        """The turn of a subagent that an event belongs to."""
        turns = len(self._state.of_agent(agent).turns) if agent in self._state.agents else 0
        return turns + (data.type == "turn.started")

    def record(
        self,
        data: AnyData,
        actor: Actor,
        *,
        cause: int | None = None,
        blobs: Mapping[str, bytes | StoredBlob] | None = None,
        agent: str = "",
    ) -> int:
        """Let something have happened; returns the event's number.

        It is on its way to the disk and the faces: `settle` waits for it.

        Args:
            data: what happened.
            actor: who did it.
            cause: number of the event that led here.
            blobs: large payloads by name; ready ones where hashing them here would take too long.
            agent: the path of who acts; empty for whose log it is.
        """
        agent = agent or MAIN
        if data.type == "turn.started" and agent == MAIN:
            self._turn += 1
        stored = {
            name: content if isinstance(content, StoredBlob) else StoredBlob.of(content)
            for name, content in (blobs or {}).items()
        }
        event, line = write_event(self._event(data, actor, cause, stored, agent))
        self._state = reduce(self._state, event)
        self.journal.put(event, line, tuple(stored.values()))
        return event.seq

    async def settle(self) -> None:
        """Wait until all that was recorded is as safe as its kind asks, and shown.

        Raises:
            StoreError: it could not be written.
        """
        await self.journal.settle()


def summary_of(state: SessionState) -> dict[str, object]:
    """What the list of sessions shows of this one."""
    turn, fork = state.turn, state.fork
    if state.asks:
        word = "waiting"
    elif state.working:
        word = "open"
    else:
        word = "interrupted" if turn and turn.reason != "done" else "done"
    priced = state.spent.requests > state.spent.unpriced
    cost = state.spent.cost
    if fork is not None:  # what was paid there is not paid again
        cost -= fork.cost
        priced = priced and cost > 0
    return {
        "title": state.title,
        "folder": state.folder,
        "opened_in": state.opened_in,
        "model": state.model,
        "cost": round(cost, 6) if priced else None,
        "state": word,
        "updated": state.updated_at.isoformat(timespec="minutes") if state.updated_at else "",
        "messages": len(state.records),
        "turns": len(state.turns),
        "calls": len(state.calls),
        **(_branch(state, fork) if fork is not None else {}),
    }


def _branch(state: SessionState, fork: Fork) -> dict[str, object]:
    return {"parent": fork.parent, "forked_at": fork.at, "branch": fork.words(state.model)}
