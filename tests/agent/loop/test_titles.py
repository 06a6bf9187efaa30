"""A title that a model gives: beside the work, cleaned, paid for, and silent where it fails."""

from __future__ import annotations

import anyio
import pytest

from goose_agent.commands import Rename, SetModel
from goose_agent.errors import AuthError
from goose_agent.loop.titles import as_title
from goose_agent.messages import Text
from goose_agent.model_access import ModelAccess
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.wire import Open, write
from support.engine import Face, Rig
from support.models import Answer, FakeModel, said

KEY = "gsk-0123456789abcdef"


@pytest.fixture
def quick(rig: Rig) -> FakeModel:
    """A model for small things."""
    made = FakeModel(info=ModelInfo("fake/quick", 10_000, None, 1.0, 10.0))
    rig.with_model(made)
    settle(rig, "models: {fast: fake/quick}")
    return made


def settle(rig: Rig, text: str) -> None:
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text(text, encoding="utf-8")


def titles(face: Face) -> list[str]:
    return [each.title for each in face.data("session.titled")]


async def test_the_fast_model_names_the_session_after_the_first_turn(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    quick.answers = [said('# Title: **"Mend the \x1b[31mparser"**\nand more')]
    model.answers = [said("I mended it.")]
    async with rig.session() as face:
        await face.ask("mend the parser " + "x" * 5000)
        await face.until(lambda: face.state.titled_by == "model")
        assert face.state.title == "Mend the [31mparser"
        await face.ask("thanks")

        (request,) = quick.requests
        (part,) = request.messages[0].parts
        assert isinstance(part, Text)
        assert "mend the parser" in part.text and "I mended it." in part.text
        assert len(part.text) < 2500
        assert (request.tools, request.effort) == ((), "off")
        state = face.state
        assert state.spent_by["fake/quick"].cost == pytest.approx(0.0002)
        assert state.spent.requests == 3
        # It is no part of a turn, nor of the conversation.
        assert [each.requests for each in face.data("turn.measured")] == [1, 1]
        assert len(model.requests[1].messages) == 3


async def test_nothing_waits_for_a_title(rig: Rig, model: FakeModel, quick: FakeModel) -> None:
    slow = anyio.Event()
    quick.answers = [Answer((), slow, said("Late").pieces)]
    async with rig.session() as face:
        await face.ask("go")
        await face.until(lambda: quick.requests)
        await face.ask("go on")
        assert (len(model.requests), titles(face)) == (2, [])
        slow.set()
        await face.until(lambda: titles(face) == ["Late"])


async def test_a_title_under_way_does_not_hold_up_the_end_and_stays_on_record(
    rig: Rig, quick: FakeModel
) -> None:
    quick.answers = [Answer((), anyio.Event())]
    async with rig.session() as face:
        await face.ask("go")
        await face.until(lambda: quick.requests)
        await face.leave()
        assert [each.error for each in face.data("aside.failed")] == ["cancelled"]
        assert face.kinds()[-1] == "session.ended"
        assert quick.left_early == 1


async def test_a_failure_is_on_record_and_nowhere_else(
    rig: Rig, model: FakeModel, quick: FakeModel
) -> None:
    quick.answers = [Answer((TextDelta("Half"),), error=AuthError("The key is wrong."))]
    async with rig.session() as face:
        await face.ask("go")
        await face.until(lambda: face.data("aside.failed"))
        await face.ask("go on")
        (failed,) = face.data("aside.failed")
        assert (failed.model, failed.error) == ("fake/quick", "auth")
        assert failed.message == "The key is wrong."
        assert (face.state.title, face.data("notice")) == ("go", [])
        assert len(quick.requests) == 1


async def test_a_fast_model_that_is_not_there_is_a_failure_like_others(rig: Rig) -> None:
    settle(rig, "models: {fast: fake/nobody}")
    async with rig.session() as face:
        await face.ask("go")
        await face.until(lambda: face.data("aside.failed"))
        await face.ask("go on")
        assert [each.error for each in face.data("aside.failed")] == ["config"]
        assert face.data("notice") == []


async def test_a_title_by_hand_is_never_replaced(rig: Rig, quick: FakeModel) -> None:
    slow = anyio.Event()
    quick.answers = [Answer((), slow, said("By a model").pieces)]
    async with rig.session() as face:
        await face.ask("go")
        await face.until(lambda: quick.requests)
        await face.tell(Rename("mine"))
        await face.until(lambda: face.state.title == "mine")
        slow.set()
        await face.until(lambda: face.data("aside.responded"))
        await face.leave()
        assert titles(face) == ["mine"]


@pytest.mark.parametrize(
    ("settings", "quicks", "mains"),
    [
        ("models: {fast: fake/quick}\ntitles: off", 0, 2),
        ("", 0, 2),  # the main model has better things to do, unless it is told to
        ("titles: on", 0, 3),
        ("models: {fast: fake/quick}\nmax_tokens: 100", 0, 1),
    ],
)
async def test_who_is_asked_is_a_matter_of_settings(
    rig: Rig, model: FakeModel, quick: FakeModel, settings: str, quicks: int, mains: int
) -> None:
    settle(rig, settings)
    async with rig.session() as face:
        await face.ask("go")
        await face.ask("go on")
        await face.until(lambda: len(model.requests) == mains)
        await face.leave()
        assert (len(quick.requests), len(model.requests)) == (quicks, mains)


async def test_a_face_that_wants_no_titles_gets_none(rig: Rig, quick: FakeModel) -> None:
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), model="fake/one", titles=False)))
        await face.until(lambda: face.opened)
        await face.ask("go")
        await face.leave()
        assert quick.requests == []


