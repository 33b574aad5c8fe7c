"""N10 Medical zone: a medical device that talks with somebody it never talked with.

Enters: connections. Leaves: a sign for a new pair of kinds and port around a medical device, once its zone has been
learned; another when a device that never did talks to the Internet.

Sees: devices and their servers by what they speak: DICOM, HL7 over MLLP, Modbus, DNP3, BACnet and the like where the
probe recognises the protocol, else by their customary ports, which are hints only: such a machine counts as medical
after ten exchanges in two different hours, if it asks little else; and all of `devices` (addresses and networks named
in the memory). Who sends HL7 is an application, not a device. The matrix (kind, kind, port) is learned for 14 days,
then frozen: what is added later rings once.
Misses: devices that speak only encrypted or unknown protocols on other ports and are not named; what went on while the
matrix was learned; a device that is used along allowed pairs; addresses that change hands.
Benign when: a new kind of device or server is connected, a vendor's remote maintenance begins, a port is moved.
A scan has no 14 days: it learns for a quarter of what it reads, and says less. A newcomer that speaks a medical
protocol with a known server as others do weighs less than a decade: it may be a new device, or somebody's laptop.
Source: BEHAVIOUR.md N10; DICOM PS3.8 (104, 11112), PS3.15 (2762), HL7 MLLP (2575); ATT&CK T1021, T1071, T1210.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from math import log10
from typing import Protocol

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, Ref, known, machine, packed, touch, unpacked
from tocsin.detect.behaviour.contract import Sign, Surroundings
from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.outcomes import ANSWERED, outcome
from tocsin.detect.behaviour.sides import INNER, OUT, side
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "N10"
NAME = "medical_zone"
LAYER: Layer = "network"
TECHNIQUES = ("T1210", "T1071")
NEEDS = ("Medical", "Flow")

SERVICES = {
    "dicom": "dicom",
    "hl7": "hl7",
    "mllp": "hl7",
    "modbus": "control",
    "dnp3": "control",
    "dnp3_tcp": "control",
    "dnp3_udp": "control",
    "bacnet": "control",
    "enip": "control",
    "s7comm": "control",
    "opcua_binary": "control",
}
PORTS = {104: "dicom", 11112: "dicom", 2761: "dicom", 2762: "dicom", 4242: "dicom"}
PORTS |= {2575: "hl7", 6661: "hl7", 502: "control", 20000: "control", 47808: "control"}
"""Customary ports: hints."""
HINTS, HINT_HOURS, PROOFS = 10, 2, 3
"""Exchanges by a customary port (in so many hours), or by a recognised protocol, that make a machine medical."""
OTHERS = 2
"""A machine that asks by customary ports is medical when at most two in three of its exchanges are others: servers of
all trades send a message to an engine now and then."""
SOURCES_OF_SERVER = 3
"""A medical machine that so many others call is a server (archive, engine); the rest are devices."""
LEARN_US = 14 * DAY_US
"""BEHAVIOUR.md N10: two weeks hold a week-end, a monthly job's half and a change of shifts."""
LEAST_DECADES = 0.3
LEAST_SPAN_US = 4 * HOUR_US
"""A scan of less than that says nothing."""
PAIR_WEIGHTS = (1.0, 3.0)
WEIGHTS = {">": (2.0, 4.0), "+": (0.0, 0.8)}
"""Decades of a new pair, of a device that talks to the Internet, of a newcomer that works as others do: those of a
matrix learned in an hour or so, and of one learned in 14 days; between by its length."""
MACHINES, USES, CELLS, RECENT = 50_000, 50_000, 20_000, 50_000
REFS, LEARNED = 5, -1
EPHEMERAL = 32_768
"""Ports from here on are one kind of port: passive transfers and RPC choose among them."""


