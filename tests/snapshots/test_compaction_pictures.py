"""Pictures of the review of a compaction: what is at risk, and a summary that was edited."""

from __future__ import annotations

from pathlib import Path

from goose_agent.clock import SteppingClock
from support.album import Album
from support.asked import Asked
from support.models import Answer, calls, said
from support.scenes import HOME
from support.summing import SummingModel, summary

FIRST = (
    "The total of the cart is wrong in shoplist/cart.py: `cart.total` rounds each item. Never change "
    "the public names, and keep tests/test_cart.py green. The limit is 1,250 items. "
)
SUMMARY = (
    "## Intent\nThe total of the cart is to be exact.\n\n## Files and code\n- `shoplist/cart.py`: "
    "sums items that are rounded one by one\n\n## Next step\nRound once, at the end."
)
READ = ("read", '{"path": "cart.py"}')


def answers() -> list[Answer]:
    return [calls(READ), said("It rounds each item, as you say."), said("Then I round once.")]


async def test_a_review(album: Album, tmp_path: Path) -> None:
    model = SummingModel(64_000)
    model.answers = [*answers()]
    model.summaries = [summary(SUMMARY)]
    bench = Asked(
        tmp_path, model, clock=SteppingClock(), project="shoplist", home=HOME, mode="auto"
    )
    bench.rig.write("cart.py", "".join(f"price_{n} = round({n} * 1.07, 2)\n" for n in range(400)))
    bench.rig.places.config.mkdir(parents=True, exist_ok=True)
    bench.rig.places.settings.write_text("compaction_review: always\n", encoding="utf-8")
    async with bench.running(120, 40):
        for text in (FIRST, "Good. And then?"):
            turns = len(bench.state.turns)
            bench.app.submit(text)
            await bench.until(lambda before=turns: len(bench.state.turns) > before)  # type: ignore[misc] # a lambda with a default
            await bench.until(lambda: not bench.state.working)
        await bench.send("/compact")
        await bench.dialog()
        await bench.sees("at risk, in nothing that stays")
        await album.add(bench, "risk-120")
        await bench.resize(80, 24)
        await bench.sees("at risk, in nothing that stays")
        await album.add(bench, "risk-80")
        await bench.press("e", *["down"] * 12, "end", "enter")
        await bench.type("Never change the public names, and keep tests/test_cart.py green.")
        await bench.press("ctrl+s")
        await bench.sees("it would see")
        await bench.press("up", "up", "up", "up", "up", "up", "p")
        await bench.sees("pin ")
        await bench.settle()
        await album.add(bench, "edited-80")
        await bench.resize(120, 40)
        await album.add(bench, "edited-120")
        await bench.press("y")
        await bench.until(lambda: not bench.state.pending)
        await bench.sees("compacted:")
        await album.add(bench, "fold-120")
    assert not album.different
