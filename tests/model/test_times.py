"""Times as products write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.times import parse_time, rfc3339


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-15T01:18:41Z", "2026-11-15T01:18:41Z"),
        ("2026-11-15T01:18:41.123456789Z", "2026-11-15T01:18:41.123456Z"),
        ("2026-11-15 01:18:41,5", "2026-11-15T01:18:41.500000Z"),
        ("2026/1/5 03:04", "2026-01-05T03:04:00Z"),
        ("2026-11-15T02:18:41.000000+0100", "2026-11-15T01:18:41Z"),
        ("2026-11-14T20:18:41-05:00", "2026-11-15T01:18:41Z"),
        ("2026-11-15", "2026-11-15T00:00:00Z"),
        (1692161668.553848, "2023-08-16T04:54:28.553848Z"),
        ("1692161668.553848", "2023-08-16T04:54:28.553848Z"),
        (1692161668553, "2023-08-16T04:54:28.553000Z"),
        (1692161668553848, "2023-08-16T04:54:28.553848Z"),
        (1692161668553848000, "2023-08-16T04:54:28.553848Z"),
        (3.25, "1970-01-01T00:00:03.250000Z"),
    ],
)
def test_times_are_read(value: object, expected: str) -> None:
    assert rfc3339(parse_time(value)) == expected


@pytest.mark.parametrize("value", ["", "yesterday", "2026-13-01", "2026-02-30T00:00:00Z", None, True, [], float("nan")])
def test_what_is_no_time_gives_none(value: object) -> None:
    assert parse_time(value) is None


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_anything_is_read_without_raising(value: object) -> None:
    time_us = parse_time(value)
    assert time_us is None or isinstance(time_us, int)
    rfc3339(time_us)


@given(st.integers(min_value=-60_000_000_000_000_000, max_value=250_000_000_000_000_000))
def test_writing_and_reading_give_the_same_time(time_us: int) -> None:
    text = rfc3339(time_us)
    assert text is not None
    assert parse_time(text) == time_us
