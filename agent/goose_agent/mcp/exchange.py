"""What a server asks of us while it is connected: questions to the person, a model, the folders."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from goose_agent.events import Elicitation, SamplingMessage
from goose_agent.mcp.host import Host, SampleRequest
from goose_agent.mcp.results import cleaned

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.client.session import ClientRequestContext

__all__ = ["Exchange"]

_LONGEST = 200_000
"""Characters of what a model is asked for a server."""
_MOST = 32_768
"""Tokens of an answer to a server."""
_OPEN = 3
"""Questions of one server that wait for the person at the same time."""


class Exchange:
    """Answers one server.

    Args:
        server: its name.
        host: who knows the answers.
        hold: lets no time limit count while a person is asked.
        asked: whether anything is asked of it just now: else it asks nothing of anybody.
    """

    def __init__(
        self,
        server: str,
        host: Host,
        hold: Callable[[], AbstractContextManager[None]],
        asked: Callable[[], bool],
    ) -> None:
        self._asked = asked
        self._server = server
        self._host = host
        self._hold = hold
        self._open: list[anyio.CancelScope] = []

    def drop(self) -> None:
        """Nothing of what it asked is wanted any more."""
        for scope in self._open:
            scope.cancel()

    async def roots(self, context: ClientRequestContext) -> types.ListRootsResult:
        """The folders that the session works in."""
        from mcp_types import ListRootsResult, Root

        return ListRootsResult(
            roots=[
                Root.model_validate({"uri": Path(root).as_uri(), "name": Path(root).name or root})
                for root in self._host.roots()
            ]
        )

    async def elicit(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult | types.ErrorData:
        """Ask the person what the server wants to know."""
        from mcp_types import ElicitResult

        name = self._host.new_id("exchange")
        message = cleaned(params.message)[:_LONGEST]
        if params.mode == "url":
            request = Elicitation(name, self._server, message, url=params.url)
        else:
            schema: Any = params.requested_schema
            if hasattr(schema, "model_dump"):
                schema = schema.model_dump(by_alias=True, exclude_unset=True, mode="json")
            request = Elicitation(name, self._server, message, schema)
        if len(self._open) >= _OPEN or not self._asked():
            return ElicitResult(action="cancel")
        with anyio.CancelScope() as scope, self._hold():
            self._open.append(scope)
            try:
                answer = await self._host.elicit(request)
            finally:
                self._open.remove(scope)
        if scope.cancelled_caught:
            return ElicitResult(action="cancel")
        content = answer.content if answer.choice == "accept" and not request.url else None
        return ElicitResult(action=answer.choice, content=content)

    async def visited(self, wanted: object) -> bool:
        """Whether the person goes to all addresses that a server wants visited before it answers.

        Args:
            wanted: what came with its refusal.
        """
        from mcp_types import ElicitationRequiredErrorData

        try:
            asked = ElicitationRequiredErrorData.model_validate(wanted).elicitations[:_OPEN]
        except ValueError:
            return False
        for one in asked:
            name, words = self._host.new_id("exchange"), cleaned(one.message)[:_LONGEST]
            request = Elicitation(name, self._server, words, url=one.url)
            if (await self._host.elicit(request)).choice != "accept":
                return False
        return bool(asked)

    async def sample(
        self, context: ClientRequestContext, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult | types.ErrorData:
        """Have a model answer, where the person allows it."""
        from mcp_types import (
            INVALID_PARAMS,
            INVALID_REQUEST,
            CreateMessageResult,
            ErrorData,
            TextContent,
        )

        wanted = params.model_preferences
        request = SampleRequest(
            self._server,
            tuple(SamplingMessage(each.role, _text(each.content)) for each in params.messages),
            cleaned(params.system_prompt or ""),
            max(1, min(params.max_tokens, _MOST)),
            wanted is not None
            and (wanted.intelligence_priority or 0)
            < max(wanted.speed_priority or 0, wanted.cost_priority or 0),
        )
        if sum(len(each.text) for each in request.messages) + len(request.system) > _LONGEST:
            return ErrorData(code=INVALID_PARAMS, message="The request is too long.")
        if len(self._open) >= _OPEN or not self._asked():
            return ErrorData(code=INVALID_REQUEST, message="Nobody asked anything of the server.")
        with anyio.CancelScope() as scope, self._hold():
            self._open.append(scope)
            try:
                sampled = await self._host.sample(request)
            finally:
                self._open.remove(scope)
        if scope.cancelled_caught:
            return ErrorData(code=-1, message="It is not wanted any more.")
        if isinstance(sampled, str):
            return ErrorData(code=-1, message=sampled)
        return CreateMessageResult(
            role="assistant",
            content=TextContent(text=sampled.text),
            model=sampled.model,
            stop_reason=sampled.stop,
        )


def _text(
    content: types.SamplingMessageContentBlock | list[types.SamplingMessageContentBlock],
) -> str:
    """What of a message is text; of all else, what it is."""
    blocks = content if isinstance(content, list) else [content]
    texts = [
        block.text if block.type == "text" else f"[{block.type}, left out]" for block in blocks
    ]
    return cleaned("\n".join(texts))
