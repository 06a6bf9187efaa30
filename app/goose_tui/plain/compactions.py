"""A proposed compaction as lines, and what a typed line answers to it."""

from __future__ import annotations

from goose_agent.events import CompactionAnswer, CompactionReview
from goose_agent.state.session_state import Pending, SessionState
from goose_tui.plain.approvals import indented
from goose_tui.plain.decisions import Unclear
from goose_tui.view.compaction_words import cost_words, review_heading
from goose_tui.view.review_pieces import ReviewPieces
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["compaction_words", "goes_on_alone", "read_review", "review_lines", "review_prompt"]

_FACTS = 15
"""Facts at risk that are told."""
_MORE = {
    "a": "what is to be added to the summary: ",
    "f": "what the summary is to attend to: ",
    "e": "the whole summary, in one line: ",
}
"""What is asked for where a letter stands alone."""


def review_lines(review: CompactionReview, state: SessionState) -> list[str]:
    """A proposal, complete, and the answers there are.

    Args:
        review: the proposal.
        state: the session.
    """
    pieces = ReviewPieces.of(state, review)
    fates = pieces.first_fates()
    kept = [key for key, fate in fates.items() if fate in ("keep", "pin")]
    lines = [f"waiting for you: {review_heading(review)}"]
    lines += [f"  of {len(fates)} pieces {len(kept)} stay word for word"]
    lines += [f"  {words}" for words in cost_words(review)]
    if review.summary:
        lines += ["  the summary:", *indented(clean(review.summary))]
    facts = pieces.at_risk(kept, review.summary)
    if facts:
        lines.append(f"  at risk, in what goes and not in what stays: {len(facts)}")
        lines += [f"    {fact.kind}: {clean_line(fact.text)}" for fact in facts[:_FACTS]]
        lines += [f"    and {len(facts) - _FACTS} more"] if len(facts) > _FACTS else []
    if review.seconds is not None:
        lines.append(
            f"  without a word from you it holds in {review.seconds:g} s; any line stops that"
        )
    answers = ["y accept", "n leave the conversation as it is"]
    if review.way == "summarize":
        answers += [
            "a TEXT accept, with this added to the summary",
            "e TEXT accept, with this summary in its place",
            "f TEXT sum up anew, with this in focus",
        ]
    return [*lines, *answers]


def review_prompt(review: CompactionReview) -> str:
    """What the line begins with on which it is answered."""
    return (
        "your answer, y, n, a, e or f: " if review.way == "summarize" else "your answer, y or n: "
    )


def read_review(review: CompactionReview, text: str) -> CompactionAnswer | Unclear:
    """What a typed line answers.

    Args:
        review: the proposal.
        text: the line.
    """
    word, _, rest = text.strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    written = review.way == "summarize"
    match word:
        case "y" if not rest:
            return CompactionAnswer("accept")
        case "n" if not rest:
            return CompactionAnswer("cancel")
        case "a" | "e" | "f" if written and not rest:
            return Unclear(_MORE[word], word)
        case "a" if written:
            return CompactionAnswer("accept", f"{review.summary}\n\n{rest}")
        case "e" if written:
            return CompactionAnswer("accept", rest)
        case "f" if written:
            return CompactionAnswer("recompute", focus=rest)
        case _:
            return Unclear()


def goes_on_alone(pending: Pending) -> bool:
    """Whether a question is answered after a while though nobody is there."""
    subject = pending.subject
    return (
        isinstance(subject, CompactionReview) and subject.seconds is not None and not pending.held
    )


def compaction_words(answer: CompactionAnswer) -> str:
    """What was answered, in a line."""
    match answer.choice:
        case "accept":
            return "accepted" if answer.summary is None else "accepted, with other words"
        case "cancel":
            return "refused: the conversation stays as it is"
        case "recompute":
            focus = f", with focus on {clean_line(answer.focus)}" if answer.focus else ""
            return f"to be summed up anew{focus}"
