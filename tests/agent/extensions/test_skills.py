"""Skills: a line each in the prompt, read when they are needed, a folder's only after trust."""

from __future__ import annotations

import pytest

from goose_agent.commands import RunCommand, SetTrust
from goose_agent.extensions.choosing import own_extensions
from support.engine import Rig
from support.models import FakeModel, calls

DEPLOY = "---\nname: deploy\ndescription: How we ship a release\n---\nTag it, then run ship.sh.\n"


@pytest.fixture
def shipping(rig: Rig) -> Rig:
    rig.made = own_extensions
    folder = rig.base / ".agents/skills/deploy"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(DEPLOY, encoding="utf-8")
    (folder / "ship.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    return rig


async def test_a_skill_is_listed_in_a_line_and_read_on_demand(
    shipping: Rig, model: FakeModel
) -> None:
    model.answers = [calls(("load_skill", '{"name": "deploy"}'))]
    async with shipping.session(mode="approve") as face:
        await face.ask("ship it")
        system = model.requests[0].system
        assert "- deploy: How we ship a release" in system and "ship.sh" not in system
        result = face.data("tool.finished")[0].text
        assert "Tag it, then run ship.sh." in result and result.endswith("\nship.sh")


async def test_without_skills_neither_words_nor_a_tool_are_sent(rig: Rig, model: FakeModel) -> None:
    rig.made = own_extensions
    async with rig.session() as face:
        await face.ask("hello")
        assert "load_skill" not in model.requests[0].system
        assert "load_skill" not in {tool.name for tool in model.requests[0].tools}


async def test_a_folders_skills_count_from_the_moment_it_is_trusted(
    rig: Rig, model: FakeModel
) -> None:
    rig.made = own_extensions
    rig.write(".claude/skills/deploy/SKILL.md", DEPLOY)
    async with rig.session() as face:
        await face.ask("hello")
        assert "How we ship" not in model.requests[-1].system
        await face.tell(SetTrust("trusted"))
        await face.until(lambda: face.data("commands.listed"))
        await face.ask("hello")
        assert "How we ship" in model.requests[-1].system


async def test_a_person_asks_for_a_skill_by_its_name(shipping: Rig, model: FakeModel) -> None:
    async with shipping.session() as face:
        await face.tell(RunCommand("deploy", "ship 1.2", "skill"))
        await face.until(lambda: face.state.turns and not face.state.working)
        text = str(model.requests[0].messages[-1])
        assert "ship 1.2" in text and "Tag it" in text
        await face.tell(RunCommand("none", "", "skill"))
        await face.until(lambda: face.data("message.refused"))
