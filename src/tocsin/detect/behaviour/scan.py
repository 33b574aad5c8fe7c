"""N6 Scan: one source that knocks at many doors that stay shut.

Enters: connections. Leaves: a sign when a source tried one port of many machines, or many ports of one machine, and
got no answer; again when the scan has doubled.

Sees: fan-out of failed attempts within a minute, an hour and a day (slow scans): no answer, refused, half-open, denied
by a firewall, pings that nobody answers, and in NetFlow without states packets too few to say anything. Machines that
the source talked with lately do not count. From inside it weighs most; from the Internet less than half a decade, and
less the more strangers knock.
Misses: scans of machines that all answer; fewer than 20 doors a minute, 30 an hour or 60 a day; sources spread over
many addresses; the second day of somebody who scans the same amount daily; web ports outwards under 60 machines;
scanners named in `scanners`.
Benign when: a vulnerability scanner or an inventory that is new here (name it in the memory's `scanners`, or wait:
each day of the same size takes 1.5 decades off), a machine cut off from its network, file sharing between peers.
Source: BEHAVIOUR.md N6; Slips counts 6 unestablished destinations; J. Jung et al., Fast Portscan Detection Using
Sequential Hypothesis Testing, 2004; ATT&CK T1046, T1018, T1595.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, known, machine, span, touch
from tocsin.detect.behaviour.contract import Sign, Surroundings
from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.memory import Counts, Distinct, key64
from tocsin.detect.behaviour.outcomes import ANSWERED, FAILED, outcome
from tocsin.detect.behaviour.sides import INNER, OUT, WORLD, outside, side
from tocsin.model import EventRef, Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "N6"
NAME = "scan"
LAYER: Layer = "network"
TECHNIQUES = ("T1046", "T1018", "T1595")
NEEDS = ("Flow",)

MINUTE_US = 60_000_000
WINDOWS = ((MINUTE_US, 20, 20), (HOUR_US, 30, 30), (DAY_US, 60, 100))
"""Length, machines, ports. 20 in a minute is BEHAVIOUR.md's; desks of real networks fail with a dozen an hour."""
LEAST = 20
START_DECADES = 1.5
"""Evidence at a threshold; each doubling adds one."""
MOST = {INNER: 4.0, OUT: 3.0, "in": 0.4}
WEAK_MOST = {INNER: 2.0, OUT: 0.9, "in": 0.4}
"""Pings and UDP without an answer are commoner than TCP: twice as many, and at most this."""
WEB = frozenset({53, 80, 123, 443, 853, 3478, 5228, 8080, 8443})
WEB_FACTOR, WEB_MOST = 3, 0.9
"""A browser behind a broken line fails with dozens of sites."""
ADMIN = frozenset({22, 23, 135, 139, 445, 1433, 3306, 3389, 5432, 5900, 5985, 5986, 104, 11112, 2575, 502})
"""Ports that attackers want: however many machines fail on them, it is never called a habit of the site."""
COMMON_LEAST, COMMON_SHARE = 4, 0.1
"""Other ports on which so many sources fan out in vain (peer updates, discovery) are the site's habit."""
SPREAD_NETS = 8
"""A public source whose targets lie in so many /16 networks is ours: a stranger's scan reaches our networks only."""
HABIT_DECADES, HABIT_SIZE, HABIT_US = 1.5, 2.0, 30 * DAY_US
STRANGERS = 1.0
"""Scans from outside in the last days that halve the next one's evidence: the Internet knocks all the time."""
TOLD_LEAST = 0.25
TOLD_A_DAY = 3
"""Ports (or targets) of one source told in a day: a scan of many ports is told a few times, not once a port."""
SOURCE_PROBES = 1024
"""Probes remembered of one source: 1,000 doors are as clear as 100,000."""
INSIDE_PROBES, OUTSIDE_PROBES = 100_000, 30_000
"""Probes remembered in all, some 900 bytes each with their references; the sources longest silent go."""
HABITS, ANSWERS, PORTS, RECENT = 20_000, 300_000, 20_000, 50_000
ANSWER_HALF_LIFE_S = 3 * 86_400.0
FIRST_REFS, LAST_REFS = 10, 5

Door = tuple[str, int, str]
"""Machine, port, protocol."""


