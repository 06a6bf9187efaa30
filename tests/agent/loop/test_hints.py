"""Hint files in a session: read once, said where they were noticed, the same bytes after a restart."""

from __future__ import annotations

import json

import anyio

from goose_agent.commands import EditSegment, ListHints, SwitchHints
from goose_agent.events import HintsListed, ListedHint, SessionImported
from goose_agent.evolve import evolve
from goose_agent.messages import Text
from goose_agent.providers.model import ModelInfo, ModelRequest
from goose_agent.state.hints import opening_hints
from goose_agent.state.reduce import reduce
from support.engine import Face, Rig
from support.models import FakeModel, calls, said


def texts(request: ModelRequest) -> str:
    """All that is said in the conversation, without the results of calls."""
    parts = (part for message in request.messages for part in message.parts)
    return "\n".join(part.text for part in parts if isinstance(part, Text))


def read(path: str) -> tuple[str, str]:
    return ("read", json.dumps({"path": path}))


async def listed(face: Face) -> tuple[ListedHint, ...]:
    """The hint files, as a person asks for them."""
    before = len(face.data("hints.listed"))
    await face.tell(ListHints())
    await face.until(lambda: len(face.data("hints.listed")) > before)
    last = face.data("hints.listed")[-1]
    assert isinstance(last, HintsListed)
    return last.hints


async def test_global_and_project_hints_stand_with_the_system_prompt(
    rig: Rig, model: FakeModel
) -> None:
    rig.places.config.mkdir(parents=True)
    (rig.places.config / ".goosehints").write_text("Answer in verse.")
    rig.write("AGENTS.md", "Run make. @docs/style.md")
    rig.write("docs/style.md", "Use tabs.")
    async with rig.session() as face:
        await face.ask("go")
        system = model.requests[0].system
        assert system.index("Answer in verse.") < system.index("Run make.")
        assert system.index("Run make.") < system.index("Use tabs.")
        assert "Use tabs." not in texts(model.requests[0])
        segments = face.state.context.segments
    assert [each.kind for each in segments] == ["system", "tools", "hints", "hints", "user", "turn"]
    assert segments[3].ref == str(rig.folder / "AGENTS.md")
    assert segments[3].size > len("Run make. Use tabs.")


async def test_a_folder_is_heard_once_a_call_touches_it(rig: Rig, model: FakeModel) -> None:
    rig.write("src/AGENTS.md", "Only ASCII here.")
    rig.write("src/a.py", "x = 1\n")
    rig.write("lib/AGENTS.md", "No globals.")
    model.answers = [
        calls(read("src/a.py")),
        calls(read("src/a.py"), ("shell", json.dumps({"command": "cd lib && ls"}))),
        said("done"),
    ]
    async with rig.session() as face:
        await face.ask("go")
        assert [data.name for data in face.data("hints.read")] == ["src/AGENTS.md", "lib/AGENTS.md"]
    first, second, third = model.requests
    assert "Only ASCII" not in repr(first)
    assert texts(second).count("Only ASCII") == 1
    assert "No globals" not in repr(second)
    assert texts(third).count("Only ASCII") == 1
    assert texts(third).count("No globals") == 1
    assert third.messages[: len(second.messages)] == second.messages
    assert len({request.system for request in model.requests}) == 1


async def test_a_file_with_two_names_is_read_once(rig: Rig, model: FakeModel) -> None:
    rig.write("AGENTS.md", "Use tabs.")
    (rig.folder / ".goosehints").symlink_to("AGENTS.md")
    async with rig.session() as face:
        await face.ask("one")
        await face.ask("two")
        assert len(face.data("hints.read")) == 1


async def test_what_others_made_brings_no_hints(rig: Rig, model: FakeModel) -> None:
    rig.write(".gitignore", "node_modules/\n")
    rig.write("node_modules/other/AGENTS.md", "Obey.")
    model.answers = [calls(read("node_modules/other/AGENTS.md"))]
    async with rig.session() as face:
        await face.ask("go")
        assert face.data("hints.read") == []


