"""Flows: packets gathered by addresses and ports into Zeek's conn records, in bounded memory.

Enters: packets in capture order. Leaves: flows when they end (idle, displaced, end of capture), told as conn records.
Originator is who sent the SYN, or the first packet unless that comes from a well-known port. States and history are
Zeek's. Source: https://docs.zeek.org/en/current/scripts/base/protocols/conn/main.zeek.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from tocsin.probes.packets.packet import ACK, FIN, RST, SYN, Packet

Record = dict[str, Any]

MAX_FLOWS = 20_000
MAX_HISTORY = 32
TCP_IDLE_US = 300 * 1_000_000
OTHER_IDLE_US = 60 * 1_000_000
CLOSED_IDLE_US = 5 * 1_000_000
_ECHOES = {8: 0, 13: 14, 15: 16, 17: 18, 128: 129, 133: 134, 135: 136}


@dataclass(slots=True)
class Flow:
    """What is known of one connection. Index 0 of a pair is the originator, 1 the responder."""

    proto: str
    orig: tuple[str, int]
    resp: tuple[str, int]
    first_us: int
    last_us: int
    uid: str
    flipped: bool = False
    payload: list[int] = field(default_factory=lambda: [0, 0])
    packets: list[int] = field(default_factory=lambda: [0, 0])
    length: list[int] = field(default_factory=lambda: [0, 0])
    syn: list[bool] = field(default_factory=lambda: [False, False])
    fin: list[bool] = field(default_factory=lambda: [False, False])
    rst: list[bool] = field(default_factory=lambda: [False, False])
    history: str = ""
    macs: tuple[str, str] = ("", "")
    services: dict[str, None] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    """What the protocol readers remember of this flow, each under its own name."""

    @property
    def closed(self) -> bool:
        """Say whether both sides have ended it, or one has cut it."""
        return all(self.fin) or any(self.rst)

    def add(self, packet: Packet, from_resp: bool) -> None:
        """Count one packet."""
        side = int(from_resp)
        self.last_us = max(self.last_us, packet.time_us)
        self.first_us = min(self.first_us, packet.time_us)
        self.packets[side] += 1
        self.payload[side] += packet.payload
        self.length[side] += packet.length
        if self.proto == "tcp":
            self._flags(packet, side)
        elif packet.payload:
            self._note("D", side)

    def _flags(self, packet: Packet, side: int) -> None:
        flags = packet.flags
        if flags & SYN:
            self.syn[side] = True
            self._note("H" if flags & ACK else "S", side)
        if packet.payload:
            self._note("D", side)
        elif flags & ACK and not flags & (SYN | FIN | RST):
            self._note("A", side)
        if flags & FIN:
            self.fin[side] = True
            self._note("F", side)
        if flags & RST:
            self.rst[side] = True
            self._note("R", side)

    def _note(self, letter: str, side: int) -> None:
        letter = letter.lower() if side else letter
        if letter not in self.history and len(self.history) < MAX_HISTORY:
            self.history += letter

    def head(self, path: str, time_us: int) -> Record:
        """Start a record of this flow: time, uid and the four ends, as every Zeek record has them."""
        return {
            "_path": path,
            "ts": time_us / 1e6,
            "uid": self.uid,
            "id.orig_h": self.orig[0],
            "id.orig_p": self.orig[1],
            "id.resp_h": self.resp[0],
            "id.resp_p": self.resp[1],
        }

    def conn(self) -> Record:
        """Tell the flow as Zeek's conn record."""
        record = self.head("conn", self.first_us)
        record["proto"] = self.proto
        if self.services:
            record["service"] = ",".join(self.services)
        if sum(self.packets) > 1:
            record["duration"] = (self.last_us - self.first_us) / 1e6
            record["orig_bytes"], record["resp_bytes"] = self.payload
        record["conn_state"] = self.conn_state()
        if self.history:
            record["history"] = ("^" if self.flipped else "") + self.history
        record["orig_pkts"], record["resp_pkts"] = self.packets
        record["orig_ip_bytes"], record["resp_ip_bytes"] = self.length
        for name, mac in zip(("orig_l2_addr", "resp_l2_addr"), self.macs, strict=True):
            if mac:
                record[name] = mac
        return record

    def conn_state(self) -> str:
        """Give Zeek's code for how the connection went."""
        if self.proto in {"icmp", "unknown_transport"}:
            return "OTH"
        if self.proto != "tcp":
            return "SF" if all(self.packets) else "S0" if self.packets[0] else "SHR"
        if not any(self.syn):
            return "OTH"
        if not all(self.syn):
            return self._half_open()
        if self.rst[0]:
            return "RSTO"
        if self.rst[1]:
            return "RSTR"
        return {(True, True): "SF", (True, False): "S2", (False, True): "S3"}.get((self.fin[0], self.fin[1]), "S1")

    def _half_open(self) -> str:
        if self.syn[0]:
            if self.rst[1]:
                return "REJ"
            if self.rst[0]:
                return "RSTOS0"
            return "SH" if self.fin[0] else "S0"
        if self.rst[1]:
            return "RSTRH"
        return "SHR" if self.fin[1] else "OTH"


