"""What a shell command is known to do, before it runs: each of its parts, and the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.permissions.paths import Roots
from goose_agent.permissions.shell.effects import Effect, Exec, Opaque, Read, Unproven, Write
from goose_agent.permissions.shell.floor import catastrophes
from goose_agent.permissions.shell.folders import (
    Folders,
    commands_with_folders,
    likely_folders,
    target_of_cd,
)
from goose_agent.permissions.shell.globs import expansions
from goose_agent.permissions.shell.judgement import Concern, Finding, Judgement, Part
from goose_agent.permissions.shell.lexer import lex
from goose_agent.permissions.shell.lookup import check_program
from goose_agent.permissions.shell.programs import READERS
from goose_agent.permissions.shell.reach import protected_named_in, reached, secrets_named_in
from goose_agent.permissions.shell.script import Command, Refusal, Span
from goose_agent.permissions.shell.split import LARGEST, Piece, is_understood, split
from goose_agent.permissions.shell.unread import unread_code
from goose_agent.permissions.shell.unread_places import (
    changes_here,
    expanded,
    goes_astray,
    unread_places,
)
from goose_agent.permissions.shell.within import unwrapped, within
from goose_agent.permissions.shell.writers import named_for_use, written_by

__all__ = ["Surroundings", "classify"]


class Surroundings(Struct, frozen=True):
    """Where commands run."""

    cwd: Path
    """Where they start, absolute."""
    roots: Roots
    """The folders of the workspace."""
    search_path: str | None = None
    """The PATH that they will have; None where programs need not be looked up."""


def classify(text: str, surroundings: Surroundings) -> Judgement:
    """Say what a command is known to do.

    Args:
        text: what would be handed to `bash -c`.
        surroundings: where it would run.
    """
    script = lex(text)
    if isinstance(script, Refusal):
        return _not_plain(text, script, surroundings)
    parts = tuple(
        _part(text, command, folders, surroundings)
        for command, folders in commands_with_folders(script.commands, surroundings.cwd)
    )
    findings = [finding for part in parts for finding in part.findings]
    if findings:  # what only reads destroys nothing
        findings += _grave(text, split(text), parts, surroundings)
    return Judgement(text, parts, None, tuple(findings))


def _not_plain(text: str, refusal: Refusal, where: Surroundings) -> Judgement:
    """What can be said of a text that the strict lexer refused: its commands, as far as they show."""
    pieces = split(text)
    parts = tuple(_part_of_piece(piece, where) for piece in pieces)
    unseen = refusal.hidden or len(text) > LARGEST
    concern: Concern = "hidden" if unseen else "unproven"
    own = Finding(concern, f"not plain: {refusal.text}", refusal.span)
    of_parts = [finding for part in parts for finding in part.findings]
    return Judgement(text, parts, refusal, (own, *of_parts, *_grave(text, pieces, parts, where)))


def _part(text: str, command: Command, folders: Folders | None, where: Surroundings) -> Part:
    shown = text[command.span.start : command.span.stop]
    effects: list[Effect] = [Exec(command.argv)]
    findings = []
    likely = folders or (where.cwd,)
    try:
        read = _read_by(command, folders, where)
        effects += read
        findings += [
            Finding(concern, words, command.span)
            for concern, words in reached(read, likely, where.roots)
        ]
    except Unproven as unproven:
        effects += [Opaque(unproven.reason), *written_by(command.argv)]
        findings += _opaque(shown, effects, unproven.reason, command.span, likely, where)
    return Part(shown, command.span, command.argv, tuple(effects), tuple(dict.fromkeys(findings)))


def _read_by(command: Command, folders: Folders | None, where: Surroundings) -> list[Effect]:
    """What a command reads.

    Raises:
        Unproven: it may do more than read.
    """
    if not folders:
        raise Unproven("it is not known in which folder it runs")
    name = command.argv[0]
    if name == "cd":
        return [Read(target_of_cd(command))]
    reader = READERS.get(name)
    if reader is None:
        problem = "is called by its path" if "/" in name else "is not known to only read"
        raise Unproven(f"`{name}` {problem}")
    if where.search_path is not None:
        check_program(name, where.search_path, where.roots)
    effects = [*reader(command.words, folders)]
    follows = any(isinstance(effect, Read) and effect.follows_links for effect in effects)
    for word in command.words:
        if word.has_glob:
            effects += [Read(path, follows) for each in folders for path in expansions(word, each)]
    return effects


def _part_of_piece(piece: Piece, where: Surroundings) -> Part:
    """What a command within a text that is not plain is known to do."""
    script = lex(piece.text)
    if not isinstance(script, Refusal) and len(script.commands) == 1 and not piece.written:
        part = _part(piece.text, script.commands[0], frozenset((where.cwd,)), where)
        findings = tuple(
            Finding(each.concern, each.text, piece.span, each.denied) for each in part.findings
        )
        return Part(part.text, piece.span, part.argv, part.effects, findings)
    static = [word.text for word in piece.words if word.is_static]
    effects: list[Effect] = [Exec(piece.argv)] if piece.argv else []
    effects += [Write(word.text) for word in piece.written if word.is_static]
    if piece.words and piece.words[0].is_static:
        effects += written_by(static)
    reason = _why_opaque(piece)
    effects.append(Opaque(reason))
    findings = tuple(_opaque(piece.text, effects, reason, piece.span, (where.cwd,), where))
    return Part(
        piece.text, piece.span, piece.argv, tuple(effects), findings, is_dynamic=piece.is_dynamic
    )


def _grave(
    text: str, pieces: Sequence[Piece], parts: Sequence[Part], where: Surroundings
) -> Iterator[Finding]:
    """What asks in every mode, however deep in the text it stands."""
    yield from catastrophes(text, pieces)
    folders = likely_folders(pieces, where.cwd)
    if not is_understood(text):
        whole = Span(0, len(text))
        yield Finding("unread", "not all of it can be read", whole)
        yield from _named((text,), whole, folders, where.roots)
    proven = [part.span for part in parts if part.only_reads]
    lost = False
    for piece in pieces:
        if not any(s.start <= piece.span.start and piece.span.stop <= s.stop for s in proven):
            feeder = pieces[piece.feeds] if piece.feeds >= 0 else None
            yield from _unread(piece, feeder, piece.span)
            yield from _planted(piece, piece.span, folders, where.roots)
            yield from _in_protected(piece, folders[1:], where.roots)
            if lost and changes_here(piece):
                words = "in which folder it writes only shows as it runs"
                yield Finding("unread", words, piece.span)
        lost = lost or goes_astray(piece)
    for inner, around in within(pieces):
        yield from _unread(inner.piece, inner.feeder, around.span)
        yield from _planted(inner.piece, around.span, folders, where.roots)


def _in_protected(piece: Piece, entered: Sequence[Path], roots: Roots) -> Iterator[Finding]:
    """Whether a command may work in a folder, entered before, that decides what runs."""
    if piece.argv[:1] in (("cd",), ("pushd",)):
        return
    for folder in entered:
        if roots.locate(str(folder), "write").is_protected:
            yield Finding("protected", f"works in {folder}, which decides what runs", piece.span)


def _unread(piece: Piece, feeder: Piece | None, span: Span) -> Iterator[Finding]:
    """What of a command only shows as it runs."""
    for words in (*unread_code(piece, feeder), *unread_places(piece)):
        yield Finding("unread", words, span)


def _planted(piece: Piece, span: Span, folders: Sequence[Path], roots: Roots) -> Iterator[Finding]:
    """What a command may write that decides what runs, or holds a secret: behind wrappers, too."""
    writes: list[Effect] = [Write(word.text) for word in piece.written if word.is_static]
    texts = [word.text for word in piece.written if not word.is_static]
    for argv in unwrapped(piece.argv):
        writes += written_by(argv)
        texts += named_for_use(argv, piece.text)
    yield from _named(texts, span, folders, roots)
    try:
        writes += [*expanded(writes, folders)]
        for concern, words in reached(writes, folders, roots):
            if concern in ("protected", "secret", "beyond"):
                yield Finding(concern, words, span)
    except Unproven as unproven:
        yield Finding("protected", unproven.reason, span)


def _named(
    texts: Iterable[str], span: Span, folders: Sequence[Path], roots: Roots
) -> Iterator[Finding]:
    """The files that texts name and that decide what runs."""
    for path in protected_named_in(texts, folders, roots):
        what = "which decides what runs: what becomes of it is not known"
        yield Finding("protected", f"names {path}, {what}", span)


def _why_opaque(piece: Piece) -> str:
    if piece.sets:
        return f"sets {', '.join(name.partition('=')[0] for name in piece.sets)}"
    if piece.kind == "function_definition":
        return "defines a function"
    if piece.is_dynamic:
        return "the shell makes up some of its words as it runs"
    if piece.written:
        return f"writes {', '.join(word.text for word in piece.written)}"
    return "it is not known to only read"


def _opaque(
    shown: str,
    effects: Sequence[Effect],
    reason: str,
    span: Span,
    folders: Iterable[Path],
    where: Surroundings,
) -> Iterator[Finding]:
    """What to know of a command that is not known to only read."""
    yield Finding("unproven", reason, span)
    folders = tuple(folders)
    try:
        for concern, words in reached(effects, folders, where.roots):
            yield Finding(concern, words, span)
    except Unproven as unproven:
        # What cannot be looked at may be among the places that no mode lets be written unasked.
        yield Finding("protected", unproven.reason, span)
    for path in secrets_named_in(shown, folders, where.roots):
        yield Finding("secret", f"names {path}, which looks like a secret", span)
