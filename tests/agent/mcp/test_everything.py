"""The server that has one of each thing: progress, questions, models, prompts, resources, folders."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import pytest

from goose_agent.commands import AnswerRequest, CompleteArgument, FindFiles, Interrupt, UsePrompt
from goose_agent.events import (
    AttachedText,
    CompletionsFound,
    Elicitation,
    ElicitationAnswer,
    Sampling,
    SamplingAnswer,
    Subject,
)
from goose_agent.messages import ToolResult, Usage
from goose_agent.providers.model import ModelInfo, ModelRequest
from goose_agent.state.records import CallRecord, UserRecord
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.servers import everything, ready, write_servers

# The first test may have to fetch the server.
pytestmark = pytest.mark.timeout(240)


def _rig(
    base: Path, *answers: Answer | Callable[[ModelRequest], Answer], info: ModelInfo | None = None
) -> Rig:
    rig = Rig(base)
    model = FakeModel(list(answers))
    model.info = info or model.info
    rig.with_model(model)
    write_servers(rig, {"everything": everything()})
    return rig


def _call(tool: str, **arguments: object) -> Answer:
    return calls((f"everything__{tool}", json.dumps(arguments)))


def _results(face: Face) -> Sequence[CallRecord]:
    return [record for record in face.state.records if isinstance(record, CallRecord)]


async def _answer(face: Face, answer: ElicitationAnswer | SamplingAnswer) -> Subject:
    (pending,) = await face.pending()
    await face.tell(AnswerRequest(pending.request_id, answer))
    await face.until(lambda: pending not in face.state.pending)
    return pending.subject


async def test_its_plain_tools_answer_in_words_pictures_and_data(tmp_path: Path) -> None:
    sees = ModelInfo("fake/one", window=100_000, sees=True)
    rig = _rig(
        tmp_path,
        _call("echo", message="honk"),
        _call("get-sum", a=2, b=3),
        _call("get-structured-content", location="Chicago"),
        _call("get-tiny-image"),
        _call("get-resource-links", count=2),
        _call("get-resource-reference", resourceType="Text", resourceId=1),
        _call("get-annotated-message", messageType="error", includeImage=False),
        _call("get-roots-list"),
        _call("get-env"),
        info=sees,
    )
    rig.environ["MY_SECRET_TOKEN"] = "not for servers"
    async with rig.session() as face:
        await ready(face, "everything")
        await face.ask("go")
        await face.leave()
    results = {record.tool.partition("__")[2]: record for record in _results(face)}
    assert {name: record.result for name, record in results.items() if record.state != "ok"} == {}
    assert results["echo"].result == "Echo: honk"
    assert "5" in results["get-sum"].result
    assert '"temperature"' in results["get-structured-content"].result
    assert [picture.media_type for picture in results["get-tiny-image"].pictures] == ["image/png"]
    assert "[resource demo://resource/" in results["get-resource-links"].result
    assert str(rig.folder) in results["get-roots-list"].result
    assert "not for servers" not in results["get-env"].result


async def test_progress_is_shown_while_a_call_runs(tmp_path: Path) -> None:
    rig = _rig(tmp_path, _call("trigger-long-running-operation", duration=1, steps=4))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.ask("go")
    tails = [data.tail for data in face.data("tool.progress")]
    assert tails[0] == "[#####---------------]  25%"
    assert tails[-1] == "[####################] 100%"


async def test_a_call_that_goes_on_is_stopped_by_esc(tmp_path: Path) -> None:
    rig = _rig(tmp_path, _call("trigger-long-running-operation", duration=600, steps=600))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        await face.until(lambda: face.data("tool.progress"))
        await face.tell(Interrupt())
        await face.idle()
    assert _results(face)[-1].state == "cancelled"


async def test_a_question_of_the_server_is_answered_by_the_person(tmp_path: Path) -> None:
    rig = _rig(tmp_path, _call("trigger-elicitation-request"), said("thanks"))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        asked = await _answer(face, ElicitationAnswer("accept", {"name": "Ada", "check": True}))
        await face.idle()
    assert isinstance(asked, Elicitation)
    assert asked.schema is not None and "name" in asked.schema["properties"]
    assert "Ada" in _results(face)[-1].result


@pytest.mark.parametrize("choice", ["decline", "cancel"])
async def test_a_question_of_the_server_can_be_left_without_an_answer(
    tmp_path: Path, choice: Literal["decline", "cancel"]
) -> None:
    rig = _rig(tmp_path, _call("trigger-elicitation-request"), said("well"))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        await _answer(face, ElicitationAnswer(choice))
        await face.idle()
    assert choice in _results(face)[-1].result


@pytest.mark.parametrize("refuses", [False, True])
async def test_an_address_to_visit_is_shown_in_full_before_the_call_goes_on(
    tmp_path: Path, refuses: bool
) -> None:
    url = "https://example.com/pay?order=1"
    call = _call("trigger-url-elicitation", url=url, elicitationId="e-1", errorPath=refuses)
    rig = _rig(tmp_path, call, said("paid"))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        if refuses:  # it wants another page visited before it does anything
            first = await _answer(face, ElicitationAnswer("accept"))
            assert isinstance(first, Elicitation) and first.url.startswith("https://modelcontext")
        asked = await _answer(face, ElicitationAnswer("accept"))
        await face.idle()
    assert isinstance(asked, Elicitation)
    assert (asked.url, asked.schema) == (url, None)
    assert _results(face)[-1].state == "ok"


async def test_a_question_falls_away_with_the_call_that_led_to_it(tmp_path: Path) -> None:
    rig = _rig(tmp_path, _call("trigger-elicitation-request"))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        await face.pending()
        await face.tell(Interrupt())
        await face.idle()
        await face.pending(0)
    assert _results(face)[-1].state == "cancelled"


async def test_a_model_answers_the_server_once_the_person_has_seen_what_for(
    tmp_path: Path,
) -> None:
    priced = ModelInfo("fake/one", window=100_000, input_price=1.0, output_price=10.0)
    rig = _rig(
        tmp_path,
        _call("trigger-sampling-request", prompt="Say honk.", maxTokens=50),
        said("honk honk"),
        said("done"),
        info=priced,
    )
    model = rig.models["fake/one"]
    assert isinstance(model, FakeModel)
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        asked = await _answer(face, SamplingAnswer("once"))
        await face.idle()
    assert isinstance(asked, Sampling)
    assert "Say honk." in asked.messages[0].text
    assert asked.most == 50 and asked.cost is not None and asked.cost >= 50 * 10 / 1_000_000
    assert "honk honk" in _results(face)[-1].result
    assert face.state.spent_aside.requests == 1
    assert Usage(100, 10).input_tokens == face.state.spent_aside.input_tokens


async def test_without_consent_no_model_is_asked(tmp_path: Path) -> None:
    rig = _rig(tmp_path, _call("trigger-sampling-request", prompt="Say honk."), said("well"))
    async with rig.session() as face:
        await ready(face, "everything")
        await face.submit("go")
        await _answer(face, SamplingAnswer("deny"))
        await face.idle()
    assert face.data("aside.requested") == []
    assert "does not allow it" in _results(face)[-1].result


async def test_a_prompt_of_the_server_is_sent_as_a_message(tmp_path: Path) -> None:
    rig = _rig(tmp_path, said("It rains."))
    async with rig.session() as face:
        await ready(face, "everything")
        prompts = face.state.extensions["everything"].prompts
        await face.tell(UsePrompt("everything", "args-prompt", {"city": "Hull"}))
        await face.idle()
    named = {prompt.name: [a.name for a in prompt.arguments] for prompt in prompts}
    assert named["args-prompt"] == ["city", "state"]
    (message,) = [record for record in face.state.records if isinstance(record, UserRecord)]
    assert "Hull" in message.text
    assert face.answer == "It rains."


async def test_arguments_of_a_prompt_are_completed_by_the_server(tmp_path: Path) -> None:
    rig = _rig(tmp_path)
    async with rig.session() as face:
        await ready(face, "everything")
        await face.tell(
            CompleteArgument("everything", "completable-prompt", "department", "E"),
        )
        await face.until(lambda: face.data("completions.found"))
    (found,) = face.data("completions.found")
    assert isinstance(found, CompletionsFound)
    assert found.values == ("Engineering",)


async def test_the_model_lists_and_reads_resources(tmp_path: Path) -> None:
    rig = _rig(
        tmp_path,
        calls(("list_resources", "{}")),
        lambda request: calls(("read_resource", json.dumps(_first_resource(request)))),
        said("read"),
    )
    async with rig.session() as face:
        await ready(face, "everything")
        await face.ask("go")
    listed, read = _results(face)
    assert "demo://resource/static/document/" in listed.result
    assert read.state == "ok" and read.result.startswith("[resource demo://")


def _first_resource(request: ModelRequest) -> dict[str, str]:
    (result,) = request.messages[-1].parts
    assert isinstance(result, ToolResult)
    return {"extension": "everything", "uri": result.text.split()[1]}


async def test_a_resource_can_be_found_and_mentioned_in_a_message(tmp_path: Path) -> None:
    rig = _rig(tmp_path, said("I have read it."))
    model = rig.models["fake/one"]
    assert isinstance(model, FakeModel)
    async with rig.session() as face:
        await ready(face, "everything")
        await face.tell(FindFiles("everything:demo"))
        await face.until(lambda: face.data("files.found"))
        path = face.data("files.found")[-1].paths[0]
        assert path.startswith("everything:demo://resource/static/document/")
        await face.ask(f"Read @{path} please")
        (message,) = [record for record in face.state.records if isinstance(record, UserRecord)]
    (attached,) = message.attachments
    assert isinstance(attached, AttachedText) and attached.name == path
    assert attached.text.strip()
