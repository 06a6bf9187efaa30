"""Whenever a working engine is killed, nothing that was shown is lost and nothing runs twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.soak import soak

SEED = 20261121


@pytest.mark.timeout(150)
async def test_of_twenty_kills_none_loses_anything(tmp_path: Path) -> None:
    found = await soak(20, SEED, tmp_path)
    assert len(found.kills) == 20
    assert not found.problems, found.table()