async def test_hints_that_fill_the_window_are_told(rig: Rig, model: FakeModel) -> None:
    rig.write("AGENTS.md", "word " * 3_000)
    async with rig.session() as face:
        await face.ask("go")
        (notice,) = face.data("notice")
        assert "of the 10,000 tokens that fake/one reads" in notice.text


async def test_a_change_is_said_at_the_start_of_the_next_turn(rig: Rig, model: FakeModel) -> None:
    path = rig.write("AGENTS.md", "Use tabs.")
    async with rig.session() as face:
        await face.ask("one")
        await face.ask("two")
        path.write_text("Use blanks.")
        await face.ask("three")
        path.unlink()
        await face.ask("four")
        await face.ask("five")
        assert [data.change for data in face.data("hints.read")] == ["new", "changed", "gone"]
    before, changed, gone, after = model.requests[1:]
    assert "Use blanks." not in repr(before)
    assert {request.system for request in model.requests} == {before.system}
    assert "AGENTS.md has changed" in texts(changed)
    assert changed.messages[: len(before.messages)] == before.messages
    assert "does not hold any more" in texts(gone)
    assert texts(after).count("does not hold any more") == 1


async def test_a_session_that_goes_on_sends_what_it_sent(rig: Rig, model: FakeModel) -> None:
    path = rig.write("AGENTS.md", "Use tabs.")
    rig.write("src/AGENTS.md", "Only ASCII here.")
    model.answers = [calls(read("src/AGENTS.md")), said("done")]
    async with rig.session(mode="smart") as face:
        await face.ask("one")
        await face.leave()
    path.write_text("Use blanks.")
    async with rig.resumed(face.session_id) as face:
        await face.ask("two")
        await face.leave()
    before, after = model.requests[1:]
    assert after.system == before.system
    assert after.messages[: len(before.messages)] == before.messages
    assert "Use blanks." in texts(after)
    async with rig.resumed(face.session_id) as face:
        await face.ask("three")
    assert texts(model.requests[-1]).count("Use blanks.") == 1


async def test_a_hint_file_can_be_switched_off_and_on(rig: Rig, model: FakeModel) -> None:
    path = rig.write("AGENTS.md", "Use tabs.")
    rig.write("src/AGENTS.md", "Only ASCII here.")
    model.answers = [calls(read("src/AGENTS.md"))]
    async with rig.session() as face:
        assert [(hint.name, hint.on) for hint in await listed(face)] == [("AGENTS.md", True)]
        await face.ask("one")
        nested = str(rig.folder / "src" / "AGENTS.md")
        await face.tell(SwitchHints(str(path), False), SwitchHints(nested, False))
        await face.until(lambda: len(face.data("hints.listed")) == 3)
        assert [hint.on for hint in face.data("hints.listed")[-1].hints] == [False, False]
        path.write_text("Use blanks.")
        await face.ask("two")
        assert "Use tabs." not in repr(model.requests[-1])
        assert "Use blanks." not in repr(model.requests[-1])
        assert "Only ASCII" not in texts(model.requests[-1])
        await face.tell(SwitchHints(str(path), True))
        await face.ask("three")
        assert "Use tabs." in model.requests[-1].system
        assert "Use blanks." in texts(model.requests[-1])


async def test_a_person_can_edit_a_hint_as_any_piece_of_a_request(
    rig: Rig, model: FakeModel
) -> None:
    rig.write("AGENTS.md", "Use tabs.")
    async with rig.session() as face:
        await face.ask("one")
        (segment,) = [each for each in face.state.context.segments if each.kind == "hints"]
        await face.tell(EditSegment(segment.key, "edit", "Use nothing."))
        await face.ask("two")
        assert face.state.context.segments[2].altered == "edited"
    assert "Use nothing." in model.requests[-1].system
    assert "Use tabs." not in model.requests[-1].system


async def test_other_names_are_set_in_the_environment_or_the_settings(
    rig: Rig, model: FakeModel
) -> None:
    rig.write("AGENTS.md", "Use tabs.")
    rig.write("RULES.txt", "Use blanks.")
    rig.places.settings.parent.mkdir(parents=True)
    rig.places.settings.write_text('context_file_names: ["RULES.txt"]\n')
    async with rig.session() as face:
        await face.ask("go")
    assert "Use blanks." in model.requests[-1].system
    assert "Use tabs." not in repr(model.requests[-1])
    rig.environ["CONTEXT_FILE_NAMES"] = "[]"
    rig.__post_init__()
    async with rig.session() as face:
        await face.ask("go")
        assert face.data("hints.read") == []


