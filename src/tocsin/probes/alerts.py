"""Alerts of any other tool, as rows of an export or JSON objects, told by the names of their fields alone.

Enters: objects that name an alert, a time, and a host or an address under usual names, at the top or one level down
(`time,name,ip,host`; `threatInfo.threatName`; `event.DetectName`). Leaves: events `alerts.export`, nested as received.
Asked last of all probes. A name that only may be an alert's (`name`, `title`, `rule_name`) counts when a severity, or
both a host and an address, stand beside it. A severity that is a number on an unknown scale is left out of the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.fill import clean, look_up, text_of

NAME = "alerts"
LAYER: Layer = "other"
SOURCES = ("alerts",)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURE = _words(
    "alertname alerttitle alertsignature signature signaturename threatname detectionname detectname "
    "detectiontitle malwarename virusname attackname findingtitle findingname incidentname dtypevname "
    "rulenamedetected alerttypename threatinfothreatname detectiontype incidenttype"
)
_MAYBE = _words("rulename rule name title alert detection threat eventname eventtitle model virus modelname alerttype")
_TIME = _words(
    "time timestamp @timestamp datetime date eventtime eventtimestamp alerttime detectiontime detecttime "
    "detectiondate detectedat timestampdetected timegenerated createdat created createdtime "
    "createddatetime creationtime identifiedat occurredat occurred occured when starttime start firstseen "
    "lastseen raisedat vectratimestamp eventcreationtime servertimestamp clienttimestamp processstarttime ts rt"
)
_SEVERITY = _words(
    "severity alertseverity severityname severitylabel severitylevel level alertlevel risklevel risk "
    "priority threatlevel criticality lvl filterrisklevel confidencelevel"
)
_HOST = _words(
    "hostname host computername computer devicename device machinename machine endpointname endpoint "
    "assetname asset agentname agentcomputername agenthostname hostfqdn devicehostname dvchost dhost node "
    "workstation targethostname hostinfohostname location"
)
_ADDRESS = _words("ip hostip deviceip ipaddress localip agentip ipv4 hostipaddress endpointip localipaddress")
_SOURCE = _words("srcip sourceip src sourceaddress srcaddress ipsrc clientip attackerip sourceipaddress remoteip saddr")
_TARGET = _words(
    "dstip destip destinationip dst dest destinationaddress dstaddress ipdst targetip "
    "destinationipaddress dddstip daddr"
)
_USER = _words("username user accountname account suser srcuser userprincipalname logonuser processuser principal")
_ROLES: dict[str, tuple[str, ...]] = {
    "sure": _SURE,
    "maybe": _MAYBE,
    "time": _TIME,
    "severity": _SEVERITY,
    "host": _HOST,
    "address": _ADDRESS,
    "source": _SOURCE,
    "target": _TARGET,
    "user": _USER,
    "kind": ("eventkind",),
    "ecs": ("rulename", "eventreason", "eventaction", "eventmodule"),
    "uid": ("ruleid", "signatureid", "alertid", "detectionid", "detectid", "sid", "id"),
    "category": (
        "category",
        "alertcategory",
        "alerttype",
        "type",
        "eventtype",
        "classification",
        "tactic",
        "objective",
    ),
    "technique": ("technique", "techniques", "mitre", "mitretechniques", "mitreattack", "attacktechnique", "tags"),
    "command": ("commandline", "cmdline", "processcommandline"),
    "process": ("processname", "imagefilename", "processpath"),
    "path": ("filepath", "targetpath", "path"),
    "file": ("filename",),
    "hash": ("sha256", "sha256string", "filehash", "filesha256", "sha1", "md5"),
    "message": ("message", "msg", "description", "details"),
    "source_port": ("srcport", "sourceport"),
    "target_port": ("dstport", "destport", "destinationport", "dddstport"),
}
_RANKS: dict[str, list[tuple[str, int]]] = {}
for _role, _names in _ROLES.items():
    for _rank, _name in enumerate(_names):
        _RANKS.setdefault(_name, []).append((_role, _rank))
_WRAPPERS = {
    "event", "alert", "detection", "data", "attributes", "properties", "metadata", "threat", "finding", "details",
    "detail", "threatinfo", "agentrealtimeinfo", "agentdetectioninfo", "sourceinfo", "alertinfo",
}  # fmt: skip
_COLUMNS = {
    "uid": "finding.uid",
    "category": "finding.category",
    "command": "process.cmd_line",
    "process": "process.name",
    "path": "file.path",
    "file": "file.name",
    "hash": "file.hash",
    "message": "message",
    "source_port": "src_endpoint.port",
    "target_port": "dst_endpoint.port",
}
_LEVELS = {
    "informational": "informational", "information": "informational", "info": "informational",
    "notice": "informational",
    "low": "low", "minor": "low",
    "medium": "medium", "moderate": "medium", "med": "medium", "warning": "medium",
    "high": "high", "major": "high", "important": "high", "error": "high",
    "critical": "critical", "severe": "critical", "very high": "critical", "fatal": "critical", "emergency": "critical",
}  # fmt: skip
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\s_.-]+")
_MAX_KEYS = 200
_LONGER_THAN_EMPTY = 10
"""No mark for "nothing" (`undefined`…) is this long."""

Plan = dict[str, tuple[str, ...]]
"""Role -> the paths that may hold it, best first."""


def claims(record: dict[str, Any]) -> bool:
    """Say whether an object is an alert, by the names of its fields."""
    plan = _plan(_shape(record))
    if not plan or not _has(record, plan, "time"):
        return False
    has_host, has_address = _has(record, plan, "host"), _has(record, plan, "address")
    if not (has_host or has_address or any(_has(record, plan, role) for role in ("source", "target", "user"))):
        return False
    if _has(record, plan, "sure"):
        return True
    if ((has_host and has_address) or _has(record, plan, "severity")) and _has(record, plan, "maybe"):
        return True
    return _text(record, plan, "kind") == "alert" and _has(record, plan, "ecs")


def _shape(record: dict[str, Any]) -> tuple[str, ...]:
    """Give the paths of an object down to the second level, bounded."""
    if len(record) > _MAX_KEYS:
        return ()
    for value in record.values():
        if type(value) is dict:
            return _deep_shape(record)
    return tuple(record)


def _deep_shape(record: dict[str, Any]) -> tuple[str, ...]:
    paths: list[str] = []
    for name, value in record.items():
        if isinstance(value, dict):
            paths.extend(f"{name}.{inner}" for inner in value)
        else:
            paths.append(name)
        if len(paths) > _MAX_KEYS:
            return ()
    return tuple(paths)


@lru_cache(maxsize=4096)
def _plan(shape: tuple[str, ...]) -> Plan:
    """Say which paths of a shape may play which role; empty when they cannot make an alert."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for path in shape:
        for role, rank in _roles_of(path):
            ranked.setdefault(role, []).append((rank, path))
    if "time" not in ranked or not ranked.keys() & {"sure", "maybe", "kind"}:
        return {}
    return {role: tuple(path for _, path in sorted(paths)) for role, paths in ranked.items()}


