"""Who sits where and when: the days of people at desks, own and shared.

Enters: a person and a day. Leaves: `Sitting`s, the same whenever they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from tocsin.simulate.acts import Machine
from tocsin.simulate.calendar import MINUTE_US, Stretch, midnight
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import dice, pick
from tocsin.simulate.people import Person, Shift, shifts


class Sitting(NamedTuple):
    """Somebody at a desk from `begin_us` to `end_us`. `again` where the desk was only locked before."""

    person: Person
    desk: Machine
    begin_us: int
    end_us: int
    session: int
    again: bool
    leaves: bool
    """Logs off at the end; else the desk is locked."""


@lru_cache(maxsize=8)
def of_day(place: Place, day: date) -> tuple[Sitting, ...]:
    """Give all sittings that begin on a day."""
    zero = midnight(day, place.zone_of_time)
    found = []
    for person in place.people:
        for shift in shifts(person, place.seed, day):
            if not away(place, person, day):
                found += list(_sittings(place, person, day, shift, zero))
    return tuple(found)


def away(place: Place, person: Person, day: date) -> bool:
    """Say whether somebody works at home on a day."""
    return person.remote and dice(place.seed, "home", person.account.name, day.toordinal()).random() < 0.3


def within(place: Place, stretch: Stretch) -> Iterator[Sitting]:
    """Give the sittings that touch a stretch."""
    for day in (stretch.day - timedelta(days=1), stretch.day):
        for sitting in of_day(place, day):
            if sitting.begin_us < stretch.end_us and sitting.end_us > stretch.begin_us:
                yield sitting


def _sittings(place: Place, person: Person, day: date, shift: Shift, zero: int) -> Iterator[Sitting]:
    random = dice(place.seed, "sittings", person.account.site, person.rank, day.toordinal(), shift.begin_min)
    if person.pattern in {"office", "admin"}:
        yield from _own_desk(person, shift, zero, day, random.uniform(35, 70), random.uniform(-20, 30))
        return
    at = shift.begin_min + random.uniform(2, 20)
    session, used = day.toordinal() * 40, set[str]()
    while at < shift.end_min - 8:
        desk = person.desks[0] if random.random() < 0.5 else pick(random, person.desks)
        length = random.uniform(6, 35)
        end = min(at + length, shift.end_min)
        session += 1
        begin_us, end_us = zero + int(at * MINUTE_US), zero + int(end * MINUTE_US)
        yield Sitting(person, desk, begin_us, end_us, session, desk.name in used, random.random() < 0.4)
        used.add(desk.name)
        at = end + random.uniform(4, 40)


def _own_desk(person: Person, shift: Shift, zero: int, day: date, lunch: float, late: float) -> Iterator[Sitting]:
    desk, session = person.desks[0], day.toordinal() * 40
    noon = 735 + late
    begin, end = zero + shift.begin_min * MINUTE_US, zero + shift.end_min * MINUTE_US
    out, back = zero + int(noon * MINUTE_US), zero + int((noon + lunch) * MINUTE_US)
    if out <= begin or back >= end:
        yield Sitting(person, desk, begin, end, session, False, True)
        return
    yield Sitting(person, desk, begin, out, session, False, False)
    yield Sitting(person, desk, back, end, session, True, True)
