"""A call as the loop would run it, for tests: it really records what it is told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from goose_agent.clock import Clock, SystemClock
from goose_agent.events import PlanAnswer, PlanItem, QuestionAnswer
from goose_agent.tools.environment import child_environment
from goose_agent.tools.picture_file import PictureFile
from goose_agent.tools.subagents import AgentVerb, Order
from goose_agent.tools.tool import Approved, ToolOutput, Workspace

__all__ = ["FileChange", "RunningCall"]


@dataclass(frozen=True)
class FileChange:
    path: Path
    before: bytes | None
    after: bytes | None


@dataclass
class RunningCall:
    folder: Path
    answer: QuestionAnswer = field(default_factory=lambda: QuestionAnswer("yes"))
    extra_environ: dict[str, str] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    tails: list[tuple[str, int]] = field(default_factory=list)
    changes: list[FileChange] = field(default_factory=list)
    asked: list[tuple[str, tuple[str, ...], bool]] = field(default_factory=list)
    plan: tuple[PlanItem, ...] = ()
    decision: PlanAnswer = field(default_factory=lambda: PlanAnswer("run"))
    presented: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    """What can be recalled, by its id."""
    blind: str = ""
    """Why the model sees no pictures."""
    approved: Approved | None = None
    moved: anyio.Event = field(default_factory=anyio.Event)
    leads: dict[str, str] = field(default_factory=dict)
    """Where paths lead, as they were judged."""

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder, (self.folder,), leads=self.leads)

    @property
    def environ(self) -> Mapping[str, str]:
        return {**child_environment(os.environ), **self.extra_environ}

    @property
    def clock(self) -> Clock:
        return SystemClock()

    def progress(self, tail: str, total: int, share: float | None = None) -> None:
        self.tails.append((tail, total))

    async def file_changed(self, path: Path, before: bytes | None, after: bytes | None) -> None:
        self.changes.append(FileChange(path, before, after))

    async def ask(self, text: str, choices: tuple[str, ...], free_text: bool) -> QuestionAnswer:
        self.asked.append((text, choices, free_text))
        return self.answer

    async def review_plan(self, text: str) -> PlanAnswer:
        self.presented.append(text)
        return self.decision

    def unseen(self, picture: PictureFile) -> str:
        return self.blind

    async def recalled(self, name: str) -> str | None:
        return self.kept.get(name)

    def set_plan(self, items: tuple[PlanItem, ...]) -> None:
        self.plan = items

    async def delegate(self, order: Order) -> ToolOutput:
        self.orders.append(order)
        return ToolOutput("Done by another.")

    async def direct_agent(self, verb: AgentVerb, name: str) -> ToolOutput:
        return ToolOutput(f"{verb} {name}")
