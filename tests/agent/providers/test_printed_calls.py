"""Calls in a model's text are found in every common shape, and nothing else is taken for one."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.providers.printed_calls import PrintedCall, PrintedCalls

NAMES = {"look", "shell"}
CALL = '{"name": "look", "arguments": {"word": "a"}}'
LOOK = ("look", {"word": "a"})
OTHER = ("shell", {"command": "ls -l"})


def read(*pieces: str) -> tuple[str, list[tuple[str, object]]]:
    """The text without its calls, and the calls with their arguments."""
    calls = PrintedCalls(NAMES)
    found = [item for piece in pieces for item in calls.feed(piece)]
    found += calls.finish()
    text = "".join(item for item in found if isinstance(item, str))
    made = [item for item in found if isinstance(item, PrintedCall)]
    return text, [(call.name, json.loads(call.arguments)) for call in made]


SHAPES = [
    (f"Let me see.\n<tool_call>\n{CALL}\n</tool_call>", "Let me see.\n", [LOOK]),
    (f"<tool_call>{CALL}</tool_call>\n<tool_call>{CALL}</tool_call>", "\n", [LOOK, LOOK]),
    (f"<tool_call>\n{CALL}", "", [LOOK]),
    (f"<tool_call>{CALL}\n{CALL}</tool_call>", "", [LOOK, LOOK]),
    (f"First:\n```json\n{CALL}\n```\nThen.", "First:\n\nThen.", [LOOK]),
    (f"```\n[{CALL}]\n```", "", [LOOK]),
    ('```tool_call\n{"tool": "look", "args": {"word": "a"}}\n```', "", [LOOK]),
    (CALL, "", [LOOK]),
    ('{"name": "look", "parameters": {"word": "a"}}', "", [LOOK]),
    (f"[{CALL}]", "", [LOOK]),
    ('<|python_tag|>{"name": "look", "parameters": {"word": "a"}}', "", [LOOK]),
    (f"<|python_tag|>{CALL}; {CALL}", "", [LOOK, LOOK]),
    ('Yes. <function=look>{"word": "a"}</function>', "Yes. ", [LOOK]),
    (
        "<tool_call>\n<function=shell>\n<parameter=command>\nls -l\n</parameter>\n</function>\n"
        "</tool_call>",
        "",
        [OTHER],
    ),
    (f"[TOOL_CALLS] [{CALL}]", "", [LOOK]),
    ('So [TOOL_CALLS]look[ARGS]{"word": "a"}', "So ", [LOOK]),
    ('[TOOL_CALLS]look{"word": "a"}shell{"command": "ls -l"}', "", [LOOK, OTHER]),
    ('{"function": {"name": "look", "arguments": "{\\"word\\": \\"a\\"}"}}', "", [LOOK]),
    ('<tool_call>{"name": "nothing", "arguments": {}}</tool_call>', "", [("nothing", {})]),
]
WORDS = [
    "No call at all.",
    "",
    "a < b and ``code`` and [a link](x) and <tool",
    '```json\n{"name": "goose", "version": 1}\n```\nis the package.',
    '```json\n{"name": "somebody", "arguments": {}}\n```',
    '```python\nprint("<tool_call>")\n```\n',
    '{"answer": 42}',
    "[1, 2, 3] are the numbers",
    "[see](there) first",
    "<tool_call>\nwhat is this?\n</tool_call>",
    "```json\n[]\n```",
    "```\nnever closed",
]


@pytest.mark.parametrize(("printed", "text", "calls"), SHAPES)
def test_the_common_shapes_are_read(
    printed: str, text: str, calls: list[tuple[str, object]]
) -> None:
    assert read(printed) == (text, calls)
    assert read(*printed) == (text, calls)


@pytest.mark.parametrize("words", WORDS)
def test_what_is_no_call_stays_text(words: str) -> None:
    assert read(words) == (words, [])
    assert read(*words) == (words, [])


@given(st.data(), st.sampled_from([shape[0] for shape in SHAPES] + WORDS))
def test_it_does_not_matter_how_the_text_is_cut(data: st.DataObject, printed: str) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(printed)), max_size=8)))
    edges = [0, *cuts, len(printed)]
    pieces = [printed[start:end] for start, end in pairwise(edges)]
    assert read(*pieces) == read(printed)


def test_text_before_a_call_is_not_held_back() -> None:
    calls = PrintedCalls(NAMES)
    assert list(calls.feed("I look. <")) == ["I look. "]
    assert list(calls.feed("b> is bold <tool_")) == ["<b> is bold "]
    assert list(calls.feed("call>")) == []


def test_a_marked_call_that_cannot_be_read_reaches_the_tool_as_it_is() -> None:
    calls = PrintedCalls(NAMES)
    (found,) = calls.feed('<tool_call>{"name": "look", "arguments": {"word": oops}}</tool_call>')
    assert isinstance(found, PrintedCall)
    assert (found.name, found.arguments) == ("look", '{"word": oops}}')
