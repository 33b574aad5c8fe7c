"""Stormshield: Network Security firewalls (SNS, every log type) and Endpoint Security (SES Evolution).

Enters: SNS lines `id=firewall time="…" fw="…" tz=+0100 startime=… logtype="filter"` (in WELF's key=value form), SES
events as JSON. Leaves: events `stormshield.<logtype>` with SNS's own field names, `stormshield.ses` with SES's nested
object as received.
Source: SNS "Description of audit logs" technical note; SES Evolution administration guide (log forwarding).
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill, text_of
from tocsin.probes.pairs import carried, read_pairs, without
from tocsin.probes.parties import account, settle

NAME = "stormshield"
LAYER: Layer = "network"
SOURCES = ("stormshield",)


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is an SNS log line: only SNS writes `startime`."""
    return " startime=" in line and line.find(" startime=", 0, 300) > line.find("time=", 0, 120) >= 0 and " fw=" in line


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read an SNS line. Its time is the firewall's own with its `tz`."""
    native = without(read_pairs(line), ("",))
    kind = native.get("logtype", "").lower()
    if not kind.isidentifier():
        kind = "monitor" if "security" in native and "system" in native else "event"
    zone = native.get("tz", "")
    time_us = parse_time(f"{native.get('time', '')} {zone}") or parse_time(native.get("time"))
    return Parsed(f"stormshield.{kind}", time_us, {**carried(native, envelope)})


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object is an SES event."""
    return "TypeComputedMap" in record and "EventGuid" in record and "SpecificData" in record


def read(record: dict[str, Any]) -> Parsed:
    """Read an SES event."""
    return Parsed("stormshield.ses", parse_time(record.get("Timestamp")), record)


def columns(event: Event) -> Columns:
    """Give the columns of an SNS line or an SES event."""
    return _endpoint_columns(event.native) if event.source == "stormshield.ses" else _network_columns(event)


_NETWORK: dict[str, str | tuple[str, ...]] = {
    "device.hostname": ("fw", "syslog_hostname"),
    "message": "msg",
    "src_endpoint.ip": ("src", "address"),
    "src_endpoint.port": "srcport",
    "src_endpoint.hostname": "srcname",
    "src_endpoint.mac": "srcmac",
    "src_endpoint.zone": ("srcifname", "srcif"),
    "dst_endpoint.ip": "dst",
    "dst_endpoint.port": "dstport",
    "dst_endpoint.hostname": "dstname",
    "dst_endpoint.mac": "dstmac",
    "dst_endpoint.zone": ("dstifname", "dstif"),
    "connection_info.protocol_name": "ipproto",
    "app_name": "proto",
    "traffic.bytes_out": "sent",
    "traffic.bytes_in": "rcvd",
    "duration": "duration",
    "policy.name": ("rulename", "ruleid"),
    "rule.action": "action",
    "activity_name": ("action", "op"),
    "http_request.method": "op",
    "http_request.url": "arg",
    "http_response.code": "result",
    "status_detail": "error",
    "auth_protocol": "method",
    "session.uid": "sessionid",
}
_NETWORK_LOGS = frozenset({"filter", "connection", "plugin", "web", "ftp", "smtp", "pop3", "ssl"})
_IDENTITY_LOGS = frozenset({"auth", "xvpn", "authstat"})
_ALARM_SEVERITY = {"0": "critical", "1": "high", "2": "high", "3": "medium", "4": "medium", "5": "low"}


def _network_columns(event: Event) -> Columns:
    native = event.native
    kind = event.source.partition(".")[2]
    found = fill(native, _NETWORK)
    if kind in _IDENTITY_LOGS or kind == "server":
        found.update(account("user", native.get("user")))
        found.update(fill(native, {"user.domain": "domain"}))
        found["activity_name"] = "authentication" if kind == "auth" else kind
        found["class_uid"] = 6003 if kind == "server" else 3002
        status = _said_status(str(native.get("msg", "")), str(native.get("error", "")))
        if status:
            found["status"] = status
    else:
        found.update(account("actor.user", native.get("user")))
        found.update(fill(native, {"actor.user.domain": "domain"}))
        if kind in _NETWORK_LOGS or "src" in native:
            found["class_uid"] = 4001
    if kind == "alarm":
        found.update(_alarm(native))
    return settle(found)


def _said_status(message: str, error: str) -> str:
    said = message.lower()
    if "fail" in said or "error" in said or "denied" in said or "refused" in said or error not in {"", "0"}:
        return "Failure"
    return "Success" if "success" in said or "authenticated" in said or "created" in said or error == "0" else ""


def _alarm(native: Native) -> Columns:
    found = fill(native, {"finding.title": "msg", "finding.uid": "alarmid", "finding.category": "class"})
    found["finding.severity"] = _ALARM_SEVERITY.get(str(native.get("pri")), "informational")
    found["class_uid"] = 2004
    return found


_ENDPOINT: dict[str, str | tuple[str, ...]] = {
    "activity_name": "TypeComputedMap",
    "metadata.uid": "EventGuid",
    "message": "AdditionalData.Message",
    "device.hostname": "AdditionalData.AgentName",
    "device.uid": "AdditionalData.AgentGuid",
    "device.ip": "AdditionalData.AgentAddresses",
    "process.file.path": (
        "SpecificData.CreatedProcess.ProcessImageName",
        "SpecificData.SourceProcess.ProcessImageName",
    ),
    "process.pid": ("SpecificData.CreatedProcess.PID", "SpecificData.SourceProcess.PID"),
    "process.cmd_line": (
        "SpecificData.CreatedProcess.ProcessCommandLine",
        "SpecificData.SourceProcess.ProcessCommandLine",
    ),
    "process.hash": ("SpecificData.CreatedProcess.HashSha256", "SpecificData.SourceProcess.HashSha256"),
    "actor.user.name": ("SpecificData.SourceProcess.UserNameLookup", "SpecificData.UserNameLookup"),
    "actor.user.domain": ("SpecificData.SourceProcess.UserDomainLookup", "SpecificData.UserDomainLookup"),
    "actor.user.uid": (
        "SpecificData.SourceProcess.User",
        "SpecificData.SourceProcess.UserSID",
        "SpecificData.User",
        "SpecificData.UserSID",
    ),
    "file.path": ("SpecificData.Path", "SpecificData.FilePath", "SpecificData.PathCreated"),
    "reg_key.path": "SpecificData.Key",
    "policy.name": "SpecificData.Action.RuleGuid",
    "src_endpoint.ip": "SpecificData.LocalAddress",
    "src_endpoint.port": "SpecificData.LocalPort",
    "dst_endpoint.ip": "SpecificData.RemoteAddress",
    "dst_endpoint.port": "SpecificData.RemotePort",
}


def _endpoint_columns(native: Native) -> Columns:
    found = fill(native, _ENDPOINT)
    if "process.file.path" in found:
        found["process.name"] = str(found["process.file.path"]).rpartition("\\")[2]
        found["class_uid"] = 1007
    specific = native.get("SpecificData")
    if isinstance(specific, dict) and "CreatedProcess" in specific:
        found.update(fill(native, _PARENT))
    action = specific.get("Action") if isinstance(specific, dict) else None
    if isinstance(action, dict) and isinstance(action.get("Blocked"), bool):
        found["rule.action"] = "deny" if action["Blocked"] else "allow"
    if native.get("GenerateIncident") is True:
        found["finding.title"] = str(found.get("message") or text_of(native.get("TypeComputedMap")) or "SES incident")
        found["finding.uid"] = str(native.get("Type", ""))
        found["finding.severity"] = _SES_SEVERITY.get(native.get("Severity"), "low")
    return found


_PARENT: dict[str, str | tuple[str, ...]] = {
    "actor.process.name": "SpecificData.SourceProcess.ProcessImageName",
    "actor.process.pid": "SpecificData.SourceProcess.PID",
    "actor.process.cmd_line": "SpecificData.SourceProcess.ProcessCommandLine",
}
_SES_SEVERITY: dict[object, str] = {0: "critical", 1: "critical", 2: "critical", 3: "high", 4: "medium", 5: "low"}
