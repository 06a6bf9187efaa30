"""Addresses on the network, read strictly: what is judged is what is spoken to."""

from __future__ import annotations

import re

from msgspec import Struct

__all__ = ["WebAddress", "read_web_address"]

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:[/?][!-~]*)?)",
    re.IGNORECASE,
)
"""No name and password, no character that two readers could take for two things."""
_PORTS = {"http": 80, "https": 443}
_LONGEST = 4000


class WebAddress(Struct, frozen=True):
    """One that could be taken apart."""

    scheme: str
    host: str
    """In lower case, without brackets."""
    port: int
    rest: str
    """Path and query, beginning with a slash."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Who is spoken to, and how."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.rest}"

    @property
    def authority(self) -> str:
        """Host and port, as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_web_address(text: str) -> WebAddress | None:
    """The parts of an http or https address; None where that is not plainly one."""
    found = _ADDRESS.fullmatch(text.strip().partition("#")[0])
    if found is None or len(text) > _LONGEST or "\\" in text:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"] or _PORTS[scheme])
    rest = found["rest"]
    if not 0 < port < 65536:
        return None
    rest = rest if rest.startswith("/") else f"/{rest}"
    return WebAddress(scheme, found["host"].strip("[]").lower(), port, rest)
