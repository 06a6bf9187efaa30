"""What the process beside us does: read lists of texts as lines of JSON, answer with their tokens."""

from __future__ import annotations

import json
import sys

from goose_agent.context.o200k import count, encoding

__all__ = ["main"]


def main() -> None:
    """Answer until nobody asks any more."""
    tokenizer = encoding()
    for line in sys.stdin.buffer:
        counts = list(count(tokenizer, json.loads(line)))
        sys.stdout.buffer.write(json.dumps(counts).encode() + b"\n")
        sys.stdout.buffer.flush()
