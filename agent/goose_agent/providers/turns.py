"""User and assistant in turn, each turn encoded once; what hangs on the last ones is made anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from msgspec import Raw, Struct

from goose_agent.growing import Chain, Each
from goose_agent.messages import Message, ToolResult
from goose_agent.providers.encoding import as_body
from goose_agent.providers.history import exchanging, settling

__all__ = ["Turn", "answer_in_need", "marked", "turning"]


class Turn(Struct, frozen=True):
    """One turn of a conversation, and the JSON for it."""

    message: Message
    encoded: Raw


def turning(
    pictures: Collection[str], make: Callable[[Message], dict[str, Any]]
) -> Chain[Message, Turn]:
    """The steps from a conversation that grows to its turns, the user's first and last.

    Args:
        pictures: the media types that the model can be shown.
        make: what stands for one turn in the wire format.
    """
    encoded = Each[Message, Turn](lambda message: (Turn(message, Raw(as_body(make(message)))),))
    return Chain(*settling(pictures), *exchanging(), encoded)


def marked(
    turns: Sequence[Turn],
    make: Callable[[Message], dict[str, Any]],
    end: Sequence[dict[str, Any]] = (),
) -> list[object]:
    """The conversation in the wire format, the last two turns of the user marked for the cache.

    Args:
        turns: the conversation.
        make: what stands for a marked turn, its parts as `content`.
        end: further parts of the last turn, behind its mark.
    """
    encoded: list[object] = [turn.encoded for turn in turns]
    # What one request put into the cache the next one reads, so the last two turns are marked:
    # the user's are the last one and every other one before it.
    for place in range(len(turns))[-1:-4:-2]:
        turn = encoded[place] = make(turns[place].message)
        if place == len(turns) - 1:
            turn["content"] += end
    return encoded


def answer_in_need(turns: Sequence[Turn]) -> Message | None:
    """The answer whose results the last turn brings; None where it brings none."""
    brings = any(isinstance(part, ToolResult) for part in turns[-1].message.parts)
    return turns[-2].message if brings else None