async def test_the_provider_of_the_main_model_has_a_model_for_small_things(
    rig: Rig, model: FakeModel
) -> None:
    quick = FakeModel([said("Quick")], ModelInfo("groq/openai/gpt-oss-20b"))
    for each in (quick, FakeModel(info=ModelInfo("groq/large"))):
        rig.with_model(each)
    async with rig.session() as face:
        await face.tell(SetModel("groq/large"))
        await face.ask("go")
        await face.until(lambda: titles(face) == ["Quick"])
        assert [each.model for each in face.data("aside.requested")] == ["groq/openai/gpt-oss-20b"]


async def test_a_secret_is_masked_in_a_title_and_in_what_it_is_made_of(
    rig: Rig, quick: FakeModel
) -> None:
    ModelAccess(rig.places, {}).secrets.keep("GROQ_API_KEY", KEY, "file")
    quick.answers = [said(f"Use {KEY}")]
    async with rig.session() as face:
        await face.ask(f"what is {KEY}?")
        await face.until(lambda: titles(face))
        assert KEY not in repr(quick.requests)
        assert titles(face) == ["Use [secret:GROQ_API_KEY]"]


def test_a_provider_behind_another_address_is_not_taken_to_have_the_same_models(rig: Rig) -> None:
    plain = ModelAccess(rig.places, {})
    moved = ModelAccess(rig.places, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    assert plain.fast_model("openai/gpt-5").startswith("openai/")
    assert moved.fast_model("openai/gpt-5") == ""
    assert plain.fast_model("scripted/x") == plain.fast_model("") == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Mend the parser", "Mend the parser"),
        ("\n\n  “Mend the parser.”  \n", "Mend the parser"),
        ("**Title:** Mend\u202e it\u200b now", "Mend it now"),
        ("title: `Mend`", "Mend"),
        ("word " * 40, "word " * 11 + "word"),
        ("x" * 100, "x" * 60),
        ("", ""),
        (" \x00\n***\n", ""),
        ("Поправить разбор", "Поправить разбор"),
    ],
)
def test_what_a_model_says_becomes_one_short_plain_line(text: str, title: str) -> None:
    assert as_title(text) == title
