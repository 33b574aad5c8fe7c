"""Keycloak: user and admin events.

Enters: JSON events (event listener, admin API), its JSON log (`org.keycloak.events` with the event in `message`), and
lines `type="LOGIN_ERROR", realmId="…", …` of the text log. Leaves: events `keycloak.event`, native = the event's own
fields (`type`, `realmId`, `clientId`, `userId`, `ipAddress`, `error`, details) with what the log had around them.
Source: https://www.keycloak.org/docs/latest/server_admin/#auditing-user-events
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import Table, fill

NAME = "keycloak"
LAYER: Layer = "identity"
SOURCES = ("keycloak",)

_PAIR = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s][^,]*))')
_START = re.compile(r"(?:^|\s)(?:operationT|t)ype=")
_STAMP = re.compile(r"\s*(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)")
_TIMES = ("@timestamp", "timestamp", "time")
_LOGGERS = ("org.keycloak.events", "org.keycloak.events.jboss")
_LOGONS = ("LOGIN", "LOGOUT", "CODE_TO_TOKEN", "REFRESH_TOKEN", "CLIENT_LOGIN", "IDENTITY_PROVIDER", "TOKEN_EXCHANGE")
_COLUMNS: Table = {
    "activity_name": ("type", "operationType"),
    "user.name": ("username", "details.username", "userId"),
    "user.uid": "userId",
    "actor.user.name": ("authDetails.username", "authDetails.userId"),
    "actor.user.uid": "authDetails.userId",
    "user.domain": ("realmName", "realmId"),
    "app_name": ("clientId", "authDetails.clientId"),
    "status_detail": "error",
    "session.uid": ("sessionId", "details.code_id", "code_id"),
    "auth_protocol": ("auth_method", "details.auth_method"),
    "http_request.url": ("redirect_uri", "details.redirect_uri"),
    "resource.uid": "resourcePath",
    "resource.type": "resourceType",
    "metadata.uid": "id",
    "device.hostname": ("host.hostname", "hostName", "host.name"),
}


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is an event, or an entry of the JSON log that carries one."""
    if "realmId" in record:
        return "type" in record or "operationType" in record
    logger = record.get("log.logger", record.get("loggerName"))
    return logger in _LOGGERS and isinstance(record.get("message"), str) and "realmId=" in record["message"]


def read(record: dict[str, Any]) -> Parsed:
    """Read one event."""
    time_us = next((time for name in _TIMES if (time := parse_time(record.get(name))) is not None), None)
    if "realmId" in record:
        return Parsed("keycloak.event", time_us, record)
    return Parsed("keycloak.event", time_us, {**record, **_fields(record["message"])})


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door's shape
    """Say whether this line carries an event."""
    return "realmId=" in line and _START.search(line) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read the event of a line. Raises ValueError when it has no fields."""
    start = _START.search(line)
    native: dict[str, Any] = _fields(line[start.start() :]) if start else {}
    if "realmId" not in native:
        raise ValueError("no Keycloak event")
    stamp = _STAMP.match(line)
    time_us = parse_time(stamp.group(1)) if stamp else envelope.time_us
    if envelope.host:
        native.setdefault("host.name", envelope.host)
    return Parsed("keycloak.event", time_us, {"message": line, **native})


def _fields(text: str) -> dict[str, str]:
    """Give the fields of `name="value", …`; the mark `null` is left out."""
    fields: dict[str, str] = {}
    for name, quoted, bare in _PAIR.findall(text):
        value = (quoted or bare).strip()
        if value not in {"", "null"}:
            fields[name] = value
    return fields


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an event."""
    native = event.native
    found = fill(native, _COLUMNS)
    kind = str(found.get("activity_name", ""))
    found["class_uid"] = 3002 if kind.startswith(_LOGONS) else 3001
    found["status"] = "Failure" if kind.endswith("_ERROR") or native.get("error") else "Success"
    details = native.get("authDetails")
    address = details.get("ipAddress") if isinstance(details, dict) else native.get("ipAddress")
    found.update(peers.endpoint("src_endpoint", address))
    return found
