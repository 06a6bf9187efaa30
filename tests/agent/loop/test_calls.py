"""Tool calls from the model's wish to the result it reads."""

from __future__ import annotations

import json

import anyio
import pytest

from goose_agent.commands import AnswerRequest, Interrupt, SetMode
from goose_agent.events import Approval, ApprovalAnswer, QuestionAnswer
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.standard import standard_extensions
from goose_agent.tools.tool import CallContext, Extension, tool
from support.engine import Rig
from support.models import FakeModel, calls, said
from support.probe import Probe
from support.requests import assert_valid, results


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made, AskUser())
    return made


def word(text: str) -> str:
    return json.dumps({"word": text})


async def test_calls_of_one_answer_run_together_and_their_results_keep_the_order(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("a")), ("look", word("b")), ("hold", word("c")))]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: sorted(probe.ran) == ["a", "b", "c"])
        probe.gate.set()
        await face.idle()
        assert [result.text for result in results(model.requests[1])] == [
            "held a",
            "saw b",
            "held c",
        ]
        assert probe.most_at_once == 2
        assert_valid(model.requests[1])


async def test_no_more_than_eight_calls_run_at_once(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(*[("hold", word(str(number))) for number in range(20)])]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: len(probe.ran) == 8)
        probe.gate.set()
        await face.idle()
        assert probe.most_at_once == 8
        assert len(results(model.requests[1])) == 20


