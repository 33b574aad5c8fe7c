"""Make of a census what people and care maps understand: machines with roles, and who talked to whom.

Enters: a `Census`, the site of the probes, a care map where there is one, a table of hardware makers. Leaves: an
`Observed`, kept by address: what the map says of an address is asked anew each time that it is compared. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from tocsin.discover import makers
from tocsin.discover.census import Census, Edge, EdgeKey, folded
from tocsin.discover.places import Places
from tocsin.discover.profiles import Profile, profiles
from tocsin.discover.roles import Guess, guess

_SHARED = 8
"""A hardware address seen with more addresses than this is a router's: it says nothing of them."""
_KEPT = 4


class Machine(Struct, frozen=True, tag="machine"):
    """One machine by address (or by name, where no address was seen), and what was found out."""

    address: str
    names: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    maker: str = ""
    software: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    mac: str = ""
    peers: int = 0
    flows: int = 0
    first_us: int = 0
    last_us: int = 0

    @property
    def role(self) -> str:
        """The likeliest role, nothing where there is none."""
        return self.guesses[0].role if self.guesses else ""

    @property
    def confidence(self) -> float:
        """How sure the likeliest role is."""
        return self.guesses[0].confidence if self.guesses else 0.0


class FlowSeen(Struct, frozen=True, tag="flow"):
    """Who talked to whom: addresses or `internet`; ports from `port` to `last_port`."""

    source: str
    target: str
    protocol: str
    port: int
    last_port: int
    marks: tuple[str, ...] = ()
    times: int = 0
    sent: int = 0
    got: int = 0
    first_us: int = 0
    last_us: int = 0


class Span(Struct, frozen=True, tag="observed"):
    """What was looked at: the site, events, from when to when, and how much had to be left out."""

    site: str
    events: int = 0
    rejected: int = 0
    left_out: int = 0
    first_us: int = 0
    last_us: int = 0


class Observed(Struct, frozen=True):
    """Everything that was seen, in the order of addresses."""

    span: Span
    machines: tuple[Machine, ...] = ()
    flows: tuple[FlowSeen, ...] = ()


def observe(census: Census, site: str, places: Places, registry: Mapping[str, str] | None = None) -> Observed:
    """Work out machines, roles and flows. `registry` gives makers by the first 24 bits of hardware addresses."""
    edges = list(folded(census.edges))
    found = profiles(census, edges)
    shared = _shared(found.values())
    machines = [_machine(one, places, shared, registry or {}) for one in found.values() if not _everybody(one)]
    span = Span(site, census.events, census.rejected, census.left_out, census.first_us, census.last_us)
    return Observed(span, tuple(machines), tuple(_flow(key, edge) for key, edge in edges))


def _everybody(profile: Profile) -> bool:
    """Say whether an address is that of a whole network: it ends as they do, and never talked or answered."""
    silent = not profile.servers and not profile.answered and not profile.signs
    return silent and profile.address.endswith(".255")


def _flow(key: EdgeKey, edge: Edge) -> FlowSeen:
    source, target, protocol, port = key
    counts = (max(1, edge.times), edge.sent, edge.got, edge.first_us, edge.last_us)
    return FlowSeen(source, target, protocol, port, edge.last_port, edge.marks, *counts)


def _shared(found: Iterable[Profile]) -> frozenset[str]:
    """Give hardware addresses that stand for many machines: those of routers."""
    seen: dict[str, int] = {}
    for profile in found:
        for mac in profile.values("mac"):
            seen[mac] = seen.get(mac, 0) + 1
    return frozenset(mac for mac, times in seen.items() if times > _SHARED)


def _machine(profile: Profile, places: Places, shared: frozenset[str], registry: Mapping[str, str]) -> Machine:
    names = sorted(profile.names, key=lambda name: (-profile.names[name], name))
    zone = places.zone(profile.address, names)
    profile.near = zone.kind if zone else ""
    macs = [mac for mac in _frequent(profile, "mac") if mac not in shared]
    return Machine(
        profile.address,
        tuple(names[:_KEPT]),
        guess(profile),
        _maker(profile) or registry.get(makers.oui(macs[0]) if macs else "", ""),
        tuple(one for kind in _OF_SOFTWARE for one in _frequent(profile, kind))[:_KEPT],
        tuple(_frequent(profile, "title")[:_KEPT]),
        macs[0] if macs else "",
        len(profile.clients | profile.servers),
        profile.flows,
        profile.first_us,
        profile.last_us,
    )


_OF_SOFTWARE = ("implementation", "software", "class", "agent")
"""Kinds of signs in which a machine says what runs on it."""


def _frequent(profile: Profile, kind: str) -> list[str]:
    values = profile.values(kind)
    return sorted(values, key=lambda one: (-values[one], one))[:_KEPT]


def _maker(profile: Profile) -> str:
    """Give the maker of a device by its DICOM software; what an archive calls itself is its own too."""
    for one in _frequent(profile, "implementation"):
        name, device = makers.of_uid(one.partition(" ")[0])
        if device:
            return name
    return ""