Ends = tuple[str, tuple[str, int], tuple[str, int]]


class FlowTable:
    """The flows that are open now, oldest activity first; at most `MAX_FLOWS`."""

    def __init__(self) -> None:
        self._open: dict[str, OrderedDict[Ends, Flow]] = {"tcp": OrderedDict(), "other": OrderedDict()}
        self._now_us = 0

    def find(self, packet: Packet) -> tuple[Flow, bool, Flow | None]:
        """Give the packet's flow, whether the responder sent it, and the flow it displaced under the same ends."""
        self._now_us = max(self._now_us, packet.time_us)
        flows = self._open["tcp" if packet.proto == "tcp" else "other"]
        key = _key(packet)
        flow = flows.get(key)
        ended = None
        if flow is not None and _begins_anew(flow, packet):
            ended, flow = flow, None
        if flow is None:
            flow = _new(packet)
            flows[key] = flow
        flows.move_to_end(key)
        return flow, _is_reply(flow, packet), ended

    def expired(self) -> Iterator[Flow]:
        """Take out the flows that are idle for too long, and the oldest ones above the limit."""
        for name, idle_us in (("tcp", TCP_IDLE_US), ("other", OTHER_IDLE_US)):
            flows = self._open[name]
            while flows:
                key, flow = next(iter(flows.items()))
                if self._now_us - flow.last_us <= idle_us and len(flows) <= MAX_FLOWS:
                    break
                del flows[key]
                yield flow

    def rest(self) -> Iterator[Flow]:
        """Take out all flows, in the order in which they began."""
        flows = [flow for table in self._open.values() for flow in table.values()]
        for table in self._open.values():
            table.clear()
        yield from sorted(flows, key=lambda flow: (flow.first_us, flow.uid))


def _key(packet: Packet) -> Ends:
    src, dst = packet.src, packet.dst
    if packet.proto == "icmp":  # its ports are type and code: they differ between question and answer
        src, dst = (src[0], 0), (dst[0], 0)
    return (packet.proto, src, dst) if src <= dst else (packet.proto, dst, src)


def _is_reply(flow: Flow, packet: Packet) -> bool:
    return packet.src[0] != flow.orig[0] if flow.proto == "icmp" else packet.src != flow.orig


def _begins_anew(flow: Flow, packet: Packet) -> bool:
    idle_us = packet.time_us - flow.last_us
    if flow.proto != "tcp":
        return idle_us > OTHER_IDLE_US
    opening = packet.flags & (SYN | ACK) == SYN
    return idle_us > TCP_IDLE_US or (opening and (flow.closed or (idle_us > CLOSED_IDLE_US and all(flow.syn))))


def _new(packet: Packet) -> Flow:
    flipped = _from_responder(packet)
    orig, resp = (packet.dst, packet.src) if flipped else (packet.src, packet.dst)
    if packet.proto == "icmp" and not flipped:
        resp = (resp[0], _ECHOES.get(orig[1], packet.dst[1]))
    macs = packet.macs[::-1] if flipped else packet.macs
    text = f"{packet.proto} {orig} {resp} {packet.time_us}"
    uid = "C" + blake2b(text.encode(), digest_size=8).hexdigest()
    return Flow(packet.proto, orig, resp, packet.time_us, packet.time_us, uid, flipped, macs=(macs[0], macs[1]))


def _from_responder(packet: Packet) -> bool:
    """Say whether a flow's first packet comes from its responder: an answer to an opening, or a well-known port."""
    if packet.proto == "tcp" and packet.flags & SYN:
        return bool(packet.flags & ACK)
    if packet.proto not in {"tcp", "udp"}:
        return False
    source, target = packet.src[1], packet.dst[1]
    return source < 1024 < target and not (packet.dst[0].startswith(("224.", "239.", "ff0", "255.")))
