"""Extensions that others wrote: found, made, required, and never in the way when broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.extensions.third_party import load_third_party
from support.engine import Rig
from support.models import FakeModel, calls, said

WORKING = """
from goose_agent.tools.tool import Extension, tool

class Greeter(Extension):
    name = "greeter"

    @tool(effect="session")
    async def greet(self, call, name: str) -> str:
        \"\"\"Greet somebody.\"\"\"
        met = [*self.session.kept.get("met", ()), name]
        self.session.keep({"met": met})
        self.session.log(f"met {name}")
        return f"Hello {name}, after {len(met) - 1} others."
"""
NEEDY = """
from goose_agent.tools.tool import Extension, tool

class Scheduling(Extension):
    name = "scheduling"
    roles = ("calendar",)

    @tool(effect="session")
    async def book(self, call) -> str:
        \"\"\"Book a day.\"\"\"
        return f"booked with {self.requires['calendar'].name}"
"""


def rig_with(tmp_path: Path, **files: str) -> Rig:
    """A rig whose person has these files among their extensions."""
    rig = Rig(tmp_path)
    rig.third_party = lambda host, taken: load_third_party(host, taken, [])
    folder = rig.places.config / "extensions"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return rig


async def test_the_tool_of_a_single_file_is_called_and_what_it_keeps_outlives_the_session(
    tmp_path: Path,
) -> None:
    rig = rig_with(tmp_path, greeter=WORKING)
    model = FakeModel(
        [
            calls(("greet", '{"name": "Ada"}')),
            said("Done."),
            calls(("greet", '{"name": "Bo"}')),
            said("Done."),
        ]
    )
    rig.with_model(model)
    async with rig.session() as face:
        await face.ask("greet Ada")
        assert face.data("tool.finished")[-1].text == "Hello Ada, after 0 others."
        assert "greeter: met Ada" in [notice.text for notice in face.data("notice")]
        await face.leave()
        session = face.session_id
    async with rig.resumed(session) as face:
        await face.ask("greet Bo")
        assert face.data("tool.finished")[-1].text == "Hello Bo, after 1 others."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def (", "SyntaxError"),
        ("answer = 42", "no class in it is an Extension"),
        (WORKING.replace('"greeter"', '"Bad Name"'), "is not lower case"),
        (WORKING.replace("Greet somebody.", ""), "has no docstring"),
        (WORKING.replace("name: str", "name: Nothing"), "NameError"),
    ],
)
async def test_one_that_is_broken_is_one_sentence_and_the_session_goes_on(
    tmp_path: Path, text: str, why: str
) -> None:
    rig = rig_with(tmp_path, broken=text, greeter=WORKING)
    rig.with_model(FakeModel([calls(("greet", '{"name": "Ada"}')), said("Done.")]))
    async with rig.session() as face:
        await face.ask("greet Ada")
        warnings = [notice.text for notice in face.data("notice") if notice.level == "warning"]
        assert len(warnings) == 1 and "broken.py cannot be used" in warnings[0]
        assert why in warnings[0]
        assert face.data("tool.finished")[-1].text == "Hello Ada, after 0 others."


async def test_the_settings_say_who_fills_a_role_and_a_gap_is_told(tmp_path: Path) -> None:
    rig = rig_with(tmp_path, greeter=WORKING, scheduling=NEEDY)
    rig.with_model(FakeModel([calls(("book", "{}")), said("Done.")]))
    (rig.places.config / "config.yaml").write_text(
        "extensions: [greeter, {name: scheduling, requires: {calendar: greeter}}]",
        encoding="utf-8",
    )
    async with rig.session() as face:
        await face.ask("book")
        assert face.data("tool.finished")[-1].text == "booked with greeter"
    rig.with_model(FakeModel([calls(("book", "{}")), said("Done.")]))
    (rig.places.config / "config.yaml").write_text("extensions: [scheduling]", encoding="utf-8")
    async with rig.session() as face:
        await face.ask("book")
        (proposed,) = face.data("tool.proposed")
        assert "There is no tool `book`" in proposed.problem
        (warning,) = face.data("notice")
        assert warning.text == (
            "scheduling is left out: calendar, which it requires as its calendar, is not there."
        )


async def test_extensions_in_a_circle_are_left_out_with_the_circle_named(tmp_path: Path) -> None:
    other = NEEDY.replace("scheduling", "calendar").replace('("calendar",)', '("scheduling",)')
    other = other.replace("Scheduling", "Calendar").replace("book", "note")
    rig = rig_with(tmp_path, calendar=other, scheduling=NEEDY)
    rig.with_model(FakeModel([said("Hello.")]))
    async with rig.session() as face:
        await face.ask("hello")
        told = [notice.text for notice in face.data("notice")]
        assert any("calendar → scheduling → calendar" in text for text in told)
        assert len(told) == 2


async def test_an_entry_point_counts_only_where_packages_are_installed(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "work"
    for folder, name in ((site, "installed"), (project, "hostile")):
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(
            f"[goose_tui.extensions]\n{name} = support.greeting:{name.title()}\n", encoding="utf-8"
        )
    rig = Rig(tmp_path)
    rig.third_party = lambda host, taken: load_third_party(host, taken, [str(site)])
    rig.with_model(FakeModel([calls(("wave", "{}")), said("Done.")]))
    async with rig.session() as face:
        await face.ask("wave")
        assert face.data("tool.finished")[-1].text == "waved in work"
        assert face.data("notice") == []


async def test_one_that_takes_for_ever_holds_up_neither_the_prompt_nor_the_end(
    tmp_path: Path,
) -> None:
    rig = rig_with(tmp_path, slow="import threading; threading.Event().wait(600)")
    rig.with_model(FakeModel())
    async with rig.session() as face:
        assert face.opened
        await face.leave()


async def test_a_name_that_is_taken_stays_with_who_had_it(tmp_path: Path) -> None:
    rig = rig_with(tmp_path, plan=WORKING.replace('"greeter"', '"plan"'))
    rig.with_model(FakeModel([said("Hello.")]))
    async with rig.session() as face:
        await face.ask("hello")
        (warning,) = face.data("notice")
        assert "The extension plan" in warning.text and "has one of that name" in warning.text
