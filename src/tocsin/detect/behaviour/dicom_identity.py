"""M1 DICOM identity: somebody calls under the AE title of another machine.

Enters: DICOM associations. Leaves: a sign when a title that kept its address is used from another one, and when a
machine that kept its DICOM software calls with that of another maker.

Sees: an established AE title (three hours or more) from a second address, more so with the software of another maker
(implementation class UID) or while the first address is alive; another maker's software under the same title from the
same address. A title's own changes and those of all titles here are the measure.
Misses: a forged title with the implementation UID of the real one, from the real one's address; titles that many
machines share; titles first seen during the attack; associations in TLS.
Benign when: a device is replaced, moved or updated by another maker's software; an archive gets a second node; a new
workstation copies the configuration of another.
Source: DICOM PS3.8 9.3.2 (titles are not authenticated), PS3.7 D.3.3.2 (implementation UID); ATT&CK T1036, T1557.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import DAY_US, Ref, in_order, known, machine, packed, touch, unpacked
from tocsin.detect.behaviour.changes import Hours, Site, rarity
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Medical
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "M1"
NAME = "dicom_identity"
LAYER: Layer = "network"
TECHNIQUES = ("T1036",)
NEEDS = ("Medical",)

TITLES, ADDRESSES, MAKERS = 10_000, 6, 4
"""A large hospital group has some thousand titles; one from more addresses than that is everybody's. Full: 45 MB."""
ESTABLISHED_HOURS = 3
TOLD_DECADES = 1.0
SAME_MAKER, SILENT, NEW_MAKER, REFUSED = 1.5, 1.0, 1.5, 1.0
"""Most that a second address weighs with the same software; when the first has been silent for a day (a move);
another maker's software at the same address; what a refused association takes off."""
OTHER_MAKER = 0.5
"""What another maker's software adds to a second address."""
MOST = 3.0

_ALLOTTED = "1.2.826.0.1.3680043."
"""Medical Connections' root, under which many makers have one number each (two parts further)."""


@dataclass
class Place:
    """One address of a title: when it was seen, with whose software."""

    hours: Hours = field(default_factory=Hours)
    makers: dict[str, int] = field(default_factory=dict)
    last: Ref | None = None


@dataclass
class Title:
    """The addresses of one AE title. `changes` counts those that came after the first, `hours` is of all of them."""

    places: dict[str, Place] = field(default_factory=dict)
    changes: int = 0
    hours: int = 0


@dataclass
class IdentityMemory:
    """What the detector remembers: titles, and how often here one moves, moves to another maker's software, or is
    updated by it."""

    titles: dict[str, Title] = field(default_factory=dict)
    moves: Site = field(default_factory=Site)
    strangers: Site = field(default_factory=Site)
    updates: Site = field(default_factory=Site)


def memory() -> IdentityMemory:
    """Give an empty memory."""
    return IdentityMemory()


def watch(kind: str, rows: Sequence[Medical], memory: IdentityMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Compare each association with what its title was."""
    for row in in_order(rows):
        if row.action == "associate" and row.protocol == "dicom" and row.calling and row.src:
            yield from _association(row, memory)


def finish(memory: IdentityMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def maker(uid: str) -> str:
    """Give the part of an implementation UID that names its maker; what follows are products and versions."""
    return ".".join(uid.split(".")[: 8 if uid.startswith(_ALLOTTED) else 5])


def _association(row: Medical, memory: IdentityMemory) -> Iterator[Sign]:
    title = touch(memory.titles, row.calling, Title, TITLES)
    place = title.places.get(row.src)
    software = maker(row.implementation)
    if place is None:
        yield from _elsewhere(row, title, software, memory)
        if row.status == "rejected":  # one who guesses is not learned
            return
        if title.places:
            title.changes += 1
            memory.moves.changes += 1
            memory.strangers.changes += _stranger(title, software)
    elif software and software not in place.makers and place.makers:
        yield from _updated(row, place, memory)
        memory.updates.changes += 1
    _learn(row, title, software, memory)


def _stranger(title: Title, software: str) -> bool:
    """Say whether this maker's software never called under this title."""
    makers = {name for place in title.places.values() for name in place.makers}
    return bool(software and makers) and software not in makers


def _learn(row: Medical, title: Title, software: str, memory: IdentityMemory) -> None:
    place = touch(title.places, row.src, Place, ADDRESSES)
    if place.hours.note(row.time_us):
        title.hours += 1
        memory.moves.hours += 1
        memory.strangers.hours += 1
        memory.updates.hours += 1
    if software:
        touch(place.makers, software, lambda: 0, MAKERS)
        place.makers[software] += 1
    place.last = packed(row.event)


def _elsewhere(row: Medical, title: Title, software: str, memory: IdentityMemory) -> Iterator[Sign]:
    """Weigh a title from an address that it never had."""
    if title.hours < ESTABLISHED_HOURS:
        return
    stranger = _stranger(title, software)
    decades = rarity(title.changes, title.hours, memory.strangers if stranger else memory.moves)
    latest = max(place.hours.last_us for place in title.places.values())
    if stranger:
        decades = min(MOST, decades + OTHER_MAKER)
    else:
        decades = min(decades, SAME_MAKER, SILENT if row.time_us - latest > DAY_US else SAME_MAKER)
    decades -= REFUSED * (row.status in {"rejected", "aborted"})
    if decades >= TOLD_DECADES:
        usual = max(title.places, key=lambda address: (title.places[address].hours.seen, address))
        message = _n("{src} called {dst} as {title}, which always was {usual} ({hours} h seen)")
        if stranger:
            message = _n(
                "{src} called {dst} as {title}, which always was {usual} ({hours} h seen), with another DICOM software "
                "({software})"
            )
        facts = {"usual": usual, "hours": str(title.hours), "software": row.implementation}
        yield _sign(row, message, facts, decades, title.places[usual].last)


def _updated(row: Medical, place: Place, memory: IdentityMemory) -> Iterator[Sign]:
    """Weigh another maker's software at an address that a title has."""
    decades = min(NEW_MAKER, rarity(len(place.makers) - 1, place.hours.seen, memory.updates))
    if place.hours.seen >= ESTABLISHED_HOURS and decades >= TOLD_DECADES:
        message = _n("{src} called {dst} as {title} with another DICOM software than ever before ({software})")
        yield _sign(row, message, {"software": row.implementation}, decades, place.last)


def _sign(row: Medical, message: str, facts: dict[str, str], decades: float, before: Ref | None) -> Sign:
    usual = facts.get("usual", "")
    return Sign(
        row.time_us,
        row.time_us,
        decades,
        message,
        {"src": row.src, "dst": row.dst, "title": row.calling, **facts},
        known(machine(row.src, "source"), machine(row.dst, "destination"), machine(usual, "target")),
        unpacked([*([before] if before is not None else []), packed(row.event)]),
        TECHNIQUES,
    )
