"""What a person types that is no message, and programs in the background."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

__all__ = [
    "ListCommands",
    "ListProcesses",
    "MoveToBackground",
    "RunCommand",
    "RunShell",
    "StopProcess",
]


class ListCommands(Struct, frozen=True):
    """Tell which commands people wrote; they come back as a transient `commands.listed`."""

    name: ClassVar[str] = "list_commands"


class RunCommand(Struct, frozen=True):
    """Send what a command that people wrote says, filled with an argument."""

    name: ClassVar[str] = "run_command"

    command: str
    """Its name, as it was listed."""
    argument: str = ""
    kind: Literal["command", "skill"] = "command"


class RunShell(Struct, frozen=True):
    """Run a shell command of the person; the model reads its output with what is said next."""

    name: ClassVar[str] = "run_shell"

    command: str


class MoveToBackground(Struct, frozen=True):
    """Do not wait any longer for the commands that run: they go on beside the conversation."""

    name: ClassVar[str] = "move_to_background"


class ListProcesses(Struct, frozen=True):
    """Tell which commands run in the background; they come back as a transient `processes.listed`."""

    name: ClassVar[str] = "list_processes"


class StopProcess(Struct, frozen=True):
    """Stop a command in the background; `processes.listed` follows."""

    name: ClassVar[str] = "stop_process"

    process_id: str
