"""The providers' own lists of models, kept in the cache folder with the time they were fetched."""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from goose_agent.providers.definition import ListedModel
from goose_agent.providers.model import ModelInfo
from goose_agent.providers.wire import count_at, list_at, text_at

__all__ = ["KeptList", "keep_list", "kept_list"]

_VERSION = 1
_LARGEST = 16 * 2**20
"""Bytes of a kept list."""
_PRICES = ("input_price", "output_price", "cache_read_price", "cache_write_price")


class KeptList(Struct, frozen=True):
    """A list as a provider gave it."""

    fetched: datetime
    models: tuple[ListedModel, ...]

    def find(self, name: str) -> ListedModel | None:
        """The model of this name, as `provider/model`."""
        return next((model for model in self.models if model.info.name == name), None)


def kept_list(folder: Path, provider: str, place: str) -> KeptList | None:
    """What is kept of a provider's list; None where there is nothing that can be used.

    Args:
        folder: where lists are kept.
        provider: its name.
        place: host and port it was fetched from: another place has other models.
    """
    try:
        path = _path(folder, provider, place)
        if path.stat().st_size > _LARGEST:
            return None
        value = json.loads(path.read_text(encoding="utf-8"))
        fetched = datetime.fromisoformat(value["fetched"])
        if value["version"] != _VERSION or fetched.tzinfo is None:
            return None
        models = tuple(_model(provider, item) for item in value["models"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return KeptList(fetched.astimezone(UTC), models)


def keep_list(folder: Path, provider: str, place: str, kept: KeptList) -> None:
    """Keep a list; where the disk does not want it, it is fetched anew the next time.

    Args:
        folder: where lists are kept; made where it is missing.
        provider: its name.
        place: host and port it was fetched from.
        kept: the list.
    """
    # Which pictures it takes is known of its service, and not of its list.
    models = [
        {
            **{key: each for key, each in structs.asdict(model.info).items() if key != "pictures"},
            "name": model.info.name.partition("/")[2],
            "abilities": model.abilities,
        }
        for model in kept.models
    ]
    value = {"version": _VERSION, "fetched": kept.fetched.isoformat(), "models": models}
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".list-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file)
            Path(name).replace(_path(folder, provider, place))
        except OSError:
            Path(name).unlink(missing_ok=True)


def _path(folder: Path, provider: str, place: str) -> Path:
    return folder / f"{provider}@{re.sub(r'[^A-Za-z0-9.-]', '_', place)}.json"


def _model(provider: str, item: dict[str, Any]) -> ListedModel:
    prices: dict[str, Any] = {key: float(item[key]) for key in _PRICES if item.get(key) is not None}
    return ListedModel(
        ModelInfo(
            f"{provider}/{text_at(item, 'name')}",
            window=count_at(item, "window") or None,
            max_output=count_at(item, "max_output") or None,
            sees=item.get("sees") is not False,
            **prices,
        ),
        tuple(str(each) for each in list_at(item, "abilities")),
    )
