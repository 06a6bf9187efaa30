"""Diffs: the model and how it is drawn."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from goose_agent.evolve import evolve
from goose_tui.view.diff import SIDE_BY_SIDE, diff_lines, draw_diff
from goose_tui.view.diff_model import DiffLine, count_changes, diff_rows, parse_diff
from goose_tui.view.offsets import copied_text
from goose_tui.view.palette import Palette

_PLAIN = Palette.plain()
_COLOURS = evolve(_PLAIN, added=Style(bgcolor="green"), removed=Style(bgcolor="red"))
_DIFF = """\
diff --git a/src/a.py b/src/a.py
index 1..2 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,4 +1,4 @@ def f():
 def f():
-    return one(1)
+    return one(2)

 x = 1
"""


def test_a_git_diff_is_read_with_numbers() -> None:
    [file] = parse_diff(_DIFF)
    assert (file.old_path, file.new_path, file.notes) == ("src/a.py", "src/a.py", ())
    [hunk] = file.hunks
    assert hunk.heading == "def f():"
    assert hunk.lines == (
        DiffLine(" ", "def f():", 1, 1),
        DiffLine("-", "    return one(1)", 2, None),
        DiffLine("+", "    return one(2)", None, 2),
        DiffLine(" ", "", 3, 3),
        DiffLine(" ", "x = 1", 4, 4),
    )
    assert count_changes([file]) == (1, 1)


def test_new_removed_renamed_and_binary_files_are_told_apart() -> None:
    diff = (
        "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"
        "diff --git a/i.png b/i.png\nBinary files a/i.png and b/i.png differ\n"
        "--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+hi\n\\ No newline at end of file\n"
        "diff --git a/o.py b/o.py\n--- a/o.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n"
    )
    shown = [line.strip.text for line in diff_lines(diff, 60, _PLAIN)]
    assert shown[0] == "x → y"
    assert "o.py (removed)" in shown
    assert any("(no line end)" in line for line in shown)


def test_text_that_is_no_diff_is_left_out() -> None:
    assert parse_diff("hello\nworld") == ()
    assert diff_lines("hello", 40, _PLAIN) == []


def test_lines_that_look_like_headers_stay_within_their_hunk() -> None:
    [file] = parse_diff("--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,1 @@\n--- old comment\n x\n")
    assert file.hunks[0].lines[0] == DiffLine("-", "-- old comment", 1, None)


def test_numbers_and_signs_are_not_copied() -> None:
    lines = diff_lines(_DIFF, 60, _PLAIN, headers=False)
    assert lines[1].strip.text.startswith("  1   1   def f():")
    assert copied_text(lines[1:]) == ("def f():\n    return one(1)\n    return one(2)\n\nx = 1")


def test_backgrounds_reach_the_full_width() -> None:
    for line in diff_lines(_DIFF, 50, _COLOURS, headers=False):
        assert line.strip.cell_length == 50
    added = diff_lines(_DIFF, 50, _COLOURS, headers=False)[3]
    assert {segment.style.bgcolor for segment in added.strip if segment.style} == {
        _COLOURS.added.bgcolor
    }


def test_what_differs_within_a_line_is_emphasised() -> None:
    palette = evolve(_PLAIN, added_words=Style(bold=True), removed_words=Style(bold=True))
    removed, added = diff_lines(_DIFF, 50, palette, headers=False)[2:4]
    for line, text in ((removed, "1"), (added, "2")):
        strong = [segment.text for segment in line.strip if segment.style and segment.style.bold]
        assert strong == [text]


def test_wide_screens_show_old_and_new_beside_each_other() -> None:
    lines = diff_lines(_DIFF, SIDE_BY_SIDE, _PLAIN, headers=False)
    row = lines[2].strip.text
    assert "return one(1)" in row.partition("│")[0]
    assert "return one(2)" in row.partition("│")[2]
    assert all(line.strip.cell_length == SIDE_BY_SIDE for line in lines)


def test_a_part_of_a_huge_diff_is_drawn_alone() -> None:
    hunks = "".join(
        f"@@ -{at},2 +{at},2 @@\n-old line {at}\n+new line {at}\n same\n"
        for at in range(1, 30_000, 3)
    )
    files = parse_diff(f"--- a/x.txt\n+++ b/x.txt\n{hunks}")
    rows = diff_rows(files)
    assert len(rows) == 1 + 10_000 * 4
    shown = draw_diff(files, rows[20_001:20_009], 80, _PLAIN)
    assert len(shown) == 8
    assert "@@ -15001 +15001 @@" in shown[0].strip.text


def test_a_diff_without_a_name_takes_the_path_it_is_given() -> None:
    lines = diff_lines("@@ -1 +1 @@\n-a\n+b\n", 40, _PLAIN, path="src/x.py")
    assert lines[0].strip.text == "src/x.py"


def test_control_characters_of_a_diff_are_marked() -> None:
    lines = diff_lines("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+\x1b[2J\n", 40, _PLAIN)
    assert "␛[2J" in lines[-1].strip.text


@given(
    st.lists(st.sampled_from(["a", "b", "  x = 你好", "", "--- y", "+++ z", "@@ -1 +1 @@"])),
    st.lists(st.sampled_from(["a", "b", "  x = 你好", "", "--- y", "+++ z", "q" * 90])),
    st.sampled_from([30, 60, 140]),
)
def test_every_diff_is_read_whole_and_fits(old: list[str], new: list[str], width: int) -> None:
    text = "\n".join(difflib.unified_diff(old, new, "a/f.py", "b/f.py", lineterm=""))
    files = parse_diff(text)
    lines = [line for file in files for hunk in file.hunks for line in hunk.lines]
    assert [line.text for line in lines if line.sign == "-"] == [
        line[2:] for line in difflib.ndiff(old, new) if line.startswith("- ")
    ] or sum(line.sign == "-" for line in lines) - sum(line.sign == "+" for line in lines) == len(
        old
    ) - len(new)
    assert all(line.strip.cell_length <= width for line in diff_lines(text, width, _PLAIN))


@pytest.mark.parametrize("width", [8, 20])
def test_narrow_screens_still_draw(width: int) -> None:
    assert diff_lines(_DIFF, width, _PLAIN)
