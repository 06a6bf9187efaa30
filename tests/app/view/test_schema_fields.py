"""Arguments as fields: what is written comes back as what the schema wants, or with what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_tui.view.schema_fields import FieldFault, fields_of, json_text, read_fields, read_json

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "share": {"type": "number"},
        "quick": {"type": "boolean"},
        "how": {"enum": ["soft", "hard", 3]},
        "names": {"type": "array", "items": {"type": "string"}},
        "deep": {"type": "object"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["text"],
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ARGUMENTS = st.fixed_dictionaries(
    {"text": st.text()},
    optional={
        "count": st.integers(1, 9),
        "share": st.floats(allow_nan=False, allow_infinity=False),
        "quick": st.booleans(),
        "how": st.sampled_from(["soft", "hard", 3]),
        "names": st.lists(st.text()),
        "deep": st.dictionaries(st.text(), JSON),
        "other": JSON,
    },
)


@given(ARGUMENTS)
def test_what_nobody_changed_comes_back_as_it_was(arguments: dict[str, Any]) -> None:
    fields = fields_of(arguments, SCHEMA)
    assert read_fields(fields, [field.text for field in fields]) == arguments


@given(ARGUMENTS)
def test_json_comes_back_as_it_was_and_hides_nothing(arguments: dict[str, Any]) -> None:
    assert read_json(json_text(arguments), SCHEMA) == arguments
    assert "\u202e" not in json_text({"text": "\u202e\U000e0041"})


def test_each_kind_of_value_has_its_field() -> None:
    kinds = {field.name: field.kind for field in fields_of({}, SCHEMA)}
    assert kinds == {
        "text": "text",
        "count": "integer",
        "share": "number",
        "quick": "choice",
        "how": "choice",
        "names": "lines",
        "deep": "json",
        "maybe": "text",
    }


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("count", "many", "count: a whole number is wanted"),
        ("count", "0", "count: at least 1 is wanted"),
        ("count", "10", "count: at most 9 is wanted"),
        ("share", "nan", "share: a number is wanted"),
        ("deep", "{", "deep: expecting property name"),
        ("deep", '{"a": 1, "a": 2}', "deep: a name stands there twice"),
    ],
)
def test_a_wrong_text_is_refused_with_the_name_of_its_field(
    name: str, text: str, fault: str
) -> None:
    fields = fields_of({"text": "x"}, SCHEMA)
    texts = [text if field.name == name else field.text for field in fields]
    with pytest.raises(FieldFault, match=fault):
        read_fields(fields, texts)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[1]", "an object in braces is wanted"),
        ("{}", "text: a value is needed"),
        ('{"text": 1}', "text: string is wanted"),
        ('{"text": "x", "count": true}', "count: integer is wanted"),
        ('{"text": "x", "how": "odd"}', "how: one of"),
        ('{"text": "x", "share": NaN}', "NaN is not JSON"),
    ],
)
def test_wrong_json_is_refused(text: str, fault: str) -> None:
    with pytest.raises(FieldFault, match=fault):
        read_json(text, SCHEMA)
