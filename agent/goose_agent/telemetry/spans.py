"""From events to spans, by OpenTelemetry's conventions for generative AI.

A turn is `invoke_agent`, below it every request is a `chat` and every call an `execute_tool`; what a
subagent does stands below the call that it works for. What was said is left out unless it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct, field
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue

from goose_agent.events import (
    AgentEnded,
    AgentStarted,
    Event,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
    SessionEnded,
    ToolFinished,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnMeasured,
    TurnStarted,
    UserMessage,
)
from goose_agent.messages import Usage

__all__ = ["SpanMaker"]

_AGENT = "goose-tui"
_PROVIDERS = {
    "azure": "azure.ai.openai",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "xai": "x_ai",
}
"""Providers that the conventions call otherwise."""


class _Chat(Struct):
    """A request under way."""

    span: Span
    said: list[str] = field(default_factory=list)


class _Session(Struct):
    """What is open of one agent of a session."""

    turn: Span | None = None
    below: Span | None = None
    """The call that a subagent works for."""
    name: str = _AGENT
    asked: str = ""
    """The message that the turn is about."""
    answered: str = ""
    chats: dict[str, _Chat] = field(default_factory=dict)
    proposed: dict[str, ToolProposed] = field(default_factory=dict)
    tools: dict[str, Span] = field(default_factory=dict)


class SpanMaker:
    """Makes spans of the events of any number of sessions.

    Args:
        tracer: takes the spans.
        content: whether messages, arguments and results go with them.
        masked: takes secrets out of a text.
    """

    def __init__(self, tracer: Tracer, *, content: bool, masked: Callable[[str], str]) -> None:
        self._tracer = tracer
        self._content = content
        self._masked = masked
        self._sessions: dict[tuple[str, str], _Session] = {}
        """What is open, by session and agent."""

    def take(self, event: Event) -> None:
        """Begin or end what this event begins or ends."""
        session = self._sessions.setdefault((event.session_id, event.agent), _Session())
        match event.data:
            case AgentStarted() | AgentEnded():
                self._agent(session, event)
            case UserMessage() | TurnStarted() | TurnMeasured() | TurnEnded() | SessionEnded():
                self._turn(session, event)
            case (
                ModelRequested()
                | ModelDelta()
                | ModelResponded()
                | ModelFailed()
                | ModelRetrying()
                | ModelCancelled()
            ):
                self._chat(session, event)
            case ToolProposed() | ToolStarted() | ToolFinished():
                self._tool(session, event)
            case _:
                pass

    def close(self, at: datetime) -> None:
        """End what is still open, at this time."""
        for session in self._sessions.values():
            self._end_all(session, at)
        self._sessions.clear()

    # Subagents

    def _agent(self, session: _Session, event: Event) -> None:
        """A subagent begins below the call that it works for, or ends."""
        match event.data:
            case AgentStarted(call_id=call_id, name=name):
                above = event.session_id, event.agent.rpartition("/")[0]
                parent = self._sessions.get(above)
                session.below = parent.tools.get(call_id) if parent is not None else None
                session.name = name or "subagent"
            case AgentEnded():
                self._end_all(session, event.at)
                del self._sessions[event.session_id, event.agent]
            case _:
                pass

    # Turns

    def _turn(self, session: _Session, event: Event) -> None:
        match event.data:
            case UserMessage(text=text, steer=False):
                session.asked = text
            case TurnStarted():
                self._end_all(session, event.at)
                self._begin_turn(session, event)
            case TurnMeasured() as measured if session.turn is not None:
                session.turn.set_attributes(_usage(measured))
                session.turn.set_attributes(_model(f"{measured.provider}/{measured.model}"))
            case TurnEnded(reason=reason):
                if session.turn is not None and reason != "done":
                    _mark_failed(session.turn, reason)
                self._end_all(session, event.at)
            case SessionEnded():
                for key in [key for key in self._sessions if key[0] == event.session_id]:
                    self._end_all(self._sessions.pop(key), event.at)
            case _:
                pass

    def _begin_turn(self, session: _Session, event: Event) -> Span:
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": session.name,
            "gen_ai.conversation.id": event.session_id,
        }
        below = session.below
        if session.name != _AGENT:
            attributes["gen_ai.agent.id"] = event.agent
        session.turn = self._tracer.start_span(
            f"invoke_agent {session.name}",
            Context() if below is None else set_span_in_context(below, Context()),
            SpanKind.INTERNAL,
            attributes,
            start_time=_nanoseconds(event.at),
        )
        return session.turn

    def _end_all(self, session: _Session, at: datetime) -> None:
        """End a turn and what is open below it."""
        ended = _nanoseconds(at)
        for span in (*(chat.span for chat in session.chats.values()), *session.tools.values()):
            _mark_failed(span, "unfinished")
            span.end(ended)
        if session.turn is not None:
            self._tell(session.turn, "gen_ai.input.messages", _message("user", session.asked))
            answer = _message("assistant", session.answered)
            self._tell(session.turn, "gen_ai.output.messages", answer)
            session.turn.end(ended)
        session.turn, session.answered = None, ""
        session.chats.clear()
        session.tools.clear()
        session.proposed.clear()

    # Requests

    def _chat(self, session: _Session, event: Event) -> None:
        match event.data:
            case ModelRequested(request_id=request_id, model=model):
                attributes: dict[str, AttributeValue] = {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.conversation.id": event.session_id,
                    "gen_ai.request.stream": True,
                    **_model(model),
                }
                name = f"chat {model.partition('/')[2]}"
                span = self._child(session, event, name, SpanKind.CLIENT, attributes)
                session.chats[request_id] = _Chat(span)
            case ModelDelta(request_id=request_id, kind="text", text=text) if self._content:
                if (chat := session.chats.get(request_id)) is not None:
                    chat.said.append(text)
            case ModelResponded() as answer:
                if (chat := session.chats.pop(answer.request_id, None)) is not None:
                    self._answered(session, chat, answer)
                    chat.span.end(_nanoseconds(event.at))
            case ModelFailed() | ModelRetrying() | ModelCancelled() as end:
                if (chat := session.chats.pop(end.request_id, None)) is not None:
                    reason = (
                        end.error if isinstance(end, ModelFailed) else end.type.rpartition(".")[2]
                    )
                    _mark_failed(chat.span, reason)
                    chat.span.end(_nanoseconds(event.at))
            case _:
                pass

    def _answered(self, session: _Session, chat: _Chat, answer: ModelResponded) -> None:
        chat.span.set_attribute("gen_ai.response.finish_reasons", [answer.stop])
        chat.span.set_attribute("gen_ai.response.time_to_first_chunk", answer.first_piece_seconds)
        if answer.usage is not None:
            chat.span.set_attributes(_usage(answer.usage))
        session.answered = "".join(chat.said)
        message = _message("assistant", session.answered, finish_reason=answer.stop)
        self._tell(chat.span, "gen_ai.output.messages", message)

    # Calls

    def _tool(self, session: _Session, event: Event) -> None:
        match event.data:
            case ToolProposed() as proposed:
                session.proposed[proposed.call_id] = proposed
            case ToolStarted(call_id=call_id):
                found = session.proposed.pop(call_id, None)
                tool = found.tool if found is not None else "unknown"
                attributes = {
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.conversation.id": event.session_id,
                    "gen_ai.tool.name": tool,
                    "gen_ai.tool.type": "function",
                    "gen_ai.tool.call.id": call_id,
                }
                name = f"execute_tool {tool}"
                span = self._child(session, event, name, SpanKind.INTERNAL, attributes)
                if found is not None:
                    self._tell(span, "gen_ai.tool.call.arguments", found.arguments_text)
                session.tools[call_id] = span
            case ToolFinished(call_id=call_id, outcome=outcome, text=text):
                session.proposed.pop(call_id, None)
                if (done := session.tools.pop(call_id, None)) is not None:
                    self._tell(done, "gen_ai.tool.call.result", text)
                    if outcome != "ok":
                        _mark_failed(done, outcome)
                    done.end(_nanoseconds(event.at))
            case _:
                pass

    def _child(
        self,
        session: _Session,
        event: Event,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, AttributeValue],
    ) -> Span:
        # A turn that goes on after a resume began in another process.
        turn = session.turn or self._begin_turn(session, event)
        return self._tracer.start_span(
            name,
            set_span_in_context(turn, Context()),
            kind,
            attributes,
            start_time=_nanoseconds(event.at),
        )

    def _tell(self, span: Span, name: str, text: str) -> None:
        """Let words go with a span, where that is wanted."""
        if self._content and text:
            span.set_attribute(name, self._masked(text))


def _model(name: str) -> dict[str, str]:
    provider, _, model = name.partition("/")
    return {
        "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
        "gen_ai.request.model": model,
    }


def _usage(usage: Usage | TurnMeasured) -> dict[str, int]:
    return {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
    }


def _message(role: str, text: str, **more: str) -> str:
    """One message as the conventions write it; empty where nothing was said."""
    if not text:
        return ""
    part = {"type": "text", "content": text}
    return json.dumps([{"role": role, "parts": [part], **more}], ensure_ascii=False)


def _mark_failed(span: Span, reason: str) -> None:
    span.set_attribute("error.type", reason)
    span.set_status(Status(StatusCode.ERROR))


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
