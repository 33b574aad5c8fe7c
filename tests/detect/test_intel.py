"""Indicators: every form of file, every kind of match, and what must not match."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detect import intel
from tocsin.detect.intel import Indicator, Indicators
from tocsin.model.times import parse_time

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198.51.100.7", ("address", "198.51.100.7")),
        ("198.51.100[.]7:8080", ("address", "198.51.100.7")),
        ("198.51.100.0/24", ("network", "198.51.100.0/24")),
        ("2001:db8::1", ("address", "2001:db8::1")),
        ("2001:db8::/32", ("network", "2001:db8::/32")),
        ("*.Evil.Example.", ("domain", "evil.example")),
        ("hxxps://evil[.]example/a?b", ("url", "https://evil.example/a?b")),
        (SHA.upper(), ("hash", SHA)),
        ("not an indicator", None),
        ("localhost", None),
    ],
)
def test_kinds(text: str, expected: tuple[str, str] | None) -> None:
    assert intel.classify(text) == expected


STIX = {
    "type": "bundle",
    "objects": [
        {"type": "indicator", "name": "loader", "confidence": 80, "valid_until": "2026-12-01T00:00:00Z",
         "pattern": "[ipv4-addr:value = '198.51.100.7' OR file:hashes.'SHA-256' = '" + SHA + "']"},
        {"type": "indicator", "revoked": True, "pattern": "[domain-name:value = 'old.example.net']"},
        {"type": "malware", "name": "x"},
    ],
}  # fmt: skip
MISP = {
    "Event": {
        "info": "campaign",
        "Attribute": [
            {"type": "domain", "value": "evil.example.org", "to_ids": True},
            {"type": "comment", "value": "quiet.example.org", "to_ids": False},
        ],
        "Object": [{"Attribute": [{"type": "filename|sha256", "value": "a.exe|" + SHA, "to_ids": True}]}],
    }
}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (json.dumps(STIX), ["198.51.100.7", SHA]),
        (json.dumps(MISP), ["evil.example.org", SHA]),
        ("indicator,confidence,expires\nevil.example.org,90,2026-12-01\n,,\n", ["evil.example.org"]),
        ("ip;source\n198.51.100.7;partner\n", ["198.51.100.7"]),
        ("# a list\n198.51.100.7 # c2\n\nevil.example.org\nnonsense here\n", ["198.51.100.7", "evil.example.org"]),
        (json.dumps(["198.51.100.7", 3, None, "x"]), ["198.51.100.7"]),
        ("{broken", []),
    ],
    ids=["STIX", "MISP", "CSV", "CSV with semicolons", "plain", "JSON list", "broken"],
)
def test_forms(text: str, values: list[str]) -> None:
    assert [one.value for one in intel.read(text, "feed")] == values


def test_stix_keeps_confidence_and_expiry() -> None:
    first = next(intel.read(json.dumps(STIX), "feed"))
    assert (first.confidence, first.title, first.source) == (80, "loader", "feed")
    assert first.expires_us == parse_time("2026-12-01T00:00:00Z")


INDICATORS = Indicators(
    [
        Indicator("address", "198.51.100.7", "a"),
        Indicator("network", "203.0.113.0/24", "b"),
        Indicator("network", "203.0.113.64/26", "narrow"),
        Indicator("network", "2001:db8::/32", "six"),
        Indicator("domain", "evil.example.org", "c", expires_us=1_000_000),
        Indicator("url", "https://x.example.net/a", "d"),
        Indicator("hash", SHA, "e"),
        Indicator("domain", "update.example.com", "f"),
    ],
    known_good=["update.example.com"],
)


@pytest.mark.parametrize(
    ("columns", "source"),
    [
        ({"dst_endpoint.ip": "::ffff:198.51.100.7"}, "a"),
        ({"src_endpoint.ip": "203.0.113.9"}, "b"),
        ({"src_endpoint.ip": "203.0.113.70"}, "narrow"),
        ({"src_endpoint.ip": "2001:db8:1::9"}, "six"),
        ({"query.hostname": "cdn.EVIL.example.org."}, "c"),
        ({"http_request.url": "https://x.example.net/a?b=c"}, "d"),
        ({"http_request.url": "http://198.51.100.7:8080/x"}, "a"),
        ({"process.hash": SHA.upper()}, "e"),
        ({"query.hostname": "notevil.example.org"}, None),
        ({"query.hostname": "example.org"}, None),
        ({"dst_endpoint.ip": "198.51.100.8"}, None),
        ({"tls.sni": "update.example.com"}, None),
        ({}, None),
    ],
)
def test_matches(columns: dict[str, str], source: str | None) -> None:
    hits = [hit.indicator.source for hit in INDICATORS.match(dict(columns), 500_000)]
    assert hits == ([source] if source else [])


def test_an_indicator_ends() -> None:
    assert not list(INDICATORS.match({"query.hostname": "evil.example.org"}, 2_000_000))


def test_warning_lists() -> None:
    assert list(intel.warning_list('{"name": "resolvers", "list": ["192.0.2.53", "dns.example.net", "?"]}')) == [
        "192.0.2.53",
        "dns.example.net",
    ]
    assert not list(intel.warning_list("192.0.2.53"))


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    list(intel.read(text, "x"))
    intel.classify(text)
    list(intel.warning_list(text))


@pytest.mark.slow
def test_a_million_indicators_are_asked_quickly() -> None:
    million = Indicators(Indicator("domain", f"d{number}.example.net") for number in range(1_000_000))
    assert len(million) == 1_000_000
    assert [hit.indicator.value for hit in million.match({"tls.sni": "a.b.d77.example.net"}, None)] == [
        "d77.example.net"
    ]
