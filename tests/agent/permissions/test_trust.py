"""Trust in a folder: bound to content, kept for the person, lost with a change."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from goose_agent.permissions.trust import RULES, TrustStore

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def folder(tmp_path: Path, text: str | None) -> Path:
    made = tmp_path / "work"
    (made / ".goose-tui").mkdir(parents=True, exist_ok=True)
    if text is not None:
        (made / RULES).write_text(text)
    return made


def test_only_files_that_would_loosen_need_trust(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    assert store.look(folder(tmp_path, None)).status == "nothing"
    assert store.look(folder(tmp_path, 'rules: ["deny shell"]')).status == "nothing"
    found = store.look(folder(tmp_path, 'rules: ["deny shell", "allow edit"]'))
    assert found.status == "untrusted"
    assert [(file.name, file.lines) for file in found.files] == [(RULES, ("allow edit",))]


def test_trust_is_of_the_content_and_by_whatever_way_to_the_folder(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "deep" / "trust.json")
    place = folder(tmp_path, 'rules: ["allow edit"]')
    found = store.look(place)
    store.answer(found, "trusted", NOW)
    assert (tmp_path / "deep" / "trust.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "alias").symlink_to(place)
    assert store.look(tmp_path / "alias").status == "trusted"
    assert store.trusts(tmp_path / "alias", RULES, found.files[0].sha)
    assert not store.trusts(place, "other", found.files[0].sha)
    changed = store.look(folder(tmp_path, 'rules: ["allow shell"]'))
    assert changed.status == "untrusted"
    assert not store.trusts(place, RULES, changed.files[0].sha)


def test_what_changed_after_it_was_shown_is_not_trusted(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    shown = store.look(folder(tmp_path, 'rules: ["allow edit"]'))
    place = folder(tmp_path, 'rules: ["allow shell"]')
    store.answer(shown, "trusted", NOW)
    assert store.look(place).status == "untrusted"


def test_never_is_kept_and_revoked(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    place = folder(tmp_path, 'rules: ["allow edit"]')
    store.answer(store.look(place), "never", NOW)
    assert store.look(place).status == "never"
    assert not store.trusts(place, RULES, store.look(place).files[0].sha)
    assert store.all() == ((str(place), "never", NOW),)
    assert store.revoke(place)
    assert not store.revoke(place)
    assert store.look(place).status == "untrusted"


def test_a_damaged_store_trusts_nothing(tmp_path: Path) -> None:
    place = folder(tmp_path, 'rules: ["allow edit"]')
    store = TrustStore(tmp_path / "trust.json")
    for text in ("", "{", "[]", '{"x": {"answer": "maybe"}}'):
        (tmp_path / "trust.json").write_text(text)
        assert store.look(place).status == "untrusted"
