"""What a command's text does not say: code, programs and processes that only show as it runs.

The mode auto lets run what can be read. What somebody else wrote into files of the workspace, and a
program then runs, is for whoever chose that mode; what a command itself brings along and hides from
whoever reads it is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.ending import ended_unread
from goose_agent.permissions.shell.inline_code import only_looks
from goose_agent.permissions.shell.programs import READERS
from goose_agent.permissions.shell.script import Span, Word
from goose_agent.permissions.shell.split import Piece, PieceWord
from goose_agent.permissions.shell.targets import names_what_it_finds
from goose_agent.permissions.shell.within import SHELLS, begin_at, is_told, name_of, reaches_far

__all__ = ["unread_code"]

_FOREIGN_SHELLS = frozenset({"fish", "zsh", "ksh", "csh", "tcsh"})
"""Shells with a language of their own: what their scripts do is not read."""
_CODE_OPTIONS = {
    "python": "c",
    "pypy": "c",
    "node": "ep",
    "nodejs": "ep",
    "perl": "eE",
    "ruby": "e",
    "php": "rBRE",
    "lua": "e",
    "luajit": "e",
    "Rscript": "e",
    "osascript": "e",
    "groovy": "e",
    "elixir": "e",
    "scala": "e",
    "tclsh": "c",
    "pwsh": "cC",
    "powershell": "cC",
}
"""Interpreters, and the letters of the options that take code."""
_CODE_WORDS = {"deno": "eval", "bun": "-e", "julia": "-e", "ghc": "-e", "R": "-e", "swift": "-e"}
_CODE_MODULES = frozenset({"timeit", "code", "pdb", "runpy"})
"""Modules of Python that are given code."""
_LONG_CODE = re.compile(r"--(?:eval|print|execute|command|run)(?:=(?P<code>.*))?\Z", re.DOTALL)
_ACTS: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        "awk gawk mawk nawk".split(),
        re.compile(r"system|getline|@|(?:print|printf)\b[^;}\n]*[>|]"),
    ),
    **dict.fromkeys(
        ("sed", "gsed"),
        re.compile(r"(?:^|[\s;{}\d$,/])e(?:\s|\Z)|s(.).*?\1.*?\1[gpiImM\d]*e", re.DOTALL),
    ),
    **dict.fromkeys(
        ("make", "gmake"), re.compile(r"--eval|-f-\Z|\A-\Z|.*(?:\$[({]|!=)", re.DOTALL)
    ),
    **dict.fromkeys(
        ("sqlite3", "psql", "mysql", "mariadb"),
        re.compile(r"(?:^|[\n;\s])(?:\.(?:sh|sy|o[un]|ex|sa|ba|lo|cd)|\\[!oegwc|]|system\s)"),
    ),
}
"""Programs that are given a language of their own, and what in it writes or starts something."""
_OWN_LANGUAGE = frozenset("vi vim nvim view ex ed emacs gdb lldb expect m4 tmux screen".split())
"""Programs that are told what to do in a language that is not read here."""
_INPUT = re.compile(r"/{1,2}(?:dev/(?:stdin|fd/)|proc/)")
"""Names of what comes through a pipe."""
_SHELL_VALUED = re.compile(r"[-+][a-zA-Z]*[oO]\Z|--(?:rcfile|init-file)\Z")
"""Options of shells whose value is the next word."""
_FEEDERS = frozenset({"echo", "printf"})
_GIVERS = frozenset({"xargs", "gxargs", "parallel"})
_FAR = 16
"""Words behind it among which the program is looked for that is run."""
_SHELL_STATE = frozenset({"shopt", "enable", "hash", "bind", "complete"})
_HARMLESS_SHOPT = re.compile(
    r"-[suqp]+|extglob|nullglob|failglob|globstar|nocaseglob|inherit_errexit"
)
_NO_COMMAND = re.compile(r"-|\w+=")
"""An option or a variable of a wrapper."""
_PROGRAM_SETTING = re.compile(
    r"(?:GIT_(?:SSH|SSH_COMMAND|PAGER|EDITOR|SEQUENCE_EDITOR|EXTERNAL_DIFF|ASKPASS|EXEC_PATH|CONFIG\w*"
    r"|TEMPLATE_DIR|DIR|PROXY_COMMAND)|\w*PAGER|\w*EDITOR|VISUAL|\w+_COMMAND|BASH_ENV|ENV|LD_\w+"
    r"|DYLD_\w+|LESSOPEN|PS[0-4]|SHELL|BROWSER|NODE_OPTIONS|PERL5OPT|RUBYOPT|PYTHONSTARTUP)=\S"
)
"""Variables whose value is, or names, what some program runs."""
_AS_ANOTHER = frozenset("sudo doas su runuser pkexec run0".split())


def unread_code(piece: Piece, feeder: Piece | None) -> Iterator[str]:
    """What only shows as a command runs, in a few words each.

    Args:
        piece: the command.
        feeder: the one whose output it reads through a pipe.
    """
    if piece.kind == "test_command":
        return
    for setting in (*piece.sets, *(word.text for word in piece.words[1:])):
        if _PROGRAM_SETTING.match(setting) and re.search(r"[$`]", setting):
            yield f"a program is set that only shows as it runs: {setting}"
    argv = piece.argv
    if reaches_far(argv):
        yield f"`{argv[0]}` has too many words to look behind each"
    for at in begin_at(argv):
        words = piece.words[at:]
        if at and not is_told(argv, at):
            return
        if not words[0].is_static:
            if at and _NO_COMMAND.match(words[0].text):
                continue
            yield f"what it runs only shows as it runs: {words[0].text}"
            return
        yield from _of_program(name_of(words[0].text), words, piece, feeder)


def _of_program(
    name: str, words: Sequence[PieceWord], piece: Piece, feeder: Piece | None
) -> Iterator[str]:
    if name in SHELLS | _FOREIGN_SHELLS:
        yield from _of_shell(name, words, piece, feeder)
    elif name in ("eval", "source", ".", "trap"):
        if not all(word.is_static and not _is_input(word) for word in words[1:]):
            yield f"`{name}` runs what only shows as it runs"
    elif name in _AS_ANOTHER:
        yield f"`{name}` acts with the rights of somebody else"
    elif name in _GIVERS:
        yield from _of_giver(name, words, feeder)
    elif (of_words := _OF_WORDS.get(name)) is not None:
        yield from of_words(name, words)
    else:
        yield from _of_interpreter(name, words, piece)


def _of_shell(
    name: str, words: Sequence[PieceWord], piece: Piece, feeder: Piece | None
) -> Iterator[str]:
    options = [word for word in words[1:] if word.text.startswith(("-", "+"))]
    operands = [
        word
        for at, word in enumerate(words[1:])
        if not word.text.startswith(("-", "+")) and not _SHELL_VALUED.match(words[at].text)
    ]
    scripted = any(re.match(r"-[a-zA-Z]*c", word.text) for word in options)
    reads = any(re.match(r"-[a-zA-Z]*s", word.text) for word in options)
    if scripted or (operands and not reads):
        if not operands or not operands[0].is_static or _is_input(operands[0]):
            yield f"`{name}` runs what only shows as it runs"
        elif scripted and name in _FOREIGN_SHELLS:
            yield f"the language of `{name}` is not read here"
    elif not all(word.is_static for word in options) or not _is_given_text(piece, feeder):
        if any(word.text in ("--version", "--help", "-n") for word in options):
            return
        yield f"`{name}` runs what it is given, and that is not written in the command"


def _is_input(word: PieceWord) -> bool:
    return _INPUT.match(os.path.normpath(word.text)) is not None


def _is_given_text(piece: Piece, feeder: Piece | None) -> bool:
    """Whether what a shell reads is all written in the command."""
    if feeder is not None:
        plain = feeder.argv[:1] and feeder.argv[0] in _FEEDERS
        escapes = "\\" in feeder.text or "%" in feeder.text.partition("printf")[2]
        return bool(plain) and piece.fed_alone and not feeder.is_dynamic and not escapes
    _, mark, rest = piece.text.partition("<<")
    if not mark or re.search(r"(?<!<)<(?!<)", piece.text.partition("\n")[0]):
        return False
    if rest.startswith("<"):
        return "$" not in rest and "`" not in rest
    return re.match(r"\s*(?:'|\"|\\)", rest) is not None or not re.search(r"[$`]", rest)


def _of_interpreter(name: str, words: Sequence[PieceWord], piece: Piece) -> Iterator[str]:
    language = name.rstrip("0123456789.")
    word = _CODE_WORDS.get(name)
    if word is not None and any(each.text == word for each in words[1:]):
        yield f"what the code for `{name}` does is not known"
    letters = _CODE_OPTIONS.get(language)
    if letters is None:
        return
    codes = [*_codes(words, letters)]
    operands = [each for each in words[1:] if not each.text.startswith("-")]
    if any(_is_input(each) or each.text.startswith("<(") for each in operands):
        codes.append(None)
    if not codes and (not operands or any(each.text == "-" for each in words)):
        codes = [*_read_codes(words, piece)]
    for code in codes:
        if code is None or not only_looks(language, code):
            yield f"what the code for `{name}` does is not known"
            return


def _codes(words: Sequence[PieceWord], letters: str) -> Iterator[str | None]:
    """The code of options; None for what is not written."""
    option = re.compile(rf"-(?!-)[A-Za-z0-9]*?[{letters}](?P<code>.*)", re.DOTALL)
    for at, word in enumerate(words[1:], 1):
        long = _LONG_CODE.match(word.text)
        found = long or option.match(word.text)
        if found is None:
            if word.text == "-m":
                if any(each.text in _CODE_MODULES for each in words[at + 1 : at + 2]):
                    yield None
                return
            if not word.text.startswith("-") and (
                at == 1 or not words[at - 1].text.startswith("-")
            ):
                return  # a script: what follows is for it
            continue
        code = found["code"]
        if not code:
            following = words[at + 1] if at + 1 < len(words) else None
            yield following.text if following is not None and following.is_static else None
        else:
            yield code if word.is_static and long else None
        if letters != "eE":  # perl may be given several
            return


def _read_codes(words: Sequence[PieceWord], piece: Piece) -> Iterator[str | None]:
    """The code that an interpreter reads from its input."""
    asked = any(
        word.text in ("--version", "-V", "-v", "--help", "-h", "-m", "--test") for word in words[1:]
    )
    if asked:
        return
    _, mark, rest = piece.text.partition("<<")
    if mark and not rest.startswith("<"):
        first, _, body = rest.partition("\n")
        end = re.match(r"-?\s*(['\"]?)(\w+)\1", first)
        if end is None or not end[1] or rest.startswith("-"):
            yield None
        else:
            yield body.rpartition(f"\n{end[2]}")[0] if f"\n{end[2]}" in body else body
    else:
        yield None


def _of_own_language(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    if any(word.text in ("--version", "--help") for word in words[1:2]):
        return
    if name in _OWN_LANGUAGE:
        yield f"what `{name}` is told to do is not read here"
    elif any(_ACTS[name].search(word.text) for word in words[1:] if word.is_static):
        yield f"what `{name}` is given may write or start something"
    elif name.endswith(("awk", "sed")) and not all(word.is_static for word in words[1:]):
        yield f"what `{name}` is given only shows as it runs"


def _of_giver(name: str, words: Sequence[PieceWord], feeder: Piece | None) -> Iterator[str]:
    """What runs a command with words that come through a pipe."""
    if feeder is not None and feeder.argv[:1] == ("find",) and names_what_it_finds(feeder.argv):
        return
    texts = [word.text for word in words]
    for at in range(1, min(len(words), _FAR)):
        if not is_told(texts, at) or texts[at].startswith("-"):
            continue
        inner = [Word(word.text, Span(0, 0)) for word in words[at:]]
        reader = READERS.get(inner[0].text)
        if reader is not None and all(word.is_static for word in words[at:]):
            try:
                reader((*inner, Word("./x", Span(0, 0))), frozenset((Path("/"),)))
                return
            except Unproven:
                pass
    if len(words) > 1:
        yield f"`{name}` runs a program with words that are not written in the command"


def _of_shell_state(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    if not all(_HARMLESS_SHOPT.fullmatch(word.text) for word in words[1:]):
        yield f"`{name}` changes how the shell reads what follows"


_OF_WORDS: dict[str, Callable[[str, Sequence[PieceWord]], Iterator[str]]] = {
    **dict.fromkeys((*_ACTS, *_OWN_LANGUAGE), _of_own_language),
    **dict.fromkeys(_SHELL_STATE, _of_shell_state),
    **dict.fromkeys(("kill", "pkill", "killall", "fuser"), ended_unread),
}
"""Programs of which the words alone tell it."""
