"""OCSF columns of PAN-OS logs, whichever dialect wrote them.

Enters: the kind of log (`traffic`, `threat`…) and its native fields. Leaves: columns.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Native
from tocsin.probes import peers
from tocsin.probes.fill import fill, first, text_of
from tocsin.probes.parties import account, settle

_TABLE: dict[str, str | tuple[str, ...]] = {
    "metadata.uid": ("seqno", "SequenceNo", "externalId"),
    "device.uid": ("serial", "DeviceSN", "LogSourceID", "deviceExternalId", "PanOSDeviceSN"),
    "src_endpoint.ip": (
        "src",
        "SourceAddress",
        "public_ip",
        "PublicIPv4",
        "PanOSPublicIPv4",
        "ip",
        "SourceIP",
        "UserIP",
    ),
    "src_endpoint.port": ("sport", "SourcePort", "spt"),
    "src_endpoint.hostname": (
        "machinename",
        "EndpointDeviceName",
        "PanOSEndpointDeviceName",
        "src_host",
        "SourceDeviceHost",
        "shost",
    ),
    "src_endpoint.mac": ("src_mac", "SourceDeviceMac", "mac", "PanOSSourceDeviceMac"),
    "src_endpoint.zone": ("from", "FromZone", "PanOSFromZone"),
    "dst_endpoint.ip": ("dst", "DestinationAddress", "DNSResolverIP"),
    "dst_endpoint.port": ("dport", "DestinationPort", "dpt"),
    "dst_endpoint.hostname": ("dst_host", "DestinationDeviceHost", "dhost"),
    "dst_endpoint.mac": ("dst_mac", "DestinationDeviceMac"),
    "dst_endpoint.zone": ("to", "ToZone", "PanOSToZone"),
    "connection_info.protocol_name": ("proto", "Protocol"),
    "connection_info.uid": ("sessionid", "SessionID"),
    "connection_info.state": ("session_end_reason", "SessionEndReason", "reason"),
    "app_name": ("app", "Application"),
    "traffic.bytes_out": ("bytes_sent", "BytesSent", "in"),
    "traffic.bytes_in": ("bytes_received", "BytesReceived", "out"),
    "traffic.packets_out": ("pkts_sent", "PacketsSent"),
    "traffic.packets_in": ("pkts_received", "PacketsReceived"),
    "duration": ("elapsed", "SessionDuration"),
    "policy.name": ("rule", "Rule"),
    "rule.action": ("action", "Action", "act"),
    "activity_name": ("eventid", "EventName", "EventIDValue", "PanOSEventIDValue", "event", "action", "Action", "act"),
    "message": ("opaque", "EventDescription", "desc", "msg", "Name"),
    "status_detail": ("error", "reason", "Description"),
    "auth_protocol": ("auth_method", "AuthMethod", "PanOSAuthMethod", "authproto"),
    "http_request.user_agent": ("user_agent", "UserAgent", "requestClientApplication"),
    "http_request.method": ("http_method", "HTTPMethod", "requestMethod"),
    "query.hostname": ("DNSDomain", "DomainName"),
    "tls.version": ("tls_version", "TLSVersion"),
    "tls.sni": ("sni", "ServerNameIndication"),
    "tls.subject": ("cn", "SubjectCommonName"),
    "file.hash": ("filedigest", "FileHash", "fileHash"),
    "device.os.name": ("client_os", "EndpointOSType", "os"),
    "resource.uid": "path",
    "api.operation": "cmd",
}
_USERS = (
    "srcuser", "SourceUser", "SourceUserName", "suser", "PanOSSourceUserName", "user", "User", "UserIdentifiedBySource",
    "admin", "AdminUserName", "PanOSAuthenticatedUserName", "AuthenticatedUserName", "PanOSSourceUser", "duser",
)  # fmt: skip
_HOSTS = ("device_name", "DeviceName", "LogSourceName", "dvchost", "syslog_hostname")
_SEVERITIES = {"critical": "critical", "high": "high", "medium": "medium", "low": "low", "1": "informational"}
_CLASSES = {
    "traffic": 4001,
    "threat": 4001,
    "decryption": 4001,
    "dns": 4003,
    "globalprotect": 3002,
    "userid": 3002,
    "auth": 3002,
    "authentication": 3002,
    "config": 6003,
}
_SAID_USER = re.compile(
    r"(?:for|authenticating|[Uu]ser(?:name)?:?) user '([^']*)'|(?:for|authenticating) user ([^\s',]+?)(?=[.,]?(?:\s|$))"
    r"|\b[Uu]ser '?([^\s',]+)'? (?:logged|failed|is)"
)
_SAID_BY = re.compile(r"\bby ([\w.@\\\-]+)$|for user ([\w.@\\\-]+)$")
_SAID_FROM_LAST = re.compile(r"From: ([0-9A-Fa-f.:]*[0-9A-Fa-f])\.?\s*$")
_SAID_FROM = re.compile(
    r"initiated by:? ((?:\d{1,3}\.){3}\d{1,3})\b|\bfrom '?((?:\d{1,3}\.){3}\d{1,3})\b"
    r"|, ip ((?:\d{1,3}\.){3}\d{1,3}) netmask"
)
_SAID_SERVER = re.compile(
    r"(?:[Ss]erver [Aa]ddress|[Ss]erver:|to server|NTP sync to server|connect to address:|WildFire [Cc]loud)"
    r" '?\"*([\w\-]+(?:[.:][\w\-]+)+?)(?=['\",\s:]|\.?\s|\.?$)"
)
_THREAT_ID = re.compile(r"(.*)\((\d+)\)$")


def columns_of(kind: str, native: Native) -> Columns:
    """Give flow, account, action and, for threats, the finding."""
    found = fill(native, _TABLE)
    found.update(fill(native, {"device.hostname": _HOSTS}))
    if kind in _CLASSES:
        found["class_uid"] = _CLASSES[kind]
    prefix = "user" if found.get("class_uid") == 3002 else "actor.user"
    if not str(native.get("srcuser", "")).startswith("x-fwd-for"):
        found.update(account(prefix, first(native.get(key) for key in _USERS)))
    found.update(account("user", first((native.get("dstuser"), native.get("DestinationUser")))))
    if kind == "userid":
        found.update(fill(native, {"activity_name": ("subtype", "Subtype", "Name")}))
    if kind == "config":
        found.update(peers.endpoint("src_endpoint", native.get("host")))
    if kind == "system":
        found.update(_system(native, str(found.get("message", ""))))
    if kind == "threat":
        found.update(_threat(native))
    status = _status(native, str(found.get("activity_name", "")))
    if status:
        found["status"] = status
    return settle(found)


def _system(native: Native, message: str) -> Columns:
    """System logs say user and address in their sentence, the user first (a chosen name), what counts last."""
    found: Columns = {}
    is_auth = str(native.get("subtype") or native.get("Subtype")) in {"auth", "globalprotect"} or "logged" in message
    said = _SAID_USER.search(message) if is_auth else _SAID_BY.search(message)
    if said is not None:
        found.update(account("user" if is_auth else "actor.user", next(name for name in said.groups() if name)))
    if is_auth:
        found["class_uid"] = 3002
    peer = _SAID_FROM_LAST.search(message) or _SAID_FROM.search(message)
    if peer is not None:
        found.update(peers.endpoint("src_endpoint", next(text for text in peer.groups() if text)))
    servers = _SAID_SERVER.findall(message)
    if servers:
        found.update(peers.endpoint("dst_endpoint", servers[-1]))
    severity = _severity(native)
    if severity:
        found["severity"] = severity
    return found


def _threat(native: Native) -> Columns:
    """Everything in the threat log but what was merely seen (`url`, `file` with alert or allow) is a finding."""
    subtype = str(native.get("subtype") or native.get("Subtype") or native.get("Name") or "").lower()
    action = str(native.get("action") or native.get("Action") or native.get("act") or "").lower()
    misc = first(
        (native.get("misc"), native.get("URL"), native.get("request"), native.get("FileName"), native.get("fname"))
    )
    found: Columns = {}
    if misc:
        found["http_request.url" if subtype == "url" else "file.name"] = misc
    severity = _severity(native)
    if severity:
        found["severity"] = severity
    if subtype in {"url", "file", "data"} and action in {"alert", "allow", "continue"}:
        return found
    name = (
        first((native.get("threatid"), native.get("ThreatName"), native.get("ThreatID"), native.get("cat"))) or subtype
    )
    numbered = _THREAT_ID.match(name)
    found["finding.title"] = (numbered.group(1) if numbered and numbered.group(1) else name) or subtype
    if numbered:
        found["finding.uid"] = numbered.group(2)
    elif threat := text_of(native.get("ThreatID")):
        found["finding.uid"] = threat
    found["finding.severity"] = severity or "informational"
    category = first((native.get("thr_category"), native.get("ThreatCategory"), subtype))
    if category:
        found["finding.category"] = category
    return found


def _severity(native: Native) -> str:
    text = first(
        (
            native.get("severity"),
            native.get("VendorSeverity"),
            native.get("PanOSThreatSeverity"),
            native.get("Severity"),
        )
    )
    return _SEVERITIES.get((text or "").lower(), "informational" if text else "")


def _status(native: Native, action: str) -> str:
    said = f"{native.get('status', '')} {native.get('EventStatus', '')} {action} {native.get('result', '')}".lower()
    if "fail" in said or "unauthorized" in said or "timeout" in said:
        return "Failure"
    return "Success" if "succe" in said or "login" in said.split() else ""
