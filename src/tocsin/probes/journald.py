"""The systemd journal as `journalctl -o json` (or its gateway) exports it.

Enters: JSON objects with the journal's own field names. Leaves: events `linux.journald` with these fields as
received (a MESSAGE of bytes is written as text), or `linux.auth` for the authentication programs, with the same
parsed fields as their syslog lines have besides.
Source: systemd.journal-fields(7), https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import unix_texts
from tocsin.probes.fill import fill

NAME = "journald"
LAYER: Layer = "endpoint"
SOURCES = ("linux.journald",)

_SEVERITIES = ("critical", "critical", "critical", "high", "medium", "low", "informational", "informational")
_TABLE: dict[str, str | tuple[str, ...]] = {
    "message": "MESSAGE",
    "app_name": ("SYSLOG_IDENTIFIER", "_COMM"),
    "device.hostname": "_HOSTNAME",
    "device.uid": "_MACHINE_ID",
    "service.name": ("UNIT", "_SYSTEMD_UNIT"),
    "process.pid": ("_PID", "SYSLOG_PID"),
    "process.name": "_COMM",
    "process.file.path": "_EXE",
    "process.cmd_line": "_CMDLINE",
    "actor.user.uid": "_UID",
    "session.uid": "_SYSTEMD_SESSION",
}


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object is a journal entry."""
    return "__REALTIME_TIMESTAMP" in record or ("_SOURCE_REALTIME_TIMESTAMP" in record and "MESSAGE" in record)


def read(record: dict[str, Any]) -> Parsed:
    """Read a journal entry; what an authentication program says is read as its syslog line would be."""
    time_us = parse_time(_micros(record.get("__REALTIME_TIMESTAMP") or record.get("_SOURCE_REALTIME_TIMESTAMP")))
    message = _text(record.get("MESSAGE"))
    if message is None:
        return Parsed("linux.journald", time_us, record)
    native = record if message is record.get("MESSAGE") else {**record, "MESSAGE": message}
    program = _text(record.get("SYSLOG_IDENTIFIER")) or _text(record.get("_COMM")) or ""
    if not program or not unix_texts.is_ours(program, message):
        return Parsed("linux.journald", time_us, native)
    said = {"message": message, "program": program, "pid": record.get("_PID"), "host": record.get("_HOSTNAME")}
    said |= {key: value for key, value in unix_texts.read_sentence(program, message).items() if key not in said}
    return Parsed("linux.auth", time_us, {**{key: value for key, value in said.items() if value}, **native})


def columns(event: Event) -> Columns:
    """Give host, process, unit and message."""
    found = fill(event.native, _TABLE)
    priority = str(event.native.get("PRIORITY", ""))
    if priority in {"0", "1", "2", "3", "4", "5", "6", "7"}:
        found["severity"] = _SEVERITIES[int(priority)]
    return found


def _micros(value: object) -> int | None:
    return int(value) if isinstance(value, str | int) and str(value).isdecimal() and len(str(value)) < 19 else None


def _text(value: object) -> str | None:
    """Give a field's text: it is an array of bytes when it is not UTF-8 or has control characters."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode("utf-8", "replace")
    return None
