"""Keys typed before the program is there."""

from __future__ import annotations

import pytest

from goose_tui.first_keys import Draft, Keys


def typed(*reads: bytes) -> Keys:
    """Keys that came in these reads, each long after the one before."""
    keys = Keys(Draft())
    for read in reads:
        keys.feed(read)
        if keys.patience is not None:
            keys.quiet()
    return keys


def at_once(data: bytes) -> Keys:
    """The same keys, one byte a read."""
    keys = Keys(Draft())
    for byte in data:
        keys.feed(bytes([byte]))
    return keys


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"hello", "hello"),
        ("größe 漢字 🦆".encode(), "größe 漢字 🦆"),
        (b"helo\x7flo", "hello"),
        ("e\u0301x\x08\x08".encode(), ""),
        (b"one two\x17three", "one three"),
        (b"one two  \x17", "one "),
        (b"one\ntwo\x17\x17", "one"),
        (b"one\ntwo\x15three", "one\nthree"),
        (b"one\x15two", "two"),
        (b"one\ntwo", "one\ntwo"),
        (b"one\x1b\rtwo", "one\ntwo"),
        (b"a\x00b", "ab"),
    ],
)
def test_plain_editing_makes_the_draft(data: bytes, text: str) -> None:
    keys = typed(data)
    assert (keys.draft.text, keys.draft.held, keys.finish()) == (text, [], b"")


@pytest.mark.parametrize(
    "report",
    [
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[<35;10;20M",
        b"\x1b[<0;10;20m",
        b"\x1b[M !!",
        b"\x1b[32;10;20M",
        b"\x1b[12;40R",
        b"\x1b[?62;22c",
        b"\x1b[>1;10;0c",
        b"\x1b[?2026;2$y",
        b"\x1b[?1u",
        b"\x1b[8;40;120t",
        b"\x1b[48;40;120;800;1200t",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\",
        b"\x1b]10;rgb:ffff/ffff/ffff\x07",
        b"\x1bP>|xterm(388)\x1b\\",
        b"\x1bP1$r0m\x1b\\",
        b"\x1b_Gi=1;OK\x1b\\",
    ],
)
def test_what_a_terminal_says_by_itself_is_dropped_however_it_is_cut(report: bytes) -> None:
    for cut in range(len(report) + 1):
        keys = Keys(Draft())
        keys.feed(b"a" + report[:cut])
        keys.feed(report[cut:] + b"b")
        assert (keys.draft.text, keys.finish()) == ("ab", b"")


@pytest.mark.parametrize(
    "key",
    [b"\x1b[A", b"\x1b[D", b"\x1bOP", b"\x1b[3~", b"\x1b[1;5C", b"\x1bb", b"\t", b"\x1a", b"\x12"],
)
def test_the_first_key_that_is_not_understood_and_all_after_it_are_passed_on(key: bytes) -> None:
    keys = at_once(b"draft" + key + b"x\r")
    assert (keys.draft.text, keys.draft.held, keys.finish()) == ("draft", [], key + b"x\r")


def test_enter_holds_a_message_and_what_follows_is_the_next_draft() -> None:
    keys = typed(b"first", b"\r", b"second\r", b"third")
    assert (keys.draft.held, keys.draft.text) == (["first", "second"], "third")


def test_enter_on_a_blank_draft_holds_nothing() -> None:
    keys = typed(b"\r", b"  \r")
    assert keys.draft.held == []


def test_enter_with_text_behind_it_in_one_read_is_a_line_end() -> None:
    keys = typed(b"one\rtwo\r")
    assert (keys.draft.text, keys.draft.held) == ("one\ntwo\n", [])


def test_the_line_ends_of_other_systems_are_one_line_end() -> None:
    assert typed(b"one\r\ntwo").draft.text == "one\ntwo"


def test_enter_followed_at_once_by_another_read_is_a_line_end() -> None:
    keys = Keys(Draft())
    keys.feed(b"one\r")
    keys.feed(b"two")
    assert (keys.draft.text, keys.draft.held) == ("one\ntwo", [])


def test_an_enter_that_is_not_clear_yet_is_passed_on() -> None:
    keys = Keys(Draft())
    keys.feed(b"one\r")
    assert (keys.finish(), keys.draft.text, keys.draft.held) == (b"\r", "one", [])


def test_a_paste_keeps_its_lines_however_it_is_cut() -> None:
    paste = b"\x1b[200~one\r\ntw\x1b[31mo\rthree\x1b[201~"
    for cut in range(len(paste) + 1):
        keys = Keys(Draft())
        keys.feed(paste[:cut])
        keys.feed(paste[cut:] + b"!")
        assert (keys.draft.text, keys.finish()) == ("one\ntw[31mo\nthree!", b"")


def test_the_rest_of_a_paste_is_still_a_paste_for_whoever_reads_on() -> None:
    keys = Keys(Draft())
    keys.feed(b"\x1b[200~one\rtw")
    assert (keys.draft.text, keys.finish()) == ("one\ntw", b"\x1b[200~")


def test_half_a_character_is_passed_on() -> None:
    keys = Keys(Draft())
    keys.feed("ab漢".encode()[:-1])
    assert (keys.draft.text, keys.finish()) == ("ab", "漢".encode()[:-1])


def test_escape_alone_means_nothing_yet() -> None:
    keys = typed(b"a", b"\x1b", b"b")
    assert (keys.draft.text, keys.finish()) == ("ab", b"")


def test_a_question_mark_asks_for_the_keys_only_where_nothing_is_written() -> None:
    assert typed(b"?").finish() == b"?"
    assert typed(b"why?").draft.text == "why?"


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"\x03", 130), (b"draft\x03", 130), (b"\x04", 0), (b"draft\x04", None)],
)
def test_ctrl_c_leaves_and_ctrl_d_leaves_an_empty_draft(data: bytes, status: int | None) -> None:
    assert typed(data).leave == status
