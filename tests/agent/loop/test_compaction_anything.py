"""Whatever is made smaller, undone and redone, and whenever: requests stay valid, nothing hangs."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from agent.loop.test_anything import RandomModel, live
from agent.loop.test_anything import command as any_command
from goose_agent.commands import (
    AnswerRequest,
    Command,
    Compact,
    EditSegment,
    HoldRequest,
    Interrupt,
    RedoCompaction,
    UndoCompaction,
    Unqueue,
)
from goose_agent.errors import ConnectionLost
from goose_agent.events import CompactionAnswer, CompactionReview, QuestionAnswer
from goose_agent.events.requests import CompactionChoice
from goose_agent.providers.model import ModelInfo, ModelRequest
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.plan import Plan
from goose_agent.tools.recall import Recall
from support.engine import Face, Rig
from support.models import Answer, said
from support.probe import Probe
from support.requests import assert_valid
from support.summing import SUMMARY, is_summing_up

NOT_NOW = QuestionAnswer("Not now")


class Summing(RandomModel):
    """Sums up in any way, too."""

    def anything(self, request: ModelRequest) -> Answer:
        """An answer, or a summary."""
        if not is_summing_up(request):
            return self.whatever(request)
        chance = self.random.random()
        if chance < 0.1:
            return Answer(error=ConnectionLost("Gone.", retry_after=0))
        return said("" if chance < 0.2 else SUMMARY)


def command(random: Random, face: Face) -> Command:
    state = face.state
    reviews = [item for item in state.pending if isinstance(item.subject, CompactionReview)]
    if reviews and random.random() < 0.7:
        choices: tuple[CompactionChoice, ...] = ("accept", "accept", "cancel", "recompute")
        keys = [segment.key for segment in state.context.segments]
        kept = random.choice((None, tuple(random.sample(keys, len(keys) // 2)), ("no:1:such",)))
        words = random.choice((None, "Other words for it all.", ""))
        given = CompactionAnswer(random.choice(choices), words, kept, tuple(keys[:1]))
        return AnswerRequest(reviews[0].request_id, given)
    if random.random() < 0.6:
        segments = state.context.segments
        options: list[Command] = [Compact(), Compact("x"), UndoCompaction(), RedoCompaction()]
        if reviews:
            options += [HoldRequest(reviews[0].request_id), Interrupt()]
        if segments:
            options.append(EditSegment(random.choice(segments).key, random.choice(("pin", "drop"))))
        return random.choice(options)
    others = [item for item in state.pending if item not in reviews]
    return any_command(random, face) if others or not reviews else Interrupt()


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_to_it_the_conversation_stays_a_valid_one(
    tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    model = Summing(info=ModelInfo("fake/one", window=3_000))
    model.random = random
    model.answers = [model.anything] * 900
    probe = Probe()
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (probe, AskUser(), Plan(), Recall())
    rig.places.config.mkdir(parents=True)
    review = random.choice(("always", "0.01s", "automatic"))
    strategy = random.choice(("summarize", "summarize", "truncate", "clear", "prompt"))
    rig.places.settings.write_text(
        f"compaction_review: {review}\ncontext_strategy: {strategy}\n", encoding="utf-8"
    )
    async with rig.session(mode="smart") as face:
        await live(random, face, probe, command)
    for _ in range(2):
        async with rig.resumed(face.session_id) as again:
            await again.until(lambda: again.data("session.resumed"))
            await live(random, again, probe, command)
            face = again
    model.answers = []
    async with rig.resumed(face.session_id, mode="plan") as last:
        await last.until(lambda: last.data("session.resumed"))
        while last.state.working or last.state.queue or last.state.pending:
            await last.tell(Interrupt(), *[Unqueue(item.message_id) for item in last.state.queue])
            await last.until(lambda: not last.state.working and not last.state.queue)
        await last.tell(Interrupt())
        turns = len(last.state.turns)
        await last.submit("last")

        def is_over() -> bool:
            return len(last.state.turns) > turns and not last.state.working

        while not is_over():
            await last.until(lambda: last.state.pending or is_over())
            for item in last.state.pending:  # the window is small: it is asked about until the end
                about = item.subject.kind
                given = CompactionAnswer("cancel") if about == "compaction" else NOT_NOW
                await last.tell(AnswerRequest(item.request_id, given))
                await last.until(lambda item=item: item not in last.state.pending)  # type: ignore[misc] # a lambda with a default
        assert last.answer == "done."
        await last.leave()
        assert last.refused is None
    for request in model.requests:
        assert_valid(request)
