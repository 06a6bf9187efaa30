"""The extension with which the model shows its plan."""

from __future__ import annotations

from goose_agent.events import PlanItem
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["Plan"]


class Plan(Extension):
    """Keeps the plan of the session in sight."""

    name = "plan"

    def prompt(self) -> str:
        """When a plan is worth its while."""
        return (
            "For work of three steps or more, keep a plan with update_plan: one step is active at a "
            "time, and each is marked done as soon as it is. Simple requests need no plan."
        )

    @tool(effect="session", summary="items")
    async def update_plan(self, call: CallContext, items: list[PlanItem]) -> str:
        """Show the person your plan, or its progress. Always pass all steps: they replace the old.

        Args:
            call: The running call.
            items: The steps in order, a short line each.
        """
        if not all(item.text.strip() for item in items):
            raise ToolFailure("Each step needs a text. The plan was not changed.")
        call.set_plan(tuple(items))
        done = sum(item.state == "done" for item in items)
        return f"The plan is shown: {done} of {len(items)} done."
