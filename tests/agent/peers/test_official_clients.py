"""The same body by the services' own clients and by ours, to a server nobody here wrote.

Bedrock is left out: its own client refuses how the server begins a block of text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.peers.aimock import installed, running
from agent.providers.hearing import Heard, heard
from agent.providers.loopback import SHELL, asking
from agent.providers.official import CLIENTS, model_at
from goose_agent.providers.model import ModelRequest

# The first test may have to fetch the server.
pytestmark = pytest.mark.timeout(240)

GREETING = "Hello — “ünïcödé”, 日本語, \U0001fabf,\n\nand a *last* line."
COMMAND = {"command": "echo 'saw a goose: 日本語 \U0001fabf' | tee somewhere.txt"}
OTHER = {"command": "ls"}


def fixture(said: str, response: dict[str, Any]) -> dict[str, Any]:
    # So small that words and arguments come in many parts.
    return {"match": {"userMessage": said}, "response": response, "chunkSize": 5}


def called(*arguments: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"id": f"call_{at}", "name": "shell", "arguments": json.dumps(each, ensure_ascii=False)}
        for at, each in enumerate(arguments)
    ]


FIXTURES = [
    fixture("say hello", {"content": GREETING}),
    fixture("think first", {"reasoning": "Six times seven.", "content": "It is 42."}),
    fixture("use a tool", {"toolCalls": called(COMMAND)}),
    fixture("use two", {"content": "I look.", "toolCalls": called(COMMAND, OTHER)}),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fixtures")
    text = json.dumps({"fixtures": FIXTURES})
    Path(folder, "answers.json").write_text(text, encoding="utf-8")
    with running(installed(), folder) as address:
        yield address


async def both(wire: str, url: str, request: ModelRequest) -> tuple[Heard, Heard]:
    model = model_at(wire, url)
    body = json.loads(model.encode(request))
    return await heard(model, request), await CLIENTS[wire](url, body)


def anonymous(said: Heard) -> Heard:
    """Without what the server makes up anew for each answer.

    It cuts characters in two, which only we put together again.
    """
    text = said.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    calls = [("", *call[1:]) for call in said.calls]
    return replace(said, text=text, calls=calls, signatures=[])


# Its end of a Gemini answer with calls is none that Gemini has.
@pytest.mark.filterwarnings("ignore:FUNCTION_CALL is not a valid FinishReason:UserWarning")
@pytest.mark.parametrize("wire", [wire for wire in CLIENTS if wire != "bedrock"])
@pytest.mark.parametrize(
    ("said", "text", "arguments"),
    [
        ("say hello", GREETING, []),
        ("think first", "It is 42.", []),
        ("use a tool", "", [COMMAND]),
        ("use two", "I look.", [COMMAND, OTHER]),
    ],
)
async def test_the_official_client_hears_what_we_hear(
    url: str, wire: str, said: str, text: str, arguments: list[dict[str, str]]
) -> None:
    mine, theirs = await both(wire, url, asking(said, SHELL))

    assert anonymous(mine) == anonymous(theirs)
    assert mine.text == text
    assert [call[1:] for call in mine.calls] == [("shell", each) for each in arguments]
