"""Servers on the full screen: their list, what they ask, what they have ready."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from goose_agent.state.records import UserRecord
from goose_tui.screens.extensions import AddExtensionScreen, ExtensionsScreen, TryToolScreen
from goose_tui.screens.server_request import ElicitationScreen, SamplingScreen, SignInScreen
from goose_tui.screens.text import TextScreen
from support.models import FakeModel, calls, said
from support.oauth_server import SignedServer
from support.servers import everything, hostile, write_servers
from support.workbench import Workbench

# The first test may have to fetch a server.
pytestmark = pytest.mark.timeout(240)


async def _ready(bench: Workbench, *names: str) -> None:
    """Wait until these servers can be used: on a busy machine a program takes long to start."""

    def there() -> bool:
        known = bench.state.extensions
        return all(name in known and known[name].phase == "ready" for name in names)

    for _ in range(6):
        with suppress(AssertionError):
            await bench.until(there)
            return
    raise AssertionError(f"{names} are not ready: {bench.state.extensions}")


def _bench(home: Path, *answers: object, **servers: object) -> Workbench:
    bench = Workbench(home, FakeModel(list(answers)), mode="auto")  # type: ignore[arg-type] # as they are given
    write_servers(bench.rig, servers)  # type: ignore[arg-type] # plain data
    return bench


async def test_extensions_are_listed_switched_tried_and_started_anew(home: Path) -> None:
    bench = _bench(home, good=hostile("mark"), bad=hostile("exit"))
    async with bench.running(120, 36):
        await _ready(bench, "good")
        await bench.until(lambda: bench.state.extensions["bad"].phase == "failed")
        await bench.send("/extensions")
        await bench.until(lambda: isinstance(bench.app.screen, ExtensionsScreen))
        await bench.sees("✗ bad", "it ended with status 7", "cannot start: no key")
        await bench.sees("✓ good", "hostile 1, started in", "act", "Acts.", "tokens")
        await bench.press("down", "down", "c")
        await bench.until(lambda: isinstance(bench.app.screen, TryToolScreen))
        await bench.type("it")
        await bench.press("enter")
        await bench.until(lambda: isinstance(bench.app.screen, TextScreen))
        await bench.sees("good act answered in", "acted it")
        await bench.press("escape", "p")
        await bench.sees("act                          allow")
        await bench.press("up", "t")
        await bench.sees("○ good", "off")
        await bench.press("t")
        await bench.sees("✓ good")
        await bench.press("up", "enter")
        await bench.until(lambda: isinstance(bench.app.screen, TextScreen))
        await bench.sees("why: it ended with status 7", "It wrote last:", "cannot start: no key")


async def test_an_extension_is_added_by_a_form(home: Path) -> None:
    entry = hostile("mark")
    bench = _bench(home)
    async with bench.running(120, 36):
        await bench.send("/extensions")
        await bench.sees("No servers yet.")
        await bench.press("a")
        await bench.until(lambda: isinstance(bench.app.screen, AddExtensionScreen))
        await bench.type("mine")
        await bench.press("tab")
        await bench.type(" ".join([entry["cmd"], *entry["args"]]))
        await bench.press("enter")
        await bench.sees("✓ mine")


async def test_a_question_of_a_server_is_a_form(home: Path) -> None:
    ask = calls(("everything__trigger-elicitation-request", "{}"))
    bench = _bench(home, ask, said("Thanks."), everything=everything())
    async with bench.running(120, 44):
        await _ready(bench, "everything")
        await bench.send("go")
        dialog = await bench.dialog()
        assert isinstance(dialog, ElicitationScreen)
        await bench.sees("The extension everything asks", "String", "Integer", "may be left out")
        await bench.type("Ada")
        await bench.press("enter")
        await bench.idle()
    (call,) = bench.calls
    assert '"name": "Ada"' in call.result


async def test_a_form_says_what_is_wrong_and_can_be_declined(home: Path) -> None:
    ask = calls(("everything__trigger-elicitation-request", "{}"))
    bench = _bench(home, ask, said("Well."), everything=everything())
    async with bench.running(120, 44):
        await _ready(bench, "everything")
        await bench.send("go")
        await bench.dialog()
        await bench.press("enter")
        await bench.sees("name: ")
        await bench.press("ctrl+d")
        await bench.idle()
    (call,) = bench.calls
    assert "decline" in call.result


async def test_what_a_server_wants_of_a_model_is_shown_with_its_cost(home: Path) -> None:
    wanted = json.dumps({"prompt": "Say honk.", "maxTokens": 50})
    ask = calls(("everything__trigger-sampling-request", wanted))
    bench = _bench(home, ask, said("honk honk"), said("Done."), everything=everything())
    async with bench.running(120, 36):
        await _ready(bench, "everything")
        await bench.send("go")
        dialog = await bench.dialog()
        assert isinstance(dialog, SamplingScreen)
        await bench.sees("wants a model to answer", "fake/one would answer", "at most 50 out")
        await bench.sees("Say honk.")
        await bench.press("y")
        await bench.idle()
    (call,) = bench.calls
    assert "honk honk" in call.result


async def test_prompts_of_a_server_are_commands_with_completed_arguments(home: Path) -> None:
    bench = _bench(home, said("Promoted."), everything=everything())
    async with bench.running(120, 36):
        await _ready(bench, "everything")
        await bench.type("/everything:comp")
        await bench.sees("/everything:completable-prompt")
        await bench.press("tab")
        await bench.type("department=E")
        await bench.sees("department=Engineering")
        await bench.press("tab")
        await bench.type(" name=Alice")
        await bench.press("enter")
        await bench.until(lambda: "Promoted." in bench.answers)
    (message,) = [r for r in bench.state.records if isinstance(r, UserRecord)]
    assert "Alice" in message.text and "Engineering" in message.text


async def test_a_resource_is_mentioned_like_a_file(home: Path) -> None:
    bench = _bench(home, said("Read."), everything=everything())
    async with bench.running(120, 36):
        await _ready(bench, "everything")
        await bench.type("see @everything:arch")
        await bench.sees("everything:demo://resource/static/document/architecture.md")
        await bench.press("tab")
        await bench.press("enter")
        await bench.until(lambda: "Read." in bench.answers)
    (message,) = [r for r in bench.state.records if isinstance(r, UserRecord)]
    assert [each.name for each in message.attachments] == [
        "everything:demo://resource/static/document/architecture.md"
    ]


async def test_where_to_sign_in_is_shown_in_full_and_the_last_address_pasted(home: Path) -> None:
    with SignedServer() as server:
        bench = _bench(home, shop={"type": "streamable_http", "uri": server.url})
        async with bench.running(100, 36):
            dialog = await bench.dialog()
            assert isinstance(dialog, SignInScreen)
            (pending,) = bench.state.pending
            url = pending.subject.url  # type: ignore[union-attr] # the dialog is of a sign-in
            shown = "".join(bench.screen_text().replace("│", "").split())
            assert url in shown
            await bench.type(server.consent(url))
            await bench.press("enter")
            await _ready(bench, "shop")
            assert not bench.asks
