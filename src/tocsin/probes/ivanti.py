"""Ivanti (Pulse, Juniper) Connect Secure VPN gateways.

Enters: WELF lines `id=firewall time="…" fw=… vpn=… user=… realm="…" msg="AUT23457: …"` and the standard form
`… - ive - [192.0.2.4] user(Realm)[Role] - Login failed …`. Leaves: events `ivanti.vpn` with the product's names.
Source: Ivanti Connect Secure administration guide (Log/Monitoring, WELF and Standard filters), Pulse log messages.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill
from tocsin.probes.pairs import carried, read_pairs, without
from tocsin.probes.parties import account, settle

NAME = "ivanti"
LAYER: Layer = "identity"
SOURCES = ("ivanti",)

_STANDARD = re.compile(
    r"(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - )?([\w.\-]+) - \[([0-9A-Fa-f.:]+)\] "
    r"([^()\[\]]*)\(([^()]*)\)\[([^\[\]]*)\] - (.*)$",
    re.DOTALL,
)
_STANDARD_NAMES = ("time", "node", "src", "user", "realm", "roles", "msg")
_CODE = re.compile(r"([A-Z]{3}\d{5}): ")
_FAILED = re.compile(r"\b(?:failed|failure|rejected|denied|not authenticated|unauthenticated|invalid)\b", re.IGNORECASE)
_SUCCEEDED = re.compile(r"\b(?:succeeded|successful|successfully|passed|started)\b", re.IGNORECASE)
_APPS = frozenset({"PulseSecure", "Juniper", "Ivanti", "IvantiConnectSecure"})


def claims_text(line: str, envelope: Envelope) -> bool:
    """Say whether a line is Connect Secure's."""
    if " vpn=" in line and " realm=" in line and -1 < line.find(" fw=", 0, 120) < line.find(" vpn=", 0, 200):
        return True
    return (envelope.app in _APPS or (" - [" in line and ")[" in line)) and _STANDARD.match(line) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line. The gateway writes its local time without a zone: it is taken as UTC."""
    found = _STANDARD.match(line)
    if found is not None:
        fields = {name: value or "" for name, value in zip(_STANDARD_NAMES, found.groups(), strict=True)}
    else:
        fields = read_pairs(line)
    native = without(fields, ("",))
    code = _CODE.match(native.get("msg", ""))
    if code is not None:
        native.setdefault("id_code", code.group(1))
    return Parsed("ivanti.vpn", parse_time(native.get("time")), {**carried(native, envelope)})


_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": "id_code",
    "metadata.uid": "id_code",
    "message": "msg",
    "device.hostname": ("vpn", "syslog_hostname", "node"),
    "device.ip": "fw",
    "src_endpoint.ip": "src",
    "dst_endpoint.ip": "dst",
    "dst_endpoint.hostname": "dstname",
    "app_name": "proto",
    "http_request.url": "arg",
    "http_request.user_agent": "agent",
    "traffic.bytes_out": "sent",
    "traffic.bytes_in": "rcvd",
    "duration": "duration",
}


def columns(event: Event) -> Columns:
    """Give who came from where, and whether it was let in."""
    native = event.native
    found = fill(native, _TABLE)
    found.update(account("user", native.get("user")))
    message = str(native.get("msg", ""))
    found["class_uid"] = 3002 if str(native.get("id_code", "AUT")).startswith("AUT") else 6003
    if _FAILED.search(message):
        found["status"] = "Failure"
    elif _SUCCEEDED.search(message):
        found["status"] = "Success"
    return settle(found)
