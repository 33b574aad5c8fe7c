"""OCSF columns of Suricata events: one table for all types, since an alert carries its protocol's fields too.

Enters: an event type and the EVE object. Leaves: columns. `src_ip` is the sender of the packet or the opener of the
flow, as Suricata gives it; byte counts follow it (an alert on an answer has the server as its source).
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.model import Columns, Native
from tocsin.probes.fill import Table, fill, look_up, text_of, whole

_TABLE: Table = {
    "src_endpoint.ip": "src_ip",
    "src_endpoint.port": "src_port",
    "src_endpoint.mac": ("ether.src_mac", "arp.src_mac"),
    "src_endpoint.zone": "in_iface",
    "src_endpoint.hostname": ("smb.ntlmssp.host", "rdp.client.client_name"),
    "dst_endpoint.ip": "dest_ip",
    "dst_endpoint.port": "dest_port",
    "dst_endpoint.mac": ("ether.dest_mac", "arp.dest_mac"),
    "connection_info.protocol_name": "proto",
    "connection_info.uid": ("flow_id", "community_id"),
    "connection_info.state": ("flow.state", "tcp.state"),
    "app_name": "app_proto",
    "duration": "flow.age",
    "traffic.packets_out": ("flow.pkts_toserver", "netflow.pkts"),
    "traffic.packets_in": "flow.pkts_toclient",
    "traffic.bytes_out": ("flow.bytes_toserver", "netflow.bytes"),
    "traffic.bytes_in": "flow.bytes_toclient",
    "query.hostname": ("dns.rrname", "dns.query.rrname", "dns.queries.rrname"),
    "query.type": ("dns.rrtype", "dns.query.rrtype", "dns.queries.rrtype"),
    "http_request.method": "http.http_method",
    "http_request.user_agent": ("http.http_user_agent", "ssh.client.software_version"),
    "http_response.code": "http.status",
    "tls.sni": ("tls.sni", "quic.sni"),
    "tls.version": ("tls.version", "quic.version"),
    "tls.ja3": ("tls.ja3.hash", "quic.ja3.hash"),
    "tls.ja4": ("tls.ja4", "quic.ja4"),
    "tls.subject": "tls.subject",
    "user.name": (
        "krb5.cname",
        "smb.ntlmssp.user",
        "rdp.cookie",
        "pgsql.request.startup_parameters.user",
        "sip.from",
        "http.http_user",
    ),
    "user.domain": ("krb5.realm", "smb.ntlmssp.domain"),
    "service.name": ("krb5.sname", "dcerpc.interfaces.uuid", "smb.dcerpc.interface.uuid", "smb.named_pipe"),
    "share.name": ("smb.share", "nfs.share"),
    "file.path": (
        "fileinfo.filename",
        "files.filename",
        "smb.filename",
        "nfs.filename",
        "tftp.file",
        "ftp_data.filename",
    ),
    "file.hash": ("fileinfo.sha256", "fileinfo.sha1", "fileinfo.md5", "files.sha256", "files.sha1", "files.md5"),
    "file.size": ("fileinfo.size", "files.size", "smb.size"),
    "email.from": ("email.from", "smtp.mail_from"),
    "email.to": ("email.to", "smtp.rcpt_to"),
    "email.subject": "email.subject",
    "device.mac": "dhcp.client_mac",
    "device.hostname": "dhcp.hostname",
    "resource.uid": ("mqtt.publish.topic", "ldap.request.search_request.base_object"),
    "finding.title": "alert.signature",
    "finding.uid": "alert.signature_id",
    "finding.category": "alert.category",
    "finding.techniques": ("alert.metadata.mitre_technique_id", "alert.metadata.mitre_technique"),
    "rule.action": "alert.action",
    "message": ("anomaly.event", "engine.message"),
}

_ACTIVITY: dict[str, tuple[str, ...]] = {
    "dns": ("dns.type",),
    "http": ("http.http_method",),
    "http2": ("http.http_method",),
    "anomaly": ("anomaly.event", "anomaly.code", "anomaly.type"),
    "smb": ("smb.command",),
    "krb5": ("krb5.msg_type",),
    "dcerpc": ("dcerpc.request",),
    "rdp": ("rdp.event_type",),
    "ftp": ("ftp.command",),
    "ftp_data": ("ftp_data.command",),
    "dhcp": ("dhcp.dhcp_type", "dhcp.type"),
    "nfs": ("nfs.procedure",),
    "tftp": ("tftp.packet",),
    "snmp": ("snmp.pdu_type",),
    "modbus": ("modbus.request.function_raw", "modbus.request.function_code", "modbus.function"),
    "dnp3": ("dnp3.request.application.function_code", "dnp3.application.function_code", "dnp3.type"),
    "sip": ("sip.method",),
    "ldap": ("ldap.request.operation",),
    "arp": ("arp.opcode",),
    "flow": ("flow.reason",),
    "rfb": ("rfb.authentication.security_type",),
    "alert": ("alert.action",),
    "drop": ("drop.reason",),
}

_CLASSES = {
    "alert": 2004,
    "http": 4002,
    "http2": 4002,
    "dns": 4003,
    "dhcp": 4004,
    "rdp": 4005,
    "smb": 4006,
    "ssh": 4007,
    "ftp": 4008,
    "ftp_data": 4008,
    "smtp": 4009,
    "krb5": 3002,
}
_SEVERITIES = {1: "high", 2: "medium", 3: "low", 4: "informational"}
_DECODER = "Generic Protocol Command Decode"
"""Category of the engine's own events (lost packets, odd handshakes): they say how the network is, not what attacks."""
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_NO_PROTOCOL = frozenset({"alert", "flow", "netflow", "anomaly", "stats", "drop", "fileinfo", "engine", "unknown"})


