"""Extensions that others wrote: installed packages, and single files of the person.

Only what the person installed is looked at: a package that lies in a project, and happens to be on
Python's path, is none.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_agent.extensions.host import ExtensionHost
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import Extension

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "NAME", "Loaded", "load_third_party", "own_folder"]

GROUP = "goose_tui.extensions"
"""The group of entry points."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What an extension may be called."""


class Loaded(Struct, frozen=True):
    """What could be loaded, and why the rest could not, a sentence each."""

    extensions: tuple[Extension, ...] = ()
    problems: tuple[str, ...] = ()


class _Source(Struct, frozen=True):
    """Something that may bring extensions."""

    name: str
    where: str
    find: Callable[[], Iterable[object]]
    """Imports it; what makes an extension each."""


def own_folder(config: Path) -> Path:
    """Where the person keeps extensions that are single files."""
    return config / "extensions"


def load_third_party(
    host: ExtensionHost, taken: Iterable[str], packages: Sequence[str] | None = None
) -> Loaded:
    """Import all of them; one that is broken is a sentence, and takes nothing else along. Blocks.

    Args:
        host: what they are made with.
        taken: names of the extensions that are there already.
        packages: folders of installed packages; None for those of this Python.
    """
    wanted = host.settings.extensions
    folders = _installed() if packages is None else packages
    sources = (*_packages(folders), *_files(own_folder(host.places.config)))
    known = dict.fromkeys(taken, "the program itself")
    extensions: list[Extension] = []
    problems: list[str] = []
    for source in sources:
        if wanted is not None and source.name not in wanted:
            continue
        try:
            made = tuple(_checked(_made(maker, host)) for maker in source.find())
        # A fault of theirs, whatever it is, is no reason to be without all the others.
        except (Exception, SystemExit) as error:
            problems.append(_broken(source, error))
            continue
        for extension in made:
            if extension.name in known:
                problems.append(
                    f"The extension {extension.name} of {source.where} is left out: "
                    f"{known[extension.name]} has one of that name."
                )
                continue
            known[extension.name] = source.where
            extensions.append(extension)
    return Loaded(tuple(extensions), tuple(problems))


def _installed() -> Sequence[str]:
    """The folders that packages are installed to."""
    import site

    found = set(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        found.add(site.getusersitepackages())
    return [path for path in sys.path if path in found]


def _packages(folders: Sequence[str]) -> Iterator[_Source]:
    places = [place for folder in folders for place in _naming_us(Path(folder))]
    if not places:
        return
    from importlib import metadata  # slow, and so is what it does for each package there is

    for place in places:
        distribution = metadata.Distribution.at(place)
        for entry in distribution.entry_points.select(group=GROUP):
            name = distribution.metadata["Name"]
            yield _Source(entry.name, f"the package {name}", partial(_loaded, entry))


def _naming_us(folder: Path) -> Iterator[Path]:
    """What tells of the packages in a folder whose entry points name our group."""
    for kind in ("dist-info", "egg-info"):
        for file in sorted(folder.glob(f"*.{kind}/entry_points.txt")):
            with suppress(OSError):
                if GROUP.encode() in file.read_bytes():
                    yield file.parent


def _files(folder: Path) -> Iterator[_Source]:
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.py")):
        # The test of one lies beside it.
        if not path.name.startswith(("test_", "_", ".")):
            yield _Source(path.stem, str(path), partial(_extensions_in, path))


def _imported(path: Path) -> ModuleType:
    name = f"goose_tui_extension_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # type hints are looked up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _loaded(entry: EntryPoint) -> Sequence[object]:
    return (entry.load(),)


def _extensions_in(path: Path) -> Sequence[object]:
    """The classes that a file defines; those it imports are others'."""
    module = _imported(path)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Extension)
        and value.__module__ == module.__name__
        and value.name
    ]
    if not found:
        raise TypeError("no class in it is an Extension with a name")
    return found


def _made(maker: object, host: ExtensionHost) -> object:
    """An extension from its class, or from a function that makes one."""
    if not callable(maker):
        raise TypeError("it is neither an Extension nor a function that makes one")
    parameters = inspect.signature(maker).parameters.values()
    needed = [
        each
        for each in parameters
        if each.default is each.empty
        and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    return maker(host) if needed else maker()


def _checked(extension: object) -> Extension:
    """The extension, if a session can use it."""
    if not isinstance(extension, Extension):
        raise TypeError(f"it makes a {type(extension).__name__}, and no Extension")
    if not NAME.fullmatch(extension.name):
        raise ValueError(f"its name {extension.name!r} is not lower case letters, digits and _")
    for tool in Registry([extension]):
        if not tool.schema.description:
            raise ValueError(f"its tool {tool.name} has no docstring")
    extension.prompt()
    return extension


def _broken(source: _Source, error: BaseException) -> str:
    said = " ".join(str(error).split())[:200]
    why = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return f"The extension {source.name} of {source.where} cannot be used ({why})."
