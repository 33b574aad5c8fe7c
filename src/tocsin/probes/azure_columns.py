"""The OCSF columns of Azure and Entra events, whatever the form they came in.

Enters: an event of the family `azure`. Leaves: columns.
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Native
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, first, look_up, text_of

_SIGNIN: Table = {
    "user.name": (
        "properties.userPrincipalName",
        "userPrincipalName",
        "UserPrincipalName",
        "Username",
        "properties.servicePrincipalName",
        "servicePrincipalName",
        "ServicePrincipalName",
        "Service principal name",
        "properties.servicePrincipalId",
        "servicePrincipalId",
        "identity",
        "Identity",
        "User",
        "properties.userId",
    ),
    "user.email_addr": ("properties.userPrincipalName", "userPrincipalName", "UserPrincipalName", "Username"),
    "user.uid": (
        "properties.userId",
        "userId",
        "UserId",
        "User ID",
        "properties.servicePrincipalId",
        "servicePrincipalId",
        "ServicePrincipalId",
        "Service principal ID",
    ),
    "app_name": ("properties.appDisplayName", "appDisplayName", "AppDisplayName", "Application"),
    "api.service": (
        "properties.resourceDisplayName",
        "resourceDisplayName",
        "ResourceDisplayName",
        "Resource",
    ),
    "device.uid": ("properties.deviceDetail.deviceId", "deviceDetail.deviceId", "DeviceDetail.deviceId", "Device ID"),
    "device.hostname": (
        "properties.deviceDetail.displayName",
        "deviceDetail.displayName",
        "DeviceDetail.displayName",
    ),
    "device.os.name": (
        "properties.deviceDetail.operatingSystem",
        "deviceDetail.operatingSystem",
        "DeviceDetail.operatingSystem",
        "Operating System",
    ),
    "auth_protocol": (
        "properties.authenticationProtocol",
        "authenticationProtocol",
        "AuthenticationProtocol",
        "properties.clientAppUsed",
        "clientAppUsed",
        "ClientAppUsed",
        "Client app",
    ),
    "session.uid": ("properties.sessionId", "sessionId", "properties.correlationId", "correlationId", "CorrelationId"),
    "metadata.uid": ("properties.id", "id", "Id", "Request ID"),
}

_AUDIT: Table = {
    "activity_name": (
        "operationName",
        "OperationName",
        "operationname",
        "properties.activityDisplayName",
        "activityDisplayName",
        "ActivityDisplayName",
        "Activity",
    ),
    "actor.user.name": (
        "properties.initiatedBy.user.userPrincipalName",
        "initiatedBy.user.userPrincipalName",
        "InitiatedBy.user.userPrincipalName",
        "ActorUserPrincipalName",
        "Initiated By (User Principal Name)",
        "properties.initiatedBy.app.displayName",
        "initiatedBy.app.displayName",
        "InitiatedBy.app.displayName",
        "ActorDisplayName",
        "properties.initiatedBy.user.displayName",
        "initiatedBy.user.displayName",
        "properties.initiatedBy.user.id",
        "initiatedBy.user.id",
        "identity",
        "Identity",
    ),
    "actor.user.uid": (
        "properties.initiatedBy.user.id",
        "initiatedBy.user.id",
        "InitiatedBy.user.id",
        "ActorObjectId",
        "properties.initiatedBy.app.servicePrincipalId",
        "initiatedBy.app.servicePrincipalId",
        "properties.initiatedBy.app.appId",
        "initiatedBy.app.appId",
    ),
    "api.service": ("properties.loggedByService", "loggedByService", "LoggedByService", "Service"),
    "resource.uid": ("Target1ObjectId",),
    "metadata.uid": ("properties.id", "id", "Id", "correlationId", "CorrelationId"),
}

_RISK: Table = {
    "finding.title": (
        "properties.riskEventType",
        "riskEventType",
        "RiskEventType",
        "Detection type",
        "properties.riskDetail",
        "riskDetail",
        "RiskDetail",
    ),
    "finding.uid": ("properties.riskEventType", "riskEventType", "RiskEventType", "Detection type"),
    "finding.category": ("properties.riskState", "riskState", "RiskState", "Risk state"),
    "activity_name": ("operationName", "properties.activity", "activity", "OperationName", "riskEventType"),
    "user.name": (
        "properties.userPrincipalName",
        "userPrincipalName",
        "UserPrincipalName",
        "User principal name",
        "User",
    ),
    "user.email_addr": ("properties.userPrincipalName", "userPrincipalName", "UserPrincipalName"),
    "user.uid": ("properties.userId", "userId", "UserId", "User ID"),
    "metadata.uid": ("properties.id", "id", "Id"),
    "status_detail": ("properties.riskDetail", "riskDetail", "RiskDetail"),
}

_ACTIVITY: Table = {
    "activity_name": ("operationName.value", "operationName", "OperationNameValue", "operationname"),
    "api.operation": ("operationName.value", "operationName", "OperationNameValue", "operationname"),
    "api.service": ("resourceProviderName.value", "ResourceProviderValue"),
    "actor.user.name": (
        "caller",
        "Caller",
        "properties.caller",
        "properties.requestbody.caller",
        "properties.userPrincipalName",
        "identity.authorization.evidence.principalId",
    ),
    "actor.user.uid": "identity.authorization.evidence.principalId",
    "resource.uid": ("resourceId", "_ResourceId", "resourceid"),
    "resource.type": ("resourceType.value", "ResourceType"),
    "cloud.region": "location",
    "metadata.uid": ("eventDataId", "EventDataId", "correlationId"),
    "message": ("description", "properties.message", "resultDescription"),
}

_GRAPH: Table = {
    "activity_name": ("operationName",),
    "api.operation": ("properties.requestUri",),
    "http_request.url": ("properties.requestUri",),
    "http_request.method": ("properties.requestMethod",),
    "http_response.code": ("properties.responseStatusCode",),
    "actor.user.uid": ("properties.userId", "properties.servicePrincipalId", "properties.appId"),
    "session.uid": ("properties.signInActivityId",),
}

_SHARED: Table = {
    "cloud.account.uid": ("subscriptionId", "tenantId", "properties.tenantId", "TenantId", "AADTenantId"),
    "http_request.user_agent": ("properties.userAgent", "userAgent", "UserAgent", "User agent"),
}
_ADDRESSES = (
    "callerIpAddress",
    "calleripaddress",
    "properties.ipAddress",
    "ipAddress",
    "IPAddress",
    "IP address",
    "CallerIpAddress",
    "httpRequest.clientIpAddress",
    "properties.initiatedBy.user.ipAddress",
    "initiatedBy.user.ipAddress",
    "properties.callerIpAddress",
    "claims.ipaddr",
    "identity.claims.ipaddr",
)
_RESULTS = (
    "properties.status.errorCode",
    "status.errorCode",
    "Status.errorCode",
    "Sign-in error code",
    "properties.result",
    "result",
    "Result",
    "status.value",
    "resultType",
    "ResultType",
    "ActivityStatusValue",
    "Status",
    "status",
)
_REASONS = (
    "properties.status.failureReason",
    "status.failureReason",
    "Failure reason",
    "properties.resultReason",
    "resultReason",
    "ResultReason",
    "resultDescription",
    "ResultDescription",
    "properties.resultDescription",
)
_GOOD = {"0", "success", "succeeded", "start", "started", "accepted", "accept", "active", "200"}
_LEVELS = {"low": "low", "medium": "medium", "high": "high", "none": "informational", "hidden": "low"}

_TABLES: dict[str, tuple[int, Table]] = {
    "signin": (3002, _SIGNIN),
    "audit": (3001, _AUDIT),
    "risk": (2004, _RISK),
    "activity": (6003, _ACTIVITY),
    "graph": (6003, _GRAPH),
    "resource": (6003, _ACTIVITY),
}


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an Azure event."""
    native = event.native
    kind = event.source.partition(".")[2]
    class_uid, table = _TABLES.get(kind, _TABLES["resource"])
    found = fill(native, {**_SHARED, **table})
    found["class_uid"] = class_uid
    found.update(peers.endpoint("src_endpoint", first(look_up(native, path) for path in _ADDRESSES)))
    found.update(_outcome(native))
    if kind == "signin":
        found.setdefault("activity_name", first([native.get("operationName")]) or "Sign-in activity")
    elif kind == "audit":
        found.update(_targets(native))
    elif kind == "risk":
        found.update(_risk(native))
    elif kind == "activity":
        found.update(_activity(native, found))
    return found


