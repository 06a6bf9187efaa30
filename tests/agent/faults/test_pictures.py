"""A picture reaches every service in its own shape, from a message and from a tool, after a kill too."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from itertools import chain
from typing import Any

from agent.faults.wires import Call, Said, Wire
from agent.providers.loopback import Loopback, serving
from goose_agent.providers.connect import connect
from goose_agent.tools.standard import standard_extensions
from support.engine import Rig
from support.pictures import jpeg, png

Body = dict[str, Any]

SHOT, PHOTO = png(1200, 800), jpeg(30, 20)
READ = Said("", (Call("read", json.dumps({"path": "photo.jpg"}), "call-1"),))
WELL = Said("I see.")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{encoded(data)}"


def body(server: Loopback, at: int) -> Body:
    value: Body = json.loads(server.received[at].body)
    return value


# Where the pictures are in each wire format: those of the message, those of the tool's result.


def in_chat(value: Body) -> tuple[list[Any], list[Any]]:
    said = [m["content"] for m in value["messages"] if isinstance(m["content"], list)]
    found = [[p["image_url"]["url"] for p in parts if p["type"] == "image_url"] for parts in said]
    return found[0], list(chain(*found[1:]))


def in_responses(value: Body) -> tuple[list[Any], list[Any]]:
    first = next(each for each in value["input"] if each.get("role") == "user")
    results = [each for each in value["input"] if each.get("type") == "function_call_output"]
    outputs = [part for result in results for part in result["output"]]
    return (
        [part["image_url"] for part in first["content"] if part["type"] == "input_image"],
        [part["image_url"] for part in outputs if part["type"] == "input_image"],
    )


def in_anthropic(value: Body) -> tuple[list[Any], list[Any]]:
    blocks = [block for turn in value["messages"] for block in turn["content"]]
    results = [block for block in blocks if block["type"] == "tool_result"]
    inner = [part for result in results for part in result["content"]]
    return (
        [block["source"] for block in blocks if block["type"] == "image"],
        [part["source"] for part in inner if part["type"] == "image"],
    )


def in_bedrock(value: Body) -> tuple[list[Any], list[Any]]:
    given = [block for turn in value["messages"] for block in turn["content"]]
    brought = [
        b for block in given if "toolResult" in block for b in block["toolResult"]["content"]
    ]
    return (
        [block["image"] for block in given if "image" in block],
        [block["image"] for block in brought if "image" in block],
    )


def in_gemini(value: Body) -> tuple[list[Any], list[Any]]:
    parts = [[p["inlineData"] for p in c["parts"] if "inlineData" in p] for c in value["contents"]]
    return parts[0], list(chain(*parts[1:]))


def in_ollama(value: Body) -> tuple[list[Any], list[Any]]:
    shown = [(message["role"], message.get("images", [])) for message in value["messages"]]
    return (
        [image for role, images in shown if role == "user" for image in images],
        [image for role, images in shown if role == "tool" for image in images],
    )


def _url(media_type: str, data: bytes) -> object:
    return url(media_type, data)


def _source(media_type: str, data: bytes) -> object:
    return {"type": "base64", "media_type": media_type, "data": encoded(data)}


def _inline(media_type: str, data: bytes) -> object:
    return {"mimeType": media_type, "data": encoded(data)}


def _formatted(media_type: str, data: bytes) -> object:
    return {"format": media_type.partition("/")[2], "source": {"bytes": encoded(data)}}


def _plain(media_type: str, data: bytes) -> object:
    return encoded(data)


_Look = Callable[[Body], tuple[list[Any], list[Any]]]
_Shape = Callable[[str, bytes], object]

SHAPES: dict[str, tuple[_Look, _Shape]] = {
    "chat": (in_chat, _url),
    "responses": (in_responses, _url),
    "anthropic": (in_anthropic, _source),
    "bedrock": (in_bedrock, _formatted),
    "gemini": (in_gemini, _inline),
    "ollama": (in_ollama, _plain),
}


async def test_a_picture_of_a_message_and_one_of_a_tool_reach_the_service(
    rig: Rig, wire: Wire
) -> None:
    rig.extensions = standard_extensions
    (rig.folder / "shot.png").write_bytes(SHOT)
    (rig.folder / "photo.jpg").write_bytes(PHOTO)
    look, shape = SHAPES[wire.name]
    shot, photo = shape("image/png", SHOT), shape("image/jpeg", PHOTO)
    async with serving(wire.says(READ), wire.says(WELL)) as server:
        rig.models[wire.model] = connect(wire.model, wire.environ(server.url))
        async with rig.session(wire.model) as face:
            await face.ask("compare @shot.png with the photo")
            assert face.answer == WELL.text
        assert look(body(server, 0)) == ([shot], [])
        assert look(body(server, 1)) == ([shot], [photo])
        (rig.folder / "shot.png").unlink()
        (rig.folder / "photo.jpg").unlink()
        # Leaving killed it; another process goes on.
        rig.models[wire.model] = connect(wire.model, wire.environ(server.url))
        async with rig.resumed(face.session_id) as again:
            await again.ask("and now?")
        assert look(body(server, 2)) == ([shot], [photo])
        (call,) = [call for call in again.state.records if getattr(call, "pictures", ())]
        assert call.result == f"photo.jpg: JPEG picture, 30×20, {len(PHOTO)} bytes."  # type: ignore[union-attr] # a call


async def test_anthropic_is_never_sent_what_it_would_refuse(rig: Rig) -> None:
    from agent.faults.wires import WIRES

    wire = next(each for each in WIRES if each.name == "anthropic")
    rig.extensions = standard_extensions
    (rig.folder / "large.png").write_bytes(png(size=3_932_161))
    (rig.folder / "wide.png").write_bytes(png(9000, 2))
    read = Said("", (Call("read", json.dumps({"path": "large.png"}), "call-1"),))
    async with serving(wire.says(read), wire.says(WELL)) as server:
        rig.models[wire.model] = connect(wire.model, wire.environ(server.url))
        async with rig.session(wire.model) as face:
            for name in ("large.png", "wide.png"):
                await face.submit(f"look at @{name}")
                await face.until(lambda: face.data("message.refused"))
            await face.until(lambda: len(face.data("message.refused")) == 2)
            await face.ask("then read it yourself")
        large, wide = face.data("message.refused")
        assert "it has 3.9 MB, and anthropic/one takes 3.9 MB" in large.reason
        assert "it has 9000×2 pixels, and anthropic/one takes 8000 a side" in wide.reason
        (call,) = [call for call in face.state.records if getattr(call, "tool", "") == "read"]
        assert call.state == "failed"  # type: ignore[union-attr] # a call
        assert "You cannot be shown it: it has 3.9 MB" in call.result  # type: ignore[union-attr] # a call
        assert b"image/png" not in server.received[1].body
