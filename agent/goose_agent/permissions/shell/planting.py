"""What plants something that runs later, or changes what is allowed, without writing a file itself.

Files that decide what runs are known by their names; these programs write such files for whoever
calls them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from goose_agent.permissions.shell.programs.git_repository import is_harmless_setting

__all__ = ["planted_by"]

_Words = Sequence[str]

_GIT_VALUED = ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path")
"""Options before the verb whose value may be the next word."""
_CONFIG_VALUED = ("-f", "--file", "--blob", "--type", "--default", "--comment", "--value", "--url")
_CONFIG_READS = re.compile(r"--get.*|--list|-l|--unset.*|--remove-section|--show-.*|--name-only")
_CONFIG_VERBS_THAT_READ = ("get", "list", "unset", "remove-section", "get-color", "get-colorbool")
_TRANSPORT = re.compile(r"[A-Za-z0-9+.-]+::")
"""A remote whose address names a program."""
_OWN_READS = (
    ("policy", "check"), ("policy", "list"), ("policy", "why"), ("sessions", "list"), ("doctor",),
    ("models",), ("themes",), ("config", "path"), ("config", "show"), ("--version",), ("--help",),
)  # fmt: skip


_INSTALLS: dict[str, tuple[str, ...]] = {
    "direnv": ("allow", "permit", "grant"),
    "husky": ("", "install", "init", "add"),
    "pre-commit": ("install", "init-templatedir"),
    "lefthook": ("install", "add"),
    "npm": ("set",),
    "systemctl": ("enable", "reenable", "link", "edit", "add-wants", "add-requires", "preset"),
    "launchctl": ("load", "bootstrap", "submit", "enable"),
    "update-rc.d": ("defaults", "enable"),
    "chkconfig": ("on", "--add"),
}
"""Programs and the words with which they let something run by itself from now on."""
_SETTINGS_TOOLS = frozenset("npm pnpm yarn pip pip3 gh conda poetry".split())
"""`config set` of these decides what they run, or where they take it from."""


def planted_by(name: str, words: _Words) -> Iterator[str]:
    """What a command plants, in a few words.

    Args:
        name: of the program, without its folder.
        words: behind it.
    """
    check = _CHECKS.get(name)
    if check is not None:
        yield from check(words)
    installs = _INSTALLS.get(name, ())
    verb = next((word for word in words if word in installs), "" if not words else None)
    if verb is not None and verb in installs:
        yield f"`{f'{name} {verb}'.rstrip()}` lets something run by itself from now on"
    if name in _SETTINGS_TOOLS and [*words[:2]] == ["config", "set"]:
        yield f"`{name} config set` decides what it runs or where it takes it from"


def _of_git(words: _Words) -> Iterator[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _GIT_VALUED else 1
    verb, rest = (words[at], words[at + 1 :]) if at < len(words) else ("", ())
    match verb:
        case "config":
            yield from _of_git_config(rest)
        case "clone" | "init":
            yield from _of_new_repository(verb, rest)
        case "lfs" if "install" in rest:
            yield "`git lfs install` sets what git runs"
        case "remote" | "submodule":
            if any(_TRANSPORT.match(word) for word in rest):
                yield f"`git {verb}` names an address that runs a program"
        case _:
            pass


def _of_git_config(words: _Words) -> Iterator[str]:
    operands, options = _parted(words, _CONFIG_VALUED)
    if operands[:1] and operands[0] in _CONFIG_VERBS_THAT_READ:
        return
    edits = any(word in ("-e", "--edit", "--rename-section") for word in options)
    if edits or operands[:1] in (["edit"], ["rename-section"]):
        yield "changes git's settings, with which it may run programs"
        return
    if any(_CONFIG_READS.fullmatch(word) for word in options):
        return
    operands = operands[1:] if operands[:1] == ["set"] else operands
    if len(operands) > 1 and not is_harmless_setting(operands[0], operands[1]):
        yield f"sets `{operands[0]}`, with which git may run a program later"


def _of_new_repository(verb: str, words: _Words) -> Iterator[str]:
    for at, word in enumerate(words):
        if word == "--template" or word.startswith("--template="):
            yield f"`git {verb}` takes hooks from a template"
        setting = words[at + 1] if word in ("-c", "--config") and at + 1 < len(words) else ""
        setting = setting or (word[9:] if word.startswith("--config=") else "")
        key, _, value = setting.partition("=")
        if verb == "clone" and key and not is_harmless_setting(key, value):
            yield f"sets `{key}`, with which git may run a program later"
        if verb == "clone" and _TRANSPORT.match(word):
            yield "`git clone` names an address that runs a program"


def _of_crontab(words: _Words) -> Iterator[str]:
    operands, options = _parted(words, ("-u",))
    if operands or "-e" in options or not options:
        yield "`crontab` sets what runs at certain times"


def _of_at(words: _Words) -> Iterator[str]:
    if not any(word in ("-l", "-c", "-V", "-r", "-d") for word in words):
        yield "it sets what runs at a later time"


def _of_systemd_run(words: _Words) -> Iterator[str]:
    yield "`systemd-run` starts what goes on outside of this session"


def _of_shell_choice(words: _Words) -> Iterator[str]:
    if any(word.startswith(("-s", "--shell")) for word in words):
        yield "it changes what starts when you log in"


def _of_itself(words: _Words) -> Iterator[str]:
    if words and not any(tuple(words[: len(reads)]) == reads for reads in _OWN_READS):
        yield "`goose-tui` may change what is allowed, or work without asking you"


def _of_python(words: _Words) -> Iterator[str]:
    if "-m" in words[:-1]:
        module = words[words.index("-m") + 1 :]
        if module[0].partition(".")[0] == "goose_tui":
            yield from _of_itself(module[1:])


def _parted(words: _Words, valued: _Words) -> tuple[list[str], list[str]]:
    """Operands and options; the values of options are neither."""
    operands: list[str] = []
    options: list[str] = []
    rest = [*reversed(words)]
    while rest:
        word = rest.pop()
        if word.startswith("-") and word != "-":
            options.append(word)
            if word in valued and rest:
                rest.pop()
        else:
            operands.append(word)
    return operands, options


_CHECKS: dict[str, Callable[[_Words], Iterator[str]]] = {
    "git": _of_git,
    "crontab": _of_crontab,
    "at": _of_at,
    "batch": _of_at,
    "systemd-run": _of_systemd_run,
    "chsh": _of_shell_choice,
    "usermod": _of_shell_choice,
    "goose-tui": _of_itself,
    "python": _of_python,
    "python3": _of_python,
}
