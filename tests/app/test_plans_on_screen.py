"""A plan in the dialog that asks whether it may be carried out."""

from __future__ import annotations

from pathlib import Path

from support.workbench import Workbench, script

PLAN = r"""
- text: I looked.
  calls: [{tool: present_plan, arguments: {plan: "## Retry\n\n1. read `retry.py`\n2. change it"}}]
- text: So it is.
"""


def told(bench: Workbench) -> str:
    """What the model reads of the decision."""
    return bench.calls[0].result


async def test_a_plan_is_read_and_carried_out(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="plan").running() as bench:
        await bench.send("go")
        await bench.sees("The agent's plan", "Retry", "2. change it", "1 y carry it out (smart:")
        await bench.answer("y")
        await bench.sees("So it is.", "✓ present_plan", "2. change it")
        await bench.misses("The agent's plan")
        assert told(bench) == "The person approved the plan. Carry it out now."
        assert bench.state.mode == "smart"


async def test_letters_are_words_while_one_says_what_is_to_be_different(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="plan").running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("r")
        await bench.sees("What is to be different?")
        await bench.press("escape")
        await bench.misses("What is to be different?")
        await bench.press("r")
        await bench.sees("What is to be different?")
        await bench.type("yes, any tests?")
        await bench.press("enter")
        await bench.sees("So it is.")
        assert told(bench).endswith("The person says: yes, any tests?")
        assert bench.state.mode == "plan"


async def test_a_plan_is_edited_before_it_is_carried_out(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="plan").running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("e")
        await bench.sees("ctrl+s keeps")
        await bench.type("# Twice: ")
        await bench.press("ctrl+s")
        await bench.sees("So it is.")
        text = "# Twice: ## Retry\n\n1. read `retry.py`\n2. change it"
        assert told(bench).endswith(f"Carry out this one now:\n\n{text}")


async def test_escape_leaves_the_decision_for_later_and_a_key_ahead_decides_nothing(
    home: Path,
) -> None:
    async with Workbench(home, script(PLAN), mode="plan", key_silence=60.0).running() as bench:
        await bench.send("go")
        await bench.sees("The agent's plan")
        await bench.press("y", "escape")
        assert bench.asks and bench.state.pending and bench.draft == "y"
    async with Workbench(home, script(PLAN), mode="plan").running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("escape")
        await bench.idle()
        assert told(bench).startswith("The person has not decided yet.")
        assert bench.state.mode == "plan"
