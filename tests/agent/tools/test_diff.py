from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from goose_agent.tools.diff import Diff, compare, unified_diff


async def test_a_change_is_shown_with_its_surroundings_and_counted() -> None:
    before = b"".join(b"%d\n" % number for number in range(1, 10))
    found = await unified_diff(before, before.replace(b"5\n", b"five\nand\n"), "a.txt")
    assert found == Diff(
        "--- a/a.txt\n+++ b/a.txt\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and\n 6\n 7\n 8\n", 2, 1
    )


def test_a_new_file_comes_from_nowhere() -> None:
    text = "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"
    assert compare(None, b"x", "n") == Diff(text, 1, 0)


def test_a_deleted_file_goes_nowhere() -> None:
    assert compare(b"x\n", None, "n") == Diff("--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", 0, 1)


def test_equal_contents_differ_in_nothing() -> None:
    assert compare(b"x\n", b"x\n", "n") == Diff("", 0, 0)


def test_of_binary_files_only_that_is_said() -> None:
    assert compare(b"\0", b"\0x", "n") == Diff("", 0, 0, binary=True)


def test_an_enormous_change_is_only_counted() -> None:
    before = b"".join(b"old %d\n" % number for number in range(15_000))
    after = b"".join(b"new %d\n" % number for number in range(15_001))
    assert compare(before, after, "n") == Diff("", 15_001, 15_000, too_large=True)


def test_a_small_change_of_an_enormous_file_is_shown() -> None:
    before = b"".join(b"%d\n" % number for number in range(200_000))
    found = compare(before, before.replace(b"\n100000\n", b"\nx\n"), "n")
    assert (found.added, found.removed, found.text.count("\n")) == (1, 1, 11)


def test_lines_that_are_not_utf8_are_shown() -> None:
    assert "-caf\xe9\n+cafe\n" in compare(b"caf\xe9\n", b"cafe\n", "n").text


LINES = st.lists(st.sampled_from(["a", "b", "c", "", "d\r"]), max_size=40).map("\n".join)


@given(LINES, LINES)
def test_the_counts_are_those_of_the_text(before: str, after: str) -> None:
    found = compare(before.encode(), after.encode(), "n")
    rows = found.text.split("\n")[2:]
    assert sum(row.startswith("+") for row in rows) == found.added
    assert sum(row.startswith("-") for row in rows) == found.removed
    assert bool(found.text) == (before != after)


def test_git_applies_what_is_shown(tmp_path: Path) -> None:
    before = "".join(f"{number}\n" for number in range(60))
    after = before.replace("3\n", "three\n").replace("40\n", "").removesuffix("\n") + "end"
    (tmp_path / "f").write_text(before, encoding="utf-8")
    patch = compare(before.encode(), after.encode(), "f").text
    subprocess.run(("git", "apply", "-"), cwd=tmp_path, input=patch.encode(), check=True)
    assert (tmp_path / "f").read_text(encoding="utf-8") == after
