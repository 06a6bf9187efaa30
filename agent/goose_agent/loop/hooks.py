"""Runs hooks: JSON on their input, and for two events their word whether it goes on.

A hook may tighten: it can block a call, and the end of a turn. It allows nothing that the gate does
not. Where it fails all goes on, unless it is said of it that it must decide.
"""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from msgspec import Struct

from goose_agent.events import HookEvent, HookOutcome, HookRan, Notice
from goose_agent.extensions.hook_files import HookRule, find_hooks
from goose_agent.loop.bench import Bench
from goose_agent.sessions.log import SessionLog
from goose_agent.tools import process
from goose_agent.tools.output import Capture
from goose_agent.tools.registry import Tool
from goose_agent.tools.shell import shell_words
from goose_agent.tools.tool import ToolOutput

__all__ = ["Hooks"]

_CLOSING = 5.0
"""Seconds that all hooks have when a session ends."""
_SAID = 2000
"""Characters of what a hook says that are kept."""
_PAYLOAD = 200_000
"""Characters of an output that a hook is given."""


class _Word(Struct, frozen=True):
    """What came of one hook."""

    outcome: HookOutcome
    text: str = ""


class Hooks:
    """The hooks of one session.

    Args:
        log: the session's record.
        bench: what they run with.
        start: lets something go on beside the work.
    """

    def __init__(
        self,
        log: SessionLog,
        bench: Bench,
        start: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
    ) -> None:
        self._log = log
        self._bench = bench
        self._start = start
        self._rules: tuple[HookRule, ...] = ()

    async def load(self) -> None:
        """Read which there are: at first, and when a folder is trusted."""
        if self._bench.host is None:
            return
        rules, problems = await to_thread.run_sync(find_hooks, self._bench.host)
        self._rules = tuple(rules)
        for problem in problems:
            self._log.record(Notice("warning", problem), "system")

    # Moments of a session

    def began(self, *, resumed: bool) -> None:
        """The session begins, or goes on."""
        self._tell("SessionStart", "resume" if resumed else "startup", {})

    async def ended(self, reason: str) -> None:
        """The session ends: they have a few seconds."""
        with anyio.move_on_after(_CLOSING, shield=True):
            for rule in self._for("SessionEnd", (reason,)):
                await self._run(rule, {"message": reason})

    def said(self, text: str) -> None:
        """A person sent a message."""
        self._tell("UserPromptSubmit", text, {"message": text})

    async def may_stop(self, text: str) -> str:
        """Why a turn is not to end yet; empty where it may.

        Args:
            text: the last answer.
        """
        for rule in self._for("Stop", ("",)):
            word = await self._run(rule, {"last_assistant_message": text} if text else {})
            if word.outcome == "blocked":
                return word.text or f"{rule.plugin} says that it is not done."
        return ""

    # Calls

    async def before(self, tool: Tool, call_id: str, arguments: Mapping[str, Any]) -> str:
        """Why a call must not run, for the model; empty where it may."""
        payload = _of_call(tool, call_id, arguments)
        names = _names(tool)
        verdict: dict[str, Any] = {"decision": "allow", "policy_evaluated": False}
        for rule in self._for("PreToolUse", names):
            word = await self._run(rule, payload, call_id)
            if word.outcome == "ok":
                verdict["policy_evaluated"] = True
            elif word.outcome == "blocked" or rule.must_decide:
                failed = word.outcome == "failed"
                verdict |= {"decision": "deny", "blocked_by": rule.plugin, "reason": word.text}
                verdict["cause"] = "hook_failure" if failed else "policy_denial"
                break
        if any(rule.event == "PreToolUseResult" for rule in self._rules):
            self._tell("PreToolUseResult", names, {**payload, **verdict}, call_id)
        if verdict["decision"] == "deny":
            why = verdict["reason"] or "it gave no reason"
            return f"Not run: a hook of {verdict['blocked_by']} blocked this call: {why}"
        if tool.mark.command:
            command = str(arguments.get(tool.mark.command, ""))
            self._tell("BeforeShellExecution", command, payload, call_id)
        elif tool.name == "read":
            self._tell("BeforeReadFile", tool.paths(arguments), payload, call_id)
        return ""

    def after(
        self, tool: Tool, call_id: str, arguments: Mapping[str, Any], output: ToolOutput
    ) -> None:
        """A call has its result."""
        if not self._rules:
            return
        text = self._bench.redactor.text(output.text[:_PAYLOAD])
        payload = {**_of_call(tool, call_id, arguments), "tool_output": text}
        event: HookEvent = "PostToolUseFailure" if output.is_error else "PostToolUse"
        self._tell(event, _names(tool), payload, call_id)
        if tool.mark.command:
            command = str(arguments.get(tool.mark.command, ""))
            self._tell("AfterShellExecution", command, payload, call_id)
        elif tool.mark.effect == "edit" and not output.is_error:
            self._tell("AfterFileEdit", tool.paths(arguments), payload, call_id)

    # Running

    def _for(self, event: HookEvent, about: tuple[str, ...]) -> list[HookRule]:
        return [rule for rule in self._rules if rule.event == event and _is_about(rule, about)]

    def _tell(
        self,
        event: HookEvent,
        about: str | tuple[str, ...],
        payload: Mapping[str, Any],
        call_id: str = "",
    ) -> None:
        """Let hooks know that cannot change anything: nobody waits for them."""
        subjects = (about,) if isinstance(about, str) else about
        more = {"matcher_context": subjects[0] if subjects else ""}
        for rule in self._for(event, subjects):
            self._start(partial(self._run_beside, rule, {**more, **payload}, call_id))

    async def _run_beside(self, rule: HookRule, payload: Mapping[str, Any], call_id: str) -> None:
        await self._run(rule, payload, call_id)

    async def _run(self, rule: HookRule, payload: Mapping[str, Any], call_id: str = "") -> _Word:
        """Run one hook, and put on record what came of it."""
        clock = self._log.world.clock
        since = clock.mono()
        whole = {
            "event": rule.event,
            "session_id": self._log.session_id,
            "working_dir": str(self._bench.workspace.folder),
            **payload,
        }
        word = _Word("failed", "it was stopped")
        try:
            word = await self._decided(rule, json.dumps(whole))
        finally:
            text = self._bench.redactor.text(word.text)[:_SAID]
            took = round(clock.mono() - since, 3)
            ran = HookRan(rule.event, rule.plugin, word.outcome, text, took, call_id)
            self._log.record(ran, "tool")
        return word

    async def _decided(self, rule: HookRule, payload: str) -> _Word:
        folder = await to_thread.run_sync(partial(tempfile.mkdtemp, prefix="goose-hook-"))
        try:
            return await self._answered(rule, payload, anyio.Path(folder))
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(_remove, Path(folder))

    async def _answered(self, rule: HookRule, payload: str, folder: anyio.Path) -> _Word:
        given, errors = folder / "input.json", folder / "errors"
        await given.write_text(payload, encoding="utf-8")
        environ = {**self._bench.environ, "PLUGIN_ROOT": str(rule.root)}
        words = " ".join(map(shlex.quote, shell_words(rule.command, environ)))
        script = f"exec {words} <{shlex.quote(str(given))} 2>{shlex.quote(str(errors))}"
        capture = Capture(64 * 1024)
        try:
            ended = await process.run(
                ("/bin/sh", "-c", script),
                folder=self._bench.workspace.folder,
                environ=environ,
                seconds=rule.seconds,
                capture=capture,
                progress=lambda tail, total: None,
            )
        except OSError as error:
            return _Word("failed", f"it could not be started ({error.strerror})")
        said = capture.for_model(200, 16_000).strip()
        complained = ""
        if await errors.exists():
            raw = (await errors.read_bytes())[:16_000]
            complained = raw.decode("utf-8", "replace").strip()
        return _read(rule, ended.exit_code, said, complained)


