"""Lateral movement: chains of log-ons in which each starts from the machine reached before.

Enters: log-ons, Kerberos service tickets, addresses of machines. Leaves: a sign for a chain of at most four log-ons in
a day that is unusual as a whole: new edges, a change of account on the way, a climb from desks to servers.

Sees: an account used from a machine that is not its own towards machines that this machine and this account never
reached; several new edges in a row with one account; each log-on is weighed by how often its source and its account
do something new (people who roam, help desks and vendors do it all the time), and by how many already go there.
Misses: movement along edges that the stolen account uses every day from that machine; sources that no log names
(unknown addresses); accounts and machines seen for less than a week; movement without a log-on (exploits); more than
a day between two steps.
Benign when: an administrator mends something from somebody's desk, a new server that an administrator sets up alone,
the first day of a vendor's jump host.
Source: G. Ho et al., Hopper: Modeling and Detecting Lateral Movement, USENIX Security 2021 (causal paths, change of
credentials, destinations that the first user has no business with); ATT&CK T1021, T1078, T1550.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import DAY_US, Ref, in_order, known, machine, packed, person, span, touch, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Bound, Logon, Ticket
from tocsin.detect.behaviour.path_habits import Move, PathHabits, evidence, sat_down, tier
from tocsin.model import Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "I7"
NAME = "lateral_path"
LAYER: Layer = "identity"
TECHNIQUES = ("T1021", "T1078", "T1550")
NEEDS = ("Bound", "Logon", "Ticket")

PATH_US = DAY_US
HOPS = 4
"""A chain's length in time and log-ons (BEHAVIOUR.md I7): attacks rarely need more, and each hop adds chance."""
TELL = 3.5
"""Evidence of a chain before it is told, in decades."""
OFFSET = 1.5
"""Taken off the told evidence: a thousand machines try some thirty chains each a day."""
CLIMB = 0.5
"""Each step up (desk to server, server to machine for everybody) of a chain that is unusual anyway."""
NEW_EDGE = 1.0
"""Decades from which an edge counts as new."""
GROWN = 1.0
"""A chain is told again when it grew by so much."""
HOSTS, ADDRESSES, TOLD = 50_000, 100_000, 50_000
ARRIVALS = 8
"""Arrivals kept of each machine: the most telling and the latest."""

_REACHING = frozenset({"network", "remote", "explicit", "ssh"})
_ARRIVING = frozenset({"interactive", "remote", "ssh"})


@dataclass
class Arrival:
    """The end of a chain at a machine."""

    time_us: int
    account: str
    start: str
    score: float
    hops: int
    switched: bool
    edges: int
    path: tuple[tuple[str, str, str], ...] = ()
    refs: tuple[Ref, ...] = ()
    tier: int = 0