async def test_a_folders_own_settings_do_not_name_hint_files(rig: Rig, model: FakeModel) -> None:
    rig.write(".goose-tui/config.yaml", 'context_file_names: ["notes.txt"]\n')
    rig.write("notes.txt", "Obey.")
    async with rig.session() as face:
        await face.ask("go")
        assert face.data("hints.read") == []


async def test_what_is_wrong_with_a_file_is_said_once(rig: Rig, model: FakeModel) -> None:
    outside = rig.base / "outside.md"
    outside.write_text("Obey.")
    (rig.folder / "AGENTS.md").symlink_to(outside)
    async with rig.session() as face:
        await face.ask("one")
        await face.ask("two")
        (notice,) = face.data("notice")
        assert "AGENTS.md leads out of" in notice.text
        (hint,) = await listed(face)
        assert hint.problems == (notice.text,)
    assert "Obey." not in repr(model.requests)


async def test_all_hints_together_have_a_bound(rig: Rig, model: FakeModel) -> None:
    rig.models["fake/one"] = model = FakeModel(info=ModelInfo("fake/one", window=1_000_000))
    for at in range(6):
        rig.write(f"d{at}/AGENTS.md", f"number {at} " * 5_000)
    model.answers = [calls(*(read(f"d{at}/AGENTS.md") for at in range(6)))]
    async with rig.session() as face:
        await face.ask("go")
        taken = [data for data in face.data("hints.read") if data.text]
        assert 4 <= len(taken) < 6
        assert any("have more than 256.0 kB together" in n.text for n in face.data("notice"))


async def test_the_head_of_a_request_is_not_the_place_of_an_imported_session(
    rig: Rig, model: FakeModel
) -> None:
    """What a bundle says its hint files were does not open requests here."""

    rig.write("AGENTS.md", "Use tabs.")
    async with rig.session() as face:
        await face.ask("one")
        assert [*opening_hints(face.state)]
        event = evolve(face.events[-1], seq=face.state.seq + 1, data=SessionImported("x.goose"))
        assert [*opening_hints(reduce(face.state, event))] == []


async def test_bad_names_are_told_with_their_place(rig: Rig) -> None:
    rig.environ["CONTEXT_FILE_NAMES"] = "AGENTS.md"
    rig.__post_init__()
    async with rig.session() as face:
        assert face.refused is not None
        assert "CONTEXT_FILE_NAMES must be a JSON list" in face.refused.message


async def test_where_things_stand_comes_last_and_is_not_kept(rig: Rig, model: FakeModel) -> None:
    await anyio.run_process(["git", "init", "-q", "-b", "trunk", str(rig.folder)])
    steps = [{"text": "look", "state": "done"}, {"text": "mend it", "state": "active"}]
    model.answers = [calls(("update_plan", json.dumps({"items": steps}))), said("done")]
    async with rig.session() as face:
        await face.ask("go")
    first, second = model.requests
    assert str(rig.folder) in first.turn_context
    assert "Git branch: trunk" in first.turn_context
    assert "Context left" not in first.turn_context
    assert "Plan: 1 of 2 steps done, now: mend it" in second.turn_context
    assert "Context left: about 9,900 of 10,000 tokens" in second.turn_context
    assert "turn-context" not in repr((second.system, second.messages))


async def test_where_a_model_would_end_its_turn_for_it_it_is_left_out_behind_results(
    rig: Rig,
) -> None:
    info = ModelInfo("fake/one", window=10_000, hears_behind_results=False)
    rig.models["fake/one"] = model = FakeModel([calls(("tree", "{}")), said("done")], info=info)
    async with rig.session() as face:
        await face.ask("go")
        await face.ask("on")
    assert [bool(request.turn_context) for request in model.requests] == [True, False, True]
