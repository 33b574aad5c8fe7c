"""One packet as tshark prints it (`-T ek -e …`): the fields that we ask for and how to read them.

Enters: the `layers` object of a line: field name with `_` for `.` -> list of texts. Leaves: `Packet`, and the list
of fields that tshark must print. Sources: the tshark man page, Wireshark's display filter reference.
"""

from __future__ import annotations

from typing import NamedTuple

from tocsin.model.times import parse_time
from tocsin.probes.fill import address

Layers = dict[str, list[str]]

_FLOW = "frame.time_epoch frame.protocols ip.src ip.dst ipv6.src ipv6.dst ip.len ipv6.plen eth.src eth.dst"
_TRANSPORT = "tcp.srcport tcp.dstport tcp.flags tcp.len tcp.analysis.retransmission udp.srcport udp.dstport udp.length"
_OTHER = "sctp.srcport sctp.dstport icmp.type icmp.code icmpv6.type icmpv6.code"
_DNS = (
    "dns.id dns.flags.response dns.flags.rcode dns.flags.authoritative dns.flags.truncated dns.flags.recdesired "
    "dns.flags.recavail dns.qry.name dns.qry.type dns.a dns.aaaa dns.cname dns.ptr.domain_name dns.ns "
    "dns.mx.mail_exchange dns.srv.target dns.txt"
)
_WEB = (
    "http.request.method http.request.uri http.request.version http.host http.user_agent http.referer "
    "http.content_type http.content_length http.response.code http.response.phrase http.response.version http.authbasic"
)
_TLS = (
    "tls.record.content_type tls.handshake.type tls.handshake.version tls.handshake.extensions.supported_version "
    "tls.handshake.ciphersuite tls.handshake.extensions_server_name tls.handshake.extensions_alpn_str "
    "tls.handshake.extensions_key_share_group tls.handshake.server_named_curve tls.handshake.ja3 tls.handshake.ja3s "
    "tls.handshake.ja4 tls.handshake.certificate tls.alert_message.desc"
)
_LOGIN = (
    "ssh.protocol ssh.kex.hassh ssh.kex.hasshserver rdp.rt_cookie rdp.client.name rdp.client.build "
    "rdp.negReq.selectedProtocol rdp.negFailure.failureCode "
    "kerberos.msg_type kerberos.CNameString kerberos.SNameString kerberos.realm kerberos.crealm kerberos.etype "
    "kerberos.error_code ntlmssp.messagetype ntlmssp.auth.username ntlmssp.auth.domain ntlmssp.auth.hostname "
    "ntlmssp.challenge.target_info.nb_computer_name ntlmssp.challenge.target_info.dns_computer_name "
    "ntlmssp.challenge.target_info.dns_tree_name"
)
_WINDOWS = (
    "smb2.cmd smb2.flags.response smb2.msg_id smb2.nt_status smb2.filename smb2.tree smb2.share_type smb2.fid "
    "smb2.disposition.delete_on_close smb2.rename.replace_if smb.cmd smb.flags.response smb.nt_status smb.path "
    "smb.service smb.file smb.fid dcerpc.pkt_type dcerpc.cn_ctx_id dcerpc.cn_bind_to_uuid dcerpc.opnum "
    "dcerpc.cn_call_id dcerpc.dg_if_id "
    "ldap.messageID ldap.protocolOp ldap.name ldap.mechanism ldap.authentication ldap.baseObject ldap.scope "
    "ldap.attributeDesc ldap.assertionValue ldap.present ldap.AttributeDescription ldap.resultCode ldap.errorMessage"
)
_SERVICES = (
    "dhcp.id dhcp.option.dhcp dhcp.hw.mac_addr dhcp.option.hostname dhcp.fqdn.name dhcp.option.requested_ip_address "
    "dhcp.ip.your dhcp.ip.client dhcp.option.dhcp_server_id dhcp.option.ip_address_lease_time dhcp.option.domain_name "
    "mbtcp.trans_id mbtcp.unit_id modbus.func_code modbus.exception_code dnp3.al.func dnp3.al.iin "
    "smtp.req.command smtp.req.parameter smtp.response.code smtp.rsp.parameter "
    "imf.from imf.to imf.subject imf.message_id imf.date imf.user_agent "
    "ftp.request.command ftp.request.arg ftp.response.code ftp.response.arg"
)
_MEDICAL = (
    "dicom dicom.pdu.type dicom.assoc.ae.called dicom.assoc.ae.calling dicom.pctx.id dicom.pctx.result "
    "dicom.pctx.abss.syntax dicom.userinfo.uid dicom.userinfo.version dicom.assoc.reject.source "
    "dicom.assoc.reject.reason dicom.pdv.ctx dicom.pdv.flags dicom.tag dicom.tag.vr dicom.tag.value.16u hl7.segment"
)
"""Of DICOM no text of a data set; of HL7 whole segments, as tshark has no field of its own for those of MSH."""

