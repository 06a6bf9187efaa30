"""Sessions on record: what a person and a scripted model did with a small project."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goose_agent.codec import event_to
from goose_agent.commands import AnswerRequest
from goose_agent.events import AnyData, ApprovalAnswer, Event, QuestionAnswer, TurnStarted
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.sessions.log import summary_of
from goose_agent.sessions.store import SessionStore, StoredBlob, StoredEvent
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.engine import Face, Rig

__all__ = ["PROMPT", "made_of", "recorded"]

PROMPT = "The parser drops trailing commas. Fix it."
MODEL = "scripted/model"

_PARSER = '''\
"""Reads lists."""


def parse_list(text):
    items = text.split(",")
    return items[:-1]
'''
_SCRIPT = """
window: 200000
input_price: 3.0
output_price: 15.0
answers:
- thinking: A comma at the end should make no item. I look at parse_list.
  text: I look at the parser first, and at what nobody wrote.
  usage: {input_tokens: 2100, output_tokens: 90}
  calls:
  - {tool: update_plan, arguments: {items: [{text: look, state: active}, {text: mend}]}}
  - {tool: read, arguments: {path: parser.py}}
  - {tool: read, arguments: {path: nowhere.txt}}
- text: "`items[:-1]` drops the last item, whatever it is."
  usage: {input_tokens: 2400, output_tokens: 110}
  calls:
  - tool: edit
    arguments: {path: parser.py, old: "    return items[:-1]\\n", new: "    return [item for item in items if item]\\n"}
- text: Now I try it.
  usage: {input_tokens: 2700, output_tokens: 60}
  calls:
  - {tool: shell, arguments: {command: python3 parser.py}}
  - {tool: ask_user, arguments: {question: "Shall blanks count?", choices: ["yes", "no"]}}
- text: |
    **Mended**: a trailing comma makes no item.
  usage: {input_tokens: 2900, output_tokens: 40}
"""


async def recorded(base: Path) -> Path:
    """A session with thinking, tools, an error, approvals of both kinds and a question.

    Args:
        base: an empty folder: home, settings, sessions and the project are in it.

    Returns:
        Its file; the session has ended.
    """
    model = ScriptedModel.load(_SCRIPT, name=MODEL, speed=0)
    rig = Rig(base, {MODEL: model})
    rig.write("parser.py", _PARSER)
    async with rig.session(MODEL, mode="smart") as face:
        await face.submit(PROMPT)
        await _answer(face, ApprovalAnswer("once"))
        await _answer(face, ApprovalAnswer("deny", "no need to run it"))
        await _answer(face, QuestionAnswer("no"))
        await face.idle()
        await face.leave()
    return rig.places.sessions / f"{face.session_id}.db"


async def _answer(face: Face, answer: ApprovalAnswer | QuestionAnswer) -> None:
    """Answer the first question of this kind."""

    def wanted() -> list[str]:
        pending = face.state.pending
        return [item.request_id for item in pending if item.subject.kind == answer.kind]

    await face.until(wanted)
    (request_id,) = wanted()
    await face.tell(AnswerRequest(request_id, answer))
    await face.until(lambda: not wanted())


def made_of(path: Path, story: Iterable[AnyData], blobs: Iterable[bytes] = ()) -> list[Event]:
    """Write a record of these events, a second apart; gives them back."""
    state = SessionState(session_id=path.stem)
    events: list[Event] = []
    for data in story:
        seq = state.seq + 1
        event = Event(
            seq=seq,
            id=f"e-{seq}",
            at=datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(seconds=seq),
            mono=float(seq),
            session_id=path.stem,
            turn=len(state.turns) + isinstance(data, TurnStarted),
            actor="agent",
            data=data,
        )
        state = reduce(state, event)
        events.append(event)
    store = SessionStore(path, write=True)
    rows = [StoredEvent(each.seq, each.type, each.turn, event_to(each)) for each in events]
    store.append(rows, map(StoredBlob.of, blobs), summary_of(state), synced=False)
    store.close()
    return events
