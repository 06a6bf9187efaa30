"""Every request that was sent can be made anew from the record, to the byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from agent.providers.loopback import Received, Reply, streamed
from goose_agent.codec import event_from
from goose_agent.commands import (
    AnswerRequest,
    Command,
    Compact,
    EditSegment,
    FetchRequest,
    RedoCompaction,
    SetEffort,
    SetMode,
    SetModel,
    UndoCompaction,
)
from goose_agent.context.spread import spread
from goose_agent.errors import StoreError
from goose_agent.events import CompactionAnswer, ContextBuilt, Event, ModelResponded
from goose_agent.loop.rebuilding import Rebuilder, last_sending, sendings
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.gemini import GeminiModel
from goose_agent.providers.model import ConnectedModel, ModelInfo
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.providers.service import Service
from goose_agent.providers.tool_shim import ShimModel
from goose_agent.providers.transport import Transport
from goose_agent.sessions.store import SessionStore
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.engine import Face, Rig
from support.pictures import png
from support.probe import Probe
from support.speakers import answer_for, speaking_server
from support.summing import SummingModel

ROUNDS = 20
"""Requests of a turn."""
TURNS = 50


def _reply(asked: Received, at: int) -> Reply:
    """Calls a tool until the turn is as long as it is to be, in the format it is asked in."""
    word = f"thing {at} é “{'x' * (at % 90)}”"
    look = {"id": f"call_{at}", "name": "look", "arguments": {"word": word}}
    last = (at + 1) % ROUNDS == 0
    counted = len(asked.body) // 4 + 1
    return streamed(answer_for(asked.path, f"Answer {at}.", None if last else look, counted))


def _models(url: str) -> Iterator[ConnectedModel]:
    def reach() -> Transport:
        return Transport(Service("Here", url))

    window = 2_000_000
    chat = OpenAIDialect(efforts=("low", "high"))
    thinking = ThinkingKind("budget", budget=(1024, 60_000))
    yield OpenAIModel(ModelInfo("a/chat", window), reach(), chat)
    yield AnthropicModel(ModelInfo("b/claude", window, 64_000), reach(), thinking)
    yield GeminiModel(ModelInfo("c/gemini", window), reach(), ThinkingKind("levels", ("low",)))
    yield OllamaModel(ModelInfo("d/local", window, sees=False), reach(), ThinkingKind("switch"))
    yield OpenAIModel(ModelInfo("e/thinks", window), reach(), OpenAIDialect(returns_thinking=True))
    # What cannot call prints its calls; this one says them in the wire's own form all the same.
    yield ShimModel(OllamaModel(ModelInfo("f/prints", window), reach()), constrained=True)


def _changes(face: Face, turn: int) -> Iterator[Command]:
    """What a person does between two turns."""
    names = ("a/chat", "b/claude", "c/gemini", "d/local", "e/thinks", "f/prints")
    if turn % 2:
        yield SetModel(names[turn // 2 % len(names)])
    if turn % 7 == 0:
        yield SetEffort(("low", None, "high", "off")[turn // 7 % 4])
    if turn % 11 == 10:
        yield SetMode("chat" if turn % 2 else "auto")
    segments = [item for item in face.state.context.segments if item.kind == "tool_result"]
    if turn % 3 == 2 and segments:
        key = segments[turn % len(segments)].key
        yield EditSegment(key, "edit", f"edited in turn {turn}")
        yield EditSegment(segments[turn // 2 % len(segments)].key, "drop")
    if turn % 13 == 12 and segments:
        yield EditSegment(segments[turn // 3 % len(segments)].key, "restore")
        yield EditSegment("system", "edit", f"You are an agent. {turn}")


async def _fold(face: Face, turn: int) -> None:
    """Now and then the conversation is made smaller, and that is undone and done again."""
    kinds = {7: "compaction.applied", 10: "compaction.undone", 12: "compaction.redone"}
    kind = kinds.get(turn % 15, "")
    before = face.kinds().count(kind)
    match turn % 15:
        case 7:
            await face.tell(SetModel("fake/one", "review"), Compact())
            (pending,) = await face.pending()
            await face.tell(AnswerRequest(pending.request_id, CompactionAnswer("accept")))
        case 10:
            await face.tell(UndoCompaction())
        case 12:
            await face.tell(RedoCompaction())
        case _:
            return
    await face.until(lambda: face.kinds().count(kind) > before)


async def _talk(rig: Rig, face: Face, turns: range) -> None:
    for turn in turns:
        await _fold(face, turn)
        await face.tell(*_changes(face, turn))
        await face.ask(f"Message {turn}: @shot.png" if turn in (3, 17) else f"Message {turn}")


def _record(rig: Rig, session_id: str) -> SessionStore:
    return SessionStore(rig.places.sessions / f"{session_id}.db", write=False)


def _events(store: SessionStore) -> list[Event]:
    return [event_from(line) for line in store.events()]


@pytest.mark.timeout(240)
async def test_a_thousand_requests_are_made_anew_to_the_byte(rig: Rig) -> None:
    rig.extensions = lambda: (Probe(),)
    (rig.folder / "shot.png").write_bytes(png(40, 30))
    async with speaking_server(_reply) as server:
        for model in _models(server.url):
            rig.with_model(model)
        rig.with_model(SummingModel(window=2_000_000))
        async with rig.session("a/chat") as face:
            await _talk(rig, face, range(TURNS // 2))
            session_id = face.session_id
            await face.leave()
        async with rig.resumed(session_id) as face:
            await _talk(rig, face, range(TURNS // 2, TURNS))
            await face.leave()
        received = [each.body for each in server.received]
    with closing(_record(rig, session_id)) as store:
        events, rebuilder = _events(store), Rebuilder(store.blob)
        sent = [rebuilder.rebuild(each) for each in sendings(events, SessionState())]
        chosen = last_sending(events, SessionState(), sent[700].seq)
        assert chosen is not None
        alone = Rebuilder(store.blob).rebuild(chosen)
    assert len(received) == len(sent) >= 1000
    same = [one.body == other for one, other in zip(sent, received, strict=True)]
    assert Counter(same) == {True: len(received)}
    assert all(each.exact for each in sent)
    assert alone == sent[700]
    assert {each.model for each in sent} == set(rig.models) - {"fake/one"}
    assert _is_linear(events)
    assert _wrong_sums(events) == []
    folded = Counter(event.type for event in events if event.type.startswith("compaction."))
    assert folded == {"compaction.applied": 3, "compaction.undone": 3, "compaction.redone": 3}


def _wrong_sums(events: list[Event]) -> list[int]:
    """Numbers of the answers whose reported tokens are not those of the segments and what is around."""
    state, wrong = SessionState(), []
    for event in events:
        state = reduce(state, event)
        if isinstance(event.data, ModelResponded):
            found, usage = spread(state.context, state.answering), event.data.usage
            if usage is None or (sum(found.segments) + found.framing, found.answer) != (
                usage.input_tokens,
                usage.output_tokens,
            ):
                wrong.append(event.seq)
    return wrong


def _is_linear(events: list[Event]) -> bool:
    """Whether the lists of segments grow with what is said, not with what is sent."""
    sizes = [len(each.data.added) for each in events if isinstance(each.data, ContextBuilt)]
    return sum(sizes) < 40 * len(sizes)


async def test_a_request_is_the_last_that_was_built_by_then(rig: Rig) -> None:
    async with rig.session() as face:
        await face.ask("one")
        await face.ask("two")
        await face.leave()
    with closing(_record(rig, face.session_id)) as store:
        events = _events(store)
        first, second = sendings(events, SessionState())
        assert last_sending(events, SessionState()) == second
        assert last_sending(events, SessionState(), second.built - 1) == first
        assert last_sending(events, SessionState(), first.built - 1) is None
        assert [item.kind for item in first.segments] == ["system", "tools", "user", "turn"]
        with pytest.raises(StoreError, match="not on record"):  # nobody knows how it encodes
            Rebuilder(store.blob).rebuild(first)


async def test_a_face_is_told_a_request_while_the_session_goes_on(rig: Rig) -> None:
    rig.with_model(ScriptedModel.load("[{text: One.}, {text: Two.}]", name="scripted/two", speed=0))
    async with rig.session("scripted/two") as face:
        await face.tell(FetchRequest())
        await face.until(lambda: face.data("request.read"))
        await face.ask("first words")
        await face.ask("second words")
        built = [event.seq for event in face.events if event.type == "context.built"]
        await face.tell(FetchRequest(), FetchRequest(built[1] - 1))
        await face.until(lambda: len(face.data("request.read")) == 3)
    nothing, *read = face.data("request.read")
    assert nothing.problem == "Nothing was sent by then."
    first, last = sorted(read, key=lambda each: each.seq)
    assert first.exact
    assert last.exact
    assert "second words" in last.text
    assert "second words" not in first.text
    sent = face.data("model.requested")[-1]
    assert (last.sha, last.size) == (sent.body_sha, sent.body_size)
