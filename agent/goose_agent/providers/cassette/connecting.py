"""Lets the models of a session be recorded, or stand for them what is on file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from anyio import to_thread

from goose_agent.errors import ConfigError
from goose_agent.providers.cassette.canonical import Folders
from goose_agent.providers.cassette.recording import RecordingModel
from goose_agent.providers.cassette.replaying import Player, ReplayingModel
from goose_agent.providers.cassette.tape import Tape, TapeModel, TapeWriter, read_tape
from goose_agent.providers.model import ConnectedModel

__all__ = ["Connect", "recording", "replaying"]

Connect = Callable[[str], Awaitable[ConnectedModel]]
"""Makes a model by its name."""


async def recording(
    connect: Connect, path: Path, program: str, edit: Callable[[str], str], folders: Folders
) -> Connect:
    """Write down what the models say that this makes.

    Args:
        connect: makes them.
        path: the file, which must not be there.
        program: name and version of what writes it.
        edit: what is done to each text before it is written, such as to mask secrets.
        folders: where the session's folders are.

    Raises:
        UsageError: the file is there, or its folder is not.
    """
    tape = await to_thread.run_sync(TapeWriter, path, program, edit)

    async def connected(name: str) -> ConnectedModel:
        return RecordingModel(await connect(name), tape, folders)

    return connected


async def replaying(
    path: Path, edit: Callable[[str], str], folders: Folders, environ: Mapping[str, str]
) -> tuple[Connect, str]:
    """Models that say what is on file, and the name of the first of them.

    Args:
        path: the file.
        edit: as it was when that was recorded.
        folders: where the session's folders are.
        environ: `GOOSE_REPLAY_SPEED` is the factor on pauses; without it there are none.

    Raises:
        ConfigError: the file cannot be read, or holds nothing.
    """
    tape = await to_thread.run_sync(read_tape, path)
    if not tape.models:
        raise ConfigError(f"{path} holds no answers.", "Record it anew.")
    player = Player(tape, folders, edit, _speed(environ))

    async def connected(name: str) -> ConnectedModel:
        return ReplayingModel(name, _known(tape, name), player)

    return connected, next(iter(tape.models))


def _known(tape: Tape, name: str) -> TapeModel:
    if name not in tape.models:
        there = ", ".join(tape.models)
        raise ConfigError(
            f"{tape.path} holds no answers of {name}.", f"There are some of {there}: see --model."
        )
    return tape.models[name]


def _speed(environ: Mapping[str, str]) -> float:
    text = environ.get("GOOSE_REPLAY_SPEED", "").strip() or "0"
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed < 1000:
        raise ConfigError(
            "GOOSE_REPLAY_SPEED is not a factor.", "Set it to a number: 1 as recorded, 0 no pauses."
        )
    return speed
