"""A session on disk whose process was killed while a command ran."""

from __future__ import annotations

from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.events import (
    ModelDelta,
    ModelRequested,
    ModelResponded,
    ToolJudged,
    ToolProposed,
    ToolStarted,
    TurnStarted,
    UserMessage,
)
from support.stories import started, write_story

__all__ = ["cut_off_session"]


def cut_off_session(home: Path, folder: Path, model: str, command: str) -> str:
    """Write it; returns its id.

    Args:
        home: where sessions are kept.
        folder: the working folder.
        model: `provider/model`.
        command: what ran.
    """
    session_id = "s-0cut0ff"
    path = Places.of({"GOOSE_TUI_HOME": str(home)}).sessions / f"{session_id}.db"
    write_story(
        path,
        started(str(folder), model),
        UserMessage("m", "build it"),
        TurnStarted(1),
        ModelRequested("r1", model, "", 0, 1),
        ModelDelta("r1", 0, "call", "{}", "c1", "shell"),
        ModelResponded("r1", (), "tool_calls", None, None, 0.1, 0.1),
        ToolProposed("c1", "r1", "shell", "{}", {"command": command}, summary=command),
        ToolJudged("c1", "allow", ()),
        ToolStarted("c1"),
    )
    return session_id
