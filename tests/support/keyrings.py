"""Keyrings for tests, registered by the keyring package's own API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

__all__ = ["FakeKeyring", "LockedKeyring", "OddKeyring", "StuckKeyring", "using"]


class FakeKeyring(KeyringBackend):
    """One that works, in memory."""

    priority = -1  # every subclass is a candidate for the system's own: never this one

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the package leaves it so
        self.entries: dict[tuple[str, str], str] = {}
        self.asked: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append(username)
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("There is none.")


class LockedKeyring(FakeKeyring):
    """One that nobody unlocks."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


class OddKeyring(FakeKeyring):
    """One without D-Bus: what comes is an error of the system."""

    def get_password(self, service: str, username: str) -> str | None:
        raise FileNotFoundError("no bus")


class StuckKeyring(FakeKeyring):
    """One that never answers, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        self.let_go.wait(30)
        return None


@contextmanager
def using(backend: KeyringBackend) -> Iterator[None]:
    """Let this be the system's keyring."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        if isinstance(backend, StuckKeyring):
            backend.let_go.set()
        keyring.set_keyring(before)
