"""N9 New place outside with a strange client: a machine speaks in a way that it never spoke, to where it never went.

Enters: TLS handshakes and HTTP requests. Leaves: a sign when a machine with habits shows a client (JA4 or JA3 of its
handshake, user agent of its request) and a destination that are both new to it and to its peers.

Sees: implants and tools with a TLS stack or user agent of their own, from the first contact on, on machines that do few
new things: servers, devices, workstations with their usual programs.
Misses: implants that use the machine's browser or system library; destinations others use (fronting, shared clouds);
machines that show new clients all the time, as with random extensions under JA3; the first day; handshakes without a
fingerprint; machines with public addresses, which nobody can tell from strangers; autonomous system and country of a
destination, as the product has no table of them yet.
Benign when: a new program or device, a major update, a vendor's tool on its first day. It is context: at most a decade
and a half, never an incident alone.
Source: BEHAVIOUR.md N9; RITA's rare signatures; JA3 (Salesforce), JA4 (FoxIO); ATT&CK T1071.001, T1573.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import client, known, machine, network, touch
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.domains import parts
from tocsin.detect.behaviour.facts import Web
from tocsin.detect.behaviour.memory import Novelty
from tocsin.detect.behaviour.sides import outside
from tocsin.model import Entity, Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "N9"
NAME = "rare_outside"
LAYER: Layer = "network"
TECHNIQUES = ("T1071.001", "T1573")
NEEDS = ("Web",)

COUNTERS = 500_000
"""Counters of clients, of destinations, and of how often a machine shows something new: 50 bytes each."""
RECENT = 50_000
TOLD = 50_000
TELL = 1.0
MOST_DECADES = 1.5
HABITS = 24.0
"""Units (an hour with a client) that a machine must have shown before anything is new of it."""
PEERS = "site"
HOUR_US = 3_600_000_000
CLIENT_CHARS = 60

Use = tuple[str, str, str]
"""Machine, client, destination."""


@dataclass
class OutsideMemory:
    """What the detector remembers."""

    clients: Novelty = field(default_factory=lambda: Novelty(COUNTERS))
    places: Novelty = field(default_factory=lambda: Novelty(COUNTERS))
    news: Novelty = field(default_factory=lambda: Novelty(COUNTERS))
    """Machine -> how often it shows a new client at a new destination."""
    recent: dict[Use, int] = field(default_factory=dict)
    """Hour in which a use was last learned: once an hour is enough."""
    told: dict[tuple[str, str], int] = field(default_factory=dict)


def memory() -> OutsideMemory:
    """Give an empty memory."""
    return OutsideMemory()


def watch(
    kind: str,  # noqa: ARG001 - the door's shape
    rows: Sequence[Web],
    memory: OutsideMemory,
) -> Iterator[Sign]:
    """Learn who speaks how to whom, and tell what is new in all ways."""
    uses: dict[tuple[int, str, str, str], Web] = {}
    for row in rows:
        if row.agent and spell.routable(row.src) and not outside(row.src):
            use = (row.time_us // HOUR_US, row.src, row.agent, row.host or row.dst)
            held = uses.get(use)
            if held is None or (row.time_us, row.event.id) < (held.time_us, held.event.id):
                uses[use] = row
    for _, row in sorted(uses.items()):
        yield from _used(row, memory)


def finish(memory: OutsideMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _used(row: Web, memory: OutsideMemory) -> Iterator[Sign]:
    place = _place(row)
    use = (row.src, row.agent if row.tls else client(row.agent), place)
    hour = row.time_us // HOUR_US
    if not place or _learned(use, hour, memory):
        return
    src, agent, _ = use
    habits = memory.clients.seen(src, row.time_us)
    by_client = memory.clients.see(src, agent, PEERS, row.time_us)
    by_place = memory.places.see(src, place, PEERS, row.time_us)
    news = "new" if by_client >= TELL and by_place >= TELL else "usual"
    if _learned((src, news, ""), hour, memory) and news == "usual":
        return
    decades = min(by_client, by_place, memory.news.see(src, news, PEERS, row.time_us), MOST_DECADES)
    if news == "new" and decades >= TELL and habits >= HABITS and (src, agent) not in memory.told:
        touch(memory.told, (src, agent), lambda: hour, TOLD)
        yield _sign(row, place, agent, decades)


def _learned(use: Use, hour: int, memory: OutsideMemory) -> bool:
    """Say whether a use was learned in this hour; from now on it is."""
    before = touch(memory.recent, use, lambda: -1, RECENT)
    memory.recent[use] = hour
    return before == hour


def _place(row: Web) -> str:
    """Give where a request goes: the registered domain, or the network where there is no name; nothing inside."""
    name = spell.domain(row.host)
    if name:
        return parts(name).domain
    return network(row.dst) if outside(row.dst) else ""


def _sign(row: Web, place: str, agent: str, decades: float) -> Sign:
    shown = agent[:CLIENT_CHARS]
    name = spell.domain(row.host)
    facts = {"src": row.src, "dst": name or row.dst, "place": place, "client": shown, "port": str(row.port)}
    message = _n("{src} contacted {dst}, where it and its peers do not go, with a client not seen there ({client})")
    return Sign(
        row.time_us,
        row.time_us,
        decades,
        message,
        facts,
        known(
            machine(row.src, "source"),
            Entity("domain", name, "destination") if name else None,
            machine(row.dst, "destination") if outside(row.dst) else None,
        ),
        (row.event,),
        TECHNIQUES,
    )
