"""Rules and trust on the full screen."""

from __future__ import annotations

import json
from pathlib import Path

from goose_tui.screens.rules import RulesScreen
from goose_tui.screens.trust import TrustScreen
from support.workbench import Workbench


def own_rules(base: Path, *lines: str) -> Path:
    path = base / "config" / "rules.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("rules:\n" + "".join(f"  - {json.dumps(line)}\n" for line in lines))
    return path


def trust_screen(workbench: Workbench) -> TrustScreen:
    screen = workbench.app.screen
    assert isinstance(screen, TrustScreen)
    return screen


async def test_rules_are_shown_with_their_origin_and_d_takes_one_back(tmp_path: Path) -> None:
    path = own_rules(tmp_path, "allow shell: git log *", "deny path: ~/.ssh/**")
    workbench = Workbench(tmp_path)
    async with workbench.running():
        await workbench.type("/rules")
        await workbench.press("enter")
        await workbench.until(lambda: isinstance(workbench.app.screen, RulesScreen))
        await workbench.until(lambda: "rules.yaml:3" in workbench.screen_text())
        assert "shell: git log *" in workbench.screen_text()
        await workbench.press("d")
        await workbench.until(lambda: "rules.yaml:3" not in workbench.screen_text())
        assert path.read_text() == 'rules:\n  - "deny path: ~/.ssh/**"\n'
        await workbench.press("escape")
        await workbench.until(lambda: not isinstance(workbench.app.screen, RulesScreen))


async def test_a_folder_with_rules_of_its_own_is_asked_about_once(tmp_path: Path) -> None:
    folder = tmp_path / "work" / ".goose-tui"
    folder.mkdir(parents=True)
    (folder / "rules.yaml").write_text('rules: ["allow shell: make a\\u202eb *"]')
    workbench = Workbench(tmp_path)
    async with workbench.running():
        await workbench.until(lambda: isinstance(workbench.app.screen, TrustScreen))
        await workbench.until(lambda: "allow shell: make" in workbench.screen_text())
        assert "\u202e" not in workbench.screen_text()
        await workbench.until(lambda: trust_screen(workbench).armed)
        await workbench.press("x")
        await workbench.until(lambda: not isinstance(workbench.app.screen, TrustScreen))
    workbench = Workbench(tmp_path)
    async with workbench.running():
        assert not isinstance(workbench.app.screen, TrustScreen)


async def test_what_is_typed_while_it_opens_does_not_trust(tmp_path: Path) -> None:
    folder = tmp_path / "work" / ".goose-tui"
    folder.mkdir(parents=True)
    (folder / "rules.yaml").write_text('rules: ["allow shell: make *"]')
    workbench = Workbench(tmp_path, key_silence=60)
    async with workbench.running():
        await workbench.until(lambda: isinstance(workbench.app.screen, TrustScreen))
        await workbench.press("t", "x")
        assert isinstance(workbench.app.screen, TrustScreen)
        await workbench.until(lambda: workbench.draft == "tx")
        assert not (tmp_path / "data" / "trust.json").exists()
