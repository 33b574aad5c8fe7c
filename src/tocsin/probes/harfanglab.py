"""HarfangLab EDR: alerts, threats, telemetry, audit; Windows events that its agents collect.

Enters: JSON objects as its syslog, Kafka and API outputs write them. Leaves: events `harfanglab.<kind>` (`alert`,
`threat`, `process`, `network`, `authentication`, `file`…), nested as received; a collected Windows event becomes
`windows.<channel>` with the canonical flat native fields, so that Windows rules see it.
Source: HarfangLab's own documents are not public; field names as its outputs show them.
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, first, look_up, text_of, whole

NAME = "harfanglab"
LAYER: Layer = "endpoint"
SOURCES = ("harfanglab",)

_TIMES = (
    "@event_create_date",
    "alert_time",
    "detection_date",
    "event_date",
    "date",
    "last_update",
    "lastseen",
    "log_creation_date",
    "utc_time",
    "@timestamp",
)
_KIND_BY_FIELD = {
    "rule_name": "alert",
    "requested_name": "dns_resolution",
    "daddr": "network",
    "target_object": "registry",
    "library_path": "library",
    "event_path": "file",
    "pipe_name": "pipe",
    "script_block": "powershell",
    "url": "url",
    "target_image": "process_access",
    "transport_protocol": "network_listen",
    "commandline": "process",
}
"""Outputs without `log_type` are told by a field that only this kind has."""
_CHANNELS = {
    "Security": "security",
    "System": "system",
    "Application": "application",
    "Microsoft-Windows-Sysmon/Operational": "sysmon",
    "Microsoft-Windows-PowerShell/Operational": "powershell",
    "Windows PowerShell": "powershell-classic",
}
_WINDOWS_NAMES = {
    "event_id": "EventID",
    "log_name": "Channel",
    "source_name": "Provider_Name",
    "computer_name": "Computer",
    "level": "Level",
    "keywords": "Keywords",
    "task": "Task",
    "opcode": "Opcode",
    "record_number": "EventRecordID",
    "process_id": "Execution_ProcessID",
    "thread_id": "Execution_ThreadID",
    "provider_guid": "Provider_Guid",
}
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_TECHNIQUE = re.compile(r"(?:^|[._])t(\d{4}(?:\.\d{3})?)$", re.IGNORECASE)

_COLUMNS: Table = {
    "device.hostname": ("agent.hostname", "hostname", "agents.agent_hostname", "computer_name"),
    "device.ip": ("agent.ipaddress", "ipaddress"),
    "device.uid": ("agent.agentid", "agent_id", "agents.agent_id"),
    "device.os.name": ("agent.osproducttype", "osproducttype"),
    "process.name": ("process.image_name", "image_name", "process_image_path", "binaryinfo.fullpath", "source_image"),
    "process.file.path": ("process.image_name", "image_name", "process_image_path", "binaryinfo.fullpath"),
    "process.cmd_line": ("process.commandline", "commandline", "cmdline"),
    "process.pid": ("process.pid", "pid"),
    "process.hash": ("process.hashes.sha256", "hashes.sha256", "binaryinfo.binaryinfo.sha256"),
    "actor.process.name": ("process.parent_image", "parent_image"),
    "actor.process.cmd_line": ("process.parent_commandline", "parent_commandline"),
    "actor.process.pid": ("process.ppid", "ppid"),
    "file.path": ("event_path", "details_file.target_filename", "detection.file_path", "library_path"),
    "file.hash": ("written_file_hashes.sha256", "detection.file_hashes.sha256"),
    "reg_key.path": ("target_object", "details_registry.target_object"),
    "query.hostname": "requested_name",
    "query.type": "query_type",
    "answers": "ip_addresses",
    "http_request.url": "url",
    "http_request.user_agent": "user_agent",
    "message": ("msg", "message"),
    "metadata.uid": ("alert_unique_id", "id"),
}
_ACTOR = (
    ("process.username", "username", "user_name", "source_username", "user.name", "impacted_users.user_name"),
    ("process.usersid", "usersid", "user_sid", "windows.source_sid", "user.identifier", "impacted_users.user_sid"),
)
_TARGET = (("target_username",), ("windows.target_sid",))
_CLASSES = {
    "process": 1007,
    "network": 4001,
    "authentication": 3002,
    "file": 1001,
    "dns_resolution": 4003,
    "alert": 2004,
    "threat": 2004,
    "driverload": 1005,
    "library": 1005,
}
_LOGON: Table = {
    "activity_name": ("object_type", "auth_type"),
    "logon_type": "windows.logon_type",
    "auth_protocol": "windows.authentication_package_name",
    "message": "windows.event_title",
    "src_endpoint.hostname": "windows.workstation_name",
    "src_endpoint.port": "windows.ip_port",
    "status_detail": "auth_status",
}
_EVENT_IN_ALERT: Table = {
    "actor.user.name": "eventlog.event_data.SubjectUserName",
    "actor.user.domain": "eventlog.event_data.SubjectDomainName",
    "user.name": "eventlog.event_data.TargetUserName",
    "user.domain": "eventlog.event_data.TargetDomainName",
    "src_endpoint.ip": "eventlog.event_data.IpAddress",
}
_AUDIT: Table = {
    "activity_name": ("log_slug", "action_title"),
    "message": "log_description",
    "src_endpoint.ip": "ip_address",
    "http_request.method": "request_method",
    "http_request.url": "request_path",
    "http_response.code": "response_status_code",
}
_ALERT: Table = {
    "finding.title": "rule_name",
    "finding.uid": "rule_id",
    "finding.category": ("alert_subtype", "alert_type", "threat_type"),
    "activity_name": "alert_type",
}


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is a record of HarfangLab."""
    if "@event_create_date" in record:
        return True
    agent = record.get("agent")
    if isinstance(agent, dict) and "agentid" in agent:
        return True
    if "log_type" not in record:
        return False
    return (
        "total_security_event_count" in record
        or "osproducttype" in record
        or "agent_id" in record
        or "log_slug" in record
    )


