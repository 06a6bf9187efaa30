"""What opens a request fits the window of the model that reads it."""

from __future__ import annotations

import pytest

from goose_agent.providers.model import ModelInfo
from support.engine import Rig
from support.models import FakeModel


@pytest.mark.parametrize(("window", "short"), [(4_096, True), (32_768, False), (None, False)])
async def test_a_model_with_a_small_window_gets_a_short_prompt(
    rig: Rig, window: int | None, short: bool
) -> None:
    rig.models["fake/one"] = model = FakeModel(info=ModelInfo("fake/one", window=window))
    async with rig.session(mode="plan") as face:
        await face.ask("go")
    system = model.requests[0].system
    assert (len(system) < 1_000) is short
    assert "You may only read" in system  # what bounds it is never left out
    assert str(rig.folder) in system
