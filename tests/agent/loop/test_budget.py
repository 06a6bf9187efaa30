"""What may be spent, by a session and by a run."""

from __future__ import annotations

import pytest

from goose_agent.events import Notice
from goose_agent.loop.budget import Budget, Limits
from goose_agent.providers.model import ModelInfo
from goose_agent.state.session_state import Spent
from goose_agent.wire import Open, write
from support.engine import Rig
from support.models import FakeModel, calls, said

NONE = Limits()


def texts(notices: object) -> list[str]:
    assert hasattr(notices, "__iter__")
    return [notice.text for notice in notices if isinstance(notice, Notice)]


def test_at_four_fifths_a_person_is_warned_once() -> None:
    budget = Budget(Limits(cost=1.0), NONE, Spent())

    assert texts(budget.warnings(Spent(cost=0.79), 0.0)) == []
    assert texts(budget.warnings(Spent(cost=0.81), 0.0)) == [
        "This session has used $0.81 of $1.00 (max_cost)."
    ]
    assert texts(budget.warnings(Spent(cost=0.9), 0.0)) == []
    assert budget.exhausted(Spent(cost=0.99), 0.0) is None


@pytest.mark.parametrize(
    ("limits", "spent", "words"),
    [
        (Limits(cost=1.0), Spent(cost=1.0), "has used up its max_cost: $1.00 of $1.00"),
        (Limits(tokens=50), Spent(input_tokens=30, output_tokens=20), "50 of 50 tokens"),
        (Limits(seconds=60.0), Spent(seconds=50.0), "61 of 60 seconds"),
    ],
)
def test_what_is_used_up_is_said_and_what_to_do(limits: Limits, spent: Spent, words: str) -> None:
    for budget in (Budget(limits, NONE, Spent()), Budget(NONE, limits, Spent())):
        notice = budget.exhausted(spent, 11.0)
        assert notice is not None
        assert words in notice.text
        assert "--max-" in notice.hint


def test_a_limit_of_the_run_counts_from_its_start_and_replaces_that_of_the_session() -> None:
    budget = Budget(Limits(cost=1.0, tokens=100), Limits(cost=1.0), Spent(cost=5.0))

    assert budget.exhausted(Spent(cost=5.9, input_tokens=99), 0.0) is None
    by_cost = budget.exhausted(Spent(cost=6.0), 0.0)
    assert by_cost is not None and by_cost.text.startswith("This run has used up")
    by_tokens = budget.exhausted(Spent(cost=5.0, input_tokens=100), 0.0)
    assert by_tokens is not None and by_tokens.text.startswith("This session has used up")


def test_without_a_price_a_limit_in_dollars_is_said_not_to_hold() -> None:
    budget = Budget(Limits(cost=1.0), NONE, Spent())

    assert texts(budget.warnings(Spent(requests=1, unpriced=1), 0.0)) == [
        "The price of this model is not known: max_cost does not hold for it."
    ]
    assert texts(budget.warnings(Spent(requests=2, unpriced=2), 0.0)) == []


async def test_a_turn_ends_before_the_request_that_would_exceed_the_settings(
    rig: Rig, model: FakeModel
) -> None:
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text("max_tokens: 250\n", encoding="utf-8")
    model.answers = [calls(("shell", '{"command": "true"}')), calls(("glob", '{"pattern": "*"}'))]
    async with rig.session() as face:
        await face.submit("go")
        await face.idle()
        notices = [notice.text for notice in face.data("notice")]
        assert len(model.requests) == 3  # 110 tokens each
        assert notices == ["This session has used 220 of 250 tokens (max_tokens)."] + [
            text for text in notices[1:] if "330 of 250" in text
        ]
        await face.ask("more")
        assert len(model.requests) == 3
        assert face.state.turn and face.state.turn.reason == "budget"
    async with rig.engine() as again:
        word = Open(str(rig.folder), resume=face.session_id, max_tokens=200)
        await again.say(write(word))
        await again.until(lambda: again.opened)
        await again.ask("go on")
        assert again.state.turn and again.state.turn.reason == "done"


async def test_what_a_turn_cost_stops_the_next_one(rig: Rig) -> None:
    info = ModelInfo("fake/one", window=100_000, input_price=1000.0, output_price=1000.0)
    rig.models["fake/one"] = model = FakeModel([said("ok")], info)
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), model="fake/one", mode="auto", max_cost=0.1)))
        await face.until(lambda: face.opened)
        await face.ask("one")
        assert "$0.11 of $0.10" in face.data("notice")[0].text
        await face.ask("two")
        assert len(model.requests) == 1
        assert "used up its max_cost" in face.data("notice")[-1].text
