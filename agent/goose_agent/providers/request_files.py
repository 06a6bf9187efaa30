"""The last raw requests as files, for whoever has to find out what a service was really sent.

They are kept only where a person asks for it. Only their owner can read them, no key is in them, and
of headers only those that are known to hold none.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from goose_agent.redaction import Redactor

__all__ = ["RequestFiles", "kept_requests", "private_headers", "private_url"]

_KEPT = 10
"""Requests; an older one makes room."""
_HEADERS = frozenset(
    """
    accept accept-encoding anthropic-beta anthropic-version cf-ray content-encoding content-length
    content-type date openai-beta openai-processing-ms openai-version request-id retry-after
    retry-after-ms server transfer-encoding user-agent x-goog-request-id x-request-id
    """.split()  # noqa: SIM905 # names read better as words in lines than as literals
)
_HEADER_PREFIXES = ("anthropic-ratelimit-", "x-ratelimit-")
_PARAMETERS = frozenset({"alt", "api-version", "beta"})
_HIDDEN = "[hidden]"


class RequestFiles:
    """A ring of files.

    Args:
        folder: where they lie; made private where it is missing.
        secrets: values that must not stand in them.
    """

    def __init__(self, folder: Path, secrets: Iterable[str]) -> None:
        self._folder = folder
        self._redactor = Redactor({f"key-{n}": value for n, value in enumerate(secrets, 1)})

    def add(self, request: Mapping[str, Any]) -> Path | None:
        """Write a request down and throw the oldest away; None where the disk does not want it.

        Blocks: call it in a thread.
        """
        path = self._folder / f"{time.time_ns():020d}-{os.getpid()}.json"
        with suppress(OSError):  # a debugging aid must not stop the work
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.chmod(0o700)
            self._write(path, request)
            for old in _paths(self._folder)[:-_KEPT]:
                old.unlink(missing_ok=True)
            return path
        return None

    def complete(self, path: Path, exchange: Mapping[str, Any]) -> None:
        """Put a request with its answer in the place of the request alone. Blocks as `add`."""
        with suppress(OSError):
            if path.exists():  # else it has made room already
                self._write(path, exchange)

    def _write(self, path: Path, value: Mapping[str, Any]) -> None:
        text = json.dumps(_masked(value, self._redactor), ensure_ascii=False, indent=1)
        made = path.with_suffix(".part")
        made.unlink(missing_ok=True)
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        made.replace(path)


def kept_requests(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The requests there are and where, the oldest first; what cannot be read is passed over."""
    found = []
    for path in _paths(folder):
        with suppress(OSError, ValueError):
            value = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(value, dict):
                found.append((path, value))
    return found


def private_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Those that are known to hold no secret, and the names of the others."""
    return {
        name: value
        if name.lower() in _HEADERS or name.lower().startswith(_HEADER_PREFIXES)
        else _HIDDEN
        for name, value in headers
    }


def private_url(url: str) -> str:
    """An address without credentials, and without the values of parameters that may be some."""
    parts = urlsplit(url)
    query = [
        (name, value if name in _PARAMETERS else _HIDDEN)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, urlencode(query, safe="[]"), ""))


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _masked(value: object, redactor: Redactor) -> object:
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, Mapping):
        return {key: _masked(each, redactor) for key, each in value.items()}
    return value
