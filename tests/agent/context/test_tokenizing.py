"""OpenAI's tokenizer is there without a network, and counts beside us."""

from __future__ import annotations

import base64
import hashlib

import anyio
import pytest

from goose_agent.context.o200k import count, encoding, ranks
from goose_agent.context.tokenizing import Tokenizing

CANONICAL = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
"""sha256 of o200k_base.tiktoken as OpenAI publishes it."""


def test_the_ranks_that_ship_are_the_published_ones() -> None:
    digest = hashlib.sha256()
    for token, rank in ranks().items():
        digest.update(base64.b64encode(token) + b" %d\n" % rank)
    assert digest.hexdigest() == CANONICAL


def test_texts_become_the_tokens_that_are_known_of_them() -> None:
    tokenizer = encoding()
    assert tokenizer.encode("hello world") == [24912, 2375]
    assert tokenizer.encode("<|endoftext|>", allowed_special="all") == [199999]
    assert tokenizer.decode(tokenizer.encode("Ünï 漢字 🦢\r\n\tdon't")) == "Ünï 漢字 🦢\r\n\tdon't"


def test_texts_without_blanks_and_halves_of_characters_are_counted() -> None:
    counts = list(count(encoding(), ["", "<|endoftext|>", "\ud800", "a" * 200_000, " " * 200_000]))
    assert counts[0] == 0
    assert counts[1] > 1  # words of a text, not what ends it
    assert all(counts[1:])


async def test_a_process_beside_us_counts() -> None:
    async with Tokenizing() as tokenizing:
        assert await tokenizing.count(["hello world", "", "x\ny"]) == [2, 0, 3]
        assert await tokenizing.count(["\ud800 \u2028"]) == [2]


async def test_it_begins_anew_after_it_was_cut_off() -> None:
    async with Tokenizing() as tokenizing:
        assert await tokenizing.count(["a"]) == [1]
        with anyio.move_on_after(0.005):
            await tokenizing.count(["word " * 2_000_000])
        assert await tokenizing.count(["b c"]) == [2]


@pytest.mark.parametrize("texts", [[], ["x"] * 3000])
async def test_as_many_counts_as_texts(texts: list[str]) -> None:
    async with Tokenizing() as tokenizing:
        assert len(await tokenizing.count(texts)) == len(texts)
