"""How compactions change a session's state: the model's view, never the transcript."""

from __future__ import annotations

from goose_agent.events import (
    CompactionApplied,
    CompactionFailed,
    CompactionRedone,
    CompactionUndone,
    Event,
)
from goose_agent.evolve import evolve
from goose_agent.state.folds import Fold, Folding
from goose_agent.state.records import FoldRecord, NoticeRecord, Record
from goose_agent.state.session_state import SessionState
from goose_agent.state.vector import Vector

__all__ = ["MOST_FAILURES", "reduce_compaction"]

MOST_FAILURES = 3
"""Compactions in a row that may fail before nobody tries any more unless asked to."""


def reduce_compaction(
    state: SessionState,
    event: Event,
    data: CompactionApplied | CompactionUndone | CompactionRedone | CompactionFailed,
) -> SessionState:
    """The conversation is made smaller, or not, or is as it was before."""
    folding, records = state.folding, state.records
    match data:
        case CompactionApplied():
            folding = Folding((*folding.applied, Fold(event.seq, data)))
            mark = FoldRecord(data.compaction_id, event.seq, event.turn, _words(data), data.summary)
            return _sized(state, folding, records.append(mark), data.tokens_after)
        case CompactionUndone(name):
            if not folding.applied or folding.applied[-1].applied.compaction_id != name:
                return state
            fold = folding.applied[-1]
            folding = Folding(folding.applied[:-1], (*folding.undone, fold))
            tokens = state.context.tokens + _saved(fold)
            return _sized(state, folding, _marked(records, fold, undone=True), tokens)
        case CompactionRedone(name):
            if not folding.undone or folding.undone[-1].applied.compaction_id != name:
                return state
            fold = folding.undone[-1]
            folding = Folding((*folding.applied, fold), folding.undone[:-1])
            tokens = max(0, state.context.tokens - _saved(fold))
            return _sized(state, folding, _marked(records, fold, undone=False), tokens)
        case CompactionFailed():
            failures = folding.failures + (data.trigger != "manual")
            hint = data.hint
            if failures == MOST_FAILURES and data.trigger != "manual":
                hint = f"{hint} It is not tried again by itself; /compact tries.".strip()
            notice = NoticeRecord(
                f"e{event.seq}", event.seq, event.turn, "warning", data.message, hint
            )
            return evolve(
                state,
                folding=evolve(folding, failures=failures),
                records=records.append(notice),
            )


def _saved(fold: Fold) -> int:
    return fold.applied.tokens_before - fold.applied.tokens_after


def _sized(
    state: SessionState, folding: Folding, records: Vector[Record], tokens: int
) -> SessionState:
    """What the model sees is of another size at once, by our estimate."""
    use = state.context
    folded = use.folded + use.tokens - tokens
    context = evolve(use, tokens=tokens, source="estimate", folded=folded)
    return evolve(state, folding=folding, records=records, context=context)


def _marked(records: Vector[Record], fold: Fold, *, undone: bool) -> Vector[Record]:
    name = fold.applied.compaction_id
    for at in range(len(records) - 1, -1, -1):
        record = records[at]
        if isinstance(record, FoldRecord) and record.key == name:
            return records.set(at, evolve(record, undone=undone))
    return records


def _words(data: CompactionApplied) -> str:
    what = {
        "summarize": "the model sees a summary of what stands above",
        "truncate": "the model sees no more of the oldest part above",
        "clear": "the model sees nothing of what stands above",
        "results": f"{len(data.results)} old tool results became notes",
    }[data.way]
    if data.way != "results" and data.kept:
        what += " and what was kept of it"
    return f"{what}: about {data.tokens_before:,} to {data.tokens_after:,} tokens"
