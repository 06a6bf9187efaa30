"""Files and pictures in the composer: offered, pasted, sent, shown, and given back when they fail."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from goose_agent.messages import Image, Text, ToolResult
from goose_agent.state.records import UserRecord
from support.models import FakeModel, calls, said
from support.pictures import png
from support.workbench import Workbench

SHOT = png(1200, 800, size=84_000)


def furnish(home: Path) -> Path:
    """A project with some files and a picture."""
    work = home / "work"
    (work / "src").mkdir(parents=True)
    (work / "docs").mkdir()
    for name in ("src/parser.py", "src/parse_test.py", "docs/my notes.md"):
        (work / name).write_text(f"# {name}\n", encoding="utf-8")
    (work / "shot.png").write_bytes(SHOT)
    return work


def pictures(model: FakeModel, at: int = -1) -> list[bytes]:
    parts = [part for message in model.requests[at].messages for part in message.parts]
    results = [part for part in parts if isinstance(part, ToolResult)]
    images = [part for part in parts if isinstance(part, Image)]
    return [image.data for image in [*images, *(i for each in results for i in each.images)]]


def words(model: FakeModel) -> str:
    parts = [part for message in model.requests[-1].messages for part in message.parts]
    return "\n".join(part.text for part in parts if isinstance(part, Text))


async def test_an_at_sign_offers_files_and_tab_takes_one(home: Path) -> None:
    furnish(home)
    model = FakeModel([said("I see.")])
    async with Workbench(home, model).running() as bench:
        await bench.type("compare\n@pars")
        await bench.sees("@src/parser.py", "@src/parse_test.py")
        await bench.press("down", "tab")
        assert bench.draft == "compare\n@src/parse_test.py "
        await bench.misses("src/parser.py")
        await bench.type("with @notes")
        await bench.sees("docs/my notes.md")
        await bench.press("enter")
        whole = 'compare\n@src/parse_test.py with @"docs/my notes.md" '
        await bench.until(lambda: bench.draft == whole)
        await bench.press("enter")
        await bench.sees("I see.", "▤ src/parse_test.py · 20 B", "▤ docs/my notes.md · 19 B")
    assert "Attached file docs/my notes.md:" in words(model)


async def test_letters_that_only_resemble_a_file_are_sent_as_they_are(home: Path) -> None:
    furnish(home)
    async with Workbench(home, FakeModel([said("Fine.")])).running() as bench:
        await bench.type("ask @srp")
        await bench.sees("@src/parser.py")
        await bench.press("enter")
        await bench.sees("ask @srp", "Fine.")


async def test_escape_closes_the_list_until_the_next_mention(home: Path) -> None:
    furnish(home)
    async with Workbench(home).running() as bench:
        await bench.type("@par")
        await bench.sees("@src/parser.py")
        await bench.press("escape")
        await bench.misses("@src/parser.py")
        await bench.type("s")
        await bench.misses("@src/parser.py")
        assert bench.draft == "@pars"
        await bench.type(" and @par")
        await bench.sees("@src/parser.py")


async def test_a_mention_in_the_middle_of_a_draft_is_completed_there(home: Path) -> None:
    furnish(home)
    async with Workbench(home).running() as bench:
        await bench.type("see  now")
        await bench.press(*["left"] * 4)
        await bench.type("@shot")
        await bench.sees("@shot.png")
        await bench.press("tab")
        assert bench.draft == "see @shot.png  now"
        await bench.type("!")
        assert bench.draft == "see @shot.png ! now"


async def test_a_picture_is_sent_and_shown_in_one_line(home: Path) -> None:
    furnish(home)
    model = FakeModel([calls(("read", '{"path": "shot.png"}')), said("A black square.")])
    async with Workbench(home, model).running(120, 40) as bench:
        await bench.send("what is on @shot.png ?")
        await bench.sees("A black square.", "▌ ▣ shot.png · 1200×800 · 84 kB", "│ ▣ shot.png")
        assert pictures(model) == [SHOT, SHOT]
        await bench.press("ctrl+x", "t", "end", "enter")
        await bench.sees("shown to the model", "picture shot.png, 1200×800, 84 kB")


PASTES = {
    "plain": "{path}",
    "with a line end": "{path}\n",
    "quoted": "'{path}'",
    "double quoted": '"{path}"',
    "escaped": "{escaped}",
    "address": "file://{address}",
    "home": "~/{name}",
}


@pytest.mark.parametrize("paste", PASTES)
async def test_the_pasted_path_of_a_picture_becomes_a_mention(home: Path, paste: str) -> None:
    furnish(home)
    path = home / "Desktop shot (1).png"
    path.write_bytes(SHOT)
    text = PASTES[paste].format(
        path=path,
        escaped=str(path).replace(" ", "\\ ").replace("(", "\\(").replace(")", "\\)"),
        address=quote(str(path)),
        name=path.name,
    )
    model = FakeModel([said("Seen.")])
    async with Workbench(home, model).running() as bench:
        await bench.type("look:")
        await bench.paste(text)
        await bench.until(lambda: "@" in bench.draft)
        assert bench.draft == f'look: @"{path}" '
        await bench.press("enter")
        await bench.sees("Seen.")
    assert pictures(model) == [SHOT]


async def test_several_dropped_pictures_become_mentions_and_enter_waits_for_them(
    home: Path,
) -> None:
    work = furnish(home)
    (home / "b.png").write_bytes(png())
    model = FakeModel([said("Two.")])
    async with Workbench(home, model).running() as bench:
        await bench.paste(f"'{work / 'shot.png'}' '{home / 'b.png'}'")
        await bench.press("enter")
        await bench.sees("Two.")
    assert pictures(model) == [SHOT, png()]


async def test_other_pasted_paths_stay_as_they_are(home: Path) -> None:
    work = furnish(home)
    (home / "fake.png").write_text("no picture", encoding="utf-8")
    async with Workbench(home).running() as bench:
        for text in (f"{work / 'src/parser.py'}", f"{home / 'fake.png'}", "/nowhere/shot.png"):
            await bench.paste(text)
            await bench.until(lambda: not bench.composer.is_looking)
            assert bench.draft == text
            bench.composer.draft("")


async def test_a_message_that_cannot_go_comes_back_with_the_reason(home: Path) -> None:
    work = furnish(home)
    (work / "cut.png").write_bytes(SHOT[:-30])
    model = FakeModel([said("Good.")])
    async with Workbench(home, model).running() as bench:
        await bench.type("look at @cut.png please")
        await bench.press("enter")
        await bench.sees("not sent: cut.png is cut off: its end is missing.")
        await bench.until(lambda: bench.draft == "look at @cut.png please")
        assert not bench.state.records
        (work / "cut.png").write_bytes(SHOT)
        await bench.press("enter")
        await bench.sees("Good.")
        (record,) = [item for item in bench.state.records if isinstance(item, UserRecord)]
        assert record.text == "look at @cut.png please"
        await bench.press("up")
        assert bench.draft == "look at @cut.png please"
        await bench.press("up")
        assert bench.draft == "look at @cut.png please"


async def test_a_model_that_sees_nothing_is_named_once(home: Path) -> None:
    from goose_agent.providers.model import ModelInfo

    furnish(home)
    model = FakeModel([said("One."), said("Two.")], ModelInfo("fake/blind", 9000, sees=False))
    async with Workbench(home, model).running() as bench:
        await bench.send("@shot.png ?")
        await bench.sees("fake/blind cannot see pictures", "One.")
        await bench.send("again")
        await bench.sees("Two.")
        assert len(bench.notices) == 1
    assert pictures(model) == []
