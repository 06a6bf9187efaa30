"""Choices with titles: what a person sees, and what a server gets."""

from __future__ import annotations

import pytest

from goose_tui.view.titled_choices import titled_choices

HEROES = [{"const": "h1", "title": "Superman"}, {"const": "h2", "title": "Spider-Man"}]


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "string", "oneOf": HEROES},
        {"type": "string", "enum": ["h1", "h2"], "enumNames": ["Superman", "Spider-Man"]},
    ],
)
def test_one_of_several_is_shown_by_its_title(wanted: dict[str, object]) -> None:
    choices = titled_choices({"type": "object", "properties": {"hero": wanted}})
    assert choices.schema["properties"]["hero"]["enum"] == ["Superman", "Spider-Man"]
    assert choices.shown({"hero": "h2"}) == {"hero": "Spider-Man"}
    assert choices.meant({"hero": "Superman"}) == {"hero": "h1"}


def test_several_of_several_are_shown_by_their_titles() -> None:
    wanted = {"type": "array", "items": {"anyOf": HEROES}, "description": "Whom"}
    choices = titled_choices({"type": "object", "properties": {"heroes": wanted}})
    shown = choices.schema["properties"]["heroes"]
    assert shown["items"] == {"type": "string"}
    assert shown["description"] == "Whom. any of Superman, Spider-Man"
    assert choices.meant({"heroes": ["Spider-Man"]}) == {"heroes": ["h2"]}


def test_what_has_no_titles_is_left_as_it_is() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "odd": 1}}
    choices = titled_choices(schema)
    assert choices.schema == schema
    assert choices.shown({"name": "x", "odd": 2}) == {"name": "x", "odd": 2}
