"""What machines send out of the site: one tally for each machine, destination and day, and how usual such tallies are.

Enters: connections and names asked for. Leaves: tallies, how new a destination is, how large an amount.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import log10

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, Ref, network, packed, touch
from tocsin.detect.behaviour.domains import parts
from tocsin.detect.behaviour.facts import Flow, Web
from tocsin.detect.behaviour.memory import Counts, Distinct, key64
from tocsin.model import EventRef
from tocsin.model import names as spell

PAIRS = 30_000
"""Tallies (some 1.5 KB each); of too many the smallest go."""
KEYS, HALF_LIFE_S = 200_000, 14 * 86_400.0
"""What is done once a week is still known after a month."""
NAMES, SOURCES, PEAKS = 50_000, 20_000, 14
BINS_A_DECADE, BINS = 8, 120
MANY_TALLIES = 1 << 17
KEPT_REFS = 10
PRIOR = 5.0
RATIO = 3
"""Calls and desktops from afar send about as much as they get."""
HABIT = 0.5
"""An hour of uploads within the last half-life makes a destination one of habit."""

_ALL = key64("uploads")


@dataclass(slots=True)
class Upload:
    """What one machine sent to one network within a day from `begin_us`; `before` is how often it had done so."""

    begin_us: int
    dst: str
    way: str
    first_us: int
    last_us: int
    before: float
    port: int
    hour: int = -1
    units: int = 0
    sent: int = 0
    got: int = 0
    flows: int = 0
    bin: int = -1
    told: float = 0.0
    changed: bool = True
    refs: list[Ref] = field(default_factory=list)


@dataclass
class UploadMemory:
    """What the detector remembers: hours of uploads by pair, source, network and in all; amounts of tallies."""

    pairs: dict[tuple[str, str], Upload] = field(default_factory=dict)
    habits: Counts = field(default_factory=lambda: Counts(KEYS, HALF_LIFE_S))
    fan: Distinct = field(default_factory=lambda: Distinct(2 * PAIRS))
    users: Distinct = field(default_factory=lambda: Distinct(NAMES))
    names: dict[str, str] = field(default_factory=dict)
    clients: dict[str, int] = field(default_factory=dict)
    amounts: list[int] = field(default_factory=lambda: [0] * BINS)
    peaks: dict[str, list[int]] = field(default_factory=dict)
    since_us: int | None = None
    day: int = -1


@lru_cache(maxsize=1 << 15)
def place(dst: str) -> str:
    """Give the network that stands for a destination: services have many addresses. A network stays itself."""
    return dst if "/" in dst else network(dst)


def start(row: Flow, way: str, memory: UploadMemory) -> Upload:
    """Open the tally of a day."""
    if len(memory.pairs) >= PAIRS:
        _sweep(memory)
    where = place(row.dst)
    before = memory.habits.get(key64("pair", row.src, where), row.time_us)
    memory.fan.note(key64("from", place(row.src)), where)
    memory.fan.note(key64("to", where), row.src)
    memory.fan.note(_ALL, row.src)
    upload = Upload(row.time_us, row.dst, way, row.time_us, row.time_us, before, row.port)
    memory.pairs[row.src, where] = upload
    return upload


def _sweep(memory: UploadMemory) -> None:
    least = sorted(memory.pairs, key=lambda ends: (memory.pairs[ends].sent, memory.pairs[ends].last_us, ends))
    for ends in least[: max(1, PAIRS // 8)]:
        del memory.pairs[ends]


def add(row: Flow, upload: Upload, memory: UploadMemory) -> None:
    """Add a connection to its tally."""
    upload.sent += row.sent
    upload.got += max(0, row.got)
    upload.flows += 1
    upload.changed = True
    upload.first_us, upload.last_us = min(upload.first_us, row.time_us), max(upload.last_us, row.time_us)
    hour = row.time_us // HOUR_US
    if hour > upload.hour:
        upload.hour = hour
        upload.units += 1
        _learn(row, memory)
    _refer(row.event, upload)
    _place(upload, memory)


def _keys(src: str, where: str) -> tuple[int, int, int, int]:
    return key64("pair", src, where), key64("src", src), key64("dst", where), _ALL


def _learn(row: Flow, memory: UploadMemory) -> None:
    for key in _keys(row.src, place(row.dst)):
        memory.habits.add(key, row.time_us)


def _refer(event: EventRef, upload: Upload) -> None:
    upload.refs.append(packed(event))
    if len(upload.refs) > KEPT_REFS:
        del upload.refs[KEPT_REFS // 2]


def excess(upload: Upload) -> int:
    """Give what was sent beyond what calls and desktops from afar send for what they get."""
    return max(0, upload.sent - RATIO * upload.got)


def _bin(sent: int) -> int:
    return min(BINS - 1, int(log10(max(1, sent)) * BINS_A_DECADE))


def _place(upload: Upload, memory: UploadMemory) -> None:
    """Keep the tally in its place among all tallies' amounts."""
    now = _bin(excess(upload))
    if now == upload.bin:
        return
    if upload.bin >= 0:
        memory.amounts[upload.bin] -= 1
    elif sum(memory.amounts) > MANY_TALLIES:
        memory.amounts = [count // 2 for count in memory.amounts]
    memory.amounts[now] += 1
    upload.bin = now


def early(upload: Upload, memory: UploadMemory) -> bool:
    """Say whether a tally is of the first day known of the site, when habits cannot be told from news."""
    return upload.begin_us - (memory.since_us or 0) < DAY_US


def over(time_us: int, memory: UploadMemory) -> list[tuple[str, str]]:
    """Give, once a day, the pairs whose day is over; those of the first day wait for what comes of them."""
    if memory.since_us is None:
        memory.since_us = time_us
    memory.day = time_us // DAY_US
    ended = ((ends, held) for ends, held in memory.pairs.items() if time_us - held.begin_us >= DAY_US)
    return sorted(ends for ends, held in ended if not early(held, memory))


def close(ends: tuple[str, str], memory: UploadMemory) -> None:
    """End a day: its amount becomes one that is usual for the machine."""
    upload = memory.pairs.pop(ends)
    peaks = touch(memory.peaks, ends[0], list[int], SOURCES)
    peaks.append(excess(upload))
    peaks.sort(reverse=True)
    del peaks[PEAKS:]


def newness(ends: tuple[str, str], upload: Upload, memory: UploadMemory) -> float:
    """Give the decades of a machine sending data to a network, by its own uploads and those of others."""
    if upload.before >= HABIT:
        return -1.0
    own, source, there, everywhere = (memory.habits.get(key, upload.last_us) for key in _keys(*ends))
    others, theirs = max(0.0, there - own), max(0.0, everywhere - own)
    peers = (others + 0.5) / (theirs + 1.0)
    p = (upload.before + PRIOR * peers) / (max(0.0, source - own) + upload.before + PRIOR)
    return min(4.0, -log10(max(p, _senders(ends[1], memory), _shared(upload.dst, memory)))) - 1.0


def senders(where: str, memory: UploadMemory) -> int:
    """Give how many machines sent data to a network."""
    return max(1, round(memory.fan.estimate(key64("to", where))))


def _senders(where: str, memory: UploadMemory) -> float:
    """Give the share of machines that send data out, but one, that send to a network."""
    return min(1.0, (senders(where, memory) - 1) / max(1.0, memory.fan.estimate(_ALL)))


def _shared(dst: str, memory: UploadMemory) -> float:
    """Give the share of machines, but one, that use the domain of a destination's name."""
    domain = parts(memory.names.get(dst, "")).domain
    if not domain or not memory.clients:
        return 1e-9
    others = max(0.0, round(memory.users.estimate(key64("users", domain))) - 1.0)
    return max(1e-9, min(1.0, others / len(memory.clients)))


def largeness(src: str, upload: Upload, memory: UploadMemory) -> float:
    """Give the decades of an amount, by all tallies and by the machine's own largest days."""
    amount = excess(upload)
    above = max(0, sum(memory.amounts[_bin(amount) :]) - 1)
    peers = min(1.0, (above + 0.5) / (sum(memory.amounts) + 1.0))
    peaks = memory.peaks.get(src, [])
    own = sum(2 * peak >= amount for peak in peaks)
    return min(4.0, -log10((own + PRIOR * peers) / (len(peaks) + PRIOR))) - 1.0


def comes_in(ends: tuple[str, str], memory: UploadMemory) -> bool:
    """Say whether, of two public addresses, the one that sends is rather the stranger: ours deals with more others."""
    src, dst = (max(memory.fan.estimate(key64(way, end)) for way in ("from", "to")) for end in map(place, ends))
    return round(src) < 2 or src <= dst


def named(row: Web, memory: UploadMemory) -> None:
    """Remember the name of an address, and who uses its domain."""
    if len(memory.clients) < SOURCES:
        memory.clients[row.src] = 1
    if spell.domain(row.host) and memory.names.get(row.dst) != row.host:
        if len(memory.names) >= NAMES:
            del memory.names[next(iter(memory.names))]
        memory.names[row.dst] = row.host
    domain = parts(row.host).domain
    if domain:
        memory.users.note(key64("users", domain), row.src)
