"""Traces go to the collector that a person names, and nothing goes anywhere else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from agent.faults.wires import KEY, WIRES, Call, Said
from agent.providers.loopback import Act, Loopback, Reply, serving, whole
from app.cli.conftest import Shell

PATIENCE = 50
WIRE = WIRES[0]
TAKEN = whole(200, b"", Content_Type="application/x-protobuf")
SECRET = "the colour of the duck"
SCENARIO = (
    Said("Let me look.", (Call("shell", f'{{"command": "echo {SECRET}; echo {KEY}; exit 3"}}'),)),
    Said(f"It is {SECRET}."),
)
MAIN = "import sys; from goose_tui.launch import main; sys.exit(main(sys.argv[1:]))"
WATCHED = """\
import sys
def watch(event, arguments):
    if event == "socket.connect":
        print("connects", arguments[1], file=sys.stderr)
    if event == "socket.getaddrinfo":
        print("looks up", arguments[:2], file=sys.stderr)
sys.addaudithook(watch)
"""
UNINSTALLED = "import sys; sys.modules['opentelemetry.sdk'] = None\n"


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    code: int
    out: str
    err: str
    model: Loopback


async def run(home: Path, variables: Mapping[str, str], *argv: str, before: str = "") -> Ran:
    replies: Sequence[Reply] = [WIRE.says(said) for said in SCENARIO]
    async with serving(*replies) as model:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GOOSE_TUI_HOME": str(home),
            "OLLAMA_HOST": "127.0.0.1:1",
            **WIRE.environ(model.url),
            **variables,
        }
        command = [sys.executable, "-c", before + MAIN, "run", "--model", WIRE.model]
        words = ["--mode", "auto", "-t", f"What is {SECRET}?", *argv]
        with anyio.fail_after(PATIENCE):
            done = await anyio.run_process([*command, *words], env=environ, cwd=home, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode(), model)


def spans(collector: Loopback) -> dict[str, Span]:
    """The spans that came, by name; of several requests the first."""
    found: dict[str, Span] = {}
    for received in collector.received:
        message = ExportTraceServiceRequest.FromString(received.body)
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                for span in sorted(scope.spans, key=lambda span: span.start_time_unix_nano):
                    found.setdefault(span.name, span)
    return found


def plain(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(each) for each in value.array_value.values]
    return getattr(value, str(kind))


def attributes(pairs: Sequence[KeyValue]) -> dict[str, object]:
    return {pair.key: plain(pair.value) for pair in pairs}


async def test_a_turn_its_requests_and_its_calls_become_spans(tmp_path: Path) -> None:
    async with serving(TAKEN) as collector:
        ran = await run(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    assert (ran.code, ran.out) == (0, f"It is {SECRET}.\n")
    assert {request.path for request in collector.received} == {"/v1/traces"}
    found = spans(collector)
    turn, chat, tool = (
        found[name] for name in ("invoke_agent goose-tui", "chat one", "execute_tool shell")
    )
    assert {span.trace_id for span in found.values()} == {turn.trace_id}
    assert (turn.parent_span_id, chat.parent_span_id) == (b"", turn.span_id)
    assert tool.parent_span_id == turn.span_id
    assert turn.start_time_unix_nano <= chat.start_time_unix_nano < chat.end_time_unix_nano
    assert chat.end_time_unix_nano <= tool.start_time_unix_nano < tool.end_time_unix_nano
    assert tool.end_time_unix_nano <= turn.end_time_unix_nano
    session = attributes(turn.attributes)["gen_ai.conversation.id"]
    common = {
        "gen_ai.conversation.id": session,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "one",
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_creation.input_tokens": 0,
    }
    assert attributes(turn.attributes) == {
        **common,
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "goose-tui",
        "gen_ai.usage.input_tokens": 200,
        "gen_ai.usage.output_tokens": 20,
    }
    asked = attributes(chat.attributes)
    assert isinstance(asked.pop("gen_ai.response.time_to_first_chunk"), float)
    assert asked == {
        **common,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["tool_calls"],
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
    }
    called = attributes(tool.attributes)
    assert called.pop("gen_ai.tool.call.id")
    assert called == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.conversation.id": session,
        "gen_ai.tool.name": "shell",
        "gen_ai.tool.type": "function",
        "error.type": "error",
    }
    sent = b"".join(request.body for request in collector.received)
    assert b"goose-tui" in sent  # the name of the service
    assert SECRET.encode() not in sent
    assert str(tmp_path).encode() not in sent


async def test_what_was_said_goes_along_only_where_it_is_asked_for_and_without_keys(
    tmp_path: Path,
) -> None:
    async with serving(TAKEN) as collector:
        variables = {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/here",
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
        }
        await run(tmp_path, variables)
    assert {request.path for request in collector.received} == {"/here"}
    found = spans(collector)
    turn = attributes(found["invoke_agent goose-tui"].attributes)
    tool = attributes(found["execute_tool shell"].attributes)
    assert json.loads(str(turn["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": f"What is {SECRET}?"}]}
    ]
    assert f"It is {SECRET}." in str(turn["gen_ai.output.messages"])
    assert "Let me look." in str(attributes(found["chat one"].attributes)["gen_ai.output.messages"])
    assert SECRET in str(tool["gen_ai.tool.call.result"])
    assert "[secret:OPENAI_API_KEY]" in str(tool["gen_ai.tool.call.arguments"])
    assert KEY.encode() not in b"".join(request.body for request in collector.received)


@pytest.mark.parametrize("trouble", [[Act.HANG], whole(500), [Act.RESET]], ids=str)
async def test_a_collector_in_trouble_holds_nothing_up_and_says_nothing(
    tmp_path: Path, trouble: Reply
) -> None:
    async with serving(trouble) as collector:
        with anyio.fail_after(15):
            ran = await run(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
        assert collector.received
    assert (ran.code, ran.out) == (0, f"It is {SECRET}.\n")
    assert ran.err.splitlines()[0] == "Let me look."
    assert "v1/traces" not in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SERVICE_NAME": "x"},
    ],
)
async def test_nothing_but_the_model_is_spoken_to_where_no_collector_is_named(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    ran = await run(tmp_path, variables, before=WATCHED)
    assert ran.code == 0
    host, _, port = ran.model.url.removeprefix("http://").partition(":")
    spoken = [line for line in ran.err.splitlines() if line.startswith(("connects", "looks up"))]
    assert {line for line in spoken if line.startswith("connects")} == {
        f"connects ('{host}', {port})"
    }
    assert all(f"'{host}'" in line or f"b'{host}'" in line for line in spoken)


async def test_the_extra_that_is_missing_is_told_once(tmp_path: Path) -> None:
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    ran = await run(tmp_path, variables, before=UNINSTALLED)
    assert ran.code == 0
    assert ran.err.count("goose-tui[otel] is not installed") == 1


async def test_settings_that_tracing_refuses_stop_only_the_traces(tmp_path: Path) -> None:
    async with serving(TAKEN) as collector:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_MAX_QUEUE_SIZE": "1",
        }
        ran = await run(tmp_path, variables)
    assert (ran.code, ran.out) == (0, f"It is {SECRET}.\n")
    assert "Traceback" not in ran.err
    assert not collector.received


def test_doctor_says_where_traces_go(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none are sent" in shell("doctor").out
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:word@127.0.0.1:9/x?key=1")
    told = shell("doctor").out
    assert "sent to http://127.0.0.1:9/x\n" in told
    assert "word" not in told
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://[x")
    assert "not sent: the endpoint is no address" in shell("doctor").out
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert "not sent: only http/protobuf is spoken, not grpc" in shell("doctor").out
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_PROTOCOL")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    assert "not sent: goose-tui[otel] is not installed" in shell("doctor").out
