"""What the terminal can do, from its environment."""

from __future__ import annotations

import base64
import re
import sys

import pytest

from goose_agent.config.places import Places
from goose_tui.terminal import (
    CLIPBOARD_LIMIT,
    cache_folder,
    clipboard_sequence,
    colour_depth,
    has_unicode,
    is_usable,
    multiplexer,
    title_sequence,
    wants_low_bandwidth,
)
from goose_tui.view.drop_words import drop_words


@pytest.mark.parametrize(
    ("environ", "detach", "words"),
    [
        ({"SSH_CONNECTION": "a b"}, 0.0, "a drop stops what runs"),
        ({"SSH_TTY": "/dev/pts/1"}, 60.0, "a drop lets what runs end"),
        ({"SSH_CONNECTION": "a b", "TMUX": "x"}, 0.0, ""),
        ({"SSH_CONNECTION": "a b", "STY": "x"}, 0.0, ""),
        ({}, 0.0, ""),
    ],
)
def test_what_a_drop_would_mean(environ: dict[str, str], detach: float, words: str) -> None:
    said = drop_words(environ, detach)
    assert words in said
    assert bool(said) is bool(words)


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "xterm-kitty"}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": ""}, "none"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({}, "none"),
    ],
)
def test_colours(environ: dict[str, str], depth: str) -> None:
    assert colour_depth(environ) == depth


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({"LANG": "de_DE.UTF-8", "TERM": "linux"}, False),
        ({}, False),
    ],
)
def test_glyphs(environ: dict[str, str], unicode: bool) -> None:
    assert has_unicode(environ) is unicode


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"TMUX": "/tmp/tmux-0/default,1,0"}, "tmux"),
        ({"STY": "1.pts-0"}, "screen"),
        ({"ZELLIJ": "0"}, "zellij"),
        ({}, ""),
    ],
)
def test_multiplexers(environ: dict[str, str], name: str) -> None:
    assert multiplexer(environ) == name


@pytest.mark.parametrize(
    ("environ", "low"),
    [
        ({}, False),
        ({"SSH_TTY": "/dev/pts/0"}, True),
        ({"SSH_CONNECTION": "a b c d", "GOOSE_TUI_LOW_BANDWIDTH": "0"}, False),
        ({"GOOSE_TUI_LOW_BANDWIDTH": "1"}, True),
    ],
)
def test_low_bandwidth(environ: dict[str, str], low: bool) -> None:
    assert wants_low_bandwidth(environ) is low


@pytest.mark.parametrize(("term", "usable"), [("xterm", True), ("dumb", False), ("", False)])
def test_what_can_be_drawn_on(term: str, usable: bool) -> None:
    assert is_usable({"TERM": term}) is usable


def test_copied_text_goes_to_the_terminal() -> None:
    assert (
        clipboard_sequence("grün", {})
        == b"\x1b]52;c;" + base64.b64encode("grün".encode()) + b"\x07"
    )


def test_copied_text_goes_through_tmux() -> None:
    written = clipboard_sequence("x" * 5000, {"TMUX": "1"})
    plain = clipboard_sequence("x" * 5000, {})
    assert written is not None and plain is not None
    assert written.startswith(plain)
    wrapped = written[len(plain) :]
    assert wrapped[:7] == b"\x1bPtmux;" and wrapped[-2:] == b"\x1b\\"
    assert wrapped[7:-2].replace(b"\x1b\x1b", b"\x1b") == plain


def test_copied_text_goes_through_screen_in_pieces() -> None:
    written = clipboard_sequence("x" * 5000, {"STY": "1"})
    assert written is not None
    pieces = re.findall(rb"\x1bP(.*?)\x1b\\", written, re.DOTALL)
    assert b"".join(pieces) == clipboard_sequence("x" * 5000, {})
    assert max(map(len, pieces)) <= 768


def test_what_no_terminal_takes_is_not_copied() -> None:
    assert clipboard_sequence("x" * CLIPBOARD_LIMIT, {}) is not None
    assert clipboard_sequence("ü" * CLIPBOARD_LIMIT, {}) is None


def test_a_title_is_words_and_nothing_else() -> None:
    environ = {"TERM": "xterm"}
    assert title_sequence("fix\x07\x1b]52;c;eA==\x07 \u202eit\n", environ) == (
        b"\x1b]2;fix]52;c;eA== it\x07"
    )
    assert len(title_sequence("ü" * 500, environ).decode()) == 85
    assert title_sequence("x", {"TERM": "linux"}) == b""


# The library reads variables by the system it runs on: the comparison was tried on Linux only.
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
@pytest.mark.parametrize(
    "variables", [{}, {"XDG_CACHE_HOME": "/x/cache"}, {"GOOSE_TUI_HOME": "/x/goose"}]
)
def test_the_cache_is_where_the_engine_has_it(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"HOME": "/home/somebody", **variables}
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert cache_folder(environ, sys.platform) == str(Places.of(environ).cache)
