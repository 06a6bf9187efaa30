"""The system's keyring, where there is one that answers: an absent, locked or slow one is no error.

The `keyring` package is an optional extra. Each key is an entry of its own under the service
`goose-tui`, so that `keyring set goose-tui OPENAI_API_KEY` works too.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Protocol, cast

__all__ = ["READ_SECONDS", "WRITE_SECONDS", "KeyringStore"]

_SERVICE = "goose-tui"
READ_SECONDS = 2.0
"""The longest wait for a reading, however many keys."""
WRITE_SECONDS = 20.0
"""The longest wait for a writing: a person may have to unlock it."""
_NONE = ("keyring.backends.fail", "keyring.backends.null")
"""Back ends that stand for none."""
_FOREIGN = (
    ("keyring.errors", "KeyringError"),
    ("jeepney", "DBusErrorResponse"),
    ("secretstorage.exceptions", "SecretStorageException"),
)
"""What back ends raise besides the errors of Python itself."""


class _Backend(Protocol):
    @property
    def name(self) -> str: ...

    def get_password(self, service: str, name: str) -> str | None: ...


class _Package(_Backend, Protocol):
    def get_keyring(self) -> _Backend: ...

    def set_password(self, service: str, name: str, value: str) -> None: ...

    def delete_password(self, service: str, name: str) -> None: ...


class KeyringStore:
    """Keys in the system's keyring.

    Once it was too slow it is left alone, so that a session waits for it once and not each time.

    Args:
        read_seconds: the longest wait for a reading.
        write_seconds: the longest wait for a writing.
    """

    def __init__(
        self, read_seconds: float = READ_SECONDS, write_seconds: float = WRITE_SECONDS
    ) -> None:
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self._given_up = False

    @property
    def installed(self) -> bool:
        """Whether the package is there; nothing is imported."""
        return find_spec("keyring") is not None

    def find(self, names: Iterable[str]) -> dict[str, str]:
        """The keys that are there, of those named; blocks no longer than the wait for a reading.

        Args:
            names: variables.
        """
        found: dict[str, str] = {}

        def look() -> None:
            for name in names:
                value = _package().get_password(_SERVICE, name)
                if value:
                    found[name] = str(value)

        self._bounded(look, self._read_seconds)
        # A thread that was given up may still be writing into the other one.
        return dict(found)

    def state(self) -> str:
        """What it is, or why it cannot be used, in a few words."""
        if not self.installed:
            return "not installed: pip install 'goose-tui[keyring]'"
        said: list[str] = []

        def look() -> None:
            backend = _package().get_keyring()
            # Asking for an entry is what shows that it is locked or does not answer.
            backend.get_password(_SERVICE, "nothing")
            if type(backend).__module__ not in _NONE:
                said.append(str(backend.name))

        if not self._bounded(look, self._read_seconds):
            return f"no answer within {self._read_seconds:g} s"
        return said[0] if said else "none on this system, or locked"

    def usable(self) -> bool:
        """Whether keys can be kept in it; blocks no longer than the wait for a reading."""
        reached: list[bool] = []

        def look() -> None:
            backend = _package().get_keyring()
            backend.get_password(_SERVICE, "nothing")
            if type(backend).__module__ not in _NONE:
                reached.append(True)

        return self.installed and self._bounded(look, self._read_seconds) and bool(reached)

    def keep(self, name: str, value: str) -> bool:
        """Keep a key; tells whether it is kept."""
        kept: list[bool] = []

        def write() -> None:
            _package().set_password(_SERVICE, name, value)
            # One that is switched off takes everything and keeps nothing.
            if _package().get_password(_SERVICE, name) == value:
                kept.append(True)

        return self._bounded(write, self._write_seconds) and bool(kept)

    def forget(self, name: str) -> bool:
        """Remove a key; tells whether there was one."""
        gone: list[bool] = []

        def remove() -> None:
            _package().delete_password(_SERVICE, name)
            gone.append(True)

        return self._bounded(remove, self._read_seconds) and bool(gone)

    def _bounded(self, work: Callable[[], None], seconds: float) -> bool:
        """Do something that may hang; tells whether it came to an end in time."""
        if self._given_up or not self.installed:
            return False
        done = threading.Event()

        def run() -> None:
            try:
                work()
            except _errors():
                pass  # no keyring is a usual state of a machine, and none of our business
            finally:
                done.set()

        # A daemon and none of anyio's threads: a call of D-Bus that hangs must not hold up the exit.
        threading.Thread(target=run, name="keyring", daemon=True).start()
        in_time = done.wait(seconds)
        self._given_up = not in_time
        return in_time


def _package() -> _Package:
    """The package: loading its back ends takes as long as the rest of a start."""
    return cast("_Package", importlib.import_module("keyring"))


def _errors() -> tuple[type[Exception], ...]:
    named: list[type[Exception]] = []
    for module, name in _FOREIGN:
        try:
            named.append(getattr(importlib.import_module(module), name))
        except (ImportError, AttributeError):
            continue
    return (
        *named,
        ArithmeticError,
        AttributeError,
        ImportError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    )
