from __future__ import annotations

import hashlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from agent.tools.running_call import FileChange, RunningCall
from goose_agent.events import Preview
from goose_agent.tools.developer import Developer
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import Approved, ToolOutput
from support.pictures import png


@pytest.fixture
def registry() -> Registry:
    return Registry([Developer()])


class Files:
    """The tools on the files of one folder."""

    def __init__(self, call: RunningCall, registry: Registry) -> None:
        self.call = call
        self.registry = registry

    async def run(self, tool: str, **arguments: object) -> ToolOutput:
        found = self.registry.find(tool)
        assert found is not None
        return await found.run(self.call, arguments)

    async def preview(self, tool: str, **arguments: object) -> Preview:
        found = self.registry.find(tool)
        assert found is not None
        return await found.preview(self.call.workspace, arguments)

    def put(self, name: str, content: bytes) -> Path:
        path = self.call.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def get(self, name: str) -> bytes:
        return (self.call.folder / name).read_bytes()

    def names(self) -> list[str]:
        return sorted(path.name for path in self.call.folder.iterdir())

    def mode(self, name: str) -> int:
        return stat.S_IMODE((self.call.folder / name).stat().st_mode)


@pytest.fixture
def files(call: RunningCall, registry: Registry) -> Files:
    return Files(call, registry)


# Reading


async def test_lines_come_after_their_numbers(files: Files) -> None:
    files.put("a.py", b"one\n\ttwo\r\n\nfour")
    assert (await files.run("read", path="a.py")).text == "1\tone\n2\t\ttwo\n3\t\n4\tfour"


async def test_a_part_can_be_read_and_the_rest_is_announced(files: Files) -> None:
    files.put("a", "".join(f"line {n}\n" for n in range(1, 11)).encode())
    output = await files.run("read", path="a", start=3, lines=2)
    assert output.text == "3\tline 3\n4\tline 4\n[lines 3 to 4 of 10; go on with start=5]"


async def test_no_more_is_read_than_a_model_may_see(files: Files) -> None:
    files.put("a", (b"x" * 900 + b"\n") * 500)
    output = await files.run("read", path="a")
    assert len(output.text) < 50_000
    assert output.text.endswith("[lines 1 to 54 of 500; go on with start=55]")


async def test_long_lines_are_cut(files: Files) -> None:
    files.put("a", b"x" * 5000 + b"\nend\n")
    text = (await files.run("read", path="a")).text
    assert text == f"1\t{'x' * 2000} [… 3000 more characters]\n2\tend"


async def test_an_empty_file_is_said_to_be_empty(files: Files) -> None:
    files.put("a", b"")
    assert (await files.run("read", path="a")).text == "(a is empty)"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("größe".encode(), "größe"),
        ("größe".encode("latin-1"), "größe"),
        (b"\xef\xbb\xbfbom", "bom"),
        ("größe".encode("utf-16"), "größe"),
    ],
)
async def test_text_is_read_whatever_its_encoding(files: Files, content: bytes, text: str) -> None:
    files.put("a", content)
    assert (await files.run("read", path="a")).text == f"1\t{text}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n\0", "a is not text: PDF document, 10 bytes."),
        (b"\0" * 2000, "a is not text: binary file, 2.0 kB."),
    ],
)
async def test_binary_files_are_named_not_read(files: Files, content: bytes, said: str) -> None:
    files.put("a", content)
    assert await files.run("read", path="a") == ToolOutput(said, is_error=True)


async def test_a_missing_file_is_answered_with_names_like_it(files: Files) -> None:
    files.put("src/parser.py", b"")
    files.put("src/lexer.py", b"")
    near = await files.run("read", path="src/parsr.py")
    assert near.text == "src/parsr.py does not exist. Did you mean src/parser.py?"
    elsewhere = await files.run("read", path="lib/lexer.py")
    assert elsewhere.text == (
        "lib/lexer.py does not exist, nor does the folder lib. Did you mean src/lexer.py?"
    )
    nothing = await files.run("read", path="zzz")
    assert nothing.text == "zzz does not exist."


