"""What a request cost, where the prices are known."""

from __future__ import annotations

from goose_agent.messages import Usage
from goose_agent.providers.model import ModelInfo

__all__ = ["cost_of"]


def cost_of(usage: Usage | None, info: ModelInfo) -> float | None:
    """US dollars for one request; None where usage or prices are not known.

    Args:
        usage: what the provider reported.
        info: the model's prices; cached tokens cost as fresh ones where no price for them is known.
    """
    if usage is None or info.input_price is None or info.output_price is None:
        return None
    read_price = info.input_price if info.cache_read_price is None else info.cache_read_price
    write_price = info.input_price if info.cache_write_price is None else info.cache_write_price
    fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
    dollars = (
        max(0, fresh) * info.input_price
        + usage.cache_read_tokens * read_price
        + usage.cache_write_tokens * write_price
        + usage.output_tokens * info.output_price
    )
    return dollars / 1_000_000
