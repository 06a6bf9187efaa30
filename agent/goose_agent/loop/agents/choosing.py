"""What a subagent works with: the file that describes it, its tools, its model."""

from __future__ import annotations

from collections.abc import Collection

from anyio import to_thread

from goose_agent.errors import GooseError
from goose_agent.loop.agents.files import AgentFile, AgentFiles
from goose_agent.loop.bench import RunningCall
from goose_agent.loop.seats import Seats
from goose_agent.messages import ModelRole
from goose_agent.providers.model import ConnectedModel
from goose_agent.tools.subagents import DELEGATE, SUBAGENT, Order
from goose_agent.tools.tool import ToolFailure

__all__ = ["DEEPEST", "Choices", "tools_of"]

DEEPEST = 2
"""How many subagents may be above one another."""
_OURS = ("ask_user", "present_plan", SUBAGENT)
"""Tools that only the agent has that a person speaks to."""
_ROLES: dict[str, ModelRole] = {
    "main": "main",
    "planning": "planning",
    "editing": "editing",
    "review": "review",
    "fast": "fast",
}


class Choices:
    """What the subagents of a session can be given.

    Args:
        reader: reads the agent files.
        seats: know the models.
    """

    def __init__(self, reader: AgentFiles, seats: Seats) -> None:
        self._reader = reader
        self._seats = seats
        self._files: dict[str, AgentFile] = {}

    @property
    def files(self) -> Collection[AgentFile]:
        """The agent files, as they were read last."""
        return self._files.values()

    async def look(self) -> None:
        """Take in what they say now."""
        self._files = await to_thread.run_sync(self._reader.read)

    def file(self, name: str) -> AgentFile | None:
        """The file of this name; None for no name.

        Raises:
            ToolFailure: there is none that can be used.
        """
        if not name:
            return None
        file = self._files.get(name)
        if file is not None and file.usable:
            return file
        if file is not None:
            raise ToolFailure(f"The agent {name} cannot be used: {file.listed.problem}.")
        usable = ", ".join(known for known, each in self._files.items() if each.usable) or "none"
        raise ToolFailure(f"There is no agent {name!r}. There are: {usable}.")

    async def model(
        self, call: RunningCall, order: Order, file: AgentFile | None
    ) -> ConnectedModel:
        """Who answers a subagent.

        Raises:
            ToolFailure: no model can be had.
        """
        named = order.role or (file.listed.model if file is not None else "")
        try:
            if named in _ROLES:
                return await self._seats.of(_ROLES[named])
            if "/" in named:
                return await self._seats.named(named)
            # What other programs call their models, or nothing: as its parent.
            return await self._seats.named(call.model.name)
        except GooseError as error:
            raise ToolFailure(f"No model for the subagent: {error.message}") from error


def tools_of(call: RunningCall, order: Order, file: AgentFile | None) -> tuple[str, ...]:
    """The tools a subagent has: some of its parent's.

    Raises:
        ToolFailure: one was asked for that it cannot have.
    """
    registry = call.bench.registry
    own = [tool.name for tool in registry if tool.name not in _OURS]
    if call.log.agent.count("/") + 1 >= DEEPEST:
        own = [name for name in own if name != DELEGATE]
    if file is not None and file.listed.tools is not None:
        own = [name for name in own if name in file.listed.tools]
    if not order.tools:
        return tuple(own)
    wanted = []
    for name in order.tools:
        tool = registry.find(name)
        if tool is None or tool.name not in own:
            raise ToolFailure(
                f"A subagent cannot have the tool {name!r}. It can have: {', '.join(own)}."
            )
        wanted.append(tool.name)
    return tuple(name for name in own if name in wanted)
