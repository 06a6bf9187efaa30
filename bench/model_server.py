"""A model on this machine that does as it is told; a process of its own, so that its time is not ours.

    model_server.py     prints its port, then a line of JSON for each request

"12 times: echo {n}" lets it call the shell twelve times, one call an answer; to anything else it says
hello. It speaks Chat Completions.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

__all__ = ["HELLO", "LAST", "ModelServer"]

HELLO = "Hello from the model."
LAST = "Those were all of them."
"""What it says when it is done."""
_TOLD = re.compile(r"(\d+) times: (.+)")
"""One line: what the program adds to a message about the moment stands below it."""


class ModelServer:
    """The server, as long as the `with` block lasts."""

    def __enter__(self) -> ModelServer:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._lines = self._process.stdout
        self.url = f"http://127.0.0.1:{self._lines.readline().strip()}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._lines.close()

    def requests(self, count: int) -> list[dict[str, float]]:
        """Of the next requests: milliseconds since the answer before, and until theirs was sent."""
        return [json.loads(self._lines.readline()) for _ in range(count)]


class _Server:
    """Answers requests."""

    def __init__(self) -> None:
        self._answered = monotonic()

    async def serve(self) -> None:
        """Until it is killed."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=1 << 24)
        _say(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                arrived = monotonic()
                size = int(head.partition("content-length:")[2].split("\r\n")[0] or 0)
                body = await reader.readexactly(size)
                writer.write(_response(_events(json.loads(body)["messages"])))
                await writer.drain()
                gap, self._answered = arrived - self._answered, monotonic()
                answering = self._answered - arrived
                _say(json.dumps({"gap": gap * 1000, "answering": answering * 1000}))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _events(messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    spoken = max(at for at, message in enumerate(messages) if message["role"] == "user")
    made = sum(message["role"] == "tool" for message in messages[spoken:])
    told = _TOLD.search(str(messages[spoken]["content"]))
    stop = "stop"
    if told is not None and made < int(told[1]):
        arguments = json.dumps({"command": told[2].replace("{n}", str(made + 1))})
        function = {"name": "shell", "arguments": arguments}
        call = {"index": 0, "id": f"call_{spoken}_{made}", "type": "function", "function": function}
        yield {"choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [call]}}]}
        stop = "tool_calls"
    else:
        words = HELLO if told is None else LAST
        yield {"choices": [{"index": 0, "delta": {"role": "assistant", "content": words}}]}
    yield {"choices": [{"index": 0, "delta": {}, "finish_reason": stop}]}
    yield {"choices": [], "usage": {"prompt_tokens": 3000 + 50 * made, "completion_tokens": 20}}


def _response(events: Iterator[dict[str, Any]]) -> bytes:
    told = [*map(_compact, events), b"[DONE]"]
    body = b"".join(b"data: " + event + b"\n\n" for event in told)
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _say(line: object) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(_Server().serve())
