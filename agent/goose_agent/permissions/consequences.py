"""What a call would do, in words for a person, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from goose_agent.permissions.gate import Intent
from goose_agent.permissions.inspectors.egress import hosts_in
from goose_agent.permissions.paths import Operation, PathClass, Roots
from goose_agent.permissions.shell.effects import Delete, Exec, Opaque, Read, Write
from goose_agent.permissions.shell.judgement import Concern, Judgement, Part

__all__ = ["of_command", "of_files"]

_GRAVE: tuple[Concern, ...] = ("catastrophe", "hidden", "protected", "secret", "special")
"""What is said word for word, in this order."""
_NAMED = 3
"""Programs or hosts that are named, at most."""


def of_command(judgement: Judgement) -> tuple[str, ...]:
    """What a shell command would do.

    Args:
        judgement: what is known of it.
    """
    findings = judgement.findings
    words = [
        finding.text for concern in _GRAVE for finding in findings if finding.concern == concern
    ]
    words += _counted(judgement)
    if hosts := hosts_in(judgement.text):
        words.append(f"names {_listed(hosts)}")
    words += _opaque(judgement.parts)
    if judgement.refusal is not None and not judgement.parts:
        words.append("runs a command: what it may do is not known")
    return tuple(dict.fromkeys(words)) or ("only reads, within the workspace",)


def of_files(intent: Intent, roots: Sequence[Path]) -> tuple[str, ...]:
    """What a call that names its files would do to them.

    Args:
        intent: what it would do.
        roots: the folders the agent works in, absolute.
    """
    if intent.effect == "net":
        whom = intent.host or "a host that cannot be told for sure"
        return (f"sends its address to {whom}, and reads what comes back",)
    if intent.effect == "run" or not intent.paths:
        return (f"runs {intent.tool}: what it may do is not known",)
    workspace = Roots(roots)
    words: dict[str, int] = {}
    operation: Operation = "read" if intent.effect == "read" else "write"
    for path in intent.paths:
        location = workspace.locate(str(path), operation)
        if operation == "read":
            verb = "reads"
        else:
            verb = "changes" if location.real is not None and location.real.exists() else "creates"
        where = " outside the workspace" if location.kind is PathClass.OUTSIDE else ""
        why = "" if location.kind in (PathClass.INSIDE, PathClass.OUTSIDE) else location.why
        said = f"{verb} {{}}{where}" + (f" that {why}" if why else "")
        words[said] = words.get(said, 0) + 1
    return tuple(said.format(_files(count)) for said, count in words.items())


def _counted(judgement: Judgement) -> Iterator[str]:
    """What files it deletes, writes and reads elsewhere, as numbers."""
    for kind, verb in ((Delete, "deletes"), (Write, "writes")):
        places = _places(judgement.parts, kind, verb)
        if outside := sum(places):
            yield f"{verb} {_files(outside)} outside the workspace"
        if inside := len(places) - outside:
            yield f"{verb} {_files(inside)}"
    if outside := sum(_places(judgement.parts, Read, "reads")):
        yield f"reads {_files(outside)} outside the workspace"


def _places(
    parts: Iterable[Part], kind: type[Delete] | type[Write] | type[Read], verb: str
) -> list[bool]:
    """Of each path of these effects whether it lies outside the workspace."""
    found: dict[tuple[str, bool], None] = {}
    for part in parts:
        outside = [each.text for each in part.findings if each.concern in ("outside", "beyond")]
        for effect in part.effects:
            if isinstance(effect, kind) and effect.path != "/dev/null":
                far = any(text.startswith(f"{verb} {effect.path}: ") for text in outside)
                found[effect.path, far] = None
    return [far for _, far in found]


def _opaque(parts: Iterable[Part]) -> Iterator[str]:
    """The programs of which more may come than is known."""
    programs: dict[str, None] = {}
    unnamed = ""
    for part in parts:
        reasons = [each.reason for each in part.effects if isinstance(each, Opaque)]
        known = any(isinstance(each, Delete | Write) for each in part.effects)
        if not reasons or (known and not part.is_dynamic):
            continue
        run = next((each.argv[0] for each in part.effects if isinstance(each, Exec)), "")
        if run and not part.is_dynamic:
            programs[run] = None
        else:
            unnamed = unnamed or reasons[0]
    if programs:
        yield f"runs {_listed(tuple(programs))}: what it may do is not known"
    if unnamed:
        yield f"what it runs is not known before: {unnamed}"


def _listed(names: Sequence[str]) -> str:
    named = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
