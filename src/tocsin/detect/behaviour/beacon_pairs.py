"""Which pairs of a machine and a destination are followed for the beacon detector, and their moments.

Enters: connections, HTTP requests and TLS handshakes, a batch at a time. Leaves: a memory with the last moments of each
pair that met at least four times and whose destination few others use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tocsin.detect.behaviour.facts import Flow, Web
from tocsin.detect.behaviour.memory import Distinct, Moments, Rings, key64, pair64
from tocsin.detect.behaviour.rhythm import LEAST_STARTS, MERGE_US
from tocsin.detect.behaviour.sides import INNER, OUT, Ends, by_ends, outside, side
from tocsin.detect.behaviour.visitors import (
    DESTINATIONS,
    Crowd,
    Visitors,
    common,
    hosts_of,
    introduce,
    machines_of,
)
from tocsin.model import EventRef
from tocsin.model import names as spell

PAIRS = 50_000
"""Pairs with four starts or more: 300 MB when all their rings are full."""
MET = 1_000_000
"""Pairs met fewer times: a day of a site with 5,000 machines; 60 MB."""
RING = 512
PROXIED = 20.0
"""A machine inside behind which there are so many names is a proxy: the names are outside."""
OWN_TIMERS = frozenset({"dns", "ntp", "dhcp"})
"""Services that keep time by their nature, where the probe has recognised them; tunnels in DNS are N3's."""
OWN_PORTS = frozenset({53, 67, 123})
"""Their ports (UDP), believed inside the site: firewalls and flow records name no service."""
UNKNOWN_SIZE = -1.0
LAST_REFS = 5
_SWEPT = 8


@dataclass(slots=True)
class Pair:
    """A machine and a destination (an address, or a name asked for)."""

    key: int
    side: str
    first_us: int
    last_us: int
    port: int = 0
    address: str = ""
    told: float = 0.0
    changed: bool = True
    first: EventRef | None = None
    lasts: list[EventRef] = field(default_factory=list)


@dataclass
class BeaconMemory:
    """What the detector remembers."""

    pairs: dict[Ends, Pair] = field(default_factory=dict)
    rings: Rings = field(default_factory=lambda: Rings(PAIRS + 1, RING))
    met: Moments = field(default_factory=lambda: Moments(MET, LEAST_STARTS - 1, MERGE_US))
    visitors: Visitors = field(default_factory=Visitors)
    names: Distinct = field(default_factory=lambda: Distinct(DESTINATIONS))
    """Address inside -> names asked of it."""


Contact = tuple[int, float, int, str, EventRef]
"""When, bytes sent, port, address, event."""
Waiting = tuple[Ends, str, list[Contact]]
"""A pair that has met often enough: its ends, its way, and the contacts that are not in `met`."""


def take_flows(rows: Iterable[Flow], memory: BeaconMemory) -> None:
    """Take connections."""
    ready: list[Waiting] = []
    crowd = Crowd(memory.visitors)
    for ends, group in by_ends(rows).items():
        pair = memory.pairs.get(ends)
        way = pair.side if pair is not None else side(*ends)
        if not way:
            continue
        contacts: list[Contact] = [
            (row[0], row[6], row[3], row[2], row[10])
            for row in group
            if row[5] not in OWN_TIMERS
            and (row[4] != "icmp" or _echo(row))
            and not (way == INNER and row[3] in OWN_PORTS and row[4] == "udp")
        ]
        if contacts and (pair is not None or not crowd.passed_by(*ends, way)):
            _take(ends, way, pair, contacts, ready, memory)
    _follow(ready, memory)


def _echo(row: Flow) -> bool:
    """Say whether an ICMP message asks somebody something; the others answer packets of somebody else."""
    return row.port == 0 and row.sent > 0


