"""Azure and Entra ID: activity log, sign-ins, directory audit, identity protection, resource logs.

Enters: JSON objects in Azure Monitor's envelope (`time`, `category`, `operationName`, `properties`), of the Graph and
management APIs, of Log Analytics tables, or rows of the portal's CSV downloads. Leaves: events `azure.signin`,
`azure.audit`, `azure.risk`, `azure.activity`, `azure.graph` (calls of the Graph API), `azure.resource` (logs of other
services), nested as received; the audit log of a managed cluster becomes `kubernetes.audit`.
Source: https://learn.microsoft.com/en-us/azure/azure-monitor/platform/resource-logs-schema and
https://learn.microsoft.com/en-us/graph/api/resources/azure-ad-auditlog-overview
"""

from __future__ import annotations

from typing import Any

import orjson

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import azure_columns

NAME = "azure"
LAYER: Layer = "identity"
SOURCES = ("azure",)

_KINDS = {
    "signinlogs": "signin",
    "noninteractiveusersigninlogs": "signin",
    "serviceprincipalsigninlogs": "signin",
    "managedidentitysigninlogs": "signin",
    "adfssigninlogs": "signin",
    "aadnoninteractiveusersigninlogs": "signin",
    "aadserviceprincipalsigninlogs": "signin",
    "auditlogs": "audit",
    "provisioninglogs": "audit",
    "riskyusers": "risk",
    "userriskevents": "risk",
    "riskyserviceprincipals": "risk",
    "serviceprincipalriskevents": "risk",
    "aaduserriskevents": "risk",
    "aadriskyusers": "risk",
    "microsoftgraphactivitylogs": "graph",
    "azureactivity": "activity",
    "administrative": "activity",
    "security": "activity",
    "servicehealth": "activity",
    "alert": "activity",
    "recommendation": "activity",
    "policy": "activity",
    "autoscale": "activity",
    "resourcehealth": "activity",
}
"""Category of the envelope, or name of the Log Analytics table, in lower case -> kind."""

_TIMES = (
    "time",
    "eventTimestamp",
    "TimeGenerated",
    "activityDateTime",
    "createdDateTime",
    "detectedDateTime",
    "riskLastUpdatedDateTime",
    "Date (UTC)",
    "Date",
    "CreatedDateTime",
    "p_event_time",
)


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is a record of one of Azure's logs."""
    return _kind(record) is not None


def _kind(record: dict[str, Any]) -> str | None:
    if "category" in record:
        return _kind_of_envelope(record)
    if "operationName" in record:
        if "eventDataId" in record:
            return "activity"
        if "resourceId" in record and ("time" in record or "callerIpAddress" in record):
            return "resource"
    return _kind_of_graph(record) or _kind_of_table(record)


def _kind_of_envelope(record: dict[str, Any]) -> str | None:
    """Tell by the category; what Entra's own provider wrote is sign-in or audit whatever its category."""
    category = record["category"]
    if isinstance(category, dict):
        return "activity" if "eventDataId" in record else None
    name = str(category)
    if "operationName" not in record and "operationname" not in record:
        return _kind_of_graph(record)
    if name.startswith("AdvancedHunting-") or not _has_envelope(record):
        return None
    if str(record.get("resourceId")).lower().endswith("/providers/microsoft.aadiam"):
        return _kind_of_entra(record, name)
    known = _KINDS.get(name.lower())
    return known or "resource"


def _has_envelope(record: dict[str, Any]) -> bool:
    return "resourceId" in record or "tenantId" in record or isinstance(record.get("properties"), dict)


def _kind_of_entra(record: dict[str, Any], category: str) -> str:
    known = _KINDS.get(category.lower())
    if known and known != "activity":
        return known
    return "signin" if record.get("operationName") == "Sign-in activity" else "audit"


def _kind_of_graph(record: dict[str, Any]) -> str | None:
    if "riskEventType" in record or ("riskState" in record and "riskLastUpdatedDateTime" in record):
        return "risk"
    if "activityDisplayName" in record and "activityDateTime" in record:
        return "audit"
    if "createdDateTime" in record and "appDisplayName" in record and "conditionalAccessStatus" in record:
        return "signin"
    return None


def _kind_of_table(record: dict[str, Any]) -> str | None:
    if "TimeGenerated" in record and "Type" in record:
        return _KINDS.get(str(record["Type"]).lower())
    if "Date (UTC)" in record or ("Date" in record and "IP address" in record):
        if "Activity" in record and ("Category" in record or "Service" in record):
            return "audit"
        if "Risk level" in record and "Detection type" in record:
            return "risk"
        if "Application" in record or "Sign-in error code" in record:
            return "signin"
    return None


def read(record: dict[str, Any]) -> Parsed:
    """Read one record of any of Azure's logs."""
    kind = _kind(record) or "resource"
    if kind == "resource":
        inner = _cluster_audit(record)
        if inner is not None:
            return Parsed("kubernetes.audit", _time(record), inner)
    return Parsed(f"azure.{kind}", _time(record), record)


def _cluster_audit(record: Native) -> Native | None:
    """Take a managed cluster's own audit event out of the envelope, which stays under `azure`."""
    properties = record.get("properties")
    log = properties.get("log") if isinstance(properties, dict) else None
    if not str(record.get("category")).startswith("kube-audit") or not isinstance(log, str):
        return None
    try:
        inner = orjson.loads(log)
    except ValueError:
        return None
    return {**inner, "azure": record} if isinstance(inner, dict) and "verb" in inner else None


def _time(record: Native) -> int | None:
    """Give the time of the thing itself where the envelope only has the time of its delivery."""
    properties = record.get("properties")
    inner = properties if isinstance(properties, dict) else {}
    values = (*(record.get(name) for name in _TIMES), *(inner.get(name) for name in _TIMES))
    return next((time for value in values if (time := parse_time(value)) is not None), None)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an Azure event."""
    return azure_columns.columns(event)
