"""Past sessions: searched and read again, those of this folder alone."""

from __future__ import annotations

import json

import pytest

from goose_agent.extensions.choosing import own_extensions
from support.engine import Face, Rig
from support.models import FakeModel, calls, said


@pytest.fixture
def looking(rig: Rig) -> Rig:
    rig.made = own_extensions
    return rig


async def look(face: Face, model: FakeModel, **arguments: object) -> str:
    done = [said("done.")] * len(model.requests)
    model.answers = [*done, calls(("past_sessions", json.dumps(arguments)))]
    await face.ask("look")
    return str(face.data("tool.finished")[-1].text)


async def test_a_session_of_this_folder_is_found_by_its_words_and_read(
    looking: Rig, model: FakeModel
) -> None:
    async with looking.session() as face:
        await face.ask("the flux capacitor leaks")
        past = face.session_id
        await face.leave()
    async with looking.session() as face:
        assert past in await look(face, model)
        found = await look(face, model, query="capacitor")
        assert past in found and "flux" in found
        assert "you: the flux capacitor leaks" in await look(face, model, id=past)
        assert "There is no session" in await look(face, model, id="s-none")


async def test_sessions_of_other_folders_are_not_for_this_one(
    looking: Rig, model: FakeModel
) -> None:
    folder = looking.folder
    looking.folder = looking.base / "other"
    looking.folder.mkdir()
    async with looking.session() as face:
        await face.ask("a private capacitor")
        past = face.session_id
        await face.leave()
    looking.folder = folder
    async with looking.session() as face:
        assert "No past session" in await look(face, model, query="private")
        assert "There is no session" in await look(face, model, id=past)
