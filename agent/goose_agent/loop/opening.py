"""Begin a session, or take one up again: what the last process left open is closed in order."""

from __future__ import annotations

from collections.abc import Sequence

from goose_agent.config.settings import STRICTNESS
from goose_agent.events import (
    EffortChanged,
    ModeChanged,
    ModelCancelled,
    Notice,
    RequestWithdrawn,
    ServerRequest,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SteppingChanged,
    ToolFinished,
    TurnEnded,
)
from goose_agent.loop.agents.recovery import close_lost_agents, lost_calls
from goose_agent.loop.cut_off import UNKNOWN_OUTCOME, leave_unknown
from goose_agent.loop.missing_model import asked_for_model
from goose_agent.loop.seats import Seats
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.tool_runs import ToolRuns
from goose_agent.sessions.log import SessionLog

__all__ = ["NEVER_STARTED", "Opening"]

NEVER_STARTED = "Not run: the session ended before it started."


class Opening:
    """Puts on record how a session begins or goes on.

    Args:
        log: its record, loaded.
        plan: what it is opened with.
        seats: know who answers.
        runs: answer those questions that rules answer by now.
        damage: what of the record could not be read, in sentences.
        garbage: numbers of records that are no events.
    """

    def __init__(
        self,
        log: SessionLog,
        plan: SessionPlan,
        seats: Seats,
        runs: ToolRuns,
        damage: tuple[str, ...],
        garbage: Sequence[int],
    ) -> None:
        self._log = log
        self._plan = plan
        self._seats = seats
        self._runs = runs
        self._damage = damage
        self._garbage = garbage

    async def open(self) -> bool:
        """Begin, or go on; tells whether a turn that waits for the person goes on.

        Raises:
            GooseError: no model can be had for a new session.
        """
        if self._log.state.seq:
            return await self._resume()
        await self._start()
        return False

    async def _resume(self) -> bool:
        plan, state = self._plan, self._log.state
        roots = tuple(map(str, plan.roots))
        problems = await self._runs.look_at_what_waits()
        self._log.record(
            SessionResumed(plan.version, plan.platform, plan.git_branch, roots), "system"
        )
        if self._garbage:
            which = ", ".join(map(str, self._garbage))
            words = f"Of the record these cannot be read, and are left out: {which}."
            hint = f"goose-tui sessions verify {self._log.session_id} tells what is lost."
            self._log.record(Notice("warning", words, hint), "system")
        goes_on = self._recover(state.ended)
        if (asked := asked_for_model(self._log.state)) is not None:
            # Perhaps the model is back, or another was named: else it is asked for anew.
            self._log.record(RequestWithdrawn(asked.request_id), "agent")
        if "mode" in plan.chosen and plan.mode != state.mode:
            self._log.record(ModeChanged(plan.mode), "user")
        elif (mode := min(state.mode, plan.mode, key=STRICTNESS.index)) != state.mode:
            # What was loosened by hand does not come back by itself.
            self._log.record(ModeChanged(mode), "system")
        if "effort" in plan.chosen and plan.effort != state.effort:
            self._log.record(EffortChanged(plan.effort), "user")
        if plan.stepping and not state.stepping:
            self._log.record(SteppingChanged(True), "user")
        for problem in problems:
            self._log.record(problem, "system")
        # Before anything is waited for: a face that sees the resumption sees these answers with it.
        await self._runs.answer_what_is_settled(by_mode="mode" in plan.chosen)
        await self._choose_models()
        return goes_on

    async def _choose_models(self) -> None:
        """Those that were named for this run; all others are as they were."""
        plan, state = self._plan, self._log.state
        if plan.chosen & {"model", "profile"} and plan.model and plan.model != state.model:
            await self._seats.assign(plan.model, "main")
        if "profile" in plan.chosen:
            for role in (*plan.models, *(state.models.keys() - plan.models)):
                if (name := plan.models.get(role, "")) != state.models.get(role):
                    await self._seats.assign(name, role)

    async def _start(self) -> None:
        plan = self._plan
        model = await self._seats.main()
        self._log.record(
            SessionStarted(
                folder=str(plan.folder),
                roots=tuple(map(str, plan.roots)),
                model=model.info.name,
                window=model.info.window,
                mode=plan.mode,
                version=plan.version,
                platform=plan.platform,
                git_branch=plan.git_branch,
                opened_in=plan.opened_in,
                effort=plan.effort,
                models=dict(plan.models),
            ),
            "system",
        )
        if plan.stepping:
            self._log.record(SteppingChanged(True), "user")

    def _recover(self, ended_in_order: bool) -> bool:
        """Close what the last process left open; tells whether its turn goes on.

        A turn that waits for a person goes on by waiting, and so does one in which calls were cut
        off: the person is asked about these. Everything else starts nothing.
        """
        self._withdraw()
        state = self._log.state
        if not state.working and not state.running_agents:
            if self._damage:
                self._log.record(SessionRecovered((), self._damage), "system")
            return False
        waits = {item.subject.call_id for item in state.pending}
        running = [
            call.key
            for call in state.open_calls()
            if call.state == "running" and call.key not in waits
        ]
        if not ended_in_order:
            lost = (*running, *lost_calls(self._log))
            self._log.record(SessionRecovered(lost, self._damage), "system")
        close_lost_agents(self._log, UNKNOWN_OUTCOME, NEVER_STARTED)
        state = self._log.state
        if not state.working:
            return False
        answering = state.phase in ("requesting", "answering", "retrying")
        if answering and not state.open_calls() and not state.waits:
            self._log.record(ModelCancelled(state.request_id), "system")
        if state.waits or any(call.key in running for call in state.open_calls()):
            return True
        self._end_turn()
        return False

    def _end_turn(self) -> None:
        state = self._log.state
        for call in state.open_calls():
            if call.started is not None:  # it was to run a second time
                leave_unknown(self._log, call)
            else:
                self._log.record(ToolFinished(call.key, "cancelled", NEVER_STARTED, 0.0), "system")
        turn = state.turn
        if turn is not None:
            self._log.record(TurnEnded(turn.number, "recovered", 0, 0.0), "system")

    def _withdraw(self) -> None:
        """What servers asked nobody waits for any more: the connections have gone."""
        for item in self._log.state.pending:
            if isinstance(item.subject, ServerRequest):
                self._log.record(RequestWithdrawn(item.request_id), "system")