FIELDS: tuple[str, ...] = tuple(
    " ".join((_FLOW, _TRANSPORT, _OTHER, _DNS, _WEB, _TLS, _LOGIN, _WINDOWS, _SERVICES, _MEDICAL)).split()
)

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
_ICMP_ERRORS = frozenset({3, 4, 5, 11, 12})
_ETHERNET_HEADERS = 40


class Packet(NamedTuple):
    """The part of a packet that flows need. Ports of ICMP are its type and code, as Zeek has them."""

    time_us: int
    protocols: list[str]
    proto: str
    src: tuple[str, int]
    dst: tuple[str, int]
    payload: int
    length: int
    flags: int
    macs: tuple[str, str]
    layers: Layers


def packet_of(layers: Layers) -> Packet | None:
    """Read a packet; None when it has no IP addresses, or is a fragment that belongs to a later packet."""
    protocols = first(layers, "frame_protocols").split(":")
    time_us = parse_time(first(layers, "frame_time_epoch"))
    transport = _transport(protocols)
    ends = _addresses(layers, protocols, transport)
    if time_us is None or ends is None or (not transport and protocols[-1] == "data"):
        return None
    proto, ports, payload, flags = _READERS[transport](layers) if transport else ("unknown_transport", (0, 0), 0, 0)
    length = number(layers, "ip_len") or number(layers, "ipv6_plen") + _ETHERNET_HEADERS
    macs = (first(layers, "eth_src"), first(layers, "eth_dst"))
    return Packet(
        time_us, protocols, proto, (ends[0], ports[0]), (ends[1], ports[1]), payload, length, flags, macs, layers
    )


def _transport(protocols: list[str]) -> str:
    """Name the innermost transport; what an ICMP error quotes is not one."""
    quoting = next((name for name in ("icmp", "icmpv6") if name in protocols), "")
    return quoting or next((name for name in reversed(protocols) if name in _READERS), "")


def _addresses(layers: Layers, protocols: list[str], transport: str) -> tuple[str, str] | None:
    """Give source and destination: of the innermost packet of a tunnel, but not of one that an ICMP error quotes."""
    for name in ("ip", "ipv6"):
        sources, targets = layers.get(f"{name}_src"), layers.get(f"{name}_dst")
        if sources and targets:
            around = protocols[: protocols.index(transport)].count(name) if transport.startswith("icmp") else 0
            pick = around - 1  # -1, the innermost, where nothing is quoted
            return address(sources[pick]), address(targets[pick])
    return None


Transport = tuple[str, tuple[int, int], int, int]


def _tcp(layers: Layers) -> Transport:
    ports = (last_number(layers, "tcp_srcport"), last_number(layers, "tcp_dstport"))
    again = "tcp_analysis_retransmission" in layers
    return "tcp", ports, 0 if again else last_number(layers, "tcp_len"), last_number(layers, "tcp_flags")


def _udp(layers: Layers) -> Transport:
    ports = (last_number(layers, "udp_srcport"), last_number(layers, "udp_dstport"))
    return "udp", ports, max(0, last_number(layers, "udp_length") - 8), 0


def _sctp(layers: Layers) -> Transport:
    return "sctp", (last_number(layers, "sctp_srcport"), last_number(layers, "sctp_dstport")), 0, 0


def _icmp(layers: Layers) -> Transport:
    name = "icmp" if "icmp_type" in layers else "icmpv6"
    kind, code = number(layers, f"{name}_type"), number(layers, f"{name}_code")
    size = number(layers, "ip_len") - 28 if name == "icmp" else number(layers, "ipv6_plen") - 8
    return "icmp", (kind, code), max(0, size), 0


_READERS = {"tcp": _tcp, "udp": _udp, "sctp": _sctp, "icmp": _icmp, "icmpv6": _icmp}


def first(layers: Layers, name: str) -> str:
    """Give the first value of a field, or an empty text."""
    values = layers.get(name)
    return values[0] if values else ""


def number(layers: Layers, name: str) -> int:
    """Give the first value of a field as a number (0 when there is none): decimal, `0x…`, or a boolean's word."""
    return as_number(first(layers, name))


def last_number(layers: Layers, name: str) -> int:
    """Give the last value of a field as a number: of the innermost packet."""
    values = layers.get(name)
    return as_number(values[-1]) if values else 0


def numbers(layers: Layers, name: str) -> list[int]:
    """Give all values of a field as numbers."""
    return [as_number(value) for value in layers.get(name, ())]


def as_number(text: str) -> int:
    """Read what tshark prints for a number: decimal, `0x…`, or (newer versions) `true` and `false`."""
    if text.lower() in {"true", "false"}:
        return int(text.lower() == "true")
    try:
        return int(text, 0)
    except ValueError:
        digits = text.lstrip("0")
        return int(digits) if digits.isdecimal() and len(digits) < 20 else 0


def nth(layers: Layers, name: str, rank: int) -> str:
    """Give the value of a field in the packet's message of this rank, or its last one."""
    values = layers.get(name, [])
    return values[rank] if rank < len(values) else (values[-1] if values else "")
