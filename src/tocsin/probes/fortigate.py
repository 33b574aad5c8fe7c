"""Fortinet FortiGate (and the other FortiOS-like products that log in its form).

Enters: key=value lines (parted by blanks or commas) with `logid`, `type`, `subtype`; CEF records of vendor Fortinet.
Leaves: events `fortigate.traffic`, `.utm`, `.event` or `.vpn` with FortiOS' own field names; a CEF record also gets
them (`FTNTFGTcfgpath` -> `cfgpath`, `act` -> `action`) beside its CEF keys, so that rules need one form only.
Source: FortiOS Log Message Reference 7.4; FortiOS "Log field format", "CEF support".
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill, first, text_of
from tocsin.probes.pairs import carried, is_cef, read_cef, read_pairs, without
from tocsin.probes.parties import account, settle
from tocsin.probes.text_times import cef_time

NAME = "fortigate"
LAYER: Layer = "network"
SOURCES = ("fortigate",)

_CEF_PREFIXES = ("FTNTFGT", "FortinetFortiGate", "ad.")
_CEF_NAMES = {
    "act": "action",
    "src": "srcip",
    "spt": "srcport",
    "dst": "dstip",
    "dpt": "dstport",
    "sourceTranslatedAddress": "transip",
    "deviceInboundInterface": "srcintf",
    "deviceOutboundInterface": "dstintf",
    "duser": "user",
    "app": "service",
    "externalId": "sessionid",
    "deviceExternalId": "devid",
    "dvchost": "devname",
    "dhost": "hostname",
    "request": "url",
    "requestMethod": "httpmethod",
    "fname": "filename",
    "in": "rcvdbyte",
    "out": "sentbyte",
    "outcome": "status",
    "sproc": "ui",
    "deviceSeverity": "level",
    "externalID": "sessionid",
    "shost": "srcname",
    "smac": "srcmac",
}
_MARKS = ("", "N/A", "n/a", "(null)")
_ADDRESS_IN_BRACKETS = re.compile(r"\(((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]+)\)")
_FROM_ADDRESS = re.compile(r"\b(?:from|via) (?:https?|ssh|GUI|telnet|IP )?\(?((?:\d{1,3}\.){3}\d{1,3})\)?")


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is FortiOS': its three telling fields near the start, or CEF of vendor Fortinet."""
    if line[:4] == "CEF:" or line[1:2] == "|":
        return "|Fortinet|Forti" in line[:40] and is_cef(line)
    if "subtype=" not in line:
        return False
    head = line[:600]
    return "subtype=" in head and "type=" in head and ("vd=" in head or "logid=" in head) and "level=" in head


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line. Its time is `eventtime`, else `date` and `time` with `tz`."""
    fields = _with_own_names(read_cef(line)) if is_cef(line) else read_pairs(line)
    native = without(fields, _MARKS)
    return Parsed(f"fortigate.{_kind(native)}", _time_us(native), {**carried(native, envelope)})


def _with_own_names(fields: dict[str, str]) -> dict[str, str]:
    own = dict(fields)
    for key, value in fields.items():
        prefix = next((prefix for prefix in _CEF_PREFIXES if key.startswith(prefix)), "")
        name = key[len(prefix) :] if prefix else _CEF_NAMES.get(key, "")
        if name:
            own.setdefault(name, value)
    kind, _, subtype = fields.get("cat", "").partition(":")
    own.setdefault("type", kind.partition(" ")[0])
    if subtype:
        own.setdefault("subtype", subtype.partition(" ")[0])
    return own


def _kind(native: Native) -> str:
    kind, subtype = str(native.get("type", "")).lower(), str(native.get("subtype", "")).lower()
    if kind == "event":
        return "vpn" if subtype == "vpn" else "event"
    return kind if kind in {"traffic", "utm"} else "utm"


def _time_us(native: Native) -> int | None:
    stamp = parse_time(native.get("eventtime"))
    if stamp is not None and stamp > 0:
        return stamp
    zone = str(native.get("tz", "")).removeprefix("UTC")
    date = f"{native['date']} {native.get('time', '')}".strip() if "date" in native else ""
    stamps = (f"{date} {zone}" if date else "", date, native.get("timestamp"), native.get("itime"))
    known = next((stamp for text in stamps if (stamp := parse_time(text)) is not None), None)
    return known if known is not None else cef_time(str(native.get("start", "")), zone)


_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": ("action", "eventtype", "subtype"),
    "rule.action": "action",
    "message": ("msg", "logdesc", "Name"),
    "metadata.uid": "logid",
    "device.hostname": ("devname", "syslog_hostname", "devid"),
    "device.uid": "devid",
    "src_endpoint.ip": ("srcip", "remip", "userip", "ip"),
    "src_endpoint.port": ("srcport", "remport"),
    "src_endpoint.hostname": ("srcname", "srchost"),
    "src_endpoint.mac": ("srcmac", "mastersrcmac"),
    "src_endpoint.zone": "srcintf",
    "dst_endpoint.ip": ("dstip", "locip"),
    "dst_endpoint.port": ("dstport", "locport"),
    "dst_endpoint.hostname": ("hostname", "dstname", "dst_host"),
    "dst_endpoint.mac": ("dstmac", "masterdstmac"),
    "dst_endpoint.zone": "dstintf",
    "app_name": ("app", "service"),
    "traffic.bytes_out": "sentbyte",
    "traffic.bytes_in": "rcvdbyte",
    "traffic.packets_out": "sentpkt",
    "traffic.packets_in": "rcvdpkt",
    "duration": "duration",
    "policy.name": ("policyname", "policyid"),
    "session.uid": "sessionid",
    "status_detail": ("reason", "error"),
    "http_request.url": "url",
    "http_request.method": "httpmethod",
    "http_request.user_agent": "agent",
    "query.hostname": "qname",
    "query.type": "qtype",
    "answers": "ipaddr",
    "file.name": "filename",
    "file.hash": "filehash",
    "file.size": "filesize",
    "email.from": ("from", "sender"),
    "email.to": ("to", "recipient"),
    "email.subject": "subject",
    "resource.uid": "cfgpath",
}
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "icmpv6", "132": "sctp"}
_ALWAYS_ALERTS = frozenset({"ips", "virus", "anomaly", "waf", "dlp", "ssh", "file-filter"})
_BLOCKED = frozenset({"blocked", "block", "dropped", "reset", "reset_client", "reset_server", "deny", "clear_session"})
_LOGINS = frozenset(
    {"login", "logout", "authentication", "auth-logon", "auth-logout", "tunnel-up", "tunnel-down", "ssl-login-fail"}
    | {"ssl-new-con", "ssl-alert", "ssl-exit-error", "ssl-exit-fail", "fsso-logon", "fsso-logoff", "negotiate"}
)
_SEVERITIES = {
    "critical": "critical",
    "emergency": "critical",
    "alert": "high",
    "high": "high",
    "medium": "medium",
    "error": "medium",
    "warning": "low",
    "low": "low",
    "elevated": "medium",
    "notice": "informational",
    "info": "informational",
    "information": "informational",
    "debug": "informational",
}


def columns(event: Event) -> Columns:
    """Give flow, account, action and, for what the device flagged or blocked, the finding."""
    native = event.native
    kind = event.source.partition(".")[2]
    found = fill(native, _TABLE)
    protocol = text_of(native.get("proto"))
    if protocol:
        found["connection_info.protocol_name"] = _PROTOCOLS.get(protocol, protocol)
    severity = _SEVERITIES.get(str(native.get("level", "")).lower())
    if severity:
        found["severity"] = severity
    found.update(_source(native))
    if kind in {"event", "vpn"}:
        found.update(_event_columns(native))
    else:
        found["class_uid"] = 4001
        names = ("user", "unauthuser", "suser", "srcuser")
        found.update(account("actor.user", first(native.get(name) for name in names)))
        found.update(_alert(native))
    return settle(found)


def _source(native: Native) -> Columns:
    """Find the remote address that admin events write only in `ui="https(192.0.2.4)"` or in the message."""
    if any(key in native for key in ("srcip", "remip", "userip", "ip")):
        return {}
    for key, pattern in (("ui", _ADDRESS_IN_BRACKETS), ("msg", _FROM_ADDRESS)):
        hit = pattern.search(str(native.get(key, "")))
        if hit is not None:
            return {"src_endpoint.ip": hit.group(1)}
    return {}


def _event_columns(native: Native) -> Columns:
    action = str(native.get("action", "")).lower()
    is_login = action in _LOGINS or str(native.get("subtype", "")).lower() == "user"
    names = ("user", "xauthuser", "initiator", "admin", "suser", "srcuser")
    found = account("user" if is_login else "actor.user", first(native.get(name) for name in names))
    found["class_uid"] = 3002 if is_login else 6003
    said = f"{native.get('status', '')} {action} {native.get('result', '')}".lower()
    if "fail" in said or "error" in said or "denied" in said:
        found["status"] = "Failure"
    elif "success" in said or action in {"tunnel-up", "auth-logon", "fsso-logon"} or "ok" in said.split():
        found["status"] = "Success"
    return found


def _alert(native: Native) -> Columns:
    subtype = str(native.get("subtype", "")).lower()
    kind = str(native.get("type", "")).lower()
    action = str(native.get("utmaction") or native.get("action", "")).lower()
    if kind == "traffic" or not (subtype in _ALWAYS_ALERTS or action in _BLOCKED):
        return {}
    title = first(native.get(key) for key in ("attack", "virus", "filtername", "catdesc", "logdesc", "msg", "app"))
    rank = first(native.get(key) for key in ("severity", "crlevel", "apprisk", "level")) or ""
    found = fill(native, {"finding.uid": ("attackid", "virusid", "cat", "logid"), "finding.category": "subtype"})
    found["finding.title"] = title or subtype
    found["finding.severity"] = _SEVERITIES.get(rank.lower(), "informational")
    return found
