"""Hold what probes saw against the care map: strangers, forbidden and undeclared flows, roles that do not fit.

Enters: `Observed` and the `Places` of the map. Leaves: remarks, the gravest first, each with how often, since when, and
whom to ask. Many alike (the machines of a zone that use one port of one server) make one remark. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from tocsin.care.atlas import Atlas
from tocsin.care.diff import ports
from tocsin.care.flows import Flows
from tocsin.care.model import ANY, INTERNET, CareMap, Conduit, Host, LifeClass, Ports, Zone
from tocsin.care.prefixes import inside
from tocsin.discover.fitting import fits
from tocsin.discover.observing import FlowSeen, Machine, Observed
from tocsin.discover.places import Places
from tocsin.discover.roles import SURE, Guess

Kind = Literal["stranger_in_care", "forbidden", "misfit", "stranger", "nowhere", "undeclared", "inside", "unused"]
KINDS: tuple[Kind, ...] = (
    "stranger_in_care",
    "forbidden",
    "misfit",
    "stranger",
    "nowhere",
    "undeclared",
    "inside",
    "unused",
)
_ANYBODY = frozenset({"guest", "external"})
"""Kinds of zones in which nobody expects to know every machine."""


class Remark(Struct, frozen=True):
    """One thing that differs. `sources` and `targets` are names or addresses; `ports` as maps write them.

    `zones` are those of the sources.
    """

    kind: Kind
    sources: tuple[str, ...]
    zones: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ports: str = ""
    purpose: str = ""
    times: int = 0
    first_us: int = 0
    last_us: int = 0
    life_class: LifeClass | None = None
    declared: str = ""
    guess: Guess | None = None
    ask: str = ""


def compare(seen: Observed, places: Places) -> tuple[Remark, ...]:
    """Give all remarks."""
    contacts = Contacts(places.atlas)
    found = [*_machines(seen.machines, places, contacts), *_flows(seen, places, contacts)]
    return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), one.life_class or "Z", one.zones, _key(one))))


def _key(one: Remark) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    return one.targets, one.ports, one.sources


_SHARED = 3


class Contacts:
    """Whom to ask: the device's contact, else that of the service that stands on the host, else on its care zone's.

    What many services share is nobody's own: the site's contact answers for it.
    """

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._zones: dict[str, str] = {}

    def of(self, host: Host | None, zone: Zone | None, site: str) -> str:
        """Give the contact, nothing where the map names none."""
        if host is not None and host.device is not None and host.device.contact:
            return host.device.contact
        own = self._atlas.services_of(host.id) if host is not None else ()
        if host is not None and own:
            return (self._services([host.id]) if len(own) <= _SHARED else "") or self._site(site)
        return (self._zone(zone) if zone and zone.kind == "care" else "") or self._site(site)

    def _site(self, site: str) -> str:
        known = self._atlas.map.sites.get(site)
        return known.contact if known else ""

    def _zone(self, zone: Zone) -> str:
        if zone.id not in self._zones:
            self._zones[zone.id] = self._services(self._atlas.hosts_in(zone.id))
        return self._zones[zone.id]

    def _services(self, members: Iterable[str]) -> str:
        """Give the contact of the most critical service that stands on few others: the one nearest to the members."""
        votes: dict[str, int] = {}
        for member in members:
            for key in self._atlas.services_of(member):
                votes[key] = votes.get(key, 0) + 1
        services = self._atlas.map.services
        ranked = sorted(votes, key=lambda key: (-votes[key], services[key].life_class, key))
        return next((services[key].contact for key in ranked if services[key].contact), "")


def _machines(machines: Iterable[Machine], places: Places, contacts: Contacts) -> Iterator[Remark]:
    for machine in machines:
        host, zone = places.host(machine.address, machine.names), places.zone(machine.address, machine.names)
        if host is not None:
            yield from _misfits(machine, host, zone, contacts)
        elif zone is not None and zone.kind not in _ANYBODY:
            yield _stranger(machine, zone, contacts)
        elif zone is None and inside(machine.address):
            yield _told(machine, Remark("nowhere", (_name(machine),), ask=contacts.of(None, None, places.site)))


def _stranger(machine: Machine, zone: Zone, contacts: Contacts) -> Remark:
    care = zone.kind == "care"
    life_class: LifeClass = "A" if care else zone.life_class
    kind: Kind = "stranger_in_care" if care else "stranger"
    ask = contacts.of(None, zone, zone.site)
    return _told(machine, Remark(kind, (_name(machine),), (zone.title,), life_class=life_class, ask=ask))


def _misfits(machine: Machine, host: Host, zone: Zone | None, contacts: Contacts) -> Iterator[Remark]:
    """Tell of a role that is sure and that a machine of the declared role has no reason to have."""
    for one in machine.guesses:
        if one.confidence >= SURE and not fits(host.role, one.role):
            told = Remark("misfit", (host.name,), (zone.title,) if zone else (), declared=host.role)
            ask = contacts.of(host, zone, host.site)
            yield msgspec.structs.replace(_told(machine, told), guess=one, ask=ask)


def _told(machine: Machine, remark: Remark) -> Remark:
    guess = machine.guesses[0] if machine.guesses else None
    span = {"times": machine.flows, "first_us": machine.first_us, "last_us": machine.last_us}
    return msgspec.structs.replace(remark, guess=guess, **span)


def _name(machine: Machine) -> str:
    return f"{machine.address} ({machine.names[0]})" if machine.names else machine.address


Group = tuple[Kind, str, str, str]
"""Kind, end of the source (its zone), end of the target, ports."""


def _flows(seen: Observed, places: Places, contacts: Contacts) -> Iterator[Remark]:
    judge = _Judge(places)
    names = {machine.address: machine.names for machine in seen.machines if machine.names}
    hosts = places.atlas.map.hosts
    groups: dict[Group, list[tuple[str, FlowSeen]]] = {}
    for flow in seen.flows:
        source, target = (places.end(one, names.get(one, ())) for one in (flow.source, flow.target))
        kind = judge.kind(source, target, flow)
        if kind is not None:
            shown = target if target in hosts or target == INTERNET else flow.target
            key = (kind, hosts[source].zone if source in hosts else source, shown, written(flow))
            groups.setdefault(key, []).append((source, flow))
    grouped = [_grouped(key, several, places, contacts) for key, several in groups.items()]
    by_target = _together(grouped, lambda one: (one.kind, one.targets, one.ports))
    yield from _together(by_target, lambda one: (one.kind, one.sources, one.ports))
    yield from _unused(places, judge)


_MERGED = 4
"""So many remarks that differ by the sources' zones only, or by the targets only, are one."""


