"""Read the signs of what a machine is from the fields of protocol records: who asked, who served, under which name.

Enters: the native fields of one event. Leaves: signs and names in a `Census`. Never raises, whatever the fields hold.
What a protocol's record says of both ends is a mark of their flow. Source: Zeek's logs, Suricata's EVE, Windows' audit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.detect.behaviour.facts.values import number
from tocsin.discover.census import Census, Edge
from tocsin.model import Native
from tocsin.model import names as spell

INTERNET = "internet"

PROTOCOLS = {
    "krb_tcp": "kerberos", "krb": "kerberos", "krb5": "kerberos", "kerberos": "kerberos", "ldap_tcp": "ldap",
    "ldap_udp": "ldap", "ldap": "ldap", "smb": "smb", "dns": "dns", "dhcp": "dhcp", "http": "http", "http2": "http",
    "ssl": "tls", "tls": "tls", "quic": "quic", "smtp": "smtp", "imap": "mailbox", "pop3": "mailbox", "snmp": "snmp",
    "sip": "sip", "ntp": "ntp", "radius": "radius", "syslog": "syslog", "modbus": "modbus", "bacnet": "bacnet",
    "dnp3_tcp": "modbus", "mysql": "sql", "postgresql": "sql", "tds": "sql", "oracle": "sql", "mongodb": "sql",
    "rdp": "rdp", "ssh": "ssh", "dce_rpc": "rpc", "dcerpc": "rpc", "rtsp": "rtsp", "nfs": "nfs", "dicom": "dicom",
    "hl7": "hl7", "mllp": "hl7", "ipp": "print", "rfb": "rfb", "mqtt": "mqtt", "ftp": "ftp", "iscsi": "nfs",
}  # fmt: skip
"""What Zeek, Suricata and firewalls call a protocol -> the mark of a flow."""

STORAGE = "1.2.840.10008.5.1.4.1.1."
_KINDS = {
    "1": "CR", "1.1": "DX", "1.1.1": "DX", "1.2": "MG", "1.2.1": "MG", "2": "CT", "2.1": "CT", "3.1": "US", "4": "MR",
    "4.1": "MR", "6.1": "US", "7": "SC", "12.1": "XA", "12.2": "RF", "20": "NM", "77.1.1": "ES", "128": "PT",
    "481.1": "RT", "481.2": "RT", "481.3": "RT", "481.5": "RT", "9.1.1": "ECG", "13.1.3": "MG",
}  # fmt: skip
_CLASSES = {
    "1.2.840.10008.5.1.4.31": "worklist",
    "1.2.840.10008.3.1.2.3.3": "mpps",
    "1.2.840.10008.1.20.1": "commitment",
    "1.2.840.10008.1.1": "echo",
    **{f"1.2.840.10008.5.1.4.1.2.{root}.{kind}": "query" for root in (1, 2, 3) for kind in (1, 2, 3)},
}
"""SOP classes of PS3.4: modality worklist, performed procedure step, storage commitment, verification, query."""


def sop_class(uid: str) -> str:
    """Say what a SOP class is for: `store CT`, `worklist`, `query`, `mpps`, `commitment`, `echo`, or nothing."""
    if uid.startswith(STORAGE) and uid not in _CLASSES:
        return f"store {_KINDS.get(uid[len(STORAGE) :], 'other')}"
    return _CLASSES.get(uid, "")


Read = Callable[[Native, "Sight"], None]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)


class Sight:
    """What one event shows: where to count it, when it was, and how ends are called (see `reading`)."""

    __slots__ = ("_census", "_end", "_time_us")

    def __init__(self, census: Census, time_us: int, end: Callable[[str], str]) -> None:
        self._census = census
        self._time_us = time_us
        self._end = end

    def ends(self, native: Native) -> tuple[str, str]:
        """Give client and server of a Zeek or EVE record; nothing for an end that is no machine."""
        get = native.get
        ends = (get("id.orig_h") or get("src_ip"), get("id.resp_h") or get("dest_ip"))
        return self._end(_text(ends[0])), self._end(_text(ends[1]))

    def sign(self, machine: str, kind: str, value: str = "") -> None:
        """Count a sign of a machine of the hospital."""
        if machine and machine != INTERNET:
            self._census.sign(machine, kind, value)

    def name(self, address: str, name: str) -> None:
        """Count a name of an address of the hospital."""
        if address and name and address != INTERNET:
            self._census.name(address, name)

    def mark(self, native: Native, mark: str, protocol: str = "tcp") -> None:
        """Mark the flow of a record with what was spoken on it."""
        client, server = self.ends(native)
        port = number(native.get("id.resp_p") or native.get("dest_port"))
        if client and server and client != server and 0 < port < 65_536:
            said = _text(native.get("proto")).lower()
            key = (client, server, said if said in {"tcp", "udp"} else protocol, port)
            self._census.flow(key, Edge(0, self._time_us, self._time_us, marks=(mark,), last_port=port))


def _plain(mark: str, protocol: str = "tcp") -> Read:
    def read(native: Native, sight: Sight) -> None:
        sight.mark(native, mark, protocol)

    return read


def _dicom(native: Native, sight: Sight) -> None:
    client, server = sight.ends(native)
    if not client or not server or _text(native.get("result")) not in {"accepted", ""}:
        return
    sight.sign(client, "title", _text(native.get("calling_ae")))
    sight.sign(server, "title", _text(native.get("called_ae")))
    _software(sight, client, native, "")
    _software(sight, server, native, "acceptor_")
    listed = native.get("sop_classes")
    for one in listed[:32] if isinstance(listed, list) else ():
        _asked(sight, client, server, sop_class(_text(one)))
    sight.mark(native, "dicom")


def _software(sight: Sight, machine: str, native: Native, side: str) -> None:
    uid, version = (_text(native.get(f"{side}implementation_{key}")) for key in ("class_uid", "version"))
    if uid:
        sight.sign(machine, "implementation", f"{uid} {version}".strip())


def _asked(sight: Sight, client: str, server: str, what: str) -> None:
    if what:
        sight.sign(server, "serves", what)
        sight.sign(client, "asks", what)


def _command(native: Native, sight: Sight) -> None:
    """Note what a command asks for; what comes back on the asker's own association (C-GET) is no service of his."""
    ends = sight.ends(native)
    if _text(native.get("is_orig")).lower() in {"false", "f"}:
        return
    command, what = _text(native.get("command")), sop_class(_text(native.get("sop_class_uid")))
    if not what and command in {"C-STORE", "C-FIND", "C-MOVE", "C-GET"}:
        what = "store other" if command == "C-STORE" else "query"
    if all(ends):
        _asked(sight, *ends, what)


