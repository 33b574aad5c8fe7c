"""One machine as its traffic shows it: whom it serves with what, what it uses, and what it says of itself.

Enters: a `Census`. Leaves: a `Profile` a machine. What a probe read as a protocol counts as that protocol; a port whose
protocol no probe read is kept apart, as a hint. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from tocsin.discover.census import Census, Edge, EdgeKey
from tocsin.discover.signs import INTERNET

_HINTS: Mapping[str, tuple[str, str]] = {
    "dns": ("tcp udp", "53"),
    "kerberos": ("tcp udp", "88"),
    "ldap": ("tcp udp", "389 636 3268 3269"),
    "smb": ("tcp", "445 139"),
    "rpc": ("tcp", "135"),
    "dicom": ("tcp", "104 11112 2761 2762 4242"),
    "hl7": ("tcp", "2575 2576 6661"),
    "print": ("tcp", "9100 631 515"),
    "sip": ("tcp udp", "5060 5061"),
    "rtsp": ("tcp udp", "554"),
    "vmware": ("tcp udp", "902"),
    "migration": ("tcp", "8000 8002"),
    "sql": ("tcp", "1433 1521 1522 3306 5432 27017 50000"),
    "smtp": ("tcp", "25 465 587"),
    "mailbox": ("tcp", "143 993 110 995"),
    "proxy": ("tcp", "3128 8080"),
    "snmp": ("udp", "161"),
    "syslog": ("tcp udp", "514 6514"),
    "ntp": ("udp", "123"),
    "radius": ("udp", "1812 1813"),
    "nfs": ("tcp", "2049 3260"),
    "backup": ("tcp", "6160 6162 2500-3300 10000 13724 13782 8400 1500 9876 3094"),
    "updates": ("tcp", "8530 8531"),
    "rdp": ("tcp", "3389"),
    "ssh": ("tcp", "22"),
    "winrm": ("tcp", "5985 5986"),
    "modbus": ("tcp", "502"),
    "bacnet": ("udp", "47808"),
    "capwap": ("udp", "5246 5247"),
    "dhcp": ("udp", "67"),
    "vitals": ("tcp udp", "24000-24105 2050 7000-7001"),
    "tls": ("tcp", "443 8443"),
    "http": ("tcp", "80"),
}
"""Ports by what is most often behind them (IANA, and what makers document)."""


def _ports() -> dict[tuple[str, int], str]:
    table: dict[tuple[str, int], str] = {}
    for mark, (protocols, ports) in _HINTS.items():
        for part in ports.split():
            first, _, last = part.partition("-")
            for port in range(int(first), int(last or first) + 1):
                for protocol in protocols.split():
                    table.setdefault((protocol, port), mark)
    return table


_HINTED = _ports()


class Profile(Struct):
    """What was seen of one machine. `serves` and `uses`: mark → the other ends; hints: the same, by port only."""

    address: str
    serves: dict[str, set[str]] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)
    serves_hint: dict[str, set[str]] = field(default_factory=dict)
    uses_hint: dict[str, set[str]] = field(default_factory=dict)
    clients: set[str] = field(default_factory=set)
    servers: set[str] = field(default_factory=set)
    signs: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    answered: int = 0
    """Bytes that it sent to those who called it."""
    tried: int = 0
    tried_ports: int = 0
    first_us: int = 0
    last_us: int = 0
    flows: int = 0
    sweeps: bool = False
    """Whether it looks at many machines on many ports: what it uses says little of what it is for."""
    near: str = ""
    """Kind of its zone in the map, nothing where there is none."""

    def gives(self, mark: str) -> int:
        """Count the machines that it serves in a protocol that a probe read."""
        return len(self.serves.get(mark, ()))

    def may_give(self, mark: str) -> int:
        """Count the machines that it serves in a protocol, read or by the port's hint."""
        return _both(self.serves, self.serves_hint, mark)

    def takes(self, mark: str) -> int:
        """Count the machines that it uses in a protocol that a probe read."""
        return len(self.uses.get(mark, ()))

    def may_take(self, mark: str) -> int:
        """Count the machines that it uses in a protocol, read or by the port's hint."""
        return _both(self.uses, self.uses_hint, mark)

    def values(self, kind: str) -> dict[str, int]:
        """Give the values of a kind of sign, with how often each was seen."""
        return self.signs.get(kind, {})

    def see(self, time_us: int) -> None:
        """Take note of a time at which it was seen."""
        self.first_us = min(self.first_us or time_us, time_us)
        self.last_us = max(self.last_us, time_us)


