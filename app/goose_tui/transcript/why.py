"""Why a call was made and ran, as sections to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from goose_agent.events import (
    Approval,
    ApprovalAnswer,
    CompactionAnswer,
    ElicitationAnswer,
    PlanAnswer,
    QuestionAnswer,
    RequestAnswered,
    RequestAsked,
    SamplingAnswer,
    Segment,
    SignInAnswer,
)
from goose_agent.events.requests import question_words, server_answer_words
from goose_agent.replay.why import Asked, NewPiece, Why
from goose_tui.transcript.detail import DetailPart
from goose_tui.view.formatting import cut_end
from goose_tui.view.numbers import duration
from goose_tui.view.reason_words import reason_words
from goose_tui.view.request_rows import KINDS
from goose_tui.view.untrusted import clean_line

__all__ = ["answer_words", "question_of", "why_parts"]

_MOST = 40
"""Pieces of a request that are listed, at most."""
_BEGINS = 120
_LOOKED_AT = 400
"""Characters of how a piece begins, and of what that is made."""
_CHOICES = {
    "once": "allowed once",
    "session": "allowed with a rule",
    "edit": "allowed with other arguments",
    "hunks": "some pieces allowed",
    "result": "not run: a result was made up",
    "deny": "denied",
    "stop": "denied and stopped",
}


def why_parts(why: Why) -> list[DetailPart]:
    """The sections, the cause first."""
    return [
        DetailPart.of(key, title, text, "json" if key == "arguments" else "text")
        for key, title, text in _sections(why)
        if text
    ]


def _sections(why: Why) -> Iterator[tuple[str, str, str]]:
    answered = f"answer #{why.responded}" if why.responded else "an answer that is not complete"
    said = [f"thinking: {why.thinking}" if why.thinking else "", why.said]
    words = "\n\n".join(text for text in said if text) or "(The model said nothing besides calls.)"
    yield "answer", f"it stands in {answered} of {clean_line(why.model) or 'a model'}", words
    arguments = why.call.arguments
    shown = json.dumps(arguments, indent=2, ensure_ascii=False) if arguments else ""
    yield "arguments", "it asked for", shown or why.call.arguments_text
    where = f"request #{why.built}" if why.built else "its request"
    yield "new", f"new to the model in {where}", "\n".join(_new(why.new)) or "nothing"
    yield "gone", "not there any more", "\n".join(map(_named, why.gone[:_MOST]))
    yield "allowed", "what let it run, or did not", "\n".join(_allowed(why))
    title = "likely sources: a guess, by words that both have"
    yield "sources", title, "\n".join(_sources(why)) or "none found"
    yield "result", "what came of it", _outcome(why)


def _new(pieces: Sequence[NewPiece]) -> Iterator[str]:
    for piece in pieces[:_MOST]:
        begins = clean_line(" ".join((piece.text or "")[:_LOOKED_AT].split()))
        yield f"{_named(piece.segment)}  {cut_end(begins, _BEGINS)}".rstrip()
    if len(pieces) > _MOST:
        yield f"and {len(pieces) - _MOST} more"


def _named(segment: Segment) -> str:
    origin = f"#{segment.origin}" if segment.origin else "goose-tui"
    return f"{origin:<7} {KINDS[segment.kind]}"


def _allowed(why: Why) -> Iterator[str]:
    if why.decision is not None:
        yield f"#{why.judged} the gate said {why.decision}:"
        for reason in why.reasons:
            yield f"  {reason_words(reason)}"
    for asked in why.asked:
        yield f"#{asked.asked.seq} asked: {answer_words(asked)}"
    if not why.call.proposed:
        yield "never proposed: the answer was not complete"


def answer_words(asked: Asked) -> str:
    """What became of a question: who answered what, and after how long."""
    ended = asked.ended
    if ended is None:
        return "no answer is on record"
    if not isinstance(ended.data, RequestAnswered):
        return f"withdrawn (#{ended.seq})"
    who = "you" if ended.actor == "user" else clean_line(ended.actor)
    after = f"after {duration(max(0.0, ended.data.seconds))} (#{ended.seq})"
    match ended.data.answer:
        case ApprovalAnswer(choice=choice, reason=reason, rule=rule, scope=scope):
            words = _CHOICES[choice]
            if choice == "session":
                words += f" ({scope}) {clean_line(rule, strict=True)}".rstrip()
            if reason:
                words += f": {clean_line(reason, strict=True)}"
            return f"{words}, by {who} {after}"
        case QuestionAnswer(text=text, declined=declined):
            words = "declined" if declined else f"“{clean_line(text, strict=True)}”"
            return f"{words}, by {who} {after}"
        case PlanAnswer(choice=choice, text=text) | CompactionAnswer(choice=choice, focus=text):
            words = f"{choice}: {clean_line(text, strict=True)}" if text else choice
            return f"{words}, by {who} {after}"
        case ElicitationAnswer() | SamplingAnswer() | SignInAnswer() as answer:
            words = clean_line(server_answer_words(answer), strict=True)
            return f"{words}, by {who} {after}"


def question_of(asked: Asked) -> Approval | str:
    """What was asked: an approval, or the words of a question."""
    assert isinstance(asked.asked.data, RequestAsked)
    subject = asked.asked.data.subject
    if isinstance(subject, Approval):
        return subject
    return question_words(subject)


def _sources(why: Why) -> Iterator[str]:
    for source in why.sources:
        words = clean_line(", ".join(source.words))
        yield f"{round(100 * source.share):>3}%  {_named(source.segment)}  {cut_end(words, _BEGINS)}"


def _outcome(why: Why) -> str:
    call = why.call
    words = [str(call.state)]
    if call.exit_code is not None:
        words.append(f"exit {call.exit_code}")
    if call.seconds is not None:
        words.append(duration(call.seconds))
    if call.result_seq:
        words.append(f"#{call.result_seq}")
    files = (f"\n{change.path}  +{change.added} −{change.removed}" for change in call.files)
    return "  ".join(words) + "".join(files)
