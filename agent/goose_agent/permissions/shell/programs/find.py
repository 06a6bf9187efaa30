"""`find`: only with predicates that look."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goose_agent.permissions.shell.effects import Effect, Read, Unproven
from goose_agent.permissions.shell.programs.program import Folders, Reader
from goose_agent.permissions.shell.script import Word

__all__ = ["FIND"]

_ALONE = frozenset(
    """
    ( ) ! , -not -a -and -o -or -true -false -print -print0 -ls -prune -quit -empty -readable
    -writable -executable -nouser -nogroup -depth -d -mount -xdev -x -X -s -E -daystart -noleaf
    -ignore_readdir_race -noignore_readdir_race -warn -nowarn -version --version -help --help
    """.split()
)
_WITH_VALUE = frozenset(
    """
    -name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -lname -ilname -type
    -xtype -size -mtime -atime -ctime -mmin -amin -cmin -Btime -Bmin -used -perm -user -group -uid
    -gid -links -inum -maxdepth -mindepth -fstype -printf
    """.split()
)
_WITH_FILE = re.compile(r"-(?:newer|anewer|cnewer|samefile|newer[aBcm][aBcm])\Z")
_WITH_TIME = re.compile(r"-newer[aBcm]t\Z")
_FOLLOWS = frozenset({"-L", "-follow", "-H"})
_BEFORE_PATHS = re.compile(r"-[HLP]\Z|-O[0-3]\Z")


def _find(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """What a call looks at.

    Raises:
        Unproven: a predicate is not known to only look.
    """
    for word in words[1:]:
        if word.has_glob:
            raise Unproven(f"file names take the place of `{word.text}`")
    rest = [word.text for word in reversed(words[1:])]
    follows = False
    while rest and _BEFORE_PATHS.match(rest[-1]):
        follows = rest.pop() in _FOLLOWS or follows
    paths = []
    while rest and not rest[-1].startswith(("-", "(", ")", "!", ",")):
        paths.append(rest.pop())
    follows = "-follow" in rest or follows
    compared = _files_of_predicates(rest)
    return [*(Read(path, follows) for path in paths or ["."]), *map(Read, compared)]


def _files_of_predicates(rest: list[str]) -> list[str]:
    """The files that predicates compare with.

    Args:
        rest: the predicates, the last first.
    """
    files = []
    while rest:
        word = rest.pop()
        if word in _ALONE or word == "-follow":
            continue
        takes_file = _WITH_FILE.match(word)
        if not (takes_file or word in _WITH_VALUE or _WITH_TIME.match(word)):
            raise Unproven(f"the predicate `{word}` is not known to only look")
        if not rest:
            raise Unproven(f"`{word}` without its value")
        value = rest.pop()
        if takes_file:
            files.append(value)
    return files


FIND: dict[str, Reader] = {"find": _find, "gfind": _find}
