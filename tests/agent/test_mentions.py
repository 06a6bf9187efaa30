"""Where a message mentions a file, and where an `@` is only a letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.mentions import begun_mention, find_mentions, written_mention


def paths(text: str) -> list[str]:
    return [mention.paths[0] for mention in find_mentions(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("look at @src/main.py now", ["src/main.py"]),
        ("@a.png\n@b.png", ["a.png", "b.png"]),
        ("(@a.png) [@b.png](c)", ["a.png)"]),
        ('@"my shot.png" please', ["my shot.png"]),
        (r'@"a \"b\".png"', ['a "b".png']),
        (r"@my\ shot.png please", ["my shot.png"]),
        ("@~/Desktop/shot.png", ["~/Desktop/shot.png"]),
        ("@über/ä.py", ["über/ä.py"]),
        ("mail a@b.org or x@y", []),
        (r"say \@nobody", []),
        ("@ alone, @@twice, `@code`, 'x'@y, \"@quoted/path\"", []),
        ('@"open', []),
        ("it is @a.py's fault", ["a.py"]),
    ],
)
def test_a_mention_begins_a_word(text: str, found: list[str]) -> None:
    assert paths(text) == found


def test_what_ends_a_sentence_may_not_belong_to_the_path() -> None:
    (mention,) = find_mentions("see (@src/a.py).")
    assert mention.paths == ("src/a.py).", "src/a.py)", "src/a.py")
    (placed,) = find_mentions("see @src/a.py:12-20,")
    assert placed.paths == ("src/a.py:12-20,", "src/a.py:12-20", "src/a.py")
    assert next(find_mentions("@src/a.py#L3")).paths[-1] == "src/a.py"


@pytest.mark.parametrize(
    ("line", "begun"),
    [
        ("look at @", (8, "")),
        ("look at @sr", (8, "sr")),
        ('@"my sh', (0, "my sh")),
        (r"@my\ sh", (0, "my sh")),
        ("@src done", None),
        ("a@b", None),
        ('@"closed"', None),
        ("", None),
    ],
)
def test_the_mention_under_way_is_known(line: str, begun: tuple[int, str] | None) -> None:
    assert begun_mention(line) == begun


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \\\"'"), min_size=1)
)
def test_a_path_comes_back_from_its_mention(path: str) -> None:
    if path.isspace():
        return
    found = list(find_mentions(f"see {written_mention(path)} there"))
    assert [mention.paths[0] for mention in found] == [path]
    assert [mention.quoted for mention in found] == [written_mention(path).startswith('@"')]
