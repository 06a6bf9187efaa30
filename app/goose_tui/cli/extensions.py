"""`goose-tui extensions`: a new one to begin with; servers to add, remove, switch, and try."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goose_agent.config.places import Places
from goose_agent.config.servers import ServerSpec, ServerStore
from goose_agent.errors import GooseError, UsageError
from goose_tui.cli import new_extension
from goose_tui.cli.output import note, say, table
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    what = parser.add_subparsers(dest="what", metavar="new|list|add|remove|enable|disable|test")
    new_extension.add_arguments(what.add_parser("new", help="write a small extension and its test"))
    what.add_parser("list", help="all of them, and where each stands")
    add = what.add_parser(
        "add", help="a program or an address, such as: add time uvx mcp-server-time"
    )
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "rest",
        metavar="[--env NAME=VALUE] [--env-key NAME] [--header NAME=VALUE] [--timeout SECONDS] "
        "[--cwd DIR] [--sse] COMMAND …|URL",
        nargs=argparse.REMAINDER,
        help="options stand before a command, whose own options follow it",
    )
    for word, words in (
        ("remove", "forget one that was added here"),
        ("enable", "start it in sessions"),
        ("disable", "do not start it"),
    ):
        what.add_parser(word, help=words).add_argument("name", metavar="NAME")
    test = what.add_parser("test", help="start it and list its tools, or call one")
    test.add_argument("name", metavar="NAME")
    test.add_argument("tool", metavar="TOOL", nargs="?", default="")
    test.add_argument("json", metavar="JSON", nargs="?", default="{}", help="arguments of the tool")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    if namespace.what == "new":
        return new_extension.main(namespace)
    places = Places.of(os.environ)
    store = ServerStore(places.extensions, places.extension_files)
    match namespace.what:
        case "add":
            spec = store.add(namespace.name, _entry(namespace.rest))
            note(
                f"Added {spec.name}: {clean_line(spec.shown)}. Try it: goose-tui extensions test {spec.name}"
            )
        case "remove":
            return _remove(store, namespace.name)
        case "enable" | "disable" as word:
            _known(store, namespace.name)
            store.change(namespace.name, enabled=word == "enable")
            note(f"{namespace.name} is {'on' if word == 'enable' else 'off'} from now on.")
        case "test":
            return _test(places, _known(store, namespace.name), namespace.tool, namespace.json)
        case _:
            _list(store)
    return 0


def _list(store: ServerStore) -> None:
    loaded = store.load()
    rows = [
        (
            clean_line(server.name),
            "on" if server.enabled else "off",
            server.transport,
            clean_line(server.shown),
            clean_line(server.source),
        )
        for server in loaded.servers
    ]
    head = ("NAME", "", "KIND", "REACHED BY", "STANDS IN")
    say(
        table([head, *rows]) if rows else "No servers yet. Add one: goose-tui extensions add NAME …"
    )
    for warning in loaded.warnings:
        note(clean_line(warning))


def _known(store: ServerStore, name: str) -> ServerSpec:
    found = {server.name: server for server in store.load().servers}
    if name not in found:
        known = ", ".join(found) or "none yet"
        raise UsageError(f"There is no extension {name}.", f"There are: {known}.")
    return found[name]


def _remove(store: ServerStore, name: str) -> int:
    spec = _known(store, name)
    removed = store.remove(name)
    if any(server.name == name for server in store.load().servers) or not removed:
        raise UsageError(
            f"{name} stands in {spec.source}.", f"Take it out there, or: disable {name}"
        )
    note(f"Removed {name}.")
    return 0


def _options() -> argparse.ArgumentParser:
    """What may stand around a command or an address."""
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    options.add_argument("--env", action="append", default=[])
    options.add_argument("--env-key", action="append", default=[])
    options.add_argument("--header", action="append", default=[])
    options.add_argument("--timeout", type=int)
    options.add_argument("--cwd")
    options.add_argument("--sse", action="store_true")
    return options


def _taken_apart(rest: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and the command or the address.

    Raises:
        UsageError: an option is none, or there is nothing else.
    """
    at = 0
    while at < len(rest) and rest[at].startswith("--") and rest[at] != "--":
        at += 1 if rest[at] == "--sse" or "=" in rest[at] else 2
    words, target = rest[:at], rest[at:]
    if target[:1] == ["--"]:
        target = target[1:]
    if target and target[0].startswith(("https://", "http://")):
        words, target = [*words, *target[1:]], target[:1]
    try:
        options, unknown = _options().parse_known_args(words)
    except argparse.ArgumentError as error:
        raise UsageError(f"{error}.", "See goose-tui extensions add --help.") from error
    if unknown:
        raise UsageError(
            f"There is no option {unknown[0]}.", "See goose-tui extensions add --help."
        )
    if not target:
        raise UsageError("What is it?", "Give a command or an address: extensions add NAME npx …")
    return options, target


def _entry(rest: list[str]) -> dict[str, Any]:
    """An extension as it stands in a file."""
    options, target = _taken_apart(rest)
    entry: dict[str, Any]
    if target[0].startswith(("https://", "http://")):
        entry = {"type": "sse" if options.sse else "streamable_http", "uri": target[0]}
    else:
        entry = {"type": "stdio", "cmd": _program(target[0]), "args": target[1:]}
    pairs = {"envs": options.env, "headers": options.header}
    entry |= {key: _pairs(texts) for key, texts in pairs.items() if texts}
    if options.env_key:
        entry["env_keys"] = options.env_key
    if options.timeout:
        entry["timeout"] = options.timeout
    if options.cwd:
        entry["cwd"] = str(Path(options.cwd).absolute())
    return entry


def _program(name: str) -> str:
    """A program with its whole path where it was named by one: it runs elsewhere."""
    return str(Path(name).expanduser().absolute()) if "/" in name else name


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, equals, _ in pairs:
        if not equals:
            raise UsageError(f"{name} says no value.", "Write NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _test(places: Places, spec: ServerSpec, tool: str, text: str) -> int:
    """Start it, and list its tools or call one."""
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"The arguments are not JSON: {error}.", 'Such as: \'{"text": "x"}\''
        ) from error
    if not isinstance(arguments, dict):
        raise UsageError("The arguments are not a JSON object.", 'Such as: \'{"text": "x"}\'')
    import anyio

    return anyio.run(_try, places, spec, tool, arguments)


async def _try(places: Places, spec: ServerSpec, tool: str, arguments: Mapping[str, Any]) -> int:
    from goose_agent.mcp.trial import Trial

    trial = Trial(spec, places, os.environ, str(Path.cwd()))
    try:
        if not tool:
            found = await trial.catalogue()
            say(f"{clean_line(found.server or spec.name)} is there, by protocol {found.protocol}.")
            rows = [
                (clean_line(each.name), clean_line(each.description.partition("\n")[0]))
                for each in found.tools
            ]
            say(table([("TOOL", ""), *rows]) if rows else "It has no tools.")
            return 0
        output = await trial.call(tool, arguments)
    except GooseError:
        for line in trial.lines:
            print(f"  {clean_line(line)}", file=sys.stderr)
        raise
    say(clean(output.text))
    return 1 if output.is_error else 0
