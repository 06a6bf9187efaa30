"""What well-known programs write and delete, as far as their operands say it.

None of this makes a command safe: it says what a person should know, and what the floor must stop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from goose_agent.permissions.shell.effects import Delete, Effect, Write
from goose_agent.permissions.shell.targets import TARGETS, bare_repositories, told_by_options

__all__ = ["knows_writing_of", "named_for_use", "written_by"]

_Words = Sequence[str]

_INTERPRETERS = frozenset("python node nodejs perl ruby php lua deno bun".split())
_NEVER_WRITE = frozenset(
    "cat bat head tail wc ls stat file diff cmp grep rg egrep fgrep echo printf test [ cd pushd git "
    "less more tree du basename dirname realpath readlink md5sum sha256sum jq".split()
)
"""What cannot write what it is given; `git` keeps its own folder, and may be given what to commit."""
_SED_WRITES = re.compile(r"(?:^|[\s;}/,\d$])w\s")
"""The command of `sed` that writes a file."""
_VALUED: dict[str, str] = {
    "touch": "drt",
    "mkdir": "m",
    "install": "mogtS",
    "cp": "tS",
    "mv": "tS",
    "ln": "tS",
    "tee": "",
    "truncate": "sr",
}
"""Letters of options whose value is the next word."""


def written_by(argv: _Words) -> Iterator[Effect]:
    """What a command writes and deletes.

    Args:
        argv: its words.
    """
    name = argv[0].rpartition("/")[2] if argv else ""
    found = _WRITERS.get(name)
    if found is not None:
        yield from found(argv[1:], _VALUED.get(name, ""))
    if (target := TARGETS.get(name)) is not None:
        yield from target(argv[1:])
    if name == "git" or (name and name not in _NEVER_WRITE):
        yield from told_by_options(name, argv[1:])


def knows_writing_of(name: str) -> bool:
    """Whether a program is known to change what its operands name."""
    return name in _WRITERS


def named_for_use(argv: _Words, text: str) -> Iterator[str]:
    """Where a program of which nothing is known may name files: it may write each of them.

    Args:
        argv: its words.
        text: of the whole command, with what stands in it for its input.
    """
    name = argv[0].rpartition("/")[2] if argv else ""
    if name in ("sed", "gsed"):
        yield from (word for word in argv[1:] if _SED_WRITES.search(word))
    if (name in _WRITERS and name not in _INTERPRETERS) or name in _NEVER_WRITE:
        return
    yield from (f"{word}/config" for word in bare_repositories(argv[1:]))
    if name.rstrip("0123456789.") in _INTERPRETERS and "<<" in text:
        yield text
    yield from argv[1:]


def _operands(words: _Words, valued: str) -> list[str]:
    """The words that are neither options nor values of options."""
    found: list[str] = []
    rest = [*reversed(words)]
    while rest:
        word = rest.pop()
        if word == "--":
            return found + rest[::-1]
        if not word.startswith("-") or word == "-":
            found.append(word)
        elif not word.startswith("--") and word[-1] in valued and rest:
            rest.pop()
    return found


def _all_written(words: _Words, valued: str) -> Iterator[Effect]:
    yield from map(Write, _operands(words, valued))


def _all_deleted(words: _Words, valued: str) -> Iterator[Effect]:
    yield from map(Delete, _operands(words, valued))


def _last_written(words: _Words, valued: str) -> Iterator[Effect]:
    """The last operand, or the folder that `-t` names."""
    for at, word in enumerate(words):
        if word == "-t" and at + 1 < len(words):
            yield Write(words[at + 1])
        elif word.startswith("--target-directory="):
            yield Write(word.partition("=")[2])
    operands = _operands(words, valued)
    if len(operands) > 1:
        yield Write(operands[-1])


def _moved(words: _Words, valued: str) -> Iterator[Effect]:
    operands = _operands(words, valued)
    yield from map(Delete, operands[:-1])
    yield from _last_written(words, valued)


def _linked(words: _Words, valued: str) -> Iterator[Effect]:
    """What a link leads to, too: whoever writes to the link writes there."""
    yield from map(Write, _operands(words, valued))
    yield from _last_written(words, valued)


def _all_but_first(words: _Words, valued: str) -> Iterator[Effect]:
    yield from map(Write, _operands(words, valued)[1:])


def _of_dd(words: _Words, valued: str) -> Iterator[Effect]:
    for word in words:
        if word.startswith("of="):
            yield Write(word.removeprefix("of="))


def _in_place(words: _Words, valued: str) -> Iterator[Effect]:
    """`sed -i`: every operand behind the script."""
    if any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in words):
        scripted = any(re.match(r"-[a-zA-Z]*[ef]\Z|--(expression|file)", word) for word in words)
        yield from map(Write, _operands(words, "ef")[0 if scripted else 1 :])


def _in_place_by_code(words: _Words, valued: str) -> Iterator[Effect]:
    """`perl -i`: every operand behind the code."""
    if any(re.match(r"-[a-zA-Z0-9]*i", word) for word in words):
        yield from map(Write, _operands(words, "eEI"))


_WRITERS: dict[str, Callable[[_Words, str], Iterator[Effect]]] = {
    **dict.fromkeys(("touch", "mkdir", "tee", "truncate", "mkfifo"), _all_written),
    **dict.fromkeys(("rm", "rmdir", "unlink", "shred"), _all_deleted),
    **dict.fromkeys(("cp", "install", "rsync"), _last_written),
    **dict.fromkeys(("chmod", "chown", "chgrp"), _all_but_first),
    "ln": _linked,
    "mv": _moved,
    "dd": _of_dd,
    "perl": _in_place_by_code,
    "ruby": _in_place_by_code,
    "sed": _in_place,
    "gsed": _in_place,
}