def take_web(rows: Iterable[Web], memory: BeaconMemory) -> None:
    """Take requests and handshakes, by the name asked for."""
    groups: dict[Ends, list[Web]] = {}
    for row in rows:
        groups.setdefault((row.src, row.host), []).append(row)
    ready: list[Waiting] = []
    crowd = Crowd(memory.visitors)
    for ends, group in groups.items():
        pair = memory.pairs.get(ends)
        if pair is None and not (spell.routable(ends[0]) and spell.domain(ends[1])):
            continue
        way = pair.side if pair is not None else _way_of_name(group[0], memory)
        if pair is None and crowd.passed_by(*ends, way):
            continue
        group.sort(key=lambda row: (row.time_us, row.event.id))
        contacts: list[Contact] = [(row.time_us, UNKNOWN_SIZE, row.port, row.dst, row.event) for row in group]
        _take(ends, way, pair, contacts, ready, memory)
    _follow(ready, memory)


def _way_of_name(row: Web, memory: BeaconMemory) -> str:
    if outside(row.dst):
        return side(row.src, row.dst) or OUT
    behind = memory.names.add(key64(row.dst), row.host)
    return OUT if behind >= PROXIED else INNER


def _take(
    ends: Ends, way: str, pair: Pair | None, contacts: list[Contact], ready: list[Waiting], memory: BeaconMemory
) -> None:
    if pair is not None:
        extend(pair, contacts, memory)
        return
    src, dst = key64(ends[0]), key64(ends[1])
    key = pair64(src, dst)
    for at, contact in enumerate(contacts):
        times = memory.met.add(key, contact[0], contact[1])
        if times == 1:
            introduce(src, dst, way, contact[0], contact[3], memory.visitors)
        if times >= LEAST_STARTS:
            ready.append((ends, way, contacts[at:]))
            return


def _follow(ready: list[Waiting], memory: BeaconMemory) -> None:
    """Follow those who have met often enough, where few others go there: after all of a batch are introduced."""
    machines = machines_of({way for _, way, _ in ready}, memory.visitors)
    for ends, way, contacts in ready:
        if common(hosts_of(ends[1], way, memory.visitors), machines[way]):
            continue
        if len(memory.pairs) >= PAIRS:
            _sweep(memory)
        key = pair64(key64(ends[0]), key64(ends[1]))
        times, sizes = memory.met.of(key)
        memory.met.clear(key)
        memory.rings.extend(key, times, sizes)
        first = contacts[0]
        memory.pairs[ends] = pair = Pair(key, way, min(times), max(times), first[2], first[3], first=first[4])
        extend(pair, contacts, memory)


def extend(pair: Pair, contacts: list[Contact], memory: BeaconMemory) -> None:
    """Add contacts of a followed pair, in order of time; those of one moment are one."""
    times, sizes, last_us = [], [], pair.last_us
    for time_us, size, _, _, event in contacts:
        if -MERGE_US < time_us - last_us < MERGE_US:
            continue
        last_us = max(last_us, time_us)
        times.append(time_us)
        sizes.append(size)
        pair.lasts.append(event)
    pair.address = contacts[-1][3]
    if times:
        pair.first_us, pair.last_us, pair.changed = min(pair.first_us, times[0]), last_us, True
        memory.rings.extend(pair.key, times, sizes)
        del pair.lasts[:-LAST_REFS]


def _sweep(memory: BeaconMemory) -> None:
    """Forget the eighth of the pairs that was longest silent, and all whose destination has become common."""
    machines = machines_of({pair.side for pair in memory.pairs.values()}, memory.visitors)
    many = [
        ends
        for ends, pair in memory.pairs.items()
        if common(hosts_of(ends[1], pair.side, memory.visitors), machines[pair.side])
    ]
    silent = sorted(memory.pairs, key=lambda ends: (memory.pairs[ends].last_us, ends))
    for ends in dict.fromkeys((*many, *silent[: max(1, PAIRS // _SWEPT)])):
        memory.rings.drop(memory.pairs.pop(ends).key)
