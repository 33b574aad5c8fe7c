"""Suricata EVE: what is claimed, what is left to others, and never an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import COLUMNS, Event, Origin
from tocsin.probes import suricata

FLOW = {
    "timestamp": "2026-03-02T03:12:34.567890+0200",
    "flow_id": 7,
    "src_ip": "192.168.20.31",
    "dest_ip": "203.0.113.7",
}


@pytest.mark.parametrize(
    ("record", "source"),
    [
        ({**FLOW, "event_type": "dns", "dns": {}}, "suricata.dns"),
        ({**FLOW, "event_type": "new_type"}, "suricata.new_type"),
        ({**FLOW, "event_type": "../x", "tls": {}}, "suricata.tls"),
        ({**FLOW, "alert": {"signature": "x"}, "http": {}}, "suricata.alert"),
        ({"timestamp": FLOW["timestamp"], "event_type": "stats", "stats": {"uptime": 1}}, "suricata.stats"),
    ],
)
def test_claims_eve(record: dict[str, Any], source: str) -> None:
    assert suricata.claims(record)
    parsed = suricata.read(record)
    assert (parsed.source, parsed.time_us) == (source, 1772413954567890)
    assert parsed.native is record


@pytest.mark.parametrize(
    "record",
    [
        {"timestamp": "2026-03-02T03:12:34Z", "event_type": "login", "user": "a"},
        {"timestamp": "2026-03-02T03:12:34Z", "event_type": "login", "src_ip": "192.168.20.31"},
        {"event_type": "purge", "ip_src": "192.168.20.31", "ip_dst": "203.0.113.7", "packets": 1, "bytes": 1},
        {"timestamp": "2026-03-02T03:12:34Z", "event_type": ["dns"], "src_ip": "a", "dest_ip": "b"},
        {"ts": 1.5, "uid": "C1", "id.orig_h": "192.168.20.31", "id.resp_h": "192.168.10.5"},
        {},
    ],
)
def test_leaves_others_alone(record: dict[str, Any]) -> None:
    assert not suricata.claims(record)


NAMES = st.text(max_size=4) | st.sampled_from(
    ["severity", "metadata", "mitre_technique_id", "signature", "hostname", "url", "http_port", "answers", "grouped"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
PARTS = st.sampled_from(
    ["alert", "dns", "http", "flow", "krb5", "smb", "ftp", "dhcp", "fileinfo", "direction", "proto"]
)


@given(st.dictionaries(PARTS, JSON, max_size=6), st.sampled_from(["alert", "dns", "drop", "x"]))
def test_never_raises_on_any_record(parts: dict[str, Any], kind: str) -> None:
    record = {**FLOW, "event_type": kind, **parts}
    if suricata.claims(record):
        suricata.read(record)
    columns = suricata.columns(Event(f"suricata.{kind}", None, record, b"", Origin("x"), 0))
    assert set(columns) <= set(COLUMNS)


@pytest.mark.parametrize(
    ("category", "severity", "wanted"),
    [
        ("Generic Protocol Command Decode", 3, "informational"),
        ("Misc activity", 3, "low"),
        ("Attempted Administrator Privilege Gain", 1, "high"),
        (None, 2, "medium"),
    ],
)
def test_events_of_the_engine_itself_are_no_alarm(category: str | None, severity: int, wanted: str) -> None:
    alert = {"signature": "SURICATA STREAM Packet with invalid ack", "category": category, "severity": severity}
    event = Event("suricata.alert", 0, {**FLOW, "event_type": "alert", "alert": alert}, b"", Origin("t"), 0)
    assert suricata.columns(event)["finding.severity"] == wanted
