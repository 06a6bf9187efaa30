"""What opens a request fits the window of the model that reads it."""

from __future__ import annotations

import pytest

from goose_agent.providers.model import ModelInfo
from support.engine import Rig
from support.models import FakeModel


@pytest.mark.parametrize(
    ("info", "short"),
    [
        (ModelInfo("fake/one", window=4_096), True),
        (ModelInfo("fake/one", window=32_768), False),
        (ModelInfo("fake/one", window=32_768, tiny_prompt=True), True),
        (ModelInfo("fake/one"), False),
    ],
)
async def test_a_model_with_a_small_window_or_known_as_weak_gets_a_short_prompt(
    rig: Rig, info: ModelInfo, short: bool
) -> None:
    rig.models["fake/one"] = model = FakeModel(info=info)
    async with rig.session(mode="plan") as face:
        await face.ask("go")
    system = model.requests[0].system
    assert (len(system) < 1_000) is short
    assert "You may only read" in system  # what bounds it is never left out
    assert str(rig.folder) in system
