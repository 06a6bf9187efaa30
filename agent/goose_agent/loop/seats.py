"""Who answers: models by role, connected when they are first needed, every switch on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from goose_agent.config.model_roles import Lead, full_name
from goose_agent.errors import GooseError, ProviderError
from goose_agent.events import ModelChanged, ModelSwitched, Notice
from goose_agent.loop.due import Due, due
from goose_agent.messages import ModelRole
from goose_agent.providers.model import ConnectedModel, ModelInfo
from goose_agent.sessions.log import SessionLog

__all__ = ["Connect", "Seats"]

Connect = Callable[[str], Awaitable[ConnectedModel]]
"""Makes a model by its name; it may have to wait for the key."""


class Seats:
    """The models of one session.

    Args:
        log: the session's record: who answers is read from it and written to it.
        connect: makes a model by its name.
        lead: how another model leads; None for not at all.
        fast_of: the model that the provider of a model has for small things; empty for none.
    """

    def __init__(
        self,
        log: SessionLog,
        connect: Connect,
        lead: Lead | None,
        fast_of: Callable[[str], Awaitable[str]],
    ) -> None:
        self._log = log
        self._connect = connect
        self._lead = lead
        self._fast_of = fast_of
        self._main: ConnectedModel | None = None
        self._others: dict[str, ConnectedModel] = {}
        self._made: list[ConnectedModel] = []
        """All that were connected: one that was replaced may still be at it."""
        self._given_up: dict[ModelRole, bool] = {}
        """Roles whose model cannot be had, and whether that is so for good."""
        self._told: set[str] = set()
        self._one_at_a_time = anyio.Lock()

    def use(self, model: ConnectedModel) -> ConnectedModel:
        """Let this be the main model from now on."""
        self._main = model
        self._made.append(model)
        return model

    async def main(self) -> ConnectedModel:
        """The main model.

        Raises:
            GooseError: it cannot be had.
        """
        return self._main or self.use(await self._connect(self._log.state.model))

    def answering(self) -> ModelInfo:
        """Who answers now, as far as that is known before it is connected."""
        state = self._log.state
        model = self._others.get(state.answering) if state.seat is not None else self._main
        if model is None:
            return ModelInfo(state.answering, window=state.answering_window)
        return model.info

    async def next(self) -> ConnectedModel:
        """Who gives the next answer; where that is another than before, it is put on record.

        Raises:
            GooseError: not even the main model can be had.
        """
        model = await self.sit()
        return await self.main() if model is None else model

    async def sit(self) -> ConnectedModel | None:
        """Let who is due have the seat; None for the main model, which is not connected for it."""
        async with self._one_at_a_time:
            wanted = due(self._log.state, self._lead)
            if wanted.role == "main":
                self._leave_seat(wanted.reason)
                return None
            model = await self._had(wanted.role)
            if isinstance(model, str):
                self._leave_seat(model)
                return None
            self._take_seat(wanted, model.info)
            return model

    def _leave_seat(self, reason: str) -> None:
        state = self._log.state
        if state.seat is not None:
            self._log.record(ModelSwitched("main", state.model, state.window, reason), "agent")

    def _take_seat(self, wanted: Due, info: ModelInfo) -> None:
        seat = self._log.state.seat
        if seat is None or (seat.role, seat.model) != (wanted.role, info.name):
            switched = ModelSwitched(
                wanted.role, info.name, info.window, wanted.reason, wanted.answers
            )
            self._log.record(switched, "agent")

    async def _had(self, role: ModelRole) -> ConnectedModel | str:
        """The model of a role, or why the main one has to do; what is wrong is said once."""
        state = self._log.state
        if state.model_of(role) == state.model:
            return f"{role} has no model of its own"
        if role in self._given_up:
            return f"the {role} model cannot be had"
        try:
            model = await self.of(role)
        except GooseError as error:
            self._given_up[role] = True
            self._say(f"No model for {role}: {error.message}", error.hint)
            return f"the {role} model cannot be had"
        window, used = model.info.window, state.context.tokens
        if window is not None and used > window:
            name = model.info.name
            self._say(f"The window of {name} ({role}) is too small for this conversation.")
            return f"the window of the {role} model is too small"
        return model

    def _say(self, problem: str, hint: str = "") -> None:
        """Why the main model answers, once."""
        text = f"{problem} {self._log.state.model} answers instead."
        if text not in self._told:
            self._told.add(text)
            self._log.record(Notice("warning", text, hint), "system")

    async def of(self, role: ModelRole) -> ConnectedModel:
        """The model that is there for a role, the main one where it has none of its own.

        Raises:
            GooseError: it cannot be had.
        """
        return await self.named(await self.name_of(role))

    async def named(self, name: str) -> ConnectedModel:
        """The model of this name, connected once.

        Args:
            name: `provider/model`.

        Raises:
            GooseError: it cannot be had.
        """
        if name == self._log.state.model:
            return await self.main()
        if name not in self._others:
            model = await self._connect(name)
            self._others[name] = model
            self._made.append(model)
        return self._others[name]

    def beside(self, log: SessionLog, model: ConnectedModel) -> Seats:
        """Those of another agent of the session; its connections are ours, and closed with them.

        Args:
            log: the record as it sees it.
            model: who answers it.
        """
        seats = Seats(log, self.named, None, self._fast_of)
        seats._main = model
        return seats

    async def name_of(self, role: ModelRole) -> str:
        """The name of that model; for small things the provider's own, where nothing else is set."""
        state = self._log.state
        if role == "fast" and role not in state.models:
            return await self._fast_of(state.model) or state.model
        return state.model_of(role)

    def begin_turn(self) -> None:
        """Try again what failed in passing."""
        self._given_up = {role: good for role, good in self._given_up.items() if good}

    def give_up(self, error: ProviderError) -> bool:
        """Whether another model can answer in the place of the one that failed.

        Args:
            error: why there is no answer of it.
        """
        seat = self._log.state.seat
        if seat is None:
            return False
        self._given_up[seat.role] = not (error.retryable or error.kind == "overflow")
        return True

    # What a person chooses

    async def assign(self, name: str, role: ModelRole) -> None:
        """Let a model be there for a role from now on; what is wrong with it is said.

        Args:
            name: `provider/model`; without a provider it is of the main model's. Empty to let the
                main model do what the role is for.
            role: whose.
        """
        state = self._log.state
        if not name and role != "main":
            self._given_up.pop(role, None)
            if role in state.models:
                self._log.record(ModelChanged("", None, role), "user")
            return
        if role != "main" and "/" not in name:
            name = full_name(state.model.partition("/")[0], name)
        try:
            model = await self._connect(name)
        except GooseError as error:
            self._log.record(Notice("error", error.message, error.hint), "system")
            return
        if role == "main":
            self.use(model)
        else:
            self._others[model.info.name] = model
            self._made.append(model)
        self._given_up.pop(role, None)
        before, old = state.window, state.model
        self._log.record(ModelChanged(model.info.name, model.info.window, role), "user")
        self._warn_of_window(model, before if role == "main" else None, old, role)

    def _warn_of_window(
        self, model: ConnectedModel, before: int | None, old: str, role: ModelRole
    ) -> None:
        window, used = model.info.window, self._log.state.context.tokens
        if not window or not used or (window >= used and not (before and window < before)):
            return
        share = round(100 * used / window)
        text = f"This model's window is smaller: the conversation fills {share} % of it."
        hint = ""
        if share >= 100 and role == "main":
            hint = f"Go back with /model {old}, or begin anew with /new."
        self._log.record(Notice("warning", text, hint), "system")

    # Connections

    async def warm(self) -> None:
        """Let who answers next load what it needs, where it is known already."""
        seat = self._log.state.seat
        model = self._others.get(seat.model) if seat is not None else self._main
        if model is not None:
            await model.warm()

    async def aclose(self) -> None:
        """Close all connections."""
        for model in self._made:
            await model.aclose()
