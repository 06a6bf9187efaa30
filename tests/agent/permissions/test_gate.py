"""The gate: what runs, what asks, what is denied, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.events import Decision, Mode
from goose_agent.permissions.gate import Effect, Intent, Verdict, judge
from goose_agent.permissions.paths import place

MODES: tuple[Mode, ...] = ("chat", "plan", "approve", "smart", "edits", "auto")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def decide(
    root: Path,
    mode: Mode,
    effect: Effect,
    *paths: str,
) -> Verdict:
    named = tuple(root / path for path in paths)
    return judge(Intent("tool", effect, named), mode, (root,))


@pytest.mark.parametrize(
    ("effect", "decisions"),
    [
        #            chat    plan     approve  smart    edits    auto
        ("read", ("deny", "allow", "ask", "allow", "allow", "allow")),
        ("edit", ("deny", "deny", "ask", "ask", "allow", "allow")),
        ("run", ("deny", "deny", "ask", "ask", "ask", "allow")),
        ("session", ("deny", "allow", "allow", "allow", "allow", "allow")),
    ],
)
def test_each_mode_has_its_answer(
    root: Path, effect: Effect, decisions: tuple[Decision, ...]
) -> None:
    found = tuple(decide(root, mode, effect, "a.py").decision for mode in MODES)
    assert found == decisions


@pytest.mark.parametrize(
    ("effect", "path", "decision"),
    [
        ("read", "../secret", "ask"),
        ("read", "/etc/passwd", "ask"),
        ("read", ".git/config", "allow"),
        ("read", ".", "allow"),
        ("edit", "../x", "ask"),
        ("edit", ".git/hooks/pre-commit", "ask"),
        ("edit", ".GIT/config", "ask"),
        ("edit", "sub/.goose-tui/config.yaml", "ask"),
        ("edit", "sub/../a.py", "allow"),
        ("edit", "new/deep/file", "allow"),
        ("edit", "/proc/self/root/etc/passwd", "ask"),
    ],
)
def test_edits_mode_trusts_only_plain_places_of_the_workspace(
    root: Path, effect: Effect, path: str, decision: Decision
) -> None:
    assert decide(root, "edits", effect, path).decision == decision


def test_a_link_out_of_the_workspace_leads_out_of_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "dangling").symlink_to("/nowhere/at/all")
    (root / "inner").symlink_to("real")
    assert place(root / "link" / "x", (root,)) == "outside"
    assert place(root / "dangling", (root,)) == "outside"
    assert place(root / "inner", (root,)) == "inside"


def test_a_ring_of_links_is_outside(root: Path) -> None:
    (root / "ring").symlink_to("ring")
    assert place(root / "ring" / "x", (root,)) == "outside"


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    assert place(root / "a", (tmp_path / "alias",)) == "inside"
    assert place(tmp_path / "alias" / "a", (root,)) == "inside"


def test_a_neighbour_with_the_same_beginning_is_outside(root: Path) -> None:
    assert place(root.with_name("workshop") / "a", (root,)) == "outside"


def test_one_path_outside_is_enough(root: Path) -> None:
    verdict = decide(root, "smart", "read", "a", "../b", "c")
    assert verdict.decision == "ask"
    assert [reason.stage for reason in verdict.reasons] == ["path"]
    assert str(root.parent / "b") in verdict.reasons[0].text.replace("work/../", "")


def test_every_verdict_has_a_reason(root: Path) -> None:
    for mode in MODES:
        for effect in ("read", "edit", "run", "session"):
            for path in ("a", "../a", ".git/a"):
                assert decide(root, mode, effect, path).reasons
