"""Names of hosts in the one spelling that rules compare, and the words that may name one."""

from __future__ import annotations

import re
import socket
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv6Address
from urllib.parse import unquote

from goose_agent.permissions.rules.programs import SPEAKS_ELSEWHERE

__all__ = ["canonical_host", "hosts_named", "speaks_elsewhere", "words_as_hosts"]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/{1,3}(?P<authority>[^/?#\s]*)")
_AUTHORITY = re.compile(r"(?:.*@)?(?P<host>\[[^\]]*\]|[^:]*)", re.DOTALL)
_AT = re.compile(r"[^\s@/=]+@(?P<host>\[[^\]]*\]|[\w.-]+)(?=[:/]|\Z)")
_DOTTED = re.compile(r"(?P<host>[\w-]+(?:\.[\w-]+)+)\.?(?=[:/]|\Z)")
_NUMBERS = re.compile(r"(?:0[xX][0-9a-fA-F]*|\d+)(?:\.(?:0[xX][0-9a-fA-F]*|\d+)){0,3}\Z")
_BRACKETED = re.compile(r"\[(?P<host>[0-9A-Fa-f:.]+)(?:%[^\]]*)?\]")
_SPEAKERS = SPEAKS_ELSEWHERE | frozenset(
    "ssh scp sftp rsync nc ncat netcat socat telnet mosh rsh git".split()
)


def canonical_host(name: str) -> str:
    """A host in the spelling that all its other spellings stand for; no name is looked up.

    Case, a final dot, percent signs, characters beyond ASCII, and the many ways to write an address
    do not count: `0x7f.1`, `[::ffff:127.0.0.1]` and `2130706433` are 127.0.0.1.

    Args:
        name: of a host, without user and port.
    """
    host = unicodedata.normalize("NFKC", unquote(name)).strip().strip("[]").rstrip(".").casefold()
    if ":" in host:
        with suppress(ValueError):
            address = IPv6Address(host.partition("%")[0])
            mapped = address.ipv4_mapped
            return str(address if mapped is None else mapped)
    if _NUMBERS.fullmatch(host):
        with suppress(OSError):
            return socket.inet_ntoa(socket.inet_aton(host))
    if not host.isascii():
        with suppress(UnicodeError):
            return host.encode("idna").decode("ascii")
    return host


def hosts_named(words: Sequence[str]) -> tuple[str, ...]:
    """The hosts that words of a command certainly name, each in its one spelling.

    Args:
        words: the program first.
    """
    speaks = speaks_elsewhere(words)
    found = (host for word in words[1:] for host in _in_word(word, speaks=speaks))
    return tuple(dict.fromkeys(canonical_host(host) for host in found if host))


def words_as_hosts(words: Sequence[str]) -> tuple[str, ...]:
    """What may be a host, too, because the program speaks to others: for what denies or asks.

    Args:
        words: the program first.
    """
    if not speaks_elsewhere(words):
        return ()
    operands = (word.partition("=")[2] if word.startswith("--") else word for word in words[1:])
    names = (re.split(r"[:/]", word.rpartition("@")[2])[0] for word in operands)
    return tuple(dict.fromkeys(canonical_host(n) for n in names if n and not n.startswith("-")))


def speaks_elsewhere(words: Sequence[str]) -> bool:
    """Whether a command is known to speak to other machines.

    Args:
        words: the program first.
    """
    return bool(words) and words[0].rpartition("/")[2] in _SPEAKERS


def _in_word(word: str, *, speaks: bool) -> Iterator[str]:
    for address in _ADDRESS.finditer(word):
        # A browser takes a backslash for a slash, other programs for a part of the user.
        for authority in {address["authority"], address["authority"].partition("\\")[0]}:
            found = _AUTHORITY.match(authority)
            if found is not None:
                yield found["host"]
    for pattern in (_AT, _BRACKETED):
        yield from (found["host"] for found in pattern.finditer(word))
    if speaks:
        operand = word.partition("=")[2] if word.startswith("--") else word
        if found := _DOTTED.match(operand):
            yield found["host"]
        number = re.split(r"[:/]", operand)[0]
        if _NUMBERS.fullmatch(number) and ("." in number or len(number) > 7):
            yield number
        if operand.count(":") > 1:
            with suppress(ValueError):
                yield str(IPv6Address(operand.partition("%")[0]))