def _both(known: Mapping[str, set[str]], hinted: Mapping[str, set[str]], mark: str) -> int:
    """Count the machines of a mark, each once: most often one of the two has none."""
    one, other = known.get(mark), hinted.get(mark)
    if one and other:
        return len(one | other)
    return len(one or other or ())


def profiles(census: Census, edges: Iterable[tuple[EdgeKey, Edge]]) -> dict[str, Profile]:
    """Give the machines of the hospital by address, in order; of a name without an address by that name.

    `edges` are the census's flows, folded.
    """
    found: dict[str, Profile] = {}
    edges = list(edges)
    sweepers = _sweepers(edges)
    for (source, target, protocol, port), edge in edges:
        hint = _HINTED.get((protocol, port), "")
        client, server = (_of(found, end) for end in (source, target))
        _used(client, target, edge, hint)
        if source not in sweepers:
            _served(server, source, edge, hint)
        _noted(server, edge)
    names = dict(_alone(census))
    for (machine, kind, value), times in census.signs.items():
        _of(found, names.get(machine, machine)).signs.setdefault(kind, {})[value] = times
    for (address, name), times in census.names.items():
        _of(found, address).names[name] = times
    for machine, tried in census.tried.items():
        profile = _of(found, machine)
        profile.tried, profile.tried_ports = len(tried.machines), len(tried.ports)
    for machine in sweepers:
        _of(found, machine).sweeps = True
    found.pop(INTERNET, None)
    return dict(sorted(found.items()))


def _of(found: dict[str, Profile], address: str) -> Profile:
    profile = found.get(address)
    if profile is None:
        profile = found[address] = Profile(address)
    return profile


def _sweepers(edges: Iterable[tuple[EdgeKey, Edge]]) -> frozenset[str]:
    """Give the machines that look at many others on many ports: what answers them says little of what it is for."""
    reached: dict[tuple[str, int], int] = {}
    for (source, _target, _protocol, port), _edge in edges:
        reached[source, port] = reached.get((source, port), 0) + 1
    wide: dict[str, int] = {}
    for (source, _port), times in reached.items():
        if times >= _MANY:
            wide[source] = wide.get(source, 0) + 1
    return frozenset(source for source, ports in wide.items() if ports >= _WIDE)


_MANY, _WIDE = 10, 6


def _used(client: Profile, target: str, edge: Edge, hint: str) -> None:
    _marked(client.uses, client.uses_hint, target, edge, hint)
    client.servers.add(target)
    _noted(client, edge)


def _served(server: Profile, source: str, edge: Edge, hint: str) -> None:
    _marked(server.serves, server.serves_hint, source, edge, hint)
    server.clients.add(source)
    server.answered += edge.got


def _marked(known: dict[str, set[str]], hinted: dict[str, set[str]], end: str, edge: Edge, hint: str) -> None:
    """Note what was spoken; a port says more than TLS, which may wrap anything."""
    for mark in edge.marks:
        known.setdefault(mark, set()).add(end)
    if hint and (not edge.marks or edge.marks == ("tls",)):
        hinted.setdefault(hint, set()).add(end)


def _noted(profile: Profile, edge: Edge) -> None:
    profile.flows += max(1, edge.times)
    profile.see(edge.first_us)
    profile.see(edge.last_us)


def _alone(census: Census) -> Iterator[tuple[str, str]]:
    """Give names with their address, where exactly one address goes by that name."""
    several: dict[str, list[str]] = {}
    for address, name in sorted(census.names):
        several.setdefault(name, []).append(address)
    for name, addresses in several.items():
        if len(addresses) == 1:
            yield name, addresses[0]