@dataclass(slots=True)
class Machine:
    """What is known of a machine that may be medical."""

    kind: str
    asked: int = 0
    served: int = 0
    others: int = 0
    """Exchanges of the medical protocol, as the asking and as the asked side; other exchanges as the asking side."""
    hours: list[int] = field(default_factory=list)
    proofs: int = 0
    callers: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Use:
    """Two machines and a port: when they first talked, how often."""

    first_us: int
    last_us: int
    src: str
    dst: str
    port: str
    out: bool
    spoken: str
    """The medical protocol, as recognised or by its customary port."""
    count: int = 0
    refs: list[Ref] = field(default_factory=list)


@dataclass
class ZoneMemory:
    """What the detector remembers. `devices`: addresses and networks of medical devices, from the care map."""

    devices: tuple[str, ...] = ()
    machines: dict[str, Machine] = field(default_factory=dict)
    uses: dict[tuple[str, str, str], Use] = field(default_factory=dict)
    """While learning: source, target and port of machines that may be medical."""
    matrix: dict[str, int] = field(default_factory=dict)
    """Once frozen: kind, kind and port (`dicom device>dicom server:104/tcp`), devices that talk out (`name>`),
    newcomers (`name+`); and machines told for a pair that was added since (`name kind>kind:port`)."""
    frozen: bool = False
    told: dict[str, int] = field(default_factory=dict)
    """Cells told before the matrix was frozen."""
    since_us: int | None = None
    """When medical traffic was first seen: learning begins."""
    last_us: int = 0
    recent: dict[tuple[str, str, str], int] = field(default_factory=dict)
    until_us: int = 0


def memory() -> ZoneMemory:
    """Give an empty memory."""
    return ZoneMemory()


def know(memory: ZoneMemory, surroundings: Surroundings) -> None:
    """Take what is declared."""
    memory.devices = surroundings.devices


class Spoken(Protocol):
    """What is needed of an exchange that a probe has read: whoever speaks DICOM is a DICOM machine."""

    @property
    def time_us(self) -> int:
        """When."""

    @property
    def protocol(self) -> str:
        """`dicom` or `hl7`; others are left aside."""

    @property
    def src(self) -> str:
        """Who asked."""

    @property
    def dst(self) -> str:
        """Who was asked."""


def watch(kind: str, rows: Sequence[Flow] | Sequence[Spoken], memory: ZoneMemory) -> Iterator[Sign]:
    """Learn the zone; once it is frozen, tell what is new at once."""
    if kind == "Flow":
        yield from _flows(rows, memory)  # type: ignore[arg-type]
        return
    for row in rows:
        if row.protocol in {"dicom", "hl7"} and side(row.src, row.dst) == INNER:  # type: ignore[union-attr]
            _recognise(row, row.protocol, True, memory)  # type: ignore[union-attr]


def _flows(rows: Sequence[Flow], memory: ZoneMemory) -> Iterator[Sign]:
    wanted = [
        row
        for row in rows
        if (row.port in PORTS or row.service in SERVICES) and row.got and side(row.src, row.dst) == INNER
    ]
    if wanted or memory.machines or memory.devices:
        wanted = _around(rows, wanted, memory)
    wanted.sort(key=lambda row: (row.time_us, row.src, row.dst, row.port, row.event.id))
    for row in wanted:
        yield from _exchange(row, memory)


def _around(rows: Sequence[Flow], spoken: list[Flow], memory: ZoneMemory) -> list[Flow]:
    """Give the rows of machines that speak a medical protocol, in this batch or before, and of named devices."""
    known_here = {*(row.src for row in spoken), *(row.dst for row in spoken)}
    machines, devices = memory.machines, memory.devices
    wanted = []
    for row in rows:
        src, dst = row.src, row.dst
        medical = src in machines or dst in machines or src in known_here or dst in known_here
        if medical or (devices and (_named(src, devices) or _named(dst, devices))):
            wanted.append(row)
    return wanted


