"""Markdown as rows, whole and while it is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style

from goose_agent.evolve import evolve
from goose_tui.view.lines import Prefix
from goose_tui.view.markdown import StreamingMarkdown, render_markdown
from goose_tui.view.offsets import copied_text
from goose_tui.view.palette import Palette

_PLAIN = Palette.plain()
_TEXT = """\
# Title

Some *emph* and **strong** `code`, a [link](http://a.example/c)
second line

- one
- two
  continued
    1. nested that is long enough to wrap around
    2. more
       ```py
       def f(): return 1
       ```
- [x] done
- [ ] todo

> quote
> - list
lazy

| a | b | longer column |
|--:|:-:|---|
| 1 | 2 | text that must wrap to the width |

***
```python
def foo(a):
\treturn a
```
    indented

end
"""


def _rows(text: str, width: int = 40, palette: Palette = _PLAIN) -> list[str]:
    return [line.strip.text.rstrip() for line in render_markdown(text, width, palette)]


def _styles(text: str, palette: Palette) -> dict[str, Style | None]:
    return {
        segment.text: segment.style
        for line in render_markdown(text, 80, palette)
        for segment in line.strip
    }


def test_everything_together_looks_as_it_should() -> None:
    assert _rows(_TEXT) == [
        "Title",
        "",
        "Some emph and strong code, a link",
        "(http://a.example/c)",
        "second line",
        "",
        "• one",
        "• two",
        "  continued",
        "  1. nested that is long enough to wrap",
        "     around",
        "  2. more",
        "      py",
        "      def f(): return 1",
        "✓ done",
        "○ todo",
        "",
        "│ quote",
        "│ • list",
        "│   lazy",
        "",
        "a │ b │ longer column",
        "─" * 40,
        "1 │ 2 │ text that must wrap to the width",
        "",
        "─" * 40,
        " python",
        " def foo(a):",
        "     return a",
        " indented",
        "",
        "end",
    ]


def test_copying_gives_the_text_without_decoration() -> None:
    lines = render_markdown("> one two three\n\n- four five six seven", 12, _PLAIN)
    assert copied_text(lines) == "one two three\n\n• four five six seven"
    code = render_markdown("a\n```py\nx = 1\n```\nb", 20, _PLAIN)
    assert copied_text(code) == "a\nx = 1\nb"


def test_inline_styles_come_from_the_palette() -> None:
    palette = evolve(
        _PLAIN,
        emphasis=Style(italic=True),
        strong=Style(bold=True),
        code=Style(reverse=True),
        heading=Style(underline=True),
    )
    styles = _styles("# *h*\n\na *e* **s** `c` ~~x~~", palette)
    assert styles["h"] == Style(underline=True, italic=True)
    assert styles["e"] == Style(italic=True)
    assert styles["s"] == Style(bold=True)
    assert styles["c"] == Style(reverse=True)
    assert styles["x"] == Style(strike=True)


def test_code_has_a_background_over_the_full_width() -> None:
    palette = evolve(_PLAIN, code_block=Style(bgcolor="black"))
    for line in render_markdown("```\nx\n\nlonger\n```", 20, palette):
        assert line.strip.cell_length == 20
        assert all(part.style and part.style.bgcolor for part in line.strip)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (
            "[https://good.example](http://evil.example)",
            "https://good.example (http://evil.example)",
        ),
        ("[same](http://same.example)", "same (http://same.example)"),
        ("<http://auto.example>", "http://auto.example"),
        ("see http://bare.example/a_b_c.", "see http://bare.example/a_b_c."),
        ("![alt](http://e.example/x.png)", "alt (http://e.example/x.png)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ],
)
def test_links_show_where_they_lead(text: str, row: str) -> None:
    assert _rows(text, 60) == [row]


def test_only_web_addresses_become_links_of_the_terminal() -> None:
    styles = _styles("[a](https://x.example) [b](ssh://y) [c](foo.py) https://z.example/1", _PLAIN)
    links = {text: style.link for text, style in styles.items() if style and style.link}
    assert links == {"a": "https://x.example", "https://z.example/1": "https://z.example/1"}


def test_html_entities_and_controls_are_shown_and_never_obeyed() -> None:
    assert _rows("<b>x</b> &#x202e; &amp; \x1b[2J", 60) == ["<b>x</b> ⟨U+202E⟩ & ␛[2J"]


def test_markup_of_the_screen_library_is_text() -> None:
    assert _rows("[bold red]x[/] [@click=app.quit]y[/]", 60) == [
        "[bold red]x[/] [@click=app.quit]y[/]"
    ]


def test_numbers_go_on_from_the_first_one() -> None:
    assert _rows("7. a\n7. b\n\n7. c") == ["7. a", "8. b", "", "9. c"]


def test_two_blanks_nest_under_a_number() -> None:
    assert _rows("1. a\n  - b\n2. c") == ["1. a", "   • b", "2. c"]


def test_empty_items_show_their_bullet() -> None:
    assert _rows("- a\n-\n- c") == ["• a", "•", "• c"]


def test_an_open_fence_is_code() -> None:
    assert _rows("```\nnever closed **x**") == [" never closed **x**"]


def test_tables_shrink_to_the_width() -> None:
    table = "| name | text |\n|---|---|\n| a | one two three four five six |\n"
    rows = _rows(table, 20)
    assert rows[0] == "name │ text"
    assert rows[2:] == ["a    │ one two three", "     │ four five six"]
    assert all(line.strip.cell_length <= 4 for line in render_markdown(table, 4, _PLAIN))


def test_lines_keep_their_prefix_and_identity_while_text_grows() -> None:
    stream = StreamingMarkdown(30, _PLAIN, prefix=Prefix((Segment("> "),), (Segment("  "),)))
    stream.update("first\n\nsecond\n\n")
    before = list(stream.lines())
    stream.update("first\n\nsecond\n\nthird")
    after = stream.lines()
    assert [line.strip.text for line in after] == ["> first", "  ", "  second", "  ", "  third"]
    assert after[0] is before[0]


def test_a_text_that_changed_before_its_end_starts_afresh() -> None:
    stream = StreamingMarkdown(30, _PLAIN)
    stream.update("one")
    stream.lines()
    stream.update("two\n")
    assert [line.strip.text for line in stream.lines()] == ["two"]


_SPLIT = st.lists(st.integers(1, 30), min_size=1, max_size=40)
_DOCUMENT = st.lists(
    st.sampled_from(
        [
            *_TEXT.splitlines(keepends=True),
            "```\n",
            "```py\n",
            "- x\n",
            "  - y\r\n",
            "> q\n",
            "> ```\n",
            "\n",
            "1. n\n",
            "    code\n",
            "a | b\n",
            "|---|---|\n",
            "| `c` | **d** |\n",
            "word " * 300,
            "x" * 1500,
            "**bold " * 120 + "\n",
            "- " + "item `code` " * 130 + "\n",
            "> " + "quote " * 250 + "\n",
            "你好 👩\u200d👧 e\u0301\n",
            "\x1b[31m\u202e",
        ]
    ),
    max_size=12,
).map("".join)


@settings(deadline=None, max_examples=60)
@given(_DOCUMENT, _SPLIT, st.sampled_from([7, 30, 80]))
def test_however_a_text_arrives_it_ends_as_if_rendered_whole(
    text: str, sizes: list[int], width: int
) -> None:
    whole = render_markdown(text, width, _PLAIN)
    stream = StreamingMarkdown(width, _PLAIN)
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)] * (1 + len(text) // 300)
        stream.append(text[at : at + size])
        if turn % 2:
            stream.lines()
        at, turn = at + size, turn + 1
    assert stream.lines() == whole
    stream.finish()
    assert stream.lines() == whole
    assert all(line.strip.cell_length <= width for line in whole)


@pytest.mark.parametrize(
    "unit",
    [
        "The quick *brown* fox. ",
        "The quick *brown* fox.\n",
        "x",
        "- item *x*\n",
        "- a\n    - b\n",
        "> quote\n",
        "| a | b |\n|---|---|\n",
        "```\n",
        "```py\nx = 1\n",
    ],
)
def test_a_token_costs_no_more_in_a_long_answer_than_in_a_short_one(unit: str) -> None:
    stream = StreamingMarkdown(60, _PLAIN)
    stream.append(unit * (80_000 // len(unit)))
    first = stream.lines()
    stream.append("more")
    second = stream.lines()
    redrawn = sum(old is not new for old, new in zip(first, second, strict=False))
    assert redrawn < 300
