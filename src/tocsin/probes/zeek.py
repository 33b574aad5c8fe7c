"""Zeek logs, all streams, from the TSV writer and the JSON writer.

Enters: a Zeek TSV record (by `formats/zeek_tsv.py`) or a Zeek JSON object. Leaves: events `zeek.<path>` whose
native fields have Zeek's dotted names (`id.orig_h`), whatever the writer made of the dots.
Source: https://docs.zeek.org/en/current/script-reference/log-files.html
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time

NAME = "zeek"
LAYER: Layer = "network"
SOURCES = ("zeek",)


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object comes from Zeek."""
    return "ts" in record and ("uid" in record or "_path" in record)


def read(record: dict[str, Any]) -> Parsed:
    """Read one object of Zeek's JSON writer."""
    return event_of(str(record.get("_path", "conn")), record)


def event_of(path: str, native: Native) -> Parsed:
    """Make a parsed record from a log's path and its fields under Zeek's names."""
    return Parsed(f"zeek.{path}", parse_time(native.get("ts")), native)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a Zeek event."""
    names = {"src_endpoint.ip": "id.orig_h", "dst_endpoint.ip": "id.resp_h"}
    return {column: event.native[key] for column, key in names.items() if key in event.native}
