"""What the fault matrix shares, and the line at the end that says how it went."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.faults.hurried import HurriedLoop
from agent.faults.wires import WIRES, Wire
from support.engine import Rig
from support.probe import Probe

_CELL = "fault × provider"


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "asyncio", {"loop_factory": HurriedLoop}


@pytest.fixture(params=WIRES, ids=lambda wire: wire.name)
def wire(request: pytest.FixtureRequest) -> Wire:
    made = request.param
    assert isinstance(made, Wire)
    fault = request.node.callspec.params.get("fault")
    if fault is not None:
        request.node.user_properties.append((_CELL, f"{fault} {made.name}"))
    return made


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def rig(tmp_path: Path, probe: Probe) -> Rig:
    return Rig(tmp_path, extensions=lambda: (probe,))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    cells: dict[str, bool] = {}
    for word in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(word, []):
            for name, cell in getattr(report, "user_properties", ()):
                if name == _CELL:
                    cells[cell] = cells.get(cell, True) and word == "passed"
    if cells:
        passed = sum(cells.values())
        terminalreporter.write_line(f"faults × providers passed: {passed} of {len(cells)}")
