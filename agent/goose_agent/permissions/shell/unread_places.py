"""Places that a command writes to or deletes, and that its text does not name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from goose_agent.permissions.shell.effects import Delete, Effect, Write
from goose_agent.permissions.shell.globs import expansions
from goose_agent.permissions.shell.script import Span, Word
from goose_agent.permissions.shell.split import Piece, PieceWord
from goose_agent.permissions.shell.targets import names_what_it_finds
from goose_agent.permissions.shell.within import SHELLS, begin_at, is_told, name_of, unwrapped
from goose_agent.permissions.shell.writers import knows_writing_of, written_by

__all__ = ["expanded", "unread_places"]

_MADE_UP = re.compile(r"[$`{]|[<>]\(")
_GLOB = re.compile(r"[*?\[]")
_OUTPUT = re.compile(
    r"-[oOCd]|--(?:out|output|target|dest|dir|prefix|file|log)[\w-]*(?:=.*)?", re.DOTALL
)
_PLACELESS = frozenset(
    """
    echo printf test [ [[ cd pushd popd export declare typeset local readonly read set unset shift wait
    sleep exit return true false : seq basename dirname realpath readlink date expr let type which
    command exec time env kill pkill trap eval source . jobs fg bg umask ulimit alias case
    cat bat head tail wc ls stat file diff cmp grep rg egrep fgrep less du jq sort uniq cut tr nl tac
    md5sum sha256sum awk gawk column id whoami hostname uname pwd
    git gh glab make gmake ninja npm npx pnpm yarn bun cargo go pytest tox nox mypy ruff docker podman
    docker-compose kubectl helm pip pip3 uv poetry python python3 node ruby perl php java javac gradle
    mvn mix rake bundle dotnet cmake ctest tsc jest vitest eslint curl wget ssh nice nohup timeout
    xargs ps pgrep lsof nc ping dig psql mysql redis-cli sqlite3
    """.split()
)
"""Programs whose words, but for some options, are no places that they write."""
_GIT_PLACES = frozenset("clone init worktree submodule archive bundle mv clean config".split())
"""Verbs of git that are told some."""


def unread_places(piece: Piece) -> Iterator[str]:
    """What of the places that a command changes only shows as it runs, in a few words each.

    Args:
        piece: the command.
    """
    if piece.kind == "test_command":
        return
    for word in piece.written:
        if not word.is_static:
            yield f"where it writes only shows as it runs: {word.text}"
    argv = piece.argv
    for at in begin_at(argv):
        if at and not is_told(argv, at):
            return
        words = piece.words[at:]
        if not words or not words[0].is_static:
            return
        name = name_of(words[0].text)
        if name in ("find", "gfind", "fd") and _acts(words):
            if not all(w.is_static or w.text in ("{}", "{}/") for w in words) or not (
                names_what_it_finds([w.text for w in words])
            ):
                yield f"what `{name}` changes or deletes is not named"
            return
        yield from _of_words(name, words)


def goes_astray(piece: Piece) -> bool:
    """Whether a command goes to a folder that only shows as it runs."""
    if name_of(next(iter(piece.argv), "")) not in ("cd", "pushd", "popd"):
        return False
    targets = [
        word for word in piece.words[1:] if not word.text.startswith("-") or word.text == "-"
    ]
    return piece.argv[0] == "popd" or any(not w.is_static or w.text == "-" for w in targets)


def changes_here(piece: Piece) -> bool:
    """Whether a command writes or deletes what it names from the folder it runs in."""
    named = [word.text for word in piece.written]
    for argv in unwrapped(piece.argv):
        named += [each.path for each in written_by(argv) if isinstance(each, Write | Delete)]
    return any(not path.startswith(("/", "~")) for path in named)


def _acts(words: Sequence[PieceWord]) -> bool:
    acts = ("-delete", "-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch")
    return any(word.text in acts for word in words)


def _of_words(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    from_workspace = "/" in words[0].text
    placeless = name in _PLACELESS or name.rstrip("0123456789.") in _PLACELESS or name in SHELLS
    for at, word in enumerate(words[1:], 1):
        if word.is_static or not _MADE_UP.search(word.text):
            continue
        behind_output = bool(_OUTPUT.fullmatch(words[at - 1].text) or _OUTPUT.match(word.text))
        if name == "cd":
            free = True
        elif (knows_writing_of(name) and name not in _PLACELESS) or _is_told_places(name, words):
            free = False
        else:
            free = from_workspace or (placeless and not behind_output)
        if not free:
            yield f"what `{name}` is told to work on only shows as it runs: {word.text}"
            return


def _is_told_places(name: str, words: Sequence[PieceWord]) -> bool:
    """Whether this call of a program that mostly is not told places is told some."""
    if name == "git":
        return any(word.text in _GIT_PLACES for word in words[1:4])
    in_place = re.compile(r"-[a-zA-Z0-9]*i")
    return name in ("perl", "ruby") and any(in_place.match(word.text) for word in words[1:])


def expanded(effects: Sequence[Effect], folders: Sequence[Path]) -> Iterator[Effect]:
    """What file name patterns among effects stand for, as far as the shell would take them so.

    Args:
        effects: of one command.
        folders: where it may run.

    Raises:
        Unproven: there are too many.
    """
    for effect in effects:
        if not isinstance(effect, Write | Delete):
            continue
        found = _GLOB.search(effect.path)
        if found is None or _MADE_UP.search(effect.path):
            continue
        word = Word(effect.path, Span(0, 0), found.start())
        kind = type(effect)
        for folder in folders:
            for path in expansions(word, folder):
                if _may_be_meant(effect.path, path):
                    yield kind(path)


def _may_be_meant(pattern: str, path: str) -> bool:
    """Whether the shell would find it: it takes no name with a dot for a pattern without one."""
    pairs = zip(pattern.split("/"), path.split("/"), strict=False)
    return not any(name.startswith(".") and part[:1] in "*?[" for part, name in pairs if part)
