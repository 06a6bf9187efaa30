"""What a call amounts to, for rules: its commands, paths and hosts."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goose_agent.permissions.inspectors.egress import hosts_in
from goose_agent.permissions.paths import real_path
from goose_agent.permissions.rules.action import Action, Op, Part, Touch
from goose_agent.permissions.shell.lexer import lex
from goose_agent.permissions.shell.script import Script
from goose_agent.permissions.shell.split import Piece, split

__all__ = ["command_action", "file_action", "server_action", "texts_in"]

_BOTH: tuple[Op, ...] = ("read", "write")


def file_action(tool: str, text: str, op: Op, paths: Sequence[str]) -> Action:
    """A call that names the files it is about.

    Args:
        tool: its name.
        text: the path, as the call names it.
        op: what is done to them.
        paths: absolute.
    """
    touches = tuple(Touch(op, real_path(path), os.path.normpath(path)) for path in paths)
    return Action(tool, text, (Part(touches=touches),))


def server_action(tool: str, server_tool: str, arguments: Mapping[str, Any]) -> Action:
    """A call of a server's tool: what it does with its arguments nobody but the server knows.

    Args:
        tool: what the model calls it.
        server_tool: `server/tool`.
        arguments: of the call; the hosts that they name are told.
    """
    hosts = tuple(dict.fromkeys(host for text in texts_in(arguments) for host in hosts_in(text)))
    return Action(tool, parts=(Part(hosts=hosts),), mcp=server_tool)


def texts_in(value: object) -> Iterator[str]:
    """Every text in plain data, names of keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def command_action(tool: str, text: str, folder: str) -> Action:
    """A call that runs a shell command.

    What is provably plain is told by its words. Of all else the parts that can be found are told,
    so that what denies or asks speaks of them; nothing of it can be allowed but the exact text.

    Args:
        tool: its name.
        text: the command.
        folder: where it starts, absolute.
    """
    folder = real_path(folder)
    read = lex(text)
    if isinstance(read, Script):
        whole = not any(word.has_glob for command in read.commands for word in command.words)
        parts = tuple(_plain_parts(read, folder))
        return Action(tool, text, parts, whole)
    found = tuple(_part(piece.argv, folder, piece.text, _written(piece)) for piece in split(text))
    # Whatever is not found in it: the text as a whole names hosts, too.
    rest = Part(cwd=folder, hosts=hosts_in(text))
    return Action(tool, text, (*found, rest), whole=False)


def _plain_parts(script: Script, folder: str) -> Iterator[Part]:
    for command in script.commands:
        words = command.argv
        yield _part(words, folder, " ".join(words))
        if words[0] == "cd" and len(words) == 2 and not words[1].startswith("-"):
            # Whether it worked is not known; rules about folders see the one that is meant.
            folder = real_path(os.path.join(folder, words[1]))  # noqa: PTH118 # text


def _part(words: Sequence[str], folder: str, text: str, written: Sequence[str] = ()) -> Part:
    touches = [touch for word in words[1:] for touch in _touches(word, folder, _BOTH)]
    touches += [touch for word in written for touch in _touches(word, folder, ("write",))]
    return Part(tuple(words), folder, tuple(touches), hosts_in(text))


def _written(piece: Piece) -> Sequence[str]:
    return [word.text for word in piece.written]


def _touches(word: str, folder: str, ops: Sequence[Op]) -> Iterator[Touch]:
    """The paths that a word may be; what the program does with them is not known."""
    name = word.partition("=")[2] if word.startswith("-") else word
    if not name:
        return
    named = os.path.normpath(os.path.join(folder, os.path.expanduser(name)))  # noqa: PTH111, PTH118 # text
    if "\0" in named:
        return
    real = real_path(named)
    for op in ops:
        yield Touch(op, real, named)
