"""ArcSight Common Event Format, of any vendor that has no probe of its own.

Enters: lines `CEF:0|vendor|product|version|id|name|severity|key=value…`. Leaves: events `cef.event` whose native
fields are the header's (`DeviceVendor`, `DeviceProduct`, `DeviceVersion`, `DeviceEventClassID`, `Name`, `Severity`)
and the extension's keys as received; custom fields stand also under their labels.
Source: ArcSight Common Event Format Implementation Standard, rev. 25.
"""

from __future__ import annotations

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill, text_of
from tocsin.probes.pairs import carried, is_cef, read_cef, without
from tocsin.probes.parties import account, settle
from tocsin.probes.text_times import cef_time

NAME = "cef"
LAYER: Layer = "other"
SOURCES = ("cef",)

_TIMES = ("rt", "end", "start", "deviceReceiptTime", "endTime", "startTime", "art")


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is CEF."""
    return is_cef(line)


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line. Its time is `rt`, else `end` or `start`."""
    native = without(read_cef(line), ("",))
    times = (cef_time(native[key], native.get("dtz", "")) for key in _TIMES if key in native)
    time_us = next((stamp for stamp in times if stamp is not None), None)
    return Parsed("cef.event", time_us, {**carried(native, envelope)})


_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": ("act", "deviceAction", "Name"),
    "rule.action": ("act", "deviceAction"),
    "status": ("outcome", "eventOutcome"),
    "status_detail": "reason",
    "message": ("msg", "Name"),
    "metadata.product.name": "DeviceProduct",
    "metadata.uid": ("externalId", "DeviceEventClassID"),
    "device.hostname": ("dvchost", "deviceHostName", "syslog_hostname"),
    "device.ip": ("dvc", "deviceAddress"),
    "device.mac": "dvcmac",
    "device.uid": "deviceExternalId",
    "src_endpoint.ip": ("src", "c6a2", "sourceAddress"),
    "src_endpoint.port": ("spt", "sourcePort"),
    "src_endpoint.hostname": ("shost", "sourceHostName"),
    "src_endpoint.mac": "smac",
    "src_endpoint.zone": ("deviceInboundInterface", "sourceZone"),
    "dst_endpoint.ip": ("dst", "c6a3", "destinationAddress"),
    "dst_endpoint.port": ("dpt", "destinationPort"),
    "dst_endpoint.hostname": ("dhost", "destinationHostName", "destinationDnsDomain"),
    "dst_endpoint.mac": "dmac",
    "dst_endpoint.zone": ("deviceOutboundInterface", "destinationZone"),
    "actor.user.name": ("suser", "sourceUserName"),
    "actor.user.domain": "sntdom",
    "actor.user.uid": "suid",
    "user.name": ("duser", "destinationUserName"),
    "user.domain": "dntdom",
    "user.uid": "duid",
    "actor.process.name": ("sproc", "sourceProcessName"),
    "actor.process.pid": "spid",
    "process.name": ("dproc", "deviceProcessName"),
    "process.pid": "dpid",
    "app_name": "app",
    "connection_info.protocol_name": ("proto", "transportProtocol"),
    "traffic.bytes_out": "out",
    "traffic.bytes_in": "in",
    "http_request.url": "request",
    "http_request.method": "requestMethod",
    "http_request.user_agent": ("requestClientApplication", "requestClientAgent"),
    "file.name": "fname",
    "file.path": ("filePath", "fname"),
    "file.hash": "fileHash",
    "file.size": "fsize",
    "finding.category": ("cat", "DeviceEventCategory"),
    "policy.name": ("cs1Rule", "Rule", "Policy", "rule"),
}
_WORDS = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    "very-high": "critical",
    "very high": "critical",
    "critical": "critical",
    "info": "informational",
    "informational": "informational",
    "unknown": "informational",
}


def columns(event: Event) -> Columns:
    """Give the standard keys' columns; severity 4 or more makes it another tool's alert."""
    found = fill(event.native, _TABLE)
    severity = severity_of(event.native)
    if severity:
        found["severity"] = severity
    if severity in {"medium", "high", "critical"}:
        found["finding.title"] = text_of(event.native.get("Name")) or "CEF event"
        found["finding.severity"] = severity
        found.update(fill(event.native, {"finding.uid": "DeviceEventClassID"}))
    else:
        found.pop("finding.category", None)
    status = str(found.get("status", "")).lower()
    if status:
        found["status"] = "Failure" if "fail" in status or status in {"denied", "error"} else "Success"
    for prefix in ("actor.user", "user"):
        found.update(account(prefix, found.get(f"{prefix}.name")))
    return settle(found)


def severity_of(native: Native) -> str:
    """Map CEF's severity: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high, or its words."""
    text = str(native.get("Severity", "")).strip().lower()
    if not text.isdecimal():
        return _WORDS.get(text, "")
    rank = int(text[:3])
    if rank <= 3:
        return "low" if rank else "informational"
    return "medium" if rank <= 6 else "high" if rank <= 8 else "critical"
