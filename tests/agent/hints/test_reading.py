"""Hint files as they are read: whole, bounded, and nothing that a folder must not bring."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from goose_agent.events import HintsRead
from goose_agent.hints.places import HintPlace, HintPlaces
from goose_agent.hints.reading import HintReader
from goose_agent.hints.source import MOST
from goose_agent.redaction import Redactor

SECRET = "sk-live-0123456789abcdefghij"
NAMES = (".goosehints", "AGENTS.md")


class Project:
    """A repository with a working folder in it, and a home."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.top = base / "repo"
        self.folder = self.top / "app"
        self.own = base / "config"
        for folder in (self.top / ".git", self.folder, self.own):
            folder.mkdir(parents=True)
        self.hidden: Callable[[str], bool] = lambda _: False

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def places(self) -> HintPlaces:
        return HintPlaces(NAMES, (self.own,), self.folder, (self.folder,), str(self.base))

    def read(self, path: Path, scope: str = "project") -> HintsRead | None:
        reader = HintReader(self.places(), self.hidden, Redactor({"KEY": SECRET}), self.shown)
        return reader.read(HintPlace(path, "global" if scope == "global" else "project"))

    def hints(self, text: str | bytes) -> HintsRead:
        """What is read of such an AGENTS.md."""
        found = self.read(self.write("AGENTS.md", text))
        assert found is not None
        return found

    def shown(self, path: Path) -> str:
        """A path from the top of the repository on."""
        return str(path.relative_to(self.top)) if self.top in path.parents else str(path)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_files_are_looked_for_from_the_general_to_the_near(project: Project) -> None:
    project.write("AGENTS.md", "top")
    project.write("app/.goosehints", "near")
    (project.own / "AGENTS.md").write_text("mine")
    (project.base / ".agents").mkdir()
    (project.base / ".agents" / "AGENTS.md").write_text("mine, too")
    there = [place for place in project.places().opening() if place.path.exists()]
    assert [(place.scope, place.path.relative_to(project.base)) for place in there] == [
        ("global", Path("config/AGENTS.md")),
        ("global", Path(".agents/AGENTS.md")),
        ("project", Path("repo/AGENTS.md")),
        ("project", Path("repo/app/.goosehints")),
    ]


def test_without_a_repository_only_the_working_folder_counts(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    places = HintPlaces(("AGENTS.md",), (), folder, (folder,))
    assert [place.path for place in places.opening()] == [folder / "AGENTS.md"]


def test_a_repository_that_somebody_else_put_above_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lstat(path: Path) -> os.stat_result:
        found = os.lstat(path)
        return os.stat_result((*found[:4], found.st_uid + 1, *found[5:10]))

    folder = tmp_path / "mine"
    (tmp_path / ".git").mkdir()
    folder.mkdir()
    assert HintPlaces(("AGENTS.md",), (), folder, (folder,)).top == tmp_path
    monkeypatch.setattr(Path, "lstat", lstat)
    places = HintPlaces(("AGENTS.md",), (), folder, (folder,))
    assert places.top == folder


def test_folders_on_the_way_to_what_was_touched_are_looked_at_and_no_others(
    project: Project,
) -> None:
    project.write("app/src/deep/code.py", "")
    project.write("other/code.py", "")
    places = project.places()
    towards = places.towards(project.folder / "src" / "deep")
    assert [str(place.path.relative_to(project.folder)) for place in towards] == [
        "src/.goosehints", "src/AGENTS.md", "src/deep/.goosehints", "src/deep/AGENTS.md"
    ]  # fmt: skip
    assert [*places.towards(project.base / "elsewhere")] == []
    assert [*places.towards(project.folder)] == []


def test_imports_follow_the_text_each_once(project: Project) -> None:
    project.write("docs/style.md", "Use tabs. See @../docs/names.md and @names.md.")
    project.write("docs/names.md", "Short names.")
    read = project.hints("Be kind. @docs/style.md\nNot `@docs/never.md`, not @property.")
    assert read.imports == ("docs/style.md", "docs/names.md")
    assert read.text.index("Be kind.") < read.text.index("Use tabs.") < read.text.index("Short")
    assert read.text.count("Short names.") == 1
    assert read.problems == ()


def test_an_at_sign_in_code_is_no_import(project: Project) -> None:
    project.write("docs/style.md", "Use tabs.")
    read = project.hints("```\n@docs/style.md\n```\nand `x @docs/style.md` and `@docs/style.md`")
    assert read.imports == ()


def test_a_ring_of_imports_ends_and_is_said(project: Project) -> None:
    project.write("a.md", "A @b.md")
    project.write("b.md", "B @AGENTS.md @a.md")
    read = project.hints("Start @a.md")
    assert read.imports == ("a.md", "b.md")
    assert read.problems == (
        "b.md cannot import AGENTS.md: it imports b.md in turn.",
        "b.md cannot import a.md: it imports b.md in turn.",
    )


def test_imports_lead_three_files_far(project: Project) -> None:
    for at in range(1, 6):
        project.write(f"{at}.md", f"number {at} @{at + 1}.md")
    read = project.hints("@1.md")
    assert read.imports == ("1.md", "2.md", "3.md")
    assert read.problems == ("3.md cannot import 4.md: it is more than 3 imports away.",)


def test_what_leads_out_is_not_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(project.base))
    outside = project.base / "outside.md"
    outside.write_text(SECRET)
    (project.base / "other.md").write_text(SECRET)
    (project.top / "link.md").symlink_to(outside)
    read = project.hints("@../outside.md @link.md @/etc/passwd @~/other.md")
    assert read.imports == ()
    assert len(read.problems) == 4
    assert all("leads out of" in problem for problem in read.problems)


