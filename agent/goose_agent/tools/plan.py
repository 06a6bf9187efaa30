"""The extension with which the model shows what it is about to do."""

from __future__ import annotations

from goose_agent.events import PlanItem
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["Plan"]


class Plan(Extension):
    """Keeps the plan of the session in sight, and lets a person decide about one."""

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

    @tool(effect="session", summary="plan", modes=("plan",))
    async def present_plan(self, call: CallContext, plan: str) -> str:
        """Show the person your finished plan, once it is complete, and wait for their decision.

        Args:
            call: The running call.
            plan: Markdown: what is to be done step by step, in which files, and how it is checked.
        """
        if not plan.strip():
            raise ToolFailure("The plan is empty. Nothing was shown.")
        answer = await call.review_plan(plan)
        match answer.choice:
            case "run" if answer.text:
                words = "The person changed the plan and approved it. Carry out this one now:"
                return f"{words}\n\n{answer.text}"
            case "run":
                return "The person approved the plan. Carry it out now."
            case "revise":
                words = "Not yet: change the plan and present it again. The person says:"
                return (
                    f"{words} {answer.text}" if answer.text else words.partition(" The person")[0]
                )
            case "refuse":
                return "The person refused the plan. Nothing of it is to be done."
            case "keep":
                return "The person has not decided yet. Nothing is to be done until they do."