def read(record: dict[str, Any]) -> Parsed:
    """Read one record."""
    time_us = next((time for name in _TIMES if (time := parse_time(record.get(name))) is not None), None)
    if "log_name" in record and "event_id" in record and "source_name" in record:
        return _windows_event(record, time_us)
    kind = record.get("log_type")
    if not isinstance(kind, str) or not kind:
        kind = next((kind for field, kind in _KIND_BY_FIELD.items() if field in record), "telemetry")
    return Parsed(f"harfanglab.{_slug(kind)}", time_us, record)


def _slug(text: str) -> str:
    return _NOT_SLUG.sub("-", text.lower()).strip("-")[:60] or "telemetry"


def _windows_event(record: dict[str, Any], time_us: int | None) -> Parsed:
    """Give a collected event Windows' own names: event data at the top, the rest of the record beside it."""
    channel = str(record["log_name"])
    native: Native = {}
    for name, value in record.items():
        if name not in {"event_data", "user_data"}:
            native[_WINDOWS_NAMES.get(name, name)] = value
    for part in (record.get("event_data"), record.get("user_data")):
        for name, value in part.items() if isinstance(part, dict) else ():
            native.setdefault(name, value)
    number = whole(record["event_id"])
    native["EventID"] = number if number is not None else record["event_id"]
    return Parsed(f"windows.{_CHANNELS.get(channel) or _slug(channel)}", time_us, native)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a HarfangLab record."""
    native = event.native
    kind = event.source.partition(".")[2]
    found = fill(native, _COLUMNS)
    found.update(_user("actor.user", native, _ACTOR))
    found.update(_user("user", native, _TARGET))
    if kind in _CLASSES:
        found["class_uid"] = _CLASSES[kind]
    if kind == "alert" or "rule_name" in native:
        found.update(_alert(native))
    elif kind == "auditlog":
        found.update(fill(native, _AUDIT))
    elif kind == "threat":
        found.update(_threat(native))
    elif kind in {"network", "network-listen"}:
        found.update(_network(native))
    elif kind == "authentication":
        found.update(_authentication(native))
    action = text_of(native.get("operation")) or text_of(native.get("event_type"))
    if action:
        found.setdefault("activity_name", action)
    return found


def _user(side: str, native: Native, paths: tuple[tuple[str, ...], tuple[str, ...]]) -> Columns:
    """Split `DOMAIN\\user`; the first path that holds a name counts."""
    name = first(look_up(native, path) for path in paths[0])
    if name is None:
        return {}
    found = peers.account(side, name)
    sid = first(look_up(native, path) for path in paths[1])
    if sid:
        found[f"{side}.uid"] = sid
    return found


def _alert(native: Native) -> Columns:
    found = {**fill(native, _EVENT_IN_ALERT), **fill(native, _ALERT)}
    found["class_uid"] = 2004
    found.update(_level(native.get("level")))
    techniques = sorted({f"T{match.group(1)}" for tag in _tags(native) if (match := _TECHNIQUE.search(tag))})
    if techniques:
        found["finding.techniques"] = techniques
    return found


def _tags(native: Native) -> list[str]:
    """Give the texts that name techniques: `attack.t1059.001`, `execution__t1059.001`."""
    lists = (native.get("tags"), native.get("mitre_cells"))
    return [item for listed in lists if isinstance(listed, list) for item in listed if isinstance(item, str)]


def _level(value: object) -> Columns:
    level = (text_of(value) or "").lower()
    level = {"info": "informational", "hunting": "informational"}.get(level, level)
    known = level in {"informational", "low", "medium", "high", "critical"}
    return {"severity": level, "finding.severity": level} if known else {}


def _threat(native: Native) -> Columns:
    """Read a threat: HarfangLab's own group of alerts on some agents and users."""
    found = fill(native, {"finding.title": ("slug", "rules.rule_name"), "finding.uid": "id", "activity_name": "status"})
    return {**found, **_level(native.get("level"))}


def _network(native: Native) -> Columns:
    """Read a connection; `saddr` is the side that opened it."""
    found: Columns = {}
    pairs = (("src_endpoint", ("saddr", "address"), ("sport", "port")), ("dst_endpoint", ("daddr",), ("dport",)))
    for side, addresses, ports in pairs:
        found.update(peers.endpoint(side, first(native.get(name) for name in addresses)))
        port = whole(first(native.get(name) for name in ports))
        if port is not None:
            found[f"{side}.port"] = port
    direction = text_of(native.get("direction"))
    return {**found, "activity_name": direction} if direction else found


def _authentication(native: Native) -> Columns:
    found = fill(native, _LOGON)
    found.update(peers.endpoint("src_endpoint", native.get("source_address")))
    success = native.get("success", native.get("is_success"))
    kind = (text_of(native.get("event_type")) or text_of(native.get("type")) or "").lower()
    if isinstance(success, bool):
        found["status"] = "Success" if success else "Failure"
    elif "fail" in kind:
        found["status"] = "Failure"
    return found
