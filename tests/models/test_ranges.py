"""Sets of keys as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.models.reading import format_ranges, parse_ranges


@given(st.sets(st.integers(min_value=0, max_value=10**12)))
def test_ranges_come_back_as_they_were(keys: set[int]) -> None:
    assert parse_ranges(format_ranges(keys)) == keys


def test_neighbors_are_told_as_one_range() -> None:
    assert format_ranges({3, 1, 2, 7}) == "1-3,7"


@given(st.text())
def test_any_text_gives_some_set(text: str) -> None:
    assert all(key >= 0 for key in parse_ranges(text))


@pytest.mark.parametrize(
    ("text", "keys"),
    [("", set()), ("x,4,-,5-x,6", {4, 6}), ("9-7", set()), ("²,٣", set())],
)
def test_what_is_no_range_is_passed_over(text: str, keys: set[int]) -> None:
    assert parse_ranges(text) == keys


def test_a_huge_range_is_cut_at_the_limit() -> None:
    assert parse_ranges("1-999999999999999999,5000000", limit=3) == {1, 2, 3}
