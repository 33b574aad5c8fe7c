"""WALLIX Bastion: sessions through the proxies, authentications, approvals, the vault and administration.

Enters: lines `[SSH Session] session_id="…" client_ip="…" user="…" account="…" type="…"`, `[wabauth] action=…`,
`[wabaudit] action=… type=…`, with or without a syslog header. Leaves: events `wallix.bastion` with the bastion's own
field names, and `log` for the name in brackets.
Source: WALLIX Bastion administration guide, "SIEM integration".
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.probes import peers
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill
from tocsin.probes.pairs import carried, read_pairs, without
from tocsin.probes.parties import account

NAME = "wallix"
LAYER: Layer = "identity"
SOURCES = ("wallix",)

_HEAD = re.compile(r"(?:[\w\-]+: )?\[([A-Za-z][A-Za-z ]{0,30})\] (?=\w+=\")")
_LOG_NAMES = (
    "SSH Session|RDP Session|VNC Session|TELNET Session|RLOGIN Session|APP Session|RAWTCPIP Session|SCP Session"
    "|Vault Activity|wabaudit|wabauth|sshproxy|rdpproxy|sessionintegrity|wabengine|WABEngine|Session|Account Activity"
    "|integrity|approval|wabapproval"
)
_LOGS = frozenset(_LOG_NAMES.split("|"))
_BARE = re.compile(r'action="authentify" user="')


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is a bastion's: the log's name in brackets, then quoted pairs."""
    if "[" not in line[:24]:
        return _BARE.match(line) is not None
    head = _HEAD.match(line)
    return head is not None and head.group(1) in _LOGS


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line; its time is its header's."""
    head = _HEAD.match(line)
    fields = read_pairs(line[head.end() :] if head else line, unescape=True)
    native = without(fields, ("",))
    native.setdefault("log", head.group(1) if head else "wabauth")
    return Parsed("wallix.bastion", envelope.time_us, {**carried(native, envelope)})


_SESSION: dict[str, str | tuple[str, ...]] = {
    "activity_name": "type",
    "device.hostname": ("device", "syslog_hostname"),
    "dst_endpoint.hostname": "device",
    "auth_protocol": "service",
    "app_name": "service",
    "process.cmd_line": "command_line",
    "process.name": "process",
    "session.uid": ("session_id", "session_uid", "psid"),
    "message": ("text", "data", "infos"),
    "duration": "duration",
    "file.path": ("file_name", "filename"),
    "file.hash": "sha256",
}
_AUDIT: dict[str, str | tuple[str, ...]] = {
    "activity_name": "action",
    "device.hostname": "syslog_hostname",
    "resource.type": "type",
    "resource.uid": "object",
    "message": "infos",
}


def columns(event: Event) -> Columns:
    """Give who (`user`) went from where to which account on which target, or what was administered."""
    native = event.native
    log = str(native.get("log", ""))
    is_audit = log in {"wabaudit", "Vault Activity"}
    found = fill(native, _AUDIT if is_audit or log == "wabauth" else _SESSION)
    found.update(fill(native, {"src_endpoint.ip": ("client_ip", "src_ip"), "src_endpoint.port": "src_port"}))
    found["class_uid"] = 6003 if is_audit else 3002
    found.update(account("user" if log == "wabauth" else "actor.user", native.get("user")))
    found.update(account("user", native.get("account")))
    found.update(peers.endpoint("dst_endpoint", native.get("target_ip")))
    said = f"{native.get('status', '')} {native.get('result', '')} {native.get('type', '')}".lower()
    if "fail" in said or "reject" in said:
        found["status"] = "Failure"
    elif "success" in said:
        found["status"] = "Success"
    return found