def _hl7(native: Native, sight: Sight) -> None:
    ends = sight.ends(native)
    if _text(native.get("is_orig")).lower() in {"false", "f"}:
        ends = ends[::-1]
    kind = _text(native.get("message_type"))
    if not all(ends) or kind in {"", "ACK"}:
        return
    sight.mark(native, "hl7")
    sight.sign(ends[0], "sends", "^".join(filter(None, (kind, _text(native.get("trigger_event"))))))
    sight.sign(ends[1], "gets", kind)
    for end, side in zip(ends, ("sending", "receiving"), strict=True):
        sight.sign(end, "application", _text(native.get(f"{side}_application")))


def _dns(native: Native, sight: Sight) -> None:
    if _text(native.get("id.resp_p") or native.get("dest_port")) == "53" and native.get("rcode_name"):
        sight.mark(native, "dns")


def _kerberos(native: Native, sight: Sight) -> None:
    """A ticket that was given or refused: an answer, whatever it was, is a controller's. One shown (AP) is not."""
    answered = native.get("success") is not None or native.get("error_msg")
    if answered and native.get("request_type") in {"AS", "TGS", None}:
        sight.mark(native, "kerberos")


def _dhcp(native: Native, sight: Sight) -> None:
    address = spell.address(_text(native.get("assigned_addr") or native.get("client_addr")))
    server = spell.address(_text(native.get("server_addr")))
    if server:
        sight.sign(server, "dhcp")
    if address:
        _leased(sight, address, native)


def _leased(sight: Sight, address: str, native: Mapping[str, object]) -> None:
    sight.sign(address, "dhcp<")
    mac, name = _text(native.get("mac") or native.get("client_mac")), spell.host(_text(native.get("host_name")))
    kind = _text(native.get("client_software") or native.get("vendor_class") or native.get("vendor_class_identifier"))
    if mac.strip("0:-."):
        sight.sign(address, "mac", mac.lower())
    if name:
        sight.name(address, name)
    if kind:
        sight.sign(address, "class", kind)


def _eve_dhcp(native: Native, sight: Sight) -> None:
    dhcp = native.get("dhcp")
    if not isinstance(dhcp, dict):
        return
    address = spell.address(_text(dhcp.get("assigned_ip")))
    if _text(dhcp.get("type")) == "reply" and _text(native.get("src_port")) == "67":
        sight.sign(spell.address(_text(native.get("src_ip"))), "dhcp")
    if address and address != "0.0.0.0":
        _leased(sight, address, {**dhcp, "host_name": dhcp.get("hostname")})


