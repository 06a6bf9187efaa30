"""Hooks: told what happens, heard where they may block, and never more than a brake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goose_agent.commands import Interrupt, SetTrust
from goose_agent.events import HookRan
from goose_agent.extensions.choosing import own_extensions
from support.engine import Face, Rig
from support.models import FakeModel, calls, said

SAVE = 'cat > "$PLUGIN_ROOT/seen-$$.json"'


def hooks(**events: object) -> str:
    """A hooks file: for each event a command, or the keys of one and perhaps a matcher."""
    rules: dict[str, Any] = {}
    for event, value in events.items():
        action = {"command": value} if isinstance(value, str) else dict(value)  # type: ignore[call-overload] # a mapping
        matcher = action.pop("matcher", None)
        rules[event] = [{"matcher": matcher, "hooks": [{"type": "command", **action}]}]
    return json.dumps({"hooks": rules})


@pytest.fixture
def plugin(rig: Rig) -> Path:
    """A plugin of the person."""
    rig.made = own_extensions
    folder = rig.base / ".agents/plugins/guard"
    (folder / "hooks").mkdir(parents=True)
    return folder


def install(plugin: Path, **events: object) -> None:
    (plugin / "hooks/hooks.json").write_text(hooks(**events), encoding="utf-8")


def seen(plugin: Path) -> list[dict[str, Any]]:
    """What they were told."""
    files = sorted(plugin.glob("seen-*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in files]


def ran(face: Face) -> list[HookRan]:
    return [data for data in face.data("hook.ran") if isinstance(data, HookRan)]


def shell(command: str) -> tuple[str, str]:
    return "shell", json.dumps({"command": command})


async def test_each_event_is_told_with_what_it_is_about(
    rig: Rig, model: FakeModel, plugin: Path
) -> None:
    names = [
        "SessionStart",
        "SessionEnd",
        "UserPromptSubmit",
        "PreToolUse",
        "PreToolUseResult",
        "PostToolUse",
        "PostToolUseFailure",
        "BeforeReadFile",
        "AfterFileEdit",
        "BeforeShellExecution",
        "AfterShellExecution",
        "Stop",
    ]
    install(plugin, **dict.fromkeys(names, SAVE))
    model.answers = [
        calls(
            shell("echo out; exit 3"),
            ("write", json.dumps({"path": "a.txt", "content": "x\n"})),
        ),
        calls(("read", '{"path": "a.txt"}')),
        said("All done."),
    ]
    async with rig.session() as face:
        await face.ask("go on")
        await face.until(lambda: len(ran(face)) >= 16)
        await face.leave()
    told = {(each["event"], each.get("tool_name", "")): each for each in seen(plugin)}
    assert told["SessionStart", ""]["matcher_context"] == "startup"
    assert told["UserPromptSubmit", ""]["message"] == "go on"
    assert told["PreToolUse", "shell"]["tool_input"] == {"command": "echo out; exit 3"}
    assert told["PreToolUseResult", "shell"]["decision"] == "allow"
    assert told["PostToolUseFailure", "shell"]["tool_output"] == "out\n[exit code 3]"
    assert told["BeforeShellExecution", "shell"] and told["AfterShellExecution", "shell"]
    assert told["AfterFileEdit", "write"] and told["PostToolUse", "write"]
    assert told["BeforeReadFile", "read"]["tool_input"] == {"path": "a.txt"}
    assert told["Stop", ""]["last_assistant_message"] == "All done."
    assert told["SessionEnd", ""]["message"] == "quit"
    assert {name for name, _ in told} == set(names)
    assert {each.outcome for each in ran(face)} <= {"ok", "failed"}


@pytest.mark.parametrize(
    "command",
    ["echo not here >&2; exit 2", """echo '{"decision": "block", "reason": "not here"}'"""],
)
async def test_a_call_is_blocked_by_its_exit_or_its_word(
    rig: Rig, model: FakeModel, plugin: Path, command: str
) -> None:
    install(plugin, PreToolUse={"command": command, "matcher": "developer__shell|write"})
    model.answers = [calls(shell("touch made"), ("tree", "{}"))]
    async with rig.session() as face:
        await face.ask("go")
        first, second = sorted(face.data("tool.finished"), key=lambda each: each.outcome)
        assert (first.outcome, first.text) == (
            "denied",
            "Not run: a hook of guard blocked this call: not here",
        )
        assert second.outcome == "ok"
        assert not (rig.folder / "made").exists()
        (record,) = [each for each in ran(face) if each.event == "PreToolUse"]
        assert (record.outcome, record.text) == ("blocked", "not here")


@pytest.mark.parametrize(
    "command", ["exit 1", "echo noise", "sleep 60", "/none/there", "kill -9 $$", "echo '{'"]
)
async def test_one_that_fails_blocks_only_where_it_must_decide(
    rig: Rig, model: FakeModel, plugin: Path, command: str
) -> None:
    action: dict[str, object] = {"command": command, "timeout": 0.3}
    install(plugin, PreToolUse=action)
    model.answers = [calls(shell("touch made")), said("."), calls(shell("touch more"))]
    async with rig.session() as face:
        await face.ask("go")
        assert (rig.folder / "made").exists()
        assert ran(face)[0].outcome == "failed"
        await face.leave()
    install(plugin, PreToolUse={**action, "on_failure": "block"})
    async with rig.session() as face:
        await face.ask("go")
        assert face.data("tool.finished")[0].outcome == "denied"
        assert not (rig.folder / "more").exists()


async def test_a_hook_allows_nothing_that_the_gate_asks_about(
    rig: Rig, model: FakeModel, plugin: Path
) -> None:
    install(plugin, PreToolUse="""echo '{"decision": "allow"}'""")
    model.answers = [calls(shell("touch made"))]
    async with rig.session(mode="approve") as face:
        await face.submit("go")
        await face.pending()
        assert ran(face) == []
        await face.approve()
        await face.idle()
        assert [each.outcome for each in ran(face)] == ["ok"]


async def test_a_hook_keeps_a_turn_from_its_end_but_not_for_ever(
    rig: Rig, model: FakeModel, plugin: Path
) -> None:
    install(plugin, Stop="echo run the tests first >&2; exit 2")
    async with rig.session() as face:
        await face.ask("go")
        assert len(model.requests) == 4
        assert "run the tests first" in str(model.requests[1].messages[-1])


async def test_a_folders_hooks_run_only_once_it_is_trusted(rig: Rig, model: FakeModel) -> None:
    rig.made = own_extensions
    rig.write(".agents/plugins/repo/hooks/hooks.json", hooks(UserPromptSubmit="touch run"))
    async with rig.session() as face:
        await face.ask("go")
        assert face.state.trust is not None
        assert face.state.trust.files[0].lines == ("on UserPromptSubmit runs: touch run",)
        assert ran(face) == []
        await face.tell(SetTrust("trusted"))
        await face.until(lambda: face.data("commands.listed"))
        await face.ask("go")
        await face.until(lambda: ran(face))
        assert (rig.folder / "run").exists()


async def test_a_program_of_a_trusted_plugin_that_changes_is_not_run_any_more(
    rig: Rig, model: FakeModel
) -> None:
    rig.made = own_extensions
    folder = ".agents/plugins/repo"
    rig.write(f"{folder}/hooks/hooks.json", hooks(UserPromptSubmit="sh $PLUGIN_ROOT/run.sh"))
    rig.write(f"{folder}/run.sh", "echo >> runs")
    async with rig.session() as face:
        await face.tell(SetTrust("trusted"))
        await face.until(lambda: face.data("commands.listed"))
        await face.ask("go")
        await face.until(lambda: ran(face))
        await face.leave()
    rig.write(f"{folder}/run.sh", "echo evil >> runs")
    async with rig.session() as face:
        await face.until(lambda: face.state.trust)
        await face.ask("go")
        assert ran(face) == []
    assert (rig.folder / "runs").read_text(encoding="utf-8") == "\n"


async def test_what_a_hook_says_at_the_start_is_shown_and_a_broken_file_is_a_sentence(
    rig: Rig, plugin: Path
) -> None:
    install(plugin, SessionStart="echo Welcome to the works", Unknown="exit 1")
    rig.places.config.mkdir(parents=True, exist_ok=True)
    (rig.places.config / "hooks.json").write_text("{", encoding="utf-8")
    async with rig.session() as face:
        await face.until(lambda: ran(face))
        texts = [getattr(record, "text", "") for record in face.state.records]
        assert any(text.endswith("Welcome to the works") for text in texts)
        assert any("hooks.json do not count" in text for text in texts)


async def test_an_interrupt_stops_a_hook_and_the_call_it_is_about(
    rig: Rig, model: FakeModel, plugin: Path
) -> None:
    install(plugin, PreToolUse='touch "$PLUGIN_ROOT/begun"; sleep 60')
    model.answers = [calls(shell("touch made"))]
    async with rig.session() as face:
        await face.submit("go")
        await face.until((plugin / "begun").exists)
        await face.tell(Interrupt())
        await face.idle()
        assert face.data("tool.finished")[0].outcome == "cancelled"
        assert ran(face)[0].text == "it was stopped"
        assert not (rig.folder / "made").exists()