@dataclass
class PathMemory:
    """What the detector remembers, all of it bounded."""

    habits: PathHabits = field(default_factory=PathHabits)
    arrivals: dict[str, list[Arrival]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    told: dict[str, tuple[int, float]] = field(default_factory=dict)


def memory() -> PathMemory:
    """Give an empty memory."""
    return PathMemory()


def watch(
    kind: str,  # noqa: ARG001 - the door's shape
    rows: Sequence[Bound | Logon | Ticket],
    memory: PathMemory,
) -> Iterator[Sign]:
    """Learn who moves where, and tell chains that are unusual as a whole."""
    for row in in_order(rows):
        if isinstance(row, Bound):
            _bind(row.address, row.host, memory)
            continue
        move = _of_logon(row, memory) if isinstance(row, Logon) else _of_ticket(row, memory)
        if move is not None:
            yield from _moved(move, memory)


def finish(memory: PathMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _bind(address: str, host: str, memory: PathMemory) -> None:
    touch(memory.names, address, lambda: host, ADDRESSES)
    memory.names[address] = host


def _host(name: str, memory: PathMemory) -> str:
    """Give the machine behind an address, where it is known."""
    return memory.names.get(name, name)


def _of_logon(row: Logon, memory: PathMemory) -> Move | None:
    if not row.success or row.kind not in _REACHING | _ARRIVING or not row.dst:
        return None
    if row.src and row.device and row.device != row.dst and spell.address(row.src) and spell.internal(row.src):
        _bind(row.src, row.device, memory)
    src, dst = _host(row.src, memory), _host(row.dst, memory)
    src = "" if src == dst else src
    return Move(row.time_us, row.account, src, dst, row.kind in _ARRIVING, packed(row.event))


def _of_ticket(row: Ticket, memory: PathMemory) -> Move | None:
    """A ticket for a machine's own service is a log-on to it that is about to happen."""
    service = row.service.lower()
    target = service[:-1] if service.endswith("$") else service.partition("/")[2].partition(".")[0]
    if not row.success or row.kind != "TGS" or not target or not row.src or service.startswith("krbtgt"):
        return None
    src = _host(row.src, memory)
    return None if src == target else Move(row.time_us, row.account, src, target, False, packed(row.event))


def _moved(move: Move, memory: PathMemory) -> Iterator[Sign]:
    if not move.src:
        sat_down(move, memory.habits)
        return
    before = [one for one in memory.arrivals.get(move.src, ()) if 0 <= move.time_us - one.time_us <= PATH_US]
    on_its_way = any(one.account == move.account for one in before)
    edge, switch = evidence(move, on_its_way, memory.habits)
    arrival = _extended(move, edge, switch, before, memory)
    if arrival.score > 0:
        _keep(move.dst, arrival, memory)
    if arrival.score >= TELL and (arrival.switched or arrival.edges >= 2) and (edge > 0 or switch > 0):
        yield from _tell(move, arrival, memory)


def _extended(move: Move, edge: float, switch: float, before: list[Arrival], memory: PathMemory) -> Arrival:
    """Give the most telling chain that ends with this move."""
    start = Arrival(move.time_us, move.account, move.src, 0.0, 0, False, 0)
    causes = [one for one in before if one.hops < HOPS and _causes(one, move, switch)]
    chains = [_hop(one, move, edge, switch, memory) for one in (start, *causes)]
    return max(chains, key=lambda one: (one.score, -one.hops, one.start))


def _causes(before: Arrival, move: Move, switch: float) -> bool:
    """Whoever arrived goes on with the account that they came with, or with one that has no business here."""
    inside = any(move.dst in (src, dst) for src, dst, _ in before.path)
    return not inside and (before.account == move.account or switch > 0)


def _hop(before: Arrival, move: Move, edge: float, switch: float, memory: PathMemory) -> Arrival:
    level = tier(move.dst, memory.habits)
    climb = CLIMB * max(0, level - max(before.tier, tier(move.src, memory.habits))) if edge + switch > 0 else 0.0
    return Arrival(
        move.time_us,
        move.account,
        before.start,
        before.score + edge + switch + climb,
        before.hops + 1,
        before.switched or switch > 0,
        before.edges + (edge >= NEW_EDGE),
        (*before.path, (move.src, move.dst, move.account)),
        (*before.refs, move.ref),
        max(before.tier, level),
    )


def _keep(host: str, arrival: Arrival, memory: PathMemory) -> None:
    """Keep the latest arrivals and, of older ones, the most telling."""
    kept = touch(memory.arrivals, host, list, HOSTS)
    kept[:] = [one for one in kept if one.account != arrival.account or one.score > arrival.score]
    kept.append(arrival)
    if len(kept) > ARRIVALS:
        kept.remove(min(kept, key=lambda one: (one.score, one.time_us, one.account)))


def _tell(move: Move, arrival: Arrival, memory: PathMemory) -> Iterator[Sign]:
    """A chain is told once, and again when it grew by a decade."""
    name = f"{arrival.start}\0{arrival.account}"
    told_us, score = memory.told.get(name, (move.time_us - 2 * PATH_US, 0.0))
    if move.time_us - told_us <= PATH_US and arrival.score < score + GROWN:
        return
    touch(memory.told, name, lambda: (0, 0.0), TOLD)
    memory.told[name] = (move.time_us, arrival.score)
    yield _sign(move, arrival)


def _sign(move: Move, arrival: Arrival) -> Sign:
    hosts = [arrival.path[0][0], *(dst for _, dst, _ in arrival.path)]
    accounts = list(dict.fromkeys(account for _, _, account in arrival.path))
    first_us = arrival.refs[0][2] if arrival.refs[0][2] is not None else move.time_us
    facts = {
        "path": " → ".join(hosts),
        "accounts": ", ".join(accounts),
        "hops": str(arrival.hops),
        "new": str(arrival.edges),
        "span": span(move.time_us - first_us),
        "src": hosts[0],
        "dst": hosts[-1],
    }
    message = _n("A chain of log-ons that never happened here: {path}, as {accounts}; {new} of {hops} step(s) are new")
    if arrival.switched:
        message = _n("{accounts} used from {src}, where nobody used it, along {path}; {new} of {hops} step(s) are new")
    entities = known(
        machine(hosts[0], "source"),
        machine(hosts[-1], "destination"),
        *(machine(host, "subject") for host in hosts[1:-1]),
        *(person(account, "actor") for account in accounts),
    )
    decades = min(4.0, arrival.score - OFFSET)
    refs = unpacked(arrival.refs)
    return Sign(
        min(first_us, move.time_us), move.time_us, decades, message, facts, entities, refs, TECHNIQUES, arrival.hops
    )
