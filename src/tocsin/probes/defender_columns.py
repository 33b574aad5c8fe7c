"""The OCSF columns of Defender's alerts and hunting tables.

Enters: an event of the family `defender`. Leaves: columns.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from tocsin.model import Columns, Event, Native
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, first, look_up, text_of, whole

_HUNTING: Table = {
    "activity_name": ("Action", "ActionType", "DeliveryAction", "OperationName"),
    "device.hostname": "DeviceName",
    "device.uid": "DeviceId",
    "device.os.name": "OSPlatform",
    "device.mac": "MacAddress",
    "actor.process.name": "InitiatingProcessFileName",
    "actor.process.cmd_line": "InitiatingProcessCommandLine",
    "actor.process.pid": "InitiatingProcessId",
    "actor.user.name": (
        "InitiatingProcessAccountName",
        "AccountName",
        "AccountUpn",
        "AccountDisplayName",
        "Account",
        "SenderFromAddress",
    ),
    "actor.user.domain": ("InitiatingProcessAccountDomain", "AccountDomain"),
    "actor.user.uid": ("InitiatingProcessAccountSid", "AccountSid", "AccountObjectId", "AccountId"),
    "user.name": ("AccountName", "AccountUpn", "TargetAccountUpn", "TargetAccountDisplayName"),
    "user.domain": "AccountDomain",
    "user.uid": ("AccountSid", "AccountObjectId"),
    "user.email_addr": ("AccountUpn", "InitiatingProcessAccountUpn"),
    "logon_type": "LogonType",
    "connection_info.protocol_name": "Protocol",
    "reg_key.path": "RegistryKey",
    "http_request.url": ("RemoteUrl", "Url"),
    "http_request.user_agent": "UserAgent",
    "api.operation": ("OperationName", "ActionType"),
    "app_name": "Application",
    "resource.uid": ("AzureResourceId", "ObjectId", "ObjectName"),
    "resource.type": "ObjectType",
    "email.from": ("SenderFromAddress", "SenderEmailAddress"),
    "email.to": "RecipientEmailAddress",
    "email.subject": "Subject",
    "status_detail": ("FailureReason", "ActionResult"),
    "metadata.uid": "ReportId",
    "query.hostname": "QueryTarget",
}
_IMAGE: Table = {
    "process.name": ("FileName", "ProcessName"),
    "process.cmd_line": "ProcessCommandLine",
    "process.pid": "ProcessId",
    "process.file.path": "FolderPath",
    "process.hash": ("SHA256", "SHA1", "MD5"),
}
_FILE: Table = {
    "file.name": "FileName",
    "file.path": "FolderPath",
    "file.hash": ("SHA256", "SHA1", "MD5"),
    "file.size": "FileSize",
}
_ALERT: Table = {
    "finding.title": ("Title", "title", "AlertName", "DisplayName", "incidentName", "threatName"),
    "finding.uid": (
        "AlertType",
        "alertPolicyId",
        "detectorId",
        "AlertId",
        "alertId",
        "id",
        "SystemAlertId",
        "incidentId",
    ),
    "finding.category": ("Category", "category", "AlertType", "Categories", "Tactics"),
    "finding.techniques": ("mitreTechniques", "AttackTechniques", "Techniques"),
    "message": ("description", "Description"),
    "metadata.uid": ("AlertId", "id", "alertId", "SystemAlertId", "name"),
    "activity_name": ("Title", "title", "AlertName", "DetectionSource", "detectionSource"),
    "device.hostname": (
        "DeviceName",
        "computerDnsName",
        "CompromisedEntity",
        "evidence.deviceDnsName",
        "devices.deviceDnsName",
        "hostStates.fqdn",
        "alerts.devices.deviceDnsName",
    ),
    "device.uid": ("DeviceId", "machineId", "evidence.mdeDeviceId"),
    "actor.user.name": (
        "AccountName",
        "AccountUpn",
        "relatedUser.userName",
        "evidence.userAccount.userPrincipalName",
        "evidence.userAccount.accountName",
        "userStates.userPrincipalName",
        "userStates.accountName",
    ),
    "actor.user.domain": ("AccountDomain", "relatedUser.domainName", "evidence.userAccount.domainName"),
    "actor.user.uid": ("AccountSid", "AccountObjectId"),
    "user.email_addr": ("AccountUpn", "userStates.userPrincipalName"),
    "process.cmd_line": ("ProcessCommandLine", "evidence.processCommandLine"),
    "file.name": ("FileName", "evidence.fileName", "evidence.imageFile.fileName"),
    "file.path": ("FolderPath", "evidence.filePath"),
    "file.hash": ("SHA256", "SHA1", "evidence.sha256", "evidence.sha1"),
    "status_detail": ("status", "Status"),
    "http_request.url": ("RemoteUrl", "evidence.url"),
}
_CLASSES = (
    ("ProcessEvents", 1007),
    ("NetworkEvents", 4001),
    ("LogonEvents", 3002),
    ("ImageLoadEvents", 1005),
    ("FileEvents", 1001),
    ("RegistryEvents", 201001),
    ("EmailEvents", 4009),
    ("CloudAppEvents", 6003),
    ("CloudAuditEvents", 6003),
)
_LEVELS = {"informational", "low", "medium", "high", "critical"}
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a Defender record."""
    native = event.native
    inner = native.get("properties")
    fields: Native = inner if isinstance(inner, dict) else native
    if event.source == "defender.alert":
        return _alert(fields)
    return _hunting(fields, _table_of(native))