@dataclass(slots=True)
class Source:
    """What one source tried in vain within a day, oldest first."""

    probes: dict[Door, tuple[int, EventRef]] = field(default_factory=dict)
    hosts: dict[tuple[int, str], int] = field(default_factory=dict)
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    added: int = 0
    judge_at: int = 0
    told: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Shape of scan with its port or target -> when it was last told, and how large it was."""


@dataclass(slots=True)
class Habit:
    """How often a source has scanned: days, the last one, the largest scan."""

    days: int
    last_us: int
    most: int


@dataclass
class ScanMemory:
    """What the detector remembers. `scanners`: addresses that may scan, from the register of assets."""

    scanners: tuple[str, ...] = ()
    inside: dict[str, Source] = field(default_factory=dict)
    strangers: dict[str, Source] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=lambda: {"inside": 0, "strangers": 0})
    habits: dict[str, Habit] = field(default_factory=dict)
    answers: Counts = field(default_factory=lambda: Counts(ANSWERS, ANSWER_HALF_LIFE_S))
    recent: dict[tuple[str, str], int] = field(default_factory=dict)
    until_us: int = 0
    spread: Distinct = field(default_factory=lambda: Distinct(PORTS))
    """Port -> sources that fan out on it in vain; all such sources."""
    knocks: Counts = field(default_factory=lambda: Counts(16, ANSWER_HALF_LIFE_S))


class Scan(NamedTuple):
    """A scan as judged: its doors by time."""

    way: str
    doors: list[tuple[int, Door, EventRef]]
    decades: float

    @property
    def size(self) -> int:
        """How many doors."""
        return len(self.doors)


def memory() -> ScanMemory:
    """Give an empty memory."""
    return ScanMemory()


def know(memory: ScanMemory, surroundings: Surroundings) -> None:
    """Take what is declared."""
    memory.scanners = surroundings.scanners


def watch(kind: str, rows: Sequence[Flow], memory: ScanMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Take connections; tell a scan when its fan-out passes a threshold and each time it has doubled."""
    recent = memory.recent
    failed: list[Flow] = []
    for row in rows:
        time_us, src, dst, port, proto, _, sent, got, _, state, _ = row
        what = outcome(proto, state, port, sent, got)
        if what == FAILED:
            failed.append(row)
        elif what == ANSWERED:
            if time_us >= memory.until_us:
                _new_hour(time_us, memory)
            if (src, dst) not in recent:
                _answered(src, dst, time_us, memory)
    failed.sort(key=_order)
    for row in failed:
        source = _knock(row, memory)
        if source is not None:
            yield from _consider(row, source, memory)


