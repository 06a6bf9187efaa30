"""Themes: what their files say, and what becomes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.style import Style
from textual.app import App

from goose_tui.first_frame import LOOK_FILE
from goose_tui.theme_file import GROUNDS, INKS, SYNTAX, Theme, ThemeError, parse_theme
from goose_tui.theme_shelf import DEFAULT_THEME, PLAIN_THEME, shelf
from goose_tui.theming import load_look, make_palette, textual_theme
from goose_tui.view.code_colours import code_colours

REQUIRED = {
    "background": "#000000",
    "text": "#eeeeee",
    "dim": "#999999",
    "accent": "#66ccff",
    "ok": "#66ff66",
    "warn": "#ffff66",
    "error": "#ff6666",
}
OURS = (
    "ember",
    "graphite",
    "heather",
    "lakeside",
    "linen",
    "meadow",
    "moss",
    "summit",
    "terminal",
)
WRITTEN_ON = {
    "code": ("background", "code_background"),
    "added": ("added_background",),
    "removed": ("removed_background",),
    "rule": (),
}
EVERYWHERE = ("background", "surface", "panel", "cursor", "selection")


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = str(tmp_path_factory.mktemp("home"))
    return {"GOOSE_TUI_HOME": home, "TERM": "xterm", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pairs(theme: Theme) -> Iterator[tuple[str, str, float]]:
    """Every text and ground that meet, and their contrast."""
    for role in INKS:
        for ground in WRITTEN_ON.get(role, EVERYWHERE):
            yield role, ground, contrast(theme.inks[role].colour, theme.inks[ground].colour)
    for kind in SYNTAX:
        ground = theme.inks["code_background"].colour
        yield kind, "code_background", contrast(theme.syntax[kind].colour, ground)


def test_there_are_themes_for_every_taste(environ: dict[str, str]) -> None:
    found = shelf(environ)
    assert found.problems == ()
    assert tuple(sorted(found.themes)) == OURS
    assert next(iter(found.themes)) == DEFAULT_THEME
    assert sum(not theme.dark for theme in found.themes.values()) == 2


@pytest.mark.parametrize("name", [name for name in OURS if name != PLAIN_THEME])
def test_text_can_be_read_on_what_it_stands_on(environ: dict[str, str], name: str) -> None:
    low = [
        (role, ground, round(value, 2))
        for role, ground, value in pairs(shelf(environ).take(name))
        if value < (3 if role == "dim" else 4.5)
    ]
    assert low == []


def test_the_theme_of_high_contrast_has_it(environ: dict[str, str]) -> None:
    theme = shelf(environ).take("summit")
    assert [pair for pair in pairs(theme) if pair[2] < 7] == []


def test_the_terminals_own_colours_are_its_own(environ: dict[str, str]) -> None:
    theme = shelf(environ).take(PLAIN_THEME)
    assert theme.ansi
    inks = [*theme.inks.values(), *theme.syntax.values()]
    assert not any(ink.colour.startswith("#") for ink in inks)
    # Which of these can be read depends on the terminal's background.
    assert not {ink.colour for ink in inks} & {"black", "white", "bright_black", "bright_white"}


@pytest.mark.parametrize("name", OURS)
def test_every_role_of_the_palette_has_a_style(environ: dict[str, str], name: str) -> None:
    palette = make_palette(shelf(environ).take(name))
    roles = [role for role, kind in type(palette).__annotations__.items() if kind == "Style"]
    assert [role for role in roles if getattr(palette, role) == Style()] == []


@pytest.mark.parametrize("name", [name for name in OURS if name != "terminal"])
def test_what_changed_within_a_line_can_be_read(environ: dict[str, str], name: str) -> None:
    palette = make_palette(shelf(environ).take(name))
    for words in (palette.added_words, palette.removed_words):
        assert words.color is not None
        assert words.bgcolor is not None
        colours = [colour.get_truecolor().hex for colour in (words.color, words.bgcolor)]
        assert contrast(*colours) >= 4.5


def test_where_colours_are_few_what_changed_is_underlined(environ: dict[str, str]) -> None:
    look = load_look("summit", {**environ, "COLORTERM": "", "TERM": "xterm-256color"})
    assert look.palette.added_words.underline
    assert not load_look("summit", environ).palette.added_words.underline


def test_a_home_whose_name_is_not_utf8_is_no_trouble(tmp_path: Path) -> None:
    home = str(tmp_path / "h\udcff")
    assert load_look("", {"GOOSE_TUI_HOME": home}).name == DEFAULT_THEME


@pytest.mark.parametrize("name", OURS)
async def test_textual_takes_every_theme(environ: dict[str, str], name: str) -> None:
    theme = textual_theme(shelf(environ).take(name))

    class Bench(App[None]):
        def on_mount(self) -> None:
            self.register_theme(theme)
            self.theme = theme.name

    async with Bench().run_test() as pilot:
        variables = pilot.app.get_css_variables()
        wanted = {role.replace("_", "-") for role in (*GROUNDS, *INKS)}
        assert wanted <= variables.keys()
        assert pilot.app.current_theme is theme


def test_code_has_the_colours_of_the_theme(environ: dict[str, str]) -> None:
    from pygments.token import Token

    theme = shelf(environ).take("lakeside")
    colours = code_colours(make_palette(theme).syntax)
    style = colours.get_style_for_token(Token.Keyword.Namespace)
    assert style == Style.parse(theme.syntax["keyword"].colour)


def test_a_short_theme_is_completed() -> None:
    theme = parse_theme({"name": "mine", "colours": {**REQUIRED, "link": "blue bold"}}, "f")
    assert (str(theme.inks["panel"]), str(theme.inks["link"])) == ("#000000", "blue bold")
    assert (str(theme.syntax["function"]), theme.dark) == ("blue bold", True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "my.yaml: name is missing."),
        ({"dark": "yes"}, "my.yaml: dark: 'yes' is neither true nor false."),
        ({"colours": None}, "my.yaml: colours is missing."),
        ({"colours": ["red"]}, "my.yaml: colours is no list of keys and values."),
        ({"colours": {"text": "red"}}, "my.yaml: colours.background is missing."),
        ({"colours": {**REQUIRED, "text": "#12"}}, "my.yaml: colours.text: '#12' is no colour."),
        ({"colours": {**REQUIRED, "text": None}}, "my.yaml: colours.text: nothing is no colour."),
        ({"colours": {**REQUIRED, "acent": "red"}}, "Did you mean colours.accent?"),
        ({"syntax": {"keywords": "red"}}, "Did you mean syntax.keyword?"),
        ({"colors": {}}, "Did you mean colours?"),
    ],
)
def test_a_wrong_theme_says_where(change: dict[str, object], words: str) -> None:
    data: dict[str, object] = {"name": "mine", "colours": REQUIRED, **change}
    with pytest.raises(ThemeError) as caught:
        parse_theme(data, "my.yaml")
    assert words in str(caught.value)


def write_theme(home: Path, file: str, text: str) -> Path:
    path = home / "config" / "themes" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def mine(name: str = "mine", **roles: str) -> str:
    colours = "".join(f"  {role}: '{ink}'\n" for role, ink in {**REQUIRED, **roles}.items())
    return f"name: {name}\ncolours:\n{colours}"


def test_a_users_theme_is_seen_and_so_are_its_changes(tmp_path: Path) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    assert "mine" not in shelf(environ).themes
    path = write_theme(tmp_path, "mine.yaml", mine())
    assert str(shelf(environ).take("mine").inks["accent"]) == "#66ccff"
    write_theme(tmp_path, "mine.yaml", mine(accent="bright_red bold"))
    assert str(shelf(environ).take("mine").inks["accent"]) == "bright_red bold"
    path.unlink()
    assert "mine" not in shelf(environ).themes


def test_a_users_theme_replaces_ours_of_the_same_name(tmp_path: Path) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    write_theme(tmp_path, "x.yml", mine("lakeside"))
    assert str(shelf(environ).take("lakeside").inks["background"]) == "#000000"


def test_a_broken_file_is_told_and_the_others_work(tmp_path: Path) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    write_theme(tmp_path, "a.yaml", "name: [")
    write_theme(tmp_path, "b.yaml", mine(dim="grey50"))
    write_theme(tmp_path, "c.yaml", mine())
    for found in (shelf(environ), shelf(environ)):
        assert "mine" in found.themes and DEFAULT_THEME in found.themes
        assert len(found.problems) == 2
        assert "a.yaml" in found.problems[0] and "colours.dim" in found.problems[1]


def test_what_was_compiled_is_the_same_as_what_was_read(tmp_path: Path) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    assert shelf(environ) == shelf(environ)


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"format": 1, "sources": 3}'])
def test_a_damaged_compilation_is_made_anew(tmp_path: Path, damage: str) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    before = shelf(environ)
    (tmp_path / "cache" / "themes.json").write_text(damage, encoding="utf-8")
    assert shelf(environ) == before


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    assert load_look("moss", {"GOOSE_TUI_HOME": str(tmp_path)}).name == "moss"


def test_the_theme_last_used_is_the_one_of_the_next_start(environ: dict[str, str]) -> None:
    load_look("moss", environ)
    assert load_look("", environ).name == "moss"
    cache = Path(environ["GOOSE_TUI_HOME"], "cache")
    assert (cache / LOOK_FILE).read_text(encoding="utf-8").startswith("moss\n")


def test_a_theme_that_is_gone_is_replaced_by_the_default(tmp_path: Path) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    path = write_theme(tmp_path, "mine.yaml", mine())
    load_look("mine", environ)
    path.unlink()
    assert load_look("", environ).name == DEFAULT_THEME


def test_an_unknown_theme_is_refused_with_the_names_there_are(environ: dict[str, str]) -> None:
    with pytest.raises(ThemeError, match=r"No theme is named nord\. There are lakeside, "):
        load_look("nord", environ)


def test_where_colours_are_not_wanted_there_are_none(environ: dict[str, str]) -> None:
    look = load_look("moss", {**environ, "NO_COLOR": "1"})
    assert (look.name, look.theme.ansi) == ("moss", True)


def test_a_second_start_reads_no_yaml(tmp_path: Path) -> None:
    environ = {"GOOSE_TUI_HOME": str(tmp_path)}
    shelf(environ)
    code = (
        f"import sys; sys.path += {[path for path in sys.path if path]!r}; "
        f"from goose_tui.theme_shelf import shelf; shelf({environ!r}); "
        "print('yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
