from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from agent.tools.running_call import RunningCall
from goose_agent.tools.developer import Developer
from goose_agent.tools.globs import compile_glob
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import ToolOutput

RIPGREP = Path(sys.executable).with_name("rg")
"""Comes with what the tests are run with."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    contents = {
        ".gitignore": "*.log\nbuild/\n!keep.log\n",
        ".github/ci.yml": "run: tests\n",
        "README.md": "# Title\nalpha\n",
        "build/out.py": "alpha = 0\n",
        "debug.log": "alpha\n",
        "keep.log": "alpha kept\n",
        "src/a.py": "import os\n\nalpha = 1\nbeta = 2\nALPHA = 3\n",
        "src/deep/b.py": "beta = alpha\n",
        "src/deep/.gitignore": "local.py\n",
        "src/deep/local.py": "alpha\n",
        "src/page.tsx": "<Alpha/>\n",
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\0alpha\n")
    for order, name in enumerate(contents):
        os.utime(tmp_path / name, (1_000_000 + order, 1_000_000 + order))
    subprocess.run(("git", "init", "-q"), cwd=tmp_path, check=True)
    return tmp_path


async def run(call: RunningCall, tool: str, **arguments: object) -> ToolOutput:
    found = Registry([Developer()]).find(tool)
    assert found is not None
    return await found.run(call, arguments)


# Names


async def test_files_are_found_by_name_the_latest_first(call: RunningCall, project: Path) -> None:
    output = await run(call, "glob", pattern="*.py")
    assert output.text == "src/deep/b.py\nsrc/a.py"


async def test_ignored_files_are_found_when_asked_for(call: RunningCall, project: Path) -> None:
    output = await run(call, "glob", pattern="*.py", ignored=True)
    assert output.text == "src/deep/local.py\nsrc/deep/b.py\nsrc/a.py\nbuild/out.py"


async def test_an_ignored_folder_that_is_named_is_searched(
    call: RunningCall, project: Path
) -> None:
    assert (await run(call, "glob", pattern="*.py", path="build")).text == "build/out.py"


async def test_rules_of_folders_above_hold_below(call: RunningCall, project: Path) -> None:
    (project / "src/x.log").touch()
    assert (await run(call, "glob", pattern="*.log", path="src")).text == "No file matches *.log."


async def test_many_names_are_cut_and_counted(call: RunningCall) -> None:
    for number in range(250):
        (call.folder / f"{number}.txt").touch()
    lines = (await run(call, "glob", pattern="*.txt")).text.split("\n")
    assert len(lines) == 201
    assert lines[-1] == "[the latest 200 of 250: narrow the pattern]"


async def test_a_pattern_does_not_lead_out_of_its_folder(call: RunningCall, project: Path) -> None:
    assert (await run(call, "glob", pattern="../*")).is_error
    assert (await run(call, "glob", pattern="*", path="none")).text == "none does not exist."
    assert (await run(call, "glob", pattern="*", path="README.md")).is_error


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.py", ["a.py", "x/y/a.py"], ["a.pyc", "a/py"]),
        ("src/*.py", ["src/a.py"], ["src/x/a.py", "a.py"]),
        ("src/**/*.py", ["src/a.py", "src/x/y/a.py"], ["a.py", "lib/src/a.py"]),
        ("**/test_*", ["test_a", "x/test_b.py"], ["x/my_test_"]),
        ("**", ["a", "a/b"], []),
        ("*.{ts,tsx}", ["a.ts", "b/a.tsx"], ["a.tsxx", "a.{ts,tsx}"]),
        ("{a,b/**/c}", ["a", "b/c", "b/x/c"], ["c"]),
        ("a{b", ["a{b"], ["ab"]),
        ("a,b", ["a,b"], ["a"]),
        ("[ab]?.c", ["a1.c", "b2.c"], ["c1.c", "a/.c"]),
        ("[!ab].c", ["c.c"], ["a.c", "/.c"]),
        ("[^]x]", ["a", "^"], ["]", "x"]),
        ("[]x]", ["]", "x"], ["a"]),
        ("[a-c^]", ["b", "^"], ["d", "-"]),
        ("[", ["["], ["a"]),
        ("\\*.c", ["*.c"], ["a.c"]),
        ("./a.(c", ["a.(c"], ["aa(c"]),
        ("/a", ["a"], ["b/a"]),
    ],
)
def test_name_patterns(pattern: str, matching: list[str], other: list[str]) -> None:
    compiled = compile_glob(pattern)
    assert [path for path in matching if not compiled.fullmatch(path)] == []
    assert [path for path in other if compiled.fullmatch(path)] == []


# Contents


@pytest.fixture(params=["here", "ripgrep"])
def searching(request: pytest.FixtureRequest, call: RunningCall, project: Path) -> RunningCall:
    """A call that searches with ripgrep, or without."""
    path = str(RIPGREP.parent) if request.param == "ripgrep" else "/nowhere"
    call.extra_environ["PATH"] = path
    return call


async def test_lines_are_found_below_the_names_of_their_files(searching: RunningCall) -> None:
    output = await run(searching, "grep", pattern=r"\balpha\b")
    assert output.text == (
        "README.md\n2:alpha\n\n"
        "keep.log\n1:alpha kept\n\n"
        "src/a.py\n3:alpha = 1\n\n"
        "src/deep/b.py\n1:beta = alpha"
    )


async def test_a_search_can_be_narrowed(searching: RunningCall) -> None:
    output = await run(
        searching, "grep", pattern="^alpha", path="src", glob="*.py", ignore_case=True, context=1
    )
    assert output.text == "src/a.py\n2-\n3:alpha = 1\n4-beta = 2\n5:ALPHA = 3"


async def test_stretches_that_do_not_touch_are_divided(searching: RunningCall) -> None:
    lines = ["x" if number in (2, 9) else str(number) for number in range(1, 11)]
    (searching.folder / "far").write_text("\n".join(lines), encoding="utf-8")
    output = await run(searching, "grep", pattern="^x$", path="far", context=1)
    assert output.text == "far\n1-1\n2:x\n3-3\n--\n8-8\n9:x\n10-10"


@pytest.mark.parametrize(
    ("glob", "names"), [("*.{tsx,md}", "src/page.tsx"), ("src/*.py", "src/a.py")]
)
async def test_only_files_of_a_name_are_searched(
    searching: RunningCall, glob: str, names: str
) -> None:
    output = await run(searching, "grep", pattern="A(LPHA|lpha)", glob=glob)
    assert [line for line in output.text.split("\n") if "/" in line and ":" not in line] == [names]


async def test_line_ends_are_no_part_of_a_line(searching: RunningCall) -> None:
    (searching.folder / "dos.txt").write_bytes(b"one\r\ntwo\r\n")
    assert (await run(searching, "grep", pattern="one$")).text == "dos.txt\n1:one"


async def test_names_with_colons_and_digits_are_no_trouble(searching: RunningCall) -> None:
    (searching.folder / "a:12:b").write_text("needle: 3\n", encoding="utf-8")
    assert (await run(searching, "grep", pattern="needle")).text == "a:12:b\n1:needle: 3"


async def test_nothing_found_is_no_error(searching: RunningCall) -> None:
    assert await run(searching, "grep", pattern="nowhere-at-all") == ToolOutput("No line matches.")


async def test_a_wrong_pattern_is_explained(searching: RunningCall) -> None:
    output = await run(searching, "grep", pattern="alpha(")
    assert output.is_error
    assert output.text.startswith("The pattern is no valid regular expression: ")


async def test_a_pattern_that_looks_around_works(searching: RunningCall) -> None:
    output = await run(searching, "grep", pattern="alpha(?= kept)")
    assert output.text == "keep.log\n1:alpha kept"


async def test_a_pattern_that_looks_like_an_option_is_a_pattern(searching: RunningCall) -> None:
    (searching.folder / "options").write_text("--help me\n", encoding="utf-8")
    assert (await run(searching, "grep", pattern="--help")).text == "options\n1:--help me"


async def test_a_flood_of_matches_is_stopped_early(searching: RunningCall) -> None:
    (searching.folder / "big.txt").write_text("match\n" * 300_000, encoding="utf-8")
    with anyio.fail_after(20):
        output = await run(searching, "grep", pattern="match")
    assert output.text.count("\n") < 310
    assert output.text.endswith("[the first 300 lines; there are more: narrow the search]")


async def test_long_lines_are_shown_in_part(searching: RunningCall) -> None:
    (searching.folder / "min.js").write_text(f"needle{'x' * 9000}\n", encoding="utf-8")
    output = await run(searching, "grep", pattern="needle")
    assert len(output.text) < 400


async def test_a_pattern_that_takes_for_ever_is_given_up(call: RunningCall) -> None:
    call.extra_environ["PATH"] = "/nowhere"
    (call.folder / "a").write_text("a" * 3000 + "x!\n", encoding="utf-8")
    with anyio.fail_after(15):
        output = await run(call, "grep", pattern=r"[ab]*[ac]*[ad]*[ae]*x\d")
    assert output == ToolOutput(
        "The pattern takes too long on some line. Make it simpler.", is_error=True
    )


async def test_a_search_that_is_cancelled_ends_at_once(call: RunningCall) -> None:
    call.extra_environ["PATH"] = "/nowhere"
    for number in range(300):
        (call.folder / f"{number}").write_text("text\n" * 2000, encoding="utf-8")
    with anyio.move_on_after(0.05) as limit, anyio.fail_after(5):
        await run(call, "grep", pattern="(x+x+)+y")
    assert limit.cancelled_caught


async def test_names_that_are_not_utf8_come_out_as_text(searching: RunningCall) -> None:
    (searching.folder / os.fsdecode(b"caf\xe9.txt")).write_text("espresso\n", encoding="utf-8")
    for tool in ("grep", "glob"):
        pattern = "espresso" if tool == "grep" else "caf*"
        output = await run(searching, tool, pattern=pattern)
        assert output.text.encode().startswith("caf\ufffd.txt".encode())
    assert "caf\ufffd.txt (1)" in (await run(searching, "tree")).text


# Folders


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[None]:
    """A thousand folders, one in the other; what removes them otherwise is recursive itself."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(tmp_path)
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.fchdir(here)
        os.close(here)
    yield
    subprocess.run(("rm", "-rf", str(tmp_path / "d")), check=True)


