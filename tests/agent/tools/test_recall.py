"""The tool with which a model reads again what left its conversation."""

from __future__ import annotations

from agent.tools.running_call import RunningCall
from goose_agent.tools.recall import Recall
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import ToolOutput


async def recall(call: RunningCall, text: str) -> ToolOutput:
    tool = Registry([Recall()]).find("recall")
    assert tool is not None
    arguments = tool.parse(text)
    assert isinstance(arguments, dict), arguments
    return await tool.run(call, arguments)


async def test_it_reads_in_pieces_and_says_how_to_go_on(call: RunningCall) -> None:
    call.kept = {"c1": "abcdefghij"}
    first = await recall(call, '{"id": "c1", "limit": 4}')
    assert first.text == "abcd\n[characters 0 to 4 of 10. recall(id='c1', offset=4) reads on.]"
    last = await recall(call, '{"id": "c1", "offset": 4}')
    assert last.text == "efghij\n[characters 4 to 10 of 10.]"
    odd = await recall(call, '{"id": "c1", "offset": -5, "limit": -5}')
    assert odd.text.startswith("a\n")


async def test_what_there_is_not_is_said(call: RunningCall) -> None:
    call.kept = {"c1": "abc", "c2": ""}
    assert (await recall(call, '{"id": "c9"}')).is_error
    beyond = await recall(call, '{"id": "c1", "offset": 9}')
    assert beyond.is_error
    assert "only 3 characters" in beyond.text
    assert not (await recall(call, '{"id": "c2"}')).is_error
