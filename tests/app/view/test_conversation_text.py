"""A conversation as YAML: what is not touched comes back as it was, and slips are named."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.characters import is_hidden
from goose_agent.context.edits import piece_of
from goose_agent.errors import UsageError
from goose_agent.events import Segment, SegmentKind
from goose_agent.replay.recording import Recording
from goose_agent.state.session_state import SessionState
from goose_agent.wire import Fork, PieceChange
from goose_tui.view.conversation_text import Piece, change_of, pieces_of, text_of, with_problem
from support.compacted import compacted_states

HOSTILE = Path(__file__).parents[2] / "data" / "escapes.jsonl"
RECORDS = sorted((Path(__file__).parents[2] / "sessions").glob("*.db"))


def piece(kind: SegmentKind, origin: int, text: str, ref: str = "") -> Piece:
    return Piece(Segment(kind, origin, ref), text, "shell" if ref else "")


TALK = [
    piece("user", 2, "Mend the parser.\n\nAnd test it.\n"),
    piece("thinking", 4, "Hm."),
    piece("assistant", 5, "I look."),
    piece("tool_call", 6, '{"command": "ls"}', "c1"),
    piece("tool_result", 9, "parser.py\n  tail  \n", "c1"),
    piece("assistant", 12, "Mended."),
]
AT = Fork(20)


def changed(change: Callable[[str], str]) -> Fork | None:
    return change_of(change(text_of(TALK, "a talk")), TALK, AT)


def changes(change: Callable[[str], str]) -> tuple[PieceChange, ...]:
    fork = changed(change)
    assert fork is not None
    assert (fork.at, fork.afresh) == (20, True)
    return fork.changes


def without(*keys: str) -> Callable[[str], str]:
    """A text without some pieces."""

    def cut(text: str) -> str:
        head, *items = text.split("- piece: ")
        kept = [item for item in items if item.partition("\n")[0] not in keys]
        return "- piece: ".join([head, *kept])

    return cut


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_what_is_not_touched_asks_for_nothing(record: Path) -> None:
    recording = Recording.open(record)
    try:
        for place in range(0, len(recording), 7):
            pieces = pieces_of(recording.state_at(place))
            text = text_of(pieces, "a talk")
            assert not pieces or change_of(text, pieces, AT) is None
    finally:
        recording.close()


@pytest.mark.parametrize(
    "text",
    [
        *(
            base64.b64decode(json.loads(line)["b64"]).decode("utf-8", "replace")
            for line in HOSTILE.read_text(encoding="utf-8").splitlines()
        ),
        "",
        "\n",
        "\n\n  indented\n",
        "- you: not an item\n# ! not a problem",
        "tabs\tand trailing blanks   \n\n",
        "'quotes\" and: colons # and hashes",
        "x" * 5000,
    ],
)
def test_any_text_comes_back_and_none_does_anything_in_the_editor(text: str) -> None:
    said = [piece("user", 2, text)]
    written = text_of(said, "a talk")
    assert change_of(written, said, AT) is None
    assert not is_hidden(written.replace("\n", "").replace("\t", ""))


@given(st.text())
def test_a_text_of_any_letters_comes_back(text: str) -> None:
    said = [piece("user", 2, text), piece("tool_result", 3, text, "c1")]
    assert change_of(text_of(said, "a talk"), said, AT) is None


@given(compacted_states())
def test_what_was_made_smaller_is_shown_as_the_model_sees_it(state: SessionState) -> None:
    pieces = pieces_of(state)
    assert not pieces or change_of(text_of(pieces, "a talk"), pieces, AT) is None
    assert all(piece_of(state, each.key) == each.segment for each in pieces)


def test_a_text_that_is_another_is_an_edit() -> None:
    edited = changes(lambda text: text.replace("I look.", "I look first."))
    assert edited == (PieceChange("assistant:5:", "edit", "I look first."),)


def test_a_piece_that_is_gone_is_dropped_and_a_call_takes_its_result_along() -> None:
    assert changes(without("thinking:4")) == (PieceChange("thinking:4:", "drop"),)
    assert changes(without("tool_call:6:c1", "tool_result:9:c1")) == (
        PieceChange("tool_call:6:c1", "drop"),
    )
    assert changes(without("tool_result:9:c1")) == (PieceChange("tool_result:9:c1", "drop"),)


def test_what_has_no_piece_at_the_end_is_something_to_say() -> None:
    fork = changed(lambda text: f"{text}- you: |\n    go on\n    like this\n")
    assert fork == Fork(20, True, (), "go on\nlike this")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text + "  : : :\n", "line "),
        (lambda text: "just words", "no list of pieces"),
        (lambda text: text.replace("user:2", "user:3"), "did you mean user:2"),
        (lambda text: text.replace("goose: |-\n    I look.", "goose: 7"), "as `goose`"),
        (lambda text: text.replace("  goose:", "  you:", 1), "as `goose`"),
        (lambda text: text.replace("thought: |-\n    Hm.", "thought: Ha."), "sealed"),
        (lambda text: text.replace('{"command"', "command"), "JSON object"),
        (lambda text: text.replace("I look.", " "), "drop it instead"),
        (without("tool_call:6:c1"), "result of a call that is gone"),
        (lambda text: "- you: first\n" + text, "at the end"),
        (lambda text: text + "- me: hello\n", "something to say"),
        (lambda text: text + "- piece: user:2\n  you: again\n", "keep their order"),
        (lambda text: "[" * 5000, "no YAML"),
    ],
)
def test_a_slip_is_named(change: Callable[[str], str], words: str) -> None:
    before = text_of(TALK, "a talk")
    assert change(before) != before
    with pytest.raises(UsageError, match=words):
        changed(change)


def test_a_problem_stands_in_the_first_lines_until_another_takes_its_place() -> None:
    text = text_of(TALK, "a talk")
    told = with_problem(with_problem(text, "one"), "two\nlines")
    assert told == f"# ! two\n# ! lines\n{text}"
    assert change_of(told, TALK, AT) is None