async def test_a_folder_is_not_a_file(files: Files) -> None:
    files.put("src/a", b"")
    for tool, more in (
        ("read", {}),
        ("write", {"content": "x"}),
        ("edit", {"old": "a", "new": "b"}),
    ):
        output = await files.run(tool, path="src", **more)
        assert output.text == "src is a folder. Use tree to see what is in it."


async def test_what_could_block_for_ever_is_refused(files: Files) -> None:
    os.mkfifo(files.call.folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(".", os.O_RDONLY)
        try:
            os.chdir(files.call.folder)  # the names of sockets must be short
            server.bind("socket")
        finally:
            os.fchdir(here)
            os.close(here)
        with anyio.fail_after(5):
            for path in ("pipe", "socket", "/dev/zero"):
                for tool, more in (("read", {}), ("write", {"content": "x"})):
                    output = await files.run(tool, path=path, **more)
                    assert output.is_error
                    assert f"{path} cannot be read: " in output.text


@pytest.mark.parametrize(
    "path", ["x" * 5000, "~nobody-of-this-name/x", " "], ids=["long", "nobody", "blank"]
)
async def test_impossible_paths_are_results_too(files: Files, path: str) -> None:
    for tool, more in (("read", {}), ("write", {"content": ""}), ("tree", {})):
        assert (await files.run(tool, path=path, **more)).is_error


async def test_a_start_beyond_the_end_says_where_the_end_is(files: Files) -> None:
    files.put("a", b"1\n2\n")
    assert (await files.run("read", path="a", start=9)).text == "a has only 2 lines."
    assert (await files.run("read", path="a", start=0)).is_error


# Writing


async def test_a_new_file_is_created_with_its_folders(files: Files) -> None:
    output = await files.run("write", path="a/b/c.txt", content="one\ntwo\n")
    assert output == ToolOutput("Created a/b/c.txt (+2 -0 lines).")
    assert files.get("a/b/c.txt") == b"one\ntwo\n"
    path = files.call.folder / "a/b/c.txt"
    assert files.call.changes == [FileChange(path, None, b"one\ntwo\n")]


async def test_a_new_file_has_the_mode_the_person_wants(files: Files) -> None:
    before = os.umask(0o027)
    try:
        await files.run("write", path="a", content="x")
    finally:
        os.umask(before)
    assert files.mode("a") == 0o640


async def test_a_file_that_was_not_read_is_not_overwritten(files: Files) -> None:
    files.put("a", b"precious")
    output = await files.run("write", path="a", content="x")
    assert output.is_error
    assert "you have not read it" in output.text
    assert (files.get("a"), files.call.changes) == (b"precious", [])


async def test_a_file_that_was_read_is_replaced(files: Files) -> None:
    path = files.put("a", b"old\n")
    await files.run("read", path="a")
    assert (await files.run("write", path="a", content="new\n")).text == "Changed a (+1 -1 lines)."
    assert files.call.changes == [FileChange(path, b"old\n", b"new\n")]
    await files.run("write", path="a", content="newer\n")
    assert files.get("a") == b"newer\n"


async def test_an_empty_file_can_be_filled_unread(files: Files) -> None:
    files.put("a", b"")
    assert not (await files.run("write", path="a", content="x")).is_error


async def test_the_same_content_again_changes_nothing(files: Files) -> None:
    files.put("a", b"same\n")
    await files.run("read", path="a")
    output = await files.run("write", path="a", content="same\n")
    assert output == ToolOutput("a has this content already; nothing was changed.")
    assert files.call.changes == []


async def test_mode_and_link_are_kept_and_nothing_is_left_over(files: Files) -> None:
    target = files.put("real/script.sh", b"#!/bin/sh\n")
    target.chmod(0o751)
    link = files.call.folder / "link"
    link.symlink_to("real/script.sh")
    await files.run("read", path="link")
    await files.run("write", path="link", content="#!/bin/sh\ntrue\n")
    await files.run("edit", path="link", old="true", new="false")
    assert link.readlink() == Path("real/script.sh")
    assert (files.get("real/script.sh"), files.mode("real/script.sh")) == (
        b"#!/bin/sh\nfalse\n",
        0o751,
    )
    assert files.names() == ["link", "real"]
    assert [path.name for path in target.parent.iterdir()] == ["script.sh"]


async def test_line_ends_mark_and_encoding_of_a_replaced_file_are_kept(files: Files) -> None:
    files.put("a", b"\xef\xbb\xbfone\r\ntwo\r\n")
    files.put("b", "größe\n".encode("latin-1"))
    for name in ("a", "b"):
        await files.run("read", path=name)
    await files.run("write", path="a", content="1\n2\n")
    await files.run("write", path="b", content="maß\n")
    assert (files.get("a"), files.get("b")) == (b"\xef\xbb\xbf1\r\n2\r\n", b"ma\xdf\n")


async def test_what_an_old_encoding_cannot_hold_is_written_in_utf8(files: Files) -> None:
    files.put("b", "größe\n".encode("latin-1"))
    await files.run("read", path="b")
    await files.run("write", path="b", content="größe →\n")
    assert files.get("b") == "größe →\n".encode()


# No mode keeps root out; what root is refused, too, is tested below: names, and files in the way.
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_cannot_be_written_is_said(files: Files) -> None:
    (files.call.folder / "locked").mkdir(mode=0o500)
    output = await files.run("write", path="locked/a", content="x")
    assert output.text == "locked/a cannot be written: Permission denied."


async def test_a_name_no_file_system_takes_is_said(files: Files) -> None:
    name = "x" * 300
    output = await files.run("write", path=name, content="x")
    assert output.is_error
    assert output.text == f"{name} cannot be read: File name too long."


async def test_a_file_in_the_way_of_a_folder_is_said(files: Files) -> None:
    files.put("a", b"x")
    output = await files.run("write", path="a/b", content="x")
    assert output.is_error
    assert output.text.startswith("a/b cannot be ")
    assert files.call.changes == []


async def test_what_a_write_would_do_can_be_seen_before(files: Files) -> None:
    files.put("a", b"one\n")
    await files.run("read", path="a")
    assert await files.preview("write", path="a", content="two\n") == Preview(
        "diff", "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+two\n", "a"
    )
    assert await files.preview("write", path="n", content="x\n") == Preview(
        "diff", "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n", "n"
    )
    assert (await files.preview("write", path="a", content="one\n")).kind == "text"
    assert files.get("a") == b"one\n"


def approved(files: Files, name: str, content: bytes, *hunks: int) -> Approved:
    sha = hashlib.sha256(content).hexdigest()
    return Approved({os.path.realpath(files.call.folder / name): sha}, hunks or None)


async def test_nothing_but_what_was_approved_is_changed(files: Files) -> None:
    files.put("a", b"one\nother\n")
    files.call.approved = approved(files, "a", b"one\n")
    output = await files.run("edit", path="a", old="one", new="two")
    assert output.is_error
    assert "changed after the person allowed this" in output.text
    files.put("b", b"one\n")
    output = await files.run("edit", path="b", old="one", new="two")
    assert output.is_error
    assert (files.get("a"), files.get("b")) == (b"one\nother\n", b"one\n")
    assert not files.call.changes


async def test_chosen_pieces_are_made_in_one_step_or_none(files: Files) -> None:
    before = b"".join(b"%d\n" % at for at in range(40))
    after = before.replace(b"\n5\n", b"\nfive\n").replace(b"\n30\n", b"\nthirty\n")
    files.put("a", before)
    await files.run("read", path="a")
    files.call.approved = approved(files, "a", before, 1, 7)
    output = await files.run("write", path="a", content=after.decode())
    assert output.is_error
    assert files.get("a") == before
    files.call.approved = approved(files, "a", before, 1)
    output = await files.run("write", path="a", content=after.decode())
    assert not output.is_error
    assert files.get("a") == before.replace(b"\n30\n", b"\nthirty\n")
    (change,) = files.call.changes
    assert change.after == files.get("a")


async def test_a_call_that_would_fail_says_so_before(files: Files) -> None:
    shown = await files.preview("edit", path="none", old="a", new="b")
    assert shown == Preview("text", "This call would fail. none does not exist.")


# Editing


async def test_a_piece_of_text_is_replaced(files: Files) -> None:
    path = files.put("a.py", b"a = 1\nb = 2\n")
    output = await files.run("edit", path="a.py", old="b = 2", new="b = 3\nc = 4")
    assert output == ToolOutput("Changed a.py at line 2 (+2 -1 lines).")
    after = b"a = 1\nb = 3\nc = 4\n"
    assert files.call.changes == [FileChange(path, b"a = 1\nb = 2\n", after)]
    assert files.get("a.py") == after


async def test_text_that_stands_there_twice_is_not_replaced_by_chance(files: Files) -> None:
    files.put("a", b"x\ny\nx\n")
    output = await files.run("edit", path="a", old="x", new="z")
    assert output.is_error
    assert "stands there 2 times (lines 1, 3)" in output.text
    assert files.get("a") == b"x\ny\nx\n"
    output = await files.run("edit", path="a", old="x", new="z", all=True)
    assert output.text == "Changed a at 2 places, lines 1, 3 (+2 -2 lines)."
    assert files.get("a") == b"z\ny\nz\n"


SOURCE = b"""def area(width, height):
    if width < 0:
        raise ValueError("width")
    return width * height


def volume(width, height, depth):
    return area(width, height) * depth
"""


@pytest.mark.parametrize(
    ("old", "said"),
    [
        (
            "if width < 0:\n  raise ValueError('width')",
            'The most similar lines are:\n2\t    if width < 0:\n3\t        raise ValueError("width")',
        ),
        (
            "def area(width, height):\n  if width < 0:",
            "differ from it only in spaces or tabs:\n1\tdef area(width, height):\n2\t    if width < 0:",
        ),
        ("7\tdef volume(width, height, depth):\n8\t    return", "Leave out the line numbers"),
        ("return width * height\\n", "without the extra backslashes"),
        ("import antigravity", "Nothing in the file is like it; read the file again."),
    ],
)
async def test_text_that_is_not_there_is_answered_with_what_is(
    files: Files, old: str, said: str
) -> None:
    files.put("a.py", SOURCE)
    output = await files.run("edit", path="a.py", old=old, new="x")
    assert output.is_error
    assert said in output.text
    assert files.get("a.py") == SOURCE


async def test_searching_for_similar_text_in_a_large_file_takes_no_time(files: Files) -> None:
    files.put("a", b"".join(b"value_%d = compute(%d, other)\n" % (n, n) for n in range(50_000)))
    with anyio.fail_after(5):
        output = await files.run("edit", path="a", old="value_777 = compute(778, x)", new="x")
    assert "nothing was changed" in output.text


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        (b"a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz", b"x\r\ny\r\nz\r\nc\r\n"),
        (b"a\r\nb\r\n", "a\r\nb", "x\r\ny", b"x\r\ny\r\n"),
        (b"a\nb\n", "a\r\nb", "x", b"x\n"),
        (b"a\nb\nc\r\nd\r\n", "c\nd", "x\ny", b"a\nb\nx\r\ny\r\n"),
        (b"a\r\nb\r\nc\r\nd\ne\n", "d\ne", "x\ny", b"a\r\nb\r\nc\r\nx\ny\n"),
        (b"\xef\xbb\xbfa\n", "a", "b", b"\xef\xbb\xbfb\n"),
        ("größe\n".encode("latin-1"), "größe", "maß", "maß\n".encode("latin-1")),
        (b"caf\xe9 \x81\xff a\n", "a\n", "b\n", b"caf\xe9 \x81\xff b\n"),
        ("größe\n".encode("utf-16"), "größe", "maß", "maß\n".encode("utf-16")),
        (b"no end", "no end", "new end", b"new end"),
    ],
)
async def test_line_ends_mark_and_encoding_stay_as_they_are(
    files: Files, before: bytes, old: str, new: str, after: bytes
) -> None:
    files.put("a", before)
    output = await files.run("edit", path="a", old=old, new=new)
    assert not output.is_error, output.text
    assert files.get("a") == after


