"""Finds the event with which a text came into a session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goose_agent.events import (
    AnyData,
    Event,
    FileChanged,
    ModelDelta,
    ModelFailed,
    ModelRetrying,
    Notice,
    PlanUpdated,
    QuestionAnswer,
    RequestAnswered,
    ServerAnswer,
    SessionTitled,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProposed,
    Unknown,
    UserMessage,
)
from goose_agent.events.requests import server_answer_words

__all__ = ["find_text", "words_of"]


def find_text(events: Sequence[Event], pattern: str, place: int, step: int) -> int | None:
    """The nearest place at which a text appears, without regard to case.

    What a model says comes in pieces: a text counts as soon as all of it is there.

    Args:
        events: of a recording.
        pattern: taken literally.
        place: from which to look; itself left out.
        step: 1 for forwards, -1 for backwards; the search goes around.

    Returns:
        The place; None where the text is nowhere.
    """
    found = list(_places(events, pattern.casefold())) if pattern else []
    if not found:
        return None
    if step > 0:
        return next((at for at in found if at > place), found[0])
    return next((at for at in reversed(found) if at < place), found[-1])


def _places(events: Sequence[Event], pattern: str) -> Iterator[int]:
    rest: dict[tuple[str, int], str] = {}
    for at, event in enumerate(events):
        data = event.data
        if isinstance(data, ModelDelta):
            part = data.request_id, data.part
            text = rest.get(part, "") + data.text.casefold()
            rest[part] = text[-(len(pattern) - 1) :] if len(pattern) > 1 else ""
        else:
            text = words_of(data).casefold()
        if pattern in text:
            yield at


def words_of(data: AnyData) -> str:  # noqa: C901 (one case a kind)
    """What a person could look for in an event; nothing where there is no text in it."""
    match data:
        case UserMessage(text=text) | ModelDelta(text=text) | ToolOutcomeUnknown(text=text):
            return text
        case ToolProposed():
            return f"{data.tool} {data.summary}\n{data.arguments_text}\n{data.problem}"
        case ToolJudged(reasons=reasons):
            return "\n".join(f"{reason.text} {reason.rule}" for reason in reasons)
        case ToolFinished(text=text):
            return text
        case FileChanged():
            return f"{data.path}\n{data.diff}"
        case PlanUpdated(items):
            return "\n".join(item.text for item in items)
        case RequestAnswered(answer=answer):
            if isinstance(answer, ServerAnswer):
                return server_answer_words(answer)
            given = answer.text if isinstance(answer, QuestionAnswer) else answer.choice
            return f"{given}\n{getattr(answer, 'reason', '')}"
        case Notice(text=text, hint=hint) | ModelFailed(message=text, hint=hint):
            return f"{text}\n{hint}"
        case ModelRetrying(message=text) | SessionTitled(title=text):
            return text
        case Unknown(kind=kind):
            return kind
        case _:
            return ""
