"""What this terminal can do, read from its environment variables.

Only functions of a mapping, and nothing imported that costs time: the first frame is drawn with what
they say.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CLIPBOARD_LIMIT",
    "cache_folder",
    "clipboard_sequence",
    "colour_depth",
    "has_unicode",
    "is_remote",
    "is_usable",
    "multiplexer",
    "notification_sequence",
    "title_sequence",
    "wants_low_bandwidth",
]

CLIPBOARD_LIMIT = 74_994
"""Bytes of text: more than that several terminals cut off without a word."""

_TITLE_LIMIT = 80
_SCREEN_CHUNK = 512
"""Bytes that GNU screen passes on in one string, with room to spare."""

_OFF = ("", "0", "false", "no", "off")


def is_usable(environ: Mapping[str, str]) -> bool:
    """Whether a full-screen program can be shown at all."""
    return environ.get("TERM", "") not in ("", "dumb", "unknown")


def colour_depth(environ: Mapping[str, str]) -> str:
    """How many colours to send: `truecolor`, `256`, `16` or `none`.

    The same rule as Rich's, so that the first frame and all that follow look alike.
    """
    if "NO_COLOR" in environ or not is_usable(environ):
        return "none"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    term = environ.get("TERM", "").strip().lower()
    return "256" if term.endswith(("-256color", "-kitty")) else "16"


def has_unicode(environ: Mapping[str, str]) -> bool:
    """Whether glyphs beyond ASCII can be drawn."""
    if environ.get("TERM") == "linux":
        # The kernel's console reads UTF-8, but its font has no such glyphs.
        return False
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := environ.get(name):
            return "utf8" in value.lower().replace("-", "")
    return False


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def multiplexer(environ: Mapping[str, str]) -> str:
    """What stands between us and the terminal: `tmux`, `screen`, `zellij` or nothing."""
    if environ.get("TMUX"):
        return "tmux"
    if "ZELLIJ" in environ:
        return "zellij"
    return "screen" if environ.get("STY") else ""


def wants_low_bandwidth(environ: Mapping[str, str]) -> bool:
    """Whether to draw less often where no flag says so: over SSH, unless told otherwise.

    Args:
        environ: `GOOSE_TUI_LOW_BANDWIDTH` decides where it is set.
    """
    told = environ.get("GOOSE_TUI_LOW_BANDWIDTH")
    return told.strip().lower() not in _OFF if told is not None else is_remote(environ)


def clipboard_sequence(text: str, environ: Mapping[str, str]) -> bytes | None:
    """What to write so that the terminal takes a text into its clipboard (OSC 52).

    Args:
        text: what to copy.
        environ: tells what the sequence must be wrapped for.

    Returns:
        The bytes, or None where the text is longer than terminals take.
    """
    # Only for the few who copy.
    from binascii import b2a_base64

    data = text.encode("utf-8", "replace")
    if len(data) > CLIPBOARD_LIMIT:
        return None
    plain = b"\x1b]52;c;" + b2a_base64(data, newline=False) + b"\x07"
    # tmux takes the one with `set-clipboard on`, passes on the other with `allow-passthrough on`;
    # it ignores what it is not told to take.
    first = plain if multiplexer(environ) == "tmux" else b""
    return first + _passed_on(plain, environ)


def _passed_on(sequence: bytes, environ: Mapping[str, str]) -> bytes:
    """A sequence so that what stands between us and the terminal passes it on."""
    match multiplexer(environ):
        case "tmux":
            return b"\x1bPtmux;" + sequence.replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\"
        case "screen":
            chunks = range(0, len(sequence), _SCREEN_CHUNK)
            parts = (sequence[at : at + _SCREEN_CHUNK] for at in chunks)
            return b"".join(b"\x1bP" + part + b"\x1b\\" for part in parts)
        case _:
            return sequence


def notification_sequence(kind: str, text: str, environ: Mapping[str, str]) -> bytes:
    """What to write so that the terminal calls a person who looks elsewhere.

    Args:
        kind: `auto`, `bell`, `osc9`, `osc777` or `off`.
        text: foreign text; what a terminal would obey is left out.
        environ: tells which terminal it is, and what the sequence must be wrapped for.
    """
    if kind == "auto":
        kind = _notification_kind(environ)
    # A semicolon would begin another field.
    shown = "".join(c if c != ";" else "," for c in text if c.isprintable())[:_TITLE_LIMIT]
    match kind:
        case "bell":
            return b"\x07"
        case "osc9":
            return _passed_on(f"\x1b]9;{shown}\x07".encode("utf-8", "replace"), environ)
        case "osc777":
            words = f"\x1b]777;notify;goose;{shown}\x07"
            return _passed_on(words.encode("utf-8", "replace"), environ)
        case _:
            return b""


def _notification_kind(environ: Mapping[str, str]) -> str:
    """What a terminal is known to understand; within a multiplexer nobody knows which it is."""
    if multiplexer(environ):
        return "bell"
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if program in ("iTerm.app", "WezTerm", "ghostty") or term in ("xterm-kitty", "xterm-ghostty"):
        return "osc9"
    return "osc777" if term.startswith(("foot", "rxvt-unicode")) else "bell"


def title_sequence(title: str, environ: Mapping[str, str]) -> bytes:
    """What to write so that the terminal's window or tab has a title.

    Args:
        title: foreign text; what a terminal would obey is left out.
        environ: nothing is written to terminals that would show the sequence.
    """
    if not is_usable(environ) or environ.get("TERM") == "linux":
        return b""
    shown = "".join(c for c in title if c.isprintable())
    if len(shown) > _TITLE_LIMIT:
        shown = shown[: _TITLE_LIMIT - 1] + "…"
    return f"\x1b]2;{shown}\x07".encode("utf-8", "replace")


def cache_folder(environ: Mapping[str, str], platform: str) -> str:
    """Where the program keeps what can be made again.

    The same folder as the engine's, without the import of what knows every platform's rules.

    Args:
        environ: `GOOSE_TUI_HOME`, `XDG_CACHE_HOME` and `HOME` are read.
        platform: as `sys.platform` names it.
    """
    if own := environ.get("GOOSE_TUI_HOME"):
        return f"{own}/cache"
    home = environ.get("HOME", "/")
    if base := environ.get("XDG_CACHE_HOME", "").strip():
        return f"{base}/goose-tui"
    below = "Library/Caches" if platform == "darwin" else ".cache"
    return f"{home}/{below}/goose-tui"