def finish(memory: ScanMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _order(row: Flow) -> tuple[int, str, str, int, str, str]:
    return (row.time_us, row.src, row.dst, row.port, row.proto, row.event.id)


def _new_hour(time_us: int, memory: ScanMemory) -> None:
    memory.recent.clear()
    memory.until_us = time_us - time_us % HOUR_US + HOUR_US


def _answered(src: str, dst: str, time_us: int, memory: ScanMemory) -> None:
    """Remember that a pair talked: once an hour, and only of sources whose scans weigh."""
    if len(memory.recent) >= RECENT:
        memory.recent.clear()
    memory.recent[src, dst] = 1
    if side(src, dst) == INNER:
        memory.answers.add(key64("answered", src, dst), time_us)


def _knock(row: Flow, memory: ScanMemory) -> Source | None:
    """Take an attempt in vain; give its source when there is reason to look closely."""
    way = _way(row.src, row.dst)
    if not way or row.src in memory.scanners:
        return None
    name = "strangers" if way == "in" else "inside"
    table = memory.strangers if way == "in" else memory.inside
    source = table.pop(row.src, None) or Source()
    table[row.src] = source
    before = len(source.probes)
    new = _note(row, source)
    memory.held[name] += len(source.probes) - before
    if memory.held[name] > (OUTSIDE_PROBES if way == "in" else INSIDE_PROBES):
        _make_room(name, table, memory)
    return source if new and _enough(row, way, source, memory) else None


@lru_cache(maxsize=1 << 16)
def _way(src: str, dst: str) -> str:
    """Give which way an attempt goes, those from outside included; nothing for what names no single machine."""
    return side(src, dst) or ("in" if outside(src) and spell.routable(dst) else "")


def _make_room(name: str, table: dict[str, Source], memory: ScanMemory) -> None:
    """Forget the sources that were longest silent; the one at work stays."""
    limit = (OUTSIDE_PROBES if name == "strangers" else INSIDE_PROBES) * 7 // 8
    while memory.held[name] > limit and len(table) > 1:
        memory.held[name] -= len(table.pop(next(iter(table))).probes)


def _note(row: Flow, source: Source) -> bool:
    """Take a door that stayed shut; say whether it is a new one of the last day."""
    door = (row.dst, row.port, row.proto)
    probes = source.probes
    again = probes.pop(door, None)
    while probes:
        oldest = next(iter(probes))
        if row.time_us - probes[oldest][0] <= DAY_US and len(probes) < SOURCE_PROBES:
            break
        _forget(oldest, source)
    probes[door] = (row.time_us, row.event)
    if again is not None:
        return False
    _count(source.hosts, (row.port, row.proto), 1)
    _count(source.ports, (row.dst, row.proto), 1)
    source.added += 1
    return True


def _forget(door: Door, source: Source) -> None:
    del source.probes[door]
    _count(source.hosts, (door[1], door[2]), -1)
    _count(source.ports, (door[0], door[2]), -1)


def _count(counts: dict[tuple[int, str], int] | dict[tuple[str, str], int], key: tuple, by: int) -> None:  # type: ignore[type-arg]
    now = counts.get(key, 0) + by
    if now:
        counts[key] = now
    else:
        del counts[key]


def _enough(row: Flow, way: str, source: Source, memory: ScanMemory) -> bool:
    """Say whether to look closely: at enough doors, and then with each eighth more (of strangers: each half)."""
    hosts = source.hosts[row.port, row.proto]
    if way != "in" and hosts == COMMON_LEAST + 1:
        memory.spread.add(key64("spread", row.port, row.proto), row.src)
        memory.spread.add(key64("spread"), row.src)
    most = max(hosts, source.ports[row.dst, row.proto])
    if most < LEAST or source.added < source.judge_at:
        return False
    source.judge_at = source.added + max(1, most // (2 if way == "in" else 8))
    return True


def _consider(row: Flow, source: Source, memory: ScanMemory) -> Iterator[Sign]:
    way = _way(row.src, row.dst)
    if source.hosts[row.port, row.proto] >= LEAST:
        yield from _tell("hosts", row, _of_hosts(row, way, source, memory), source, memory)
    if source.ports[row.dst, row.proto] >= LEAST:
        yield from _tell("ports", row, _of_ports(row, way, source), source, memory)


def _of_hosts(row: Flow, way: str, source: Source, memory: ScanMemory) -> Scan | None:
    """Judge a source that tries one port of many machines."""
    doors = [
        (time_us, door, ref)
        for door, (time_us, ref) in source.probes.items()
        if door[1] == row.port and door[2] == row.proto
    ]
    if way == WORLD:
        nets = {".".join(door[0].split(".")[:2]) for _, door, _ in doors}
        way = OUT if len(nets) >= SPREAD_NETS else "in"
    if way != "in":
        if row.port not in ADMIN and _common(row, memory):
            return None
        doors = [one for one in doors if not _talked(row.src, one[1][0], row.time_us, memory)]
    web = way != INNER and row.port in WEB
    factor = (1 if row.proto == "tcp" else 2) * (WEB_FACTOR if web else 1)
    most = min((MOST if row.proto == "tcp" else WEAK_MOST)[way], WEB_MOST if web else 4.0)
    return _widest(doors, row.time_us, way, 1, factor, most)


def _of_ports(row: Flow, way: str, source: Source) -> Scan | None:
    """Judge a source that tries many ports of one machine; late answers to its own ports are no attempts."""
    doors = [
        (time_us, door, ref)
        for door, (time_us, ref) in source.probes.items()
        if door[0] == row.dst and door[2] == row.proto
    ]
    if sum(door[1] < 32_768 for _, door, _ in doors) < len(doors) / 2:
        return None
    way = "in" if way == WORLD else way
    tcp = row.proto == "tcp"
    return _widest(doors, row.time_us, way, 2, 1 if tcp else 2, (MOST if tcp else WEAK_MOST)[way])


def _common(row: Flow, memory: ScanMemory) -> bool:
    peers = memory.spread.estimate(key64("spread", row.port, row.proto))
    return peers >= max(COMMON_LEAST, COMMON_SHARE * memory.spread.estimate(key64("spread")))


def _talked(src: str, dst: str, time_us: int, memory: ScanMemory) -> bool:
    return memory.answers.get(key64("answered", src, dst), time_us) > 0.05


def _widest(
    doors: list[tuple[int, Door, EventRef]], now_us: int, way: str, which: int, factor: int, most: float
) -> Scan | None:
    """Give the window in which the fan-out exceeds its threshold most."""
    best: Scan | None = None
    for window in WINDOWS:
        inside = [one for one in doors if abs(now_us - one[0]) <= window[0]]
        least = window[which] * factor
        if len(inside) >= least:
            decades = min(most, START_DECADES + math.log2(len(inside) / least))
            if best is None or decades > best.decades:
                best = Scan(way, inside, decades)
    return best


def _tell(shape: str, row: Flow, scan: Scan | None, source: Source, memory: ScanMemory) -> Iterator[Sign]:
    if scan is None:
        return
    name = f"{shape} {row.dst if shape == 'ports' else row.port}"
    if not _larger(shape, name, row.time_us, scan, source):
        return
    source.told[name] = (row.time_us, scan.size)
    decades = scan.decades - _habit(shape, row, scan.size, memory)
    if scan.way == "in":
        decades /= 1 + memory.knocks.add(1, row.time_us) / STRANGERS
    if decades >= TOLD_LEAST:
        yield _sign(shape, row, scan, decades)


def _larger(shape: str, name: str, time_us: int, scan: Scan, source: Source) -> bool:
    """Say whether a scan is to be told: twice as large as told before, or another one of the first few of a day."""
    for old in [one for one, (told_us, _) in source.told.items() if time_us - told_us > DAY_US]:
        del source.told[old]
    others = [size for one, (_, size) in source.told.items() if one.startswith(shape)]
    if name not in source.told and len(others) < (1 if scan.way == "in" else TOLD_A_DAY):
        return True
    size = source.told[name][1] if name in source.told else max(others)
    return scan.way != "in" and scan.size >= 2 * size


def _habit(shape: str, row: Flow, count: int, memory: ScanMemory) -> float:
    """Give what earlier days of scans no smaller take off, then learn this one."""
    name = f"{row.src}\0{shape}" if shape == "ports" else f"{row.src}\0{row.port}"
    habit = touch(memory.habits, name, lambda: Habit(0, row.time_us, 0), HABITS)
    if row.time_us - habit.last_us > HABIT_US:
        habit.days, habit.most = 0, 0
    another_day = not habit.days or row.time_us - habit.last_us > DAY_US // 2
    before = habit.days if another_day else habit.days - 1
    off = HABIT_DECADES * before if count <= HABIT_SIZE * habit.most else 0.0
    if another_day:
        habit.days, habit.last_us = habit.days + 1, row.time_us
    habit.most = max(habit.most, count)
    return off


def _sign(shape: str, row: Flow, scan: Scan, decades: float) -> Sign:
    doors = sorted(scan.doors, key=lambda one: (one[0], one[1]))
    facts = {
        "src": row.src,
        "dst": row.dst,
        "port": f"{row.port}/{row.proto}",
        "count": str(scan.size),
        "span": span(doors[-1][0] - doors[0][0]),
    }
    message = _n("{src} tried port {port} of {count} machines within {span} without an answer")
    if row.proto.startswith("icmp"):
        message = _n("{src} called {count} machines within {span} (ping) without an answer")
    if shape == "ports":
        message = _n("{src} tried {count} ports of {dst} within {span} without an answer")
        facts["ports"] = ", ".join(str(door[1]) for _, door, _ in doors[:5])
    else:
        facts["hosts"] = ", ".join(door[0] for _, door, _ in doors[:5])
    refs = [ref for _, _, ref in doors]
    refs = [*refs[:FIRST_REFS], *refs[-LAST_REFS:]] if len(refs) > FIRST_REFS + LAST_REFS else refs
    target = machine(row.dst, "destination") if shape == "ports" else None
    techniques = ("T1595",) if scan.way == "in" else ("T1046",) if shape == "ports" else ("T1018", "T1046")
    return Sign(
        doors[0][0],
        doors[-1][0],
        decades,
        message,
        facts,
        known(machine(row.src, "source"), target),
        tuple(dict.fromkeys(refs)),
        techniques,
        scan.size,
    )
