"""What the model sees is known at once after a compaction, its undoing and its redoing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goose_agent.commands import Command, Compact, RedoCompaction, UndoCompaction
from goose_agent.context.current import current_use
from goose_agent.context.spread import spread
from goose_agent.events import Segment
from goose_agent.state.session_state import SessionState
from support.engine import Face, Rig
from support.models import calls, said
from support.probe import Probe
from support.summing import SummingModel

LONG = "word " * 1_400


def sizes(segments: tuple[Segment, ...]) -> dict[str, tuple[int, str]]:
    there = (each for each in segments if each.kind not in ("turn", "tools"))
    return {each.key: (each.size, each.altered) for each in there if each.altered != "dropped"}


async def is_what_comes(face: Face, before: SessionState) -> None:
    """The next request has what was said to be there, and beside it only what was said since."""
    told = current_use(before)
    assert spread(told, before.answering).total == before.context.tokens
    await face.ask("And now?")
    after = sizes(face.state.context.segments)
    now = sizes(told.segments)
    assert now == {key: after[key] for key in after if key in now}
    since = [each for each in face.state.context.segments if each.key in after.keys() - now.keys()]
    assert all(each.origin > before.context.built for each in since)


@pytest.mark.parametrize("strategy", ["summarize", "truncate", "clear"])
async def test_what_is_left_is_known_before_it_is_sent(tmp_path: Path, strategy: str) -> None:
    model = SummingModel(window=8_000)
    look = calls(("look", '{"word": "tree"}'))
    model.answers = [said("one."), look, said("two."), said("three.")]
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (Probe(),)
    rig.places.config.mkdir(parents=True)
    settings = {"compaction_review": "automatic", "context_strategy": strategy}
    rig.places.settings.write_text(json.dumps(settings), encoding="utf-8")
    async with rig.session() as face:
        for text in (f"one {LONG}", f"two {LONG}", f"three {LONG}"):
            await face.ask(text)
        assert current_use(face.state) is face.state.context
        steps: list[tuple[Command, str]] = [
            (Compact(), "applied"),
            (UndoCompaction(), "undone"),
            (RedoCompaction(), "redone"),
        ]
        for command, kind in steps:
            await face.tell(command)
            await face.until(lambda kind=kind: face.data(f"compaction.{kind}"))  # type: ignore[misc] # a lambda with a default
            use = current_use(face.state)
            summaries = [each for each in use.segments if each.kind == "summary"]
            assert len(summaries) == (kind != "undone")
            assert bool(use.gone)
            await is_what_comes(face, face.state)
            assert current_use(face.state) is face.state.context
