"""Keys that work anywhere, the palette, and slash commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.color import Color

from goose_tui.keys import KEYS
from goose_tui.slash.table import SLASH
from goose_tui.theme_shelf import shelf
from support.models import FakeModel, said
from support.workbench import Workbench, script


async def test_f1_shows_every_key_there_is(home: Path) -> None:
    async with Workbench(home).running(120, 170) as bench:
        await bench.press("f1")
        await bench.sees("Keys", "Anywhere", "After Ctrl+X", "Approval", "esc closes")
        shown = bench.screen_text()
        for key in KEYS:
            assert f"  {key.label}  " in shown, key
            assert key.words in shown, key
        await bench.press("escape")
        await bench.misses("esc closes")


async def test_the_table_of_keys_scrolls_where_it_does_not_fit(home: Path) -> None:
    async with Workbench(home).running(80, 24) as bench:
        await bench.press("f1")
        await bench.sees("Anywhere")
        await bench.press("end")
        await bench.sees("fold, to read what is behind")


async def test_a_question_mark_on_an_empty_draft_shows_the_keys(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("why")
        await bench.type("?")
        assert bench.draft == "why?"
        await bench.press("ctrl+u", "?")
        await bench.sees("esc closes")
        assert bench.draft == ""


async def test_keys_are_named_as_people_write_them() -> None:
    for key in KEYS:
        assert key.words and not key.words.startswith("app."), key
        assert key.label and "app." not in key.label and "_" not in key.label.replace("+_", ""), key


async def test_the_palette_lists_what_can_be_done(home: Path) -> None:
    async with Workbench(home).running(120, 160) as bench:
        await bench.press("ctrl+p")
        await bench.sees("Themes", "Mode plan", "Search the conversation")
        lines = [command.title for command in bench.app.get_system_commands(bench.app.screen)]
        skipped = {"app.palette", "app.chord", "app.interrupt", "app.copy"}
        for key in KEYS:
            if key.place in ("anywhere", "after ctrl+x") and key.id not in skipped:
                words = key.words[0].upper() + key.words[1:].partition(":")[0]
                assert [line for line in lines if line.startswith(words) and key.label in line]
        await bench.type("mode plan")
        await bench.press("enter")
        await bench.until(lambda: bench.state.mode == "plan")


async def test_shift_tab_goes_through_the_modes_and_never_to_auto(home: Path) -> None:
    async with Workbench(home).running() as bench:
        seen = []
        for _ in range(8):
            changes = bench.state.seq
            await bench.press("shift+tab")
            await bench.until(partial(_later, bench, changes))
            seen.append(bench.state.mode)
        assert seen == ["edits", "plan", "approve", "smart"] * 2
        await bench.sees(" smart ")


async def test_shift_tab_pressed_quickly_counts_each_time(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.burst("shift+tab", "shift+tab", "shift+tab")
        await bench.until(lambda: bench.state.mode == "approve")
        await bench.burst("shift+tab", "shift+tab")
        await bench.until(lambda: bench.state.mode == "edits")


def _later(bench: Workbench, seq: int) -> bool:
    return bench.state.seq > seq


async def test_auto_is_entered_by_name_and_shown(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/mode auto")
        await bench.until(lambda: bench.state.mode == "auto")
        await bench.until(lambda: bench.line(-1).startswith(" auto"))
        await bench.press("shift+tab")
        await bench.until(lambda: bench.state.mode == "approve")


async def test_a_mode_that_does_not_exist_is_refused_with_those_that_do(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/mode yolo")
        await bench.sees("yolo")
        assert bench.state.mode == "smart"


async def test_a_command_that_does_not_exist_stays_in_the_draft(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("/nonsense")
        await bench.press("enter")
        await bench.sees("there is no /nonsense")
        assert bench.draft == "/nonsense"
        assert not bench.state.turns


async def test_a_path_is_no_command(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/etc/hosts looks odd")
        await bench.idle()
        await bench.sees("▌ /etc/hosts looks odd")


async def test_the_session_is_renamed(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/rename a better name")
        await bench.until(lambda: bench.line(0).startswith(" a better name "))
        assert any("a better name" in text for text in bench.written)


async def test_another_model_answers_from_now_on(home: Path) -> None:
    bench = Workbench(home, script("[{text: I am the first.}]"))
    other = FakeModel([said("I am the second.")])
    bench.rig.with_model(other)
    async with bench.running() as bench:
        await bench.send("/model fake/one")
        await bench.until(lambda: bench.state.model == "fake/one")
        await bench.send("who is there?")
        await bench.sees("I am the second.", "fake/one")
        await bench.send("/model")
        await bench.sees("Models", "fake/one", "answers now")


async def test_a_model_that_does_not_exist_changes_nothing(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/model nobody/none")
        await bench.sees("There is no nobody/none")
        assert bench.state.model == "scripted/model"
        assert not bench.left


async def test_stepping_is_switched(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/step")
        await bench.sees("● step")
        await bench.send("/step off")
        await bench.until(lambda: not bench.state.stepping)
        await bench.misses("● step")


async def test_exit_leaves(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("/exit")
        await bench.press("enter")
        await bench.until(lambda: bench.left)
        assert bench.state.ended


async def test_a_theme_is_changed_while_all_stays_as_it_is(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("hello")
        await bench.idle()
        await bench.type("unfinished")
        before = bench.app.workbench.styles.background
        await bench.press("ctrl+u")
        await bench.send("/theme linen")
        linen = Color.parse(str(shelf().take("linen").inks["background"].colour))
        await bench.until(lambda: bench.app.workbench.styles.background == linen)
        assert linen != before
        await bench.sees("▌ hello", "end of the script")


async def test_the_list_of_themes_shows_each_and_escape_goes_back(home: Path) -> None:
    async with Workbench(home, theme="moss").running() as bench:
        moss = bench.app.workbench.styles.background
        await bench.press("ctrl+x", "h")
        await bench.sees("Themes", "enter keeps, esc goes back", "moss", "linen")
        await bench.press("down")
        await bench.until(lambda: bench.app.workbench.styles.background != moss)
        await bench.press("escape")
        await bench.until(lambda: bench.app.workbench.styles.background == moss)
        await bench.press("ctrl+x", "h", "down", "enter")
        await bench.misses("enter keeps")
        assert bench.app.workbench.styles.background != moss


async def test_a_theme_that_does_not_exist_is_refused(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/theme mauve")
        await bench.sees("mauve")
        assert not bench.left


async def test_every_command_can_be_given_in_a_fresh_session(home: Path) -> None:
    comes = {
        "replay": "h l event",
        "hints": "There are none. Write AGENTS.md",
        "agents": "No subagents yet",
    }
    async with Workbench(home).running() as bench:
        for slash in SLASH:
            if slash.name in ("init", "review"):
                continue  # the turn they begin would pause, and own the keys that follow
            await bench.press("escape", "ctrl+u")
            await bench.type(f"/{slash.name}")
            await bench.press("enter")
            await bench.until(lambda: bench.left or bench.draft == "")
            if slash.name in comes:
                await bench.sees(comes[slash.name])
            assert not bench.left or slash.name == "exit", slash.name
        await bench.until(lambda: bench.left)
        assert not bench.notices


async def test_ctrl_l_draws_again(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.until(lambda: "~/work" in bench.line(0))
        before = bench.screen_text()
        await bench.press("ctrl+l")
        assert bench.screen_text() == before


async def test_the_key_after_ctrl_x_never_becomes_part_of_the_draft(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.burst("ctrl+x", "h")
        await bench.sees("Themes")
        assert bench.composer.text == ""


async def test_what_follows_ctrl_f_at_once_is_searched_for(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.burst("ctrl+f", *"needle")
        await bench.sees("needle")
        assert bench.composer.text == ""
