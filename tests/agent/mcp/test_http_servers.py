"""Servers at an address: streamable HTTP, the older events, headers, sign-in."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from goose_agent.commands import AnswerRequest
from goose_agent.events import SignIn, SignInAnswer
from goose_agent.state.records import CallRecord
from support.engine import Rig
from support.models import FakeModel, calls, said
from support.npm import NODE, script_of
from support.oauth_server import SignedServer
from support.servers import VERSION, free_port, ready, write_servers

# The first test may have to fetch a server.
pytestmark = pytest.mark.timeout(240)


@contextmanager
def _everything(transport: str) -> Iterator[int]:
    """The port of a server that speaks over HTTP."""
    port = free_port()
    script = script_of("@modelcontextprotocol/server-everything", VERSION)
    with subprocess.Popen(
        [str(NODE), str(script), transport],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={"PORT": str(port), "PATH": "/usr/bin:/bin"},
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if re.search(rf"port {port}\b", line):
                    break
            yield port
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("transport", "kind", "path"),
    [("streamableHttp", "streamable_http", "mcp"), ("sse", "sse", "sse")],
)
async def test_a_server_at_an_address_has_the_same_tools(
    tmp_path: Path, transport: str, kind: str, path: str
) -> None:
    rig = Rig(tmp_path)
    long = {"duration": 1, "steps": 4}
    answers = [
        calls(("everything__echo", json.dumps({"message": "honk"}))),
        calls(("everything__trigger-long-running-operation", json.dumps(long))),
    ]
    rig.with_model(FakeModel([*answers]))
    with _everything(transport) as port:
        url = f"http://127.0.0.1:{port}/{path}"
        write_servers(rig, {"everything": {"type": kind, "uri": url}})
        async with rig.session() as face:
            await ready(face, "everything")
            await face.ask("go")
            await face.leave()
    echoed, operated = [r for r in face.state.records if isinstance(r, CallRecord)]
    assert echoed.result == "Echo: honk"
    assert operated.state == "ok"
    assert "[####################] 100%" in [data.tail for data in face.data("tool.progress")]


async def test_a_server_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.with_model(FakeModel())
    url = f"http://127.0.0.1:{free_port()}/mcp"
    write_servers(rig, {"gone": {"type": "streamable_http", "uri": url}})
    async with rig.session() as face:
        await face.until(lambda: face.data("extension.failed"))
    assert "connection" in face.data("extension.failed")[0].why.lower()


async def test_headers_hold_secrets_that_stand_elsewhere(tmp_path: Path) -> None:
    rig = Rig(tmp_path, environ={"SHOP_TOKEN": "a-token-of-the-shop"})
    rig.with_model(FakeModel([calls(("shop__whoami", "{}"))]))
    with SignedServer(token="a-token-of-the-shop") as server:
        headers = {"Authorization": "Bearer ${SHOP_TOKEN}"}
        entry = {"type": "streamable_http", "uri": server.url, "headers": headers}
        write_servers(rig, {"shop": entry})
        async with rig.session() as face:
            await ready(face, "shop")
            await face.ask("go")
            await face.leave()
    (call,) = [r for r in face.state.records if isinstance(r, CallRecord)]
    # What the server tells of the secret is masked before anybody reads it.
    assert call.result == "you are [secret:SHOP_TOKEN]"


@pytest.mark.parametrize("way", ["browser", "paste"])
async def test_a_person_signs_in_once_and_not_again(tmp_path: Path, way: str) -> None:
    rig = Rig(tmp_path)
    rig.with_model(FakeModel([said("hello")]))
    with SignedServer() as server:
        write_servers(rig, {"shop": {"type": "streamable_http", "uri": server.url}})
        async with rig.session() as face:
            (pending,) = await face.pending()
            assert isinstance(pending.subject, SignIn)
            assert pending.subject.url.startswith(f"{server.origin}/authorize?")
            address = server.consent(pending.subject.url)
            if way == "browser":
                await anyio.to_thread.run_sync(server.visit, address)
            else:
                await face.tell(AnswerRequest(pending.request_id, SignInAnswer(address)))
            await ready(face, "shop")
            await face.pending(0)
            await face.leave()
        kept = rig.places.secrets.read_text(encoding="utf-8")
        assert server.token in kept
        (code,) = parse_qs(urlsplit(address).query)["code"]
        record = rig.places.sessions / f"{face.session_id}.db"
        assert code.encode() not in record.read_bytes()
        async with rig.session() as face:
            await ready(face, "shop")
            assert face.state.pending == ()
            await face.leave()
    assert server.sign_ins == 1


async def test_without_a_sign_in_the_server_fails_alone(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.with_model(FakeModel([said("hello")]))
    with SignedServer() as server:
        write_servers(rig, {"shop": {"type": "streamable_http", "uri": server.url}})
        async with rig.session() as face:
            (pending,) = await face.pending()
            await face.tell(AnswerRequest(pending.request_id, SignInAnswer("")))
            await face.until(lambda: face.data("extension.failed"))
            await face.ask("hello")
            await face.leave()
    assert face.data("extension.failed")[0].why == "signing in failed: nobody signed in"
    assert face.answer == "hello"
