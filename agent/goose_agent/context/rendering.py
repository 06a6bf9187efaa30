"""A conversation as text, for a model that is to sum it up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from goose_agent.context.conversation import Placed
from goose_agent.messages import Image, Text, Thinking, ToolCall, ToolResult

__all__ = ["as_text", "middle_out"]

_LEFT_OUT = "(left out: the conversation is too long to be read whole)"
_STAYS = (
    "=== All that follows stays in the conversation word for word: tell only what it is about. ==="
)


def as_text(
    view: Sequence[Placed],
    *,
    kept: Collection[str] = (),
    dropped: Collection[str] = (),
    unread: Collection[str] = (),
    longest: int | None = None,
) -> str:
    """A conversation as text, a paragraph each part; thoughts are left out.

    Args:
        view: its parts.
        kept: keys of those that stay; those behind the last part that goes stand below a line.
        dropped: keys of those that are not to be told of.
        unread: keys of results that are named but not told.
        longest: characters of a part of which no more is told; None for all.
    """
    told = [item for item in view if item.key not in dropped and item.kind != "thinking"]
    goes = [at for at, item in enumerate(told) if item.key not in kept]
    border = goes[-1] + 1 if goes else 0
    texts = [_cut(_text(item, silent=item.key in unread), longest) for item in told]
    after = [_STAYS, *texts[border:]] if border < len(told) else []
    return "\n\n".join([*texts[:border], *after])


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters …]\n{text[-half:]}"


def _text(item: Placed, *, silent: bool) -> str:
    match item.part:
        case Text(text):
            who = {"summary": "summary", "assistant": "assistant"}.get(item.kind, "user")
            return f"[{who}]: {text}"
        case Thinking():
            return ""
        case Image() as image:
            return f"[user]: (a picture{' ' + image.name if image.name else ''})"
        case ToolCall(_, name, arguments):
            return f"[tool call {name}]: {arguments}"
        case ToolResult() as result:
            failed = ", failed" if result.is_error else ""
            pictures = f"\n({len(result.images)} pictures)" if result.images else ""
            text = _LEFT_OUT if silent else result.text
            return f"[result of {result.name} {result.call_id}{failed}]: {text}{pictures}"


def middle_out(view: Iterable[Placed], percent: int) -> frozenset[str]:
    """Keys of a share of the results, those in the middle of the conversation first.

    Args:
        view: the conversation.
        percent: how many of a hundred results.
    """
    results = [item.key for item in view if item.kind == "tool_result"]
    middle = (len(results) - 1) / 2
    by_distance = sorted(range(len(results)), key=lambda at: (abs(at - middle), at))
    count = -(-len(results) * percent // 100)
    return frozenset(results[at] for at in by_distance[:count])
