"""A small server of the Model Context Protocol with ten tools, of nothing but what Python has."""

from __future__ import annotations

import json
import sys
from typing import Any

_TOOLS = [
    {
        "name": f"tool_{at}",
        "description": "Does something with a text. " * 4,
        "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
    }
    for at in range(10)
]
_INITIALIZED = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "bench", "version": "1"},
}


def _answer(method: str) -> dict[str, Any]:
    match method:
        case "initialize":
            return {"result": _INITIALIZED}
        case "tools/list":
            return {"result": {"tools": _TOOLS}}
        case "tools/call":
            return {"result": {"content": [{"type": "text", "text": "done"}]}}
        case _:
            return {"error": {"code": -32601, "message": "no such method"}}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        answered = {"jsonrpc": "2.0", "id": message["id"], **_answer(message["method"])}
        print(json.dumps(answered), flush=True)
