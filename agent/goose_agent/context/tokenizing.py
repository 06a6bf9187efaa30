"""Counts tokens in a process of its own.

To make the tokenizer holds the interpreter for several frames, it fills 80 MB, and what it reads comes
from anybody: beside us it disturbs nobody, and it can be ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

__all__ = ["Tokenizing", "TokenizingFailed"]

_PATIENCE = 30.0
"""Seconds for a list of texts."""
_LONGEST_LINE = 16 * 2**20
"""Bytes of an answer."""
_PROGRAM = (
    "import sys; sys.path[:0] = sys.argv[1:]; "
    "from goose_agent.context.token_worker import main; main()"
)
_FAILURES = (
    OSError,
    ValueError,
    TimeoutError,
    anyio.IncompleteRead,
    anyio.DelimiterNotFound,
    anyio.EndOfStream,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
)


class TokenizingFailed(Exception):
    """The process beside us gave no answer."""


class Tokenizing:
    """Counts tokens; use it in a `with` block, and one list of texts at a time."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._answers: BufferedByteReceiveStream | None = None

    async def __aenter__(self) -> Tokenizing:
        """Nothing is started before there is something to count."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process."""
        with anyio.CancelScope(shield=True):
            await self._end()

    async def count(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text.

        Raises:
            TokenizingFailed: they cannot be counted here.
        """
        whole = False
        try:
            with anyio.fail_after(_PATIENCE):
                counts = await self._count(texts)
            whole = True
        except _FAILURES as error:
            why = str(error) or type(error).__name__
            raise TokenizingFailed(f"the tokenizer gave no answer ({why})") from error
        finally:
            if not whole:  # its answer may still come: the next one would be taken for it
                with anyio.CancelScope(shield=True):
                    await self._end()
        return counts

    async def _count(self, texts: Sequence[str]) -> list[int]:
        process = self._process or await self._begin()
        assert process.stdin is not None
        assert self._answers is not None
        await process.stdin.send(json.dumps(list(texts)).encode() + b"\n")
        counts = json.loads(await self._answers.receive_until(b"\n", _LONGEST_LINE))
        if len(counts) != len(texts):
            raise ValueError("the answer has another length")
        return [int(count) for count in counts]

    async def _begin(self) -> Process:
        process = await anyio.open_process(
            (sys.executable, "-I", "-c", _PROGRAM, *_folders()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
            start_new_session=True,
        )
        assert process.stdout is not None
        self._process, self._answers = process, BufferedByteReceiveStream(process.stdout)
        return process

    async def _end(self) -> None:
        process, self._process, self._answers = self._process, None, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.aclose()


def _folders() -> list[str]:
    """Where the packages are that the process needs, wherever ours come from."""
    specs = (find_spec(name) for name in ("goose_agent", "tiktoken", "regex"))
    origins = [Path(spec.origin).parent.parent for spec in specs if spec and spec.origin]
    return list(dict.fromkeys(map(str, origins)))
