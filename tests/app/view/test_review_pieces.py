"""What a review tells of a proposal is what the engine reckoned of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.loop.test_compaction import Loud, shout
from goose_agent.commands import Interrupt
from goose_agent.events import CompactionReview
from goose_tui.transcript.compaction import PieceRow, after_rows
from goose_tui.view.review_pieces import ReviewPieces, text_of
from support.engine import Rig
from support.models import calls, said
from support.summing import SummingModel


@pytest.mark.parametrize("times", [300, 4_000])
async def test_the_numbers_do_not_jump_when_a_summary_is_edited(tmp_path: Path, times: int) -> None:
    model = SummingModel(window=8_000)
    model.answers = [said("Hello."), said("Well."), calls(shout("loud", times))]
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (Loud(),)
    rig.places.config.mkdir(parents=True)
    settings = {"compaction_review": "always", "compact_results": False}
    rig.places.settings.write_text(json.dumps(settings), encoding="utf-8")
    async with rig.session() as face:
        await face.ask("first " * 1_600)
        await face.ask("second " * 1_500)
        await face.submit("And now? " * 400)
        (pending,) = await face.pending()
        review = pending.subject
        assert isinstance(review, CompactionReview)
        assert bool(review.results) == (times > 1_000)
        pieces = ReviewPieces.of(face.state, review)
        assert pieces.tokens_after(review.kept, review.summary) == review.tokens_after
        (result,) = [item for item in pieces.stay(review.kept) if item.kind == "tool_result"]
        assert ("recall(id=" in text_of(result)) == bool(review.results)
        rows = after_rows(pieces, review.kept, review.summary, "")
        assert max(row.tokens for row in rows if isinstance(row, PieceRow)) < 2_000
        await face.tell(Interrupt())
        await face.idle()
