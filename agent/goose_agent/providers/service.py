"""A model's service: where it is, what it is called in messages, and what must never be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

__all__ = ["Authority", "Service"]

_SHORTEST_SECRET = 8


class Authority(Protocol):
    """Opens a service whose key runs out, or is another for each request; everything here may block."""

    def load(self) -> None:
        """Import what it needs."""

    def headers(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """The headers that open the service for one request.

        Args:
            method: of the request.
            url: the whole address, as it is sent.
            body: as it is sent.

        Raises:
            AuthError: nothing is there to open it with, or it has run out.
        """


@dataclass(frozen=True, slots=True)
class Service:
    """One service that answers requests.

    Args:
        name: its name for people, such as `Anthropic`.
        base_url: where paths start, without a slash at the end; may hold credentials.
        headers: sent with every request; they hold the key.
        secrets: the values that must never appear in a message.
        key_variable: the environment variable of the key; empty where there is none.
        url_variable: the environment variable of the address.
        start_hint: what to do when nothing answers there; may be empty.
        authority: opens each request, where `headers` alone do not.
    """

    name: str
    base_url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key_variable: str = ""
    url_variable: str = ""
    start_hint: str = ""
    authority: Authority | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Host and port, without credentials."""
        parts = urlsplit(self.base_url)
        return parts.netloc.rpartition("@")[2]

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        return host in {"localhost", "::1"} or host.startswith("127.")

    def masked(self, text: str) -> str:
        """`text` without our secrets."""
        for secret in self.secrets:
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "…")
        return text