async def test_a_character_the_encoding_lacks_is_named(files: Files) -> None:
    files.put("a", "größe\n".encode("latin-1"))
    output = await files.run("edit", path="a", old="größe", new="→")
    assert output.is_error
    assert "its encoding has no '→'" in output.text


@pytest.mark.parametrize(("old", "new"), [("", "x"), ("a", "a")])
async def test_an_edit_that_means_nothing_is_refused(files: Files, old: str, new: str) -> None:
    files.put("a", b"a\n")
    assert (await files.run("edit", path="a", old=old, new=new)).is_error


async def test_binary_files_are_not_edited(files: Files) -> None:
    files.put("a", b"\0\1")
    assert (await files.run("edit", path="a", old="x", new="y")).text == (
        "a is not text: binary file."
    )


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("edit", {"old": "mine", "new": "ours"}), ("write", {"content": "all of it"})],
)
async def test_a_file_changed_by_others_since_it_was_read_is_left_alone(
    files: Files, tool: str, arguments: dict[str, str]
) -> None:
    files.put("a", b"mine\n")
    await files.run("read", path="a")
    files.put("a", b"mine and theirs\n")
    output = await files.run(tool, path="a", **arguments)
    assert output.text == "a was changed since you read it, so nothing was written. Read it again."
    assert files.get("a") == b"mine and theirs\n"
    await files.run("read", path="./a")
    assert not (await files.run(tool, path="a", **arguments)).is_error