def _together(remarks: Iterable[Remark], alike: Callable[[Remark], object]) -> list[Remark]:
    groups: dict[object, list[Remark]] = {}
    for one in remarks:
        groups.setdefault(alike(one), []).append(one)
    return [one for several in groups.values() for one in (several if len(several) < _MERGED else [_merged(several)])]


def _merged(several: Sequence[Remark]) -> Remark:
    first = min(several, key=lambda one: one.life_class or "Z")
    return msgspec.structs.replace(
        first,
        sources=tuple(dict.fromkeys(source for one in several for source in one.sources)),
        zones=tuple(dict.fromkeys(zone for one in several for zone in one.zones)),
        targets=tuple(dict.fromkeys(target for one in several for target in one.targets)),
        times=sum(one.times for one in several),
        first_us=min(one.first_us for one in several),
        last_us=max(one.last_us for one in several),
    )


def written(flow: FlowSeen) -> str:
    """Write a flow's ports as maps do."""
    if flow.protocol == "icmp":
        return "icmp"
    return str(Ports(flow.protocol, flow.port, max(flow.port, flow.last_port)))


class _Judge:
    """Says of flows what conduits say, and which conduits were used."""

    def __init__(self, places: Places) -> None:
        self._flows = Flows(places.atlas)
        self._care = places.atlas.map
        self._told: dict[tuple[str, str, str, int], Kind | None] = {}
        self.used: set[Conduit] = set()

    def kind(self, source: str, target: str, flow: FlowSeen) -> Kind | None:
        """Say what is to be remarked of a flow, None when it is as declared."""
        key = (source, target, flow.protocol, flow.port)
        if key not in self._told:
            self._told[key] = self._work_out(*key)
        return self._told[key]

    def _work_out(self, source: str, target: str, protocol: str, port: int) -> Kind | None:
        found = self._flows.between(source, target, protocol, port)
        self.used.update(found)
        if any(not one.allow for one in found):
            return "forbidden"
        if found or ANY in (source, target) or self._leashed(source, target, protocol, port):
            return None
        return "inside" if self._zone(source) == self._zone(target) else "undeclared"

    def _leashed(self, source: str, target: str, protocol: str, port: int) -> bool:
        """Say whether a flow is a vendor's, from the bastion that he comes through to what he maintains."""
        return any(
            source == vendor.via
            and {target, self._zone(target)} & set(vendor.targets)
            and any(ports.take(protocol, port) for ports in vendor.ports)
            for vendor in self._care.vendors.values()
        )

    def _zone(self, end: str) -> str:
        return self._care.hosts[end].zone if end in self._care.hosts else end


def _grouped(key: Group, several: list[tuple[str, FlowSeen]], places: Places, contacts: Contacts) -> Remark:
    kind, zone_id, target, shown = key
    care = places.atlas.map
    host, zone = care.hosts.get(target), care.zones.get(zone_id)
    flows = [flow for _, flow in several]
    sources = dict.fromkeys(care.hosts[end].name if end in care.hosts else flow.source for end, flow in several)
    near = care.hosts.get(several[0][0])
    asked = host or near
    zone_of_asked = care.zones.get(asked.zone) if asked else zone
    return Remark(
        kind,
        tuple(sources),
        (zone.title,) if zone else (),
        (care.short(target) if host else target,),
        shown,
        ", ".join(sorted({mark for flow in flows for mark in flow.marks})),
        sum(flow.times for flow in flows),
        min(flow.first_us for flow in flows),
        max(flow.last_us for flow in flows),
        _class(places, several),
        ask=contacts.of(asked, zone_of_asked, places.site),
    )


def _class(places: Places, several: Iterable[tuple[str, FlowSeen]]) -> LifeClass | None:
    """Give the class of the most critical machine that the flows lead to."""
    targets = {flow.target for _, flow in several if flow.target != INTERNET}
    classes = (places.atlas.life_class(places.site, one) for one in targets)
    return min((one for one in classes if one), default=None)


def _unused(places: Places, judge: _Judge) -> Iterator[Remark]:
    """Tell of declared flows that nobody used; those to the same ports of the same target are one."""
    care = places.atlas.map
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in care.conduits:
        declared = one.allow and one.origin.known != "observed"
        if declared and one not in judge.used and places.site in {one.site, *_sites(care, one)}:
            key = (care.short(one.target), ports(one.ports), one.purpose)
            groups.setdefault(key, []).append(care.short(one.source))
    for (target, shown, purpose), sources in groups.items():
        yield Remark("unused", tuple(dict.fromkeys(sources)), (), (target,), shown, purpose)


def _sites(care: CareMap, conduit: Conduit) -> Iterator[str]:
    for end in (conduit.source, conduit.target):
        thing = care.hosts.get(end) or care.zones.get(end)
        if thing is not None:
            yield thing.site
