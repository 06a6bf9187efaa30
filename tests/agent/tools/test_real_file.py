"""What was judged by its real path is used by that path, whatever a program beside makes of it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agent.tools.running_call import RunningCall
from goose_agent.tools.files import FileTools
from goose_agent.tools.real_file import in_folder, open_by_names, open_real
from goose_agent.tools.search import SearchTools
from goose_agent.tools.text_file import read_bytes, remove, replace
from goose_agent.tools.tool import ToolFailure

SWAPPER = """
import ctypes, os, sys
exchange = ctypes.CDLL(None).renameat2
one, other = (os.fsencode(path) for path in sys.argv[1:])
print("ready", flush=True)
while True:
    exchange(-100, one, -100, other, 2)
"""
"""Exchanges two names without end, each time in one step."""


@contextmanager
def swapping(one: Path, other: Path) -> Iterator[None]:
    program = [sys.executable, "-c", SWAPPER, str(one), str(other)]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as swapper:
        try:
            assert swapper.stdout is not None
            assert swapper.stdout.readline() == b"ready\n"
            yield
        finally:
            swapper.kill()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "notes.txt").write_text("theirs\n", encoding="utf-8")
    return folder


@pytest.fixture
def work(tmp_path: Path, outside: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "notes.txt").write_text("ours\n", encoding="utf-8")
    (folder / "trap").symlink_to(outside)
    return folder


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def by_names(path: Path, flags: int, mode: int = 0o600) -> int:
    return open_by_names(str(path), flags, mode)


Opened = Callable[[Path, int], int]
WAYS = pytest.mark.parametrize("opened", [open_real, by_names])


@WAYS
def test_a_path_without_links_is_opened(work: Path, opened: Opened) -> None:
    with os.fdopen(opened(work / "src" / "notes.txt", os.O_RDONLY)) as file:
        assert file.read() == "ours\n"
    with os.fdopen(opened(work / "new", os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w") as file:
        file.write("x")
    assert (work / "new").stat().st_mode & 0o777 == 0o600


@WAYS
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("trap/notes.txt", errno.ELOOP),
        ("link", errno.ELOOP),
        ("src/link/notes.txt", errno.ELOOP),
        ("nosuch", errno.ENOENT),
        ("nosuch/x", errno.ENOENT),
        ("src/notes.txt/x", errno.ENOTDIR),
    ],
)
def test_a_link_anywhere_in_it_is_an_error(
    work: Path, outside: Path, opened: Opened, name: str, code: int
) -> None:
    (work / "link").symlink_to(outside / "notes.txt")
    (work / "src" / "link").symlink_to(".")
    with pytest.raises(OSError) as raised:
        opened(work / name, os.O_RDONLY)
    assert raised.value.errno == code


def test_no_descriptor_is_left_open(work: Path) -> None:
    def used() -> None:
        read_bytes(work / "src" / "notes.txt", 10)
        replace(work / "a" / "b" / "c", b"x")
        remove(work / "a" / "b" / "c")
        with in_folder(work / "src"), suppress(OSError):
            read_bytes(work / "trap" / "notes.txt", 10)
        with suppress(OSError):
            replace(work / "trap" / "x", b"x")

    used()
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(50):
        used()
    assert len([*Path("/proc/self/fd").iterdir()]) == before


async def test_no_write_follows_a_folder_that_becomes_a_link(
    work: Path, outside: Path, call: RunningCall
) -> None:
    call.folder = work
    made = refused = 0
    with swapping(work / "src", work / "trap"):
        for number in range(2000):
            named = work / "src" / f"{number}.txt"
            call.leads = {str(named): str(named)}  # as it was judged: `src` is a folder
            try:
                await FileTools().write(call, f"src/{number}.txt", "x")
                made += 1
            except ToolFailure:
                refused += 1
            if number > 300 and made and refused:
                break
    assert names_in(outside) == ["notes.txt"]
    assert (outside / "notes.txt").read_text(encoding="utf-8") == "theirs\n"
    assert made
    assert refused


async def test_no_read_follows_a_folder_that_becomes_a_link(work: Path, call: RunningCall) -> None:
    call.folder = work
    named = work / "src" / "notes.txt"
    call.leads = {str(named): str(named)}
    said = set()
    with swapping(work / "src", work / "trap"):
        for times in range(20_000):
            try:
                said.add(str(await FileTools().read(call, "src/notes.txt")))
            except ToolFailure as failure:
                said.add(str(failure))
            if times > 400 and len(said) > 1:
                break
    assert "1\tours" in said
    assert len(said) > 1
    assert not any("theirs" in words for words in said)


async def test_a_search_stays_in_the_folder_that_was_judged(work: Path, call: RunningCall) -> None:
    call.folder = work
    call.leads = {str(work / "src"): str(work / "src")}
    with swapping(work / "src", work / "trap"):
        for _ in range(30):
            with suppress(ToolFailure):
                assert "theirs" not in await SearchTools().grep(call, "s", "src")


async def test_a_link_that_was_judged_stays_usable(work: Path, call: RunningCall) -> None:
    call.folder = work
    (work / "other").symlink_to("src")
    tools = FileTools()
    assert await tools.read(call, "other/notes.txt") == "1\tours"
    await tools.edit(call, "other/notes.txt", "ours", "mine")
    assert (work / "src" / "notes.txt").read_text(encoding="utf-8") == "mine\n"
    (work / "file").symlink_to("src/notes.txt")
    await tools.edit(call, "file", "mine", "yours")
    assert (work / "file").is_symlink()
    assert (work / "src" / "notes.txt").read_text(encoding="utf-8") == "yours\n"


def test_it_costs_next_to_nothing(work: Path) -> None:
    path = work / "src" / "notes.txt"
    read_bytes(path, 10)
    took = []
    for _ in range(300):
        began = time.perf_counter()
        os.close(open_real(path, os.O_RDONLY))
        took.append(time.perf_counter() - began)
    assert sorted(took)[150] < 0.0002
