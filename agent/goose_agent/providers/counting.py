"""Models whose service counts tokens before a request is sent, for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from goose_agent.providers.model import ModelRequest

__all__ = ["CountsRequests", "CountsTexts"]


@runtime_checkable
class CountsRequests(Protocol):
    """A model whose service counts a whole request."""

    @property
    def counts_requests(self) -> bool:
        """Whether it does at this address."""

    async def count_request(self, request: ModelRequest) -> int:
        """The tokens of a request.

        Raises:
            ProviderError: they cannot be had.
        """


@runtime_checkable
class CountsTexts(Protocol):
    """A model whose server tells the tokens of texts."""

    @property
    def counts_texts(self) -> bool:
        """Whether it may do so at this address."""

    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text.

        Raises:
            ProviderError: they cannot be had.
        """
