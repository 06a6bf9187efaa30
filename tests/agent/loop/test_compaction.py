"""A conversation made smaller: when, how, by whom, and back again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from goose_agent.commands import (
    AnswerRequest,
    Compact,
    EditSegment,
    HoldRequest,
    Interrupt,
    RedoCompaction,
    SetModel,
    UndoCompaction,
)
from goose_agent.errors import ContextOverflow, QuotaError
from goose_agent.events import CompactionAnswer, CompactionReview, Question
from goose_agent.messages import Text
from goose_agent.providers.model import (
    AnswerEnd,
    ModelInfo,
    ModelRequest,
    TextDelta,
)
from goose_agent.state.records import AnswerRecord, FoldRecord, UserRecord
from goose_agent.tools.recall import Recall
from goose_agent.tools.tool import CallContext, Extension, tool
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe
from support.requests import assert_valid, results
from support.summing import SUMMARY, SummingModel, summary

LONG = "word " * 1_400
NOW = f"and now? {LONG}"
"""With this the window is nearly full."""
TOO_LARGE = ContextOverflow("The request is too large.", "Compact it.", status=400)


class Loud(Extension):
    """Puts out as much as it is told to."""

    name = "loud"

    @tool(effect="session")
    async def shout(self, call: CallContext, word: str, times: int) -> str:
        """Says a word many times.

        Args:
            call: The running call.
            word: Which word.
            times: How many times.
        """
        return f"{word} " * times


def shout(word: str, times: int) -> tuple[str, str]:
    return ("shout", json.dumps({"word": word, "times": times}))


Make = Callable[..., Rig]
Given = Answer | Callable[[ModelRequest], Answer]


def text_of(request: ModelRequest) -> str:
    """All words of a conversation."""
    return "\n".join(
        part.text
        for message in request.messages
        for part in message.parts
        if isinstance(part, Text)
    )


@pytest.fixture
def summing() -> SummingModel:
    return SummingModel()


@pytest.fixture
def make(tmp_path: Path, summing: SummingModel) -> Callable[..., Rig]:
    def made(**settings: object) -> Rig:
        rig = Rig(tmp_path, {"fake/one": summing})
        rig.extensions = lambda: (Loud(), Recall())
        values = {"compaction_review": "automatic", **settings}
        rig.places.config.mkdir(parents=True, exist_ok=True)
        rig.places.settings.write_text(json.dumps(values), encoding="utf-8")
        return rig

    return made


async def talk(face: Face, *texts: str) -> None:
    for text in texts:
        await face.ask(text)


def folds(face: Face) -> list[FoldRecord]:
    return [record for record in face.state.records if isinstance(record, FoldRecord)]


def whole(model: FakeModel) -> None:
    for request in model.requests:
        assert_valid(request)


async def review(face: Face) -> CompactionReview:
    """The proposal that waits."""
    (pending,) = await face.pending()
    assert isinstance(pending.subject, CompactionReview)
    return pending.subject


async def answer(face: Face, given: CompactionAnswer) -> None:
    first = face.state.pending[0]
    await face.tell(AnswerRequest(first.request_id, given))
    await face.until(lambda: first not in face.state.pending)


async def test_a_conversation_that_nearly_fills_the_window_is_summed_up_before_the_next_call(
    make: Make, summing: SummingModel
) -> None:
    async with make().session() as face:
        await talk(face, LONG, LONG, LONG, NOW)
        (applied,) = face.data("compaction.applied")
        assert (applied.trigger, applied.way) == ("threshold", "summarize")
        assert applied.tokens_after < applied.tokens_before
        assert "The person wants the parser mended." in text_of(summing.requests[-1])
        assert "and now?" in text_of(summing.requests[-1])
        assert len(text_of(summing.requests[-1])) < len(text_of(summing.requests[-2]))
        assert applied.cost == 1
        assert face.state.spent_aside.cost == 1
        # The transcript keeps everything, and says where the model's view begins.
        said_by_person = [r.text for r in face.state.records if isinstance(r, UserRecord)]
        assert said_by_person == [LONG] * 3 + [NOW]
        (fold,) = folds(face)
        assert fold.summary == SUMMARY
    whole(summing)


async def test_it_happens_between_the_rounds_of_one_turn(make: Make, summing: SummingModel) -> None:
    rounds: list[Given] = [
        calls(shout(word, 1_000)) for word in ("one", "two", "three", "four", "five", "six")
    ]
    summing.answers = [*rounds, said("done")]
    async with make(compact_results="off").session() as face:
        await face.ask("Shout, but never in German.")
        kinds = face.kinds()
        assert kinds.count("turn.started") == 1
        assert "compaction.applied" in kinds
        assert kinds.index("compaction.applied") > kinds.index("tool.finished")
        assert "never in German" in text_of(summing.requests[-1])
        # What the model has not read yet stays, each call with its result.
        assert "six" in results(summing.requests[-1])[-1].text
    whole(summing)


async def test_old_results_give_way_to_notes_first_and_can_be_recalled(
    make: Make, summing: SummingModel
) -> None:
    def ask_back(request: ModelRequest) -> Answer:
        note = next(result for result in results(request) if "recall(" in result.text)
        assert any(schema.name == "recall" for schema in request.tools)
        return calls(("recall", json.dumps({"id": note.call_id, "limit": 20_000})))

    rounds: list[Given] = [
        calls(shout(word, 1_100)) for word in ("one", "two", "three", "four", "five")
    ]
    summing.answers = [*rounds, ask_back, said("done")]
    async with make().session() as face:
        await face.ask("Shout.")
        (applied,) = face.data("compaction.applied")
        assert (applied.way, applied.upto, len(applied.results)) == ("results", 0, 4)
        assert summing.asked == []
        assert results(summing.requests[-1])[-1].text.count("one") == 1_100
        assert "recall" not in str(summing.requests[0].tools)
    whole(summing)


async def test_a_request_that_does_not_fit_is_made_smaller_and_sent_again(
    make: Make, summing: SummingModel
) -> None:
    summing.info = ModelInfo("fake/one")  # nobody knows its window
    summing.answers = [*[said("ok")] * 3, Answer(error=TOO_LARGE), said("fits")]
    async with make().session() as face:
        await talk(face, LONG, LONG, LONG, "and now?")
        assert face.answer == "fits"
        assert [each.trigger for each in face.data("compaction.applied")] == ["overflow"]
    whole(summing)


@pytest.mark.parametrize("threshold", [0, -1, 1, 2])
async def test_a_threshold_that_is_no_share_means_never(
    make: Make, summing: SummingModel, threshold: float
) -> None:
    async with make(auto_compact_threshold=threshold).session() as face:
        await talk(face, LONG, LONG, LONG, LONG, "and now?")
        assert face.data("compaction.applied") == []


async def test_goose_s_own_variables_are_heeded(make: Make, summing: SummingModel) -> None:
    rig = make()
    rig.world.environ["GOOSE_AUTO_COMPACT_THRESHOLD"] = "0.5"  # type: ignore[index] # a dict
    rig.world.environ["GOOSE_CONTEXT_STRATEGY"] = "clear"  # type: ignore[index] # a dict
    async with rig.session() as face:
        await talk(face, LONG, LONG, NOW)
        (applied,) = face.data("compaction.applied")
        assert applied.way == "clear"
        assert text_of(summing.requests[-1]).startswith("(What was said before")
        assert LONG not in text_of(summing.requests[-1]).replace(NOW, "")
        assert summing.asked == []


async def test_the_oldest_can_be_left_out_without_a_summary(
    make: Make, summing: SummingModel
) -> None:
    async with make(context_strategy="truncate").session() as face:
        await talk(face, f"First: {LONG}", LONG, LONG, f"Last: {LONG}", "and now?")
        (applied,) = face.data("compaction.applied")
        assert applied.way == "truncate"
        seen = text_of(summing.requests[-1])
        assert "First:" not in seen
        assert "Last:" in seen
    whole(summing)


async def test_a_person_who_wants_to_be_asked_each_time_is(
    make: Make, summing: SummingModel
) -> None:
    async with make(context_strategy="prompt").session() as face:
        await talk(face, LONG, LONG, LONG)
        await face.submit(NOW)
        (pending,) = await face.pending()
        assert isinstance(pending.subject, Question)
        assert pending.subject.choices[-1] == "Not now"
        await face.reply("Not now")
        await face.idle()
        assert face.data("compaction.applied") == []
        await face.ask("and then?")  # asked again only once it has grown
        assert face.data("request.asked")[1:] == []
        await face.submit(LONG)
        await face.pending()
        await face.reply("Leave out all of it")
        await face.idle()
        assert [each.way for each in face.data("compaction.applied")] == ["clear"]


async def test_pinned_pieces_and_the_last_message_stay_word_for_word(
    make: Make, summing: SummingModel
) -> None:
    async with make().session() as face:
        await talk(face, f"Rule 7: tabs. {LONG}", LONG, "third")
        key = next(each.key for each in face.state.context.segments if each.kind == "user")
        await face.tell(EditSegment(key, "pin"))
        await talk(face, LONG, LONG)
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        await face.ask("and now?")
        seen = text_of(summing.requests[-1])
        assert "Rule 7: tabs." in seen
        assert seen.index("Summary of the conversation") < seen.index("Rule 7")
        assert "third" not in seen


async def test_a_person_asks_for_it_with_a_focus_and_reads_it_first(
    make: Make, summing: SummingModel
) -> None:
    async with make(compaction_review="always").session() as face:
        await talk(face, LONG, "second", "third")
        await face.tell(Compact("the second message"))
        proposal = await review(face)
        assert proposal.summary == SUMMARY
        assert proposal.seconds is None
        assert "the second message" in summing.asked[0].system
        assert LONG in text_of(summing.asked[0])
        words = CompactionAnswer("accept", "Only this is left of it all, in five words.")
        await answer(face, words)
        await face.until(lambda: face.data("compaction.applied"))
        await face.ask("and now?")
        seen = text_of(summing.requests[-1])
        assert "Only this is left" in seen
        assert SUMMARY not in seen
        assert LONG not in seen


async def test_what_was_refused_changes_nothing_and_is_not_asked_again_at_once(
    make: Make, summing: SummingModel
) -> None:
    async with make(compaction_review="always").session() as face:
        await talk(face, LONG, LONG, LONG)
        await face.submit(NOW)
        await review(face)
        await answer(face, CompactionAnswer("cancel"))
        await face.idle()
        assert text_of(summing.requests[-1]).count("word") == 5_600
        await face.ask("and then?")
        assert len(face.data("request.asked")) == 1
        assert face.data("compaction.applied") == face.data("compaction.failed") == []


async def test_what_a_person_dropped_needs_no_compaction(make: Make, summing: SummingModel) -> None:
    async with make().session() as face:
        await talk(face, LONG, LONG, LONG)
        dropped = next(each for each in face.state.context.segments if each.kind == "user")
        await face.tell(EditSegment(dropped.key, "drop"))
        await face.ask(NOW)
        assert text_of(summing.requests[-1]).count("word") == 4_200
        assert face.data("compaction.applied") == face.data("compaction.failed") == []


async def test_it_can_be_summed_up_anew_without_a_piece_and_with_others_kept(
    make: Make, summing: SummingModel
) -> None:
    summing.summaries = [summary(SUMMARY), summary("## Intent\nAnother summary of the same.")]
    async with make(compaction_review="always").session() as face:
        await talk(face, f"one {LONG}", f"two {LONG}", "three", "four")
        await face.tell(Compact())
        first = await review(face)
        keys = [each.key for each in face.state.context.segments if each.kind == "user"]
        kept = (*first.kept, keys[1])
        await answer(
            face, CompactionAnswer("recompute", kept=kept, dropped=(keys[0],), focus="two")
        )
        second = await review(face)
        assert second.summary.endswith("Another summary of the same.")
        assert "one word" not in text_of(summing.asked[1])
        await answer(face, CompactionAnswer("accept", pinned=(keys[1],)))
        await face.until(lambda: face.data("compaction.applied"))
        assert face.state.edits[keys[1]].pinned
        await face.ask("and now?")
        assert f"two {LONG}" in text_of(summing.requests[-1])


async def test_nobody_who_comes_lets_it_hold_and_whoever_looks_stops_the_clock(
    make: Make, summing: SummingModel
) -> None:
    async with make(compaction_review="0.2s").session() as face:
        await talk(face, LONG, LONG, LONG, NOW)
        assert len(face.data("compaction.applied")) == 1
        answered = [event for event in face.events if event.type == "request.answered"]
        assert [event.actor for event in answered] == ["system"]


async def test_whoever_looks_stops_the_clock(make: Make, summing: SummingModel) -> None:
    async with make(compaction_review="0.2s").session() as face:
        await talk(face, LONG, LONG, LONG)
        await face.submit(NOW)
        await face.pending()
        await face.tell(HoldRequest(face.state.pending[0].request_id))
        await face.until(lambda: face.state.pending[0].held)
        with anyio.move_on_after(0.4):  # twice as long as nobody would have had
            await face.until(lambda: not face.state.pending)
        assert len(face.state.pending) == 1
        await answer(face, CompactionAnswer("accept"))
        await face.idle()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (summary(""), "came back empty"),
        (summary("%%%% ???? " * 40), "garbage"),
        (summary("all is well again " * 400), "again and again"),
        (
            summary("".join(f"Then came step {n}. " for n in range(4_000))),
            "Nothing would be gained",
        ),
        (Answer(error=QuotaError("No credit is left.")), "No credit is left."),
        (Answer((TextDelta("Half a summary that"), AnswerEnd("length"))), "came back as garbage"),
        (
            Answer((TextDelta("Half a summary that is cut off here"), AnswerEnd("length"))),
            "cut off",
        ),
        (Answer((TextDelta("Half a summary that is cut off here"),)), "broke off"),
    ],
)
async def test_a_summary_that_is_none_is_refused_and_the_history_stays(
    make: Make, summing: SummingModel, given: Answer, why: str
) -> None:
    summing.summaries = [given]
    async with make().session() as face:
        await talk(face, LONG, "second", "third")
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.failed"))
        assert why in face.data("compaction.failed")[0].message
        await face.ask("and now?")
        assert LONG in text_of(summing.requests[-1])
        assert any(why in getattr(record, "text", "") for record in face.state.records)


async def test_after_three_failures_nobody_tries_by_itself(
    make: Make, summing: SummingModel
) -> None:
    summing.info = ModelInfo("fake/one", window=20_000)
    summing.summaries = [summary("")] * 3
    async with make(auto_compact_threshold=0.3).session() as face:
        await talk(face, LONG, LONG, LONG, LONG, *(["more"] * 6))
        assert len(summing.asked) == len(face.data("compaction.failed")) == 3
        assert any("not tried again" in getattr(r, "hint", "") for r in face.state.records)
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        await talk(face, LONG, LONG, LONG, "and on")
        assert len(face.data("compaction.applied")) > 1  # by itself again


async def test_the_results_in_the_middle_go_first_where_a_summary_does_not_fit(
    make: Make, summing: SummingModel
) -> None:
    summing.info = ModelInfo("fake/one", window=200_000)
    summing.answers = [*(calls(shout(f"w{n}", 500)) for n in range(10)), said("ok")]
    summing.summaries = [Answer(error=TOO_LARGE)] * 3
    async with make().session() as face:
        await face.ask("Shout.")
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        told = [[n for n in range(10) if f"w{n} w{n}" in text_of(each)] for each in summing.asked]
        assert told == [
            list(range(10)),
            [0, 1, 2, 3, 5, 6, 7, 8, 9],
            [0, 1, 2, 3, 6, 7, 8, 9],
            told[3],
        ]
        assert len(told[3]) == 5
        assert {0, 9} <= set(told[3])


async def test_undo_brings_back_exactly_what_was_there_and_redo_takes_it_again(
    make: Make, summing: SummingModel
) -> None:
    async with make().session() as face:
        await talk(face, LONG, "second", "third")
        before = summing.requests[-1].messages
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        await face.ask("fourth")
        compacted = summing.requests[-1].messages
        assert compacted[0].parts[0].text.endswith(SUMMARY)  # type: ignore[union-attr] # words
        assert before[0] not in compacted
        await face.tell(UndoCompaction())
        await face.until(lambda: face.data("compaction.undone"))
        assert folds(face)[0].undone
        await face.ask("fifth")
        assert summing.requests[-1].messages[: len(before)] == before
        await face.tell(RedoCompaction())
        await face.until(lambda: face.data("compaction.redone"))
        assert not folds(face)[0].undone
        await face.ask("sixth")
        assert summing.requests[-1].messages[: len(compacted)] == compacted
        await face.leave()
    async with make().resumed(face.session_id) as again:
        await again.until(lambda: again.data("session.resumed") or again.opened)
        await again.ask("seventh")
        assert summing.requests[-1].messages[: len(compacted)] == compacted
        await again.tell(UndoCompaction())
        await again.until(lambda: again.data("compaction.undone"))
        await again.ask("eighth")
        assert summing.requests[-1].messages[: len(before)] == before


async def test_the_numbers_hold_at_once_though_an_answer_to_the_smaller_request_was_under_way(
    make: Make, summing: SummingModel
) -> None:
    gate = anyio.Event()
    held = Answer(gate=gate, then=said("fourth.").pieces)
    summing.answers = [said("one."), said("two."), said("three."), held]
    async with make().session() as face:
        await talk(face, LONG, LONG, "third")
        whole_size = face.state.context.tokens
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        await face.submit("fourth")
        await face.until(lambda: len(summing.requests) == 4)
        await face.tell(UndoCompaction())
        await face.until(lambda: face.data("compaction.undone"))
        gate.set()
        await face.idle()
        told = face.state.context
        assert (told.source, told.tokens > whole_size) == ("estimate", True)
        await face.ask("fifth")
        reported = face.state.context.tokens
        assert abs(told.tokens / reported - 1) < 0.05


async def test_what_would_not_fit_is_not_undone(make: Make, summing: SummingModel) -> None:
    summing.info = ModelInfo("fake/one", window=8_000)
    rig = make()
    rig.models["fake/small"] = SummingModel(3_000)
    rig.models["fake/small"].info = ModelInfo("fake/small", window=3_000)  # type: ignore[misc] # a fake
    async with rig.session() as face:
        await talk(face, LONG, LONG, "third")
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        await face.tell(SetModel("fake/small"))
        await face.until(lambda: face.state.model == "fake/small")
        await face.tell(UndoCompaction())
        await face.until(lambda: any("Not undone" in each.text for each in face.data("notice")))
        assert face.data("compaction.undone") == []


async def test_there_may_be_nothing_to_undo_to_redo_or_to_make_smaller(
    make: Make, summing: SummingModel
) -> None:
    async with make().session() as face:
        await face.ask("hello")
        await face.tell(UndoCompaction(), RedoCompaction(), Compact())
        await face.until(lambda: face.data("compaction.failed") and len(face.data("notice")) == 2)
        assert "nothing" in face.data("compaction.failed")[0].message.casefold()
        assert summing.asked == []
        await talk(face, LONG, LONG, "third")
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        await face.tell(Compact())  # a summary alone is not summed up again
        await face.until(lambda: len(face.data("compaction.failed")) == 2)
        assert len(summing.asked) == 1


async def test_while_an_approval_waits_it_waits_too(make: Make, summing: SummingModel) -> None:
    rig = make(compaction_review="always")
    rig.extensions = lambda: (Probe(), Recall())
    summing.answers = [said("ok"), calls(("act", '{"word": "x"}')), said("done")]
    async with rig.session(mode="approve") as face:
        await face.ask(LONG)
        await face.submit("act")
        (pending,) = await face.pending()
        assert pending.subject.kind == "approval"
        await face.tell(Compact())
        await face.until(lambda: "user.command" in face.kinds())
        assert [item.subject.kind for item in face.state.pending] == ["approval"]
        await face.approve()
        await review(face)
        await answer(face, CompactionAnswer("accept"))
        await face.idle()
        assert face.answer == "done"
        assert LONG not in text_of(summing.requests[-1])
    whole(summing)


async def test_a_proposal_survives_the_end_of_the_process(
    make: Make, summing: SummingModel
) -> None:
    rig = make(compaction_review="always")
    async with rig.session() as face:
        await talk(face, LONG, LONG, LONG)
        await face.submit(NOW)
        proposal = await review(face)
    async with rig.resumed(face.session_id) as again:  # as after a kill
        assert await review(again) == proposal
        assert len(summing.asked) == 1
        await answer(again, CompactionAnswer("accept"))
        await again.idle()
        assert again.answer == "done."
        assert SUMMARY in text_of(summing.requests[-1])
        await again.ask(LONG)
        await again.tell(Compact())
        await review(again)
    async with rig.resumed(face.session_id) as last:  # this time nobody was at work
        await review(last)
        await answer(last, CompactionAnswer("cancel"))
        await last.ask("go on")
        assert last.answer == "done."


async def test_a_proposal_between_two_rounds_survives_too_and_harms_no_answer(
    make: Make, summing: SummingModel
) -> None:
    rounds = [calls(shout(word, 1_300)).pieces for word in ("one", "two", "three", "four", "five")]
    summing.answers = [Answer((TextDelta("I shout."), *pieces)) for pieces in rounds]
    rig = make(compaction_review="always", compact_results="off")
    async with rig.session() as face:
        await face.submit("Shout.")
        await review(face)
    summing.answers[len(summing.requests) :] = [said("done")]
    async with rig.resumed(face.session_id) as again:
        await review(again)
        await answer(again, CompactionAnswer("accept"))
        await again.idle()
        assert again.answer == "done"
        spoke = [record for record in again.state.records if isinstance(record, AnswerRecord)]
        assert [record.interrupted for record in spoke] == [False] * len(spoke)
        assert again.data("model.cancelled") == []
    whole(summing)


async def test_a_question_which_way_to_go_does_not_outlive_its_process(
    make: Make, summing: SummingModel
) -> None:
    rig = make(context_strategy="prompt")
    async with rig.session() as face:
        await talk(face, LONG, "second", "third")
        await face.tell(Compact())
        await face.pending()
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: again.data("request.withdrawn"))
        assert not again.state.pending
        await again.tell(Compact())
        await again.pending()
        await again.tell(Interrupt())
        await again.until(lambda: not again.state.pending)
        await again.ask("go on")
        assert again.answer == "done."


async def test_in_a_resumed_session_a_proposal_tells_what_a_call_costs(
    make: Make, summing: SummingModel
) -> None:
    rig = make(compaction_review="always")
    async with rig.session() as face:
        await talk(face, LONG, "second")
    async with rig.resumed(face.session_id) as again:
        await again.tell(Compact())
        assert (await review(again)).input_price == 1


async def test_it_can_be_interrupted_at_any_point(make: Make, summing: SummingModel) -> None:
    summing.summaries = [Answer(gate=anyio.Event())]
    async with make(compaction_review="always").session() as face:
        await talk(face, LONG, "second")
        await face.tell(Compact())
        await face.until(lambda: face.state.summarising)
        await face.tell(Interrupt())
        await face.until(lambda: not face.state.summarising)
        await face.tell(Compact())
        await review(face)
        await face.tell(Interrupt())
        await face.until(lambda: not face.state.pending)
        await face.ask("third")
        assert LONG in text_of(summing.requests[-1])


async def test_a_message_larger_than_the_window_is_read_in_pieces_or_shortened(
    make: Make, summing: SummingModel
) -> None:
    huge = " ".join(f"line{n}" for n in range(12_000))
    rig = make(compaction_review="always")

    def read_on(request: ModelRequest) -> Answer:
        assert len(text_of(request)) < 6_000
        name = text_of(request).rpartition('recall(id="')[2].partition('"')[0]
        return calls(("recall", json.dumps({"id": name, "offset": len(huge) - 100})))

    summing.answers = [said("hello"), read_on, said("read")]
    async with rig.session() as face:
        await face.ask("hello")
        await face.submit(huge)
        (pending,) = await face.pending()
        assert isinstance(pending.subject, Question)
        assert "does not fit" in pending.subject.text
        await face.reply("Let the agent read it in pieces")
        await face.idle()
        assert "line11999" in results(summing.requests[-1])[-1].text
        await face.submit(huge)
        await face.pending()
        await face.reply("Send only its beginning and its end")
        await face.idle()
        seen = text_of(summing.requests[-1])
        assert "characters left out" in seen
        assert seen.rstrip().endswith("line11999")


async def test_without_a_known_window_a_large_message_is_asked_about_once_it_was_refused(
    make: Make, summing: SummingModel
) -> None:
    summing.info = ModelInfo("fake/one", window=None)
    huge = " ".join(f"line{n}" for n in range(12_000))
    summing.answers = [said("hello"), Answer(error=TOO_LARGE), said("read")]
    async with make(compaction_review="always").session() as face:
        await face.ask("hello")
        await face.submit(huge)
        (pending,) = await face.pending()
        assert isinstance(pending.subject, Question)
        assert "it is most of the request" in pending.subject.text
        await face.reply("Send only its beginning and its end")
        await face.idle()
        assert face.answer == "read"
        assert len(text_of(summing.requests[-1])) < len(huge) / 3


async def test_a_template_of_one_s_own_takes_the_place_of_ours(
    make: Make, summing: SummingModel
) -> None:
    rig = make()
    template = rig.places.config / "prompts" / "compaction.md"
    template.parent.mkdir()
    template.write_text("You sum up in rhymes.", encoding="utf-8")
    async with rig.session() as face:
        await talk(face, LONG, "second")
        await face.tell(Compact())
        await face.until(lambda: face.data("compaction.applied"))
        assert summing.asked[0].system == "You sum up in rhymes."
        await face.leave()
    template.write_bytes(b"\xff" * 10)
    async with rig.session() as face:
        await face.until(lambda: face.data("notice"))
        assert "compaction.md" in face.data("notice")[0].text
