"""The judge of smart mode at work: off by default, only for what is not known, and paid for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import anyio
import pytest

from goose_agent.commands import Interrupt
from goose_agent.errors import AuthError
from goose_agent.events import Mode
from goose_agent.messages import Text
from goose_agent.model_access import ModelAccess
from goose_agent.providers.model import ModelInfo, ModelRequest
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said

UNKNOWN = "jq -n env"
"""Nothing sure is known of it."""
KEY = "gsk-0123456789abcdef"


def shell(command: str) -> tuple[str, str]:
    return ("shell", json.dumps({"command": command}))


def verdict(only_reads: bool, why: str = "prints its settings") -> Callable[[ModelRequest], Answer]:
    """An answer about the call that it is asked about."""

    def answer(request: ModelRequest) -> Answer:
        found = re.search(r'"id": "([0-9a-f]{8})"', request.system)
        assert found is not None
        return said(json.dumps({"id": found[1], "only_reads": only_reads, "why": why}))

    return answer


@pytest.fixture
def quick(rig: Rig) -> FakeModel:
    """A model for small things, set as the judge."""
    made = FakeModel(info=ModelInfo("fake/quick", 10_000, None, 1.0, 10.0))
    rig.with_model(made)
    settle(rig, "models: {fast: fake/quick}\ntitles: off\njudge: fast")
    return made


def settle(rig: Rig, text: str) -> None:
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text(text, encoding="utf-8")


def asides(face: Face) -> list[str]:
    return [each.aside for each in face.data("aside.requested")]


def reasons(face: Face) -> list[tuple[str, str]]:
    return [(r.stage, r.text) for each in face.data("tool.judged") for r in each.reasons]


async def test_a_call_that_the_fast_model_says_only_reads_runs_and_names_it(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    model.answers = [calls(shell(UNKNOWN)), said("done")]
    quick.answers = [verdict(True)]
    async with rig.session(mode="smart") as face:
        await face.ask("go")
        assert asides(face) == ["judgement"]
        said_so = "the model fake/quick says that it only reads: prints its settings"
        assert reasons(face) == [("judge", said_so)]
        assert face.state.spent_by["fake/quick"].cost == pytest.approx(0.0002)
        (request,) = quick.requests
        assert (request.tools, request.effort) == ((), "off")


async def test_a_call_that_it_does_not_vouch_for_asks_and_shows_its_word(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    model.answers = [calls(shell(UNKNOWN)), said("done")]
    quick.answers = [verdict(False, "may write")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        assert reasons(face)[-1] == (
            "judge",
            "the model fake/quick says that it does not only read: may write",
        )


@pytest.mark.parametrize(
    "answer", [said("yes, run it"), Answer(error=AuthError("The key is wrong."))]
)
async def test_a_judge_that_fails_or_says_something_else_leaves_the_call_to_the_person(
    rig: Rig, model: FakeModel, quick: FakeModel, answer: Answer
) -> None:
    model.answers = [calls(shell(UNKNOWN)), said("done")]
    quick.answers = [answer]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        assert len(quick.requests) == 1
        assert "judge" not in dict(reasons(face))


async def test_its_word_is_remembered_for_the_session(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    model.answers = [calls(shell(UNKNOWN)), calls(shell(UNKNOWN)), said("done")]
    quick.answers = [verdict(True)]
    async with rig.session(mode="smart") as face:
        await face.ask("go")
        assert [stage for stage, _ in reasons(face)] == ["judge", "judge"]
        assert len(quick.requests) == 1


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ("models: {fast: fake/quick}\ntitles: off", "smart"),
        ("models: {fast: fake/quick}\ntitles: off\njudge: off", "smart"),
        ("models: {fast: fake/quick}\ntitles: off\njudge: fast", "approve"),
        ("models: {fast: fake/quick}\ntitles: off\njudge: fast", "edits"),
    ],
)
async def test_nobody_is_asked_where_it_is_not_set_or_the_mode_is_another(
    rig: Rig, model: FakeModel, quick: FakeModel, settings: str, mode: Mode
) -> None:
    settle(rig, settings)
    model.answers = [calls(shell(UNKNOWN)), said("done")]
    async with rig.session(mode=mode) as face:
        await face.submit("go")
        await face.pending()
        assert quick.requests == []


@pytest.mark.parametrize(
    "wanted",
    [
        shell("touch new"),
        shell("sed -i s/a/b/ f"),
        shell("echo x > f"),
        shell("cat ~/.ssh/id_rsa"),
        shell("jq -n env /etc/hosts"),
        shell("rm -rf /"),
        shell("python3 -c 'print(1)'"),
        shell("python3.12 x.py"),
        shell("node -e 1"),
        shell("sudo jq -n env"),
        shell("curl https://x.invalid"),
        shell("curl localhost"),
        shell("jq -n env https://x.invalid"),
        shell("./jq -n env"),
        shell("npm ls"),
        shell("jq -n $x"),
        shell("make -n"),
        ("write", json.dumps({"path": "f", "content": "x"})),
    ],
)
async def test_it_is_not_asked_about_what_is_known_to_do_more(
    rig: Rig, model: FakeModel, quick: FakeModel, wanted: tuple[str, str]
) -> None:
    model.answers = [calls(wanted), said("done")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.until(lambda: face.state.pending or face.data("turn.ended"))
        assert quick.requests == []
        assert not (rig.folder / "f").exists()


async def test_a_profile_sets_it_and_a_folder_cannot(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    settle(rig, "titles: off\nprofiles: {default: {models: {fast: fake/quick}, judge: fast}}")
    model.answers = [calls(shell(UNKNOWN)), said("done")]
    quick.answers = [verdict(True)]
    async with rig.session(mode="smart") as face:
        await face.ask("go")
        assert len(quick.requests) == 1
    settle(rig, "titles: off\nmodels: {fast: fake/quick}")
    rig.write(".goose-tui/config.yaml", "judge: fast")
    model.answers += [calls(shell(UNKNOWN)), said("done")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        assert len(quick.requests) == 1


async def test_no_known_secret_goes_to_it(rig: Rig, model: FakeModel, quick: FakeModel) -> None:
    ModelAccess(rig.places, {}).secrets.keep("GROQ_API_KEY", KEY, "file")
    model.answers = [calls(shell(f"jq -n env {KEY}")), said("done")]
    quick.answers = [verdict(True)]
    async with rig.session(mode="smart") as face:
        await face.ask("go")
        (part,) = quick.requests[0].messages[0].parts
        assert isinstance(part, Text)
        assert KEY not in part.text and "[secret:GROQ_API_KEY]" in part.text


async def test_a_session_that_has_spent_its_limit_asks_the_person(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    settle(rig, "models: {fast: fake/quick}\ntitles: off\njudge: fast\nmax_tokens: 50")
    model.answers = [calls(shell(UNKNOWN)), said("done")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        assert quick.requests == []


async def test_a_slow_judge_holds_up_no_other_call(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    rig.write("a.txt", "hello")
    reading = ("read", json.dumps({"path": "a.txt"}))
    model.answers = [calls(shell(UNKNOWN), reading, shell("ls")), said("done")]
    quick.answers = [Answer(gate=anyio.Event())]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.until(lambda: len(face.data("tool.finished")) == 2)
        assert [each.outcome for each in face.data("tool.finished")] == ["ok", "ok"]
        assert len(quick.requests) == 1
        await face.tell(Interrupt())
        await face.until(lambda: len(face.data("tool.finished")) == 3)
        assert face.data("tool.finished")[-1].outcome == "cancelled"