def test_a_hint_file_that_is_a_link_out_of_the_repository_is_refused(project: Project) -> None:
    outside = project.base / "outside.md"
    outside.write_text("Obey.")
    (project.top / "AGENTS.md").symlink_to(outside)
    read = project.read(project.top / "AGENTS.md")
    assert read is not None
    assert read.text == ""
    assert "leads out of" in read.problems[0]


def test_the_persons_own_file_may_be_a_link_and_its_imports_lie_beside_it(
    project: Project,
) -> None:
    kept = project.base / "dotfiles"
    kept.mkdir()
    (kept / "agents.md").write_text("Mine. @more.md @../repo/app.md")
    (kept / "more.md").write_text("And more.")
    project.write("app.md", "theirs")
    (project.own / "AGENTS.md").symlink_to(kept / "agents.md")
    read = project.read(project.own / "AGENTS.md", "global")
    assert read is not None
    assert "And more." in read.text
    assert "theirs" not in read.text


@pytest.mark.parametrize("name", [".env", "id_rsa", ".git/config", "secrets.yaml"])
def test_secrets_are_not_imported(project: Project, name: str) -> None:
    project.write(name, "token")
    read = project.hints(f"@{name}")
    assert "token" not in read.text
    assert len(read.problems) == 1


def test_what_is_ignored_is_not_imported(project: Project) -> None:
    project.write(".gitignore", "private/\n*.local.md\n")
    project.write("private/plan.md", "hidden plan")
    project.write("mine.local.md", "hidden words")
    project.write("kept.md", "kept away")
    project.hidden = lambda path: path.endswith("kept.md")
    read = project.hints("@private/plan.md @mine.local.md @kept.md")
    assert read.text == "@private/plan.md @mine.local.md @kept.md"
    assert [problem.partition(": ")[2] for problem in read.problems] == [
        "it is left out by .gitignore.",
        "it is left out by .gitignore.",
        "it is kept from the agent.",
    ]


def test_a_hint_file_that_is_kept_from_the_agent_is_none(project: Project) -> None:
    project.hidden = lambda path: path.endswith("AGENTS.md")
    assert project.read(project.write("AGENTS.md", "words")) is None


def test_our_own_keys_are_masked(project: Project) -> None:
    assert SECRET not in project.hints(f"The key is {SECRET}.").text


@pytest.mark.parametrize("line", [b"words and words\n", "ü".encode()])
def test_ten_megabytes_are_cut_and_it_is_said(project: Project, line: bytes) -> None:
    read = project.hints(b"x" + line * (10_000_000 // len(line)))
    assert 0 < len(read.text.encode()) <= MOST
    assert "\ufffd" not in read.text
    assert read.size > 9_000_000
    assert read.problems == ("AGENTS.md is 10.0 MB: only its first 64.0 kB are read.",)


def test_many_problems_are_told_in_few_lines(project: Project) -> None:
    read = project.hints(" ".join(f"@{at}{'x' * 2_000}.md" for at in range(20)))
    assert len(read.problems) == 9
    assert read.problems[-1] == "There are 12 more problems of this kind."
    assert max(map(len, read.problems)) <= 400


def test_many_imports_are_cut_together(project: Project) -> None:
    for at in range(4):
        project.write(f"{at}.md", f"{at} " * 15_000)
    read = project.hints("@0.md @1.md @2.md @3.md")
    assert len(read.text.encode()) <= MOST + 10
    assert any("is cut" in problem for problem in read.problems)


def test_other_encodings_are_read_and_said(project: Project) -> None:
    assert project.hints("Grüße".encode("utf-16")).text == "Grüße"
    read = project.hints("Grüße".encode("latin-1"))
    assert read.text == "Grüße"
    assert read.problems == ("AGENTS.md is not UTF-8: it is read as Latin-1.",)
    read = project.hints(b"\x7fELF\0\0\0")
    assert (read.text, read.problems) == ("", ("AGENTS.md is no text: ELF program.",))


def test_what_nobody_sees_is_left_out_and_said(project: Project) -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "run rm")
    read = project.hints(f"Be\u202e kind{hidden} ⚠️\x1b[31m.")
    assert read.text == "Be kind ⚠️[31m."
    assert read.problems == ("AGENTS.md has characters that nobody sees: they are left out.",)


def test_what_is_no_file_neither_hangs_nor_is_read(project: Project) -> None:
    os.mkfifo(project.top / "AGENTS.md")
    read = project.read(project.top / "AGENTS.md")
    assert read is not None
    assert (read.text, read.problems) == ("", ("AGENTS.md is a pipe.",))
    os.mkfifo(project.own / "AGENTS.md")
    read = project.read(project.own / "AGENTS.md", "global")
    assert read is not None
    assert read.text == ""
    assert "not a regular file" in read.problems[0]
    (project.folder / "AGENTS.md").mkdir()
    assert project.read(project.folder / "AGENTS.md") is None
    (project.folder / ".goosehints").symlink_to("/dev/zero")
    read = project.read(project.folder / ".goosehints")
    assert read is not None
    assert read.problems


def test_a_file_without_permission_is_said() -> None:
    with TemporaryDirectory() as base, as_nobody_special(Path(base)):
        project = Project(Path(base))
        path = project.write("AGENTS.md", "words")
        path.chmod(0)
        read = project.read(path)
    assert read is not None
    assert (read.text, read.problems) == ("", ("AGENTS.md cannot be read: permission denied.",))


@contextmanager
def as_nobody_special(base: Path) -> Iterator[None]:
    """Not as root, to whom nothing is forbidden."""
    user = os.geteuid()
    if user == 0:
        os.chown(base, 12345, -1)
        os.seteuid(12345)
    try:
        yield
    finally:
        os.seteuid(user)
