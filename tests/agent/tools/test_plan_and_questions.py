from __future__ import annotations

from agent.tools.running_call import RunningCall
from goose_agent.events import PlanItem, QuestionAnswer
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.plan import Plan
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import ToolOutput


async def run(call: RunningCall, name: str, text: str) -> ToolOutput:
    tool = Registry([Plan(), AskUser()]).find(name)
    assert tool is not None
    arguments = tool.parse(text)
    assert isinstance(arguments, dict), arguments
    return await tool.run(call, arguments)


async def test_a_plan_replaces_the_one_before(call: RunningCall) -> None:
    text = '{"items": [{"text": "look", "state": "done"}, {"text": "mend"}]}'
    output = await run(call, "update_plan", text)
    assert output == ToolOutput("The plan is shown: 1 of 2 done.")
    assert call.plan == (PlanItem("look", "done"), PlanItem("mend", "pending"))


async def test_an_empty_step_is_refused(call: RunningCall) -> None:
    output = await run(call, "update_plan", '{"items": [{"text": " "}]}')
    assert output.is_error
    assert call.plan == ()


async def test_the_answer_of_the_person_is_the_result(call: RunningCall) -> None:
    text = '{"question": "Which?", "choices": ["a", "b"], "free_text": false}'
    assert await run(call, "ask_user", text) == ToolOutput("yes")
    assert call.asked == [("Which?", ("a", "b"), False)]


async def test_a_question_without_choices_can_always_be_answered(call: RunningCall) -> None:
    await run(call, "ask_user", '{"question": "Why?", "free_text": false}')
    assert call.asked == [("Why?", (), True)]


async def test_a_declined_question_says_so(call: RunningCall) -> None:
    call.answer = QuestionAnswer("", declined=True)
    output = await run(call, "ask_user", '{"question": "Why?"}')
    assert "did not answer" in output.text
