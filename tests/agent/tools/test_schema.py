from __future__ import annotations

import json
from typing import Literal

import pytest
from msgspec import Struct

from goose_agent.messages import ToolSchema
from goose_agent.tools.schema import Arguments
from goose_agent.tools.tool import CallContext


class Step(Struct, frozen=True):
    text: str
    title: Literal["a", "b"] = "a"


async def sample(
    call: CallContext,
    command: str,
    steps: list[Step],
    count: int = 3,
    note: str | None = None,
    deep: bool = False,
) -> str:
    """Do the thing
    over two lines.

    Second paragraph.

    Args:
        call: The running call.
        command: What to run, which
            goes on here: still.
        steps: The steps.
        count: How often.

    Returns:
        Nothing of interest.
    """
    return command


async def bare(call: CallContext) -> str:
    """Needs nothing."""
    return ""


@pytest.fixture
def arguments() -> Arguments:
    return Arguments("sample", sample)


def test_hints_and_docstring_make_a_lean_schema(arguments: Arguments) -> None:
    step = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "title": {"type": "string", "enum": ["a", "b"], "default": "a"},
        },
        "required": ["text"],
    }
    assert arguments.schema == ToolSchema(
        "sample",
        "Do the thing over two lines.\nSecond paragraph.",
        {
            "type": "object",
            "properties": {
                "command": {
                    "type": "string",
                    "description": "What to run, which goes on here: still.",
                },
                "steps": {"type": "array", "items": step, "description": "The steps."},
                "count": {"type": "integer", "description": "How often.", "default": 3},
                "note": {"type": "string"},
                "deep": {"type": "boolean"},
            },
            "required": ["command", "steps"],
        },
    )


def test_good_arguments_are_plain_data_and_only_what_was_given(arguments: Arguments) -> None:
    text = '{"command": "ls", "steps": [{"text": "x"}], "count": "5"}'
    assert arguments.parse(text) == {
        "command": "ls",
        "steps": [{"text": "x", "title": "a"}],
        "count": 5,
    }


def test_plain_data_becomes_what_the_method_takes(arguments: Arguments) -> None:
    built = arguments.build({"command": "ls", "steps": [{"text": "x", "title": "b"}]})
    assert built == {"command": "ls", "steps": [Step("x", "b")]}


def test_arguments_may_be_left_out_altogether_where_none_is_needed() -> None:
    assert Arguments("bare", bare).parse("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"steps": []}', "`command` is missing"),
        ('{"command": "ls", "steps": [], "x": 1}', "unknown argument `x` (known: command, steps,"),
        ('{"Command": "ls", "steps": []}', "unknown argument `Command`"),
        ('{"command": ["ls"], "steps": []}', '`command`: expected `str`, got `array`, not ["ls"]'),
        ('{"command": "ls", "steps": [{}]}', "`steps[0].text` is missing"),
        (
            '{"command": "ls", "steps": [{"text": 7}]}',
            "`steps[0].text`: expected `str`, got `int`, not 7",
        ),
        ('{"command": "ls", "steps": ["x"]}', '`steps[0]`: expected `object`, got `str`, not "x"'),
        ('{"command": "ls", "steps": "x"}', '`steps`: expected `array`, got `str`, not "x"'),
        ('{"command": "ls", "steps": [], "note": [1]}', "`note`: expected `str | null`"),
        ('{"command": "ls", "steps": [], "count": "few"}', "`count`"),
    ],
)
def test_wrong_arguments_are_named(arguments: Arguments, text: str, said: str) -> None:
    answer = arguments.parse(text)
    assert isinstance(answer, str)
    assert said in answer
    assert "Nothing was done." in answer
    json.dumps(answer).encode()


def test_every_fault_is_told_at_once_each_with_its_place_and_a_short_quote(
    arguments: Arguments,
) -> None:
    steps = [{"text": "fine"}, {"text": 1, "title": "z"}, {"title": "b"}]
    answer = arguments.parse(
        json.dumps({"command": "x" * 99, "steps": steps, "count": "9" * 99 + "x"})
    )
    assert answer == (
        "The arguments of sample were refused: `steps[1].text`: expected `str`, got `int`, not 1; "
        "`steps[1].title`: invalid enum value 'z', not \"z\"; `steps[2].text` is missing; "
        '`count`: expected `int`, got `str`, not "' + "9" * 59 + "…. Nothing was done."
    )


def test_of_very_many_faults_the_first_five_are_told(arguments: Arguments) -> None:
    answer = arguments.parse(
        json.dumps({"command": "ls", "steps": [{"text": n} for n in range(90)]})
    )
    assert isinstance(answer, str)
    assert answer.endswith(
        "`steps[4].text`: expected `str`, got `int`, not 4; and 85 more. Nothing was done."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        '"ls"',
        '"{\\"command\\":\\"ls\\"}"',
        '{"command":"ls',
        '{"command":"ls"',
        '{"command":"ls",}',
        '{"command":"a\nb"}',
        '{"command":"ls","command":"rm x"}',
        '{"command":"ls"}{"command":"rm x"}',
        'Sure: {"command":"ls"}',
        '{"a":True,"b":None}',
        '﻿{"command":"ls"}',
        '{"count": NaN}',
        '{"command": "\\uD800", "steps": []}',
        "[" * 100_000,
        '{"count": ' + "9" * 5000 + "}",
    ],
)
def test_malformed_arguments_are_refused_and_never_repaired(text: str) -> None:
    answer = Arguments("sample", sample).parse(text)
    assert isinstance(answer, str)
    assert answer.startswith("The arguments of sample were refused: ")
    assert len(answer) < 600
