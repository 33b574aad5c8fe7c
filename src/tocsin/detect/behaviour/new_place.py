"""New device, network or country of an account that signs in from outside, and journeys nobody can make.

Enters: log-ons at identity providers, VPN gateways and machines open to the outside. Leaves: a sign when two of
device, network and country are new for an account, or when two log-ons are too far apart for the time between them.

Sees: a sign-in with a client program never seen of this account from a network never seen of it; a new country; two
places more than 500 km apart at more than 900 km/h, where the product tells countries or coordinates.
Misses: an intruder in the same network with the same client (stolen session, malware on the device itself); accounts
seen on fewer than ten hours; sources that write neither client nor place.
Benign when: a holiday, a congress, a new telephone at a new home; people who work through a proxy or VPN of another
country (a network that three or more accounts use makes no journey); mobile networks (common networks weigh little).
Source: ATT&CK T1078, T1078.004; centres of countries rounded from public geography.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    client,
    in_order,
    known,
    machine,
    network,
    packed,
    person,
    span,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Logon
from tocsin.detect.behaviour.memory import Counts, Novelty, key64
from tocsin.detect.behaviour.places import Spot, distance_km, spot
from tocsin.model import Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "I4"
NAME = "new_place"
LAYER: Layer = "identity"
TECHNIQUES = ("T1078", "T1078.004")
NEEDS = ("Logon",)

HALF_LIFE_S = 30 * 86_400
"""Longer than a holiday: who comes back from three weeks away is not new."""
CONTEXTS = 400_000
ACCOUNT_HOURS = 10.0
"""Hours on which an account signed in before anything of it is new: about two weeks of a person."""
SITE_ROWS = 200
"""Sign-ins of the site before networks and clients have a prior."""
SHARED = 3.0
"""Accounts that make a network shared (hospital gateway, mobile carrier, proxy): it makes no journey."""
FAR_KM, FAST_KMH = 500.0, 900.0
"""An airliner's speed (BEHAVIOUR.md I4); less than 500 km is within the error of places told from addresses."""
JOURNEY_US = DAY_US
TRAVEL_DECADES = 2.0
LEAST_DECADES, COUNTRY_DECADES = 1.0, 1.5
"""A new country with the usual client is most often a holiday: one decade, however new."""
ACCOUNTS = 50_000


@dataclass
class Last:
    """Where an account signed in last."""

    time_us: int
    place: str
    network: str
    told_us: int = -DAY_US
    told: str = ""


@dataclass
class PlaceMemory:
    """What the detector remembers."""

    habits: Novelty = field(default_factory=lambda: Novelty(CONTEXTS, HALF_LIFE_S))
    users: Counts = field(default_factory=lambda: Counts(CONTEXTS, HALF_LIFE_S))
    last: dict[str, Last] = field(default_factory=dict)
    rows: int = 0


def memory() -> PlaceMemory:
    """Give an empty memory."""
    return PlaceMemory()


def watch(kind: str, rows: Sequence[Logon], memory: PlaceMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn where accounts sign in from, and tell what is new."""
    for row in in_order(rows):
        if row.success and row.src and (row.kind in {"cloud", "vpn"} or _from_outside(row)):
            yield from _signed_in(row, memory)


def finish(memory: PlaceMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _from_outside(row: Logon) -> bool:
    return row.kind in {"ssh", "remote"} and bool(spell.address(row.src)) and not spell.internal(row.src)


def _signed_in(row: Logon, memory: PlaceMemory) -> Iterator[Sign]:
    net, country = network(row.src), row.place.partition("@")[0].lower()
    hours = memory.habits.seen(f"net {row.account}", row.time_us)
    memory.rows += 1
    new_net = _new(memory, "net", row, net)
    new_country = _new(memory, "country", row, country)
    new_client = _new(memory, "client", row, client(row.device))
    _count_user(row, net, memory)
    last = memory.last.get(row.account)
    before = Last(last.time_us, last.place, last.network) if last is not None else None
    journey = _journey(row, net, before, memory)
    _remember(row, net, memory)
    if memory.rows < SITE_ROWS or hours < ACCOUNT_HOURS:
        return
    place = 0.0 if _shared(net, row, memory) else max(new_net, new_country)
    decades = LEAST_DECADES if place >= new_country >= COUNTRY_DECADES else 0.0
    if place >= LEAST_DECADES and new_client >= LEAST_DECADES:
        decades = place + new_client / 2
    if journey:
        decades = max(decades, 0.0) + TRAVEL_DECADES
    if decades >= LEAST_DECADES and _untold(row, net, memory):
        new = (("network", new_net), ("country", new_country), ("client", new_client))
        yield _sign(row, net, before, journey, min(4.0, decades), [name for name, much in new if much >= LEAST_DECADES])


def _new(memory: PlaceMemory, what: str, row: Logon, value: str) -> float:
    return memory.habits.see(f"{what} {row.account}", value, what, row.time_us) if value else 0.0


def _count_user(row: Logon, net: str, memory: PlaceMemory) -> None:
    if memory.users.add(key64("pair", row.account, net), row.time_us, 1.0) == 0.0:
        memory.users.add(key64("net", net), row.time_us)


def _remember(row: Logon, net: str, memory: PlaceMemory) -> None:
    last = touch(memory.last, row.account, lambda: Last(row.time_us, row.place, net), ACCOUNTS)
    if row.time_us >= last.time_us:
        last.time_us, last.place, last.network = row.time_us, row.place or last.place, net


def _untold(row: Logon, net: str, memory: PlaceMemory) -> bool:
    """The same network is told once a day."""
    last = memory.last[row.account]
    if last.told == net and row.time_us - last.told_us < DAY_US:
        return False
    last.told, last.told_us = net, row.time_us
    return True


def _journey(row: Logon, net: str, before: Last | None, memory: PlaceMemory) -> float:
    """Give the kilometres of a journey that nobody can make, else 0."""
    if before is None or before.network == net or not 0 <= row.time_us - before.time_us <= JOURNEY_US:
        return 0.0
    here, there = spot(row.place), spot(before.place)
    if here is None or there is None or _shared(net, row, memory) or _shared(before.network, row, memory):
        return 0.0
    return _too_fast(here, there, row.time_us - before.time_us)


def _too_fast(here: Spot, there: Spot, length_us: int) -> float:
    km = distance_km(here, there)
    hours = length_us / HOUR_US
    return km if km > FAR_KM and km > FAST_KMH * hours else 0.0


def _shared(net: str, row: Logon, memory: PlaceMemory) -> bool:
    return memory.users.get(key64("net", net), row.time_us) >= SHARED


def _sign(row: Logon, net: str, before: Last | None, journey: float, decades: float, new: list[str]) -> Sign:
    facts = {
        "account": row.account,
        "src": row.src,
        "network": net,
        "place": row.place.partition("@")[0] or "?",
        "client": client(row.device) or "?",
        "service": row.dst or row.kind,
        "new": ", ".join(new),
    }
    message = _n("{account} signed in to {service} from {src} ({place}): new for this account: {new}")
    if journey and before is not None:
        message = _n("{account} signed in from {place} {span} after {before}, {km} km away: nobody travels so fast")
        facts |= {
            "km": str(round(journey)),
            "span": span(row.time_us - before.time_us),
            "before": before.place.partition("@")[0] or "?",
        }
    entities = known(person(row.account, "actor"), machine(row.src, "source"))
    technique = "T1078.004" if row.kind == "cloud" else "T1078"
    return Sign(
        row.time_us, row.time_us, decades, message, facts, entities, unpacked([packed(row.event)]), (technique,)
    )
