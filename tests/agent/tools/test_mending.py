"""Arguments are read as they are meant, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.tools.files import FileTools
from goose_agent.tools.mending import mended
from goose_agent.tools.plan import Plan
from goose_agent.tools.registry import Registry
from goose_agent.tools.shell import ShellTools

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"a": 1,}', '{"a": 1}'),
        ('{"a": [1, 2 ,\n],\n}', '{"a": [1, 2 \n]\n}'),
        ('```json\n{"a": ",}"}\n```', '{"a": ",}"}'),
        ("```\n{}\n```\n", "{}"),
        (' ``` JSON\n{"a": "```",}\n  ```', '{"a": "```"}'),
        ('{"a": "\\",]"}', '{"a": "\\",]"}'),
    ],
)
def test_fences_and_commas_behind_a_last_item_go(text: str, meant: str) -> None:
    assert mended(text) == meant


@pytest.mark.parametrize(
    "text",
    ["[,]", "{,}", '{"a":,}', "[1,,]", '{"a": 1', "{'a': 1}", 'Sure: {"a": 1}', '{"a": True}', ""],
)
def test_nothing_else_becomes_json(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(mended(text))


@given(anything)
def test_json_stays_as_it_is(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    assert mended(text) == text
    assert json.loads(mended(f"```json\n{text}\n```")) == value


def test_only_arguments_that_are_no_command_and_no_path_are_mended() -> None:
    registry = Registry((ShellTools(), FileTools(), Plan()))
    plan = '```json\n{"items": [{"text": "one", "state": "active"},],}\n```'
    tool = registry.find("update_plan")
    assert tool is not None
    assert tool.parse(tool.as_json(plan)) == {"items": [{"text": "one", "state": "active"}]}
    for name, text in (
        ("shell", '{"command": "ls",}'),
        ("shell", '```json\n{"command": "ls"}\n```'),
        ("read", '{"path": "a",}'),
    ):
        found = registry.find(name)
        assert found is not None
        refused = found.parse(found.as_json(text))
        assert isinstance(refused, str)
        assert "not valid JSON" in refused


CASES = [
    ("empty", ""),
    ("null", "null"),
    ("string", '"ls"'),
    ("double_encoded", '"{\\"command\\":\\"ls\\"}"'),
    ("trunc_str", '{"command":"ls'),
    ("trunc_brace", '{"command":"ls"'),
    ("trailing_comma", '{"command":"ls",}'),
    ("raw_newline", '{"command":"a\nb"}'),
    ("nul", '{"command":"a\\u0000b"}'),
    ("dup_key", '{"command":"ls","command":"rm x"}'),
    ("wrong_type", '{"command":["ls"]}'),
    ("missing", "{}"),
    ("two_objects", '{"command":"ls"}{"command":"rm x"}'),
    ("prefix_text", 'Sure: {"command":"ls"}'),
    ("python", '{"a":True,"b":None}'),
    ("bom", '\ufeff{"command":"ls"}'),
    ("case", '{"Command":"ls"}'),
]


@pytest.mark.parametrize("text", [text for _, text in CASES], ids=[name for name, _ in CASES])
def test_a_command_is_run_as_it_was_written_or_not_at_all(text: str) -> None:
    shell = Registry((ShellTools(),)).find("shell")
    assert shell is not None
    refused = shell.parse(shell.as_json(text))
    assert isinstance(refused, str)
    assert refused
