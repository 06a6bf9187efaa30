"""`goose-tui providers` where a person types."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest

KEY = "key-0123456789"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    # The keyring of whoever runs the tests is not for trying.
    nowhere = "keyring.backends.null.Keyring"
    return {
        **kept,
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "GOOSE_TUI_HOME": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": nowhere,
    }


def spawn(environ: dict[str, str], *arguments: str) -> pexpect.spawn[str]:
    words = ["-m", "goose_tui", "providers", *arguments]
    return pexpect.spawn(
        sys.executable, words, env=environ, encoding="utf-8", timeout=20, dimensions=(24, 100)
    )


def test_a_provider_is_asked_for_and_its_key_is_not_shown(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    child = spawn(environ, "add")
    shown = []
    for question, answer in (
        ("Name, such as acme: ", "acme"),
        (
            r"Engine \(openai, openai_responses, anthropic, gemini, ollama, bedrock, vertex\): ",
            "openai",
        ),
        ("Address, https://…: ", "https://acme.example/v1"),
        (r"Variable of the key \(ACME_API_KEY; - for no key\): ", ""),
        (r"ACME_API_KEY \(not shown; Enter to leave it out\): ", KEY),
    ):
        child.expect(question)
        shown.append(child.before or "")
        child.sendline(answer)
    child.expect(pexpect.EOF)
    shown.append(child.before or "")
    child.close()

    assert child.exitstatus == 0
    assert KEY not in "".join(shown)
    assert "ACME_API_KEY is kept in" in shown[-1]
    assert KEY in (tmp_path / "config" / "secrets.yaml").read_text(encoding="utf-8")
    definition = (tmp_path / "config" / "providers" / "acme.yaml").read_text(encoding="utf-8")
    assert KEY not in definition
    assert "base_url: https://acme.example/v1" in definition


def test_a_file_that_others_can_read_is_made_private_on_request(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    file = tmp_path / "config" / "secrets.yaml"
    file.parent.mkdir()
    file.write_text(f"GROQ_API_KEY: {KEY}\n", encoding="utf-8")
    file.chmod(0o644)

    child = spawn(environ, "list")
    child.expect("can be read by others")
    child.expect(r"\[y/N\] ")
    child.sendline("y")
    child.expect(r"GROQ_API_KEY \(file\)")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    assert file.stat().st_mode & 0o777 == 0o600