async def test_a_file_that_was_only_edited_still_has_to_be_read_before_it_is_replaced(
    files: Files,
) -> None:
    files.put("a", b"one\ntwo\n")
    await files.run("edit", path="a", old="one", new="1")
    assert (await files.run("write", path="a", content="x")).is_error


async def test_edits_at_the_same_time_are_all_made(files: Files) -> None:
    files.put("a", b"".join(b"<%d>\n" % number for number in range(20)))
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(edit_one, files, number)
    assert files.get("a") == b"".join(b"[%d]\n" % number for number in range(20))
    assert len(files.call.changes) == 20


async def edit_one(files: Files, number: int) -> None:
    await files.run("edit", path="a", old=f"<{number}>", new=f"[{number}]")


async def test_a_change_that_was_made_is_recorded_though_the_call_is_cancelled(
    call: RunningCall, registry: Registry
) -> None:
    stop = anyio.CancelScope()

    class Stopped(RunningCall):
        async def file_changed(self, path: Path, before: bytes | None, after: bytes | None) -> None:
            stop.cancel()
            await anyio.lowlevel.checkpoint()
            await super().file_changed(path, before, after)

    files = Files(Stopped(call.folder), registry)
    with stop:
        await files.run("write", path="a", content="x")
    assert stop.cancelled_caught
    assert [change.after for change in files.call.changes] == [b"x"]


