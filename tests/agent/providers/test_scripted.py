from __future__ import annotations

import math
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest

from agent.providers.loopback import answered, asking, listen
from goose_agent.errors import (
    AuthError,
    ConfigError,
    ConnectionLost,
    ProviderError,
    RateLimited,
)
from goose_agent.messages import Message, Text, ToolCall, ToolResult, Usage
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelRequest,
    Piece,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.providers.scripted import ScriptedModel

TOUR = """
window: 1000
input_price: 3
closing: Bye.
answers:
  - thinking: hm hm
    text: "I look\\n\\n at it. "
    calls:
      - tool: shell
        arguments: {command: ls}
      - tool: shell
        raw: '{"command": "l'
    usage: {input_tokens: 10, output_tokens: 5, cache_read_tokens: 4}
  - text: Done.
"""


def after(*answers: str) -> ModelRequest:
    """A request behind so many answers."""
    messages = [Message("user", (Text("go"),))]
    for answer in answers:
        messages.append(Message("assistant", (Text(answer), ToolCall("c", "shell", "{}"))))
        messages.append(Message("tool", (ToolResult("c", "shell", "ok"),)))
    return ModelRequest("", tuple(messages))


async def test_an_answer_holds_thinking_text_calls_usage_and_an_end() -> None:
    model = ScriptedModel.load(TOUR, name="scripted/tour", speed=0)

    assert await answered(model, after()) == [
        ThinkingDelta("hm"),
        ThinkingDelta(" hm"),
        TextDelta("I"),
        TextDelta(" look"),
        TextDelta("\n\n at"),
        TextDelta(" it. "),
        CallStart(0, "call_1_1", "shell"),
        CallDelta(0, '{"command": "ls"}'),
        CallStart(1, "call_1_2", "shell"),
        CallDelta(1, '{"command": "l'),
        UsageReport(Usage(10, 5, cache_read_tokens=4)),
        AnswerEnd("tool_calls"),
    ]
    assert (model.info.name, model.info.window, model.info.input_price) == (
        "scripted/tour",
        1000,
        3,
    )


async def test_the_number_of_answers_in_the_request_decides_what_comes_next() -> None:
    for _ in range(2):
        model = ScriptedModel.load(TOUR, speed=0)
        assert TextDelta("Done.") in await answered(model, after("first"))
        assert TextDelta("Bye.") in await answered(model, after("first", "second"))
        assert TextDelta("Bye.") in await answered(model, after("first", "second", "third"))


async def test_usage_is_estimated_where_none_is_given() -> None:
    model = ScriptedModel.load("- {thinking: '12345', text: '1234567'}", speed=0)
    request = after()

    pieces = await answered(model, request)

    assert pieces[-2:] == [
        UsageReport(Usage(math.ceil(len(model.encode(request)) / 4.6), 3, reasoning_tokens=2)),
        AnswerEnd("stop"),
    ]


async def test_words_come_one_by_one_where_a_pace_is_given() -> None:
    model = ScriptedModel.load("- {text: one two three, pace: 60, wait: 60}", speed=0)

    with anyio.fail_after(5):
        batches = [batch async for batch in model.stream(asking())]

    assert batches[:-1] == [(TextDelta("one"),), (TextDelta(" two"),), (TextDelta(" three"),)]


async def test_pauses_are_real_and_can_be_cancelled() -> None:
    model = ScriptedModel.load("- {text: one two, pace: 60}")
    seen: list[Piece] = []

    with anyio.move_on_after(0.05) as scope:
        async with aclosing(model.stream(asking())) as batches:
            async for batch in batches:
                seen.extend(batch)

    assert scope.cancelled_caught
    assert seen == [TextDelta("one")]


@pytest.mark.parametrize(("kind", "error"), [("auth", AuthError), ("connection", ConnectionLost)])
async def test_an_error_comes_every_time_unless_it_is_counted(
    kind: str, error: type[ProviderError]
) -> None:
    model = ScriptedModel.load(
        f"- error: {{kind: {kind}, message: No., hint: Mend it., status: 418}}", speed=0
    )

    for _ in range(3):
        with pytest.raises(ProviderError) as caught:
            await answered(model)
        assert type(caught.value) is error
        assert (caught.value.message, caught.value.hint, caught.value.status) == (
            "No.",
            "Mend it.",
            418,
        )


async def test_a_counted_error_gives_way_to_the_answer() -> None:
    model = ScriptedModel.load(
        """
        - text: one two three
          error: {kind: rate_limit, message: Wait., retry_after: 2, times: 2, after: 2}
        """,
        speed=0,
    )

    for _ in range(2):
        pieces: list[Piece] = []
        with pytest.raises(RateLimited) as caught:
            await listen(model, pieces)
        assert caught.value.retry_after == 2
        assert pieces == [TextDelta("one"), TextDelta(" two")]
    assert (await answered(model))[:3] == [TextDelta("one"), TextDelta(" two"), TextDelta(" three")]


async def test_the_reason_to_stop_can_be_chosen() -> None:
    model = ScriptedModel.load("- {text: cut off, stop: length}", speed=0)

    assert (await answered(model))[-1] == AnswerEnd("length")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("answers: [{txt: hello}]", "`answers.0.txt` is no known key."),
        ("- {text: [1]}", "`answers.0.text`: expected `str`, got `array`."),
        ("- calls: [{arguments: {}}]", "`answers.0.calls.0.tool` is missing."),
        ("- calls: [{tool: f, arguments: [1]}]", "`answers.0.calls.0.arguments`"),
        ("- calls: [{tool: f, arguments: {}, raw: x}]", "both `arguments` and `raw`"),
        ("- error: {kind: bad luck, message: x}", "`answers.0.error.kind`"),
        ("- stop: never", "`answers.0.stop`"),
        ("- {pace: -1}", "`answers.0.pace`"),
        ("closing: bye", "`answers` is missing."),
        ("just words", "`the top level`"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_wrong_script_names_file_key_and_fault(text: str, words: str, tmp_path: Path) -> None:
    script = tmp_path / "tour.yaml"
    script.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        ScriptedModel.load(script)

    assert str(script) in caught.value.message
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_an_encoded_request_shows_all_the_model_sees() -> None:
    model = ScriptedModel.load("[]", name="scripted/x")

    assert model.encode(after("yes")) == (
        b'{"model":"scripted/x","system":"","tools":[],"messages":['
        b'{"role":"user","parts":[{"text":"go"}]},'
        b'{"role":"assistant","parts":[{"text":"yes"},'
        b'{"call":"c","tool":"shell","arguments":"{}"}]},'
        b'{"role":"tool","parts":[{"result":"c","text":"ok","is_error":false}]}]}'
    )
