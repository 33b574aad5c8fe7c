"""From packets to records: find the flow, let the protocols of the packet read it, tell flows when they end.

Enters: tshark's layers, packet by packet. Leaves: Zeek-like records (`_path` first) in an order that depends only
on the packets. Memory is bounded by the flow table and by what each protocol keeps of a flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tocsin.probes.packets import devices, dicom, directory, hl7, web, windows
from tocsin.probes.packets.flows import Flow, FlowTable, Record
from tocsin.probes.packets.names import SERVICES
from tocsin.probes.packets.packet import Layers, Packet, packet_of

Reader = Callable[[Flow, Packet, bool], Iterator[Record]]
End = Callable[[Flow], Iterator[Record]]

READERS: dict[str, Reader] = {
    "dns": web.dns,
    "mdns": web.dns,
    "llmnr": web.dns,
    "http": web.http,
    "tls": web.tls,
    "dtls": web.tls,
    "quic": web.tls,
    "ntlmssp": directory.ntlm,
    "smb2": windows.smb2,
    "smb": windows.smb1,
    "dcerpc": windows.dce_rpc,
    "kerberos": directory.kerberos,
    "ldap": directory.ldap,
    "cldap": directory.ldap,
    "ssh": devices.ssh,
    "rdp": devices.rdp,
    "smtp": devices.smtp,
    "ftp": devices.ftp,
    "mbtcp": devices.modbus,
    "dnp3": devices.dnp3,
    "dicom": dicom.dicom,
    "hl7": hl7.hl7,
}
ENDS: tuple[End, ...] = (
    *(web.dns_end, web.http_end, web.tls_end, directory.ntlm_end, directory.kerberos_end, directory.ldap_end),
    *(devices.ssh_end, devices.rdp_end, devices.smtp_end, devices.dnp3_end, dicom.end, hl7.end),
)


class Gatherer:
    """Holds the open flows of one capture."""

    def __init__(self) -> None:
        self._flows = FlowTable()
        self._leases = devices.Leases()

    def packet(self, layers: Layers) -> Iterator[Record]:
        """Take one packet; give the records that it completes."""
        packet = packet_of(layers)
        if packet is None:
            return
        flow, reply, displaced = self._flows.find(packet)
        if displaced is not None:
            yield from _told(displaced)
        flow.add(packet, reply)
        if packet.proto != "icmp":
            yield from _read(flow, packet, reply)
            yield from self._leases.packet(flow, packet)
        for ended in self._flows.expired():
            yield from _told(ended)

    def end(self) -> Iterator[Record]:
        """Give what is left at the end of the capture."""
        yield from self._leases.end()
        for flow in self._flows.rest():
            yield from _told(flow)


def _read(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    for name in dict.fromkeys(packet.protocols):
        service = SERVICES.get(name)
        if service is not None and service not in flow.services and len(flow.services) < 8:
            flow.services[service] = None
    for name in sorted(set(packet.protocols) & READERS.keys(), key=_ORDER.__getitem__):
        yield from READERS[name](flow, packet, reply)
    if "rdp" not in packet.protocols and "rdp_rt_cookie" in packet.layers:
        yield from devices.rdp(flow, packet, reply)


_ORDER = {name: rank for rank, name in enumerate(READERS)}
"""NTLM is read before the SMB that carries it, SMB before the RPC inside it."""


def _told(flow: Flow) -> Iterator[Record]:
    """End a flow: what its protocols still hold, then its conn record."""
    for end in ENDS:
        yield from end(flow)
    yield flow.conn()
