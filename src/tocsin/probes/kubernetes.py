"""Kubernetes API server audit log (also EKS, AKS and GKE where they pass it on as it is).

Enters: JSON objects of `audit.k8s.io`. Leaves: events `kubernetes.audit`, nested as received.
Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, first, look_up, text_of, whole

NAME = "kubernetes"
LAYER: Layer = "cloud"
SOURCES = ("kubernetes",)

_TIMES = ("requestReceivedTimestamp", "stageTimestamp", "timestamp", "p_event_time")
_COLUMNS: Table = {
    "activity_name": "verb",
    "api.operation": "verb",
    "api.service": "objectRef.apiGroup",
    "actor.user.name": ("impersonatedUser.username", "user.username"),
    "actor.user.uid": ("user.uid", "user.extra.arn"),
    "http_request.user_agent": "userAgent",
    "http_request.url": "requestURI",
    "http_response.code": "responseStatus.code",
    "status_detail": ("responseStatus.reason", "responseStatus.message"),
    "resource.type": "objectRef.resource",
    "metadata.uid": "auditID",
}


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is an event of the API server's audit log."""
    if "verb" not in record:
        return False
    return any(name in record for name in ("auditID", "objectRef", "requestURI", "sourceIPs"))


def read(record: dict[str, Any]) -> Parsed:
    """Read one audit event."""
    time_us = next((time for name in _TIMES if (time := parse_time(record.get(name))) is not None), None)
    return Parsed("kubernetes.audit", time_us, record)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an audit event. Who impersonates another acts as that other."""
    native = event.native
    found = fill(native, _COLUMNS)
    found["class_uid"] = 6003
    code = whole(look_up(native, "responseStatus.code"))
    if code is not None:
        found["status"] = "Failure" if code >= 400 else "Success"
    parts = (text_of(look_up(native, f"objectRef.{part}")) for part in ("namespace", "resource", "name", "subresource"))
    path = "/".join(part for part in parts if part)
    if path:
        found["resource.uid"] = path
    sources = native.get("sourceIPs")
    found.update(peers.endpoint("src_endpoint", first(sources) if isinstance(sources, list) else sources))
    return found
