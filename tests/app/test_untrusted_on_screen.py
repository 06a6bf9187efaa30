"""What models, tools, files and other people wrote never commands the terminal."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual._compositor import CompositorUpdate

from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    TextDelta,
    ThinkingDelta,
)
from support.models import Answer, FakeModel, said
from support.workbench import Workbench

_CASES = [
    base64.b64decode(json.loads(line)["b64"])
    for line in (Path(__file__).parents[1] / "data" / "escapes.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
TEXTS = [case.decode("utf-8", errors="replace") for case in _CASES]
ALL = "\n\n".join(TEXTS)
SHORT = [text for text in TEXTS if len(text) < 200]
LINE = " ".join(SHORT).replace("\n", " ")

_OURS = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\[\d+;\d+H"  # where to draw
    r"|\x1b\]8;[^\x00-\x1f\x7f-\x9f]*\x1b\\"  # links
    r"|\n"  # between the rows of a full frame
)
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\ud800-\udfff]"
)
_TITLE = re.compile(r"\x1b\](?:0|2|22);([^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\)")
"""The terminal's title, and the shape of the mouse pointer."""


@asynccontextmanager
async def watched(bench: Workbench) -> AsyncIterator[Workbench]:
    """Run, and look through every frame that would have gone to the terminal."""
    frames: list[str] = []

    def display(screen: object, drawn: object) -> None:
        if isinstance(drawn, CompositorUpdate):
            frames.append(drawn.render_segments(bench.app.console))

    async with bench.running(130, 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bench.app, "_display", display)
            yield bench
            await look_around(bench)
    assert frames
    for frame in frames:
        assert not _OBEYED.search(_OURS.sub("", frame))
    for text in bench.written:
        assert not _OBEYED.search(_TITLE.sub(r"\1", text)), text


async def look_around(bench: Workbench) -> None:
    """Have everything drawn: unfolded, from its end to its start."""
    await bench.press("ctrl+o")
    for _ in range(6):
        await bench.press("pageup")
    for line in bench.screen_text().rstrip("\n").split("\n"):
        assert cell_len(line) == 130


async def test_in_answers_and_thinking(home: Path) -> None:
    pieces = [piece for text in TEXTS for piece in (ThinkingDelta(text), ThinkingDelta("\n"))]
    words = [TextDelta(text + "\n\n") for text in TEXTS]
    model = FakeModel([Answer([*pieces, *words, AnswerEnd("stop")])])
    async with watched(Workbench(home, model)) as bench:
        await bench.send("go")
        await bench.idle()


async def test_in_messages_titles_and_the_queue(home: Path) -> None:
    async with watched(Workbench(home, FakeModel())) as bench:
        for text in (LINE, ALL):
            bench.app.submit(text)
        await bench.idle()
        bench.app.submit("/rename " + LINE)
        await bench.until(lambda: bench.state.title.startswith(LINE[:1].strip()))


async def test_in_the_draft(home: Path) -> None:
    async with watched(Workbench(home, FakeModel())) as bench:
        for text in (LINE, *SHORT, ALL):
            await bench.paste(text)
            await bench.settle()
            bench.composer.draft("")


async def test_in_output_and_file_names(home: Path) -> None:
    files = [text.replace("/", "") for text in SHORT if "\x00" not in text]
    model = FakeModel(
        [
            tools(("shell", {"command": "cat hostile/*; ls"}), ("tree", {"path": "."})),
            tools(("read", {"path": f"hostile/{files[1]}"}), ("grep", {"pattern": "."})),
            tools(("shell", {"command": "cat hostile/*; sleep 0.1; exit 1"})),
        ]
    )
    bench = Workbench(home, model, mode="auto")
    for name, case in zip(files, _CASES, strict=False):
        bench.rig.write(f"hostile/{name}", "").write_bytes(case)
    async with watched(bench):
        await bench.send("go")
        await bench.idle()
        assert [call.state for call in bench.calls][-1] == "failed"
        await bench.press("ctrl+x", "t", "enter")
        await bench.press("pagedown", "pagedown", "escape")


async def test_in_plans_arguments_and_questions(home: Path) -> None:
    items = [{"text": text, "state": "active"} for text in SHORT]
    model = FakeModel(
        [
            tools(("update_plan", {"items": items})),
            tools(("shell", {"command": f": {LINE}\n{LINE}"})),
            tools(("edit", {"path": f"{SHORT[1]}.py", "old": LINE, "new": ALL})),
            tools(("write", {"path": f"{SHORT[2]}.py", "content": ALL})),
            tools(("ask_user", {"question": ALL, "choices": SHORT[:4]})),
            tools((LINE, {"what": ALL})),
        ],
        ModelInfo("fake/one", window=100_000),
    )
    async with watched(Workbench(home, model)) as bench:
        await bench.send("go")
        for key in "vvnnn":
            await bench.dialog()
            await bench.press(key)
        await bench.until(lambda: len(bench.calls) == 5)
        await bench.answer("escape")
        await bench.idle()


async def test_in_the_words_of_a_provider(home: Path) -> None:
    from goose_agent.errors import AuthError

    model = FakeModel([Answer(error=AuthError(ALL, LINE))])
    async with watched(Workbench(home, model)) as bench:
        await bench.send("go")
        await bench.until(lambda: bench.notices)
        bench.app.submit(f"/model {SHORT[3]}")
        bench.app.submit(f"/theme {SHORT[4]}")
        await bench.settle()


def tools(*wanted: tuple[str, dict[str, object]]) -> Answer:
    """An answer with calls."""
    pieces = [
        piece
        for number, (tool, arguments) in enumerate(wanted)
        for piece in (CallStart(number, "", tool), CallDelta(number, json.dumps(arguments)))
    ]
    return Answer([*pieces, AnswerEnd("tool_calls")])


async def test_brackets_in_titles_are_no_markup(home: Path) -> None:
    names = ["[/x]", "[@click=app.quit]boo", "[red]off"]
    bench = Workbench(home, FakeModel([tools(*((name, {}) for name in names)), said("Done.")]))
    async with bench.running(130, 40):
        await bench.send("go")
        await bench.idle()
        await bench.press("ctrl+x", "t", "end")
        for name in reversed(names):
            await bench.press("enter")
            await bench.sees(f"{name} failed ─")
            await bench.press("escape", "up")
