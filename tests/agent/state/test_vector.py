"""The vector behaves as a list that is never changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.state.vector import Vector

items = st.lists(st.integers(), max_size=200)


@given(items)
def test_it_holds_what_it_was_made_from(values: list[int]) -> None:
    vector = Vector(values)
    assert list(vector) == values
    assert len(vector) == len(values)
    assert list(reversed(vector)) == values[::-1]
    assert vector == Vector(iter(values))
    assert hash(vector) == hash(Vector(values))


@given(items, st.integers())
def test_an_append_makes_another_one(values: list[int], item: int) -> None:
    vector = Vector(values)
    assert list(vector.append(item)) == [*values, item]
    assert list(vector) == values


@given(items)
def test_appends_one_by_one_make_the_same(values: list[int]) -> None:
    vector: Vector[int] = Vector()
    for value in values:
        vector = vector.append(value)
    assert vector == Vector(values)


@given(items.filter(bool), st.data())
def test_a_change_makes_another_one(values: list[int], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    vector = Vector(values)
    changed = vector.set(at, -1)
    expected = [*values[:at], -1, *values[at + 1 :]]
    assert list(changed) == expected
    assert list(vector) == values
    assert [changed[index] for index in range(-len(values), len(values))] == expected * 2


@given(items, st.integers(-250, 250), st.integers(-250, 250), st.sampled_from([1, 2, -1, -3]))
def test_slices_are_those_of_a_list(values: list[int], start: int, stop: int, step: int) -> None:
    assert list(Vector(values)[start:stop:step]) == values[start:stop:step]


@pytest.mark.parametrize("at", [3, -4, 10**9])
def test_beyond_its_ends_there_is_nothing(at: int) -> None:
    with pytest.raises(IndexError):
        Vector([1, 2, 3])[at]


@pytest.mark.parametrize("at", [3, -1])
def test_beyond_its_ends_nothing_can_be_set(at: int) -> None:
    with pytest.raises(IndexError):
        Vector([1, 2, 3]).set(at, 0)


@given(items.filter(bool), st.data())
def test_it_tells_where_it_differs_from_its_successor(
    values: list[int], data: st.DataObject
) -> None:
    vector = Vector([object() for _ in values])
    at = data.draw(st.integers(0, len(values) - 1))
    assert vector.first_difference(vector) == len(values)
    assert vector.first_difference(vector.append(object())) == len(values)
    assert vector.append(object()).first_difference(vector) == len(values)
    assert vector.set(at, object()).first_difference(vector) == at
    assert vector.first_difference(Vector()) == 0
