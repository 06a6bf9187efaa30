"""Calls of one answer that are asked about: in their order, and each bound to what it was shown."""

from __future__ import annotations

import json

from goose_agent.commands import AnswerAlike, AnswerRequest
from goose_agent.events import Approval, ApprovalAnswer
from support.engine import Face, Rig
from support.models import FakeModel, calls, said

TEXT = "".join(f"line {at}\n" for at in range(60))


def edit(old: str, new: str, path: str = "a.txt") -> tuple[str, str]:
    return ("edit", json.dumps({"path": path, "old": old, "new": new}))


def asked(face: Face) -> list[str]:
    subjects = [each.subject for each in face.data("request.asked")]
    return [subject.summary for subject in subjects if isinstance(subject, Approval)]


async def approve(face: Face, at: int = 0) -> None:
    pending = face.state.pending[at]
    await face.tell(AnswerRequest(pending.request_id, ApprovalAnswer("once")))
    await face.until(lambda: pending not in face.state.pending)


async def test_questions_come_in_the_order_of_the_calls(rig: Rig, model: FakeModel) -> None:
    rig.write("large.txt", "".join(f"{at}\n" for at in range(40_000)))
    wanted = [
        edit("39999\n", "x\n", "large.txt"),
        ("shell", json.dumps({"command": "touch a"})),
        edit("1\n2\n", "y\n", "large.txt"),
        ("shell", json.dumps({"command": "touch b"})),
        ("write", json.dumps({"path": "c.txt", "content": "z"})),
        ("shell", json.dumps({"command": "touch d"})),
    ]
    model.answers = [calls(*wanted), said("ok")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(6)
        order = ["large.txt", "touch a", "large.txt", "touch b", "c.txt", "touch d"]
        assert asked(face) == order


async def test_a_second_edit_of_a_file_runs_as_it_was_shown_after_the_first(
    rig: Rig, model: FakeModel
) -> None:
    path = rig.write("a.txt", TEXT)
    model.answers = [
        calls(edit("line 5\n", "five\nand more\n"), edit("line 50", "fifty")),
        said("ok"),
    ]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
        await approve(face)
        await face.until(lambda: "five" in path.read_text())
        await approve(face)
        await face.idle()
        assert len(asked(face)) == 2
        assert path.read_text() == TEXT.replace("line 5\n", "five\nand more\n", 1).replace(
            "line 50", "fifty"
        )


async def test_edits_of_a_file_that_are_allowed_at_once_are_all_made(
    rig: Rig, model: FakeModel
) -> None:
    path = rig.write("a.txt", TEXT)
    wanted = [edit(f"line {at}\n", f"new {at}\n") for at in (10, 20, 30, 40)]
    model.answers = [calls(*wanted), said("ok")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        waiting = await face.pending(4)
        every = tuple(item.request_id for item in waiting)
        await face.tell(AnswerAlike(every, ApprovalAnswer("once")))
        await face.idle()
        assert len(asked(face)) == 4
        text = path.read_text()
        assert [f"new {at}\n" in text for at in (10, 20, 30, 40)] == [True] * 4
        assert {each.outcome for each in face.data("tool.finished")} == {"ok"}


async def test_an_edit_whose_lines_the_first_one_changed_is_asked_about_again(
    rig: Rig, model: FakeModel
) -> None:
    path = rig.write("a.txt", TEXT)
    model.answers = [
        calls(edit("line 5\n", "line 5 line 6\n"), edit("line 5", "L", "a.txt")),
        said("ok"),
    ]
    path.write_text("line 5\nrest\n")
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
        await approve(face)
        await face.until(lambda: "line 6" in path.read_text())
        await approve(face)
        await face.until(lambda: len(asked(face)) == 3)
        again = face.state.pending[0].subject
        assert isinstance(again, Approval)
        assert "by an earlier call of this answer" in again.reasons[0].text
        assert path.read_text() == "line 5 line 6\nrest\n"


async def test_what_somebody_else_changed_in_between_is_asked_about_again(
    rig: Rig, model: FakeModel
) -> None:
    path = rig.write("a.txt", TEXT)
    model.answers = [calls(edit("line 5\n", "five\n"), edit("line 50", "fifty")), said("ok")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
        await approve(face)
        await face.until(lambda: "five" in path.read_text())
        path.write_text(path.read_text() + "theirs\n")
        await approve(face)
        await face.until(lambda: len(asked(face)) == 3)
        again = face.state.pending[0].subject
        assert isinstance(again, Approval)
        assert again.reasons[0].text.endswith("has changed since this was shown")
