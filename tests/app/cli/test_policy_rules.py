"""`goose-tui policy` and `goose-tui trust`: rules looked at, added, taken over, taken back, explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goose_agent.permissions.trust import RULES
from goose_tui.cli.commands import run_command
from support.engine import Rig
from support.models import FakeModel, calls, said


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("GOOSE_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GOOSE_PATH_ROOT", raising=False)
    monkeypatch.chdir(folder)
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run_command(["policy", "list", "--output", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def test_rules_are_added_listed_and_taken_back(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["policy", "allow", "shell: git fetch *", "--why", "daily"]) == 0
    assert run_command(["policy", "deny", "read:", "./secrets/**"]) == 0
    assert run_command(["policy", "ask", "nonsense here"]) == 2
    assert run_command(["policy", "allow", "*"]) == 2
    rules = listed(capsys)
    assert [(rule["rule"], rule["why"]) for rule in rules] == [
        ("allow shell: git fetch *", "daily"),
        ("deny read: ./secrets/**", ""),
    ]
    assert rules[0]["source"] == f"{home}/config/rules.yaml:2"
    assert run_command(["policy", "list"]) == 0
    assert "allow shell: git fetch *" in capsys.readouterr().out
    assert run_command(["policy", "check", "git fetch -p"]) == 0
    assert "allow\n  allow shell: git fetch * (daily)" in capsys.readouterr().out
    assert run_command(["policy", "remove", str(rules[0]["id"])]) == 0
    assert run_command(["policy", "remove", str(rules[0]["id"])]) == 2
    assert [rule["rule"] for rule in listed(capsys)] == ["deny read: ./secrets/**"]


def test_an_import_tells_every_line_and_writes_only_when_asked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = home / "settings.json"
    lists = {"allow": ["Bash(git:*)", "Bash(a * b)"], "deny": ["Bash(rm:*)"]}
    settings.write_text(json.dumps({"permissions": lists}))
    assert run_command(["policy", "import", str(settings), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "left out" in out
    assert "deny shell: rm *" in out
    assert listed(capsys) == []
    assert run_command(["policy", "import", str(settings)]) == 0
    assert [rule["rule"] for rule in listed(capsys)] == ["allow shell: git *", "deny shell: rm *"]
    assert run_command(["policy", "import", str(home / "none.json")]) == 3


async def test_a_verdict_on_record_is_explained(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(["policy", "deny", "shell: rm *"])
    model = FakeModel([calls(("shell", '{"command": "rm x"}')), said("ok")])
    rig = Rig(home, {"fake/one": model})
    async with rig.session() as face:
        await face.ask("go")
        seq = next(event.seq for event in face.events if event.type == "tool.finished")
        await face.leave()
    capsys.readouterr()
    assert run_command(["policy", "why", str(seq)]) == 0
    out = capsys.readouterr().out
    assert "shell  rm x" in out
    assert f"rule: deny shell: rm *  ({home}/config/rules.yaml:2)" in out
    assert run_command(["policy", "why", "1"]) == 2
    assert run_command(["policy", "why", "9999"]) == 2


def test_a_folder_is_trusted_listed_and_revoked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["trust"]) == 0
    assert "Nothing in" in capsys.readouterr().err
    path = home / "work" / RULES
    path.parent.mkdir()
    path.write_text('rules: ["allow shell: make *"]')
    assert run_command(["trust"]) == 2
    assert "allow shell: make *" in capsys.readouterr().out
    assert [rule["counts"] for rule in listed(capsys)] == [False]
    assert run_command(["trust", "--yes"]) == 0
    assert [rule["counts"] for rule in listed(capsys)] == [True]
    assert run_command(["trust", "list"]) == 0
    assert str(home / "work") in capsys.readouterr().out
    assert run_command(["trust", "revoke"]) == 0
    assert run_command(["trust", "revoke"]) == 1
    assert run_command(["trust", "nowhere"]) == 2
    assert [rule["counts"] for rule in listed(capsys)] == [False]
