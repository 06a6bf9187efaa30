"""Conversations as bad as they come, for tests that hold for any."""

from __future__ import annotations

from hypothesis import strategies as st

from goose_agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.seals import pack

__all__ = ["histories"]

PICTURE = Image("image/png", b"\x89PNG")
SEALS = (
    "",
    "seal",
    "redacted:blob",
    pack("responses", "m", {"item": {"type": "reasoning", "id": "rs", "summary": []}}),
    pack("responses", "other", {"item": {"type": "reasoning", "id": "rs", "summary": []}}),
    pack("gemini", "m", {"on": "call", "signature": "c2ln"}),
    pack("gemini", "m", {"on": "text", "signature": "c2ln"}),
    pack("gemini", "m", {"on": "thought", "signature": "c2ln"}),
)
ids = st.sampled_from(["", "a", "b", "c!"])
images = st.sampled_from([PICTURE, Image("image/gif", b"GIF"), Image("image/bmp", b"BM")])
parts = st.one_of(
    st.builds(Text, st.sampled_from(["", " ", "words"])),
    st.builds(Thinking, st.sampled_from(["", "hm"]), st.sampled_from(SEALS)),
    images,
    st.builds(ToolCall, ids, st.sampled_from(["f", "g.h"]), st.sampled_from(["{", '{"a": 1}'])),
    st.builds(
        ToolResult,
        ids,
        st.just("f"),
        st.sampled_from(["", "r"]),
        st.booleans(),
        st.lists(images, max_size=2).map(tuple),
    ),
)
histories = st.lists(
    st.builds(
        Message,
        st.sampled_from(["user", "assistant", "tool"]),
        st.lists(parts, max_size=5).map(tuple),
    ),
    max_size=10,
)
