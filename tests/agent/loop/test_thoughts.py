"""What a model thought goes back to it as it came."""

from __future__ import annotations

from goose_agent.messages import Text, Thinking, ToolCall
from goose_agent.providers.model import AnswerEnd, TextDelta, ThinkingDelta, ThinkingSeal
from support.engine import Rig
from support.models import Answer, FakeModel, call
from support.probe import Probe


async def test_each_seal_goes_back_in_its_place_and_with_its_thought(
    rig: Rig, model: FakeModel
) -> None:
    rig.extensions = lambda: (Probe(),)
    pieces = (
        ThinkingDelta("hm"),
        ThinkingSeal("of the thought"),
        TextDelta("I look."),
        ThinkingSeal("of the text"),
        ThinkingSeal("of the call"),
        *call(0, "look", '{"word": "a"}', "c1"),
        AnswerEnd("tool_calls"),
    )
    model.answers = [Answer(pieces)]
    async with rig.session() as face:
        await face.submit("go")
        await face.idle()

    assert model.requests[1].messages[1].parts == (
        Thinking("hm", "of the thought"),
        Text("I look."),
        Thinking("", "of the text"),
        Thinking("", "of the call"),
        ToolCall("c1", "look", '{"word": "a"}'),
    )
