"""Getting what an address names: from that host alone, and from no private one unless it is allowed.

Where a host is looked up and found to be private nothing is sent. The address that was looked up is
the one that is connected to, so that a second answer of the name service changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import anyio
from msgspec import Struct

from goose_agent.addresses import WebAddress, read_web_address
from goose_agent.tools.tool import ToolFailure

if TYPE_CHECKING:
    import httpx

__all__ = ["Download", "download"]

_SECONDS = 30.0
"""For all of it."""
_CONNECT = 8.0
"""Seconds in which one address of a host has to take a connection."""
_HOPS = 5
"""Redirects that are followed on one host."""
_LARGEST = 5_000_000
"""Bytes that are read."""
_PRIVATE = (
    "{} is a private address: nothing was sent. Only the person can allow it, with private_hosts in "
    "the settings; the shell can reach it, if they allow that."
)
_ACCEPT = "text/html,application/xhtml+xml,text/*;q=0.9,application/json;q=0.9,*/*;q=0.5"


class Download(Struct, frozen=True):
    """What came back."""

    address: str
    """Where it is from, after redirects."""
    status: int
    kind: str
    """The media type, in lower case, without parameters."""
    charset: str
    body: bytes
    cut: bool = False
    """Whether there was more than is read."""
    elsewhere: str = ""
    """The address on another host that it redirects to; nothing was asked there."""


async def download(
    address: WebAddress, agent: str, environ: Mapping[str, str], private: Collection[str]
) -> Download:
    """Get what an address names.

    Args:
        address: what to get.
        agent: as whom to ask.
        environ: names a proxy, where there is one.
        private: hosts that may be private.

    Raises:
        ToolFailure: it cannot be had; says why.
    """
    import httpx  # slow to import

    try:
        with anyio.fail_after(_SECONDS):
            return await _follow(address, agent, environ, private)
    except TimeoutError:
        raise ToolFailure(f"{address.host} took longer than {_SECONDS:.0f} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ToolFailure(f"{address} could not be read: {said}.") from error


async def _follow(
    address: WebAddress, agent: str, environ: Mapping[str, str], private: Collection[str]
) -> Download:
    for _ in range(_HOPS):
        found = await _get(address, agent, environ, private)
        if found.status not in (301, 302, 303, 307, 308) or not found.elsewhere:
            return found
        target = read_web_address(found.elsewhere)
        if target is None or not _same_host(address, target):
            return found
        address = target
    raise ToolFailure(f"{address.host} redirects more than {_HOPS} times.")


def _same_host(before: WebAddress, now: WebAddress) -> bool:
    """Whether a redirect stays with whom it was allowed to speak; only to https it may change."""
    if before.origin == now.origin:
        return True
    safer = (before.scheme, before.port, now.scheme, now.port) == ("http", 80, "https", 443)
    return safer and before.host == now.host


async def _get(
    address: WebAddress, agent: str, environ: Mapping[str, str], private: Collection[str]
) -> Download:
    import httpx

    proxy = _proxy(address, environ)
    if proxy:
        if address.host not in private and _is_private_literally(address.host):
            raise ToolFailure(_PRIVATE.format(address.host))
        # Only the proxy can look names up, and it decides whom it connects to.
        return await _ask(address, str(address), agent, proxy)
    *others, last = await _looked_up(address, private)
    for connect in others:
        try:
            return await _ask(address, connect, agent, "")
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue  # such as an address of IPv6 where there is no such network
    return await _ask(address, last, agent, "")


async def _ask(address: WebAddress, connect: str, agent: str, proxy: str) -> Download:
    """Ask for an address where it was looked up, or through a proxy."""
    import httpx

    headers = {"Host": address.authority, "User-Agent": agent, "Accept": _ACCEPT}
    extensions = {} if proxy else {"sni_hostname": address.host}
    timeout = httpx.Timeout(_SECONDS, connect=_CONNECT)
    async with (
        httpx.AsyncClient(
            trust_env=False, proxy=proxy or None, follow_redirects=False, timeout=timeout
        ) as client,
        client.stream("GET", connect, headers=headers, extensions=extensions) as response,
    ):
        body, cut = await _read(response)
        location = response.headers.get("location", "")
        base = httpx.URL(str(address))
        kind, _, _ = response.headers.get("content-type", "").partition(";")
        return Download(
            str(address),
            response.status_code,
            kind.strip().lower(),
            response.charset_encoding or "utf-8",
            body,
            cut,
            str(base.join(location)) if location else "",
        )


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes(64 * 1024):
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            return b"".join(pieces)[:_LARGEST], True
    return b"".join(pieces), False


async def _looked_up(address: WebAddress, private: Collection[str]) -> list[str]:
    """The same address with each of the host's numbers in the place of its name.

    Raises:
        ToolFailure: there is no such host, or it is private.
    """
    try:
        found = await anyio.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ToolFailure(f"There is no host {address.host} (that can be looked up).") from error
    numbers = [str(entry[4][0]) for entry in found]
    if address.host not in private and any(not _is_public(number) for number in numbers):
        raise ToolFailure(_PRIVATE.format(address.host))
    plain = dict.fromkeys(number.partition("%")[0] for number in numbers)
    hosts = (f"[{number}]" if ":" in number else number for number in plain)
    return [f"{address.scheme}://{host}:{address.port}{address.rest}" for host in hosts]


def _is_private_literally(host: str) -> bool:
    """Whether a host is private by its very name."""
    try:
        return not _is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _is_public(number: str) -> bool:
    found = ipaddress.ip_address(number.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if mapped is not None:
        found = mapped
    return found.is_global and not found.is_multicast


def _proxy(address: WebAddress, environ: Mapping[str, str]) -> str:
    """The proxy for an address; empty for none."""
    lower = {name.lower(): value for name, value in environ.items()}
    for name in lower.get("no_proxy", "").split(","):
        name = name.strip().lstrip("*").lstrip(".").lower()
        if name and (address.host == name or address.host.endswith(f".{name}")):
            return ""
    return lower.get(f"{address.scheme}_proxy", "") or lower.get("all_proxy", "")