def finish(memory: ZoneMemory) -> Iterator[Sign]:
    """Tell what came after the first quarter, while there are no 14 days yet."""
    if memory.frozen or memory.since_us is None:
        return
    length_us = memory.last_us - memory.since_us
    if length_us < LEAST_SPAN_US:
        return
    full = length_us / 4 / LEARN_US
    cells = _cells(memory)
    late = sorted(cell for cell, use in cells.items() if use.first_us - memory.since_us > length_us // 4)
    rarity = _rarity(len(late), len(cells))
    for cell in late:
        least, most = WEIGHTS.get(cell[-1], PAIR_WEIGHTS)
        decades = (least + (most - least) * full) * rarity
        if cell not in memory.told and decades >= LEAST_DECADES:
            touch(memory.told, cell, lambda: 1, CELLS)
            yield _sign(cell, cells[cell], decades, memory)


def _rarity(late: int, of: int) -> float:
    """Where new pairs come all the time, one more says little: 1 for one in ten or fewer, 0 when all are late."""
    return max(0.0, min(1.0, -log10((late + 0.5) / (of + 1.0))))


def _cells(memory: ZoneMemory) -> dict[str, Use]:
    """Give the matrix of what was learned, by the kinds that the machines turned out to be: cell -> first use."""
    cells: dict[str, Use] = {}
    for use in memory.uses.values():
        for cell in _cells_of(use, memory):
            known_use = cells.get(cell)
            if known_use is None or (use.first_us, use.src, use.dst) < (
                known_use.first_us,
                known_use.src,
                known_use.dst,
            ):
                cells[cell] = use
    return cells


def _cells_of(use: Use, memory: ZoneMemory) -> Iterator[str]:
    """Give the cells of a use: kinds and port; the machine itself when it talks to the Internet, or is a newcomer."""
    src, dst = _kind(use.src, memory), _kind(use.dst, memory)
    if use.out and src.endswith("device"):
        yield f"{use.src}>"
    if dst and use.spoken:
        yield f"{use.src}+"
        src = src or f"{use.spoken} {'sender' if use.spoken == 'hl7' else 'device'}"
    if src or dst:
        yield f"{src or 'other'}>{dst or ('Internet' if use.out else 'other')}:{use.port}"


@lru_cache(maxsize=65_536)
def _named(name: str, devices: tuple[str, ...]) -> bool:
    """Say whether an address is one of the named devices, or in one of the named networks."""
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return any(_holds(network, address) for network in devices)


def _holds(network: str, address: object) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        return False


def _exchange(row: Flow, memory: ZoneMemory) -> Iterator[Sign]:
    way = side(row.src, row.dst)
    if way not in {INNER, OUT} or outcome(row.proto, row.state, row.port, row.sent, row.got) != ANSWERED:
        return
    if row.time_us >= memory.until_us or len(memory.recent) >= RECENT:
        memory.recent.clear()
        memory.until_us = row.time_us - row.time_us % HOUR_US + HOUR_US
    memory.last_us = max(memory.last_us, row.time_us)
    spoken = SERVICES.get(row.service, "")
    kind = spoken or PORTS.get(row.port, "")
    if kind and way == INNER:
        _recognise(row, kind, bool(spoken), memory)
    elif row.src in memory.machines:
        memory.machines[row.src].others += 1
    port = f"{row.port}" if row.port < EPHEMERAL else f"{EPHEMERAL}+"
    key = (row.src, row.dst, f"{port}/{row.proto}")
    if key not in memory.recent:
        memory.recent[key] = 1
        yield from _used(Use(row.time_us, row.time_us, *key, way == OUT, kind), row, memory)


def _used(use: Use, row: Flow, memory: ZoneMemory) -> Iterator[Sign]:
    """Learn a use, or judge it."""
    if memory.since_us is None:
        memory.since_us = row.time_us
    memory.since_us = min(memory.since_us, row.time_us) if not memory.frozen else memory.since_us
    if not memory.frozen and row.time_us - memory.since_us >= LEARN_US:
        memory.frozen, memory.matrix, memory.uses = True, dict.fromkeys(_cells(memory), LEARNED), {}
    if not memory.frozen:
        _note(touch(memory.uses, (use.src, use.dst, use.port), lambda: use, USES), row)
        return
    _note(use, row)
    weights = {cell: _added(cell, use, memory) for cell in _cells_of(use, memory)}
    worst = max(weights, key=lambda cell: (weights[cell], cell), default="")
    if worst and weights[worst] >= LEAST_DECADES:
        yield _sign(worst, use, weights[worst], memory)


def _added(cell: str, use: Use, memory: ZoneMemory) -> float:
    """Give the decades of a cell that was not learned, once for each machine: the third one says a third, and so on."""
    told = memory.matrix.get(cell, 0)
    name = f"{use.src} {cell}"
    if told == LEARNED or name in memory.matrix:
        return 0.0
    touch(memory.matrix, cell, lambda: 0, CELLS)
    memory.matrix[cell] = told + 1
    touch(memory.matrix, name, lambda: LEARNED, CELLS)
    return WEIGHTS.get(cell[-1], PAIR_WEIGHTS)[1] / (told + 1)


def _note(use: Use, row: Flow) -> None:
    use.first_us, use.last_us = min(use.first_us, row.time_us), max(use.last_us, row.time_us)
    use.count += 1
    if len(use.refs) < REFS:
        use.refs.append(packed(row.event))


def _recognise(row: Flow | Spoken, kind: str, proven: bool, memory: ZoneMemory) -> None:
    """Count an exchange in a medical protocol for both ends."""
    for name in (row.src, row.dst):
        one = touch(memory.machines, name, lambda: Machine(kind), MACHINES)
        one.asked += name == row.src
        one.served += name == row.dst
        one.proofs += proven
        hour = row.time_us // HOUR_US
        if hour not in one.hours and len(one.hours) < HINT_HOURS:
            one.hours.append(hour)
    called = memory.machines[row.dst].callers
    if len(called) < SOURCES_OF_SERVER and not memory.frozen:  # a kind that changes changes all pairs
        called[row.src] = 1


def _hinted(one: Machine) -> bool:
    """Say whether customary ports make a machine medical: it serves one, or asks little else."""
    devoted = one.asked >= HINTS and one.asked * OTHERS >= one.others
    return len(one.hours) >= HINT_HOURS and (one.served >= HINTS or devoted)


def _kind(name: str, memory: ZoneMemory) -> str:
    """Give the kind of a medical machine; nothing for others."""
    one = memory.machines.get(name)
    sure = one is not None and (one.proofs >= PROOFS or _hinted(one))
    if one is not None and sure:
        asking = "sender" if one.kind == "hl7" else "device"
        return f"{one.kind} {'server' if len(one.callers) >= SOURCES_OF_SERVER else asking}"
    return "medical device" if memory.devices and _named(name, memory.devices) else ""


def _sign(cell: str, use: Use, decades: float, memory: ZoneMemory) -> Sign:
    facts = {"src": use.src, "dst": use.dst, "port": use.port, "count": str(use.count)}
    message = _n("The medical device {src} talked to the Internet ({dst}), which it never did")
    if cell.endswith("+"):
        message = _n("{src} speaks {protocol} with {dst}, which it never did; others do")
        facts["protocol"] = use.spoken
    elif not cell.endswith(">"):
        message = _n("{src} talked with {dst} on port {port}: between such machines ({kinds}) this was never seen here")
        facts["kinds"] = cell.rpartition(":")[0].replace(">", " → ")
    return Sign(
        use.first_us,
        use.last_us,
        decades,
        message,
        {**facts, "known by": _known_by((use.src, use.dst), memory)},
        known(machine(use.src, "source"), machine(use.dst, "destination")),
        unpacked(use.refs),
        TECHNIQUES[1:] if cell.endswith(">") else TECHNIQUES[:1],
        use.count,
    )


def _known_by(names: tuple[str, ...], memory: ZoneMemory) -> str:
    """Say why machines count as medical: their protocol, their being named, or only customary ports."""
    proven = any(one is not None and one.proofs >= PROOFS for one in map(memory.machines.get, names))
    if any(_named(name, memory.devices) for name in names):
        return "name"
    return "protocol" if proven else "port"