async def test_a_denial_and_its_reason_reach_the_model(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        await face.approve("deny", "use the other one")
        await face.idle()
        (result,) = results(model.requests[1])
        assert result.is_error
        assert "denied" in result.text
        assert "use the other one" in result.text
        assert not probe.ran
        assert next(iter(face.state.calls_of_turn(face.state.turns[0]))).state == "denied"


async def test_an_approved_call_runs_once(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [calls(("act", word("x"))), calls(("act", word("x")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        assert face.kinds()[-1] == "request.asked"
        await face.approve("once")
        await face.pending()  # the second one asks again
        await face.approve("deny")
        await face.idle()
        assert probe.ran == ["x"]


async def test_always_answers_the_questions_that_wait_beside_it(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [
        calls(("act", word("a")), ("act", word("b"))),
        calls(("act", word("c"))),
    ]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
        await face.approve("session")
        await face.idle()
        assert sorted(probe.ran) == ["a", "b", "c"]
        assert [answered.answer.choice for answered in face.data("request.answered")] == [
            "session",
            "once",
        ]
        assert len(face.data("request.asked")) == 2
        assert [rule.tool for rule in face.state.rules] == ["act"]


async def test_stop_ends_the_turn_and_every_call_has_a_result(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("a")), ("act", word("b")), ("act", word("c")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
        await face.until(lambda: probe.ran == ["a"])
        await face.approve("stop")
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "stopped"
        assert not face.state.pending
        assert len(face.data("request.withdrawn")) == 1
        await face.ask("again")
        assert len(results(model.requests[1])) == 3
        assert_valid(model.requests[1])


async def test_an_interrupted_call_has_a_result(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [calls(("hold", word("a")), ("act", word("b")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        await face.until(lambda: probe.ran)
        await face.tell(Interrupt())
        await face.idle()
        assert not face.state.pending
        await face.ask("again")
        texts = [result.text for result in results(model.requests[1])]
        assert "while it ran" in texts[0]
        assert "Not run" in texts[1]
        assert_valid(model.requests[1])


async def test_an_interrupt_kills_the_program_a_call_started(rig: Rig, model: FakeModel) -> None:
    command = "echo started; sleep 600; echo never > end"
    model.answers = [calls(("shell", json.dumps({"command": command})))]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: face.data("tool.progress"))
        with anyio.fail_after(4):
            await face.tell(Interrupt())
            await face.idle()
        assert face.data("tool.finished")[0].outcome == "cancelled"


@pytest.mark.parametrize(
    ("tool", "arguments", "said_to_model"),
    [
        ("look", "{", "JSON"),
        ("look", "[]", "object"),
        ("look", "{}", "word"),
        ("look", '{"word": 1, "more": 2}', "word"),
        ("lock", "{}", "Did you mean `look`?"),
        ("nonsense", "{}", "no tool `nonsense`"),
    ],
)
async def test_what_the_model_got_wrong_it_reads_about(
    rig: Rig, model: FakeModel, probe: Probe, tool: str, arguments: str, said_to_model: str
) -> None:
    model.answers = [calls((tool, arguments), ("look", word("fine")))]
    async with rig.session() as face:
        await face.ask("go")
        wrong, right = results(model.requests[1])
        assert wrong.is_error
        assert said_to_model.lower() in wrong.text.lower()
        assert right.text == "saw fine"
        assert_valid(model.requests[1])


@pytest.mark.parametrize("path", ["~nobody-at-all/x", "ring/x", "a" * 5000, "no\x00", ""])
async def test_paths_that_lead_nowhere_are_the_models_mistake(
    rig: Rig, model: FakeModel, path: str
) -> None:
    (rig.folder / "ring").symlink_to("ring")
    model.answers = [calls(("read", json.dumps({"path": path})))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.until(
            lambda: face.state.pending or (face.state.turns and not face.state.working)
        )
        if face.state.pending:  # what cannot be followed may lead out of the workspace
            await face.approve("once")
        await face.idle()
        (result,) = results(model.requests[1])
        assert result.is_error


async def test_plan_mode_denies_what_is_not_reading(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")), ("look", word("y")))]
    async with rig.session(mode="plan") as face:
        await face.ask("go")
        denied, read = results(model.requests[1])
        assert denied.is_error
        assert "plan" in denied.text
        assert read.text == "saw y"
        assert probe.ran == ["y"]


async def test_chat_mode_offers_no_tools_and_runs_none(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("look", word("y")))]
    async with rig.session(mode="chat") as face:
        await face.ask("go")
        assert model.requests[0].tools == ()
        assert not probe.ran


async def test_a_mode_set_while_a_turn_runs_holds_for_its_next_call(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("a"))), calls(("act", word("b")))]
    async with rig.session(mode="auto") as face:
        await face.submit("go")
        await face.until(lambda: probe.ran)
        await face.tell(SetMode("approve"))
        await face.until(lambda: face.state.mode == "approve")
        probe.gate.set()
        await face.pending()
        assert probe.ran == ["a"]


async def test_the_model_gets_the_persons_answer_to_its_question(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    question = json.dumps({"question": "Which?", "choices": ["red", "blue"]})
    model.answers = [calls(("ask_user", question))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        (pending,) = await face.pending()
        assert pending.subject.kind == "question"
        # An answer of the wrong kind, or to a question that is none, changes nothing.
        await face.tell(AnswerRequest(pending.request_id, ApprovalAnswer("once")))
        await face.tell(AnswerRequest("nothing", QuestionAnswer("green")))
        await face.reply("blue")
        await face.idle()
        assert [result.text for result in results(model.requests[1])] == ["blue"]


async def test_calls_in_a_cut_answer_do_not_run(rig: Rig, model: FakeModel, probe: Probe) -> None:
    from goose_agent.providers.model import AnswerEnd

    cut = calls(("look", word("y")))
    cut.pieces = (*cut.pieces[:-1], AnswerEnd("length"))
    model.answers = [cut]
    async with rig.session() as face:
        await face.ask("go")
        (result,) = results(model.requests[1])
        assert "cut off" in result.text
        assert not probe.ran


async def test_ids_that_a_service_repeats_are_told_apart(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    from support.models import Answer, call

    def twice(text: str) -> Answer:
        whole = calls(("look", word(text)))
        return Answer((*call(0, "look", word(text), "same"), *whole.pieces[2:]))

    model.answers = [twice("a"), twice("b")]
    async with rig.session() as face:
        await face.ask("go")
        assert [result.text for result in results(model.requests[2])] == ["saw a", "saw b"]
        assert_valid(model.requests[2])


async def test_output_that_is_too_long_for_the_model_is_kept_whole(
    rig: Rig, model: FakeModel
) -> None:
    from goose_agent.commands import FetchBlob

    model.answers = [calls(("shell", '{"command": "seq 1 100000"}')), said("ok")]
    async with rig.session() as face:
        await face.ask("go")
        (result,) = results(model.requests[1])
        assert len(result.text) < 100_000
        record = next(iter(face.state.calls_of_turn(face.state.turns[0])))
        await face.tell(FetchBlob(record.output, 10**9), FetchBlob("none"))
        await face.until(lambda: len(face.data("blob.read")) == 2)
        found, missing = sorted(face.data("blob.read"), key=lambda read: not read.found)
        assert found.text.splitlines() == [str(number) for number in range(1, 100_001)]
        assert found.size == len(found.text)
        assert (missing.found, missing.text, missing.size) == (False, "", 0)


async def test_of_huge_output_a_face_gets_the_start_and_the_end(rig: Rig, model: FakeModel) -> None:
    from goose_agent.commands import FetchBlob

    command = {"command": "seq 1 1000000"}
    model.answers = [calls(("shell", json.dumps(command))), said("ok")]
    async with rig.session() as face:
        await face.ask("go")
        record = next(iter(face.state.calls_of_turn(face.state.turns[0])))
        await face.tell(FetchBlob(record.output), FetchBlob(record.output, 10**9))
        await face.until(lambda: len(face.data("blob.read")) == 2)
        short, long = sorted(face.data("blob.read"), key=lambda read: len(read.text))
        assert short.size == long.size == record.total == 6_888_896
        assert 250_000 < len(short.text) < 263_000
        assert 4_000_000 < len(long.text) < 4_200_000
        for read in (short, long):
            assert read.text.startswith("1\n2\n")
            assert read.text.endswith("\n999999\n1000000\n")
            assert "bytes are left out here" in read.text


async def test_secrets_in_huge_output_are_masked_before_it_is_kept(
    rig: Rig, model: FakeModel
) -> None:
    from goose_agent.commands import FetchBlob

    secret = "sk-test-0123456789"
    rig = Rig(rig.base, rig.models, environ={"OPENAI_API_KEY": secret})
    printed = "seq 1 100000; printf 'sk-test-%s\\n' 0123456789; seq 1 100000"
    command = {"command": printed}
    model.answers = [calls(("shell", json.dumps(command))), said("ok")]
    async with rig.session() as face:
        await face.ask("go")
        record = next(iter(face.state.calls_of_turn(face.state.turns[0])))
        await face.tell(FetchBlob(record.output, 10**9))
        await face.until(lambda: face.data("blob.read"))
        (read,) = face.data("blob.read")
        assert "\n100000\n[secret:OPENAI_API_KEY]\n1\n" in read.text
        assert secret not in read.text


async def test_a_call_that_is_done_keeps_its_outcome_when_stopped_while_it_is_masked(
    rig: Rig, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from goose_agent.redaction import Redactor

    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Redactor, data: bytes) -> bytes:
        begun.set()
        assert go_on.wait(10)
        return data

    monkeypatch.setattr(Redactor, "data", slow)
    model.answers = [calls(("shell", '{"command": "seq 1 100000"}')), said("ok")]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(begun.is_set)
        await face.tell(Interrupt())
        await face.until(lambda: face.data("user.command"))  # the loop is not held up
        go_on.set()
        await face.idle()
        record = next(iter(face.state.calls_of_turn(face.state.turns[0])))
        assert record.state == "ok"
        assert record.total == 588_895


async def test_a_path_that_became_a_link_since_it_was_judged_asks(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    rig.extensions = lambda: (probe, *standard_extensions())
    (rig.folder / "sub").mkdir()
    (rig.base / "elsewhere").mkdir()
    write = ("write", json.dumps({"path": "sub/a.txt", "content": "a"}))
    model.answers = [calls(*[("hold", word(str(at))) for at in range(8)], write), said("ok")]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: len(probe.ran) == 8)
        (rig.folder / "sub").rmdir()
        (rig.folder / "sub").symlink_to(rig.base / "elsewhere")
        probe.gate.set()
        (pending,) = await face.pending()
        assert isinstance(pending.subject, Approval)
        assert "sub/a.txt leads to" in pending.subject.reasons[0].text
        await face.approve("deny")
        await face.idle()
    assert not [*(rig.base / "elsewhere").iterdir()]


class Faulty(Extension):
    name = "faulty"

    @tool(effect="read", summary="word")
    async def trip(self, call: CallContext, word: str) -> str:
        """Trip.

        Args:
            call: The running call.
            word: Over what.
        """
        raise LookupError(word)


async def test_a_fault_in_a_tool_ends_its_call_and_nothing_else(rig: Rig, model: FakeModel) -> None:
    rig.extensions = lambda: (Faulty(),)
    model.answers = [calls(("trip", word("a stone"))), said("I see.")]
    async with rig.session() as face:
        await face.ask("go")
        (result,) = results(model.requests[1])
        assert result.text.startswith("trip failed by a fault of its own (LookupError: a stone")
        assert face.answer == "I see."


async def test_a_rule_denies_what_touches_nothing_but_the_session(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    path = rig.places.config / "rules.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('rules: ["deny ask_user", "ask probe"]', encoding="utf-8")
    model.answers = [calls(("ask_user", json.dumps({"question": "Why?"}))), said("Fine.")]
    async with rig.session(mode="auto") as face:
        await face.ask("go")
        assert not face.data("request.asked")
        assert "deny ask_user" in results(model.requests[1])[0].text
