"""Amounts as people write them: money, counts, durations, switches."""

from __future__ import annotations

import re
from typing import Literal

from goose_agent.errors import ConfigError

__all__ = ["Switch", "amount", "count", "duration", "switch"]

Switch = Literal["auto", "on", "off"]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|)", re.ASCII)
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_ON = frozenset({"1", "true", "on", "yes"})
_OFF = frozenset({"0", "false", "off", "no"})


def count(where: str, value: object) -> int:
    """A whole number from 1.

    Args:
        where: what is set, for the message.
        value: a number.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"{where} must be a whole number from 1.")
    return value


def amount(where: str, value: object) -> float:
    """A number above 0.

    Args:
        where: what is set, for the message.
        value: a number.

    Raises:
        ConfigError: it is none.
    """
    number = float(value) if isinstance(value, (int, float)) else 0.0
    if isinstance(value, bool) or not 0 < number < 1e12:
        raise ConfigError(f"{where} must be a number above 0.")
    return number


def duration(where: str, value: object) -> float:
    """Seconds, from a number of them or from text such as `90s`, `30m` or `1.5h`.

    Args:
        where: what is set, for the message.
        value: number or text.

    Raises:
        ConfigError: it is neither.
    """
    plain = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    found = _DURATION.fullmatch(str(value).strip().lower()) if plain else None
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < seconds < 1e9:
        raise ConfigError(f"{where} must be a time such as 90s, 30m or 2h.")
    return seconds


def switch(where: str, value: object) -> Switch:
    """On, off or as it seems best.

    Args:
        where: what is set, for the message.
        value: `auto`, or any common word for on or off; YAML makes truth values of some.

    Raises:
        ConfigError: it is none of these.
    """
    word = str(value).strip().lower()
    if word == "auto":
        return "auto"
    if word in _ON:
        return "on"
    if word in _OFF:
        return "off"
    raise ConfigError(f"{where} must be auto, on or off.")
