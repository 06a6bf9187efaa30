"""Tokens are counted beside the work: by a tokenizer, or by the service where that costs nothing."""

from __future__ import annotations

import json
from itertools import accumulate

import anyio
import pytest

from agent.providers.loopback import Received, Reply, serving, streamed, whole
from goose_agent.commands import SetModel
from goose_agent.context.o200k import count, encoding
from goose_agent.context.spread import spread
from goose_agent.events import TokenSource
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.model import ModelInfo
from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe
from support.speakers import answer_for, speaking_server
from support.summing import SummingModel

WORDS = "Count the words of this message, please."


def choose(rig: Rig, choice: str) -> None:
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text(f"token_counting: {choice}\n", encoding="utf-8")


def held(rig: Rig, name: str, *answers: Answer) -> anyio.Event:
    """A model that gives its last answer only when it is let."""
    gate = anyio.Event()
    last = Answer(gate=gate, then=said("done.").pieces)
    rig.with_model(FakeModel([*answers, last], ModelInfo(name, window=10_000)))
    return gate


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model reports right away: count before it has."""
    monkeypatch.setattr("goose_agent.loop.counting._PATIENCE", 0)


def sources(face: Face) -> dict[str, TokenSource]:
    return {segment.kind: segment.source for segment in face.state.context.segments}


async def test_the_tokens_of_an_openai_model_are_known_before_it_answers(rig: Rig) -> None:
    rig.extensions = lambda: (Probe(),)
    gate = held(rig, "openai/gpt-5", calls(("look", '{"word": "tree"}')))
    async with rig.session("openai/gpt-5") as face:
        await face.submit(WORDS)
        await face.until(lambda: len(face.state.context.segments) == 6)
        assert face.state.context.source == "estimate"
        await face.until(lambda: face.state.context.source == "tokenizer")
        use = face.state.context
        assert set(sources(face).values()) == {"tokenizer"}
        known = {segment.kind: segment.tokens for segment in use.segments}
        texts = (WORDS, "saw tree", 'look {"word": "tree"}')
        expected = list(count(encoding(), texts))
        assert [known[kind] for kind in ("user", "tool_result", "tool_call")] == expected
        assert use.tokens == spread(use, "openai/gpt-5").total
        gate.set()
        await face.idle()
        assert (face.state.context.source, face.state.context.tokens) == ("provider", 110)
        assert spread(face.state.context, "openai/gpt-5").total == 110


async def test_another_model_is_estimated_unless_a_person_chooses_otherwise(rig: Rig) -> None:
    async with rig.session() as face:
        await face.ask(WORDS)
    assert "context.counted" not in face.kinds()
    choose(rig, "o200k")
    gate = held(rig, "fake/one")
    async with rig.session() as face:
        await face.submit(WORDS)
        await face.until(lambda: face.state.context.source == "tokenizer")
        gate.set()
        await face.idle()
    choose(rig, "estimate")
    rig.with_model(FakeModel(info=ModelInfo("openai/gpt-5")))
    async with rig.session("openai/gpt-5") as face:
        await face.ask(WORDS)
    assert "context.counted" not in face.kinds()


async def test_after_a_switch_the_numbers_are_those_of_the_other_model_at_once(rig: Rig) -> None:
    rig.with_model(FakeModel(info=ModelInfo("fake/wide", window=90_000)))
    async with rig.session() as face:
        await face.ask(WORDS)
        before = face.state.context
        await face.tell(SetModel("fake/wide"))
        await face.until(lambda: face.state.model == "fake/wide")
        after = face.state.context
        assert (after.source, face.state.answering_window) == ("estimate", 90_000)
        assert after.tokens == before.tokens  # it has not reported yet
        await face.ask("One more thing, and it is a long one: " + WORDS * 20)
        learned, mine = face.state.context.ratios, face.state.context.tokens
        await face.tell(SetModel("fake/one"))
        await face.until(lambda: face.state.model == "fake/one")
        expected = round(mine * learned["fake/wide"] / learned["fake/one"])
        assert (face.state.context.tokens, face.state.context.source) == (expected, "estimate")


async def test_a_switch_while_a_model_answers_leaves_no_count_of_that_model(rig: Rig) -> None:
    wide = SummingModel()  # counts more than the other
    wide.info = ModelInfo("fake/wide", window=90_000)
    rig.with_model(wide)
    gate = held(rig, "fake/one", said("Hello."))
    async with rig.session("fake/wide") as face:
        await face.ask(WORDS)
        await face.tell(SetModel("fake/one"))
        await face.ask(WORDS)
        await face.submit(WORDS)
        await face.until(lambda: face.state.phase == "requesting")
        await face.tell(SetModel("fake/wide"))
        await face.until(lambda: face.state.model == "fake/wide")
        gate.set()
        await face.idle()
        use = face.state.context
        expected = 110 * use.ratios["fake/one"] / use.ratios["fake/wide"]
        assert (use.source, use.tokens) == ("estimate", round(expected))


async def test_what_was_said_since_makes_the_numbers_stale_until_it_is_sent(rig: Rig) -> None:
    rig.extensions = lambda: (Probe(),)
    rig.with_model(FakeModel([said("Hello."), calls(("look", '{"word": "tree"}'))]))
    async with rig.session() as face:
        await face.ask(WORDS)
        await face.ask("More.")
    states = list(accumulate(face.events, reduce, initial=SessionState()))[1:]
    after = [(each.type, now.context.stale) for each, now in zip(face.events, states, strict=True)]
    kinds = ("user.message", "context.built", "tool.finished")
    assert [pair for pair in after if pair[0] in kinds] == [
        ("user.message", False),  # nothing was counted yet
        ("context.built", False),
        ("user.message", True),
        ("context.built", False),
        ("tool.finished", True),
        ("context.built", False),
    ]


async def test_once_a_model_has_reported_estimates_are_what_it_will_report(rig: Rig) -> None:
    """The gauge does not fall with each request that is sent, to rise again with the answer."""
    model = SummingModel(window=100_000)  # counts the bytes of the body, brackets and all
    lines = "".join(f"a line of words, number {at}\n" for at in range(300))
    rig.with_model(model)
    async with rig.session() as face:
        for text in ("Read this.", lines, "And?", lines[:4_000], "Well?"):
            await face.ask(text)
    estimated = [built.tokens for built in face.data("context.built")]
    reported = [answer.usage.input_tokens for answer in face.data("model.responded")]
    assert len(estimated) == len(reported) == 5
    wrong = [abs(one / other - 1) for one, other in zip(estimated, reported, strict=True)]
    assert max(wrong[2:]) < 0.03


async def test_anthropic_counts_a_request_for_nothing(rig: Rig, at_once: None) -> None:
    choose(rig, "provider")

    def reply(asked: Received, at: int) -> Reply:
        if asked.path.endswith("count_tokens"):
            return whole(200, b'{"input_tokens": 321}')
        return streamed(answer_for(asked.path, "Hello.", None, 77))

    async with speaking_server(reply) as server:
        rig.with_model(AnthropicModel(ModelInfo("b/claude"), Transport(Service("A", server.url))))
        async with rig.session("b/claude") as face:
            await face.ask(WORDS)
            await face.until(lambda: "context.counted" in face.kinds())
            (counted,) = face.data("context.counted")
            assert (counted.tokens, counted.source) == (321, "provider")
            assert face.state.context.usage is not None
            await face.leave()
    bodies = {each.path: json.loads(each.body) for each in server.received}
    asked = bodies["/v1/messages/count_tokens"]
    assert asked["messages"] == bodies["/v1/messages"]["messages"]
    assert not asked.keys() & {"max_tokens", "stream"}


async def test_a_llama_server_tells_the_tokens_of_each_text() -> None:
    reply = whole(200, b'{"tokens": [1, 2, 3]}')
    async with serving(reply) as server:
        model = OpenAIModel(
            ModelInfo("llamacpp/any"), Transport(Service("Here", f"{server.url}/v1"))
        )
        assert model.counts_texts
        assert await model.count_texts(["one", "two"]) == [3, 3]
        await model.aclose()
    assert [each.path for each in server.received] == ["/tokenize", "/tokenize"]
    assert server.received[0].json == {"content": "one"}


async def test_a_service_that_does_not_count_is_said_once(rig: Rig, at_once: None) -> None:
    choose(rig, "provider")

    def reply(asked: Received, at: int) -> Reply:
        if asked.path == "/tokenize":
            return whole(404)
        return streamed(answer_for(asked.path, "Hello.", None, 77))

    async with speaking_server(reply) as server:
        rig.with_model(OpenAIModel(ModelInfo("a/chat"), Transport(Service("A", server.url))))
        async with rig.session("a/chat") as face:
            await face.ask(WORDS)
            await face.until(lambda: face.data("notice"))
            await face.ask(WORDS)
            assert [notice.hint for notice in face.data("notice")] == ["They are estimated."]
            await face.leave()
    assert [each.path for each in server.received].count("/tokenize") == 1


@pytest.mark.parametrize("returns", [False, True])
async def test_thoughts_take_room_only_where_the_model_is_sent_them(
    rig: Rig, returns: bool
) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "It may be. " * 300}}]}

    def reply(asked: Received, at: int) -> Reply:
        look = {"id": "c1", "name": "look", "arguments": {"word": "tree"}} if at == 0 else None
        answer = answer_for(asked.path, "Yes.", look, len(asked.body) // 4)
        return streamed(f"data: {json.dumps(thought)}\n\n".encode(), answer)

    rig.extensions = lambda: (Probe(),)
    async with speaking_server(reply) as server:
        transport = Transport(Service("Here", server.url))
        info = ModelInfo("fake/thinks", window=90_000)
        dialect = OpenAIDialect(returns_thinking=returns)
        rig.with_model(OpenAIModel(info, transport, dialect))
        async with rig.session("fake/thinks") as face:
            await face.ask(WORDS)
            (shown,) = [each for each in face.state.context.segments if each.kind == "thinking"]
            assert ("It may be." in server.received[-1].body.decode()) == returns
            assert (shown.altered, shown.size > 0) == ("" if returns else "dropped", returns)
            found = spread(face.state.context, "fake/thinks")
            at = face.state.context.segments.index(shown)
            assert (found.segments[at] > 0) == returns
