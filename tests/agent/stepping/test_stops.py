"""How far each step goes, at every level."""

from __future__ import annotations

import pytest

from goose_agent.events import Step, StopPlace
from goose_agent.stepping.facts import Effect, Facts
from goose_agent.stepping.stops import due


def stop(
    place: StopPlace, agent: str = "main", effect: Effect = "", *, only_reads: bool = False
) -> Facts:
    return Facts(
        place=place, agent=agent, turn=1, request=1, cost=0.0, tokens=0, window=None, plan=(),
        text="", effect=effect, only_reads=only_reads,
    )  # fmt: skip


SUB = "main/sub-1"


@pytest.mark.parametrize(
    ("run", "level", "here", "pauses"),
    [
        ("continue", "main", stop("before_request"), False),
        ("into", "main", stop("after_call", SUB), True),
        ("next", "main", stop("before_call"), True),
        ("next", "main", stop("after_call"), False),
        ("next", "main", stop("before_call", SUB), False),
        ("next", SUB, stop("before_request", SUB), True),
        ("next", SUB, stop("before_request"), True),
        ("out", "main", stop("before_request"), False),
        ("out", SUB, stop("before_call", SUB), False),
        ("out", SUB, stop("after_call"), True),
        ("write", "main", stop("before_call", effect="edit"), True),
        ("write", "main", stop("before_call", SUB, effect="run"), True),
        ("write", "main", stop("before_call", effect="read"), False),
        ("write", "main", stop("before_call", effect="run", only_reads=True), False),
        ("write", "main", stop("after_call", effect="run"), False),
    ],
)
def test_a_step_ends_where_it_should(run: Step, level: str, here: Facts, pauses: bool) -> None:
    assert due(run, level, here) is pauses
