"""What is shown of a blob that is too large."""

from __future__ import annotations

from goose_agent.sessions.excerpt import excerpt


def test_what_fits_is_shown_whole() -> None:
    assert excerpt("grün\n".encode(), 6) == "grün\n"
    assert excerpt(b"", 0) == ""


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert excerpt(b"a\xffb", 10) == "a\N{REPLACEMENT CHARACTER}b"


def test_it_is_cut_at_line_ends_and_says_what_is_missing() -> None:
    text = excerpt(b"one\ntwo\nthree\nfour\nfive\n", 14)
    assert text == "one\n[… 15 bytes are left out here …]\nfive\n"


def test_a_line_end_just_before_the_end_is_where_the_end_begins() -> None:
    assert excerpt(b"a\nbbbbbb\nc\n", 4) == "a\n[… 7 bytes are left out here …]\nc\n"


def test_one_long_line_is_cut_in_its_middle() -> None:
    text = excerpt(b"a" * 1_000_000 + b"b" * 1_000_000, 10)
    assert text == "aaaaa\n[… 1,999,990 bytes are left out here …]\nbbbbb"


def test_a_limit_below_nothing_leaves_everything_out() -> None:
    assert excerpt(b"abc", -5) == "[… 3 bytes are left out here …]\n"
