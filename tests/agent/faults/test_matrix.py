"""Each fault in each wire format, through a whole turn, and the session afterwards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.abc
import pytest
from anyio.streams.tls import TLSListener

from agent.faults.hurried import slept
from agent.faults.played import WELL, Fault, Seen
from agent.faults.table import FAULTS
from agent.faults.wires import KEY, Call, Said, Wire
from agent.providers.loopback import Act, Reply, serving, whole
from goose_agent.clock import SteppingClock
from goose_agent.commands import AnswerRequest, Interrupt, SetModel
from goose_agent.errors import ContextOverflow
from goose_agent.events import ApprovalAnswer, Event, Mode
from goose_agent.providers.connect import connect
from goose_agent.providers.model import Model
from goose_agent.sessions.log import SessionLog
from support.certificate import unproven
from support.engine import Face, Rig
from support.probe import Probe

ROWS = Path(__file__).parents[2] / "data" / "provider_faults.jsonl"
PLAYED = {fault.name for fault in FAULTS}
OTHER = "another/model"


def plays(*names: str) -> pytest.MarkDecorator:
    """The faults that a test of its own plays."""
    PLAYED.update(names)
    return pytest.mark.parametrize("fault", names)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def smaller(log: SessionLog, model: Model, overflow: ContextOverflow) -> bool:
    return True


@asynccontextmanager
async def session_at(
    rig: Rig, wire: Wire, url: str, more: Mapping[str, str] | None = None, mode: Mode = "auto"
) -> AsyncIterator[Face]:
    """A session whose model is at this address."""
    rig.models[wire.model] = connect(wire.model, wire.environ(url) | dict(more or {}))
    async with rig.session(wire.model, mode=mode) as face:
        yield face


async def usable(face: Face) -> None:
    """The next message is answered, and all that is on record is whole and holds no key."""
    await face.ask("Are you well?")
    assert face.answer == WELL.text
    assert face.state.turn and face.state.turn.reason == "done"
    assert_sound(face.events)


def assert_sound(events: list[Event]) -> None:
    durable = [event for event in events if not event.transient]
    assert [event.seq for event in durable] == list(range(1, len(durable) + 1))
    assert all(KEY not in repr(event) for event in events)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_fault_is_on_record_and_the_session_goes_on(
    rig: Rig, probe: Probe, wire: Wire, fault: Fault
) -> None:
    rig.compact = smaller if fault.compacts else None
    rig.places.config.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text("auto_compact_threshold: 0\n", encoding="utf-8")
    async with (
        serving(*fault.replies(wire), wire.says(WELL)) as server,
        session_at(rig, wire, server.url, dict(fault.environ)) as face,
    ):
        await face.ask(fault.message)
        fault.check(Seen(face, server, probe))
        await usable(face)


@dataclass(frozen=True)
class Lasting:
    """A fault that does not pass."""

    reply: Reply | None
    """None for an answer that breaks off."""
    delays: tuple[float, ...]

    def replies(self, wire: Wire) -> list[Reply]:
        reply = wire.begins(Said("half "), Act.CLOSE) if self.reply is None else self.reply
        return [reply] * (len(self.delays) + 1)


LASTING = {
    "http_503": Lasting(whole(503, b"down"), (0.5, 1.0, 2.0, 4.0)),
    "reset_before": Lasting([Act.RESET], (0.5, 1.0, 2.0, 4.0)),
    "empty_200": Lasting(whole(200), (0.5, 1.0, 2.0, 4.0, 8.0)),
    "reset_mid": Lasting(None, (0.5, 1.0, 2.0, 4.0, 8.0)),
}


@pytest.mark.parametrize("fault", LASTING)
async def test_a_fault_that_lasts_ends_the_turn_after_a_few_patient_tries(
    rig: Rig, wire: Wire, fault: str
) -> None:
    lasting = LASTING[fault]
    async with (
        serving(*lasting.replies(wire), wire.says(WELL)) as server,
        session_at(rig, wire, server.url) as face,
    ):
        await face.ask("go")
        (error,) = face.data("model.failed")
        assert error.error == "connection"
        assert tuple(again.delay for again in face.data("model.retrying")) == lasting.delays
        assert [delay for delay in slept() if delay in lasting.delays] == list(lasting.delays)
        assert len(server.received) == len(lasting.delays) + 1
        await usable(face)


@plays("refused")
async def test_nobody_at_the_address_is_tried_again_then_said(
    rig: Rig, wire: Wire, fault: str
) -> None:
    async with serving() as gone:
        url = gone.url
    await _cannot_reach(rig, wire, url, "onnect")


@plays("dns")
async def test_a_name_that_is_not_known_is_an_error(rig: Rig, wire: Wire, fault: str) -> None:
    # Longer than the part of a name may be (RFC 1035): nobody outside has to be asked.
    await _cannot_reach(rig, wire, f"http://{'a' * 64}:1", f"{'a' * 64}:1: ")


async def _cannot_reach(rig: Rig, wire: Wire, url: str, words: str) -> None:
    async with serving(wire.says(WELL)) as server, session_at(rig, wire, url) as face:
        rig.models[OTHER] = connect(wire.model, wire.environ(server.url))
        await face.ask("go")
        (error,) = face.data("model.failed")
        assert (error.error, error.status) == ("connection", 0)
        assert words in error.message
        assert error.hint
        assert len(face.data("model.retrying")) == 4
        await face.tell(SetModel(OTHER))
        await usable(face)


@plays("tls")
async def test_a_certificate_that_proves_nothing_is_not_tried_again(
    rig: Rig, wire: Wire, fault: str
) -> None:
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as plain,
        serving(wire.says(WELL)) as server,
    ):
        port = plain.extra(anyio.abc.SocketAttribute.local_port)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(TLSListener(plain, unproven()).serve, anyio.aclose_forcefully)
            async with session_at(rig, wire, f"https://127.0.0.1:{port}") as face:
                rig.models[OTHER] = connect(wire.model, wire.environ(server.url))
                await face.ask("go")
                (error,) = face.data("model.failed")
                assert "certificate" in error.message
                assert error.hint
                assert not face.data("model.retrying")
                await face.tell(SetModel(OTHER))
                await usable(face)
            tasks.cancel_scope.cancel()


@plays("redirect")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_follows_a_redirect_to_another_host(
    rig: Rig, wire: Wire, fault: str, status: int
) -> None:
    async with serving(wire.says(WELL)) as other:
        moved = whole(status, b"", Location=f"{other.url}/elsewhere")
        async with (
            serving(moved, wire.says(WELL)) as server,
            session_at(rig, wire, server.url) as face,
        ):
            await face.ask("go")
            (error,) = face.data("model.failed")
            assert (error.error, error.status) == ("bad_answer", status)
            assert wire.address in error.hint
            await usable(face)
    assert other.connections == 0


@plays("parallel_20")
async def test_twenty_calls_in_one_answer_are_asked_about_one_by_one(
    rig: Rig, probe: Probe, wire: Wire, fault: str
) -> None:
    words = [f"w{number}" for number in range(20)]
    calls = tuple(Call("act", json.dumps({"word": word}), f"id-{word}") for word in words)
    async with (
        serving(wire.says(Said(calls=calls)), wire.says(WELL)) as server,
        session_at(rig, wire, server.url, mode="smart") as face,
    ):
        await face.submit("go")
        pending = await face.pending(20)
        assert probe.ran == []
        choices = [ApprovalAnswer("deny"), *[ApprovalAnswer("once")] * 19]
        pairs = zip(pending, choices, strict=True)
        await face.tell(*(AnswerRequest(item.request_id, answer) for item, answer in pairs))
        await face.idle()
        assert sorted(probe.ran) == sorted(words[1:])
        assert len(face.data("tool.judged")) == 20
        sent = server.received[1].body
        assert b"did w0" not in sent
        assert all(f"did {word}".encode() in sent for word in words[1:])
        await usable(face)


@plays("clock_jump")
async def test_a_clock_that_jumps_back_does_not_disturb_the_order(
    rig: Rig, probe: Probe, wire: Wire, fault: str
) -> None:
    clock = SteppingClock()
    rig.world = replace(rig.world, clock=clock)
    call = Said("Let me.", (Call("hold", '{"word": "x"}'),))
    async with (
        serving(wire.says(call), wire.says(WELL)) as server,
        session_at(rig, wire, server.url) as face,
    ):
        await face.submit("go")
        await face.until(lambda: probe.ran)
        clock.start -= timedelta(hours=1)
        probe.gate.set()
        await face.idle()
        times = [event.at for event in face.events]
        assert times != sorted(times)
        await usable(face)


@pytest.mark.parametrize("fault", ["stall_headers", "stall_mid"])
async def test_a_person_need_not_wait_for_a_silent_service(
    rig: Rig, wire: Wire, fault: str
) -> None:
    silent = [Act.HANG] if fault == "stall_headers" else wire.begins(Said("half "), Act.HANG)
    async with (
        serving(silent, wire.says(WELL)) as server,
        session_at(rig, wire, server.url) as face,
    ):
        await face.submit("go")
        await face.until(lambda: face.answer if fault == "stall_mid" else server.received)
        await face.tell(Interrupt())
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "interrupted"
        assert len(face.data("model.cancelled")) == 1
        with anyio.fail_after(5):
            await server.gone.wait()
        await usable(face)


def test_every_row_of_the_table_is_played() -> None:
    lines = ROWS.read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["fault"] for line in lines} - PLAYED == set()