def _activity(native: Native, found: Columns) -> Columns:
    """Name who acted from the token's claims where the caller is not named; Security entries are alerts."""
    columns: Columns = {}
    claims = look_up(native, "identity.claims")
    if "actor.user.name" not in found and isinstance(claims, dict):
        ends = ("/upn", "/emailaddress", "/name", "appid")
        name = first(claims[key] for end in ends for key in claims if key.endswith(end))
        if name:
            columns["actor.user.name"] = name
    if text_of(look_up(native, "category.value")) == "Security":
        columns.update(fill(native, {"finding.title": "eventName.value", "finding.category": "category.value"}))
        columns["class_uid"] = 2004
    return columns


def _outcome(native: Native) -> Columns:
    result = first(look_up(native, path) for path in _RESULTS)
    if result is None:
        return {}
    found: Columns = {"status": "Success" if result.lower() in _GOOD else "Failure"}
    reason = first(look_up(native, path) for path in _REASONS)
    if found["status"] == "Failure":
        found["status_detail"] = reason or result
    elif reason:
        found["status_detail"] = reason
    return found


def _targets(native: Native) -> Columns:
    """Name the first user, device and object that an audited operation changed."""
    targets = first_list(native, ("properties.targetResources", "targetResources", "TargetResources"))
    found: Columns = {}
    for target in targets:
        kind = str(target.get("type") or target.get("Type") or "")
        for column, value in _target(kind, target).items():
            found.setdefault(column, value)
    return found


def _target(kind: str, target: dict[str, Any]) -> Columns:
    if kind == "User" or target.get("userPrincipalName"):
        table: Table = {
            "user.name": ("userPrincipalName", "displayName", "id"),
            "user.email_addr": "userPrincipalName",
            "user.uid": "id",
        }
        return fill(target, table)
    if kind == "Device":
        return fill(target, {"device.hostname": "displayName", "device.uid": "id", "resource.uid": "id"})
    found = fill(target, {"resource.uid": ("id", "displayName")})
    if kind:
        found["resource.type"] = kind
    return found


def first_list(native: Native, paths: tuple[str, ...]) -> list[dict[str, Any]]:
    """Give the objects of the first path that holds a list."""
    value = next((value for path in paths if isinstance(value := look_up(native, path), list)), [])
    return [item for item in value if isinstance(item, dict)]


def _risk(native: Native) -> Columns:
    paths = ("properties.riskLevel", "riskLevel", "RiskLevel", "Risk level")
    level = first(look_up(native, path) for path in paths)
    severity = _LEVELS.get(level.lower()) if level else None
    return {"severity": severity, "finding.severity": severity} if severity else {}
