"""What servers ask, in words that every face uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goose_agent.events import Elicitation, Sampling

__all__ = ["offered_values", "sampling_cost", "sampling_text"]


def sampling_cost(subject: Sampling) -> list[str]:
    """Who would answer, and what that may cost."""
    from goose_tui.view.numbers import money, tokens  # slow to import

    cost = f"at most {money(subject.cost)}" if subject.cost is not None else "no price is known"
    about = f"about {tokens(subject.tokens)} tokens in, at most {tokens(subject.most)} out"
    return [f"{subject.model} would answer", f"{about}: {cost}"]


def sampling_text(subject: Sampling) -> str:
    """The whole of what a model would read."""
    system = [f"system: {subject.system}"] if subject.system else []
    return "\n\n".join([*system, *(f"{each.role}: {each.text}" for each in subject.messages)])


def offered_values(subject: Elicitation) -> dict[str, Any]:
    """What a server offers for those fields that it offers something for."""
    properties = (subject.schema or {}).get("properties")
    if not isinstance(properties, dict):
        return {}
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }
