"""Whatever is stepped through and edited, and whenever: every service can be sent what comes of it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from agent.loop.test_anything import RandomModel, command, live
from agent.providers.test_encoding_rules import LEVELS, TRANSPORT, info
from goose_agent.commands import (
    Command,
    EditResult,
    EditSegment,
    Interrupt,
    RemoveBreakpoint,
    SetBreakpoint,
    SetStepping,
    StepOn,
)
from goose_agent.events import SegmentChange, Step
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.gemini import GeminiModel
from goose_agent.providers.model import Model, ModelInfo
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.openai_responses import ResponsesModel
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.plan import Plan
from support.engine import Face, Rig
from support.probe import Probe
from support.requests import assert_valid

STEPS: tuple[Step, ...] = ("into", "next", "out", "write", "continue")
CHANGES: tuple[SegmentChange, ...] = ("edit", "drop", "drop", "restore", "pin", "unpin")
CONDITIONS = ("tool == look", "error", "request > 2", "effect == run", "nonsense", "turn > 1")
MODELS: tuple[Model, ...] = (
    AnthropicModel(info("anthropic"), TRANSPORT),
    OpenAIModel(info("openai"), TRANSPORT),
    ResponsesModel(info("openai"), TRANSPORT),
    GeminiModel(info("gemini"), TRANSPORT, LEVELS),
    OllamaModel(info("ollama"), TRANSPORT),
)


def step_command(random: Random, face: Face) -> Command:
    """What a person may ask for who steps through a turn."""
    state = face.state
    if random.random() < 0.2:
        return command(random, face)
    pause = state.debugging.pause
    if pause is not None and random.random() < 0.6:
        return StepOn(pause.pause_id, random.choice(STEPS))
    if pause is not None and pause.place == "after_call" and random.random() < 0.6:
        return EditResult(pause.call_id, random.choice((None, "", "other words")))
    segments = state.context.segments
    points = state.debugging.breakpoints
    options: list[Command] = [SetStepping(random.random() < 0.8)]
    if segments:
        text = random.choice(("", "words", '{"word": "x"}', "{"))
        key = random.choice(segments).key
        options += [EditSegment(key, random.choice(CHANGES), text)] * 4
    options.append(SetBreakpoint(random.choice(CONDITIONS)))
    if points:
        options.append(RemoveBreakpoint(random.choice(points).breakpoint_id))
    return random.choice(options)


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_is_stepped_through_stays_valid(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    model = RandomModel(info=ModelInfo("fake/one", window=10_000))
    model.random = random
    model.answers = [model.whatever] * 500
    probe = Probe()
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (probe, AskUser(), Plan())
    async with rig.session(mode="auto") as face:
        await face.tell(SetStepping(True))
        await live(random, face, probe, step_command)
    for _ in range(2):
        async with rig.resumed(face.session_id) as again:
            await again.until(lambda: again.data("session.resumed"))
            await live(random, again, probe, step_command)
            face = again
    model.answers = []
    async with rig.resumed(face.session_id, mode="plan") as last:
        await last.until(lambda: last.data("session.resumed"))
        await last.tell(
            SetStepping(False),
            *[RemoveBreakpoint(p.breakpoint_id) for p in last.state.debugging.breakpoints],
        )
        await last.until(lambda: not last.state.debugging.breakpoints)
        while last.state.working or last.state.queue:
            await last.tell(Interrupt())
            await last.until(lambda: not last.state.working)
            if last.state.queue:
                await last.ask("go on")
        await last.ask("last")
        assert not last.state.waits
        await last.leave()
        assert last.refused is None
    for request in model.requests:
        assert_valid(request)
        for each in MODELS:
            assert each.encode(request)
