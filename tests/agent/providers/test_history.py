from __future__ import annotations

import pytest
from hypothesis import given

from agent.providers.conversations import PICTURE, histories
from goose_agent.growing import Chain
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.history import (
    called_tools,
    exchanges,
    exchanging,
    joined,
    settled,
    settling,
)

USER = Message("user", (Text("do it"),))


def calling(*ids: str) -> Message:
    return Message("assistant", tuple(ToolCall(call_id, "shell", "{}") for call_id in ids))


def results(*ids: str) -> Message:
    return Message("tool", tuple(ToolResult(call_id, "shell", f"of {call_id}") for call_id in ids))


def test_a_conversation_in_order_stays_as_it_is() -> None:
    conversation = (USER, calling("a", "b"), results("a", "b"), Message("assistant", (Text("."),)))

    assert settled(conversation) == conversation


def test_empty_parts_and_messages_are_dropped() -> None:
    conversation = (
        Message("user", (Text(""), Image("image/png", b"x"), Text(" \n"))),
        Message("assistant", (Text("\n"),)),
        Message("assistant", (Thinking("hm", "seal"),)),
        Message("assistant", (Thinking(""), Thinking("", "seal"), Text("yes"))),
        Message("user", ()),
    )

    assert settled(conversation) == (
        Message("user", (Image("image/png", b"x"),)),
        Message("assistant", (Thinking("", "seal"), Text("yes"))),
    )


def test_results_follow_their_calls_in_the_order_of_the_calls() -> None:
    steer = Message("user", (Text("faster"),))
    conversation = (USER, calling("a", "b"), results("b"), steer, results("a"))

    assert settled(conversation) == (USER, calling("a", "b"), results("a", "b"), steer)


def test_a_call_without_a_result_gets_one_and_a_result_without_a_call_goes() -> None:
    conversation = (results("old"), USER, calling("a"), Message("user", (Text("stop"),)))

    assert settled(conversation) == (
        USER,
        calling("a"),
        Message(
            "tool",
            (ToolResult("a", "shell", "No result: the call did not finish.", is_error=True),),
        ),
        Message("user", (Text("stop"),)),
    )


def test_repeated_empty_and_odd_ids_become_unique_and_acceptable() -> None:
    first = Message("assistant", (ToolCall("x", "f", "{}"), ToolCall("", "g.h", "{}")))
    second = Message("assistant", (ToolCall("x", "f", "{}"), ToolCall("é" * 50, "", "{}")))
    conversation = (
        first,
        Message("tool", (ToolResult("x", "f", "1"), ToolResult("", "g.h", "2"))),
        second,
        Message("tool", (ToolResult("x", "f", "3"), ToolResult("é" * 50, "", "4"))),
    )

    assert settled(conversation) == (
        Message("assistant", (ToolCall("x", "f", "{}"), ToolCall("call", "g_h", "{}"))),
        Message("tool", (ToolResult("x", "f", "1"), ToolResult("call", "g_h", "2"))),
        Message("assistant", (ToolCall("x-2", "f", "{}"), ToolCall("_" * 40, "unknown", "{}"))),
        Message("tool", (ToolResult("x-2", "f", "3"), ToolResult("_" * 40, "unknown", "4"))),
    )


def test_a_picture_that_cannot_be_shown_becomes_words() -> None:
    moving = Image("image/gif", b"GIF")
    conversation = (
        Message("user", (Text("look"), PICTURE)),
        calling("a"),
        Message("tool", (ToolResult("a", "shell", "done", images=(PICTURE, moving)),)),
    )
    words = Text("(A picture, image/png, that cannot be shown to this model.)")

    blind = settled(conversation, ())
    still = settled(conversation, {"image/png"})

    assert settled(conversation) == conversation
    assert blind[0] == Message("user", (Text("look"), words))
    assert blind[2].parts == (
        ToolResult(
            "a",
            "shell",
            f"done\n\n{words.text}\n\n{words.text.replace('png', 'gif')}",
        ),
    )
    assert still[2].parts == (
        ToolResult("a", "shell", f"done\n\n{words.text.replace('png', 'gif')}", images=(PICTURE,)),
    )


def test_user_and_assistant_take_turns_and_the_user_begins_and_ends() -> None:
    steer = Message("user", (Text("faster"),))
    said = Message("assistant", (Text("."),))

    assert exchanges((said, said, USER, steer, calling("a"), results("a"), steer, said)) == (
        Message("user", (Text("(The conversation so far is missing.)"),)),
        Message("assistant", said.parts * 2),
        Message("user", (*USER.parts, *steer.parts)),
        calling("a"),
        Message("user", (*results("a").parts, *steer.parts)),
        said,
        Message("user", (Text("Continue."),)),
    )
    assert [message.role for message in exchanges(())] == ["user"]
    assert joined((USER, steer, said)) == (Message("user", (*USER.parts, *steer.parts)), said)


def test_the_tools_that_were_called_are_named_once_each() -> None:
    other = Message("assistant", (ToolCall("x", "read", "{}"), ToolCall("y", "shell", "{}")))

    assert called_tools((USER, calling("a", "b"), results("a", "b"), other)) == ("shell", "read")


@given(histories)
def test_whatever_the_history_calls_and_results_match_one_to_one(history: list[Message]) -> None:
    conversation = settled(history)

    seen: list[str] = []
    for place, message in enumerate(conversation):
        assert message.parts
        calls = [part.id for part in message.parts if isinstance(part, ToolCall)]
        seen.extend(calls)
        if calls:
            answers = conversation[place + 1]
            assert answers.role == "tool"
            assert [call_id(part) for part in answers.parts] == calls
        if message.role == "tool":
            assert place > 0
            assert any(isinstance(part, ToolCall) for part in conversation[place - 1].parts)
    assert len(seen) == len(set(seen))
    assert settled(conversation) == conversation


@given(histories, histories)
def test_what_is_appended_behind_an_answer_changes_nothing_before(
    history: list[Message], more: list[Message]
) -> None:
    closed = [*history, Message("assistant", (Text("done"),))]

    before = settled(closed)

    assert settled([*closed, *more])[: len(before)] == before


STEER = Message("user", (Text("faster"),))
SAID = Message("assistant", (Text("so"),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((calling("a", "b"), results("a")), (results("b"),)),
        ((calling("a"), STEER), (results("a"),)),
        ((calling("a"),), (STEER, results("a"), calling("a"))),
        ((USER,), (STEER, SAID, SAID)),
        ((), (SAID,)),
        ((SAID, calling("a"), results("a")), (STEER,)),
    ],
)
def test_a_conversation_that_grows_is_put_in_order_as_if_it_came_whole(
    before: tuple[Message, ...], after: tuple[Message, ...]
) -> None:
    grown: Chain[Message, Message] = Chain(*settling(), *exchanging())

    for conversation in (before, (*before, *after), before, (*before, *after, *before)):
        assert tuple(grown.of(conversation)) == exchanges(settled(conversation))


def call_id(part: Part) -> str:
    assert isinstance(part, ToolResult)
    return part.call_id
