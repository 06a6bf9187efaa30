"""Checking single values of a provider's definition, each with the words for what is wrong."""

from __future__ import annotations

import re

from goose_agent.providers.definition import PLACE

__all__ = [
    "NAME",
    "Steps",
    "Wrong",
    "read_address",
    "read_count",
    "read_flag",
    "read_header",
    "read_headers",
    "read_name",
    "read_price",
    "read_seconds",
    "read_text",
    "read_texts",
    "read_token_cost",
    "read_variable",
]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")
"""A provider's name: it stands before a slash, and names files."""
_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PER_MILLION = 1_000_000
_LARGEST_WINDOW = 10**9

Steps = tuple[str | int, ...]
"""The keys and positions that lead to a value."""


class Wrong(Exception):
    """A value that cannot be.

    Args:
        path: leads to it.
        problem: what is wrong, without a full stop.
        hint: what to write instead.
    """

    def __init__(self, path: Steps, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.path = path
        self.problem = problem
        self.hint = hint


def read_text(path: Steps, value: object) -> str:
    """Text on one line.

    Raises:
        Wrong: it is not.
    """
    if not isinstance(value, str):
        raise Wrong(path, "this must be text", "Put quotes around it.")
    if not value.isprintable():
        raise Wrong(path, "this holds characters that cannot be shown", "Remove them.")
    return value.strip()


def read_name(path: Steps, value: object) -> str:
    """A name of a provider.

    Raises:
        Wrong: it is not.
    """
    text = read_text(path, value)
    if not NAME.fullmatch(text):
        raise Wrong(path, f"{text!r} is no name", "Use letters, digits, dots, dashes, underscores.")
    return text


def read_variable(path: Steps, value: object) -> str:
    """The name of a variable, or nothing.

    Raises:
        Wrong: it is not.
    """
    text = read_text(path, value)
    if text and not _VARIABLE.fullmatch(text):
        raise Wrong(path, "this is no name of a variable", "Write the name, not the key itself.")
    return text


def read_address(path: Steps, value: object) -> str:
    """A web address, perhaps with places.

    Raises:
        Wrong: it is not.
    """
    text = read_text(path, value)
    plain = PLACE.sub("x", text)
    if "${" in plain or " " in text or not (plain.startswith(("http://", "https://", "x"))):
        raise Wrong(path, "this is not a web address", "Write it as https://host/v1.")
    if not plain.partition("://")[2] and "://" in plain:
        raise Wrong(path, "this address has no host", "Write it as https://host/v1.")
    return text


def read_flag(path: Steps, value: object) -> bool:
    """True or false.

    Raises:
        Wrong: it is not.
    """
    if not isinstance(value, bool):
        raise Wrong(path, "this must be true or false", "Write true or false, without quotes.")
    return value


def read_seconds(path: Steps, value: object) -> float:
    """Seconds.

    Raises:
        Wrong: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86_400:
        raise Wrong(path, "this must be a number of seconds", "Write one from 1 to 86400.")
    return float(value)


def read_count(path: Steps, value: object) -> int:
    """A number of tokens.

    Raises:
        Wrong: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LARGEST_WINDOW:
        raise Wrong(
            path, "this must be a number of tokens", "Write a whole number, such as 128000."
        )
    return value


def read_price(path: Steps, value: object) -> float:
    """US dollars for a million tokens.

    Raises:
        Wrong: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
        raise Wrong(path, "this must be a price", "Write US dollars for a million tokens.")
    return float(value)


def read_texts(path: Steps, value: object) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        Wrong: it is not.
    """
    if not isinstance(value, list):
        raise Wrong(path, "this must be a list of texts", "Write it as [one, two].")
    return tuple(read_text((*path, at), item) for at, item in enumerate(value))


def read_headers(path: Steps, value: object) -> dict[str, str]:
    """Names and values of headers.

    Raises:
        Wrong: it is not.
    """
    if not isinstance(value, dict):
        raise Wrong(path, "headers are `Name: value` lines", "Write one a line.")
    headers = {}
    for name, item in value.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise Wrong(
                (*path, str(name)), "this is no name of a header", "Use letters and dashes."
            )
        text = read_text((*path, name), item)
        if not text.isascii():
            raise Wrong((*path, name), "headers are plain ASCII", "Remove other characters.")
        headers[name] = text
    return headers


def read_header(path: Steps, value: object) -> str:
    """The name of a header.

    Raises:
        Wrong: it is not.
    """
    return next(iter(read_headers(path[:-1], {read_text(path, value): ""})))


def read_token_cost(path: Steps, value: object) -> float:
    """US dollars for a million tokens, from those for one.

    Raises:
        Wrong: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise Wrong(path, "this must be the price of one token", "Write US dollars, as 0.000002.")
    return round(value * _PER_MILLION, 6)
