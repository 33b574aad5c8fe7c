"""Alert exports: which names make an alert, and what the columns say."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.model import Event, Origin
from tocsin.probes import alerts

TIME = {"timestamp": "2026-03-02T06:00:00Z"}


def columns_of(record: dict[str, Any]) -> dict[str, object]:
    parsed = alerts.read(record)
    return dict(alerts.columns(Event(parsed.source, parsed.time_us, parsed.native, b"", Origin("x"), 0)))


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "New event type", "ip": "10.0.0.1", "host": "mail"},
        {"Alert Name": "Scan", "Source IP": "10.0.0.1"},
        {"rule_name": "Brute force", "severity": "high", "hostname": "PC-1"},
        {"threatInfo": {"threatName": "EICAR"}, "agentRealtimeInfo": {"agentComputerName": "PC-1"}},
        {"event": {"kind": "alert", "reason": "beacon"}, "source": {"ip": "10.0.0.1"}},
        {"signature": "x", "username": "alice"},
    ],
)
def test_an_alert(fields: dict[str, Any]) -> None:
    assert alerts.claims({**TIME, **fields})
    assert "finding.title" in columns_of({**TIME, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "heartbeat", "host": "mail"},
        {"signature": "x"},
        {"rule_name": "allow-dns", "src_ip": "10.0.0.1", "dst_ip": "10.0.0.2"},
        {"threat_name": "None", "src_ip": "10.0.0.1"},
        {"threat_name": "-", "src_ip": "10.0.0.1"},
        {"event": {"kind": "event", "reason": "x"}, "source": {"ip": "10.0.0.1"}},
        {"signature": "x", "host": {"deep": {"name": "too deep"}}},
        {f"field{rank}": "x" for rank in range(500)} | {"signature": "x", "host": "h"},
    ],
)
def test_no_alert(fields: dict[str, Any]) -> None:
    assert not alerts.claims({**TIME, **fields})


def test_no_time_no_alert() -> None:
    assert not alerts.claims({"signature": "x", "host": "h"})


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        ("Critical", "critical"),
        ("moderate", "medium"),
        ("info", "informational"),
        (7, None),
        ("7", None),
        ("odd", None),
    ],
)
def test_severity_only_where_its_scale_is_known(severity: object, level: str | None) -> None:
    found = columns_of({**TIME, "threat_name": "x", "host": "h", "severity": severity})
    assert found.get("finding.severity") == level


def test_plain_address_is_the_device_and_source_is_the_peer() -> None:
    found = columns_of(
        {**TIME, "signature": "x", "ip": "::ffff:10.0.0.1", "src_ip": "192.0.2.1:4444", "dst_ip": "h.test"}
    )
    assert found["device.ip"] == "10.0.0.1"
    assert (found["src_endpoint.ip"], found["src_endpoint.port"]) == ("192.0.2.1", 4444)
    assert found["dst_endpoint.hostname"] == "h.test"


def test_label_columns_are_only_kept() -> None:
    record = {"time": "1772420400", "name": "x", "ip": "10.0.0.1", "host": "h", "event_label": "attack", "label": "y"}
    assert alerts.read(record).native == record
    assert not {"attack", "y"} & set(map(str, columns_of(record).values()))