def columns(kind: str, native: Native) -> Columns:
    """Give the columns of one EVE object of this type."""
    filled = fill(native, _TABLE)
    filled["metadata.product.name"] = "Suricata"
    filled["class_uid"] = _CLASSES.get(kind, 4001)
    activity = fill(native, {"activity_name": _ACTIVITY.get(kind, ())})
    filled.update(activity)
    if kind not in _NO_PROTOCOL:
        filled.setdefault("app_name", kind)
    if "connection_info.protocol_name" in filled:
        filled["connection_info.protocol_name"] = str(filled["connection_info.protocol_name"]).lower()
    if _is_answer(native):
        _turn(filled)
    for add in (_alert, _dns, _http, _file, _login, _dhcp):
        add(filled, native)
    if kind == "drop":
        filled["rule.action"] = "drop"
    return filled


def _is_answer(native: Native) -> bool:
    """Say whether the record's source is known to be the server of the flow."""
    flow = native.get("flow")
    opener = flow.get("src_ip") if isinstance(flow, dict) else None
    return native.get("direction") == "to_client" or (opener is not None and opener == native.get("dest_ip"))


def _turn(filled: Columns) -> None:
    """Let the byte counts follow the packet's sender where that is the server."""
    for out, into in (("traffic.bytes_out", "traffic.bytes_in"), ("traffic.packets_out", "traffic.packets_in")):
        if out in filled and into in filled:
            filled[out], filled[into] = filled[into], filled[out]


def _alert(filled: Columns, native: Native) -> None:
    techniques = filled.pop("finding.techniques", [])
    if "finding.title" not in filled:
        return
    severity = whole(look_up(native, "alert.severity"))
    filled["finding.severity"] = _SEVERITIES.get(severity or 0, "informational" if severity else "medium")
    if look_up(native, "alert.category") == _DECODER:
        filled["finding.severity"] = "informational"
    known = [match.group() for text in _texts(techniques) if (match := _TECHNIQUE.match(text.upper()))]
    if known:
        filled["finding.techniques"] = known


def _dns(filled: Columns, native: Native) -> None:
    dns = native.get("dns")
    if not isinstance(dns, dict):
        return
    answers = [text for name in ("answers", "answer") for item in _list(dns.get(name)) for text in _rdata(item)]
    grouped = dns.get("grouped")
    if not answers and isinstance(grouped, dict):
        answers = [text for values in grouped.values() for text in _texts(values)]
    if not answers:
        answers = _texts(dns.get("rdata"))
    if answers:
        filled["answers"] = answers
    rcode = text_of(dns.get("rcode"))
    if rcode:
        filled["status"] = "Success" if rcode == "NOERROR" else "Failure"
        filled["status_detail"] = rcode


def _rdata(answer: Any) -> list[str]:
    return _texts(answer.get("rdata")) if isinstance(answer, dict) else []


def _http(filled: Columns, native: Native) -> None:
    host = text_of(look_up(native, "http.hostname"))
    url = text_of(look_up(native, "http.url"))
    if url:
        port = whole(look_up(native, "http.http_port"))
        name = f"{host}:{port}" if port and port != 80 else host
        filled["http_request.url"] = f"http://{name}{url}" if host and url.startswith("/") else url
    if host:
        filled["src_endpoint.hostname" if _is_answer(native) else "dst_endpoint.hostname"] = host
    code = filled.get("http_response.code")
    if isinstance(code, int):
        filled["status"] = "Success" if code < 400 else "Failure"


def _file(filled: Columns, _: Native) -> None:
    path = filled.get("file.path")
    if isinstance(path, str):
        filled["file.name"] = re.split(r"[\\/]", path.rstrip("\\/"))[-1] or path


def _login(filled: Columns, native: Native) -> None:
    krb5 = native.get("krb5")
    if isinstance(krb5, dict):
        filled["auth_protocol"] = "Kerberos"
        code = text_of(krb5.get("error_code"))
        filled["status"] = "Failure" if code else "Success"
        if code:
            filled["status_detail"] = code
    elif isinstance(look_up(native, "smb.ntlmssp"), dict):
        filled["auth_protocol"] = "NTLM"
    smb_status = text_of(look_up(native, "smb.status"))
    if smb_status:
        filled["status"] = "Success" if smb_status == "STATUS_SUCCESS" else "Failure"
        filled["status_detail"] = smb_status
    if look_up(native, "ftp.command") == "USER":
        filled.update(fill(native, {"user.name": "ftp.command_data"}))


def _dhcp(filled: Columns, native: Native) -> None:
    assigned = fill(native, {"device.ip": ("dhcp.assigned_ip", "dhcp.client_ip", "dhcp.requested_ip")})
    if assigned.get("device.ip") != "0.0.0.0":
        filled.update(assigned)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> list[str]:
    return [text for item in _list(value) if (text := text_of(item)) is not None]
