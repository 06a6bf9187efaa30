"""`goose-tui providers`: list them, try one, add or remove one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import anyio
from anyio import to_thread

from goose_agent.config.places import Places
from goose_agent.errors import ConfigError, UsageError
from goose_agent.model_access import ModelAccess, ProviderStatus
from goose_tui.cli.output import complain, note, say, say_json, table

__all__ = ["add_arguments", "main"]

_EXIT = """\
Exit status: 0 it works, 1 the provider failed, 2 usage, 3 a key or a file is missing or wrong."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = _EXIT
    commands = parser.add_subparsers(dest="action", metavar="list|test|add|remove", required=True)
    listing = commands.add_parser("list", help="every provider, its key and its models")
    testing = commands.add_parser("test", help="send the smallest real request")
    testing.add_argument("name", metavar="NAME[/MODEL]")
    for each in (listing, testing):
        each.add_argument("--output", choices=("text", "json"), default="text")
    adding = commands.add_parser(
        "add",
        help="keep a provider's key, or define a provider of your own",
        epilog="A key is asked for on the terminal or read from standard input, never an argument.",
    )
    _add_entry_arguments(adding)
    removing = commands.add_parser("remove", help="forget a key, and a definition of your own")
    removing.add_argument("name", metavar="NAME")


def _add_entry_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME", nargs="?", default="", help="what stands before the slash")
    add(
        "--engine",
        default="",
        help="the wire format: openai, openai_responses, anthropic, gemini, ollama, bedrock, vertex",
    )
    add("--base-url", metavar="URL", default="", help="its address; may hold ${VARIABLE}")
    add("--display-name", metavar="TEXT", default="")
    add("--key-env", metavar="VARIABLE", default="", help="the name of its key's variable")
    add("--no-key", action="store_true", help="it needs no key")
    add("--model", metavar="NAME", action="append", default=[], help="may be given again")
    add("--context-limit", metavar="TOKENS", type=int, default=0, help="the window of its models")
    add("--key-stdin", action="store_true", help="read the key from standard input")
    add("--keep", choices=("keyring", "file"), default="", help="where to keep the key")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    environ = dict(os.environ)
    places = Places.of(environ)
    access = ModelAccess(places, environ)
    match namespace.action:
        case "list":
            return _list(access, namespace.output)
        case "test":
            return anyio.run(_test, access, places, environ, namespace)
        case "remove":
            return _remove(access, places, namespace.name)
        case _:
            from goose_tui.cli.provider_entry import add_provider

            return add_provider(access, places, namespace)


# List


def _list(access: ModelAccess, output: str) -> int:
    _offer_to_close(access)
    statuses = access.statuses()
    if output == "json":
        say_json([_as_json(status) for status in statuses])
    else:
        rows = [("NAME", "ENGINE", "KEY", "MODELS", "WHERE")]
        rows += [
            (
                status.definition.name,
                status.definition.engine,
                _key_words(status),
                _count_words(status),
                status.place or status.definition.shown_address.partition("://")[2],
            )
            for status in statuses
        ]
        say(table(rows))
    for warning in access.shelf.warnings:
        note(f"goose-tui: {warning}")
    for problem in access.shelf.problems:
        complain(problem)
    return 3 if access.shelf.problems else 0


def _key_words(status: ProviderStatus) -> str:
    if status.problem is not None:
        return status.problem.message.rstrip(".")
    if status.key_place is not None:
        return f"{status.key_variable} ({status.key_place})"
    none = "none" if status.definition.requires_auth else "needs none"
    return status.definition.opened_by or none


def _count_words(status: ProviderStatus) -> str:
    from goose_tui.view.formatting import age

    fetched = status.offer.fetched
    count = str(len(status.offer.models)) if status.offer.models else "-"
    if fetched is None:
        return count
    return f"{count}, {age((datetime.now(UTC) - fetched).total_seconds())}"


def _as_json(status: ProviderStatus) -> dict[str, object]:
    definition, fetched = status.definition, status.offer.fetched
    return {
        "name": definition.name,
        "display_name": definition.display_name,
        "engine": definition.engine,
        "usable": status.problem is None,
        "problem": str(status.problem) if status.problem is not None else None,
        "place": status.place,
        "key_variable": status.key_variable or None,
        "key_found_in": status.key_place,
        "models": len(status.offer.models),
        "models_fetched": fetched.isoformat() if fetched is not None else None,
        "source": definition.source if _is_own(definition.source) else None,
    }


def _is_own(source: str) -> bool:
    """Whether a definition is a file of the user's: those that ship have no folder."""
    return Path(source).is_absolute()


def _offer_to_close(access: ModelAccess) -> None:
    """Where others can read the keys, a person at a terminal may have that changed at once."""
    file = access.secrets.file
    if not (file.is_open_to_others and sys.stdin.isatty()):
        return
    note(f"goose-tui: {file.path} can be read by others.")
    if input("Make it private now (chmod 600)? [y/N] ").strip().lower() == "y":
        file.close_to_others()


# Test


async def _test(
    access: ModelAccess, places: Places, environ: Mapping[str, str], namespace: argparse.Namespace
) -> int:
    from goose_agent.providers.probe import probe
    from goose_tui.view.numbers import duration
    from goose_tui.view.untrusted import clean_line

    provider, _, model = namespace.name.partition("/")
    definition = access.definition(provider)
    _offer_to_close(access)
    keyed = await to_thread.run_sync(access.environ_for, f"{provider}/")
    name = f"{provider}/{model}" if model else await access.default_model(provider)
    connected = ModelAccess(places, {**environ, **keyed}).connect(name)
    done = await probe(connected, monotonic)
    if namespace.output == "json":
        say_json({"model": done.model, "seconds": round(done.seconds, 3), "answer": done.text})
    else:
        said = clean_line(done.text)
        say(f"ok: {definition.display_name} answered with {done.model} in {duration(done.seconds)}")
        if said:
            say(f"    {said}")
    return 0


# Remove


def _remove(access: ModelAccess, places: Places, name: str) -> int:
    from goose_agent.config.provider_files import remove_definition

    definition = access.definition(name)
    source = Path(definition.source)
    done: list[str] = []
    if definition.api_key_env:
        gone = access.secrets.forget(definition.api_key_env)
        done += [f"{definition.api_key_env} is no longer in the {place}." for place in gone]
    if _is_own(definition.source):
        if source.parent != places.own_providers:
            raise ConfigError(f"{name} is defined in {source}.", "Remove it where it was made.")
        remove_definition(source)
        done.append(f"{source} is removed.")
    if not done:
        raise UsageError(
            f"Nothing of yours is kept for {name}.",
            f"It ships with the program; {definition.api_key_env or 'its address'} may be set "
            "in the environment.",
        )
    say("\n".join(done))
    return 0
