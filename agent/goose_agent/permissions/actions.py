"""What a call amounts to, for rules: its commands, paths and hosts."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goose_agent.addresses import read_web_address
from goose_agent.evolve import evolve
from goose_agent.permissions.hosts import hosts_named, speaks_elsewhere, words_as_hosts
from goose_agent.permissions.inspectors.egress import hosts_in
from goose_agent.permissions.paths import real_path
from goose_agent.permissions.rules.action import Action, Op, Part, Touch
from goose_agent.permissions.shell.lexer import lex
from goose_agent.permissions.shell.script import Script
from goose_agent.permissions.shell.split import Piece, PieceWord, is_understood, split
from goose_agent.permissions.shell.unread import unread_code
from goose_agent.permissions.shell.within import begin_at, is_told, name_of
from goose_agent.permissions.shell.within import within as inner_commands

__all__ = ["command_action", "file_action", "network_action", "server_action", "texts_in"]

_FILLING = frozenset("xargs gxargs parallel find fd".split())
"""Programs that put other words in the place of `{}`."""
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


def network_action(tool: str, text: str) -> Action:
    """A call that asks something of a host.

    Args:
        tool: its name.
        text: the address, as the call names it.
    """
    address = read_web_address(text)
    hosts = (address.host,) if address is not None else hosts_in(text)
    # Of an address that is not plainly one nothing short of its exact text can be allowed.
    return Action(tool, text, (Part(hosts=hosts),), whole=address is not None)


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
    pieces = _pieces(read, text) if isinstance(read, Script) else split(text)
    within = tuple(dict.fromkeys(_within(pieces, folder)))
    if isinstance(read, Script):
        whole = not any(word.has_glob for command in read.commands for word in command.words)
        parts = tuple(_plain_parts(read, folder))
        return Action(tool, text, parts, whole, within)
    if not is_understood(text):
        within = (*within, _anything(folder))
    found = tuple(_part_of_piece(piece, folder) for piece in pieces)
    # Whatever is not found in it: the text as a whole names hosts, too.
    rest = Part(cwd=folder, hosts=hosts_in(text))
    return Action(tool, text, (*found, rest), False, within)


def _pieces(script: Script, text: str) -> Sequence[Piece]:
    """The commands of a plain script as those of any text."""
    return [
        Piece(
            "command",
            text[command.span.start : command.span.stop],
            command.span,
            tuple(PieceWord(word.text, not word.has_glob) for word in command.words),
            feeds=at - 1 if command.joint == "|" else -1,
            fed_alone=command.joint == "|",
        )
        for at, command in enumerate(script.commands)
    ]


def _within(pieces: Sequence[Piece], folder: str) -> Iterator[Part]:
    """What the commands of a text may run: behind wrappers, in scripts, by their bare names."""
    for piece in pieces:
        feeder = pieces[piece.feeds] if piece.feeds >= 0 else None
        yield from _behind(piece, feeder, folder)
    for inner, _ in inner_commands(pieces):
        yield _part_of_piece(inner.piece, folder)
        yield from _behind(inner.piece, inner.feeder, folder)


def _behind(piece: Piece, feeder: Piece | None, folder: str) -> Iterator[Part]:
    argv = piece.argv
    fills = bool(argv) and name_of(argv[0]) in _FILLING
    unknown = [
        n
        for n, word in enumerate(piece.words)
        if not word.is_static or (fills and "{}" in word.text)
    ]
    for at in begin_at(argv, elsewhere=True):
        is_open = at in unknown
        if at and is_open and not is_told(argv, at):
            continue
        words = (argv[at] if is_open else name_of(argv[at]), *argv[at + 1 :])
        # The hosts of all words are known from the first of them; some only to a program that speaks.
        looked_at = not at or speaks_elsewhere(words)
        part = _named_hosts(words, folder) if looked_at else Part(words, folder)
        yield _with_unknown(part, [n - at for n in unknown if n >= at])
    if any(unread_code(piece, feeder)):
        yield _anything(folder)


def _anything(folder: str) -> Part:
    """What may be any command."""
    return Part(("?",), folder, unknown=(0,), may_speak=True)


def _named_hosts(words: Sequence[str], folder: str, touches: Sequence[Touch] = ()) -> Part:
    return Part(
        tuple(words), folder, tuple(touches), hosts_named(words), maybe_hosts=words_as_hosts(words)
    )


def _plain_parts(script: Script, folder: str) -> Iterator[Part]:
    for command in script.commands:
        words = command.argv
        yield _part(words, folder, " ".join(words))
        if words[0] == "cd" and len(words) == 2 and not words[1].startswith("-"):
            # Whether it worked is not known; rules about folders see the one that is meant.
            folder = real_path(os.path.join(folder, words[1]))  # noqa: PTH118 # text


def _part_of_piece(piece: Piece, folder: str) -> Part:
    part = _part(piece.argv, folder, piece.text, _written(piece))
    return _with_unknown(part, [at for at, word in enumerate(piece.words) if not word.is_static])


def _with_unknown(part: Part, unknown: Sequence[int]) -> Part:
    """A part of which some words are only known as it runs; a host may be among them."""
    speaks = 0 in unknown or speaks_elsewhere(part.words)
    speaks = speaks or any("://" in part.words[at] for at in unknown)
    return evolve(part, unknown=tuple(unknown), may_speak=bool(unknown) and speaks)


def _part(words: Sequence[str], folder: str, text: str, written: Sequence[str] = ()) -> Part:
    touches = [touch for word in words[1:] for touch in _touches(word, folder, _BOTH)]
    touches += [touch for word in written for touch in _touches(word, folder, ("write",))]
    part = _named_hosts(words, folder, touches)
    return evolve(part, hosts=tuple(dict.fromkeys((*hosts_in(text), *part.hosts))))


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
