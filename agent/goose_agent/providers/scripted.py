"""A model that says what a script says: for the offline tour, for tests, for pictures."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import anyio
import anyio.lowlevel

from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
)
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult, Usage
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    StopReason,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.providers.script import Script, ScriptedAnswer, ScriptedError, parse_script

__all__ = ["ScriptedModel"]

_BYTES_A_TOKEN = 4.6
_WORD = re.compile(r"\s*\S+\s*\Z|\s*\S+|\s+")
_ARGUMENTS = re.compile(r".{1,24}", re.DOTALL)

_ERRORS: dict[str, type[ProviderError]] = {
    error.kind: error
    for error in (
        AuthError,
        QuotaError,
        RateLimited,
        ContextOverflow,
        ConnectionLost,
        BadAnswer,
        ProviderError,
    )
}


class ScriptedModel:
    """Answers from a script: the answer whose number is that of the answers in the request.

    So a session that is resumed goes on where it stopped, and the same conversation always gets
    the same answer. Behind the last answer it repeats the script's closing words.

    Args:
        script: what to say.
        name: `provider/model`.
        speed: factor on every pause; 0 makes none.
    """

    def __init__(self, script: Script, *, name: str = "scripted/model", speed: float = 1.0) -> None:
        self._script = script
        self._speed = speed
        self._failures: dict[int, int] = {}
        """How often each answer has failed so far."""
        self._info = ModelInfo(
            name,
            window=script.window,
            max_output=script.max_output,
            input_price=script.input_price,
            output_price=script.output_price,
            cache_read_price=script.cache_read_price,
            cache_write_price=script.cache_write_price,
        )

    @classmethod
    def load(
        cls, source: Path | str, *, name: str = "scripted/model", speed: float = 1.0
    ) -> ScriptedModel:
        """A model from YAML.

        Args:
            source: the file, or the text itself.
            name: `provider/model`.
            speed: factor on every pause; 0 makes none.

        Raises:
            ConfigError: the script cannot be read or is wrong; the message names file and key.
        """
        return cls(parse_script(source), name=name, speed=speed)

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return self._info

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        return Encoder("scripted", self._info)

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that stands for this request."""
        return as_body(
            {
                "model": self._info.name,
                "system": request.system,
                "tools": [
                    {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    }
                    for tool in request.tools
                ],
                "messages": [_plain(message) for message in request.ended_messages],
            }
        )

    async def warm(self) -> None:
        """Nothing needs to be loaded."""

    async def aclose(self) -> None:
        """Nothing needs to be closed."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding the words that the script's pace lets arrive together.

        Raises:
            ProviderError: the script says so.
        """
        place = sum(message.role == "assistant" for message in request.messages)
        answers = self._script.answers
        answer = answers[place] if place < len(answers) else ScriptedAnswer(self._script.closing)
        error = self._due_error(place, answer)
        await self._pause(answer.wait)
        for shown, pieces in enumerate(_batches(answer, place)):
            if error is not None and shown >= error.after:
                break
            yield pieces
            await self._pause(answer.pace)
        if error is not None:
            self._failures[place] = self._failures.get(place, 0) + 1
            raise _ERRORS[error.kind](
                error.message, error.hint, status=error.status, retry_after=error.retry_after
            )
        usage = answer.usage or self._estimated(request, answer)
        yield (UsageReport(usage), AnswerEnd(_stop(answer)))

    def _due_error(self, place: int, answer: ScriptedAnswer) -> ScriptedError | None:
        error = answer.error
        if error is None or error.times is None:
            return error
        return error if self._failures.get(place, 0) < error.times else None

    async def _pause(self, seconds: float) -> None:
        if seconds * self._speed > 0:
            await anyio.sleep(seconds * self._speed)
        else:
            await anyio.lowlevel.checkpoint()

    def _estimated(self, request: ModelRequest, answer: ScriptedAnswer) -> Usage:
        calls = "".join(call.name + call.text for call in answer.calls)
        said = answer.thinking + answer.text + calls
        return Usage(
            input_tokens=_tokens(self.encode(request)),
            output_tokens=_tokens(said.encode("utf-8", "replace")),
            reasoning_tokens=_tokens(answer.thinking.encode("utf-8", "replace")),
        )


def _batches(answer: ScriptedAnswer, place: int) -> Iterator[tuple[Piece, ...]]:
    pieces = list(_pieces(answer, place))
    if answer.pace > 0 or answer.error is not None:
        yield from ((piece,) for piece in pieces)
    elif pieces:
        yield tuple(pieces)


def _pieces(answer: ScriptedAnswer, place: int) -> Iterator[Piece]:
    for word in _WORD.findall(answer.thinking):
        yield ThinkingDelta(word)
    for word in _WORD.findall(answer.text):
        yield TextDelta(word)
    for number, call in enumerate(answer.calls):
        yield CallStart(number, f"call_{place + 1}_{number + 1}", call.name)
        for text in _ARGUMENTS.findall(call.text):
            yield CallDelta(number, text)


def _stop(answer: ScriptedAnswer) -> StopReason:
    return answer.stop or ("tool_calls" if answer.calls else "stop")


def _tokens(data: bytes) -> int:
    return math.ceil(len(data) / _BYTES_A_TOKEN)


def _plain(message: Message) -> dict[str, object]:
    return {"role": message.role, "parts": [_plain_part(part) for part in message.parts]}


def _plain_part(part: Part) -> dict[str, object]:
    match part:
        case Text():
            return {"text": part.text}
        case Thinking():
            return {"thinking": part.text}
        case Image():
            return {"image": part.media_type, "bytes": len(part.data)}
        case ToolCall():
            return {"call": part.id, "tool": part.name, "arguments": part.arguments}
        case ToolResult():
            result = {"result": part.call_id, "text": part.text, "is_error": part.is_error}
            images = [_plain_part(image) for image in part.images]
            return result | ({"images": images} if images else {})
