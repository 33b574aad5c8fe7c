"""Authentication on Unix: sshd, sudo, su, login, PAM modules, cron, account changes, logind, polkit.

Enters: a syslog message of one of these programs. Leaves: events `linux.auth` whose native fields are `program`,
`pid`, `host`, `message` and what the sentence tells (`unix_texts.py`): `action`, `status`, `user`, `src_ip`,
`src_port`, `method`, `USER`, `COMMAND`…
Source: see `unix_sentences.py`.
"""

from __future__ import annotations

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.probes import peers, unix_texts
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill
from tocsin.probes.parties import account

NAME = "unix_auth"
LAYER: Layer = "identity"
SOURCES = ("linux.auth",)

_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": "action",
    "status": "status",
    "status_detail": "reason",
    "message": "message",
    "app_name": "program",
    "device.hostname": "host",
    "src_endpoint.port": "src_port",
    "dst_endpoint.ip": "dst_ip",
    "dst_endpoint.port": "dst_port",
    "auth_protocol": "method",
    "session.uid": "session",
    "process.cmd_line": "COMMAND",
}
_ACCOUNT_ACTIONS = frozenset(
    {"new user", "new group", "delete user", "delete group", "add to group", "remove from group", "change user"}
    | {"password changed", "password expiry changed"}
)


def claims_text(line: str, envelope: Envelope) -> bool:
    """Say whether a message comes from an authentication program."""
    return unix_texts.is_ours(envelope.app, line)


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a message; its time is its header's."""
    native: Native = {"message": line}
    for key, value in (("program", envelope.app), ("pid", envelope.pid), ("host", envelope.host)):
        if value:
            native[key] = value
    for key, value in unix_texts.read_sentence(envelope.app, line).items():
        native.setdefault(key, value)
    for key, value in envelope.fields.items():
        native.setdefault(key, value)
    return Parsed("linux.auth", envelope.time_us, native)


def columns(event: Event) -> Columns:
    """Give who did what from where: the account acted upon (or become) is `user`, the one who asks `actor.user`."""
    native = event.native
    found = fill(native, _TABLE)
    found["class_uid"] = _class_of(native)
    found.update(peers.endpoint("src_endpoint", native.get("src_ip") or native.get("src_name")))
    target, asker = native.get("USER"), native.get("by") or native.get("logname") or native.get("ruser")
    if isinstance(target, str):
        found.update(account("user", target))
        asker = native.get("user")
    elif isinstance(native.get("user"), str):
        found.update(account("user", native["user"]))
    if isinstance(asker, str) and asker.strip():
        found.update(account("actor.user", asker))
    return found


def _class_of(native: Native) -> int:
    action = native.get("action", "")
    if action in _ACCOUNT_ACTIONS:
        return 3001
    return 1007 if "COMMAND" in native else 3002
