"""How long a machine stays with a destination: time in long connections, and contacts that never pause.

Enters: connections by pair, a batch at a time. Leaves: a memory of pairs that had a long connection, or contacts in at
least four spans of ten minutes. Time is kept as bits of ten minutes over a week, so that connections that overlap, and
reports of one that is still open, count once, in whatever order they come.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.memory import Moments, Rings, key64, pair64
from tocsin.detect.behaviour.rhythm import MERGE_US
from tocsin.detect.behaviour.sides import INNER, Ends, by_ends, side
from tocsin.detect.behaviour.visitors import Crowd, Visitors, common, hosts_of, introduce, machines_of
from tocsin.model import EventRef

STAYS = 50_000
"""Pairs followed: 1 KB each, with the last starts."""
MET = 1_000_000
SLOT_US = 600_000_000
WEEK_SLOTS = 1_008
LONG_S = 600.0
"""What is shorter covers no slot."""
STARTS = 64
"""Last starts kept: enough to tell chance from bursts, and from a timer."""
LEAST_SLOTS = 4
OWN_TIMERS = frozenset({"dns", "ntp", "dhcp"})
LAST_REFS = 5
_SWEPT = 8


@dataclass(slots=True)
class Stay:
    """A machine and a destination outside. `on` and `seen` are bits of ten minutes from slot `base` on."""

    key: int
    side: str
    base: int
    first_us: int
    last_us: int
    port: int
    on: int = 0
    seen: int = 0
    contacts: int = 0
    told: float = 0.0
    changed: bool = True
    first: EventRef | None = None
    lasts: list[EventRef] = field(default_factory=list)


@dataclass
class StayMemory:
    """What the detector remembers."""

    stays: dict[Ends, Stay] = field(default_factory=dict)
    rings: Rings = field(default_factory=lambda: Rings(STAYS + 1, STARTS))
    met: Moments = field(default_factory=lambda: Moments(MET, LEAST_SLOTS - 1, SLOT_US))
    visitors: Visitors = field(default_factory=Visitors)


Waiting = tuple[Ends, str, list[Flow]]
"""A pair worth following: its ends, its way, and the rows that are not in `met`."""


def take(rows: list[Flow], memory: StayMemory) -> None:
    """Take connections. What stays inside, and what keeps time by its nature, is left aside."""
    ready: list[Waiting] = []
    crowd = Crowd(memory.visitors)
    for ends, group in by_ends(rows).items():
        stay = memory.stays.get(ends)
        if stay is not None:
            extend(stay, group, memory)
            continue
        way = side(*ends)
        if not way or way == INNER or group[0][5] in OWN_TIMERS or group[0][4] == "icmp":
            continue
        if not crowd.passed_by(*ends, way):
            _meet(ends, way, group, ready, memory)
    _follow(ready, memory)


def _meet(ends: Ends, way: str, rows: list[Flow], ready: list[Waiting], memory: StayMemory) -> None:
    src, dst = key64(ends[0]), key64(ends[1])
    key = pair64(src, dst)
    next_us = 0
    for at, row in enumerate(rows):
        if row[0] < next_us and row[8] < LONG_S:
            continue  # of the same ten minutes
        next_us = row[0] + SLOT_US
        times = memory.met.add(key, row[0])
        if times == 1:
            introduce(src, dst, way, row[0], ends[1], memory.visitors)
        if times >= LEAST_SLOTS or row[8] >= LONG_S:
            ready.append((ends, way, rows[at:]))
            return


def _follow(ready: list[Waiting], memory: StayMemory) -> None:
    machines = machines_of({way for _, way, _ in ready}, memory.visitors)
    for ends, way, rows in ready:
        if common(hosts_of(ends[1], way, memory.visitors), machines[way]):
            continue
        if len(memory.stays) >= STAYS:
            _sweep(memory)
        first = rows[0]
        key = pair64(key64(ends[0]), key64(ends[1]))
        before = [time_us for time_us in memory.met.of(key)[0] if time_us < first.time_us]
        memory.met.clear(key)
        begin_us = min([*before, first.time_us])
        stay = Stay(key, way, begin_us // SLOT_US, begin_us, begin_us - MERGE_US, first.port, first=first.event)
        memory.stays[ends] = stay
        _contacts(stay, before, memory)
        extend(stay, rows, memory)


def extend(stay: Stay, rows: list[Flow], memory: StayMemory) -> None:
    """Add connections of a followed pair, in order of time."""
    starts: list[int] = []
    last_us = stay.last_us
    for row in rows:
        time_us = row[0]
        if row[8] >= LONG_S:
            _connected(stay, time_us, row[8])
        if not -MERGE_US < time_us - last_us < MERGE_US:
            starts.append(time_us)
            last_us = max(last_us, time_us)
    stay.lasts = [*stay.lasts, *(row[10] for row in rows[-LAST_REFS:])][-LAST_REFS:]
    stay.changed = True
    _contacts(stay, starts, memory)


def _contacts(stay: Stay, starts: list[int], memory: StayMemory) -> None:
    if not starts:
        return
    stay.contacts += len(starts)
    stay.first_us, stay.last_us = min(stay.first_us, starts[0]), max(stay.last_us, *starts)
    memory.rings.extend(stay.key, starts, [0.0] * len(starts))
    for slot in {time_us // SLOT_US: 0 for time_us in starts}:
        _mark(stay, slot, slot + 1, False)


def _connected(stay: Stay, time_us: int, seconds: float) -> None:
    end_us = time_us + min(WEEK_SLOTS * SLOT_US, round(min(seconds, 1e9) * 1e6))
    _mark(stay, round(time_us / SLOT_US), round(end_us / SLOT_US), True)


def _mark(stay: Stay, begin: int, end: int, on: bool) -> None:
    """Set bits from one slot to before another. What is a week older than the newest one goes."""
    late = end - WEEK_SLOTS - stay.base
    if late > 0:
        stay.base, stay.on, stay.seen = stay.base + late, stay.on >> late, stay.seen >> late
    early = stay.base - begin
    newest = max(stay.on, stay.seen).bit_length()
    if 0 < early <= WEEK_SLOTS - newest:
        stay.base, stay.on, stay.seen = begin, stay.on << early, stay.seen << early
    begin = max(begin, stay.base)
    if end > begin:
        bits = ((1 << (end - begin)) - 1) << (begin - stay.base)
        stay.seen |= bits
        stay.on |= bits if on else 0


def _sweep(memory: StayMemory) -> None:
    """Forget the eighth of the pairs that was longest silent."""
    silent = sorted(memory.stays, key=lambda ends: (memory.stays[ends].last_us, ends))
    for ends in silent[: max(1, STAYS // _SWEPT)]:
        memory.rings.drop(memory.stays.pop(ends).key)
