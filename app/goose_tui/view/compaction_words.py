"""What is to be said of a proposed compaction in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.events import CompactionReview
    from goose_agent.state.records import FoldRecord

__all__ = ["cost_words", "fold_words", "review_heading", "size_words"]

_WHAT = {
    "summarize": "Sum the conversation up?",
    "truncate": "Leave out the oldest part of the conversation?",
    "clear": "Clear the conversation?",
    "results": "Cut old results?",
}
_WHY = {
    "manual": "",
    "threshold": "The window is nearly full:",
    "overflow": "The last request did not fit:",
}


def size_words(before: int, after: int, window: int | None) -> str:
    """How large a request is and would be, and the share of the window that it takes."""
    from goose_tui.view.numbers import tokens  # slow to import

    words = f"about {tokens(before)} to {tokens(after)} tokens"
    if window:
        words += f" ({round(100 * before / window)} to {round(100 * after / window)} %)"
    return words


def review_heading(review: CompactionReview) -> str:
    """What is asked, why, and what is won."""
    size = size_words(review.tokens_before, review.tokens_after, review.window)
    return " ".join(filter(None, (_WHAT[review.way], _WHY[review.trigger], size)))


def cost_words(review: CompactionReview) -> list[str]:
    """What a call costs then, who wrote the summary, what that cost, what they could not read."""
    from goose_tui.view.numbers import money  # slow to import

    words = []
    if (price := review.input_price) is not None:
        before, after = (
            count * price / 1e6 for count in (review.tokens_before, review.tokens_after)
        )
        words.append(f"a call reads for {money(before)} now, {money(after)} then")
    if review.model:
        cost = f", {money(review.cost)}" if review.cost is not None else ""
        focus = f", with focus on {review.focus}" if review.focus else ""
        words.append(f"summed up by {review.model}{cost}{focus}")
    if review.unread:
        words.append(f"{review.unread} % of the results were too much for it to read")
    return words


def fold_words(fold: FoldRecord) -> str:
    """What a compaction did, in a line."""
    return f"compaction undone; with it {fold.text}" if fold.undone else f"compacted: {fold.text}"
