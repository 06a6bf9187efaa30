"""Sessions that are put away: renamed, marked, deleted, and looked through for damage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from goose_agent.clock import World
from goose_agent.errors import NewerRecord, SessionBusy, StoreError, UsageError
from goose_agent.events import ToolFinished, UserMessage
from goose_agent.replay.bookmarks import Bookmarks
from goose_agent.sessions.keeping import delete_session, mark_session, rename_session
from goose_agent.sessions.library import Library, SessionEntry
from goose_agent.sessions.network import kind_of_mount
from goose_agent.sessions.store import SessionStore
from goose_agent.sessions.verify import find_flaws
from support.stories import started, write_story


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "sessions")
    for name in ("s-old", "s-new"):
        output = {"output": b"all of it"}
        story = started(), UserMessage("m", f"in {name}"), ToolFinished("c", "ok", "x", 0.1)
        write_story(library.path(name), *story, blobs=output)
    return library


def entry(library: Library, session_id: str) -> SessionEntry:
    return next(each for each in library.entries() if each.session_id == session_id)


def test_a_new_title_is_on_record_and_in_the_list(library: Library) -> None:
    rename_session(library, "s-old", "  the \n first ", World())
    assert entry(library, "s-old").title == "the first"
    with closing(SessionStore(library.path("s-old"), write=False)) as store:
        assert len(list(store.events())) == 4
        assert store.damage() == ()
    with pytest.raises(UsageError):
        rename_session(library, "s-old", " ", World())


def test_a_mark_changes_nothing_of_the_session(library: Library) -> None:
    order = [each.session_id for each in library.entries()]
    with closing(SessionStore(library.path("s-old"), write=False)) as store:
        before = list(store.events())
    mark_session(library, "s-old", "pinned", True)
    mark_session(library, "s-old", "archived", True)
    mark_session(library, "s-old", "pinned", False)
    found = entry(library, "s-old")
    assert (found.pinned, found.archived) == (False, True)
    assert [each.session_id for each in library.entries()] == order
    with closing(SessionStore(library.path("s-old"), write=False)) as store:
        assert list(store.events()) == before
    (library.folder / "index.db").unlink()
    assert entry(library, "s-old") == found


def test_a_session_that_goes_on_keeps_its_marks(library: Library) -> None:
    mark_session(library, "s-old", "pinned", True)
    write_story(library.path("s-old"), UserMessage("m2", "more"))
    assert entry(library, "s-old").pinned


def test_what_is_deleted_is_gone_with_all_that_belongs_to_it(library: Library) -> None:
    library.take_in_all()
    Bookmarks(library.path("s-old"), "s-old").keep(2, "a secret thought")
    delete_session(library, "s-old")
    assert library.ids() == ["s-new"]
    assert not [file for file in library.folder.iterdir() if file.name.startswith("s-old")]
    assert [hit.session_id for hit in library.search("in")] == ["s-new"]


def test_a_session_that_is_open_is_marked_but_not_renamed_or_deleted(library: Library) -> None:
    with closing(SessionStore(library.path("s-old"), write=True)):
        mark_session(library, "s-old", "pinned", True)
        with pytest.raises(SessionBusy):
            rename_session(library, "s-old", "x", World())
        with pytest.raises(SessionBusy):
            delete_session(library, "s-old")
    assert entry(library, "s-old").pinned


def harm(library: Library, statement: str) -> list[tuple[str, str]]:
    path = library.path("s-old")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)
    return [(flaw.what, flaw.lost) for flaw in find_flaws(path)]


def test_a_whole_session_has_no_flaws(library: Library) -> None:
    assert find_flaws(library.path("s-old")) == []


def test_a_missing_blob_is_named_with_what_it_was(library: Library) -> None:
    ((what, lost),) = harm(library, "DELETE FROM blobs")
    assert what.endswith("of record 3 (tool.finished) is missing.")
    assert lost.startswith("the full output of a call")


def test_a_changed_blob_is_found(library: Library) -> None:
    ((what, _),) = harm(library, "UPDATE blobs SET data = x'00', packed = 0")
    assert what.endswith("is not as it was written.")
    ((what, _),) = harm(library, "UPDATE blobs SET packed = 1")
    assert what.endswith("cannot be read.")


def test_garbage_in_a_record_is_found(library: Library) -> None:
    flaws = harm(library, "UPDATE events SET body = x'00' WHERE seq = 2")
    assert flaws == [
        ("Record 2 (user.message) is no event.", "what you said"),
        ("Record 2 is not as it was written.", ""),
    ]


def test_damaged_pages_are_found_and_what_is_around_them_is_read(library: Library) -> None:
    path = library.path("s-new")
    write_story(path, *(UserMessage(f"m{at}", "x" * 900) for at in range(200)))
    content = bytearray(path.read_bytes())
    content[20 * 4096 : 22 * 4096] = b"\xff" * 8192
    path.write_bytes(content)
    first, *others = find_flaws(path)
    assert first.what.startswith("The file is damaged") and first.lost
    assert any("missing" in flaw.what for flaw in others)
    with closing(SessionStore(path, write=False)) as store:
        with pytest.raises(StoreError):
            list(store.events())
        seqs = [row.seq for row, _ in store.rows()]
    assert 180 < len(seqs) < 203
    assert seqs[-1] == 203


def test_what_is_no_session_at_all_is_lost_whole(library: Library) -> None:
    library.path("s-junk").write_bytes(b"my diary\n" * 500)
    (flaw,) = find_flaws(library.path("s-junk"))
    assert flaw.lost == "the whole session"


def test_a_record_of_a_newer_version_is_read_and_not_written(library: Library) -> None:
    assert harm(library, "PRAGMA user_version = 99") == []
    with pytest.raises(NewerRecord):
        SessionStore(library.path("s-old"), write=True)
    with closing(SessionStore(library.path("s-old"), write=False)) as store:
        assert len(list(store.events())) == 3


MOUNTS = """\
21 26 0:19 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
36 21 0:32 / /home rw shared:2 - nfs4 server:/home rw,vers=4.2
37 36 0:33 / /home/ada/my\\040disk rw - ext4 /dev/sdb1 rw
38 21 0:34 / /mnt/win rw - cifs //box/share rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x.db", "ext4"),
        ("/home/ada/x.db", "nfs4"),
        ("/homely/x.db", "ext4"),
        ("/home/ada/my disk/x.db", "ext4"),
        ("/mnt/win/a/b", "cifs"),
    ],
)
def test_the_kind_of_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert kind_of_mount(Path(path), MOUNTS) == kind


def test_on_a_network_file_system_no_log_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goose_agent.sessions.store.is_on_network", lambda _: True)
    library = Library(tmp_path / "sessions")
    path = library.path("s-a")
    with closing(SessionStore(path, write=True)):
        write_journal = sqlite3.connect(path)
        with closing(write_journal) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    write_story(path, started(), UserMessage("m", "hello"))
    assert not path.with_name("s-a.db-wal").exists()
    library.take_in_all()
    assert [hit.seq for hit in library.search("hello")] == [2]
