from __future__ import annotations

import pytest

from goose_agent.messages import Effort
from goose_agent.providers.efforts import budget_of, nearest
from goose_agent.providers.seals import is_packed, pack, unpack

ALL = ("none", "low", "medium", "high", "xhigh", "max")


@pytest.mark.parametrize(
    ("effort", "accepted", "word"),
    [
        ("off", ALL, "none"),
        ("off", ("minimal", "low"), "minimal"),
        ("off", ("low", "high"), "low"),
        ("low", ALL, "low"),
        ("medium", ALL, "medium"),
        ("max", ALL, "max"),
        ("max", ("low", "medium", "high"), "high"),
        ("medium", ("low", "high"), "low"),
        ("low", ("none", "high"), "high"),
        ("high", ("medium", "xhigh"), "medium"),
        ("low", ("none",), "none"),
        ("high", (), ""),
        ("high", ("of the future",), ""),
    ],
)
def test_a_wish_becomes_the_nearest_word_that_the_model_takes(
    effort: Effort, accepted: tuple[str, ...], word: str
) -> None:
    assert nearest(effort, accepted) == word
    assert nearest(effort, accepted[::-1]) == word


def test_more_effort_is_a_larger_budget_within_the_bounds() -> None:
    efforts: tuple[Effort, ...] = ("low", "medium", "high", "max")

    assert [budget_of(effort, 128, 32_768) for effort in efforts] == [4096, 8192, 16_384, 32_768]
    assert [budget_of(effort, 1024, 4000) for effort in efforts] == [1024, 1024, 2000, 4000]
    assert budget_of("max", 1024, 1023) == 0


def test_what_is_packed_comes_back_to_whom_it_is_meant_for_only() -> None:
    signature = pack("gemini", "m", {"signature": "c2ln"})

    assert unpack(signature, "gemini", "m") == {"signature": "c2ln", "model": "m"}
    assert unpack(signature, "gemini", "other") is None
    assert unpack(signature, "responses", "m") is None
    assert unpack("gemini:{half", "gemini", "m") is None
    assert unpack("c2ln+/=", "gemini", "m") is None
    assert is_packed(signature)
    assert not is_packed("c2ln+/=")
