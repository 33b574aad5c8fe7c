"""Count what one event says of machines: its flow, and signs of what its ends are.

Enters: events of any product. Leaves: a `Census` that grows. Protocols are read where a probe read them (DICOM, HL7,
Kerberos, DHCP …); a port alone is only ever a hint, and that is for `profiles` to weigh. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from tocsin import probes
from tocsin.detect.behaviour.facts import FactsByKind, Flow, gather
from tocsin.discover.census import Census, Edge
from tocsin.discover.signs import INTERNET, PROTOCOLS, READERS, Sight
from tocsin.model import Event
from tocsin.model import names as spell

IN_VAIN = frozenset({"S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"})
"""Zeek's states of connections that were never made."""
_NOBODY = frozenset({"0.0.0.0", "255.255.255.255", "::"})
_SERVED = 32_768


_NEEDS = frozenset({"Flow", "Bound"})


class Reader:
    """Counts events. `outside` says of which addresses only that they are of the Internet is of interest."""

    def __init__(self, outside: Callable[[str], bool]) -> None:
        self._outside = outside
        self._ends: dict[str, str] = {}

    def read(self, events: Iterable[Event], census: Census) -> None:
        """Count events."""
        kept = [event for event in events if event.time_us is not None]
        for event in kept:
            census.when(event.time_us or 0)
            reader = READERS.get(event.source)
            if reader is not None:
                reader(event.native, Sight(census, event.time_us or 0, self.end))
        facts: FactsByKind = {}
        gather([event for event in kept if not self._is_answer(event)], probes.columns, _NEEDS, facts)
        for flow in facts.get("Flow", ()):
            self._flow(flow, census)
        for bound in facts.get("Bound", ()):
            census.name(bound.address, bound.host)

    def _flow(self, flow: Flow, census: Census) -> None:
        source, target = self.end(flow.src), self.end(flow.dst)
        if not source or not target or source == target:
            return
        if flow.state in IN_VAIN and flow.proto != "udp":
            census.vain(source, target, flow.port)
            return
        if flow.proto in {"icmp", "icmp6", "ipv6-icmp", "58", "1"}:
            flow = flow._replace(port=0, proto="icmp")
        marks = _marks(flow.service)
        edge = Edge(1, flow.time_us, flow.time_us, flow.sent, flow.got, marks, flow.port)
        census.flow((source, target, flow.proto, flow.port), edge)

    def end(self, address: str) -> str:
        """Give an end of a flow: its address, `internet`, or nothing for what is no single machine."""
        end = self._ends.get(address)
        if end is None:
            if len(self._ends) > 200_000:
                self._ends.clear()
            end = self._ends[address] = self._worked_out(address)
        return end

    def _worked_out(self, address: str) -> str:
        plain = spell.address(address)
        if not plain or plain in _NOBODY or _group(plain):
            return ""
        return INTERNET if self._outside(plain) else plain

    def _is_answer(self, event: Event) -> bool:
        """Say whether a NetFlow record tells of the answers of a connection, whose questions are a record too."""
        if event.source != "netflow.flow":
            return False
        columns = probes.columns(event)
        source, target = columns.get("src_endpoint.port"), columns.get("dst_endpoint.port")
        return isinstance(source, int) and isinstance(target, int) and 0 < source < target and target >= _SERVED


@lru_cache(maxsize=4096)
def _marks(service: str) -> tuple[str, ...]:
    """Give the protocols of Zeek's, Suricata's or a firewall's name of a service (`gssapi,ntlm,smb`)."""
    found = {PROTOCOLS[one] for one in service.lower().split(",") if one in PROTOCOLS}
    if len(found) > 1:  # a ticket shown to a server, inside its own protocol, is no ticket given
        found.discard("kerberos")
    return tuple(sorted(found))


def _group(address: str) -> bool:
    """Say whether an address means several machines: multicast, or loopback's and link-local's own talk."""
    first = address.partition(".")[0]
    many = first.isdigit() and (int(first) >= 224 or first == "127")
    return many or address.startswith(("ff0", "169.254.", "fe80:"))
