"""A server that nobody here wrote, on a real terminal: progress, a form, a model's answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from e2e.test_tour import Terminal
from support.servers import everything

# The first test may have to fetch the server.
pytestmark = pytest.mark.timeout(240)

SCRIPT = """
- text: honk honk
  calls: [{tool: everything__trigger-long-running-operation, arguments: {duration: 2, steps: 4}}]
- calls: [{tool: everything__trigger-elicitation-request, arguments: {}}]
- calls: [{tool: everything__trigger-sampling-request, arguments: {prompt: Say honk., maxTokens: 40}}]
- text: All three are done.
"""


def test_progress_a_form_and_a_models_answer_by_consent(tmp_path: Path) -> None:
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    settings = home / "goose" / "config" / "config.yaml"
    settings.parent.mkdir(parents=True)
    servers = {"extensions": {"everything": everything()}}
    settings.write_text(yaml.safe_dump(servers), encoding="utf-8")
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT, encoding="utf-8")

    terminal = Terminal(home, folder, "--model", f"scripted/{script}", "--mode", "auto")
    terminal.sees("enter send")
    terminal.send("/extensions\r")
    terminal.sees("✓ everything")
    terminal.send("\x1b")
    terminal.until(lambda text: "on/off" not in text, "the list put away")
    terminal.send("go\r")
    terminal.sees("[#####---------------]  25%")
    terminal.sees("The extension everything asks")
    terminal.rest(0.6)
    terminal.send("Ada")
    terminal.sees("Ada")
    terminal.send("\r")
    terminal.sees("wants a model to answer it")
    terminal.sees("Say honk.")
    terminal.rest(0.6)
    terminal.send("y")
    terminal.sees("All three are done.")
    terminal.sees("✓ everything__trigger-sampling-request")
    terminal.send("\x04")
    assert terminal.ended() == 0
