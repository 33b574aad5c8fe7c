"""OCSF columns of every Zeek stream: the tables of `zeek_tables.py`, and what needs more than a look-up.

Enters: a stream's name and native fields (text from the TSV writer, typed values from the JSON writer). Leaves:
columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tocsin.model import Columns, Native
from tocsin.probes.fill import address, fill, text_of, whole
from tocsin.probes.zeek_tables import APPS, CLASSES, COMMON, TABLES

_QUIET_NOTICES = frozenset({"CaptureLoss", "PacketFilter", "Weird", "SSL", "Software", "Stats"})
_LOUD_NOTICES = ("Guessing", "Attacker", "Victim", "Heartbleed", "Malware", "ATTACK::", "Intel::", "Hijack", "Backdoor")
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_NOTICE_TECHNIQUES = {"_Scan": "T1046", "AddressScan": "T1018", "PortScan": "T1046", "Guessing": "T1110"}


def columns(stream: str, native: Native) -> Columns:
    """Give the columns of one record of a stream (`open_conn` as `conn`)."""
    stream = stream.removeprefix("open_")
    filled = fill(native, {**COMMON, **TABLES.get(stream, {})})
    filled["metadata.product.name"] = "Zeek"
    filled["class_uid"] = CLASSES.get(stream, 4001)
    if stream in APPS:
        filled["app_name"] = APPS[stream]
    if stream in _MORE:
        _MORE[stream](filled, native)
    return filled


def _dns(filled: Columns, native: Native) -> None:
    answers = _items(native.get("answers"))
    if answers:
        filled["answers"] = answers
    _status(filled, filled.get("status_detail"), {"NOERROR", "0"})


def _http(filled: Columns, native: Native) -> None:
    host, uri = text_of(native.get("host")), text_of(native.get("uri"))
    if host:
        filled["dst_endpoint.hostname"] = host.partition(":")[0] if host.count(":") == 1 else host.strip("[]")
    if uri:
        filled["http_request.url"] = f"http://{host}{uri}" if host and uri.startswith("/") else uri
    code = whole(native.get("status_code"))
    if code:
        filled["status"] = "Success" if code < 400 else "Failure"


def _ssl(filled: Columns, native: Native) -> None:
    _success(filled, native.get("established"))


def _ssh(filled: Columns, native: Native) -> None:
    _success(filled, native.get("auth_success"))


def _smb_files(filled: Columns, native: Native) -> None:
    name = text_of(native.get("name"))
    if name:
        filled["file.name"] = name.replace("/", "\\").rpartition("\\")[2] or name


def _dce_rpc(filled: Columns, native: Native) -> None:
    endpoint, operation = text_of(native.get("endpoint")), text_of(native.get("operation"))
    if operation:
        filled["activity_name"] = f"{endpoint}::{operation}" if endpoint else operation


def _ntlm(filled: Columns, native: Native) -> None:
    filled["auth_protocol"] = "NTLM"
    _success(filled, native.get("success"))


def _kerberos(filled: Columns, native: Native) -> None:
    filled["auth_protocol"] = "Kerberos"
    _success(filled, native.get("success"))
    name, _, realm = (text_of(native.get("client")) or "").rpartition("/")
    if name or realm:
        filled["user.name"] = name or realm
    if name and realm:
        filled["user.domain"] = realm


def _ldap(filled: Columns, _: Native) -> None:
    operation = str(filled.get("activity_name", ""))
    if operation.startswith("bind") and "resource.uid" in filled:
        filled["user.name"] = filled["resource.uid"]
    _status(filled, filled.get("status_detail"), {"success"})


def _ldap_search(filled: Columns, _: Native) -> None:
    filled["activity_name"] = "search"
    _status(filled, filled.get("status_detail"), {"success"})


def _files(filled: Columns, native: Native) -> None:
    for column, field in (("src_endpoint.ip", "tx_hosts"), ("dst_endpoint.ip", "rx_hosts")):
        if items := _items(native.get(field)):
            filled[column] = address(items[0])
    if uids := _items(native.get("conn_uids")):
        filled["connection_info.uid"] = uids[0]


def _notice(filled: Columns, native: Native) -> None:
    note = text_of(native.get("note")) or ""
    filled["finding.category"] = note.partition("::")[0]
    filled["finding.severity"] = _severity(note)
    named = _TECHNIQUE.findall(f"{native.get('sub', '')} {native.get('msg', '')}")
    known = [technique for word, technique in _NOTICE_TECHNIQUES.items() if word in note]
    if named or known:
        filled["finding.techniques"] = list(dict.fromkeys(named or known))
    if actions := _items(native.get("actions")):
        filled["activity_name"] = actions[0]


def _severity(note: str) -> str:
    if any(word in note for word in _LOUD_NOTICES):
        return "high"
    return "low" if note.partition("::")[0] in _QUIET_NOTICES else "medium"


def _alert(filled: Columns, _: Native) -> None:
    filled["finding.severity"] = "medium"


def _dhcp(filled: Columns, native: Native) -> None:
    kinds = _items(native.get("msg_types"))
    if kinds:
        filled["activity_name"] = kinds[-1]
    if uids := _items(native.get("uids")):
        filled["connection_info.uid"] = uids[0]


def _ftp(filled: Columns, native: Native) -> None:
    code = whole(native.get("reply_code"))
    if code:
        filled["status"] = "Success" if code < 400 else "Failure"


def _smtp(filled: Columns, native: Native) -> None:
    if recipients := _items(native.get("rcptto")) or _items(native.get("to")):
        filled["email.to"] = recipients


def _modbus(filled: Columns, native: Native) -> None:
    filled["status"] = "Failure" if text_of(native.get("exception")) else "Success"


def _dicom(filled: Columns, native: Native) -> None:
    filled["activity_name"] = "A-ASSOCIATE"
    _status(filled, native.get("result"), {"accepted"})


def _dicom_command(filled: Columns, native: Native) -> None:
    _status(filled, native.get("outcome"), {"success", "warning"})


def _hl7(filled: Columns, native: Native) -> None:
    parts = [text_of(native.get("message_type")), text_of(native.get("trigger_event"))]
    if any(parts):
        filled["medical.message"] = "^".join(part or "" for part in parts)
    _status(filled, native.get("ack_code"), {"AA", "CA"})


def _radius(filled: Columns, native: Native) -> None:
    filled["auth_protocol"] = "RADIUS"
    _status(filled, native.get("result"), {"success"})


def _mysql(filled: Columns, native: Native) -> None:
    _success(filled, native.get("success"))


def _rfb(filled: Columns, native: Native) -> None:
    _success(filled, native.get("auth"))


_MORE: dict[str, Callable[[Columns, Native], None]] = {
    "dns": _dns,
    "http": _http,
    "ssl": _ssl,
    "ssh": _ssh,
    "smb_files": _smb_files,
    "dce_rpc": _dce_rpc,
    "ntlm": _ntlm,
    "kerberos": _kerberos,
    "ldap": _ldap,
    "ldap_search": _ldap_search,
    "files": _files,
    "notice": _notice,
    "intel": _alert,
    "signatures": _alert,
    "dhcp": _dhcp,
    "ftp": _ftp,
    "smtp": _smtp,
    "modbus": _modbus,
    "modbus_detailed": _modbus,
    "dicom": _dicom,
    "dicom_command": _dicom_command,
    "hl7": _hl7,
    "radius": _radius,
    "mysql": _mysql,
    "rfb": _rfb,
}


def _items(value: object) -> list[str]:
    """Give the items of a set or vector: a list from the JSON writer, text with commas from the TSV writer."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [text for item in items if (text := text_of(item)) is not None]


def _success(filled: Columns, value: object) -> None:
    """Fill the status from a Zeek boolean: `T`/`F` as text, or a JSON boolean."""
    word = str(value).lower()
    if word in {"t", "true"}:
        filled["status"] = "Success"
    elif word in {"f", "false"}:
        filled["status"] = "Failure"


def _status(filled: Columns, value: object, good: set[str]) -> None:
    text = text_of(value)
    if text is not None:
        filled["status"] = "Success" if text in good else "Failure"