def _read(rule: HookRule, code: int | None, said: str, complained: str) -> _Word:
    """What a hook means by how it ended and what it said."""
    if code is None:
        return _Word("failed", f"it took longer than {rule.seconds:g} seconds")
    blocks = rule.event in ("PreToolUse", "Stop")
    if code == 2 and blocks:
        return _Word("blocked", complained or said)
    if code:
        return _Word("failed", f"exit code {code}. {complained or said}".strip())
    if rule.event == "SessionStart":
        return _Word("ok", said)
    if not blocks or not said:
        return _Word("ok")
    try:
        answer = json.loads(said)
        decision = answer.get("decision")
    except (ValueError, RecursionError, AttributeError):
        return _Word("failed", "what it says is no decision")
    if decision == "block":
        return _Word("blocked", str(answer.get("reason") or complained))
    if decision == "allow":
        return _Word("ok")
    return _Word("failed", "what it says is no decision")


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def _names(tool: Tool) -> tuple[str, ...]:
    """What a tool is called here, and as Goose writes it."""
    return tool.name, f"{tool.extension}__{tool.name}"


def _is_about(rule: HookRule, about: tuple[str, ...]) -> bool:
    return rule.matcher is None or any(rule.matcher.search(each) for each in about)


def _of_call(tool: Tool, call_id: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tool_call_id": call_id,
        "tool_name": tool.name,
        "matcher_context": tool.name,
        "tool_input": dict(arguments),
    }
