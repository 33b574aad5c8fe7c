"""Okta system log.

Enters: JSON objects of the System Log API, of log streaming (in `detail` of EventBridge) or of an event hook.
Leaves: events `okta.system`, nested as received; ThreatInsight and security events also as findings of another tool.
Source: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import lakes, peers
from tocsin.probes.fill import Table, fill, look_up, text_of

NAME = "okta"
LAYER: Layer = "identity"
SOURCES = ("okta",)

_COLUMNS: Table = {
    "activity_name": "eventType",
    "api.operation": "eventType",
    "message": "displayMessage",
    "actor.user.name": ("actor.alternateId", "actor.displayName"),
    "actor.user.uid": "actor.id",
    "http_request.user_agent": "client.userAgent.rawUserAgent",
    "device.os.name": "client.userAgent.os",
    "device.hostname": "device.name",
    "device.uid": "device.id",
    "src_endpoint.zone": "client.zone",
    "status_detail": "outcome.reason",
    "session.uid": ("authenticationContext.rootSessionId", "authenticationContext.externalSessionId"),
    "auth_protocol": "authenticationContext.authenticationProvider",
    "http_request.url": ("debugContext.debugData.requestUri", "debugContext.debugData.url"),
    "metadata.uid": "uuid",
}
_THREATS = ("security.threat", "security.attack", "user.risk", "security.breached", "security.events.provider")
_LOGONS = ("user.session.start", "user.authentication", "user.account.lock", "user.mfa.")
_FAILED = {"FAILURE", "DENY", "ABANDONED"}
_LEVELS = {"DEBUG": "low", "INFO": "low", "WARN": "medium", "ERROR": "high"}


_OWN_NAMES = lakes.spelling(
    "eventType legacyEventType displayMessage debugContext authenticationContext securityContext"
)


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is an event of the system log."""
    if not isinstance(record.get("actor"), dict):
        return False
    if isinstance(record.get("eventType"), str):
        return any(name in record for name in ("published", "legacyEventType", "outcome", "displayMessage"))
    return "eventtype" in record and ("published" in record or "outcome" in record or "displaymessage" in record)


def read(record: dict[str, Any]) -> Parsed:
    """Read one event."""
    if "eventType" not in record:
        record = lakes.respelled(record, _OWN_NAMES)
    return Parsed("okta.system", parse_time(record.get("published")), record)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a system log event."""
    native = event.native
    found = fill(native, _COLUMNS)
    kind = str(native.get("eventType"))
    found["class_uid"] = 3002 if kind.startswith(_LOGONS) else 3001
    result = text_of(look_up(native, "outcome.result"))
    if result:
        found["status"] = "Failure" if result in _FAILED else "Success"
    found.update(peers.endpoint("src_endpoint", look_up(native, "client.ipAddress")))
    found.update(_target(native))
    if found["class_uid"] == 3002 and "user.name" not in found and "actor.user.name" in found:
        found["user.name"] = found["actor.user.name"]
    if kind.startswith(_THREATS):
        found.update(_threat(native, kind))
    return found


def _target(native: Native) -> Columns:
    """Name the first user and the first other thing acted upon."""
    found: Columns = {}
    targets = native.get("target")
    table: Table
    for target in targets if isinstance(targets, list) else []:
        if not isinstance(target, dict):
            continue
        if target.get("type") == "User":
            table = {"user.name": ("alternateId", "displayName"), "user.email_addr": "alternateId", "user.uid": "id"}
        else:
            table = {"resource.uid": ("displayName", "alternateId", "id"), "resource.type": "type"}
        found = {**fill(target, table), **found}
    return found


def _threat(native: Native, kind: str) -> Columns:
    severity = _LEVELS.get(str(native.get("severity")), "medium")
    found = fill(native, {"finding.title": ("displayMessage", "eventType"), "finding.category": "outcome.reason"})
    return {**found, "finding.uid": kind, "finding.severity": severity, "severity": severity}
