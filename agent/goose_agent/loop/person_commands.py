"""What a person types that is no message: `/name` of a command that people wrote, and `!command`.

A message comes of both. Shell commands within a written command pass the gate as a model's would;
what the person typed behind `!` they have said themselves.
"""

from __future__ import annotations

import anyio
from anyio import to_thread

from goose_agent.commands import ListCommands, RunCommand, RunShell
from goose_agent.errors import UsageError
from goose_agent.events import (
    Actor,
    CommandsListed,
    ListedCommand,
    MessageRefused,
    Notice,
    Question,
    QuestionAnswer,
    RequestWithdrawn,
    ShellFinished,
    ShellStarted,
)
from goose_agent.extensions.custom_commands import CustomCommand, filled, find_commands
from goose_agent.extensions.skills import Skill, find_skills, skill_message
from goose_agent.loop.bench import Bench
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.rulings import Rulings, denial
from goose_agent.loop.turns import Turns
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import CallRecord
from goose_agent.tools import process
from goose_agent.tools.output import Capture
from goose_agent.tools.shell import shell_words

__all__ = ["PersonCommands"]

_LINES, _BYTES = 400, 16_000
"""Of an output that becomes part of a message, at most."""
_SECONDS = 60.0
"""How long a shell command within a written command may take."""
_LONGEST = 24 * 3600.0
"""How long one that a person typed may take: they can stop it."""
_RUN, _LEAVE = "Run it", "Do not run it"


