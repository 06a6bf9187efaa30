"""Foreign text made safe to draw."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from goose_agent.characters import is_hidden
from goose_tui.view.untrusted import clean, clean_line, clean_output

_CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "escapes.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
_HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\x1b\r\n\t\x9b\u202e\u200d\u200c\ufe0f\u0301❤👍👩\U0001f3fd\U000e0041می"),
    ),
    max_size=60,
)


def _unsafe(text: str) -> list[str]:
    """Characters that a terminal would obey."""
    return [char for char in text if ord(char) < 0x20 and char not in "\n\t"] + [
        char for char in text if 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000
    ]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_no_control_character_of_a_known_attack_passes(case: dict[str, str]) -> None:
    raw = base64.b64decode(case["b64"])
    text = raw.decode("utf-8", errors="replace")
    assert _unsafe(clean(text)) == []
    assert _unsafe(clean_line(text, strict=True)) == []
    assert "\n" not in clean_line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("a\x0bb\x7f", "a␋b␡"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("\u2066rm\u2069", "⟨U+2066⟩rm⟨U+2069⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("one\r\ntwo", "one\ntwo"),
        ("10%\r20%", "10%␍20%"),
        ("a" + "\u200b" * 9, "a⟨U+200B ×9⟩"),
        ("hi\U000e0072\U000e006d", 'hi⟨hidden "rm"⟩'),
        ("[bold]x[/]", "[bold]x[/]"),
    ],
)
def test_what_was_hidden_is_marked(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("❤\ufe0f|", "❤|"),
        ("👍\U0001f3fd|", "👍|"),
        ("👩\u200d👧|", "👩👧|"),
        ("\u0301a", "◌\u0301a"),
        ("a" + "\u0301" * 100, "a" + "\u0301" * 4 + "⟨+96 marks⟩"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
    ],
)
def test_text_whose_width_terminals_disagree_about_is_made_steady(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert cell_len(clean(text)) == sum(cell_len(char) for char in clean(text))


def test_ordinary_text_is_given_back_as_it_is() -> None:
    for text in ("plain\n\ttext", "naïve — “quotes” …", "你好世界", "┌─┐│x│└─┘", "안녕"):
        assert clean(text) is text


def test_commands_also_show_full_width_letters_and_odd_blanks() -> None:
    assert clean_line("\uff52\uff4d\u00a0x", strict=True) == "⟨U+FF52⟩⟨U+FF4D⟩⟨U+00A0⟩x"
    assert clean_line("\uff52\uff4d x") == "\uff52\uff4d x"


def test_one_line_shows_where_lines_ended() -> None:
    assert clean_line("a\tb\r\nc\nd") == "a b␊c␊d"


def test_output_loses_its_colours_and_overwritten_progress() -> None:
    output = "\x1b[32mok\x1b[0m\x1b[K\r\n10%\r50%\rdone\nlast\r"
    assert clean_output(output) == "ok\ndone\nlast"
    assert clean_output("\x1b[8mhidden\x1b[0m") == "hidden"
    assert clean_output("\x1b]0;title\x07") == "␛]0;title␇"


@given(_HOSTILE)
def test_cleaning_leaves_nothing_hidden_and_is_done_once(text: str) -> None:
    cleaned = clean(text)
    assert _unsafe(cleaned) == []
    assert not is_hidden(cleaned.replace("\u200c", ""))
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")


@given(_HOSTILE)
def test_a_cleaned_line_is_one_line_and_stays_the_same(text: str) -> None:
    line = clean_line(text)
    assert "\n" not in line
    assert "\t" not in line
    assert clean_line(line) == line
    assert clean(line) == line


@given(_HOSTILE)
def test_the_width_of_cleaned_text_is_the_sum_of_its_characters(text: str) -> None:
    line = clean_line(text)
    assert cell_len(line) == sum(cell_len(char) for char in line)


@given(_HOSTILE)
def test_output_is_as_safe_as_any_other_text(text: str) -> None:
    assert _unsafe(clean_output(text)) == []
