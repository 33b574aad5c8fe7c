"""Linux audit records: raw, enriched (ausearch's and auditd's `log_format = ENRICHED`), in syslog, with `node=`.

Enters: a line `type=SYSCALL msg=audit(1604994496.155:92733): arch=…`, or the kernel's `audit: type=1300 audit(…): …`.
Leaves: events `linux.auditd`, one a record, with auditd's own field names (`type`, `a0`, `exe`, `key`, `SYSCALL`…),
the pairs inside `msg='…'` beside the others, hex-coded texts decoded (the raw bytes stay in the event), and
`audit_id` (`time:serial`), which the records of one event share.
Source: auditd(8), audit record and field dictionaries of github.com/linux-audit/audit-documentation.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.probes import peers
from tocsin.probes.audit_codes import SYSCALLS, TYPES, socket_address
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill, first
from tocsin.probes.pairs import put

NAME = "auditd"
LAYER: Layer = "endpoint"
SOURCES = ("linux.auditd",)

_HEAD = re.compile(
    r"(?:node=(\S+) )?(?:\[ *[\d.]+\] )?(?:audit: )?(?:type=(\S+) )?(?:msg=)?"
    r"audit\((\d{1,12})\.(\d{1,6}):(\d{1,20})\): ?"
)
_STARTS = ("type=", "node=", "audit", "[", "msg=audit(")
_PAIR = re.compile(r"([\w\-\[\]]+)=(\"[^\"]*\"|\{[^}]*\}|[^\s\"']\S*|(?=\s|$)|\"\S*)")
_MESSAGE = re.compile(r"(?:^|\s)msg='(?:(.*)'|(.*))", re.DOTALL)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_CODED = frozenset({"proctitle", "comm", "exe", "name", "cwd", "cmd", "acct", "data", "path", "key"})
_ARGUMENT = re.compile(r"a(\d+)(?:\[(\d+)\])?$")
_UNSET = frozenset({"(null)", "?", '"?"', "", '""'})
_ENRICHED = "\x1d"
_GROUP_SEPARATOR = "\x01"


def claims_text(line: str, envelope: Envelope) -> bool:
    """Say whether a line is an audit record."""
    if not line.startswith(_STARTS) and envelope.app not in {"kernel", "audispd", "auditd", "audisp-syslog", "audit"}:
        return False
    return "audit(" in line[:400] and _HEAD.match(line) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read one record. Its time is the audit time stamp's."""
    head = _HEAD.match(line)
    if head is None:
        raise ValueError("no audit record")
    node, kind, seconds, fraction, serial = head.groups()
    native: Native = {"type": TYPES.get(kind or "", kind or "UNKNOWN"), "audit_id": f"{seconds}.{fraction}:{serial}"}
    host = node or envelope.host
    if host:
        native["node"] = host
    _read_fields(line[head.end() :], native)
    _name_syscall(native)
    return Parsed("linux.auditd", int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")), native)


def _read_fields(text: str, native: Native) -> None:
    own, _, enriched = text.partition(_ENRICHED)
    if not enriched and native["type"] in {"AVC", "USER_AVC"} and own.startswith(("avc:", "apparmor=")):
        native["message"] = own.strip()
    quoted = _MESSAGE.search(own)
    parts = [own, enriched]
    if quoted is not None:
        parts = [own[: quoted.start()], quoted.group(1) or quoted.group(2) or "", own[quoted.end() :], enriched]
    fields: dict[str, str] = {}
    for part in parts:
        for key, value in _PAIR.findall(part):
            if value not in _UNSET:
                put(fields, key, value)
    arguments = native["type"] == "EXECVE"
    for key, value in fields.items():
        native[key] = _value(key, value, arguments)
    if arguments:
        _join_split_arguments(native)


def _value(key: str, value: str, arguments: bool) -> str | list[str]:
    """Undo quotes and the hex form that the kernel gives to texts with blanks, quotes or control characters."""
    if value.startswith('"'):
        return value.strip('"')
    coded = key in _CODED or (arguments and _ARGUMENT.match(key) is not None)
    if not coded or not _HEX.fullmatch(value):
        return value
    text = bytes.fromhex(value).rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")
    if key == "key" and _GROUP_SEPARATOR in text:
        return text.split(_GROUP_SEPARATOR)
    return text


def _join_split_arguments(native: Native) -> None:
    """Join an argument too long for one field: `a1_len=…, a1[0]=…, a1[1]=…`."""
    parts = [key for key in native if key.endswith("]") and _ARGUMENT.match(key)]
    for key in parts:
        name = key.partition("[")[0]
        native[name] = str(native.get(name, "")) + str(native[key])


def _name_syscall(native: Native) -> None:
    """Name the system call as the enriched form does, where the architecture is x86-64."""
    if "SYSCALL" not in native and native.get("arch") == "c000003e":
        name = SYSCALLS.get(str(native.get("syscall")))
        if name is not None:
            native["SYSCALL"] = name


_TABLE: dict[str, str | tuple[str, ...]] = {
    "metadata.uid": "audit_id",
    "device.hostname": "node",
    "message": "message",
    "process.pid": "pid",
    "actor.process.pid": "ppid",
    "process.name": "comm",
    "process.file.path": "exe",
    "session.uid": "ses",
    "service.name": "unit",
}
_NO_SESSION = "4294967295"
_LOGINS = frozenset(
    {"USER_AUTH", "USER_LOGIN", "USER_LOGOUT", "USER_START", "USER_END", "USER_ERR", "USER_ACCT", "CRED_ACQ", "LOGIN"}
    | {"CRED_DISP", "CRED_REFR", "GRP_AUTH", "USER_ROLE_CHANGE"}
)
_ACCOUNTS = frozenset({"ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP", "USER_MGMT", "USER_CHAUTHTOK", "GRP_MGMT"})
_PROCESSES = frozenset({"SYSCALL", "EXECVE", "PROCTITLE", "USER_CMD", "ANOM_ABEND", "SECCOMP", "USER_TTY", "TTY"})
_RESULTS = {
    "success": "Success",
    "yes": "Success",
    "1": "Success",
    "failed": "Failure",
    "no": "Failure",
    "0": "Failure",
}


def columns(event: Event) -> Columns:
    """Give process, account and peer as the record's type has them."""
    native = event.native
    kind = str(native.get("type", ""))
    found = fill(native, _TABLE)
    found["activity_name"] = str(native.get("SYSCALL") or native.get("op") or kind).lower()
    result = _RESULTS.get(str(native.get("res") or native.get("success") or ""))
    if result:
        found["status"] = result
    if found.get("session.uid") == _NO_SESSION:
        del found["session.uid"]
    found["class_uid"] = _class_of(kind)
    found.update(_accounts(native))
    if kind in {"PATH", "CWD"}:
        found.update(fill(native, {"file.path": ("name", "cwd")}))
    command = _command(kind, native)
    if command:
        found["process.cmd_line"] = command
    found.update(_peer(native))
    return found


def _class_of(kind: str) -> int:
    if kind in _ACCOUNTS:
        return 3001
    if kind in _LOGINS:
        return 3002
    if kind in {"PATH", "CWD"}:
        return 1001
    return 4001 if kind == "SOCKADDR" else 1007


def _accounts(native: Native) -> Columns:
    """`acct` is the account acted upon; else the effective one; the login account (`auid`) is the one who acts."""
    table: dict[str, str | tuple[str, ...]] = {
        "user.name": ("acct", "ID", "UID"),
        "user.uid": "id" if "acct" in native else ("id", "uid"),
        "actor.user.name": "AUID",
        "actor.user.uid": "auid",
    }
    found = fill(native, table)
    if found.get("actor.user.uid") in {_NO_SESSION, "-1"}:
        del found["actor.user.uid"]
    if found.get("actor.user.name") == "unset":
        del found["actor.user.name"]
    return found


def _command(kind: str, native: Native) -> str | None:
    if kind == "EXECVE":
        count = str(native.get("argc", ""))
        size = min(int(count), 1024) if count.isdecimal() else 64
        return " ".join(str(native[f"a{i}"]) for i in range(size) if f"a{i}" in native)
    return first((native.get("proctitle"), native.get("cmd")))


def _peer(native: Native) -> Columns:
    found = peers.endpoint("src_endpoint", native.get("hostname")) | peers.endpoint("src_endpoint", native.get("addr"))
    saddr = native.get("saddr")
    if isinstance(saddr, str) and (peer := socket_address(saddr)) is not None:
        found["dst_endpoint.ip"], found["dst_endpoint.port"] = peer
    return found
