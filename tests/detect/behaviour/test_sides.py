"""Which way a contact goes, by its two addresses alone."""

from __future__ import annotations

import pytest

from tocsin.detect.behaviour.sides import INNER, OUT, WORLD, outside, side

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


@pytest.mark.parametrize(
    "text", ["", "10.0.0.1", "100.64.3.3", "fd00::1", "127.0.0.1", "host", "1.2.3", "\ud800", "224.0.0.1"]
)
def test_not_outside(text: str) -> None:
    assert not outside(text)
