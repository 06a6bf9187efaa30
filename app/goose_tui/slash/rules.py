"""Commands about what may run: the rules there are, and whether the folder's own count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import ListRules, SetTrust
from goose_agent.errors import UsageError
from goose_tui.slash.command import Choice, Face, Report, Slash

if TYPE_CHECKING:
    from goose_agent.events import ListedRule

__all__ = ["RULES", "TRUST", "rules_report"]

_ANSWERS = (Choice("yes", "as these files are now"), Choice("never", "and do not ask again"))


def rules_report(rules: Sequence[ListedRule]) -> Report:
    """The rules a session heeds, each with who set it and how often it decided."""
    rows = tuple((rule.line, _about(rule)) for rule in rules)
    foot = "" if rows else 'There are none. Add one: goose-tui policy allow "shell: git fetch *"'
    return Report("Rules", rows, foot)


def _about(rule: ListedRule) -> str:
    counts = "" if rule.active else ", does not count"
    return f"{rule.layer}{counts}, used {rule.hits} times, {rule.source}"


def _rules(face: Face, _: str) -> None:
    """The face shows the rules when `rules.listed` comes."""
    face.tell(ListRules())


def _trust(face: Face, argument: str) -> None:
    trust = face.state.trust if face.state is not None else None
    if trust is None or trust.status == "nothing":
        face.say("no file of this folder would loosen or run anything")
        return
    match argument:
        case "yes":
            face.tell(SetTrust("trusted"))
        case "never":
            face.tell(SetTrust("never"))
        case "":
            rows = tuple((file.name, "\n".join(file.lines)) for file in trust.files)
            face.report(Report(f"Folder: {trust.status}", rows, "Answer with /trust yes or never."))
        case _:
            raise UsageError(f"/trust: yes or never, not {argument!r}.")


RULES = Slash("rules", "", "what may run, what asks, what never runs", _rules)
TRUST = Slash(
    "trust",
    "[yes|never]",
    "let this folder's own rules count",
    _trust,
    on_screen=lambda app, argument: _trust(app, argument) if argument else app.show_trust(),
    choices=lambda _, __: _ANSWERS,
)
