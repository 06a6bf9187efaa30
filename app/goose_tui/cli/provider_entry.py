"""Adding a provider from the command line: asked for on a terminal, or all by flags."""

from __future__ import annotations

import argparse
import json
import sys
from getpass import getpass

from goose_agent.config.places import Places
from goose_agent.config.provider_files import write_definition
from goose_agent.config.secrets import SecretPlace
from goose_agent.errors import ConfigError, NoModel, UsageError
from goose_agent.model_access import ModelAccess
from goose_agent.providers.definition import Definition
from goose_agent.providers.definition_file import parse_definition
from goose_agent.providers.engines import ENGINES
from goose_agent.providers.places import key_of
from goose_agent.providers.shelf import RESERVED
from goose_tui.cli.output import note, say

__all__ = ["add_provider"]

_LONGEST_KEY = 16_384


class _Entry(argparse.Namespace):
    name: str
    engine: str
    base_url: str
    display_name: str
    key_env: str
    no_key: bool
    model: list[str]
    context_limit: int
    key_stdin: bool
    keep: str


def add_provider(access: ModelAccess, places: Places, namespace: argparse.Namespace) -> int:
    """Define a provider, keep its key, or both; the result is the exit status.

    Args:
        access: the user's providers and keys.
        places: the user's folders.
        namespace: the arguments.

    Raises:
        UsageError: something is missing, and there is no terminal to ask on.
        ConfigError: something is wrong, or cannot be kept.
    """
    entry = _Entry(**vars(namespace))
    asks = sys.stdin.isatty() and not entry.key_stdin
    entry.name = entry.name or _asked("Name, such as acme", asks, "NAME")
    definition = _known(access, entry)
    if definition is None:
        definition = _define(places, entry, asks)
    if definition.api_key_env and not entry.no_key:
        _take_key(access, definition, entry, asks)
    elif entry.key_stdin:
        raise UsageError(f"{definition.name} takes no key.", "Leave --key-stdin out.")
    model = definition.models[0].info.name if definition.models else f"{definition.name}/MODEL"
    say(f"Try it:  goose-tui providers test {definition.name}")
    say(f"Use it:  goose-tui --model {model}")
    return 0


def _known(access: ModelAccess, entry: _Entry) -> Definition | None:
    """The provider where it is there already; None where one is to be defined."""
    if entry.engine or entry.base_url:
        return None
    try:
        return access.definition(entry.name)
    except NoModel:
        return None


def _define(places: Places, entry: _Entry, asks: bool) -> Definition:
    engines = ", ".join(ENGINES)
    engine = entry.engine or _asked(f"Engine ({engines})", asks, "--engine")
    values: dict[str, object] = {"name": entry.name, "engine": engine}
    values["display_name"] = entry.display_name or entry.name
    values["base_url"] = entry.base_url or _asked("Address, https://…", asks, "--base-url")
    variable = entry.key_env
    if not variable and not entry.no_key and asks:
        usual = f"{''.join(c if c.isalnum() else '_' for c in entry.name).upper()}_API_KEY"
        answer = input(f"Variable of the key ({usual}; - for no key): ").strip()
        variable = "" if answer == "-" else answer or usual
    if variable:
        values["api_key_env"] = variable
    elif not entry.no_key and not asks:
        raise UsageError("The key is missing.", "Give --key-env VARIABLE, or --no-key.")
    limit = {"context_limit": entry.context_limit} if entry.context_limit else {}
    if entry.model:
        values["models"] = [{"name": model, **limit} for model in entry.model]
    return _written(places, entry.name, values)


def _written(places: Places, name: str, values: dict[str, object]) -> Definition:
    """Write the definition once it is known to be one that can be read."""
    text = json.dumps(values)
    parse_definition(text, "the new provider.json", tuple(ENGINES))
    if name in RESERVED:
        raise ConfigError(f"{name} is built in.", "Give the provider another name.")
    path = write_definition(places.own_providers, name, values)
    say(f"{path} is written.")
    return parse_definition(text, str(path.with_suffix(".json")), tuple(ENGINES)).definition


def _take_key(access: ModelAccess, definition: Definition, entry: _Entry, asks: bool) -> None:
    variable = definition.api_key_env
    if not asks and not entry.key_stdin:
        note(f"goose-tui: no key was given. Set {variable}, or add --key-stdin.")
        return
    if entry.key_stdin:
        key = sys.stdin.readline(_LONGEST_KEY)
    else:
        if definition.key_url:
            say(f"Get a key: {definition.key_url}")
        key = getpass(f"{variable} (not shown; Enter to leave it out): ")
    if not key.strip():
        if entry.key_stdin:
            raise UsageError("There is no key on standard input.", "Send it as one line.")
        return
    key = key_of({variable: key}, variable, needed=True)
    place = _place(access, entry.keep, asks)
    access.secrets.keep(variable, key, place)
    where = "the keyring" if place == "keyring" else str(access.secrets.file.path)
    say(f"{variable} is kept in {where}.")


def _place(access: ModelAccess, wish: str, asks: bool) -> SecretPlace:
    if wish:
        return "keyring" if wish == "keyring" else "file"
    if not access.secrets.keyring.usable():
        return "file"
    if not asks:
        return "keyring"
    answer = input(f"Keep it in the keyring, or in {access.secrets.file.path}? [K/f] ")
    return "file" if answer.strip().lower().startswith("f") else "keyring"


def _asked(words: str, asks: bool, missing: str) -> str:
    answer = input(f"{words}: ").strip() if asks else ""
    if not answer:
        raise UsageError(f"{missing} is missing.", "See: goose-tui providers add --help")
    return answer
