"""Microsoft Defender XDR and Sentinel: alerts, incidents, advanced hunting tables.

Enters: JSON objects of the streaming API (`category: AdvancedHunting-<Table>` with `properties`), of hunting queries
(flat rows, also CSV), of the Defender and Graph alert APIs, of the Sentinel table SecurityAlert and incidents. Leaves:
events `defender.alert`; of the hunting tables `defender.process`, `defender.network`, `defender.file`,
`defender.file-deleted`, `defender.registry`, `defender.image`, `defender.driver`, and `defender.hunting` for the rest;
nested as received.
Source: https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-schema-tables and
https://learn.microsoft.com/en-us/graph/api/resources/security-alert
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import defender_columns

NAME = "defender"
LAYER: Layer = "endpoint"
SOURCES = ("defender",)

_ALERT_TABLES = {"AdvancedHunting-AlertInfo", "AdvancedHunting-AlertEvidence"}
_TIMES = (
    "Timestamp",
    "TimeGenerated",
    "alertCreationTime",
    "firstActivityDateTime",
    "createdDateTime",
    "eventDateTime",
    "StartTimeUtc",
    "StartTime",
    "last_activity_time_utc",
    "created_time_utc",
    "createdTimeUtc",
    "createdTime",
    "time",
)


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is a record of Defender or Sentinel."""
    return _kind(record) is not None


def _kind(record: dict[str, Any]) -> str | None:
    category = record.get("category")
    if isinstance(category, str) and category.startswith("AdvancedHunting-") and "properties" in record:
        return "alert" if category in _ALERT_TABLES else "hunting"
    if "ActionType" in record and ("Timestamp" in record or "TimeGenerated" in record):
        named = "DeviceName" in record or "DeviceId" in record or "AccountUpn" in record or "AccountObjectId" in record
        return "hunting" if named else None
    return "alert" if _is_alert(record) else None


def _is_alert(record: dict[str, Any]) -> bool:
    return (
        ("alertCreationTime" in record and ("machineId" in record or "title" in record))
        or ("serviceSource" in record and "severity" in record and "title" in record)
        or ("AlertId" in record and "Title" in record and "ServiceSource" in record)
        or ("AlertName" in record and ("ProviderName" in record or "SystemAlertId" in record))
        or ("incidentId" in record and isinstance(record.get("alerts"), list) and "incidentName" in record)
        or ("incident_number" in record and "severity" in record and "title" in record)
        or ("vendorInformation" in record and "azureTenantId" in record)
    )


def read(record: dict[str, Any]) -> Parsed:
    """Read one record. The time is that of the thing itself, not of its delivery."""
    properties = record.get("properties")
    inner: Native = properties if isinstance(properties, dict) else {}
    values = (*(inner.get(name) for name in _TIMES), *(record.get(name) for name in _TIMES))
    time_us = next((time for value in values if (time := parse_time(value)) is not None), None)
    kind = _kind(record) or "hunting"
    if kind == "hunting":
        kind = _ACTIONS.get(str(inner.get("ActionType") or record.get("ActionType")), kind)
    return Parsed(f"defender.{kind}", time_us, record)


_ACTIONS = {
    "ProcessCreated": "process",
    "ConnectionSuccess": "network",
    "ConnectionAttempt": "network",
    "ConnectionFailed": "network",
    "ConnectionRequest": "network",
    "FileCreated": "file",
    "FileModified": "file",
    "FileRenamed": "file",
    "FileDeleted": "file-deleted",
    "RegistryValueSet": "registry",
    "RegistryKeyCreated": "registry",
    "ImageLoaded": "image",
    "DriverLoad": "driver",
}
"""What happened -> the kind of the event; the rest is `hunting`."""


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a Defender record."""
    return defender_columns.columns(event)
