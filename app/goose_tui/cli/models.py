"""`goose-tui models`: what can be chosen, with windows and prices as far as they are known."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

import anyio
from anyio import to_thread

from goose_agent.config.places import Places
from goose_agent.errors import ConfigError, ProviderError
from goose_agent.model_access import ModelAccess, Offer
from goose_agent.providers.model import ModelInfo
from goose_tui.cli.output import complain, note, say, say_json, table

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "provider",
        metavar="PROVIDER",
        nargs="?",
        default="",
        help="whose; its own list is fetched once a day. Default: all that can be used",
    )
    parser.add_argument("--refresh", action="store_true", help="fetch the lists anew")
    parser.add_argument("--output", choices=("text", "json"), default="text")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    environ = dict(os.environ)
    access = ModelAccess(Places.of(environ), environ)
    offers, status = anyio.run(_offers, access, namespace.provider, namespace.refresh)
    if namespace.output == "json":
        say_json([item for offer in offers for item in _as_json(offer)])
    else:
        _tell(offers)
    return status


async def _offers(access: ModelAccess, provider: str, refresh: bool) -> tuple[list[Offer], int]:
    if provider:
        return [await access.offer(provider, refresh=refresh)], 0
    offers: list[Offer] = []
    status = 0
    for each in await to_thread.run_sync(access.statuses):
        if each.problem is not None:
            continue
        if not refresh or not each.definition.dynamic_models:
            offers.append(each.offer)
            continue
        try:
            offers.append(await access.offer(each.definition.name, refresh=True))
        except (ConfigError, ProviderError) as error:
            # One that does not answer does not hide the others.
            offers.append(each.offer)
            status = max(status, complain(error))
    return offers, status


def _tell(offers: list[Offer]) -> None:
    from goose_tui.view.formatting import age
    from goose_tui.view.numbers import tokens

    rows = [("MODEL", "WINDOW", "OUTPUT", "$ IN", "$ OUT", "CAN")]
    for offer in offers:
        for model in offer.models:
            info = model.info
            rows.append(
                (
                    info.name,
                    tokens(info.window) if info.window else "?",
                    tokens(info.max_output) if info.max_output else "?",
                    _price(info.input_price),
                    _price(info.output_price),
                    ", ".join((*model.abilities, *_traits(info))),
                )
            )
    if len(rows) == 1:
        note("goose-tui: no models are known. See: goose-tui providers list")
        return
    say(table(rows, frozenset({1, 2, 3, 4})))
    note("Prices are US dollars for a million tokens. A window that is not known (?) can be set:")
    note("context_limit in the provider's file, or GOOSE_CONTEXT_LIMIT.")
    fetched = [offer.fetched for offer in offers if offer.fetched is not None]
    if fetched:
        seconds = (datetime.now(UTC) - min(fetched)).total_seconds()
        note(f"The oldest list was fetched {age(seconds)}; --refresh fetches anew.")


def _traits(info: ModelInfo) -> list[str]:
    """What it is treated to, in words."""
    treated = {"tool shim": info.tool_shim, "tiny prompt": info.tiny_prompt}
    return [words for words, wanted in treated.items() if wanted]


def _price(price: float | None) -> str:
    return "?" if price is None else f"{price:g}"


def _as_json(offer: Offer) -> list[dict[str, object]]:
    fetched = offer.fetched.isoformat() if offer.fetched is not None else None
    return [
        {
            "name": model.info.name,
            "window": model.info.window,
            "max_output": model.info.max_output,
            "input_price": model.info.input_price,
            "output_price": model.info.output_price,
            "cache_read_price": model.info.cache_read_price,
            "cache_write_price": model.info.cache_write_price,
            "abilities": list(model.abilities),
            "tool_shim": model.info.tool_shim,
            "tiny_prompt": model.info.tiny_prompt,
            "fetched": fetched,
        }
        for model in offer.models
    ]
