"""Pictures of extensions: their list, a form, a model's answer by consent, progress."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from goose_agent.events import ExtensionsListed, ListedExtension, ListedExtensionTool
from goose_tui.screens.extensions import ExtensionsScreen
from support.album import Album
from support.scenes import Scene
from support.servers import everything, hostile, write_servers
from support.workbench import Workbench, script

# The first test may have to fetch a server.
pytestmark = pytest.mark.timeout(240)


def _tool(name: str, words: str, tokens: int, **more: object) -> ListedExtensionTool:
    return ListedExtensionTool(name, f"github__{name}", words, tokens, **{"on": True, **more})  # type: ignore[arg-type] # as they are named


LISTED = ExtensionsListed(
    (
        ListedExtension(
            "github",
            "ready",
            "stdio",
            "npx -y @modelcontextprotocol/server-github",
            "/home/ada/.config/goose/config.yaml",
            True,
            1.84,
            "github-mcp-server 0.6.2",
            "2025-11-25",
            tools=(
                _tool("get_issue", "Get one issue of a repository.", 112),
                _tool("search_code", "Search code across repositories.", 240, pin="changed"),
                _tool("create_pull_request", "Open a pull request.", 318, on=False),
            ),
            prompts=2,
            resources=14,
        ),
        ListedExtension(
            "sentry",
            "failed",
            "stdio",
            "uvx mcp-server-sentry",
            "/home/ada/.config/goose-tui/extensions.yaml",
            True,
            why="it ended with status 1",
            lines=("Traceback (most recent call last):", "KeyError: 'SENTRY_TOKEN'"),
        ),
        ListedExtension(
            "shop", "off", "streamable_http", "https://mcp.shop.example/mcp", ".mcp.json", False
        ),
        ListedExtension(
            "search", "starting", "stdio", "uvx mcp-search --index ~/notes", "config.yaml", True
        ),
    )
)


async def test_extensions(album: Album, tmp_path: Path) -> None:
    async with Scene(tmp_path).running(120, 36) as bench:
        screen = ExtensionsScreen(LISTED.extensions, LISTED.problems, bench.app.start.look.palette)
        bench.app.push_screen(screen)
        await bench.sees("server-github", "KeyError")
        await bench.press("down", "down")
        await album.add(bench, "list-120")
        await bench.resize(80, 24)
        await album.add(bench, "list-80")
        await bench.resize(120, 36)
        await bench.press("a")
        await bench.sees("Add an extension")
        await album.add(bench, "add-120")


ASKS = "answers: [{calls: [{tool: everything__trigger-elicitation-request, arguments: {}}]}]"
SAMPLES = """
input_price: 3.0
output_price: 15.0
answers:
- calls:
  - tool: everything__trigger-sampling-request
    arguments: {prompt: Sum up what changed in the last release., maxTokens: 400}
"""
WORKS = "answers: [{calls: [{tool: indexer__act, arguments: {text: src}}]}]"


async def _go(bench: Workbench, name: str, seen: str) -> None:
    """Let the model work once a server is there, until something is on the screen."""

    def there() -> bool:
        known = bench.state.extensions
        return name in known and known[name].phase == "ready"

    for _ in range(6):
        with suppress(AssertionError):
            await bench.until(there)
            break
    await bench.send("go")
    await bench.sees(seen)


async def test_a_form(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path, model=script(ASKS))
    write_servers(scene.bench.rig, {"everything": everything()})
    async with scene.running(120, 44) as bench:
        await _go(bench, "everything", "Approve")
        await bench.answer("y")
        await bench.sees("The extension everything asks")
        await bench.dialog()
        await album.add(bench, "form-120")
        await bench.resize(80, 24)
        await album.add(bench, "form-80")


async def test_a_models_answer_for_a_server(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path, model=script(SAMPLES))
    write_servers(scene.bench.rig, {"everything": everything()})
    async with scene.running(120, 36) as bench:
        await _go(bench, "everything", "Approve")
        await album.add(bench, "approval-120")
        await bench.answer("y")
        await bench.sees("wants a model to answer it")
        await bench.dialog()
        await album.add(bench, "consent-120")
        await bench.resize(80, 24)
        await album.add(bench, "consent-80")


async def test_progress(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path, model=script(WORKS))
    write_servers(scene.bench.rig, {"indexer": hostile("progress")})
    async with scene.running(120, 36) as bench:
        await _go(bench, "indexer", "Approve")
        await bench.answer("y")
        await bench.sees("65%")
        await album.add(bench, "progress-120")
