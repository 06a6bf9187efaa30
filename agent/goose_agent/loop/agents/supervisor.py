"""All subagents of a session: begun for calls, limited, steered, stopped, and never lost sight of."""

from __future__ import annotations

from collections.abc import Iterable

import anyio
from anyio.abc import TaskGroup

from goose_agent.changes.watch import ChangeWatch
from goose_agent.commands import ListAgents, SteerAgent, StopAgent
from goose_agent.config.compaction import unattended
from goose_agent.context.build import ContextBuilder
from goose_agent.errors import UsageError
from goose_agent.events import (
    AgentReported,
    AgentsListed,
    AgentStarted,
    MessageQueued,
    MessageRefused,
    Notice,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.loop.agents.choosing import DEEPEST, Choices, tools_of
from goose_agent.loop.agents.files import AgentFile, AgentFiles
from goose_agent.loop.agents.run import AgentRun, Equipment
from goose_agent.loop.agents.words import agents_prompt, child_prompt, report_words, standing
from goose_agent.loop.attachments import gather
from goose_agent.loop.bench import Bench, RunningCall
from goose_agent.loop.budget import Budget
from goose_agent.loop.compaction import Compaction
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk
from goose_agent.loop.hints import Hints
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.seats import Seats
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.turn import TurnSettings
from goose_agent.providers.model import ConnectedModel
from goose_agent.sessions.agent_log import AgentLog
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import MAIN, Agent, Spent
from goose_agent.tools.subagents import AgentVerb, Order
from goose_agent.tools.tool import ToolFailure, ToolOutput

__all__ = ["MOST", "Agents"]

MOST = 5
"""Subagents of a session that are at work at the same time."""
_TURNS = 25
"""Calls of its model that a subagent has where nothing else is said."""
_TITLE = 60


class Agents:
    """The subagents of one session.

    Args:
        log: the session's record.
        plan: what the session is opened with.
        seats: know the models.
        bench: what calls of the session run with.
        debugger: where turns may pause.
        watch: notices what commands do to the files.
        compact: makes a conversation smaller; None for the usual.
        work: where those in the background work.
    """

    def __init__(
        self,
        log: SessionLog,
        plan: SessionPlan,
        seats: Seats,
        bench: Bench,
        debugger: Debugger,
        watch: ChangeWatch,
        compact: Compactor | None,
        work: TaskGroup,
    ) -> None:
        self._log = log
        self._plan = evolve(plan, compaction=unattended(plan.compaction))
        self._seats = seats
        self._debugger = debugger
        self._watch = watch
        self._compact = compact
        self._work = work
        self._choices = Choices(AgentFiles(plan.agent_folders, plan.folder, bench), seats)
        self._runs: dict[str, AgentRun] = {}
        self._budget = Budget(plan.limits, plan.run_limits, log.state.spent)
        # They are numbered in the order of the calls, however long a model takes to be had.
        self._in_order = anyio.Lock()
        self._worked: dict[str, float] = {}
        """Seconds that models and tools worked for each, as far as the session does not count them."""

    # What a model knows of them

    async def look(self) -> None:
        """Take in what the agent files say now."""
        await self._choices.look()

    def words(self) -> str:
        """What a model should know of them; empty for nothing."""
        return agents_prompt(file.listed for file in self._choices.files if file.usable)

    async def _tell(self) -> None:
        """Tell which agent files there are, as a face asks."""
        await self._choices.look()
        listed = tuple(file.listed for file in self._choices.files)
        self._log.record(AgentsListed(listed), "system")

    def report(self, log: SessionLog) -> None:
        """Let an agent read what its subagents in the background came to."""
        for agent in log.state.agents.values():
            if agent.background and agent.end is not None and not agent.reported:
                self._log.record(AgentReported(), "agent", agent=agent.path)
                message_id = log.world.ids.new("m")
                report = UserMessage(message_id, report_words(agent), steer=True, by=agent.path)
                log.record(report, "agent", cause=agent.ended)

    # What a model asks for

    async def delegate(self, call: RunningCall, order: Order) -> ToolOutput:
        """Let a subagent do something for a call."""
        async with self._in_order:
            self._refuse(call.log.agent, order)
            file = self._choices.file(order.agent)
            tools = tools_of(call, order, file)
            model = await self._choices.model(call, order, file)
            run = self._begin(call, order, file, tools, model)
        path = run.equipment.log.agent
        if order.background:
            self._work.start_soon(self._see_through, run)
            short = self._log.state.agents[path].short
            return ToolOutput(
                f"Begun as {short}; it works in the background and reports by itself."
            )
        await self._see_through(run)
        agent = self._log.state.agents[path]
        self._log.record(AgentReported(), "agent", agent=path)
        return ToolOutput(agent.result, is_error=agent.end != "done")

    async def direct(self, call: RunningCall, verb: AgentVerb, name: str) -> ToolOutput:
        """Wait for a subagent, read how far it is, or stop it."""
        agent = self._named(call.log.agent, name)
        run = self._runs.get(agent.path)
        if verb == "stop" and run is not None:
            run.stop()
        if verb != "read" and run is not None:
            await run.ended.wait()
        agent = self._log.state.agents[agent.path]
        if agent.end is not None and not agent.reported:
            self._log.record(AgentReported(), "agent", agent=agent.path)
        return ToolOutput(standing(agent))

    def _refuse(self, parent: str, order: Order) -> None:
        """Say why no subagent can be begun here.

        Raises:
            ToolFailure: none can.
        """
        if parent.count("/") >= DEEPEST:
            raise ToolFailure("A subagent of a subagent delegates nothing: do it yourself.")
        if order.background and parent != MAIN:
            raise ToolFailure("A subagent leaves nobody in the background: call it without.")
        if len(self._log.state.running_agents) >= MOST:
            raise ToolFailure(f"{MOST} subagents are at work already: wait until one has ended.")
        if self._budget.exhausted(self._log.state.spent, self._unsettled()):
            raise ToolFailure("The budget is used up: no subagent can be begun.")

    def _named(self, parent: str, name: str) -> Agent:
        mine = {
            agent.short: agent
            for agent in self._log.state.agents.values()
            if agent.parent == parent and agent.background
        }
        agent = mine.get(name.removeprefix(f"{MAIN}/"))
        if agent is None:
            there = ", ".join(mine) or "none"
            raise ToolFailure(
                f"There is no subagent {name!r} in the background. There are: {there}."
            )
        return agent

    # Beginning and end

    def _begin(
        self,
        call: RunningCall,
        order: Order,
        file: AgentFile | None,
        tools: tuple[str, ...],
        model: ConnectedModel,
    ) -> AgentRun:
        parent = call.log.agent
        number = sum(agent.parent == parent for agent in self._log.state.agents.values()) + 1
        log = AgentLog(self._log, f"{parent}/sub-{number}")
        most = min(order.max_turns if order.max_turns > 0 else _TURNS, self._plan.max_turns)
        begun = AgentStarted(
            call_id=call.record.key,
            title=" ".join(order.instructions.split())[:_TITLE],
            model=model.info.name,
            window=model.info.window,
            name=file.listed.name if file is not None else "",
            background=order.background,
            tools=tools,
            max_turns=most,
        )
        log.record(begun, "agent", cause=call.cause)
        equipment = self._equipment(call, log, file, tools, model, most, order)
        run = self._runs[log.agent] = AgentRun(equipment, order.instructions)
        return run

    def _equipment(
        self,
        call: RunningCall,
        log: AgentLog,
        file: AgentFile | None,
        tools: tuple[str, ...],
        model: ConnectedModel,
        most: int,
        order: Order,
    ) -> Equipment:
        plan, seats = self._plan, self._seats.beside(log, model)
        bench = evolve(
            call.bench,
            registry=call.bench.registry.only(tools),
            inspectors=call.bench.inspectors.heirs(),
        )
        # Who waits for a subagent in the foreground waits for its questions, too.
        desk = Desk(log, above=None if order.background else call.desk)
        compaction = Compaction(log, plan, seats, desk, bench, self._work)
        instructions = file.instructions if file is not None else ""
        extra = "\n\n".join(filter(None, (plan.extra_prompt, child_prompt(instructions))))
        settings = TurnSettings(
            max_requests=most,
            extra_prompt=extra,
            platform=plan.platform,
            budget=_SharedPurse(self, log.agent),
            builder=ContextBuilder(),
            watch=self._watch,
            hints=Hints(log, plan.hints, bench),
            compact=self._compact or compaction,
            compaction=None if self._compact else compaction,
        )
        debugger = self._debugger.beside(log, desk, bench)
        return Equipment(log, seats, desk, bench, debugger, settings, compaction, self._watch)

    async def _see_through(self, run: AgentRun) -> None:
        path = run.equipment.log.agent
        try:
            await run.run()
        finally:
            self._runs.pop(path, None)
            self._worked.pop(path, None)

    # What a person asks for

    async def handle(self, command: ListAgents | SteerAgent | StopAgent) -> None:
        """List the agent files, steer a subagent, or stop it."""
        if isinstance(command, ListAgents):
            self._work.start_soon(self._tell)
            return
        run = self._runs.get(command.agent)
        match command:
            case StopAgent():
                if run is not None:
                    run.stop()
            case SteerAgent(text=text) if run is None:
                reason = "That subagent is not at work any more."
                refused = MessageRefused(text, reason, "Say it to the main agent.")
                self._log.record(refused, "system")
            case SteerAgent(text=text):
                await self._steer(run, text)

    async def _steer(self, run: AgentRun, text: str) -> None:
        own, log = run.equipment, run.equipment.log
        try:
            info = own.seats.answering()
            found = await gather(text, own.bench.workspace, own.bench.redactor, info)
        except UsageError as error:
            refused = MessageRefused(text, error.message, error.hint)
            self._log.record(refused, "system")
            return
        queued = MessageQueued(log.world.ids.new("m"), text, True, found.attachments)
        log.record(queued, "user", blobs=found.blobs)

    def desk_of(self, agent: str) -> Desk | None:
        """Where a subagent waits for answers; None where it is not at work."""
        run = self._runs.get(agent)
        return run.equipment.desk if run is not None else None

    def debugger_of(self, agent: str) -> Debugger | None:
        """Where it may pause; None where it is not at work."""
        run = self._runs.get(agent)
        return run.equipment.debugger if run is not None else None

    def log_of(self, agent: str) -> SessionLog:
        """The record as an agent sees it."""
        run = self._runs.get(agent)
        return run.equipment.log if run is not None else self._log

    def leave(self) -> None:
        """Stop all: the session ends."""
        for run in self._runs.values():
            run.stop("interrupted")

    # What it costs

    def spent(self, agent: str, seconds: float) -> Notice | None:
        """Why a subagent may spend no more; None while it may.

        Args:
            agent: its path.
            seconds: work of models and tools for it.
        """
        self._worked[agent] = seconds
        return self._budget.exhausted(self._log.state.spent, self._unsettled())

    def _unsettled(self) -> float:
        return sum(self._worked.values())


class _SharedPurse:
    """The budget of the session, as a subagent asks for it; what is left of it is told to its parent."""

    def __init__(self, agents: Agents, agent: str) -> None:
        self._agents = agents
        self._agent = agent

    def warnings(self, spent: Spent, seconds: float) -> Iterable[Notice]:
        """Nothing: the session's own agent tells it."""
        return ()

    def exhausted(self, spent: Spent, seconds: float) -> Notice | None:
        """Why no more may be spent; None while it may."""
        return self._agents.spent(self._agent, seconds)