def _roles_of(path: str) -> Iterator[tuple[str, int]]:
    """Give (role, rank) of a path, by its whole name, and by its last step inside a mere wrapper."""
    whole = _NOT_LETTERS.sub("", path).lower()
    yield from _RANKS.get(whole, ())
    outer, dot, inner = path.partition(".")
    if dot and _NOT_LETTERS.sub("", outer).lower() in _WRAPPERS:
        leaf = _NOT_LETTERS.sub("", inner).lower()
        for role, rank in _RANKS.get(leaf, ()):
            yield role, rank + 100


def _has(record: Native, plan: Plan, role: str) -> bool:
    """Say whether something plays a role. On the hot path: a long text needs no further look."""
    for path in plan.get(role, ()):
        value = record.get(path)
        if type(value) is str and len(value) >= _LONGER_THAN_EMPTY:
            return True
        if text_of(look_up(record, path)) is not None:
            return True
    return False


def _text(record: Native, plan: Plan, role: str) -> str | None:
    """Give the first scalar that plays a role."""
    for path in plan.get(role, ()):
        text = text_of(look_up(record, path))
        if text is not None:
            return text
    return None


def read(record: dict[str, Any]) -> Parsed:
    """Read one alert."""
    plan = _plan(_shape(record))
    times = (parse_time(look_up(record, path)) for path in plan.get("time", ()))
    return Parsed("alerts.export", next((time for time in times if time is not None), None), record)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an alert."""
    native = event.native
    plan = _plan(_shape(native))
    title = next((text for role in ("sure", "maybe", "ecs") if (text := _text(native, plan, role))), None)
    found: Columns = {"class_uid": 2004}
    if title:
        found["finding.title"] = found["activity_name"] = title
    for role, column in _COLUMNS.items():
        value = clean(column, _text(native, plan, role))
        if value is not None:
            found[column] = value
    found.update(_places(native, plan))
    found.update(peers.account("actor.user", _text(native, plan, "user")))
    levels = (_LEVELS.get(str(look_up(native, path)).lower()) for path in plan.get("severity", ()))
    level = next((level for level in levels if level), None)
    if level:
        found["severity"] = found["finding.severity"] = level
    techniques = _techniques(native, plan)
    if techniques:
        found["finding.techniques"] = techniques
    return found


def _places(native: Native, plan: Plan) -> Columns:
    found: Columns = {}
    sides = (("device", "address"), ("device", "host"), ("src_endpoint", "source"), ("dst_endpoint", "target"))
    for side, role in sides:
        for column, value in peers.endpoint(side, _text(native, plan, role)).items():
            found.setdefault(column, value)
    return found


def _techniques(native: Native, plan: Plan) -> list[str]:
    texts = (str(look_up(native, path)) for path in plan.get("technique", ()))
    return sorted({match.upper() for text in texts for match in _TECHNIQUE.findall(text)})
