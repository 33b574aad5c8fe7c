"""Wazuh (and OSSEC) alerts and archives.

Enters: JSON objects of `alerts.json` and `archives.json`, also as Filebeat ships them. Leaves: events `wazuh.alert`
(a rule with a level above 0 matched) and `wazuh.archive`, nested as received.

Severity by rule level, after Wazuh's own classes: 0-3 informational, 4-6 low, 7-9 medium, 10-11 high, 12-16 critical.
Source: https://documentation.wazuh.com/current/user-manual/ruleset/rules/rules-classification.html
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, first, look_up, whole

NAME = "wazuh"
LAYER: Layer = "endpoint"
SOURCES = ("wazuh",)

_WIN = "data.win.eventdata."
_TIMES = ("timestamp", "@timestamp", "TimeStamp")
_COLUMNS: Table = {
    "device.hostname": ("agent.name", "predecoder.hostname", "hostname", "data.win.system.computer"),
    "device.ip": "agent.ip",
    "device.uid": "agent.id",
    "message": ("rule.description", "full_log"),
    "metadata.uid": "id",
    "app_name": ("predecoder.program_name", "decoder.name"),
    "actor.user.domain": _WIN + "subjectDomainName",
    "actor.user.uid": _WIN + "subjectUserSid",
    "user.name": ("data.dstuser", "data.user", _WIN + "targetUserName", "data.uname"),
    "user.domain": _WIN + "targetDomainName",
    "user.uid": _WIN + "targetUserSid",
    "logon_type": _WIN + "logonType",
    "process.name": (_WIN + "image", _WIN + "newProcessName", "data.audit.exe", "data.process.name"),
    "process.file.path": (_WIN + "image", _WIN + "newProcessName", "data.audit.exe"),
    "process.cmd_line": (_WIN + "commandLine", "data.command", "data.audit.command"),
    "process.pid": (_WIN + "processId", "data.audit.pid"),
    "actor.process.name": (_WIN + "parentImage", _WIN + "parentProcessName"),
    "actor.process.cmd_line": _WIN + "parentCommandLine",
    "file.path": (_WIN + "targetFilename", "syscheck.path", "data.audit.file.name", "data.file"),
    "file.hash": ("syscheck.sha256_after", "data.virustotal.source.sha1"),
    "reg_key.path": _WIN + "targetObject",
    "service.name": _WIN + "serviceName",
    "src_endpoint.port": ("data.srcport", "data.src_port", _WIN + "sourcePort", _WIN + "ipPort"),
    "dst_endpoint.port": ("data.dstport", "data.dest_port", _WIN + "destinationPort"),
    "connection_info.protocol_name": ("data.protocol", "data.proto", _WIN + "protocol"),
    "http_request.url": ("data.url", "data.http.url"),
    "http_response.code": "data.id",
    "query.hostname": _WIN + "queryName",
    "rule.action": "data.action",
    "status": "data.status",
}
_SOURCES = ("data.srcip", "data.src_ip", _WIN + "ipAddress", _WIN + "sourceIp", "data.aws.sourceIPAddress")
_TARGETS = ("data.dstip", "data.dest_ip", _WIN + "destinationIp")
_ACTORS = ("data.srcuser", _WIN + "subjectUserName", _WIN + "user", "syscheck.audit.user.name")
_FINDING: Table = {
    "finding.title": "rule.description",
    "finding.uid": "rule.id",
    "finding.category": "rule.groups",
    "finding.techniques": "rule.mitre.id",
    "activity_name": "rule.description",
}
_STEPS = ((12, "critical"), (10, "high"), (7, "medium"), (4, "low"), (0, "informational"))


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is a record of Wazuh's manager."""
    if not isinstance(record.get("agent"), dict):
        return False
    rule = record.get("rule")
    if isinstance(rule, dict) and "level" in rule and "id" in rule:
        return "manager" in record or "decoder" in record or "location" in record
    return isinstance(record.get("decoder"), dict) and "manager" in record


def read(record: dict[str, Any]) -> Parsed:
    """Read one alert or archived record."""
    time_us = next((time for name in _TIMES if (time := parse_time(record.get(name))) is not None), None)
    kind = "alert" if (_level(record) or 0) > 0 else "archive"
    return Parsed(f"wazuh.{kind}", time_us, _with_windows(record))


def _with_windows(record: Native) -> Native:
    """Put the fields of a Windows event inside beside the record's own, under the names that Windows gives them.

    Wazuh writes the first letter small and doubles backslashes.
    """
    data = record.get("data")
    event = data.get("win") if isinstance(data, dict) else None
    if not isinstance(event, dict):
        return record
    native: Native = {}
    fields, system = event.get("eventdata"), event.get("system")
    for name, value in fields.items() if isinstance(fields, dict) else ():
        own = name if name.startswith("param") else name[:1].upper() + name[1:]
        native[own] = _unescaped(value) if isinstance(value, str) else value
    for name, value in system.items() if isinstance(system, dict) else ():
        if name in _SYSTEM:
            native[_SYSTEM[name]] = value
    number = whole(native.get("EventID"))
    if number is not None:
        native["EventID"] = number
    return {**native, **record}


_SYSTEM = {
    "eventID": "EventID",
    "channel": "Channel",
    "computer": "Computer",
    "providerName": "Provider_Name",
    "level": "Level",
    "systemTime": "SystemTime",
}


def _level(native: Native) -> int | None:
    return whole(look_up(native, "rule.level"))


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a record. What the agent itself saw on the wire is its own side of a connection."""
    native = event.native
    found = fill(native, _COLUMNS)
    if look_up(native, "data.id") is not None and look_up(native, "data.url") is None:
        found.pop("http_response.code", None)
    found.update(peers.endpoint("src_endpoint", first(look_up(native, path) for path in _SOURCES)))
    found.update(peers.endpoint("dst_endpoint", first(look_up(native, path) for path in _TARGETS)))
    found.update(peers.account("actor.user", first(look_up(native, path) for path in _ACTORS)))
    if look_up(native, "data.win") is not None:
        found = {name: _unescaped(value) for name, value in found.items()}
    if event.source == "wazuh.alert":
        found.update(fill(native, _FINDING))
        found["class_uid"] = 2004
        level = _level(native) or 0
        found["severity"] = found["finding.severity"] = next((name for least, name in _STEPS if level >= least), "low")
    return found


def _unescaped(value: str | int | float | bool | list[str]) -> str | int | float | bool | list[str]:
    """Undo the doubling of backslashes that Wazuh's Windows decoder leaves in values."""
    return value.replace("\\\\", "\\") if isinstance(value, str) else value
