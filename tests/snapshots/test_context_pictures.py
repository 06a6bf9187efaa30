"""Pictures of the context gauge, and of what the model sees."""

from __future__ import annotations

from pathlib import Path

from support.album import Album
from support.scenes import Scene
from support.workbench import script

_FILLING = """
window: 20000
input_price: 3.0
output_price: 15.0
cache_read_price: 0.3
answers:
- {text: One., usage: {input_tokens: 3900, output_tokens: 100}}
- {text: Two., usage: {input_tokens: 15600, output_tokens: 200, cache_read_tokens: 3900}}
- {text: Three., usage: {input_tokens: 16100, output_tokens: 100, cache_read_tokens: 15600}}
- {text: Four., usage: {input_tokens: 19900, output_tokens: 100, cache_read_tokens: 16100}}
- error: {kind: auth, message: The key is wrong.}
"""


async def test_the_gauge_fills_up(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path, model=script(_FILLING))
    async with scene.running(120, 40) as bench:
        for number, name in (("One", "20"), ("Two", "79"), ("Three", "81"), ("Four", "100")):
            await bench.send(f"Go on with the parser, part {number.lower()}.")
            await bench.sees(f"{number}.")
            await bench.idle()
            await album.add(bench, f"gauge-{name}")
        await bench.send("And the rest.")
        await bench.sees("The key is wrong.")
        await bench.idle()
        await album.add(bench, "gauge-estimated")
    assert not album.different


async def test_the_gauge_without_a_window(album: Album, tmp_path: Path) -> None:
    model = script("- {text: One., usage: {input_tokens: 3900, output_tokens: 100}}")
    scene = Scene(tmp_path, model=model)
    async with scene.running(120, 40) as bench:
        await bench.send("Go on with the parser.")
        await bench.sees("One.")
        await bench.idle()
        await album.add(bench, "gauge-no-window")
    assert not album.different


_WORK = """
window: 20000
input_price: 3.0
output_price: 15.0
cache_read_price: 0.3
answers:
- text: Let me read it.
  usage: {input_tokens: 3900, output_tokens: 60}
  calls: [{tool: read, arguments: {path: README.md}}]
- usage: {input_tokens: 4100, output_tokens: 20, cache_read_tokens: 3900}
  calls: [{tool: read, arguments: {path: shoplist/parse.py}}]
- text: A line becomes an item with a count and a price.
  usage: {input_tokens: 7400, output_tokens: 80, cache_read_tokens: 3900}
- text: It does not.
  usage: {input_tokens: 7600, output_tokens: 20, cache_read_tokens: 7400}
"""


async def test_the_inspector(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path, model=script(_WORK))
    async with scene.running(120, 40) as bench:
        await bench.send("How are lines read?")
        await bench.sees("A line becomes an item")
        await bench.idle()
        await bench.send("Does it know other currencies?")
        await bench.sees("It does not.")
        await bench.idle()
        await bench.press("ctrl+x", "c", "up", "up", "p", "up", "d")
        await bench.sees("pinned", "dropped")
        await album.add(bench, "inspector-120")
        await bench.press("l")
        await bench.sees("largest first")
        await bench.resize(80, 24)
        await album.add(bench, "inspector-80")
    assert not album.different
