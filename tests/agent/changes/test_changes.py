"""What a session does to the files is noticed, told and taken back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from goose_agent.commands import ListChanges, Revert
from goose_agent.events import ChangedFile, ChangesListed
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said

pytestmark = pytest.mark.anyio


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(rig: Rig) -> Path:
    rig.write("a.txt", "one\ntwo\nthree\n")
    rig.write("kept.txt", "kept\n")
    git(rig.folder, "init", "-q", "-b", "main")
    git(rig.folder, "add", "-A")
    git(rig.folder, "commit", "-qm", "Begin")
    return rig.folder


def shell(command: str) -> Answer:
    return calls(("shell", json.dumps({"command": command})))


def edit(path: str, old: str, new: str) -> Answer:
    return calls(("edit", json.dumps({"path": path, "old": old, "new": new})))


async def changes(face: Face, since: int = 0) -> dict[str, ChangedFile]:
    """The changed files by their names."""
    before = len(face.data("changes.listed"))
    await face.tell(ListChanges(since))
    await face.until(lambda: len(face.data("changes.listed")) > before)
    listed = face.data("changes.listed")[-1]
    assert isinstance(listed, ChangesListed)
    return {file.shown: file for file in listed.files}


async def taken_back(face: Face, path: Path, hunks: tuple[int, ...] = (), since: int = 0) -> None:
    before = len(face.data("changes.listed"))
    await face.tell(Revert(str(path), since, hunks))
    await face.until(lambda: len(face.data("changes.listed")) > before)


async def run(rig: Rig, model: FakeModel, face: Face, *answers: Answer) -> None:
    model.answers = [*model.answers, *answers, said("done")]
    await face.ask("go")


async def test_what_a_command_changes_is_noticed(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        command = "echo four >> a.txt; echo fresh > new.txt; rm kept.txt; mkdir d; echo 1 > d/deep"
        await run(rig, model, face, shell(command))
        found = await changes(face)
        assert {name: file.status for name, file in found.items()} == {
            "a.txt": "changed",
            "d/deep": "added",
            "kept.txt": "deleted",
            "new.txt": "added",
        }
        assert all(file.origins == ("command",) for file in found.values())
        assert found["a.txt"].hunks[0].text == "@@ -1,3 +1,4 @@\n one\n two\n three\n+four\n"
        assert [change.path for change in face.data("file.changed")] == [
            str(repository / name) for name in ("a.txt", "d/deep", "kept.txt", "new.txt")
        ]


async def test_a_command_is_not_charged_with_what_was_there_before(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    rig.write("a.txt", "one\ntwo\nthree\nmine\n")
    rig.write("draft.txt", "a draft\n")
    async with rig.session() as face:
        await run(rig, model, face, shell("echo more >> draft.txt; touch a.txt"))
        found = await changes(face)
        assert list(found) == ["draft.txt"]
        assert found["draft.txt"].hunks[0].text == "@@ -1 +1,2 @@\n a draft\n+more\n"


async def test_committing_changes_no_file(rig: Rig, model: FakeModel, repository: Path) -> None:
    rig.write("a.txt", "one\n")
    async with rig.session() as face:
        command = "git -c user.name=A -c user.email=a@b commit -qam x"
        await run(rig, model, face, shell(command))
        assert await changes(face) == {}


async def test_going_to_another_commit_changes_files(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    rig.write("a.txt", "one\n")
    git(repository, "commit", "-qam", "Shorten")
    async with rig.session() as face:
        await run(rig, model, face, shell("git checkout -q HEAD~1"))
        found = await changes(face)
        assert (found["a.txt"].added, found["a.txt"].removed) == (2, 0)


async def test_ignored_files_are_nobodys_business(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    rig.write(".gitignore", "build/\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Ignore")
    async with rig.session() as face:
        await run(rig, model, face, shell("mkdir build; echo x > build/out"))
        assert await changes(face) == {}


async def test_without_git_a_change_is_seen_and_what_was_before_is_said_to_be_unknown(
    rig: Rig, model: FakeModel
) -> None:
    rig.write("a.txt", "one\n")
    async with rig.session() as face:
        await run(rig, model, face, shell("sleep 0.05; echo two >> a.txt"))
        file = (await changes(face))["a.txt"]
        assert not file.revertible
        assert "not known" in file.note


async def test_edits_and_commands_on_one_file_are_one_change(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"), shell("echo four >> a.txt"))
        file = (await changes(face))["a.txt"]
        assert file.origins == ("tool", "command")
        assert (file.added, file.removed) == (2, 1)


async def test_what_came_back_to_what_it_was_is_no_change(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"), edit("a.txt", "1", "one"))
        assert await changes(face) == {}


async def test_changes_are_told_from_a_turn_on(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"))
        await run(rig, model, face, edit("a.txt", "two", "2"))
        assert (await changes(face))["a.txt"].added == 2
        assert (await changes(face, since=2))["a.txt"].added == 1


async def test_a_file_is_taken_back(rig: Rig, model: FakeModel, repository: Path) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"), shell("rm kept.txt; echo > new"))
        for name in ("a.txt", "kept.txt", "new"):
            await taken_back(face, repository / name)
        assert (repository / "a.txt").read_text() == "one\ntwo\nthree\n"
        assert (repository / "kept.txt").read_text() == "kept\n"
        assert not (repository / "new").exists()
        assert await changes(face) == {}
        assert [change.origin for change in face.data("file.changed")][-3:] == ["person"] * 3


async def test_one_hunk_is_taken_back_and_the_others_stay(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    lines = [f"line {number}\n" for number in range(40)]
    path = rig.write("long.txt", "".join(lines))
    async with rig.session() as face:
        await run(
            rig,
            model,
            face,
            edit("long.txt", "line 3\n", "three\n"),
            edit("long.txt", "line 20\n", "twenty\n"),
            edit("long.txt", "line 37\n", ""),
        )
        assert len((await changes(face))["long.txt"].hunks) == 3
        await taken_back(face, path, (0, 2))
        lines[20] = "twenty\n"
        assert path.read_text() == "".join(lines)
        assert len((await changes(face))["long.txt"].hunks) == 1


async def test_what_something_else_changed_is_not_taken_back(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"))
        rig.write("a.txt", "mine now\n")
        assert not (await changes(face))["a.txt"].revertible
        await taken_back(face, repository / "a.txt")
        assert (repository / "a.txt").read_text() == "mine now\n"
        assert "changed since by something else" in face.data("notice")[-1].text


async def test_nothing_is_taken_back_through_a_folder_that_became_a_link(
    rig: Rig, model: FakeModel, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    theirs = tmp_path_factory.mktemp("theirs")
    (theirs / "b.txt").write_text("new\n", encoding="utf-8")
    path = rig.write("sub/b.txt", "old\n")
    async with rig.session() as face:
        await run(rig, model, face, edit("sub/b.txt", "old", "new"))
        path.unlink()
        path.parent.rmdir()
        path.parent.symlink_to(theirs)
        await taken_back(face, path)
        assert (theirs / "b.txt").read_text() == "new\n"
        assert "leads out of the workspace" in face.data("notice")[-1].text


async def test_hunks_that_are_not_there_take_nothing_back(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"))
        await taken_back(face, repository / "a.txt", (7,))
        assert (repository / "a.txt").read_text() == "1\ntwo\nthree\n"
        assert face.data("notice")[-1].level == "error"


async def test_the_history_of_files_survives_a_resume(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, edit("a.txt", "one", "1"))
        await face.leave()
    async with rig.resumed(face.session_id) as face:
        await taken_back(face, repository / "a.txt")
        assert (repository / "a.txt").read_text() == "one\ntwo\nthree\n"


async def test_looking_at_a_repository_runs_nothing_of_it(
    rig: Rig, model: FakeModel, repository: Path, tmp_path: Path
) -> None:
    trap = tmp_path / "ran"
    program = rig.write("trap.sh", f"#!/bin/sh\necho ran >> {trap}\ncat\n")
    program.chmod(0o755)
    rig.write(".gitattributes", "*.txt filter=odd=name\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Trap")
    for key in ("core.fsmonitor", "filter.odd=name.clean", "filter.odd=name.process"):
        git(repository, "config", key, str(program))
    rig.write("a.txt", "one\ntwo\nthree\nfour\n")
    async with rig.session() as face:
        await run(rig, model, face, shell("echo five >> a.txt"))
        assert (await changes(face))["a.txt"].added == 1
    assert not trap.exists()


async def test_a_flood_of_new_files_is_bounded_and_counted(
    rig: Rig, model: FakeModel, repository: Path
) -> None:
    async with rig.session() as face:
        await run(rig, model, face, shell("seq 250 | split -l 1 -a 3 - f"))
        assert len(await changes(face)) == 200
        assert "50 more files" in face.data("notice")[-1].text


async def test_what_programs_make_for_themselves_is_left_out(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        command = "mkdir -p p/__pycache__; echo > p/__pycache__/x.pyc; echo > p/x.py"
        await run(rig, model, face, shell(command))
        assert list(await changes(face)) == ["p/x.py"]


async def test_in_a_large_folder_without_git_only_known_files_are_watched(
    rig: Rig, model: FakeModel
) -> None:
    for number in range(2100):
        rig.write(f"many/{number}", "")
    rig.write("a.txt", "one\n")
    async with rig.session() as face:
        await run(
            rig, model, face, edit("a.txt", "one", "1"), shell("echo two >> a.txt; echo > b.txt")
        )
        found = await changes(face)
        assert list(found) == ["a.txt"]
        assert found["a.txt"].origins == ("tool", "command")