def _mac(native: Native, sight: Sight) -> None:
    """Note hardware addresses of a flow where the sensor tells them; a router's stands for many machines."""
    for end, key in zip(sight.ends(native), ("orig_l2_addr", "resp_l2_addr"), strict=True):
        mac = _text(native.get(key))
        if mac.strip("0:-.") and end:
            sight.sign(end, "mac", mac.lower())


def _http(native: Native, sight: Sight) -> None:
    client, _server = sight.ends(native)
    uri, method = _text(native.get("uri")), _text(native.get("method"))
    sight.mark(native, "proxy" if method == "CONNECT" or uri.startswith("http://") else "http")
    agent = _text(native.get("user_agent"))
    if client and agent:
        sight.sign(client, "browser" if agent.startswith("Mozilla/5.0 (") else "agent", _system(agent))


def _system(agent: str) -> str:
    """Keep of a browser its system only: versions are many, and say nothing of what the machine does."""
    if not agent.startswith("Mozilla/5.0 ("):
        return agent.partition("/")[0][:32]
    return next((one for one in ("Windows", "Android", "iPhone", "Macintosh", "Linux") if one in agent[:80]), "other")


def _ntlm(native: Native, sight: Sight) -> None:
    client, server = sight.ends(native)
    name = spell.host(_text(native.get("server_nb_computer_name") or native.get("server_dns_computer_name")))
    for address, known in ((client, spell.host(_text(native.get("hostname")))), (server, name)):
        if address and known:
            sight.name(address, known)


def _share(native: Native, sight: Sight) -> None:
    share = _text(native.get("path")).replace("/", "\\").rpartition("\\")[2].lower()
    if share in {"sysvol", "netlogon"}:
        sight.mark(native, "sysvol")
    elif share == "print$":
        sight.mark(native, "spooler")
    elif share and not share.endswith("$"):
        sight.mark(native, "share")


_PIPES = {"spoolss": "spooler", "netlogon": "sysvol", "drsuapi": "sysvol"}


def _rpc(native: Native, sight: Sight) -> None:
    sign = _PIPES.get(_text(native.get("endpoint")).lower(), "")
    if sign:
        sight.mark(native, sign)


def _sip(native: Native, sight: Sight) -> None:
    sight.mark(native, "register" if _text(native.get("method")) == "REGISTER" else "sip", "udp")


def _software_log(native: Native, sight: Sight) -> None:
    host = spell.address(_text(native.get("host")))
    if host and _text(native.get("software_type")) != "HTTP::BROWSER":
        sight.sign(host, "software", _text(native.get("name")))


_ON_CONTROLLERS = frozenset({4768, 4769, 4771})


def _windows(native: Native, sight: Sight) -> None:
    """Tickets are logged only where they are given: on a domain controller."""
    computer = spell.host(_text(native.get("Computer")))
    if computer and native.get("EventID") in _ON_CONTROLLERS:
        sight.sign(computer, "tickets")


def _sysmon(native: Native, sight: Sight) -> None:
    """A connection that a machine made itself tells its address."""
    if native.get("EventID") == 3 and _text(native.get("Initiated")).lower() == "true":
        address, name = spell.address(_text(native.get("SourceIp"))), spell.host(_text(native.get("Computer")))
        if spell.routable(address):
            sight.name(address, name)


READERS: dict[str, Read] = {
    "zeek.conn": _mac,
    "zeek.dicom": _dicom,
    "zeek.dicom_command": _command,
    "zeek.hl7": _hl7,
    "zeek.dns": _dns,
    "zeek.kerberos": _kerberos,
    "zeek.dhcp": _dhcp,
    "suricata.dhcp": _eve_dhcp,
    "suricata.krb5": _plain("kerberos"),
    "zeek.http": _http,
    "zeek.ssl": _plain("tls"),
    "suricata.tls": _plain("tls"),
    "zeek.ntlm": _ntlm,
    "zeek.smb_files": _share,
    "zeek.smb_mapping": _share,
    "zeek.dce_rpc": _rpc,
    "zeek.smtp": _plain("smtp"),
    "suricata.smtp": _plain("smtp"),
    "zeek.snmp": _plain("snmp", "udp"),
    "suricata.snmp": _plain("snmp", "udp"),
    "zeek.sip": _sip,
    "zeek.syslog": _plain("syslog", "udp"),
    "zeek.ntp": _plain("ntp", "udp"),
    "zeek.radius": _plain("radius", "udp"),
    "zeek.modbus": _plain("modbus"),
    "zeek.bacnet": _plain("bacnet", "udp"),
    "zeek.mysql": _plain("sql"),
    "zeek.rdp": _plain("rdp"),
    "suricata.rdp": _plain("rdp"),
    "zeek.software": _software_log,
    "windows.security": _windows,
    "windows.sysmon": _sysmon,
}
"""Source -> the reader of its signs."""
