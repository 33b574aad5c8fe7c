"""Suricata EVE, every event type.

Enters: an EVE object. Leaves: events `suricata.<event_type>` whose native fields are the object, nested as received.
An EVE object whose `event_type` a shipper dropped is an alert where it has `alert`, else of its protocol's type.
Source: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import suricata_columns

NAME = "suricata"
LAYER: Layer = "network"
SOURCES = ("suricata",)

_TYPE = re.compile(r"[A-Za-z0-9_-]{1,48}")
_PROTOCOLS = ("alert", "dns", "http", "tls", "smb", "ssh", "fileinfo", "krb5", "dcerpc", "rdp", "smtp", "ftp", "flow")
_WITHOUT_FLOW = frozenset({"stats", "engine", "arp", "dhcp", "anomaly", "lua"})


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object is an EVE record: its type with a flow, or a type of those that have none."""
    kind = record.get("event_type")
    if isinstance(kind, str):
        if "timestamp" not in record and "@timestamp" not in record:
            return False
        if "src_ip" in record and "dest_ip" in record:
            return "flow_id" in record or isinstance(record.get(kind), dict)
        return isinstance(record.get(kind), dict) and (kind in _WITHOUT_FLOW or "flow_id" in record)
    return "flow_id" in record and "src_ip" in record and "timestamp" in record and _type_of(record) != ""


def read(record: dict[str, Any]) -> Parsed:
    """Read one EVE object."""
    kind = record.get("event_type")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        kind = _type_of(record) or "unknown"
    time_us = parse_time(record.get("timestamp"))
    return Parsed(f"suricata.{kind}", parse_time(record.get("@timestamp")) if time_us is None else time_us, record)


def _type_of(record: dict[str, Any]) -> str:
    return next((name for name in _PROTOCOLS if isinstance(record.get(name), dict)), "")


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an EVE event."""
    return suricata_columns.columns(event.source.partition(".")[2], event.native)
