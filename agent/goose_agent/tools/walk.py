"""Walking through a project as git sees it: without what its ignore files leave out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_agent.gitignore import compile_gitignore

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["Item", "Walk", "is_left_out"]

_NEVER = frozenset({".git", ".hg", ".svn"})
_LIMIT = 200_000


class Item(Struct, frozen=True):
    """A file or folder that was met."""

    path: str
    """Relative to where the walk began, with `/`."""
    entry: os.DirEntry[str]
    is_folder: bool
    """A folder that is entered: not a symbolic link to one."""

    @property
    def depth(self) -> int:
        """1 for what lies directly where the walk began."""
        return self.path.count("/") + 1


class _Rules(Struct, frozen=True):
    """The ignore rules that one folder adds."""

    folder: str
    """Absolute, with a slash at the end."""
    spec: GitIgnoreSpec


def _go_on() -> None:
    """The pulse of a walk that nobody may want to stop."""


class Walk:
    """All files and folders below one, in the order of their names, parents first.

    Args:
        root: where it begins, absolute.
        everything: also what ignore files leave out.
        hides: what is never met, whatever else is wanted; takes an absolute path.
        limit: items that are looked at, at most.
        pulse: called now and then; what it raises ends the walk.
    """

    def __init__(
        self,
        root: Path,
        *,
        everything: bool = False,
        hides: Callable[[str], bool] = lambda _: False,
        limit: int = _LIMIT,
        pulse: Callable[[], None] = _go_on,
    ) -> None:
        self._root = os.path.normpath(root)
        self._everything = everything
        self._hides = hides
        self._left = limit
        self._pulse = pulse
        self.cut = False
        """Whether the limit ended it early."""

    def __iter__(self) -> Iterator[Item]:
        rules = () if self._everything else _rules_above(self._root)
        # A stack of our own: folders may be nested deeper than Python's.
        open_folders = [self._enter(self._root, "", rules)]
        while open_folders:
            step = next(open_folders[-1], None)
            if step is None:
                open_folders.pop()
                continue
            item, rules = step
            yield item
            if item.is_folder:
                open_folders.append(self._enter(item.entry.path, f"{item.path}/", rules))

    def _enter(
        self, folder: str, prefix: str, rules: tuple[_Rules, ...]
    ) -> Iterator[tuple[Item, tuple[_Rules, ...]]]:
        """What lies directly in a folder, with the rules that hold in there."""
        self._pulse()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:  # vanished, or not ours to see
            return
        if not self._everything and any(entry.name == ".gitignore" for entry in found):
            rules += _rules_of(folder, f"{folder}/.gitignore")
        for entry in found:
            if entry.name in _NEVER:
                continue
            if self._left <= 0:
                self.cut = True
                return
            self._left -= 1
            is_folder = _is_folder(entry)
            if _ignored(entry.path, is_folder, rules) or self._hides(entry.path):
                continue
            yield Item(f"{prefix}{entry.name}", entry, is_folder), rules


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _ignored(path: str, is_folder: bool, rules: tuple[_Rules, ...]) -> bool:
    """Whether the nearest rule that speaks of it leaves it out."""
    for rule in reversed(rules):
        relative = path[len(rule.folder) :] + ("/" if is_folder else "")
        verdict = rule.spec.check_file(relative).include
        if verdict is not None:
            return verdict
    return False


def is_left_out(path: Path, top: Path, *, is_folder: bool = False) -> bool:
    """Whether ignore files leave something out, or a folder above it.

    Args:
        path: what it is about, absolute.
        top: the highest folder whose ignore files count, absolute.
        is_folder: whether it is a folder.
    """
    way = [folder for folder in reversed(path.parents) if folder == top or top in folder.parents]
    rules = _rules_of(str(top), f"{top}/.git/info/exclude")
    for folder in way:
        if folder != top and _ignored(str(folder), True, rules):
            return True
        rules += _rules_of(str(folder), f"{folder}/.gitignore")
    return _ignored(str(path), is_folder, rules)


def _rules_above(root: str) -> tuple[_Rules, ...]:
    """The rules of the folders above, up to the top of the repository.

    A folder that is itself left out was named on purpose: the rules above do not hold in it.
    """
    parents = [root, *map(str, Path(root).parents)]
    top = next((p for p in parents if Path(p, ".git").exists()), None)
    if top is None:
        return ()
    rules = _rules_of(top, f"{top}/.git/info/exclude")
    for folder in reversed(parents[1 : parents.index(top) + 1]):
        rules += _rules_of(folder, f"{folder}/.gitignore")
    way = parents[: parents.index(top)]
    return () if any(_ignored(folder, True, rules) for folder in way) else rules


def _rules_of(folder: str, file: str) -> tuple[_Rules, ...]:
    path = Path(file)
    if not path.is_file():
        return ()  # a pipe of that name would never end
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return (_Rules(folder.rstrip("/") + "/", compile_gitignore(lines)),)
