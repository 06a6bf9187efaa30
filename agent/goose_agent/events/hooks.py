"""Hooks: commands of people and plugins that run when something happens in a session."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = ["HookEvent", "HookOutcome", "HookRan"]

HookEvent = Literal[
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
HookOutcome = Literal["ok", "blocked", "failed"]
"""`failed`: it could not say whether all is well."""


class HookRan(Struct, frozen=True):
    """A hook ran to its end, or was stopped."""

    type: ClassVar[str] = "hook.ran"
    durability: ClassVar[Durability] = "shown"

    event: HookEvent
    plugin: str
    """Whose it is."""
    outcome: HookOutcome
    text: str = ""
    """Why it blocked or failed; of `SessionStart` what it says to the person."""
    seconds: float = 0.0
    call_id: str = ""
    """The call that it was about; empty for none."""
