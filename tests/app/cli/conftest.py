"""What the tests of the command line share."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from goose_tui.cli.commands import run_command


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """Runs commands in a folder of its own, with a home of its own."""

    home: Path
    folder: Path
    call: Callable[..., Ran]

    def __call__(self, *argv: str, stdin: str = "") -> Ran:
        return self.call(*argv, stdin=stdin)

    def script(self, text: str, name: str = "script") -> str:
        """A scripted model; returns its name."""
        path = self.home / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return f"scripted/{path}"


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Shell:
    folder = tmp_path / "work"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(("GOOSE_", "OLLAMA_", "OTEL_"))]:
        monkeypatch.delenv(name)
    keys = [name for name in os.environ if name.endswith(("_API_KEY", "_BASE_URL", "_TOKEN"))]
    for name in (*keys, "OPENAI_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOSE_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    monkeypatch.chdir(folder)

    def call(*argv: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        )
        capfd.readouterr()
        code = run_command(argv)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return Shell(tmp_path, folder, call)
