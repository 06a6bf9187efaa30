"""Whatever a person does and whenever: requests stay valid, and the record tells what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import anyio
import pytest

from goose_agent.commands import (
    AnswerRequest,
    Close,
    Command,
    Interrupt,
    Retry,
    SetMode,
    SetModel,
    Submit,
    Unqueue,
)
from goose_agent.errors import ConnectionLost, ContextOverflow, QuotaError
from goose_agent.events import ApprovalAnswer, QuestionAnswer
from goose_agent.events.requests import ApprovalChoice
from goose_agent.messages import Usage
from goose_agent.providers.model import (
    AnswerEnd,
    Model,
    ModelInfo,
    ModelRequest,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.sessions.log import SessionLog
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.plan import Plan
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe
from support.requests import assert_valid, results

TOOLS = ("look", "act", "hold", "ask_user", "nonsense", "update_plan")
ARGUMENTS = {
    "ask_user": '{"question": "Which?", "choices": ["a", "b"]}',
    "update_plan": '{"items": [{"text": "one", "state": "active"}]}',
}


class RandomModel(FakeModel):
    """Answers in any way a model may."""

    random: Random
    last: Answer | None = None
    """Its last calls, which it may repeat for no good reason."""

    def whatever(self, request: ModelRequest) -> Answer:
        """An answer."""
        kinds = ("words", "calls", "again", "error", "cut", "wait", "overflow", "length")
        chosen = self.random.choices(kinds, (3, 10, 12, 1, 1, 1, 1, 1))[0]
        match chosen:
            case "words":
                return said("words")
            case "error":
                return Answer((TextDelta("half"),), error=QuotaError("No credit."))
            case "cut":
                return Answer((TextDelta("half"),), error=ConnectionLost("Gone.", retry_after=0))
            case "wait":
                return Answer((ThinkingDelta("hm"), TextDelta("half")), anyio.Event())
            case "overflow":
                return Answer((TextDelta("half"),), error=ContextOverflow("Too large."))
            case "length":
                usage = UsageReport(Usage(self.random.choice((100, 9_990)), 10))
                pieces = tuple(p for p in self._calls().pieces if not isinstance(p, UsageReport))
                return Answer((*pieces[:-1], usage, AnswerEnd("length")))
            case "again" if self.last is not None:
                return self.last
            case _:
                self.last = self._calls()
                return self.last

    async def compact(self, log: SessionLog, model: Model, overflow: ContextOverflow) -> bool:
        """Perhaps make the conversation smaller, perhaps take for ever."""
        chance = self.random.random()
        if chance < 0.2:
            await anyio.sleep_forever()
        return chance < 0.7

    def _calls(self) -> Answer:
        wanted = []
        for _ in range(self.random.randint(1, 4)):
            tool = self.random.choice(TOOLS)
            arguments = ARGUMENTS.get(tool, json.dumps({"word": tool}))
            wanted.append((tool, arguments if self.random.random() < 0.9 else "{"))
        return replace(calls(*wanted), pieces=(TextDelta("Let me."), *calls(*wanted).pieces))


def command(random: Random, face: Face) -> Command:
    state = face.state
    if state.pending and random.random() < 0.8:
        item = random.choice(state.pending)
        if item.subject.kind == "question":
            return AnswerRequest(item.request_id, QuestionAnswer("a", random.random() < 0.2))
        choices: tuple[ApprovalChoice, ...] = ("once", "once", "session", "deny", "stop")
        choice = random.choice(choices)
        return AnswerRequest(item.request_id, ApprovalAnswer(choice, random.choice(("", "no"))))
    options: list[Command] = [
        Submit("do something"),
        Submit("steer", steer=True),
        Interrupt(),
        Retry(),
        SetMode(random.choice(("smart", "auto", "approve", "plan", "edits"))),
        SetModel(random.choice(("fake/one", "fake/none"))),
        AnswerRequest("nothing", ApprovalAnswer("once")),
        Unqueue(state.queue[0].message_id if state.queue else "nothing"),
    ]
    weights = (1, 1, 2, 1, 1, 1, 1, 1) if state.working else (8, 1, 1, 2, 1, 1, 1, 1)
    return random.choices(options, weights)[0]


async def live(
    random: Random,
    face: Face,
    probe: Probe,
    command: Callable[[Random, Face], Command] = command,
) -> None:
    """Some moments of a session."""
    await face.tell(Submit("begin"))
    for _ in range(random.randint(4, 16)):
        if random.random() < 0.3:  # in the middle of anything
            seen, more = len(face.events), random.randint(1, 20)
            with anyio.move_on_after(0.01):
                await face.until(lambda seen=seen, more=more: len(face.events) >= seen + more)  # type: ignore[misc] # a lambda with defaults
        else:
            with anyio.move_on_after(0.04):
                await face.until(lambda: face.state.waits or not face.state.working)
        if random.random() < 0.6:
            probe.gate.set()
            probe.gate = anyio.Event()
        await face.tell(command(random, face))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_the_session_stays_whole(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    model = RandomModel(info=ModelInfo("fake/one", window=10_000))
    model.random = random
    model.answers = [model.whatever] * 500
    probe = Probe()
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (probe, AskUser(), Plan())
    rig.compact = model.compact
    async with rig.session(mode="smart") as face:
        await live(random, face, probe)
        if random.random() < 0.5:
            await face.tell(Close())
            await face.until(lambda: face.gone)
    for _ in range(2):
        async with rig.resumed(face.session_id) as again:
            await again.until(lambda: again.data("session.resumed"))
            kept = [event for event in again.events if not event.transient]
            shown = [event for event in face.events if not event.transient]
            assert kept[: len(shown)] == shown
            assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
            await live(random, again, probe)
            face = again
    model.answers = []
    async with rig.resumed(face.session_id, mode="plan") as last:
        await last.until(lambda: last.data("session.resumed"))
        # What is left of the past ends one way or another; then a last word is answered.
        while last.state.working or last.state.queue:
            await last.tell(Interrupt(), *[Unqueue(item.message_id) for item in last.state.queue])
            await last.until(lambda: not last.state.working and not last.state.queue)
        await last.ask("last")
        assert last.answer == "done."
        assert not last.state.pending
        await last.leave()
        assert last.refused is None
        unsettled = [record for record in last.state.records if not getattr(record, "settled", 1)]
        assert unsettled == []
    for request in model.requests:
        assert_valid(request)
    assert len(results(model.requests[-1])) == len(last.data("tool.proposed"))
