"""Which extension fills which role of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from goose_agent.tools.tool import Extension

__all__ = ["Resolved", "resolve"]


class Resolved(Struct, frozen=True):
    """Extensions with what they require, as far as that is there."""

    extensions: tuple[Extension, ...]
    """Those that can work, in the order in which they were given."""
    filled: Mapping[str, Mapping[str, Extension]]
    """For each of their names who fills its roles."""
    problems: tuple[str, ...]
    """Why each of the others cannot, a sentence each."""


def resolve(extensions: Sequence[Extension], chosen: Mapping[str, Mapping[str, str]]) -> Resolved:
    """Find for every extension those that it requires.

    Args:
        extensions: all there are, no two of one name.
        chosen: for the name of an extension the names of those that fill its roles; a role that
            nobody is named for is filled by the extension of that name.
    """
    named = {extension.name: extension for extension in extensions}
    wanted = {name: _wanted(each, chosen.get(name, {})) for name, each in named.items()}
    problems: dict[str, str] = {}
    for name in named:
        if circle := _circle(name, wanted):
            problems[name] = (
                f"{name} is left out: extensions require each other in a circle "
                f"({' → '.join(circle)})."
            )
    # Who requires what cannot work cannot work either, however many are in between.
    while lacking := _lacking(named, wanted, problems):
        problems |= lacking
    return Resolved(
        tuple(extension for extension in extensions if extension.name not in problems),
        {
            name: {role: named[other] for role, other in roles.items()}
            for name, roles in wanted.items()
            if name not in problems
        },
        tuple(problems.values()),
    )


def _wanted(extension: Extension, chosen: Mapping[str, str]) -> dict[str, str]:
    """Who is to fill each role."""
    return {role: chosen.get(role, role) for role in (*extension.roles, *chosen)}


def _circle(name: str, wanted: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """The way from an extension back to itself; empty where there is none."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for other in wanted.get(way[-1], {}).values():
            if other == name:
                return (*way, name)
            if other not in seen:
                seen.add(other)
                ways.append((*way, other))
    return ()


def _lacking(
    named: Mapping[str, Extension],
    wanted: Mapping[str, Mapping[str, str]],
    problems: Mapping[str, str],
) -> dict[str, str]:
    """Those that require what is not there, or is left out, and were not found before."""
    found: dict[str, str] = {}
    for name, roles in wanted.items():
        for role, other in roles.items():
            if name in problems or (other in named and other not in problems):
                continue
            why = "is left out itself" if other in named else "is not there"
            found[name] = f"{name} is left out: {other}, which it requires as its {role}, {why}."
            break
    return found