class PersonCommands:
    """Does what a person typed.

    Args:
        log: the session's record.
        desk: where to ask the person.
        bench: what commands run with.
        turns: takes the message that comes of it.
    """

    def __init__(self, log: SessionLog, desk: Desk, bench: Bench, turns: Turns) -> None:
        self._log = log
        self._desk = desk
        self._bench = bench
        self._turns = turns
        self._rulings = Rulings(log, bench)
        self._running: set[anyio.CancelScope] = set()

    def take_up(self) -> None:
        """What an earlier process asked for a command is asked in vain: that command is gone."""
        for item in self._log.state.pending:
            subject = item.subject
            if not isinstance(subject, Question) or subject.about:
                continue
            if subject.call_id not in self._log.state.calls:
                self._log.record(RequestWithdrawn(item.request_id), "system")

    def stop(self) -> None:
        """Stop what runs: the person interrupted it, or the session ends."""
        for scope in self._running:
            scope.cancel()

    async def handle(self, command: ListCommands | RunCommand | RunShell) -> None:
        """Do what a face asks for."""
        if isinstance(command, ListCommands):
            await self._list()
            return
        with anyio.CancelScope() as scope:
            self._running.add(scope)
            try:
                await self._do(command)
            except UsageError as error:
                refused = MessageRefused(_typed(command), error.message, error.hint)
                self._log.record(refused, "system")
            finally:
                self._running.discard(scope)
        if scope.cancelled_caught:
            self._log.record(MessageRefused(_typed(command), "It was stopped."), "system")

    async def _do(self, command: RunCommand | RunShell) -> None:
        if isinstance(command, RunShell):
            await self._run_typed(command.command)
        elif command.kind == "skill":
            await self._use_skill(command.command, command.argument)
        else:
            await self._run_written(command.command, command.argument)

    async def _list(self) -> None:
        commands, skills = await self._commands(), await self._skills()
        listed = [
            ListedCommand(each.name, each.words, each.argument, source=each.path)
            for each in commands
        ]
        listed += [
            ListedCommand(each.name, each.words, kind="skill", source=str(each.path))
            for each in skills
        ]
        self._log.record(CommandsListed(tuple(listed)), "system")

    async def _commands(self) -> tuple[CustomCommand, ...]:
        host = self._bench.host
        return await to_thread.run_sync(find_commands, host) if host is not None else ()

    async def _skills(self) -> tuple[Skill, ...]:
        host = self._bench.host
        return await to_thread.run_sync(find_skills, host) if host is not None else ()

    async def _use_skill(self, name: str, argument: str) -> None:
        skill = next((each for each in await self._skills() if each.name == name), None)
        if skill is None:
            raise UsageError(f"There is no skill {name}.", "Type /skill and a blank to see them.")
        text = await to_thread.run_sync(skill_message, skill, argument)
        await self._turns.say(text, argument)

    # Written commands

    async def _run_written(self, name: str, argument: str) -> None:
        command = next((each for each in await self._commands() if each.name == name), None)
        if command is None:
            raise UsageError(f"There is no command /{name} (any more).", "/help lists them.")
        self._say_wishes(command)
        parts, mentions = [], []
        for piece in filled(command.body.strip(), argument):
            if piece.runs:
                parts.append(await self._output_of(piece.text, command))
            else:
                parts.append(piece.text)
                mentions.append(piece.text)
        # What a program puts out mentions nothing, however it looks.
        await self._turns.say("".join(parts), "".join(mentions))

    def _say_wishes(self, command: CustomCommand) -> None:
        """What its author wanted loosened or changed is for the person to say."""
        if command.tools:
            text = f"/{command.name} would like to use without a question: {command.tools}."
            hint = "Each call is judged as always; allow what you want where it is asked."
            self._log.record(Notice("info", text, hint), "system")
        if command.model:
            text = f"/{command.name} was written for the model {command.model}."
            self._log.record(Notice("info", text, "/model chooses another."), "system")

    async def _output_of(self, text: str, command: CustomCommand) -> str:
        """What a shell command within a written one puts out, if it may run.

        Raises:
            UsageError: it may not, so that nothing is sent.
        """
        tool = self._bench.registry.find("shell")
        name = f"/{command.name}"
        if tool is None:
            raise UsageError(f"{name} runs {text!r}, and the extension developer is off.")
        key = self._log.world.ids.new("sh")
        call = CallRecord(key, 0, 0, "main", "", tool.name, arguments={"command": text})
        await self._rulings.prepare((call,))
        verdict = self._rulings.verdict(tool, call)
        self._rulings.forget(key)
        if verdict.decision == "deny":
            raise UsageError(f"{name} was not sent. {text!r}: {denial(verdict)}")
        if verdict.decision == "ask":
            why = "; ".join(reason.text for reason in verdict.reasons)
            words = f"{name} wants to run this command ({why}):\n\n{text}"
            question = Question(key, words, (_RUN, _LEAVE), free_text=False)
            if answer_as(QuestionAnswer, await self._ask(question)).text != _RUN:
                raise UsageError(f"{name} was not sent: {text!r} is not to run.")
        hooks = self._bench.hooks
        if hooks is not None and (why := await hooks.before(tool, key, call.arguments or {})):
            raise UsageError(f"{name} was not sent. {text!r}: {why}")
        return await self._run(text, _SECONDS, name)

    async def _ask(self, question: Question) -> QuestionAnswer:
        try:
            return answer_as(QuestionAnswer, await self._desk.ask(question))
        except anyio.get_cancelled_exc_class():
            for item in self._log.state.pending:
                if item.subject == question:
                    self._log.record(RequestWithdrawn(item.request_id), "system")
            raise

    # Shell

    async def _run_typed(self, command: str) -> None:
        if not command.strip():
            raise UsageError("! runs the shell command behind it, and there is none.")
        output = await self._run(command, _LONGEST, "")
        fence = "`" * (
            max((len(run) for run in output.split() if set(run) == {"`"}), default=2) + 1
        )
        await self._turns.note(f"I ran `{command}`:\n\n{fence}\n{output}\n{fence}")

    async def _run(self, command: str, seconds: float, asked_by: str) -> str:
        """What a shell command puts out, with how it ended where that was not well."""
        log, bench = self._log, self._bench
        run_id, since = log.world.ids.new("sh"), log.world.clock.mono()
        actor: Actor = "agent" if asked_by else "user"
        started = log.record(ShellStarted(run_id, command, asked_by), actor)
        await log.settle()  # on disk before anything happens
        capture, ended = Capture(), None
        try:
            ended = await process.run(
                shell_words(command, bench.environ),
                folder=bench.workspace.folder,
                environ=bench.environ,
                seconds=seconds,
                capture=capture,
                progress=lambda tail, total: None,
            )
        except OSError as error:
            raise UsageError(f"{command!r} could not be started: {error.strerror}.") from error
        finally:
            code = ended.exit_code if ended is not None else None
            shown = bench.redactor.text(capture.for_model(_LINES, _BYTES)).rstrip("\n")
            took = round(log.world.clock.mono() - since, 3)
            content = bench.redactor.data(capture.content())
            blobs = {"output": content} if content.decode("utf-8", "replace") != shown else {}
            finished = ShellFinished(run_id, shown, code, took, capture.total)
            log.record(finished, "tool", cause=started, blobs=blobs)
        if code is None:
            return f"{shown}\n[stopped after {seconds:.0f} s, the time limit]".lstrip("\n")
        return shown if not code else f"{shown}\n[exit code {code}]".lstrip("\n")


def _typed(command: RunCommand | RunShell) -> str:
    """What a person typed to ask for it."""
    if isinstance(command, RunShell):
        return f"!{command.command}"
    name = f"/skill {command.command}" if command.kind == "skill" else f"/{command.command}"
    return f"{name} {command.argument}".rstrip()
