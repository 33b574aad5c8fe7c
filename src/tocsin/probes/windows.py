"""Windows events, whatever carried them: one flat native form with the names that Windows gives.

Enters: an event as JSON (winlogbeat, NXLog, OpenWEC, evtx_dump, Fluent Bit, Azure, Splunk, OTRF sets…), as XML or as
text. Leaves: events `windows.<channel>` (`linux.sysmon` for Sysmon for Linux) with `EventID` (int), `Channel`,
`Provider_Name`, `Computer` and all fields of the event's data at top level. What else a shipper wrote stays under
its own name.
Source: https://learn.microsoft.com/windows/win32/wes/eventschema-schema and the shippers' manuals.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.probes import windows_columns, windows_dialects, windows_event, windows_radius, windows_text
from tocsin.probes.contract import Envelope
from tocsin.probes.windows_times import system_us, utc_us

NAME = "windows"
LAYER: Layer = "endpoint"
SOURCES = ("windows", "linux.sysmon")

claims = windows_dialects.claims

_KINDS = {
    "microsoft-windows-sysmon-operational": "windows.sysmon",
    "linux-sysmon-operational": "linux.sysmon",
    "microsoft-windows-powershell-operational": "windows.powershell",
    "powershellcore-operational": "windows.powershell",
    "windows-powershell": "windows.powershell-classic",
}
_CHANNEL_OF = {
    "Microsoft-Windows-Sysmon": "Microsoft-Windows-Sysmon/Operational",
    "Linux-Sysmon": "Linux-Sysmon/Operational",
    "Microsoft-Windows-Security-Auditing": "Security",
    "Microsoft-Windows-PowerShell": "Microsoft-Windows-PowerShell/Operational",
    "PowerShell": "Windows PowerShell",
    "Service Control Manager": "System",
}
"""Where a record does not name its channel, its provider does, for those that write to one only."""

_NXLOG_TYPES = frozenset({"INFO", "WARNING", "ERROR", "AUDIT_SUCCESS", "AUDIT_FAILURE"})
_SYSMON_TYPE = re.compile(r"(?:^|\n)EventType: (\w+)")


def read(record: dict[str, Any]) -> Parsed:
    """Read a claimed object. Raises ValueError or KeyError when it is no Windows event after all."""
    flatten = windows_dialects.dialect(record)
    if flatten is None:
        raise ValueError("not a Windows event")
    try:
        return parsed_of(flatten(record))
    except (TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not shaped as a Windows event: {error}") from error


def read_event(event: dict[str, Any]) -> Parsed:
    """Read what stands under `Event` in the JSON of the `evtx` library."""
    return parsed_of(windows_event.event(event))


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the line alone tells
    """Say whether a line is a Windows event."""
    return windows_text.claims_text(line) or windows_radius.claims_text(line)


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a claimed line: XML, Snare, an event's message, or a record of the RADIUS server."""
    if windows_radius.claims_text(line):
        return windows_radius.read_text(line)
    native = windows_text.read(line)
    if envelope.host:
        native.setdefault("Computer", envelope.host)
    return parsed_of(native)


def parsed_of(native: Native) -> Parsed:
    """Make the parsed record of flat native fields: event id as a number, source by channel, time."""
    event_id = native["EventID"]
    if type(event_id) is not int:
        native["EventID"] = int(event_id)
    channel = native.get("Channel")
    if not isinstance(channel, str) or not channel:
        channel = _CHANNEL_OF.get(str(native.get("Provider_Name")), "")
        if channel:
            native["Channel"] = channel
    source = source_of(channel)
    if source not in _SYSMON:
        return Parsed(source, system_us(native), native)
    if native.get("EventType") in _NXLOG_TYPES:
        _restore_type(native)
    time_us = utc_us(native)
    return Parsed(source, system_us(native) if time_us is None else time_us, native)


_SYSMON = frozenset({"windows.sysmon", "linux.sysmon"})


@lru_cache(maxsize=4096)
def source_of(channel: str) -> str:
    """Give the source of a channel: its usual short name, or else its letters and digits joined by dashes."""
    slug = re.sub(r"[^a-z0-9]+", "-", channel.lower()).strip("-")
    return _KINDS.get(slug) or f"windows.{slug or 'event'}"


def _restore_type(native: Native) -> None:
    """Take Sysmon's `EventType` from the message where NXLog wrote its own over it."""
    own = _SYSMON_TYPE.search(str(native.get("Message")))
    if own:
        native["EventTypeOriginal"] = native["EventType"]
        native["EventType"] = own[1]


def clock_offset_us(event: Event) -> int | None:
    """Give how far the event log's clock is behind Sysmon's own (`UtcTime`), for Sysmon events with both times.

    Adding it to the time of the host's other events puts them on the clock that Sysmon and the network share.
    """
    if event.source not in _SYSMON:
        return None
    own, logged = utc_us(event.native), system_us(event.native)
    return None if own is None or logged is None else own - logged


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a Windows event."""
    return windows_radius.columns(event) if event.source == windows_radius.SOURCE else windows_columns.columns(event)
