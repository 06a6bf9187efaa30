"""What a server may ask of us, and what it is told: plain data, so that nobody above needs the SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from goose_agent.events import Elicitation, ElicitationAnswer, SamplingMessage

__all__ = ["Host", "Offer", "Resource", "SampleRequest", "Sampled"]


class SampleRequest(Struct, frozen=True):
    """What a server wants a model to answer."""

    server: str
    messages: tuple[SamplingMessage, ...]
    system: str
    most: int
    """Tokens that the answer may have."""
    small: bool
    """Whether a fast model will do."""


class Sampled(Struct, frozen=True):
    """What a model answered a server."""

    text: str
    model: str
    stop: Literal["endTurn", "maxTokens"] = "endTurn"


class Resource(Struct, frozen=True):
    """Something a server has for reading."""

    uri: str
    name: str
    words: str = ""
    media_type: str = ""
    template: bool = False
    """Whether the address has parts to fill in."""


class Offer(Struct, frozen=True):
    """What of a server a person can use besides its tools."""

    resources: tuple[Resource, ...] = ()
    instructions: str = ""


class Host(Protocol):
    """Who stands behind the connections: the session."""

    def roots(self) -> Sequence[str]:
        """The folders that it works in, absolute."""

    def secrets(self, names: Sequence[str]) -> Mapping[str, str]:
        """Those of these secrets that are kept. Blocks."""

    async def elicit(self, request: Elicitation) -> ElicitationAnswer:
        """Ask the person."""

    async def sample(self, request: SampleRequest) -> Sampled | str:
        """Let a model answer, if the person allows it; else why not."""

    async def sign_in(self, server: str, url: str) -> str:
        """Let the person sign in; where the browser was sent in the end, empty for not at all."""

    def new_id(self, kind: str) -> str:
        """A name that nothing else has."""
