"""A message that no window holds: said so, and shortened or left to be read in pieces."""

from __future__ import annotations

from goose_agent.config.compaction import Review
from goose_agent.context.conversation import Placed
from goose_agent.events import Notice, Question, QuestionAnswer, SegmentEdited
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.proposing import Conversation, Declined
from goose_agent.messages import Text
from goose_agent.sessions.log import SessionLog
from goose_agent.tools.output import human_size

__all__ = ["ABOUT_MESSAGE", "fit_message"]

ABOUT_MESSAGE = "large message"
"""What its question is about, in the place of a call."""
_ROOM = 0.9
"""Share of the window that a message may fill together with what opens the request."""
_LARGE = 0.25
"""Share of the window from which on a message is what does not fit."""
_MOST = 0.6
"""Share of a request that was refused from which on a message is what did not fit, where nobody
knows the window."""
_SHORT = 0.25
"""Share of the window, or of that request, that is left of it when it is shortened."""
_EXCERPT = 2_000
"""Characters of its beginning that stay when it is left to be read in pieces."""

_PIECES = "Let the agent read it in pieces"
_SHORTEN = "Send only its beginning and its end"


async def fit_message(
    log: SessionLog, desk: Desk, review: Review, said: Conversation, overflown: bool
) -> bool:
    """Make a single message fit that is larger than the window; tells whether one was.

    Args:
        log: the session's record.
        desk: where to ask the person what is to become of it.
        review: whether anybody is asked.
        said: the conversation.
        overflown: whether a service has just refused it for its length.

    Raises:
        Declined: the person wants it sent as it is.
    """
    item = _too_large(said, overflown)
    if item is None or not isinstance(item.part, Text):
        return False
    text = item.part.text
    tokens, size = said.sizes.of([item]), human_size(len(text.encode()))
    problem = f"A message of about {tokens:,} tokens ({size}) does not fit"
    problem += f" into {said.window:,}." if said.window else ": it is most of the request."
    # The agent reads a file that was attached by itself; in chat mode it reads nothing.
    choices = (_SHORTEN,) if item.ref or log.state.mode == "chat" else (_PIECES, _SHORTEN)
    chosen = choices[0]
    if review.automatic:
        log.record(Notice("warning", problem, f"{chosen}: done."), "system")
    else:
        question = Question(ABOUT_MESSAGE, f"{problem} What is to be done?", choices, False)
        answer = answer_as(QuestionAnswer, await desk.ask(question))
        if answer.declined:
            raise Declined
        chosen = answer.text
    shorter = _excerpt(item, said) if chosen == _PIECES else _ends(text, said)
    log.record(
        SegmentEdited(item.key, "edit", shorter), "user" if not review.automatic else "agent"
    )
    return True


def _too_large(said: Conversation, overflown: bool) -> Placed | None:
    if said.window is not None:
        head = said.sizes.tokens - said.sizes.of(said.view)
        room = max(_ROOM * said.window - head, _LARGE * said.window)
    elif overflown:
        room = _MOST * said.sizes.tokens
    else:
        return None
    large = (item for item in said.view if item.kind == "user" and said.sizes.of([item]) > room)
    return next(large, None)


def _excerpt(item: Placed, said: Conversation) -> str:
    assert isinstance(item.part, Text)
    text = item.part.text
    size = len(text.encode())
    return (
        f"{text[:_EXCERPT]}\n\n[This is the beginning of a message of {size:,} bytes. "
        f'recall(id="e{item.origin}", offset={_EXCERPT}) reads on in it.]'
    )


def _ends(text: str, said: Conversation) -> str:
    half = max(200, round(_SHORT * said.room * said.sizes.ratio / 2))
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n\n[… {left_out:,} characters left out …]\n\n{text[-half:]}"
