"""Imaging: lists of examinations, images sent and read again.

Enters: modalities and archives, by the flows that the map declares. Leaves: DICOM associations, HL7 messages, audits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from tocsin.simulate.acts import Act, Audit, Message, Study
from tocsin.simulate.calendar import MINUTE_US, Stretch
from tocsin.simulate.cast import Link, Place
from tocsin.simulate.dice import dice, heavy, moments, number
from tocsin.simulate.life.background import own_account
from tocsin.simulate.life.sittings import within

_PORTS = frozenset({104, 11112, 2761, 2762})
_ARCHIVES = frozenset({"pacs", "dicom_router"})


class Kind(NamedTuple):
    """Examinations an hour at full load, images of one, bytes of an image."""

    rate: float
    images: int
    size: int


_KINDS = (
    ("ct", Kind(3.5, 420, 540_000)),
    ("scan", Kind(3.5, 420, 540_000)),
    ("irm", Kind(1.8, 320, 300_000)),
    ("mr", Kind(1.8, 320, 300_000)),
    ("mg", Kind(1.6, 5, 27_000_000)),
    ("us", Kind(2.5, 24, 900_000)),
    ("arceau", Kind(0.6, 12, 2_000_000)),
)
_PLAIN = Kind(4.5, 3, 9_000_000)


@lru_cache(maxsize=64)
def _modalities(place: Place) -> tuple[tuple[Kind, Link | None, tuple[Link, ...]], ...]:
    """Give each modality's kind, the link to its worklist and those to archives."""
    found = []
    for machine in place.of("modality"):
        links = [one for one in place.links.get(machine.name, ()) if one.port in _PORTS]
        worklist = next((one for one in links if one.server.role == "worklist"), None)
        archives = tuple(one for one in links if one.server.role in _ARCHIVES)
        kind = next((kind for start, kind in _KINDS if machine.name.lower().startswith(start)), _PLAIN)
        if archives:
            found.append((kind, worklist, archives))
    return tuple(found)


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give the examinations, the morning's tests, and what is read."""
    service = place.services.get("imagerie")
    for kind, worklist, archives in _modalities(place):
        machine = archives[0].client
        random = dice(place.seed, place.site, "imaging", machine.rank, stretch.number)
        load = stretch.load(service)
        for at_us in moments(random, kind.rate * load * stretch.hours, stretch.begin_us, stretch.end_us):
            yield from _examination(place, kind, worklist, archives[0], random, at_us)
        test = stretch.at(400 + number("test", machine.name) % 60)
        if stretch.holds(test):
            for rank, link in enumerate((*archives, *([worklist] if worklist else []))):
                no = number(place.seed, "test", machine.name, stretch.number, rank) >> 1
                yield Study(test + rank * 4_000_000, no, machine, link.server, "C-ECHO", 1, 300, link.port)
    yield from _reading(place, stretch)


def _examination(
    place: Place, kind: Kind, worklist: Link | None, archive: Link, random: Random, at_us: int
) -> Iterator[Act]:
    """The list is asked, the images follow; the RIS tells the others."""
    modality = archive.client
    if worklist is not None:
        found = 3 + int(random.random() * 20)
        yield Study(at_us, random.getrandbits(63), modality, worklist.server, "C-FIND", found, 4_000, worklist.port)
    images = max(1, int(kind.images * (0.4 + 1.3 * random.random())))
    later = at_us + int(random.uniform(2, 14) * MINUTE_US)
    size = int(images * kind.size * (0.7 + 0.6 * random.random()))
    yield Study(later, random.getrandbits(63), modality, archive.server, "C-STORE", images, size, archive.port)
    account = own_account(place, modality)
    yield Audit(later + 60_000_000, random.getrandbits(63), archive.server, account, modality, "transfer")
    ris = place.first("ris")
    link = next((one for one in place.links.get(ris.name, ()) if one.port in {2575, 2576}), None) if ris else None
    if ris is not None and link is not None:
        told = (at_us - 8 * MINUTE_US, "ORM^O01"), (later + 30 * MINUTE_US, "ORU^R01")
        for moment, message in told:
            yield Message(moment, random.getrandbits(63), ris, link.server, message, port=link.port)


def _reading(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Those who read images ask the archive for them."""
    for sitting in within(place, stretch):
        desk = sitting.desk
        links = [one for one in place.links.get(desk.name, ()) if one.server.role == "pacs"]
        if not links or sitting.person.work not in {"medecin", "interne"}:
            continue
        random = dice(place.seed, place.site, "reading", sitting.person.rank, sitting.session, stretch.number)
        begin, end = max(sitting.begin_us, stretch.begin_us), min(sitting.end_us, stretch.end_us)
        rate = 6.0 if desk in place.desks_of.get("imagerie", ()) else 1.2
        for at_us in moments(random, rate * (end - begin) / 3.6e9, begin, end):
            server, images = links[0].server, int(heavy(random, 3, 900))
            yield Study(
                at_us, random.getrandbits(63), desk, server, "C-FIND", 1 + int(random.random() * 8), 2_000, 11112
            )
            yield Study(at_us + 3_000_000, random.getrandbits(63), desk, server, "C-MOVE", images, images * 400, 11112)
            audit = at_us + 9_000_000
            yield Audit(audit, random.getrandbits(63), server, sitting.person.account, desk, "images")
