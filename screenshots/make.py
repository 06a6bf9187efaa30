"""Make the pictures of the README from the running program: `make screenshots`.

The program works on a small project with a scripted model, in a terminal of no real size. Each
picture is written as SVG and, from that, as PNG.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / name) for name in ("app", "agent", "themes", "tests")]

# Found in the folders above.
from support.scenes import HOME, Scene, picture_of  # noqa: E402
from support.workbench import surroundings  # noqa: E402

__all__ = ["main", "png_of"]

FONT = "DejaVu Sans Mono"
"""Has every glyph of the workbench, each as wide as the others."""
_FONT_FILES = (
    "DejaVuSansMono.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSansMono-Oblique.ttf",
    "DejaVuSansMono-BoldOblique.ttf",
    "DejaVuSans.ttf",  # has the spinner
)
_FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/Library/Fonts").expanduser(),
)
_FONT_FACES = re.compile(r"\s*@font-face \{[^}]*\}")
_FAMILY = re.compile(r"font-family: [^;]*;")
_SIZE = "font-size: 20px;"
_FULL_SIZE = "font-size: 21px;"
"""At which this font's lines that divide meet from row to row."""


def main() -> int:
    """Make all pictures; the result is the exit status."""
    fonts = font_files()
    if not fonts:
        print(f"The font {FONT} is not installed: on Debian, apt install fonts-dejavu-core.")
        return 1
    for name, svg in anyio.run(pictures).items():
        drawn = with_font(svg)
        (HERE / f"{name}.svg").write_text(drawn, encoding="utf-8")
        (HERE / f"{name}.png").write_bytes(png_of(drawn, fonts))
        print(f"screenshots/{name}.png")
    return 0


async def pictures() -> dict[str, str]:
    """The pictures by name, as SVG."""
    made: dict[str, str] = {}
    with TemporaryDirectory() as name:
        base = Path(name)
        for variable, value in surroundings(base, HOME).items():
            os.environ.pop(variable, None)
            if value is not None:
                os.environ[variable] = value
        scene = Scene(base)
        async with scene.running(120, 36) as bench:
            await scene.ask()
            await scene.see_it_fail()
            made["approval"] = await picture_of(bench)
            await scene.mend_it()
            made["workbench"] = await picture_of(bench)
            await bench.resize(80, 24)
            made["narrow"] = await picture_of(bench)
            await bench.resize(120, 36)
            await scene.finish()
            made["finished"] = await picture_of(bench)
            os.environ["HOME"] = name  # the record has the real folders
            await bench.send("/replay 70%")
            await bench.sees("h l event")
            made["replay"] = await picture_of(bench)
            await bench.press("y")
            await bench.sees("Why")
            made["why"] = await picture_of(bench)
            await bench.press("escape", "w")
            await bench.sees("Who waited")
            made["waterfall"] = await picture_of(bench)
            await bench.press("escape", "q")
            await bench.sees("enter send")
            os.environ["HOME"] = HOME
            bench.app.use_theme("linen")
            made["light"] = await picture_of(bench)
    return made


def with_font(svg: str) -> str:
    """A picture in the font that is at hand, which columns need to line up."""
    family = f"font-family: {FONT}, monospace;"
    return _FAMILY.sub(family, _FONT_FACES.sub("", svg)).replace(_SIZE, _FULL_SIZE)


def png_of(svg: str, fonts: list[str]) -> bytes:
    """A picture as PNG.

    Args:
        svg: the picture.
        fonts: files of the font.
    """
    from resvg_py import svg_to_bytes  # of the group `pictures`, which nothing else needs

    return svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=fonts,
        font_family=FONT,
        monospace_family=FONT,
        zoom=1,
    )


def font_files() -> list[str]:
    """The files of the font; none where it is not installed."""
    found = {
        path.name: str(path)
        for folder in _FONT_FOLDERS
        if folder.is_dir()
        for path in folder.rglob("DejaVuSans*.ttf")
        if path.name in _FONT_FILES
    }
    return sorted(found.values()) if _FONT_FILES[0] in found else []


if __name__ == "__main__":
    sys.exit(main())
