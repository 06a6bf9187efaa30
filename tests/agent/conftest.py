"""What the tests of the engine share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.engine import Rig
from support.models import FakeModel


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def rig(tmp_path: Path, model: FakeModel) -> Rig:
    return Rig(tmp_path, {"fake/one": model})