@pytest.mark.usefixtures("deep")
async def test_folders_may_be_nested_deeper_than_calls(call: RunningCall) -> None:
    output = await run(call, "tree")
    assert output.text.startswith("./\n  d/\n    d/ (0)\n[1200 folders, 0 files;")


async def test_a_malformed_ignore_rule_spoils_no_other(call: RunningCall) -> None:
    (call.folder / ".gitignore").write_text("!\n*.log\n", encoding="utf-8")
    (call.folder / "a.log").touch()
    assert (await run(call, "glob", pattern="*")).text == ".gitignore"


async def test_a_tree_shows_how_much_is_where(call: RunningCall, project: Path) -> None:
    output = await run(call, "tree")
    assert output.text == (
        "./\n"
        "  .github/\n"
        "    ci.yml (1)\n"
        "  .gitignore (3)\n"
        "  README.md (2)\n"
        "  image.png (13 bytes)\n"
        "  keep.log (1)\n"
        "  src/\n"
        "    a.py (5)\n"
        "    deep/ (2)\n"
        "    page.tsx (1)\n"
        "[3 folders, 9 files; in brackets: lines of a file, files in a folder]"
    )


async def test_a_tree_can_be_drawn_to_its_leaves(call: RunningCall, project: Path) -> None:
    output = await run(call, "tree", path="src", depth=0)
    assert "  deep/\n    .gitignore (1)\n    b.py (1)\n" in output.text


async def test_links_are_shown_and_not_followed(call: RunningCall) -> None:
    (call.folder / "loop").symlink_to(".")
    output = await run(call, "tree", depth=0)
    assert output.text.startswith("./\n  loop -> .\n[0 folders, 1 file;")


async def test_a_large_folder_is_drawn_in_part(call: RunningCall) -> None:
    for number in range(1100):
        (call.folder / f"{number}").touch()
    output = await run(call, "tree")
    assert output.text.count("\n") == 1002
    assert "not all is shown" in output.text
    assert "1100 files" in output.text
