"""The index beside the sessions: what is listed and found, and that it can always be made again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given

from goose_agent.clock import World
from goose_agent.events import (
    ApprovalAnswer,
    Event,
    FileChanged,
    ModelCancelled,
    ModelFailed,
    ModelResponded,
    Notice,
    Reason,
    RequestAnswered,
    SessionTitled,
    ToolFinished,
    ToolJudged,
    ToolProposed,
    TurnStarted,
    UserMessage,
)
from goose_agent.loop.forks import fork_session
from goose_agent.sessions.index import Hit
from goose_agent.sessions.keeping import delete_session
from goose_agent.sessions.library import Library
from goose_agent.sessions.passages import Passages
from goose_agent.sessions.query import Query
from goose_agent.sessions.store import SessionStore
from goose_agent.wire import Fork
from support.events import logs
from support.stories import started, tell, write_story

SOON = 0.2
"""Seconds that a search over a thousand sessions may take."""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "sessions")


def add(library: Library, session_id: str, *words: str) -> None:
    said = (UserMessage(f"m{at}", text) for at, text in enumerate(words))
    write_story(library.path(session_id), started(), *said)


def found(library: Library, query: str) -> list[tuple[str, int, str]]:
    library.take_in_all()
    return [(hit.session_id, hit.seq, hit.kind) for hit in library.search(query)]


def test_every_kind_of_text_is_found_where_it_stands(library: Library) -> None:
    write_story(
        library.path("s-1"),
        started(),
        SessionTitled("about zebras"),
        UserMessage("m", "what of the yak?"),
        *tell("A wal", "rus, then"),
        ModelResponded("r", (), "stop", None, None, 1.0, 1.0),
        ToolProposed("c", "r", "shell", "{}", {"command": "vole --all"}, summary="vole"),
        ToolJudged("c", "deny", (Reason("rule", "no urchins here"),)),
        RequestAnswered("q", ApprovalAnswer("deny", "the toad is old"), 1.0),
        FileChanged("c", "/work/src/skunk.py", 1, 1, ""),
        ToolFinished("c", "error", "no such rabbit", 0.1),
        ToolFinished("c", "ok", "a quail came out", 0.1),
        ModelFailed("r", "auth", "the puma was refused", "", 401),
        Notice("error", "the otter ran away"),
    )  # fmt: skip
    places = {
        word: found(library, word)
        for word in [
            "zebra",
            "yak",
            "walrus",
            "vole",
            "urchin",
            "toad",
            "skunk",
            "rabbit",
            "quail",
            "puma",
            "otter",
        ]
    }
    kinds = {word: [(seq, kind) for _, seq, kind in hits] for word, hits in places.items()}
    assert kinds == {
        "zebra": [(2, "title")],
        "yak": [(3, "you")],
        "walrus": [(4, "answer")],
        "vole": [(7, "call")],
        "urchin": [(8, "decision")],
        "toad": [(9, "decision")],
        "skunk": [(10, "file")],
        "rabbit": [(11, "error")],
        "quail": [],
        "puma": [(13, "error")],
        "otter": [(14, "error")],
    }


def test_all_words_must_stand_in_one_passage_and_may_go_on(library: Library) -> None:
    add(library, "s-a", "mend the parser of lists", "write a changelog")
    add(library, "s-b", "mend the lexer", "def parse_list(text): ...")
    assert found(library, "list mend") == [("s-a", 2, "you")]
    assert found(library, "pars") == [("s-b", 3, "you"), ("s-a", 2, "you")]
    assert found(library, "parse_list") == [("s-b", 3, "you")]
    assert found(library, "mend changelog") == []


@pytest.mark.parametrize("query", ["", "  ", '"', "*", "NEAR(", "a:b", "-x", "(", "AND", "'", "^"])
def test_no_query_is_a_mistake(library: Library, query: str) -> None:
    add(library, "s-a", "hello")
    assert found(library, query) == []


def test_an_excerpt_shows_the_hit_and_what_stands_around_it() -> None:
    text = f"{'before ' * 30}the Müller\n\tcase {'after ' * 60}"
    cut, marks = Query("muller cas").excerpt(text)
    assert cut.startswith("…") and cut.endswith("…") and len(cut) < 210
    assert [cut[start:stop] for start, stop in marks] == ["Müller", "cas"]
    assert "the Müller case after" in cut
    assert Query("x").excerpt("no hit") == ("no hit", ())


def test_a_session_that_goes_on_is_found_by_what_is_new(library: Library) -> None:
    add(library, "s-a", "first")
    assert found(library, "first") == [("s-a", 2, "you")]
    write_story(library.path("s-a"), TurnStarted(1), *tell("half an", " answer"))
    assert found(library, "half answer") == [("s-a", 4, "answer")]
    write_story(library.path("s-a"), *tell(" that goes on"), ModelCancelled("r"))
    assert found(library, "half goes on") == [("s-a", 4, "answer")]
    assert len(found(library, "first")) == 1


@given(log=logs())
def test_whatever_happens_text_that_is_settled_is_never_made_again(log: list[Event]) -> None:
    events = [event for event in log if not event.transient]
    whole = Passages()
    made = [(p.seq, p.text) for event in events for p in whole.take(event)]
    for cut in range(len(events)):
        first = Passages()
        early = [(p.seq, p.text) for event in events[:cut] for p in first.take(event)]
        kept = [each for each in early if each[0] <= first.settled]
        again = Passages()
        late = [(p.seq, p.text) for e in events if e.seq > first.settled for p in again.take(e)]
        found = {seq for seq, _ in (*kept, *late)}
        assert found == {seq for seq, _ in made}


def test_the_list_opens_no_file_that_it_knows(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("s-a", "s-b", "s-c"):
        add(library, name, "hello")
    before = library.entries()
    opened: list[str] = []

    def note(store: SessionStore, path: Path, *, write: bool) -> None:
        opened.append(path.stem)
        real(store, path, write=write)

    real = SessionStore.__init__
    monkeypatch.setattr(SessionStore, "__init__", note)
    assert library.entries() == before
    assert opened == []
    write_story(library.path("s-b"), UserMessage("m9", "more"))
    opened.clear()
    assert library.entries()[0].session_id == "s-b"
    assert opened == ["s-b"]


def _deleted(path: Path) -> None:
    path.unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(b"my diary\n" * 2000)


def _torn(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def _from_the_future(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [_deleted, _garbage, _torn, _from_the_future])
def test_an_index_that_is_gone_or_damaged_is_made_anew(library: Library, harm: object) -> None:
    add(library, "s-a", "the first thing")
    add(library, "s-b", "the second thing")
    before = library.entries()
    assert len(found(library, "thing")) == 2
    assert callable(harm)
    harm(library.folder / "index.db")
    assert library.entries() == before
    assert library.entries() == before
    library.take_in_all()
    assert len(found(library, "thing")) == 2


def test_without_an_index_the_list_is_read_from_the_sessions(library: Library) -> None:
    add(library, "s-a", "hello")
    before = library.entries()
    _a_folder(library.folder / "index.db")
    assert library.entries() == before
    library.take_in("s-a")


def test_an_index_that_somebody_else_writes_is_no_error(library: Library) -> None:
    add(library, "s-a", "hello")
    library.take_in_all()
    with closing(sqlite3.connect(library.folder / "index.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        add(library, "s-b", "hello again")
        library.take_in("s-b")
        assert len(library.entries()) == 2
        assert [hit.session_id for hit in library.search("hello")] == ["s-a"]
        other.execute("COMMIT")
    assert len(found(library, "hello")) == 2


def test_sessions_that_went_away_leave_the_index(library: Library) -> None:
    add(library, "s-a", "hello")
    add(library, "s-b", "hello")
    assert len(found(library, "hello")) == 2
    library.path("s-a").unlink()
    assert [entry.session_id for entry in library.entries()] == ["s-b"]
    assert [hit.session_id for hit in library.search("hello")] == ["s-b"]


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_a_fork_has_of_its_parent_is_found_once_and_never_lost(
    library: Library, by_hand: bool
) -> None:
    add(library, "s-1", "mend the parser", "and the lexer")
    fork_id = fork_session(library, "s-1", Fork(2), World())
    write_story(library.path(fork_id), UserMessage("m", "no, the printer"))
    assert found(library, "parser") == [("s-1", 2, "you")]
    assert [hit[0] for hit in found(library, "printer")] == [fork_id]
    if by_hand:
        for file in library.folder.glob("s-1.*"):
            file.unlink()
        library.entries()
    else:
        delete_session(library, "s-1")
    assert found(library, "parser") == [(fork_id, 2, "you")]
    assert found(library, "lexer") == []


def test_only_its_owner_can_read_the_index(library: Library) -> None:
    add(library, "s-a", "hello")
    library.take_in_all()
    modes = {file.stat().st_mode & 0o777 for file in library.folder.iterdir()}
    assert modes == {0o600}


def test_what_a_terminal_would_obey_is_not_in_an_excerpt(library: Library) -> None:
    add(library, "s-a", "red \x1b[31m alert\x02\x03 \u202eend")
    library.take_in_all()
    (hit,) = library.search("alert")
    assert isinstance(hit, Hit)
    assert hit.excerpt == "red [31m alert end"
    assert [hit.excerpt[start:stop] for start, stop in hit.marks] == ["alert"]


def test_a_thousand_sessions_are_searched_while_one_types(library: Library) -> None:
    story = [UserMessage(f"m{at}", f"look into part {at} of the test") for at in range(20)]
    write_story(library.path("s-0000"), started(), *story)
    for number in range(1, 1000):
        shutil.copy(library.path("s-0000"), library.path(f"s-{number:04}"))
    library.take_in_all()
    library.entries()
    for query in ("t", "test", "part 7", "look into the test", "nowhere"):
        assert min(_seconds(library, query) for _ in range(5)) < SOON


def _seconds(library: Library, query: str) -> float:
    """How long a search takes; the least of some is what it takes on an idle machine."""
    began = perf_counter()
    library.search(query)
    return perf_counter() - began


def test_a_long_session_is_taken_in_bit_by_bit(library: Library) -> None:
    add(library, "s-a", *(f"word{number}" for number in range(10)))
    looks = 1
    while library.take_in("s-a", 4):
        assert library.unread() == ["s-a"]
        looks += 1
    assert looks == 3
    assert library.unread() == []
    assert [hit.seq for hit in library.search("word9")] == [11]
