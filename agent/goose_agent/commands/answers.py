"""Answers to what is asked."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from goose_agent.events import Answer

__all__ = ["AnswerAlike", "AnswerRequest", "Explain", "HoldRequest"]


class AnswerRequest(Struct, frozen=True):
    """Answer a pending request."""

    name: ClassVar[str] = "answer"

    request_id: str
    answer: Answer


class AnswerAlike(Struct, frozen=True):
    """Answer several pending approvals in the same way: those of one tool that wait now."""

    name: ClassVar[str] = "answer_alike"

    request_ids: tuple[str, ...]
    answer: Answer


class HoldRequest(Struct, frozen=True):
    """Somebody looks at a pending request: nothing is to answer it in their place."""

    name: ClassVar[str] = "hold"

    request_id: str


class Explain(Struct, frozen=True):
    """Let a model explain a pending call; it comes back as transient `request.explained`."""

    name: ClassVar[str] = "explain"

    request_id: str
