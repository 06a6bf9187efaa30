"""What is said of a request that was made anew."""

from __future__ import annotations

from goose_agent.events import RequestRead

__all__ = ["read_words"]


def read_words(read: RequestRead) -> str:
    """Which request it is, and whether it is the very one that was sent."""
    if read.problem:
        return "The request cannot be shown"
    proof = "as it was sent" if read.exact else "NOT as it was sent: the hash is another"
    return f"#{read.seq} to {read.model}: {read.size:,} bytes, sha256 {read.sha[:12]}, {proof}"
