"""Programs that may run anything, asked only which version they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goose_agent.permissions.shell.effects import Effect, Unproven
from goose_agent.permissions.shell.programs.program import Folders, Reader
from goose_agent.permissions.shell.script import Word

__all__ = ["VERSIONS"]

_ASKED = {
    "bash zsh fish cmake ninja meson ruff black mypy isort uv poetry ld nasm deno bun psql sqlite3 "
    "gawk curl wget tar": "--version",
    "docker podman": "--version -v",
    "perl make gcc g++ clang clang++ cc c++ tsc": "--version -v",
    "python python3 python3.10 python3.11 python3.12 python3.13 python3.14 pypy3": "--version -V -VV",
    "pip pip3": "--version -V",
    "node nodejs npm": "--version -v",
    "ruby": "--version -v",
    "gem rake": "--version -v",
    "php": "--version -v",
    "lua luajit": "-v",
    "java javac": "-version --version",
    "ssh": "-V",
    "tmux": "-V",
    "kotlinc ghc": "--version",
}
_PINNED = {
    "cargo": "--version -V",
    "rustc": "--version -V -vV",
    "rustfmt clippy-driver": "--version -V",
    "go": "version",
}
"""Programs that run another release of themselves where the folder says so."""
_PINS = {"go": ("go.mod", "go.work"), "": ("rust-toolchain", "rust-toolchain.toml")}


def _asks_version(allowed: str) -> Reader:
    """Reads `PROGRAM --version` and nothing else."""
    words_allowed = allowed.split()

    def read(words: Sequence[Word], folders: Folders) -> Iterable[Effect]:
        if len(words) != 2 or words[1].text not in words_allowed:
            raise Unproven(f"`{words[0].text}` may run anything")
        return []

    return read


def _asks_pinned(allowed: str) -> Reader:
    """Reads `cargo --version`, unless a file on the way up names the release that answers."""
    read_version = _asks_version(allowed)

    def read(words: Sequence[Word], folders: Folders) -> Iterable[Effect]:
        name = words[0].text
        pins = _PINS["go" if name == "go" else ""]
        for folder in folders:
            for above in (folder, *folder.parents):
                for pin in pins:
                    if (above / pin).exists():
                        raise Unproven(f"{pin} decides what `{name}` runs")
        return read_version(words, folders)

    return read


VERSIONS: dict[str, Reader] = {
    name: reader
    for asked, make in ((_ASKED, _asks_version), (_PINNED, _asks_pinned))
    for names, allowed in asked.items()
    for name, reader in zip(names.split(), [make(allowed)] * len(names.split()), strict=True)
}
