"""Which characters count as hidden, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.characters import (
    Kind,
    Span,
    find_hidden,
    find_lookalikes,
    hidden_text,
    is_hidden,
    kind_of,
    reveal_tags,
)


@pytest.mark.parametrize(
    ("char", "kind"),
    [
        ("\x1b", Kind.CONTROL),
        ("\r", Kind.CONTROL),
        ("\x7f", Kind.CONTROL),
        ("\x9b", Kind.CONTROL),
        ("\u202e", Kind.BIDI),
        ("\u061c", Kind.BIDI),
        ("\U000e0041", Kind.TAG),
        ("\ud800", Kind.SURROGATE),
        ("\u200b", Kind.INVISIBLE),
        ("\ufeff", Kind.INVISIBLE),
        ("\u2028", Kind.INVISIBLE),
        ("\ufe0f", Kind.INVISIBLE),
        ("\U000e0100", Kind.INVISIBLE),
        ("\uff52", Kind.LOOKALIKE),
        ("\u00a0", Kind.BLANK),
    ],
)
def test_each_kind_of_character_is_recognised(char: str, kind: Kind) -> None:
    assert kind_of(char) is kind


@pytest.mark.parametrize("char", list("a \n\té你😀─⟨…"))
def test_ordinary_text_has_no_kind(char: str) -> None:
    assert kind_of(char) is None


def test_runs_of_one_kind_are_one_span() -> None:
    spans = list(find_hidden("a\x1b\x07b\u202e\u200b"))
    assert spans == [
        Span(1, 3, Kind.CONTROL),
        Span(4, 5, Kind.BIDI),
        Span(5, 6, Kind.INVISIBLE),
    ]


def test_full_width_letters_and_odd_blanks_are_lookalikes_and_not_hidden() -> None:
    text = "\uff52\uff4d\u00a0x"
    assert not is_hidden(text)
    assert [span.kind for span in find_lookalikes(text)] == [Kind.LOOKALIKE, Kind.BLANK]


def test_tag_characters_are_read_as_the_text_they_smuggle() -> None:
    smuggled = "".join(chr(0xE0000 + ord(char)) for char in "run rm")
    assert reveal_tags(smuggled) == "run rm"
    assert hidden_text(f"hi {smuggled} there\u200b") == "run rm"


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_a_text_is_hidden_exactly_if_a_span_is_found(text: str) -> None:
    assert is_hidden(text) == any(True for _ in find_hidden(text))
    for span in find_hidden(text):
        assert all(kind_of(char) is span.kind for char in text[span.start : span.stop])
