"""Which way a contact goes, by its two addresses alone; rows by their ends."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.flow_rows import flow
from tocsin.detect.behaviour.sides import INNER, OUT, WORLD, by_ends, outside, side
from tocsin.model import names as spell

WAYS = [
    ("10.1.0.5", "8.8.8.8", OUT),
    ("10.1.0.5", "198.51.100.7", OUT),
    ("fd00::5", "2001:db8::7", OUT),
    ("10.1.0.5", "192.168.3.4", INNER),
    ("::ffff:10.1.0.5", "::ffff:10.1.0.6", INNER),
    ("8.8.4.4", "9.9.9.9", WORLD),
    ("9.9.9.9", "10.1.0.5", ""),  # a stranger who comes in
    ("10.1.0.5", "10.1.0.5", ""),
    ("10.1.0.5", "10.1.0.255", ""),
    ("10.1.0.5", "224.0.0.251", ""),
    ("10.1.0.5", "255.255.255.255", ""),
    ("0.0.0.0", "10.1.0.1", ""),
    ("fe80::1", "ff02::fb", ""),
    ("10.1.0.5", "nobody", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("src", "dst", "way"), WAYS)
def test_side(src: str, dst: str, way: str) -> None:
    assert side(src, dst) == way


@pytest.mark.parametrize("first", range(1, 256))
def test_the_short_way_says_what_the_long_one_says(first: int) -> None:
    for text in (f"{first}.20.30.40", f"0{first}.2.3.4", f"{first}.168.0.1", f"{first}.2.3", f"{first}.300.1.1"):
        assert outside(text) == (spell.routable(text) and not spell.internal(text))


@pytest.mark.parametrize(
    "text", ["", "10.0.0.1", "100.64.3.3", "fd00::1", "127.0.0.1", "host", "1.2.3", "\ud800", "224.0.0.1"]
)
def test_not_outside(text: str) -> None:
    assert not outside(text)


def test_rows_by_their_ends_are_in_order_of_time() -> None:
    rows = [flow(2, "10.0.0.1", "10.0.0.2"), flow(5, "10.0.0.3", "10.0.0.2"), flow(1, "10.0.0.1", "10.0.0.2")]
    groups = by_ends(rows)
    assert list(groups) == [("10.0.0.1", "10.0.0.2"), ("10.0.0.3", "10.0.0.2")]
    assert groups["10.0.0.1", "10.0.0.2"] == [rows[2], rows[0]]
