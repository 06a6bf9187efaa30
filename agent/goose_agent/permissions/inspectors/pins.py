"""Whether a tool of a server is still the one that was allowed: its words and schema are pinned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from goose_agent.permissions.inspectors.inspector import Finding, Subject

__all__ = ["PinState", "Pins", "ToolPin", "pin_of", "pin_state"]

PinState = Literal["new", "same", "changed"]


class ToolPin(Struct, frozen=True):
    """What a tool was when it was first seen."""

    server: str
    tool: str
    digest: str


def pin_of(
    server: str, tool: str, description: str, schema: Mapping[str, Any], origin: str = ""
) -> ToolPin:
    """The pin of a tool as a server describes it.

    Args:
        server: its name in the settings.
        tool: its name at the server.
        description: what the model is told of it.
        schema: JSON schema of its arguments; the order of its keys does not count.
        origin: what is behind the server's name: its command or its address.
    """
    said = [tool, description, schema, *filter(None, (origin,))]
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return ToolPin(server, tool, hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest())


def pin_state(pins: Mapping[tuple[str, str], ToolPin], now: ToolPin) -> PinState:
    """Whether a tool is the one that is pinned.

    Args:
        pins: what was seen before, by server and tool.
        now: the tool as it is described now.
    """
    before = pins.get((now.server, now.tool))
    if before is None:
        return "new"
    return "same" if before == now else "changed"


class Pins:
    """Lets every call of a tool ask that is not the one that was seen first, or allowed since."""

    name = "server"

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """What is different about it."""
        return [Finding(subject.changed)] if subject.changed else []
