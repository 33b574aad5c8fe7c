"""Names taken apart: who registered what, and what stands before it."""

from __future__ import annotations

import pytest

from tocsin.detect.behaviour.domains import bits, outside, parts


@pytest.mark.parametrize(
    ("name", "domain", "label", "rest"),
    [
        ("www.chu-exemple.fr", "chu-exemple.fr", "chu-exemple", "www"),
        ("chu-exemple.fr", "chu-exemple.fr", "chu-exemple", ""),
        ("a.b.exemple.gouv.fr", "exemple.gouv.fr", "exemple", "a.b"),
        ("www.example.co.uk", "example.co.uk", "example", "www"),
        ("co.uk", "co.uk", "co", ""),
        ("x.strangers.duckdns.org", "strangers.duckdns.org", "strangers", "x"),
        ("www.example.xn--p1ai", "example.xn--p1ai", "example", "www"),
        ("srv-pacs", "", "", "srv-pacs"),
        ("1.2.0.192", "", "", "1.2.0.192"),
        ("a..b", "", "", "a..b"),
        ("..", "", "", ".."),
        ("", "", "", ""),
        ("nom." + "x" * 30, "", "", "nom." + "x" * 30),
    ],
)
def test_parts(name: str, domain: str, label: str, rest: str) -> None:
    assert parts(name) == (domain, label, rest)


def test_outside() -> None:
    assert outside("www.example.org")
    for name in ("srv-pacs", "10.in-addr.arpa", "srv.hopital.local", "imprimante.lan"):
        assert not outside(name)


def test_bits() -> None:
    assert bits("") == 0.0
    assert bits("aaaa") == 0.0
    assert bits("abcd") == 2.0
