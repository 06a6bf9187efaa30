from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest
from keyring.backends import null

from goose_agent.config.keyring_store import KeyringStore
from goose_agent.config.secrets import Secrets
from goose_agent.errors import ConfigError
from support.keyrings import FakeKeyring, LockedKeyring, OddKeyring, StuckKeyring, using

KEY = "key-0123456789"
OTHER = "key-9876543210"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_environment_counts_before_the_keyring_and_that_before_the_file(
    tmp_path: Path,
) -> None:
    backend = FakeKeyring()
    backend.entries = {("goose-tui", "A"): OTHER, ("goose-tui", "B"): KEY}
    secrets = Secrets(tmp_path / "secrets.yaml", {"A": KEY, "B": " "})
    for name in "ABC":
        secrets.file.keep(name, f"of the file, {name}")

    with using(backend):
        found = secrets.find(["A", "B", "C", "D"])

    assert found.values == {"A": KEY, "B": KEY, "C": "of the file, C"}
    assert found.places == {"A": "environment", "B": "keyring", "C": "file"}
    assert backend.asked == ["B", "C", "D"]
    assert KEY not in repr(found)


def test_what_the_environment_has_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    backend = FakeKeyring()
    (tmp_path / "secrets.yaml").write_text("not: [readable", encoding="utf-8")

    with using(backend):
        found = Secrets(tmp_path / "secrets.yaml", {"A": KEY}).find(["A"])

    assert found.values == {"A": KEY}
    assert backend.asked == []


@pytest.mark.parametrize("backend", [LockedKeyring(), OddKeyring()])
def test_a_keyring_that_cannot_be_used_is_no_error(tmp_path: Path, backend: FakeKeyring) -> None:
    secrets = Secrets(tmp_path / "secrets.yaml", {})
    secrets.file.keep("A", KEY)

    with using(backend):
        assert secrets.find(["A"]).places == {"A": "file"}
        assert not secrets.keyring.usable()
        assert "locked" in secrets.keyring.state()


def test_a_keyring_that_is_switched_off_is_not_taken_for_one(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets.yaml", {})

    with using(null.Keyring()):  # type: ignore[no-untyped-call] # the package leaves it so
        assert not secrets.keyring.usable()
        assert secrets.keyring.state() == "none on this system, or locked"
        with pytest.raises(ConfigError, match="did not take the key"):
            secrets.keep("A", KEY, "keyring")


def test_a_keyring_that_hangs_is_waited_for_once(tmp_path: Path) -> None:
    backend = StuckKeyring()
    secrets = Secrets(tmp_path / "secrets.yaml", {}, KeyringStore(0.05, 0.05))
    secrets.file.keep("A", KEY)
    started = time.monotonic()

    with using(backend):
        for _ in range(20):
            assert secrets.find(["A", "B"]).values == {"A": KEY}
        assert "no answer" in secrets.keyring.state()
        with pytest.raises(ConfigError, match="did not take the key"):
            secrets.keep("A", KEY, "keyring")

    assert backend.calls == 1
    assert time.monotonic() - started < 1


def test_without_the_package_there_is_no_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    for name in [name for name in sys.modules if name.partition(".")[0] == "keyring"]:
        monkeypatch.delitem(sys.modules, name)
    secrets = Secrets(tmp_path / "secrets.yaml", {})

    assert secrets.find(["A"]).values == {}
    assert not secrets.keyring.usable()
    assert "pip install" in secrets.keyring.state()


def test_a_key_can_be_kept_in_the_keyring_and_forgotten(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets.yaml", {})
    with using(FakeKeyring()):
        secrets.keep("A", KEY, "keyring")
        assert secrets.find(["A"]).places == {"A": "keyring"}
        assert secrets.forget("A") == ("keyring",)
        assert secrets.forget("A") == ()
    assert not secrets.file.path.exists()


def test_the_file_is_private_whatever_the_mask(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "new" / "secrets.yaml", {})
    before = os.umask(0)
    try:
        secrets.file.keep("B", 'quotes " and \\ and é: #')
        secrets.file.keep("A", KEY)
    finally:
        os.umask(before)

    assert mode_of(secrets.file.path) == 0o600
    assert mode_of(secrets.file.path.parent) == 0o700
    assert secrets.file.read() == {"A": KEY, "B": 'quotes " and \\ and é: #'}
    assert secrets.file.forget("A")
    assert secrets.file.read() == {"B": 'quotes " and \\ and é: #'}
    assert [path.name for path in secrets.file.path.parent.iterdir()] == ["secrets.yaml"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    secrets = Secrets(tmp_path / "secrets.yaml", {})
    secrets.file.keep("A", KEY)
    secrets.file.path.chmod(mode)

    with pytest.raises(ConfigError, match="can be read by others") as caught:
        secrets.find(["A"])
    assert caught.value.hint == f"Run: chmod 600 {secrets.file.path}"
    assert secrets.file.is_open_to_others
    assert secrets.written() == {}
    secrets.file.close_to_others()
    assert secrets.find(["A"]).values == {"A": KEY}


@pytest.mark.parametrize(
    "content",
    [
        b"A: [key-0123456789",
        b"- key-0123456789",
        b"A: {B: key-0123456789}",
        b"A: \xff key-0123456789",
        b"A: true",
        b"A: key-0123456789\n" * 20_000,
    ],
    ids=["syntax", "list", "nested", "bytes", "flag", "huge"],
)
def test_a_wrong_file_is_told_without_what_stands_in_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        Secrets(path, {}).find(["A"])

    assert str(path) in caught.value.message
    assert "0123456789" not in str(caught.value)


def test_a_pipe_in_its_place_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "secrets.yaml", 0o600)

    with pytest.raises(ConfigError, match="is not a file"):
        Secrets(tmp_path / "secrets.yaml", {}).find(["A"])


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "secrets.yaml"
    link.symlink_to(tmp_path / "elsewhere.yaml")

    Secrets(link, {}).keep("A", KEY, "file")

    assert link.is_symlink()
    assert mode_of(tmp_path / "elsewhere.yaml") == 0o600
