"""From no model at all to one that answers, on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Input

from agent.providers.loopback import Reply, events, serving, streamed, whole
from goose_agent.config.places import Places
from goose_agent.config.settings import load_settings
from goose_agent.wire import Open
from goose_tui.tour.prepare import connect_any
from support.keyrings import FakeKeyring, LockedKeyring, using
from support.workbench import Workbench

KEY = "key-0123456789"
REFUSED = whole(401, b'{"error": {"message": "Incorrect API key."}}')
READY = streamed(
    events({"choices": [{"delta": {"content": "ready"}, "finish_reason": "stop"}]}),
    end=b"0\r\n\r\n",
)
LISTED = whole(200, b'{"data": [{"id": "loaded"}]}')


def bench_with(home: Path, url: str, resume: str = "", **more: object) -> Workbench:
    """A program without a model, and a provider that is here."""
    folder = Places.of({"GOOSE_TUI_HOME": str(home)}).own_providers
    folder.mkdir(parents=True)
    value = {"name": "a-first", "display_name": "A First", "engine": "openai", "base_url": url}
    (folder / "a.json").write_text(json.dumps(value | more), encoding="utf-8")
    environ = {"OLLAMA_HOST": "127.0.0.1:1"}
    bench = Workbench(home, open_word=Open(str(home), resume=resume), environ=environ)
    bench.rig.connect = connect_any  # type: ignore[method-assign] # the real way to models
    return bench


async def choose(bench: Workbench, name: str) -> None:
    """Go to a provider of the list and press Enter."""
    await bench.sees("Welcome to goose-tui", "OpenAI")
    names = list(bench.app.start.setup().statuses()) if bench.app.start.setup else []
    at = [status.definition.name for status in names].index(name)
    await bench.press(*["down"] * (at + 1), "enter")
    await bench.sees("enter tries it")


async def test_a_key_is_entered_tried_kept_and_used(home: Path) -> None:
    async with serving(REFUSED, READY) as server:
        bench = bench_with(
            home, server.url, api_key_env="FIRST_KEY", models=["one"], key_url="https://k.example"
        )
        with using(LockedKeyring()):
            async with bench.running(80, 24):
                await choose(bench, "a-first")
                await bench.sees("Key (FIRST_KEY)", "https://k.example", "one")
                await bench.press("enter")
                await bench.sees("Enter the key first.")
                await bench.type("wrong-0123456789")
                await bench.press("enter")
                await bench.sees("Incorrect API key.")
                assert "0123456789" not in bench.screen_text()
                bench.app.screen.query_one("#provider-key", Input).value = KEY
                await bench.press("enter")
                await bench.sees("a-first/one answered in", "1  ", "secrets.yaml")
                await bench.press("1")
                await bench.until(lambda: bench.opened)
                assert bench.state.model == "a-first/one"
                await bench.send("hello")
                await bench.sees("ready")

    assert server.received[0].headers["authorization"] == "Bearer wrong-0123456789"
    assert server.received[-1].headers["authorization"] == f"Bearer {KEY}"
    settings = load_settings(bench.rig.places.settings, home, {}, {}).settings
    assert settings.model == "a-first/one"
    assert bench.rig.places.secrets.stat().st_mode & 0o777 == 0o600
    record = b"".join(p.read_bytes() for p in bench.rig.places.sessions.iterdir())
    assert KEY.encode() not in record


async def test_the_keyring_is_offered_where_there_is_one(home: Path) -> None:
    backend = FakeKeyring()
    async with serving(READY) as server:
        bench = bench_with(home, server.url, api_key_env="FIRST_KEY", models=["one"])
        with using(backend):
            async with bench.running(80, 24):
                await choose(bench, "a-first")
                await bench.type(KEY)
                await bench.press("enter")
                await bench.sees("1  the system's keyring", "2  ")
                await bench.press("1")
                await bench.until(lambda: bench.opened)

    assert backend.entries == {("goose-tui", "FIRST_KEY"): KEY}
    assert not bench.rig.places.secrets.exists()


@pytest.mark.parametrize(("reply", "model"), [(LISTED, "a-first/loaded")])
async def test_a_local_server_needs_no_key_and_offers_what_it_has(
    home: Path, reply: Reply, model: str
) -> None:
    async with serving(reply, READY) as server:
        bench = bench_with(home, server.url, requires_auth=False)
        async with bench.running(80, 24):
            await choose(bench, "a-first")
            assert "Key (" not in bench.screen_text()
            await bench.press("enter")
            await bench.until(lambda: bench.opened)
            assert bench.state.model == model


async def test_escape_goes_back_to_the_list_and_then_out(home: Path) -> None:
    bench = bench_with(home, "http://127.0.0.1:1")
    async with bench.running(80, 24):
        await choose(bench, "a-first")
        await bench.press("enter")
        await bench.sees("Cannot reach A First")
        await bench.press("escape")
        await bench.sees("Take the tour")
        await bench.press("escape")
        await bench.until(lambda: bench.left)


async def test_what_is_missing_besides_the_key_is_said(home: Path) -> None:
    bench = bench_with(home, "http://127.0.0.1:1")
    async with bench.running(80, 24):
        await choose(bench, "azure")
        await bench.sees("AZURE_OPENAI_RESOURCE is not set.", "openai.azure.com")


async def test_keys_that_others_can_read_are_told_and_the_tour_is_there(home: Path) -> None:
    bench = bench_with(home, "http://127.0.0.1:1")
    bench.rig.places.secrets.write_text("A: b\n", encoding="utf-8")
    bench.rig.places.secrets.chmod(0o644)
    async with bench.running(80, 24):
        await bench.until(lambda: bench.left or bench.app.refused)
        assert bench.app.refused is not None
        assert "can be read by others" in bench.app.refused.message
