"""`goose-tui extensions new`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from goose_tui.cli.commands import run_command


def test_a_new_extension_works_and_so_does_its_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOOSE_TUI_HOME", str(tmp_path))
    assert run_command(["extensions", "new", "word-count"]) == 0
    extension, test = map(Path, capsys.readouterr().out.split())
    assert extension == tmp_path / "config" / "extensions" / "word_count.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout
    assert run_command(["extensions", "new", "word_count"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_name_that_is_no_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["extensions", "new", "../evil"]) == 2
    assert "is no name for an extension" in capsys.readouterr().err
