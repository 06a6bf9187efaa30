"""The interactive session as lines: what is typed becomes commands, what happens becomes lines."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import anyio
from msgspec import Struct

from goose_agent.commands import (
    AnswerRequest,
    Close,
    Command,
    Explain,
    HoldRequest,
    Interrupt,
    ListCommands,
    RunCommand,
    RunShell,
    SteerQueued,
    Submit,
)
from goose_agent.config.places import Places
from goose_agent.events import (
    CompactionReview,
    EndReason,
    Event,
    SessionStarted,
    TurnEnded,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.sessions.library import Library
from goose_agent.state.session_state import MAIN, Pending, SessionState
from goose_agent.wire import Fork, Open, Refused
from goose_tui.bridge import Bridge, Link, Recent
from goose_tui.faces import quit_at_once
from goose_tui.plain.calls import SlowCalls
from goose_tui.plain.compactions import goes_on_alone
from goose_tui.plain.decisions import Explanation
from goose_tui.plain.inquiry import Inquiry
from goose_tui.plain.pace import Pace
from goose_tui.plain.pauses import PAUSED, Pauses
from goose_tui.plain.words import (
    Teller,
    attachment_lines,
    earlier_lines,
    greeting_lines,
    queue_lines,
    said_lines,
)
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.events import (
        ChangesListed,
        CompletionsFound,
        ExtensionSaid,
        ExtensionsListed,
        ExtensionToolTested,
        FilesFound,
        ListedAgent,
        ListedCommand,
        ListedHint,
        ListedProcess,
        ListedRule,
        ListedTool,
        MessageRefused,
        RequestRead,
    )
    from goose_agent.providers.model import ModelInfo
    from goose_tui.plain.keyboard import Keyboard
    from goose_tui.plain.page import Page
    from goose_tui.slash.command import Report

__all__ = ["PlainFace", "PlainStart"]

_YOU = "you: "
_MORE = "more: "
_AGAIN = 2.0
"""Seconds in which a second Ctrl+C leaves."""
_LEAVE = 4.0
"""Seconds the engine has to close its session."""
_SLOW = 5.0
"""Seconds for which a command waits until those that people wrote are known."""
_SETTLE = 0.03
"""Seconds without news after which the person is asked: what is on its way comes first."""


class PlainStart(Struct, frozen=True):
    """What the session starts with.

    Args:
        word: which session to open.
        prompts: messages to send as soon as it is open.
        stays: whether work under way is seen through when nothing more can be typed.
        silence: seconds from a question to the first line that answers it: what comes sooner was
            typed before the question could be read.
        mono: monotonic seconds.
        detach: seconds for which calls that run may go on after a hang-up.
    """

    word: Open
    prompts: Sequence[str] = ()
    stays: bool = False
    silence: float = 0.0
    mono: Callable[[], float] = monotonic
    detach: float = 0.0


class PlainFace:
    """A person and a session, by lines.

    Args:
        link: runs the engine.
        start: what to start with.
        page: where lines are written.
        keyboard: where they are typed.
    """

    def __init__(self, link: Link, start: PlainStart, page: Page, keyboard: Keyboard) -> None:
        self._start = start
        self._page = page
        self._keyboard = keyboard
        self._bridge = Bridge(link, self, self._happened)
        self._teller = Teller()
        self._pace = Pace(SessionState())
        self._session_id = ""
        self._former = ""
        """The session that another one is about to follow; empty for none."""
        self._then: tuple[str, str] = "", ""
        """What the person may want to say in that one, and what is said there at once."""
        self._draft: list[str] = []
        """Lines of a message that goes on."""
        self._invited = False
        """Whether its first line was typed where the person was asked for a message."""
        self._at_prompt: list[str] = []
        """Messages that stand on the page as typed, and need not be told once more."""
        self._inquiry = Inquiry(page, start.silence, start.mono)
        self._pauses = Pauses(page, self.tell)
        self._slow = SlowCalls()
        self._last_interrupt = float("-inf")
        self._ended = False
        """Whether nothing more can be typed."""
        self._stirred = anyio.Event()
        self._listed = anyio.Event()
        """Whether the commands that people wrote are known."""
        self._leaving = anyio.Event()
        self._gone = anyio.Event()
        self.exit_code = 0
        self._patience = _LEAVE
        self.refused: Refused | None = None

    async def run(self) -> int:
        """Until the person leaves; the result is the exit status."""
        async with anyio.create_task_group() as tasks:
            for task in (self._type, self._settle, self._watch_calls, self._heed_signals):
                tasks.start_soon(task)
            tasks.start_soon(self._see_out, tasks.cancel_scope)
            self._bridge.open(self._start.word)
            await self._bridge.run()
            if not self._leaving.is_set():
                self.session_refused(
                    Refused("EngineGone", "The engine has stopped.", "Go on with -c.", 1)
                )
            tasks.cancel_scope.cancel()
        return self.exit_code

    @property
    def state(self) -> SessionState | None:
        """The session; None until it is open."""
        return self._bridge.sessions[self._session_id].state if self._session_id else None

    @property
    def detach(self) -> float:
        """Seconds for which calls that run may go on after a hang-up; 0 for not at all."""
        return self._start.detach

    # What comes over the bridge

    def session_opened(self, session_id: str, recent: Recent) -> None:
        """Tell what was before, then say what is to be said first."""
        if self._leaving.is_set():
            self._bridge.tell(session_id, Close())
            return
        self._session_id = session_id
        state = self._bridge.sessions[session_id].state
        self._pace = Pace(state)
        draft, prompts = "", self._start.prompts
        if self._former:
            draft, prompts = self._leave_former()
        if state.folder:
            self._page.say(greeting_lines(state))
            self._page.say(earlier_lines(state))
            self._page.say([] if state.working else queue_lines(state))
        self.tell(ListCommands())
        for text in prompts:
            self._submit(text)
        if draft:
            self._page.say(
                [*said_lines(draft, "you said there"), "Say it again, or something else."]
            )
        self._stir()

    def _leave_former(self) -> tuple[str, Sequence[str]]:
        """Close the session that was here before: of what was told and asked there nothing counts.

        Returns:
            What the person may want to say here, and what is said at once.
        """
        self._bridge.tell(self._former, Close())
        self._former = ""
        self._teller = Teller()
        self._inquiry = Inquiry(self._page, self._start.silence, self._start.mono)
        self._pauses = Pauses(self._page, self.tell)
        draft, prompt = self._then
        return draft, (prompt,) if prompt else ()

    def _happened(self, event: Event) -> None:
        state = self.state
        if state is None or event.session_id != self._session_id:
            return
        if event.agent != MAIN:
            self._page.say(self._teller.agent_lines(event, state))
            return
        self._pace.happened(event, state)
        if isinstance(event.data, SessionStarted):
            self._page.say(greeting_lines(state))
        if isinstance(event.data, UserMessage) and event.data.by:
            self._page.say(said_lines(event.data.text, event.data.by))
        elif isinstance(event.data, UserMessage):
            if event.data.text in self._at_prompt:
                self._at_prompt.remove(event.data.text)
            else:
                self._page.say(said_lines(event.data.text))
            self._page.say(attachment_lines(event.data.attachments))
        self._page.say(self._teller.lines(event, state))
        if isinstance(event.data, TurnEnded) and event.data.reason != "done":
            self._page.say(queue_lines(state))

    def session_changed(self, session_id: str) -> None:
        """Events came and were told: perhaps it is the person's turn now."""
        if session_id != self._session_id:
            return
        self._pauses.blobs_came(self._bridge.sessions[session_id].blobs)
        self._stir()

    def session_refused(self, refused: Refused) -> None:
        """There is no session, or not any more."""
        if self._former and not refused.session_id:
            self._former = ""
            self.say(f"not forked: {refused.message} {refused.hint}".rstrip())
            self._stir()
            return
        self.refused, self.exit_code = refused, refused.exit_code
        self._gone.set()
        self._leaving.set()

    def session_gone(self, session_id: str) -> None:
        """It has ended."""
        if session_id != self._session_id:
            self._bridge.sessions.pop(session_id, None)
            return
        self._gone.set()
        self._leaving.set()

    # What commands ask for

    def tell(self, command: Command) -> None:
        """Give the session a command."""
        if isinstance(command, RunCommand | RunShell):
            self._pace.sent()  # a message comes of it, or it is refused
        self._bridge.tell(self._session_id, command)

    def say(self, words: str) -> None:
        """Say something; lines stay for good."""
        self._page.say([clean_line(words)])

    def report(self, report: Report) -> None:
        """Say several lines."""
        rows = [f"{name}: {value}" for name, value in report.rows]
        self._page.say([clean_line(line) for line in (report.title, *rows, report.foot) if line])

    def rules_listed(self, session_id: str, rules: Sequence[ListedRule]) -> None:
        """Say which rules there are, as was asked."""
        from goose_tui.slash.rules import rules_report

        self.report(rules_report(rules))

    def hints_listed(self, session_id: str, hints: Sequence[ListedHint]) -> None:
        """Say which hint files there are, as was asked."""
        from goose_tui.slash.hints import hints_report

        self.report(hints_report(hints))

    def commands_listed(self, session_id: str, commands: Sequence[ListedCommand]) -> None:
        """From now on they can be typed."""
        self._listed.set()

    def extension_said(self, session_id: str, said: ExtensionSaid) -> None:
        """Lines stay for good, and this does not: it is not told here."""

    def processes_listed(self, session_id: str, processes: Sequence[ListedProcess]) -> None:
        """Say which commands run in the background, as was asked."""
        from goose_tui.slash.processes import processes_report

        self.report(processes_report(processes))

    @property
    def written_commands(self) -> Sequence[ListedCommand]:
        """The commands and skills that people wrote, as far as the session told of them."""
        return self._bridge.sessions[self._session_id].written if self._session_id else ()

    def tools_listed(self, session_id: str, tools: Sequence[ListedTool]) -> None:
        """Say which tools there are, as was asked."""
        from goose_tui.slash.facts import tools_report

        self.report(tools_report(tools))

    def extensions_listed(self, session_id: str, listed: ExtensionsListed) -> None:
        """Say which extensions there are, as was asked."""
        from goose_tui.slash.extensions import extensions_report

        self.report(extensions_report(listed.extensions, listed.problems))

    def completed(self, extension: str, prompt: str, argument: str, value: str) -> Sequence[str]:
        """Nothing completes here."""
        return ()

    def completions_found(self, session_id: str, found: CompletionsFound) -> None:
        """Nothing completes here."""

    def tool_tested(self, session_id: str, tested: ExtensionToolTested) -> None:
        """Nobody tries a tool here."""

    def agents_listed(self, session_id: str, agents: Sequence[ListedAgent]) -> None:
        """Say which subagents there are, and which files describe some, as was asked."""
        from goose_tui.slash.agents import agents_report

        if self.state is not None:
            self.report(agents_report(self.state, agents))

    def changes_listed(self, session_id: str, listed: ChangesListed) -> None:
        """Say what was changed, as was asked."""
        from goose_tui.slash.facts import changes_report

        self.report(changes_report(listed))

    def request_read(self, session_id: str, read: RequestRead) -> None:
        """Nobody asks for it here."""

    def files_found(self, session_id: str, found: FilesFound) -> None:
        """Nothing completes here."""

    def message_refused(self, session_id: str, refused: MessageRefused) -> None:
        """Say which message was not sent, and why."""
        if refused.text in self._at_prompt:
            self._at_prompt.remove(refused.text)
        why = clean_line(f"warning: {refused.reason} {refused.hint}".rstrip())
        self._page.say([*said_lines(refused.text, "not sent"), why])

    def start_anew(self) -> None:
        """A session of lines is one session."""
        self.say("leave with /exit; goose-tui --plain begins a new session")

    def fork(self, fork: Fork, *, draft: str = "", prompt: str = "") -> None:
        """Open a fork of the session; that one is closed once the fork is open."""
        state = self.state
        if state is None or self._former:
            return
        if state.working and not state.waits:
            self.say("the agent is at work: interrupt it first, with Ctrl+C")
            return
        self._former, self._then = self._session_id, (draft, prompt)
        self._bridge.open(
            evolve(
                self._start.word,
                folder=state.folder,
                add_dirs=(),
                resume=self._session_id,
                continue_last=False,
                fork=fork,
                profile="",
                model="",
                mode=None,
                effort=None,
                stepping=False,
            )
        )

    def record_file(self, session_id: str) -> Path:
        """Where a session is on record."""
        return Library(Places.of(os.environ).sessions).path(session_id)

    def known_models(self) -> Sequence[ModelInfo]:
        """None without asking anybody."""
        return ()

    def leave(self, reason: EndReason = "quit", code: int = 0) -> None:
        """Close the session in order, then end the program."""
        if self._leaving.is_set():
            return
        self.exit_code = code
        self._patience = _LEAVE + (self._start.detach if reason == "hangup" else 0.0)
        if self._session_id:
            self.tell(Close(reason))
        else:
            self._gone.set()
        self._leaving.set()

    async def _see_out(self, scope: anyio.CancelScope) -> None:
        await self._leaving.wait()
        with anyio.move_on_after(self._patience):
            await self._gone.wait()
        scope.cancel()

    # What is typed

    async def _type(self) -> None:
        while (line := await self._keyboard.line()) is not None:
            prompt = self._page.typed(line)
            if not self._draft:
                self._invited = prompt == _YOU
            goes_on = line.endswith("\\")
            self._draft.append(line[:-1] if goes_on else line)
            if goes_on:
                self._page.ask(_MORE)
            else:
                await self._enter_draft()
        if self._keyboard.lost:  # perhaps noticed here before the signal comes
            self.leave("hangup", 129)
        elif not self._start.stays:
            self.leave()
        elif self._draft:
            await self._enter_draft()
        self._ended = True
        self._stir()

    async def _enter_draft(self) -> None:
        text, self._draft = "\n".join(self._draft), []
        await self._opened()
        if text.startswith("/"):
            with anyio.move_on_after(_SLOW):
                await self._listed.wait()
        self._entered(text)
        self._stir()

    async def _opened(self) -> None:
        """Wait for the session: what is typed before it is open is for it."""
        while self.state is None or not self.state.folder or self._former:
            await self._stirred.wait()

    def _is_command(self, text: str) -> bool:
        """Run a line that is a command; tells whether it was one."""
        if not text.startswith("/"):
            return False
        from goose_tui.slash.table import run_slash  # what it needs is slow to import

        return run_slash(self, text) != "no command"

    def _entered(self, text: str) -> None:
        from goose_tui.slash.written import shell_typed

        pending = self._inquiry.question(self.state)
        if not self._inquiry.in_words(pending) and self._is_command(text):
            return
        if pending is not None:
            self._reply(pending, text)
        elif (state := self.state) is not None and (pause := self._pauses.pause(state)):
            self._pauses.read(pause, state, text)
        elif self._pauses.too_early(state, text):
            self._page.say(["not paused yet: a step is taken once it is asked for."])
        elif command := shell_typed(text):
            self.tell(RunShell(command))
        elif text.strip():
            if self._invited:
                self._at_prompt.append(text)
            self._submit(text)
        elif (state := self.state) is not None and state.queue:
            self.tell(SteerQueued(state.queue[0].message_id))

    def _reply(self, pending: Pending, text: str) -> None:
        """A line while a question waits."""
        match self._inquiry.read(pending, text):
            case None:
                if text.strip() and isinstance(pending.subject, CompactionReview):
                    self.tell(HoldRequest(pending.request_id))
            case Explanation():
                self._page.say(["asking a model to explain it."])
                self.tell(Explain(pending.request_id))
            case answer:
                self.tell(AnswerRequest(pending.request_id, answer))

    def _submit(self, text: str) -> None:
        self._pace.sent()
        self.tell(Submit(text))

    # Whose turn it is

    def _stir(self) -> None:
        stirred, self._stirred = self._stirred, anyio.Event()
        stirred.set()

    async def _settle(self) -> None:
        """Ask the person once what is on its way has come."""
        while True:
            stirred = self._stirred
            with anyio.move_on_after(_SETTLE):
                await stirred.wait()
                continue
            self._invite()
            await stirred.wait()

    def _invite(self) -> None:
        state = self.state
        if self._page.lost:
            self.leave("hangup", 129)
        if state is None or not state.folder or self._former or self._leaving.is_set():
            return
        pending = self._inquiry.question(state)
        if pending is not None:
            self._inquiry.show(pending, state)
            if not self._ended:
                self._inquiry.ask(pending)
            elif not goes_on_alone(pending):
                self._page.say(["Nobody is there to answer: the question stays."])
                self.leave("failed", 4)
        elif (pause := self._pauses.pause(state)) is not None:
            self._pauses.show(pause, state)
            if self._ended:
                self._page.say(["Nobody is there to let it go on: it stays paused."])
                self.leave("failed", 4)
            else:
                self._page.ask(_MORE if self._draft else PAUSED)
        elif self._pace.idle(state):
            self._rest(state)

    def _rest(self, state: SessionState) -> None:
        """The agent waits for the person to say more."""
        if not self._ended:
            self._page.ask(_MORE if self._draft else _YOU)
        elif not state.running_agents:
            self.leave("done")

    async def _watch_calls(self) -> None:
        while True:
            await anyio.sleep(1)
            state = self.state
            if state is not None and self._inquiry.question(state) is None:
                self._page.say(self._slow.lines(state, self._start.mono()))

    async def _heed_signals(self) -> None:
        heeded = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` sets it
            heeded.append(signal.SIGHUP)
        with anyio.open_signal_receiver(*heeded) as signals:
            async for number in signals:
                match number:
                    case signal.SIGINT:
                        self._interrupted()
                    case signal.SIGHUP:
                        self.leave("hangup", 129)
                    case _:
                        self.leave("terminated", 128 + number)

    def _interrupted(self) -> None:
        """Ctrl+C: stop the work, twice leave, and once more wait for nothing."""
        if self._leaving.is_set():
            quit_at_once()
        now = self._start.mono()
        state = self.state
        if state is None or now - self._last_interrupt < _AGAIN:
            self._page.say(["leaving."])
            self.leave(code=130 if state is None else 0)
            return
        self._last_interrupt = now
        self._draft = []  # the terminal has dropped what was typed, too
        self._inquiry.forget()
        if state.working:
            self.tell(Interrupt())
            self._page.say(["interrupting. Ctrl+C again leaves."])
        else:
            self._page.say(["Ctrl+C again leaves."])
        self._stir()
