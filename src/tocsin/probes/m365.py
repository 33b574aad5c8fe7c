"""Microsoft 365 unified audit log: Exchange, SharePoint, Teams, Entra, Purview, Defender for Office.

Enters: JSON objects of the Management API or `Search-UnifiedAuditLog`, or CSV rows whose `AuditData` cell holds that
object as JSON. Leaves: events `m365.audit` whose native fields are the object's, with the row's other cells beside
them. Duplicates are normal in exports (up to 44 %) and are kept: they are what was received.
Source: https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema
"""

from __future__ import annotations

from typing import Any

import orjson

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, first, look_up, text_of

NAME = "m365"
LAYER: Layer = "identity"
SOURCES = ("m365",)

_TIMES = ("CreationTime", "CreationDate", "TimeGenerated")
_LOGONS = {"userloggedin", "userloginfailed", "mailboxlogin", "teamssessionstarted"}
_FAILED = ("fail", "error", "false", "denied", "blocked")
_COLUMNS: Table = {
    "api.operation": ("Operation", "Operations"),
    "api.service": "Workload",
    "actor.user.name": ("UserId", "UserIds", "MailboxOwnerUPN", "UserKey"),
    "actor.user.uid": ("UserKey", "LogonUserSid"),
    "cloud.account.uid": "OrganizationId",
    "metadata.uid": ("Id", "Identity"),
    "resource.uid": ("ObjectId", "MailboxOwnerUPN", "SourceFileName"),
    "resource.type": ("ItemType", "EntityType"),
    "file.name": "SourceFileName",
    "status_detail": ("LogonError", "ResultStatus", "ErrorNumber"),
    "session.uid": ("SessionId", "AppAccessContext.AADSessionId", "InterSystemsId"),
    "http_request.user_agent": ("UserAgent", "ClientInfoString"),
    "device.hostname": ("DeviceName", "MachineName", "DeviceDisplayName"),
    "app_name": ("ApplicationDisplayName", "ClientAppName", "AppId", "ApplicationId"),
    "email.subject": ("Item.Subject", "AffectedItems.Subject", "Subject"),
    "email.from": ("P1Sender", "SenderMailFromAddress", "Sender"),
    "email.to": ("Recipients", "Receivers"),
}
_ALERT: Table = {
    "finding.title": ("Name", "InvestigationName", "AlertType"),
    "finding.uid": ("PolicyId", "AlertId", "InvestigationId"),
    "finding.category": ("Category", "AlertType", "InvestigationType"),
}
_ALERT_DATA: Table = {
    "device.hostname": "dn",
    "src_endpoint.ip": ("ecip", "sip"),
    "message": ("ad", "an"),
    "app_name": "app",
    "file.path": "ofph",
}
_SEVERITIES = {"informational", "low", "medium", "high"}


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is an audit record or a row of an export that holds one."""
    if "Workload" in record:
        return "Operation" in record and ("CreationTime" in record or "UserId" in record or "TimeGenerated" in record)
    data = record.get("AuditData")
    return isinstance(data, dict) or (isinstance(data, str) and data.startswith("{"))


def read(record: dict[str, Any]) -> Parsed:
    """Read one record. Raises ValueError when the cell `AuditData` is no JSON."""
    native = _opened(record) if "AuditData" in record and "Workload" not in record else record
    time_us = next((time for name in _TIMES if (time := parse_time(native.get(name))) is not None), None)
    return Parsed("m365.audit", time_us, native)


def _opened(record: dict[str, Any]) -> Native:
    data = record["AuditData"]
    inner = orjson.loads(data) if isinstance(data, str) else data
    row = {name: value for name, value in record.items() if name != "AuditData"}
    return {**row, **inner}


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an audit record."""
    native = event.native
    found = fill(native, _COLUMNS)
    operation = str(found.get("api.operation", ""))
    if operation:
        found["activity_name"] = operation.rstrip(".")
    found["class_uid"] = 3002 if operation.lower() in _LOGONS else 6003
    found.update(_user(native, found))
    addresses = (native.get(name) for name in ("ClientIP", "ActorIpAddress", "ClientIPAddress", "SenderIp"))
    found.update(peers.endpoint("src_endpoint", first(addresses)))
    found.update(_status(native, operation))
    found.update(_pairs(native))
    if "AlertId" in native or "InvestigationId" in native:
        if "AlertId" in native and "@" not in str(found.get("actor.user.name")):
            for column in ("actor.user.name", "actor.user.uid"):
                found.pop(column, None)  # the alerting service itself, the same in all of them
        found.update(_alert(native))
    return found


def _user(native: Native, found: Columns) -> Columns:
    """Give the mail address of who acted, and the account that a sign-in or a directory change was about."""
    name = str(found.get("actor.user.name", "")).removeprefix("urn:spo:guest#")
    columns: Columns = {"actor.user.name": name} if name else {}
    if found["class_uid"] == 3002 and name:
        columns["user.name"] = name
        if "@" in name:
            columns["user.email_addr"] = name
    elif native.get("Workload") == "AzureActiveDirectory":
        target = text_of(native.get("ObjectId"))
        if target and "@" in target:
            columns["user.name"] = columns["user.email_addr"] = target
    return columns


def _status(native: Native, operation: str) -> Columns:
    result = text_of(native.get("ResultStatus"))
    if "loginfailed" in operation.lower() or (result and result.lower().startswith(_FAILED)):
        return {"status": "Failure"}
    return {"status": "Success"} if result else {}


def _pairs(native: Native) -> Columns:
    """Read the columns that hide in lists of `{Name, Value}`."""
    found: Columns = {}
    wanted = {"UserAgent": "http_request.user_agent", "OS": "device.os.name", "DisplayName": "device.hostname"}
    for listed in ("ExtendedProperties", "DeviceProperties"):
        for pair in _objects(native.get(listed)):
            column = wanted.get(str(pair.get("Name")))
            value = text_of(pair.get("Value"))
            if column and value and (column != "device.hostname" or listed == "DeviceProperties"):
                found[column] = value
    return found


def _data(native: Native) -> dict[str, Any]:
    """Open the JSON text of the field `Data`."""
    data = native.get("Data")
    if isinstance(data, str) and data.startswith("{"):
        try:
            data = orjson.loads(data)
        except ValueError:
            return {}
    return data if isinstance(data, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _alert(native: Native) -> Columns:
    """Make another tool's alert of Purview's and Defender's own alert records; whom it is about is in `Data`."""
    data = _data(native)
    found = {**fill(native, _ALERT), **fill(data, _ALERT_DATA)}
    names = (text_of(data.get(name)) for name in ("f3u", "suid", "trc", "eid"))
    name = next((name for name in names if name and "@" in name and "/" not in name), None)
    if name:
        found["user.name"] = found["user.email_addr"] = name
    found["class_uid"] = 2004
    severity = text_of(look_up(native, "Severity"))
    if severity and severity.lower() in _SEVERITIES:
        found["severity"] = found["finding.severity"] = severity.lower()
    return found
