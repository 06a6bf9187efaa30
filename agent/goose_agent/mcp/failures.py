"""What can go wrong between us and a server, and how to say it."""

from __future__ import annotations

import anyio

from goose_agent.tools.output import plain

__all__ = ["sdk_errors", "sentence"]

_LONGEST = 600


def sdk_errors() -> tuple[type[Exception], ...]:
    """What the SDK raises where a server cannot be reached or does not keep to the protocol."""
    import httpx2
    from mcp.client.auth import OAuthFlowError
    from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
    from mcp.shared.exceptions import MCPError

    return (
        MCPError,
        OAuthFlowError,
        ListenNotSupportedError,
        SubscriptionLost,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        httpx2.StreamError,
        anyio.BrokenResourceError,
        anyio.ClosedResourceError,
        anyio.EndOfStream,
        OSError,
        ValueError,
        RuntimeError,
    )


def sentence(error: BaseException) -> str:
    """What went wrong, in words without a stop; of a group its first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"there is no program {error.filename}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = " ".join(plain(str(error)).split()) or type(error).__name__
    return text[:_LONGEST].rstrip(".")
