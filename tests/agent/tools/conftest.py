"""What the tests of tools share."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.tools.running_call import RunningCall


@pytest.fixture
def call(tmp_path: Path) -> RunningCall:
    return RunningCall(tmp_path)
