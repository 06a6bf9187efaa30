"""Three hundred turns in a small window: nothing overflows, and no instruction is lost."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from random import Random

from goose_agent.commands import EditSegment
from goose_agent.errors import ContextOverflow
from goose_agent.messages import Text, ToolResult
from goose_agent.providers.model import ModelInfo, ModelRequest
from goose_agent.tools.recall import Recall
from goose_agent.tools.tool import CallContext, Extension, tool
from support.engine import Rig
from support.models import Answer, calls, said
from support.requests import assert_valid
from support.summing import SummingModel, summary

TURNS = 300
WINDOW = 8_000
_RULE = re.compile(r"RULE-\d+: always [a-z ]+\.")


class Reader(Extension):
    """Reads files that there are not."""

    name = "reader"

    @tool(effect="session")
    async def look(self, call: CallContext, size: int) -> str:
        """Look at something.

        Args:
            call: The running call.
            size: How many lines it has.
        """
        return "\n".join(f"line {n} of what was looked at" for n in range(size))


class LongModel(SummingModel):
    """Works in rounds, sums up by keeping every rule, and refuses what does not fit."""

    def __init__(self) -> None:
        super().__init__(WINDOW)
        self.random = Random(300)
        self.largest = 0
        self.overflows = 0
        self.summaries = []

    def work(self, request: ModelRequest) -> Answer:
        """An answer: calls for some rounds, then words."""
        size = len(self.encode(request)) // 4
        self.largest = max(self.largest, size)
        if size > WINDOW:
            self.overflows += 1
            return Answer(error=ContextOverflow("Too large."))
        if self.random.random() < 0.6:
            wanted = ("look", json.dumps({"size": self.random.randint(1, 60)}))
            return calls(*[wanted] * self.random.randint(1, 2))
        return said("done with it. " * self.random.randint(1, 20))

    def summed_up(self) -> Answer:
        """A summary of the request that has just come."""
        rules = dict.fromkeys(_RULE.findall(words_of(self.asked[-1])))
        return summary("## What the person said\nThese rules hold:\n" + "\n".join(rules))


def words_of(request: ModelRequest) -> str:
    parts = [part for message in request.messages for part in message.parts]
    return "\n".join(part.text for part in parts if isinstance(part, Text | ToolResult))


class _Summaries(list[Answer]):
    """As many as are asked for, each of what was asked last."""

    def __init__(self, model: LongModel) -> None:
        super().__init__()
        self._model = model

    def __len__(self) -> int:
        return 10**6

    def __getitem__(self, at: object) -> Answer:  # type: ignore[override] # one at a time
        return self._model.summed_up()


async def test_a_long_session_in_a_small_window_never_overflows_and_keeps_every_instruction(
    tmp_path: Path,
) -> None:
    model = LongModel()
    model.summaries = _Summaries(model)
    model.answers = [model.work] * 5_000
    model.info = ModelInfo("fake/one", window=WINDOW)
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (Reader(), Recall())
    rig.places.config.mkdir(parents=True)
    rig.places.settings.write_text("compaction_review: automatic\n", encoding="utf-8")
    rules = {
        turn: f"RULE-{turn}: always {' '.join(model.random.choices(('mend', 'test', 'ask'), k=3))}."
        for turn in range(0, TURNS, 20)
    }
    async with rig.session() as face:
        for turn in range(TURNS):
            text = f"{rules.get(turn, '')} Go on with step {turn}. " + "And so on. " * (turn % 40)
            await face.ask(text)
            if turn == 40:  # this one is pinned as well
                users = [item for item in face.state.context.segments if item.kind == "user"]
                await face.tell(EditSegment(users[-1].key, "pin"))
        assert len(face.state.turns) == TURNS
        assert {turn.reason for turn in face.state.turns} == {"done"}
        seen = words_of(model.requests[-1])
        assert [rule for rule in rules.values() if rule not in seen] == []
        assert model.overflows == 0
        assert model.largest <= WINDOW
        applied = face.data("compaction.applied")
        assert {each.way for each in applied} == {"summarize", "results"}
        assert face.data("compaction.failed") == []
        kinds = face.kinds()
        told = [
            kind for kind in kinds if kind in ("turn.started", "tool.finished", applied[0].type)
        ]
        between = [before for before, kind in pairwise(told) if kind == applied[0].type]
        assert "tool.finished" in between  # within a turn, after a round of calls
        for request in model.requests:
            assert_valid(request)