def _table_of(native: Native) -> str:
    name = text_of(native.get("category")) or text_of(native.get("Type")) or ""
    return name.removeprefix("AdvancedHunting-")


def _hunting(fields: Native, table: str) -> Columns:
    is_process = "ProcessEvents" in table or ("ProcessCommandLine" in fields and "ProcessId" in fields)
    found = {**fill(fields, _HUNTING), **fill(fields, _IMAGE if is_process else _FILE)}
    class_uid = next((uid for name, uid in _CLASSES if name in table), None)
    if class_uid is not None:
        found["class_uid"] = class_uid
    found.update(_connection(fields))
    found.update(_logged_on(fields))
    action = str(found.get("activity_name", ""))
    if action.endswith(("Failed", "Failure")) or fields.get("ActionResult") == "Failed":
        found["status"] = "Failure"
    elif action.endswith("Success") or fields.get("ActionResult") == "Success":
        found["status"] = "Success"
    return found


def _connection(fields: Native) -> Columns:
    """Put Local and Remote where source and destination are: what came in came from the remote side."""
    extra = _opened(fields.get("AdditionalFields"))
    direction = extra.get("direction") if isinstance(extra, dict) else None
    inward = str(fields.get("ActionType")).startswith("Inbound") or "LogonType" in fields or direction == "In"
    near, far = ("dst_endpoint", "src_endpoint") if inward else ("src_endpoint", "dst_endpoint")
    found: Columns = {}
    for side, address, port in ((near, "LocalIP", "LocalPort"), (far, "RemoteIP", "RemotePort")):
        found.update(peers.endpoint(side, fields.get(address)))
        number = whole(fields.get(port))
        if number is not None:
            found[f"{side}.port"] = number
    if not fields.get("RemoteIP"):
        caller = first(fields.get(name) for name in _CALLERS) or fields.get("LocalIP")
        found.update(peers.endpoint("src_endpoint", caller))
        found.update(fill(fields, _TARGET))
    return found


_TARGET: Table = {
    "dst_endpoint.ip": "DestinationIPAddress",
    "dst_endpoint.port": "DestinationPort",
    "dst_endpoint.hostname": ("DestinationDeviceName", "TargetDeviceName"),
    "src_endpoint.port": "Port",
}
_CALLERS = ("IPAddress", "SenderIPv4", "SenderIPv6", "PublicIP")


def _logged_on(fields: Native) -> Columns:
    """Name the first user of a device's list, which is JSON inside a text."""
    value = fields.get("LoggedOnUsers")
    users = _opened(value)
    user = users[0] if isinstance(users, list) and users else None
    if not isinstance(user, dict):
        return {}
    return fill(user, {"user.name": "UserName", "user.domain": "DomainName", "user.uid": "Sid"})


def _opened(value: object) -> Any:
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return None


def _alert(fields: Native) -> Columns:
    found = fill(fields, _ALERT)
    found["class_uid"] = 2004
    values = (look_up(fields, name) for name in ("Severity", "severity", "AlertSeverity"))
    severity = (first(values) or "").lower()
    if severity in _LEVELS:
        found["severity"] = found["finding.severity"] = severity
    techniques = sorted(set(_TECHNIQUE.findall(str(found.pop("finding.techniques", "")))))
    if techniques:
        found["finding.techniques"] = techniques
    addresses = ("LocalIP", "evidence.ipAddress", "hostStates.privateIpAddress", "networkConnections.sourceAddress")
    near = first(look_up(fields, path) for path in addresses)
    far = first(look_up(fields, path) for path in ("RemoteIP", "networkConnections.destinationAddress"))
    found.update(peers.endpoint("src_endpoint", near or far))
    if near:
        found.update(peers.endpoint("dst_endpoint", far))
    return found
