"""IBM QRadar Log Event Extended Format, versions 1.0 and 2.0, of any vendor.

Enters: lines `LEEF:1.0|vendor|product|version|event id|key=value<tab>key=value…`. Leaves: events `leef.event` whose
native fields are the header's (`DeviceVendor`, `DeviceProduct`, `DeviceVersion`, `EventID`) and the attributes.
Source: IBM, "LEEF event components" and "Predefined LEEF event attributes".
"""

from __future__ import annotations

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill, text_of, whole
from tocsin.probes.pairs import carried, read_leef, without
from tocsin.probes.parties import settle
from tocsin.probes.text_times import cef_time

NAME = "leef"
LAYER: Layer = "other"
SOURCES = ("leef",)

_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": ("action", "Action", "EventID"),
    "rule.action": ("action", "Action"),
    "message": ("msg", "message", "reason"),
    "metadata.product.name": "DeviceProduct",
    "metadata.uid": "EventID",
    "device.hostname": ("devName", "identHostName", "DeviceName", "syslog_hostname"),
    "device.ip": "identSrc",
    "device.mac": "identMac",
    "src_endpoint.ip": "src",
    "src_endpoint.port": "srcPort",
    "src_endpoint.hostname": "srcHostName",
    "src_endpoint.mac": "srcMAC",
    "dst_endpoint.ip": "dst",
    "dst_endpoint.port": "dstPort",
    "dst_endpoint.hostname": "dstHostName",
    "dst_endpoint.mac": "dstMAC",
    "user.name": ("usrName", "accountName"),
    "user.domain": "domain",
    "connection_info.protocol_name": "proto",
    "traffic.bytes_out": ("srcBytes", "dstBytes"),
    "traffic.bytes_in": "dstBytes",
    "traffic.packets_out": "srcPackets",
    "traffic.packets_in": "dstPackets",
    "http_request.url": "url",
    "policy.name": ("policy", "RuleName"),
    "resource.uid": "resource",
}


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is LEEF."""
    return line.startswith("LEEF:")


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line. Its time is `devTime`."""
    native = without(read_leef(line), ("",))
    return Parsed("leef.event", cef_time(native.get("devTime", "")), {**carried(native, envelope)})


def columns(event: Event) -> Columns:
    """Give the predefined attributes' columns; `sev` 4 or more makes it another tool's alert."""
    found = settle(fill(event.native, _TABLE))
    rank = whole(event.native.get("sev"))
    if rank is None:
        return found
    found["severity"] = "low" if rank <= 3 else "medium" if rank <= 6 else "high" if rank <= 8 else "critical"
    if rank > 3:
        found["finding.title"] = text_of(event.native.get("cat")) or text_of(event.native.get("EventID")) or "LEEF"
        found["finding.severity"] = found["severity"]
        found.update(fill(event.native, {"finding.uid": "EventID", "finding.category": "cat"}))
    return found
