"""The verbs of `goose-tui policy` that look at rules and change them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from goose_agent.codec import event_from
from goose_agent.config.places import Places
from goose_agent.errors import UsageError
from goose_agent.events import Event, ToolJudged, ToolProposed
from goose_agent.evolve import evolve
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.rules.edit import add_rule, remove_rule
from goose_agent.permissions.rules.line import FORMS, parse_line
from goose_agent.permissions.rules.rule import HeldRule
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore
from goose_agent.state.session_state import RuleUse
from goose_tui.cli.output import note, say, say_json, table
from goose_tui.view.formatting import age
from goose_tui.view.untrusted import clean_line

__all__ = ["VERBS", "add_verbs", "guard_of", "run_verb"]

VERBS = ("list", "allow", "ask", "deny", "remove", "import", "why")


def add_verbs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what each verb takes."""
    listing = commands.add_parser("list", help="every rule that counts here, and how often it did")
    listing.add_argument("--output", choices=("text", "json"), default="text")
    for effect, words in (("allow", "let run"), ("ask", "ask about"), ("deny", "never run")):
        adding = commands.add_parser(effect, help=f"{words} such calls from now on", epilog=FORMS)
        adding.add_argument("rule", metavar="RULE", nargs="+", help="such as: shell: git fetch '*'")
        adding.add_argument("--why", metavar="TEXT", default="", help="a reason, kept with it")
    removing = commands.add_parser("remove", help="take one of your rules back")
    removing.add_argument("rule", metavar="ID", help="its id, as `policy list` shows it")
    taking = commands.add_parser(
        "import", help="take over rules of Goose, Claude Code, Codex or opencode"
    )
    taking.add_argument("file", metavar="FILE")
    taking.add_argument("--dry-run", action="store_true", help="only say what would become of it")
    why = commands.add_parser("why", help="why a call ran, asked or was denied")
    why.add_argument("seq", metavar="SEQ", type=int, help="number of an event about the call")
    why.add_argument("--session", metavar="ID", default="", help="by default the last one here")


def run_verb(namespace: argparse.Namespace) -> int:
    """Do what a verb says; the result is the exit status.

    Raises:
        GooseError: it cannot be done.
    """
    places = Places.of(os.environ)
    match namespace.action:
        case "list":
            _list(places, as_json=namespace.output == "json")
        case "remove":
            _remove(places, namespace.rule)
        case "import":
            _import(places, Path(namespace.file), dry_run=namespace.dry_run)
        case "why":
            _why(places, namespace.session, namespace.seq)
        case effect:
            _add(places, f"{effect} {' '.join(namespace.rule)}", namespace.why)
    return 0


def guard_of(places: Places, folder: Path) -> Guard:
    """What decides about calls of a session in a folder; says what is wrong with its files.

    Args:
        places: where the person's files are.
        folder: the working folder, absolute.
    """
    home = os.environ.get("HOME", "")
    guard = Guard(places.config, places.data, (folder,), home, places.goose)
    for problem in guard.refresh():
        note(f"goose-tui: {clean_line(problem)}")
    return guard


def _list(places: Places, *, as_json: bool) -> None:
    book = guard_of(places, Path.cwd()).book
    if as_json:
        say_json([_plain(held, book.used) for held in book.held])
    elif not book.held:
        say('No rules yet. Add one: goose-tui policy allow "shell: git fetch *"')
    else:
        now = datetime.now(UTC)
        heads = ("ID", "SET BY", "HITS", "LAST", "RULE", "WHERE")
        say(table([heads, *(_row(held, book.used, now) for held in book.held)], frozenset({2})))


def _plain(held: HeldRule, used: Mapping[str, RuleUse]) -> dict[str, object]:
    use = used.get(held.rule_id)
    return {
        "id": held.rule_id,
        "rule": str(held.rule),
        "effect": held.rule.effect,
        "layer": held.layer,
        "source": held.source,
        "counts": held.active or held.rule.effect != "allow",
        "why": held.rule.why,
        "hits": use.hits if use else 0,
        "last": use.last.isoformat() if use and use.last else None,
    }


def _row(held: HeldRule, used: Mapping[str, RuleUse], now: datetime) -> tuple[str, ...]:
    use = used.get(held.rule_id)
    counts = held.active or held.rule.effect != "allow"
    return (
        held.rule_id,
        held.layer if counts else f"{held.layer} (does not count)",
        str(use.hits) if use else "-",
        age((now - use.last).total_seconds()) if use and use.last else "-",
        clean_line(str(held.rule)),
        clean_line(held.source),
    )


def _add(places: Places, line: str, why: str) -> None:
    rule = evolve(parse_line(line), why=why.strip())
    path = places.config / "rules.yaml"
    if add_rule(path, rule):
        say(f"{rule.rule_id}  {clean_line(str(rule))}")
        note(f"Written to {path}. Running sessions heed it from their next call on.")
    else:
        note(f"It stands in {path} already.")


def _remove(places: Places, rule_id: str) -> None:
    path = places.config / "rules.yaml"
    if not remove_rule(path, rule_id):
        raise UsageError(f"There is no rule {rule_id} in {path}.", "See: goose-tui policy list")
    note(f"Taken out of {path}.")


def _import(places: Places, source: Path, *, dry_run: bool) -> None:
    from goose_agent.permissions.imports.read import import_rules

    found = import_rules(source)
    path = places.config / "rules.yaml"
    for item in found.items:
        shown = clean_line(str(item.rule)) if item.rule is not None else "-"
        words = f"   [{clean_line(item.note)}]" if item.note else ""
        say(f"{item.line}: {clean_line(item.text)}\n    {shown}{words}")
    if dry_run:
        note(f"{len(found.rules)} rules would be added to {path}; nothing was written.")
        return
    added = sum(add_rule(path, rule) for rule in found.rules)
    note(f"{added} rules of {found.kind} were added to {path}.")


def _why(places: Places, wanted: str, seq: int) -> None:
    library = Library(places.sessions)
    session_id = library.find(wanted) if wanted else library.last(Path.cwd())
    with closing(SessionStore(library.path(session_id), write=False)) as store:
        events = [event_from(line) for line in store.events()]
    asked = next((event for event in events if event.seq == seq), None)
    if asked is None:
        raise UsageError(f"{session_id} has no event {seq}.", f"It has {len(events)}.")
    call_id = getattr(asked.data, "call_id", "") or _subject_of(asked)
    if not call_id:
        raise UsageError(f"Event {seq} ({asked.type}) is not about a call.", "Name another.")
    say("\n".join(_explained(events, str(call_id))))


def _subject_of(event: Event) -> str:
    return str(getattr(getattr(event.data, "subject", None), "call_id", ""))


def _explained(events: Iterable[Event], call_id: str) -> list[str]:
    lines: list[str] = []
    for event in events:
        match event.data:
            case ToolProposed(call_id=found) as proposed if found == call_id:
                lines.append(f"{event.seq}: {proposed.tool}  {clean_line(proposed.summary)}")
            case ToolJudged(call_id=found) as judged if found == call_id:
                lines.append(f"{event.seq}: {judged.decision}")
                for reason in judged.reasons:
                    source = f"  ({clean_line(reason.source)})" if reason.source else ""
                    lines.append(f"    {reason.stage}: {clean_line(reason.text)}{source}")
            case _:
                pass
    return lines or ["The gate never judged it: it was malformed, or stopped before."]
