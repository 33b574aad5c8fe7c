"""Palo Alto Networks firewalls (PAN-OS) and Prisma Access: traffic, threats, VPN, users, system, configuration.

Enters: PAN-OS' comma-separated lines, the JSON of its cloud log service (`LogType`), CEF and LEEF records of vendor
Palo Alto Networks. Leaves: events `paloalto.<type>` (`traffic`, `threat`, `system`, `globalprotect`…) with the
fields' names of the dialect as received: PAN-OS' variable names, JSON names, or CEF keys.
Source: PAN-OS 11.1 administration guide, "Syslog Field Descriptions"; Strata Logging Service log reference.
"""

from __future__ import annotations

import csv
import re
from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes.contract import Envelope
from tocsin.probes.pairs import carried, is_cef, read_cef, read_leef, without
from tocsin.probes.paloalto_columns import columns_of
from tocsin.probes.paloalto_fields import FIELDS, HEAD
from tocsin.probes.text_times import cef_time, us_date

NAME = "paloalto"
LAYER: Layer = "network"
SOURCES = ("paloalto",)

_LINE = re.compile(
    r"[:\s]*\d*,(\d{1,4}/\d\d?/\d{2,4} \d\d?:\d\d(?::\d\d)?),[^,]*,([A-Z][A-Z0-9\-]{2,24}),[^,]*,[^,]*,\d{1,4}/\d\d?/\d"
)
_KINDS = {"AUTHENTICATION": "AUTH", "URL": "THREAT", "DATA": "THREAT", "WILDFIRE": "THREAT"}


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is PAN-OS': two dates around serial, TYPE and subtype; or CEF or LEEF of this vendor."""
    if "|Palo Alto Networks|" in line[:40]:
        return is_cef(line) or line.startswith("LEEF:")
    return _LINE.match(line) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line. Its time is the precise one where there is one, else when the firewall made the record.

    PAN-OS writes its local time without a zone in the older fields: it is taken as UTC.
    """
    if line.startswith("LEEF:"):
        return _from_pairs(read_leef(line), envelope)
    if is_cef(line):
        return _from_pairs(read_cef(line), envelope)
    native = _read_csv(line)
    kind = native["type"].lower()
    stamps = [native.get(key, "") for key in ("high_res_timestamp", "time_generated", "receive_time")]
    time_us = next((stamp for text in stamps if (stamp := parse_time(text) or us_date(text)) is not None), None)
    return Parsed(f"paloalto.{kind}", time_us, {**carried(native, envelope)})


def _read_csv(line: str) -> dict[str, str]:
    try:
        values = next(csv.reader([line.lstrip(": ")]))
    except (csv.Error, StopIteration) as error:
        raise ValueError(f"not a line of comma-separated values: {error}") from error
    kind = values[3]
    names = FIELDS.get(_KINDS.get(kind, kind), HEAD)
    native: dict[str, str] = {}
    for place, value in enumerate(values):
        if value:
            native[(names[place] if place < len(names) else "") or f"field_{place + 1}"] = value
    native.pop("field_1", None) if native.get("field_1") == "1" else None
    return native


def _from_pairs(fields: dict[str, str], envelope: Envelope) -> Parsed:
    native = without(fields, ("",))
    kind = native.get("DeviceEventClassID") or native.get("cat") or native.get("Type") or "event"
    kind = kind.lower() if kind.isalnum() else "event"
    keys = ("rt", "start", "end", "devTime", "ReceiveTime")
    times = (cef_time(native[key], native.get("dtz", "")) for key in keys if key in native)
    time_us = next((stamp for stamp in times if stamp is not None), None)
    return Parsed(f"paloalto.{kind}", time_us, {**carried(native, envelope)})


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object is a PAN-OS log of the cloud log service."""
    return "LogType" in record and ("DeviceSN" in record or "LogSourceID" in record)


def read(record: dict[str, Any]) -> Parsed:
    """Read a JSON log; null fields are left out."""
    native: Native = {key: value for key, value in record.items() if value is not None and value != ""}
    kind = str(native.get("LogType", "event")).lower()
    keys = ("TimeGenerated", "EventTime", "TimeGeneratedHighResolution", "LogTime", "TimeReceived")
    times = (parse_time(native.get(key)) for key in keys)
    return Parsed(f"paloalto.{kind}", next((stamp for stamp in times if stamp is not None), None), native)


def columns(event: Event) -> Columns:
    """Give the columns of any of the dialects."""
    return columns_of(event.source.partition(".")[2], event.native)
