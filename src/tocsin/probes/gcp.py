"""Google Cloud and Google Workspace: audit logs and other log entries, admin reports.

Enters: LogEntry objects (Cloud Logging export, Pub/Sub, also wrapped in `data`) and activities of the Reports API.
Leaves: events `gcp.audit` (with a `protoPayload`), `gcp.log` (other entries), `gcp.workspace`, nested as received.
Source: https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs and
https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import lakes, peers
from tocsin.probes.fill import Table, fill, first, look_up, whole

NAME = "gcp"
LAYER: Layer = "cloud"
SOURCES = ("gcp",)

_AUDIT: Table = {
    "api.operation": "protoPayload.methodName",
    "activity_name": "protoPayload.methodName",
    "api.service": "protoPayload.serviceName",
    "actor.user.name": (
        "protoPayload.authenticationInfo.principalEmail",
        "protoPayload.authenticationInfo.principalSubject",
    ),
    "actor.user.uid": (
        "protoPayload.authenticationInfo.serviceAccountDelegationInfo.firstPartyPrincipal.principalEmail",
        "protoPayload.authenticationInfo.principalSubject",
    ),
    "http_request.user_agent": "protoPayload.requestMetadata.callerSuppliedUserAgent",
    "resource.uid": "protoPayload.resourceName",
    "status_detail": ("protoPayload.status.message", "protoPayload.status.code"),
    "device.hostname": "labels.nodename",
}
_ENTRY: Table = {
    "metadata.uid": "insertId",
    "cloud.account.uid": ("resource.labels.project_id", "resource.labels.organization_id"),
    "cloud.region": ("resource.labels.location", "resource.labels.region", "resource.labels.zone"),
    "resource.type": "resource.type",
}
_LOG: Table = {
    "message": ("textPayload", "jsonPayload.message", "jsonPayload.MESSAGE"),
    "device.hostname": (
        "jsonPayload._HOSTNAME",
        "jsonPayload.source.host",
        "jsonPayload.hostname",
        "jsonPayload.involvedObject.name",
        "resource.labels.node_name",
    ),
    "activity_name": ("jsonPayload.reason", "jsonPayload.enforcedSecurityPolicy.outcome"),
    "process.name": "jsonPayload._EXE",
    "process.cmd_line": "jsonPayload._CMDLINE",
    "http_request.url": "httpRequest.requestUrl",
    "http_request.method": "httpRequest.requestMethod",
    "http_request.user_agent": "httpRequest.userAgent",
    "http_response.code": "httpRequest.status",
}
_WORKSPACE: Table = {
    "activity_name": ("events.name", "name"),
    "api.operation": ("events.name", "name"),
    "api.service": "id.applicationName",
    "actor.user.name": ("actor.email", "actor.key", "actor.profileId"),
    "actor.user.uid": "actor.profileId",
    "metadata.uid": "id.uniqueQualifier",
    "cloud.account.uid": "id.customerId",
}
_PARAMETERS: Table = {
    "device.hostname": "DEVICE_NAME",
    "user.name": ("affected_email_address", "USER_EMAIL", "DEVICE_USER", "target_user", "USER_ID"),
    "user.email_addr": ("affected_email_address", "USER_EMAIL"),
    "status_detail": ("login_failure_type", "EVENT_REASON"),
}
_CALLERS = (
    "protoPayload.requestMetadata.callerIp",
    "protoPayload.requestMetadata.callerIP",
    "httpRequest.remoteIp",
)
_OWN_NAMES = lakes.spelling(
    "protoPayload jsonPayload textPayload httpRequest insertId logName receiveTimestamp sourceLocation spanId"
)
_LOGINS = {"login_success", "login_failure", "login_challenge", "login_verification", "logout"}


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is a LogEntry or an activity of the Reports API."""
    return _kind(record) is not None


def _kind(record: dict[str, Any]) -> str | None:
    if isinstance(record.get("protoPayload", record.get("protopayload")), dict):
        return "audit"
    if ("logName" in record or "logname" in record) and ("insertId" in record or "insertid" in record):
        return "log"
    if record.get("kind") == "admin#reports#activity":
        return "workspace"
    inner = record.get("id")
    if isinstance(inner, dict) and "applicationName" in inner:
        return "workspace"
    if isinstance(record.get("data"), dict) and isinstance(record["data"].get("protoPayload"), dict):
        return "pubsub"
    return None


def read(record: dict[str, Any]) -> Parsed:
    """Read one entry."""
    kind = _kind(record)
    if "protopayload" in record or "insertid" in record:
        record = lakes.respelled(record, _OWN_NAMES)
    if kind == "pubsub":
        wrapper = {name: value for name, value in record.items() if name != "data"}
        record = {**record["data"], "pubsub": wrapper}
        kind = "audit"
    return Parsed(f"gcp.{kind}", _time(record), record)


def _time(record: Native) -> int | None:
    paths = ("timestamp", "id.time", "receiveTimestamp", "p_event_time")
    times = (parse_time(look_up(record, path)) for path in paths)
    return next((time for time in times if time is not None), None)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a Google event."""
    native = event.native
    if event.source == "gcp.workspace":
        return _workspace(native)
    is_audit = event.source == "gcp.audit"
    found = fill(native, {**_ENTRY, **(_AUDIT if is_audit else _LOG)})
    if is_audit:
        code = whole(look_up(native, "protoPayload.status.code"))
        found["class_uid"] = 6003
        found["status"] = "Failure" if code else "Success"
        found.update(_affected(native))
    found.update(peers.endpoint("src_endpoint", first(look_up(native, path) for path in _CALLERS)))
    return found


def _affected(native: Native) -> Columns:
    """Name the account that a Workspace log-in event is about; it stands among the event's parameters."""
    events = look_up(native, "protoPayload.metadata.event")
    event = events[0] if isinstance(events, list) and events else None
    parameters = event.get("parameter") if isinstance(event, dict) else None
    for parameter in parameters if isinstance(parameters, list) else ():
        if isinstance(parameter, dict) and parameter.get("name") == "affected_email_address":
            return fill(parameter, {"user.name": "value", "user.email_addr": "value"})
    return {}


def _workspace(native: Native) -> Columns:
    found = fill(native, _WORKSPACE)
    name = found.get("activity_name")
    found["class_uid"] = 3002 if name in _LOGINS else 6003
    if name in _LOGINS:
        found["status"] = "Failure" if name == "login_failure" else "Success"
        if "actor.user.name" in found:
            found["user.name"] = found["actor.user.name"]
    found.update(peers.endpoint("src_endpoint", native.get("ipAddress")))
    return {**found, **fill(_parameters(native), _PARAMETERS)}


def _parameters(native: Native) -> dict[str, Any]:
    """Give the parameters of the first event as name -> value, from a list of pairs or an object."""
    listed = look_up(native, "events.parameters")
    if not isinstance(listed, list):
        listed = native.get("parameters")
    if isinstance(listed, dict):
        return listed
    pairs = [pair for pair in listed if isinstance(pair, dict)] if isinstance(listed, list) else []
    return {str(pair.get("name")): pair.get("value", pair.get("multiValue")) for pair in pairs}
