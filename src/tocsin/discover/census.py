"""What was seen of machines, counted: flows by their ends and port, and signs by machine. Memory is bounded.

Enters: flows and signs, one by one, in any order; other censuses. Leaves: a `Census`, the same whatever the number of
processes that counted, as long as nothing had to be left out (`left_out` says how much was).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

MAX_EDGES = 1_000_000
MAX_SIGNS = 500_000
MAX_PORTS = 16
"""Ports of one protocol that one machine is told apart to use on another; beyond, they are one range."""
MAX_TRIED = 512
"""Machines and ports that are counted of what a machine tried in vain: a scanner has far more."""
MAX_MARKS = 8
DYNAMIC = 49_152
"""From here on ports are given out by the system (RFC 6335): one service of them is as good as another."""
_LAST = 65_535

EdgeKey = tuple[str, str, str, int]
"""Source, target, protocol, port of the target."""
SignKey = tuple[str, str, str]
"""Machine (address or name), what it is a sign of, and the value."""


class Edge(Struct):
    """One machine talked to another: how often, from when to when, bytes sent and got, and in which protocols.

    `times` is 0 where only a record of the protocol was seen, none of the connection itself.
    """

    times: int = 0
    first_us: int = 0
    last_us: int = 0
    sent: int = 0
    got: int = 0
    marks: tuple[str, ...] = ()
    last_port: int = 0

    def add(self, other: Edge) -> None:
        """Add what another saw of the same."""
        self.first_us = min(self.first_us or other.first_us, other.first_us)
        self.last_us = max(self.last_us, other.last_us)
        self.times += other.times
        self.sent += other.sent
        self.got += other.got
        self.last_port = max(self.last_port, other.last_port)
        if other.marks and other.marks != self.marks:
            self.marks = tuple(sorted({*self.marks, *other.marks}))[:MAX_MARKS]


class Tried(Struct):
    """What a machine tried in vain: machines and ports, each up to `MAX_TRIED`."""

    machines: set[str] = field(default_factory=set)
    ports: set[int] = field(default_factory=set)
    times: int = 0

    def add(self, machine: str, port: int) -> None:
        """Take note of one attempt."""
        self.times += 1
        if len(self.machines) < MAX_TRIED:
            self.machines.add(machine)
        if len(self.ports) < MAX_TRIED:
            self.ports.add(port)


class Census(Struct):
    """All that was seen. `names` are names of addresses (DHCP, NTLM, tickets), with how often."""

    edges: dict[EdgeKey, Edge] = field(default_factory=dict)
    signs: dict[SignKey, int] = field(default_factory=dict)
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    tried: dict[str, Tried] = field(default_factory=dict)
    events: int = 0
    rejected: int = 0
    left_out: int = 0
    first_us: int = 0
    last_us: int = 0

    def flow(self, key: EdgeKey, seen: Edge) -> None:
        """Count a flow."""
        source, target, protocol, port = key
        if port >= DYNAMIC:
            key, seen.last_port = (source, target, protocol, DYNAMIC), _LAST
        known = self.edges.get(key)
        if known is not None:
            known.add(seen)
        elif len(self.edges) < MAX_EDGES:
            self.edges[key] = seen
        else:
            self.left_out += 1

    def vain(self, source: str, target: str, port: int) -> None:
        """Count an attempt that nothing came of."""
        tried = self.tried.get(source)
        if tried is None:
            if len(self.tried) >= MAX_SIGNS:
                self.left_out += 1
                return
            tried = self.tried[source] = Tried()
        tried.add(target, port)

    def sign(self, machine: str, kind: str, value: str = "", times: int = 1) -> None:
        """Count a sign of a machine; its value is cut, since attackers write it."""
        key = (machine, kind, value[:96])
        if key in self.signs or len(self.signs) < MAX_SIGNS:
            self.signs[key] = self.signs.get(key, 0) + times
        else:
            self.left_out += 1

    def name(self, address: str, name: str, times: int = 1) -> None:
        """Count that an address was seen under a name."""
        key = (address, name[:64])
        if key in self.names or len(self.names) < MAX_SIGNS:
            self.names[key] = self.names.get(key, 0) + times
        else:
            self.left_out += 1

    def when(self, time_us: int) -> None:
        """Take note of an event's time."""
        self.first_us = min(self.first_us or time_us, time_us)
        self.last_us = max(self.last_us, time_us)

    def merge(self, other: Census) -> None:
        """Add what another process counted."""
        for key, edge in other.edges.items():
            self.flow(key, edge)
        for (machine, kind, value), times in other.signs.items():
            self.sign(machine, kind, value, times)
        for (address, name), times in other.names.items():
            self.name(address, name, times)
        for source, tried in other.tried.items():
            self._tried(source, tried)
        self.events += other.events
        self.rejected += other.rejected
        self.left_out += other.left_out
        for time_us in filter(None, (other.first_us, other.last_us)):
            self.when(time_us)

    def _tried(self, source: str, more: Tried) -> None:
        known = self.tried.setdefault(source, Tried())
        known.times += more.times
        known.machines.update(sorted(more.machines)[: MAX_TRIED - len(known.machines)])
        known.ports.update(sorted(more.ports)[: MAX_TRIED - len(known.ports)])


def folded(edges: Mapping[EdgeKey, Edge]) -> Iterator[tuple[EdgeKey, Edge]]:
    """Give the flows in the order of their keys; many ports between the same two machines become one range."""
    groups: dict[tuple[str, str, str], dict[int, Edge]] = {}
    for (source, target, protocol, port), edge in _together(edges).items():
        groups.setdefault((source, target, protocol), {})[port] = edge
    for (source, target, protocol), ports in sorted(groups.items()):
        few = len(ports) <= MAX_PORTS
        for group in [[port] for port in sorted(ports)] if few else [sorted(ports)]:
            whole = Edge()
            for port in group:
                whole.add(ports[port])
            whole.last_port = max(whole.last_port, group[-1])
            yield (source, target, protocol, group[0]), whole


def _together(edges: Mapping[EdgeKey, Edge]) -> dict[EdgeKey, Edge]:
    """Give to a connection what a record of its protocol, which does not say whether it was TCP or UDP, told of it."""
    whole = {key: edge for key, edge in edges.items() if edge.times}
    for key, edge in edges.items():
        if not edge.times:
            source, target, protocol, port = key
            other = (source, target, "udp" if protocol == "tcp" else "tcp", port)
            known = whole.get(key) or whole.get(other)
            if known is None:
                whole[key] = edge
            else:
                both = Edge()
                both.add(known)
                both.add(edge)
                whole[key if key in whole else other] = both
    return whole