async def test_a_failed_write_leaves_the_file_and_nothing_beside_it(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.put("a", b"old\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    sync: Callable[[int], None] = full
    monkeypatch.setattr(os, "fsync", sync)
    output = await files.run("edit", path="a", old="old", new="new")
    assert output.text == "a cannot be written: No space left on device."
    assert (files.get("a"), files.names(), files.call.changes) == (b"old\n", ["a"], [])


async def test_a_picture_is_looked_at_not_read(files: Files) -> None:
    files.put("shots/a", png(1200, 800))
    output = await files.run("read", path="shots/a")
    assert output.text == f"shots/a: PNG picture, 1200×800, {len(png(1200, 800))} bytes."
    (picture,) = output.pictures
    assert (picture.data, picture.name) == (png(1200, 800), "shots/a")


async def test_a_model_that_sees_nothing_is_told_what_it_is(files: Files) -> None:
    files.put("a.png", png())
    files.call.blind = "this model cannot see pictures"
    said = f"a.png is a PNG picture, 4×3, {len(png())} bytes. You cannot be shown it: "
    assert await files.run("read", path="a.png") == ToolOutput(
        said + "this model cannot see pictures.", is_error=True
    )


async def test_a_damaged_picture_is_never_shown(files: Files) -> None:
    files.put("a.png", png()[:-5])
    assert await files.run("read", path="a.png") == ToolOutput(
        "a.png is cut off: its end is missing.", is_error=True
    )
