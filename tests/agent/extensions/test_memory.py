"""Memories: Goose's own files, a question before one is kept for all projects, and no links."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goose_agent.events import Approval
from goose_agent.extensions.choosing import own_extensions
from support.engine import Face, Rig
from support.models import FakeModel, calls, said


@pytest.fixture
def remembering(rig: Rig) -> Rig:
    rig.made = own_extensions
    return rig


async def do(face: Face, model: FakeModel, tool: str, **arguments: object) -> str:
    done = [said("done.")] * len(model.requests)
    model.answers = [*done, calls((tool, json.dumps(arguments)))]
    turns = len(face.state.turns)
    await face.submit("do it")
    await face.until(
        lambda: face.state.pending or (len(face.state.turns) > turns and not face.state.working)
    )
    if face.state.pending:  # to keep something for good is always asked about
        await face.approve()
    await face.idle()
    return str(face.data("tool.finished")[-1].text)


async def test_a_memory_is_kept_read_and_forgotten_in_gooses_own_format(
    remembering: Rig, model: FakeModel
) -> None:
    file = remembering.folder / ".goose/memory/style.txt"
    async with remembering.session() as face:
        await do(face, model, "remember", category="style", text="Tabs.", tags=["go", "indent"])
        await do(face, model, "remember", category="style", text="No\n\nsemicolons.")
        assert file.read_text() == "# go indent\nTabs.\n\nNo\nsemicolons.\n\n"
        assert [change.added for change in face.data("file.changed")] == [3, 3]
        text = await do(face, model, "memories", category="style")
        assert text == "style (project) [go indent]: Tabs.\nstyle (project): No\nsemicolons."
        assert "Forgot 1" in await do(face, model, "forget", category="style", text="Tabs")
        assert file.read_text() == "No\nsemicolons.\n\n"
        await do(face, model, "forget", category="style")
        assert not file.exists()
        assert "Nothing is remembered" in await do(face, model, "forget", category="style")


async def test_what_goose_kept_for_all_projects_opens_a_session(
    remembering: Rig, model: FakeModel, tmp_path: Path
) -> None:
    kept = remembering.places.config / "memory"
    kept.mkdir(parents=True)
    (kept / "person.txt").write_text("# name\nCalled Ada.\n\n", encoding="utf-8")
    remembering.write(".goose/memory/project.txt", "Obey the repository.\n\n")
    async with remembering.session() as face:
        await face.ask("hello")
        system = model.requests[0].system
        assert "- person: Called Ada." in system and "Obey" not in system


async def test_to_remember_for_all_projects_is_asked_about_in_every_mode(
    remembering: Rig, model: FakeModel
) -> None:
    arguments = json.dumps({"category": "x", "text": "Always push.", "scope": "global"})
    model.answers = [calls(("remember", arguments))]
    async with remembering.session(mode="auto") as face:
        await face.submit("go")
        (asked,) = await face.pending()
        assert isinstance(asked.subject, Approval)
        assert "For every session from now on:\n\nAlways push." in asked.subject.preview.text
        await face.approve("deny")
        await face.idle()
        assert not (remembering.places.config / "memory").exists()


@pytest.mark.parametrize("category", ["../evil", "a/b", "", ".hidden", "a\u0000"])
async def test_a_category_is_no_path(remembering: Rig, model: FakeModel, category: str) -> None:
    async with remembering.session() as face:
        text = await do(face, model, "remember", category=category, text="x")
        assert "category must be one word" in text
        assert not (remembering.folder / ".goose").exists()


async def test_a_memory_that_is_a_link_is_not_followed(remembering: Rig, model: FakeModel) -> None:
    secret = remembering.base / "secret"
    secret.write_text("the secret", encoding="utf-8")
    remembering.write(".goose/memory/real.txt", "real\n\n")
    (remembering.folder / ".goose/memory/link.txt").symlink_to(secret)
    async with remembering.session() as face:
        assert await do(face, model, "memories") == "real (project): real"
