"""The tokenizer of OpenAI's models, made from ranks that ship with this package: no network is needed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

__all__ = ["count", "encoding", "ranks"]

_SHA = "815ad0c59958aa18ac2136a9d9ac315c38394f2584aefdc5e2aa426fb96722c4"
"""sha256 of the file of the ranks."""
_TOKENS = 199_998
_SPECIAL = {"<|endoftext|>": 199_999, "<|endofprompt|>": 200_018}
_TAIL = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PATTERN = "|".join(
    (
        rf"[^\r\n\p{{L}}\p{{N}}]?[\p{{Lu}}\p{{Lt}}\p{{Lm}}\p{{Lo}}\p{{M}}]*[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]+{_TAIL}",
        rf"[^\r\n\p{{L}}\p{{N}}]?[\p{{Lu}}\p{{Lt}}\p{{Lm}}\p{{Lo}}\p{{M}}]+[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]*{_TAIL}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
_PIECE = 16_384
"""Characters that are encoded at once: time and stack grow faster than a text without a blank."""


def encoding() -> tiktoken.Encoding:
    """The tokenizer. Blocks, and holds the interpreter for more than a frame.

    Raises:
        ValueError: its file is damaged.
    """
    import tiktoken

    return tiktoken.Encoding(
        "o200k_base", pat_str=_PATTERN, mergeable_ranks=ranks(), special_tokens=_SPECIAL
    )


def ranks() -> dict[bytes, int]:
    """The rank of each token.

    Raises:
        ValueError: their file is damaged.
    """
    packed = files("goose_agent.context").joinpath("ranks", "o200k_base.zlib").read_bytes()
    if hashlib.sha256(packed).hexdigest() != _SHA:
        raise ValueError("The ranks of the tokenizer are not as they were shipped.")
    data = zlib.decompress(packed)
    ends = accumulate(data[:_TOKENS], initial=_TOKENS)
    return {data[start:end]: rank for rank, (start, end) in enumerate(pairwise(ends))}


def count(tokenizer: tiktoken.Encoding, texts: Iterable[str]) -> Iterator[int]:
    """The tokens of each text."""
    for text in texts:
        pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
        yield sum(len(tokenizer.encode_ordinary(piece)) for piece in pieces)
