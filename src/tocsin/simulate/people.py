"""The people of a hospital: their work, desks, shifts and habits.

Enters: the desks of each service. Leaves: `Person`s, and the hours that each works on a day. Nothing is remembered
from day to day: a shift is drawn from the person, the week and the day.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from tocsin.simulate import words
from tocsin.simulate.acts import Account, Machine
from tocsin.simulate.dice import dice, number, pick

PER_CARE_DESK, PER_OFFICE_DESK = 4, 1.15
_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})


class Person(Struct, frozen=True, eq=False):
    """Somebody at work. `pattern` is shifts (care, day and night), day, office or admin."""

    account: Account
    rank: int
    work: str
    service: str
    pattern: str
    desks: tuple[Machine, ...]
    pace: float
    """How busy with the computer: 1 is usual."""
    typo: float
    """Share of log-ons with a mistyped password first."""
    remote: bool
    """Works at home now and then."""
    admin: Account | None = None
    """The second account of an administrator."""


class Shift(NamedTuple):
    """Hours at work, in minutes since the day's local midnight; a night's end lies beyond 1,440."""

    begin_min: int
    end_min: int


_WORKS = (("infirmier", 5), ("aide-soignant", 3), ("medecin", 3), ("secretaire", 1), ("interne", 1), ("cadre", 0.4))


def staff(
    seed: int,
    site: str,
    domain: str,
    suffix: str,
    sid: str,
    desks: Mapping[str, tuple[Machine, ...]],
    offices: tuple[Machine, ...],
    consoles: tuple[Machine, ...],
) -> tuple[Person, ...]:
    """Give everybody who has an account of their own."""
    taken: set[str] = set()
    found: list[Person] = []
    named = {one.name for several in desks.values() for one in several}
    groups = [(service, several) for service, several in desks.items() if several]
    groups.append(("", tuple(one for one in offices if one.name not in named)))
    for service, several in groups:
        office = bool(several) and several[0].zone_kind == "office"
        for place in range(int(len(several) * (PER_OFFICE_DESK if office else PER_CARE_DESK))):
            home = Home(seed, site, domain, suffix, sid, service, several, office)
            found.append(home.person(len(found), place, taken))
    for place in range(max(2, len(named) // 60) if consoles else 0):
        home = Home(seed, site, domain, suffix, sid, "informatique", consoles, True)
        found.append(home.administrator(len(found), place, taken))
    return tuple(found)


class Home(NamedTuple):
    """Where people of one kind work."""

    seed: int
    site: str
    domain: str
    suffix: str
    sid: str
    service: str
    desks: tuple[Machine, ...]
    office: bool

    def person(self, rank: int, place: int, taken: set[str]) -> Person:
        random = dice(self.seed, self.site, "person", rank)
        work = "administratif" if self.office else _work(random.random())
        pattern = "office" if self.office else "shifts" if work in {"infirmier", "aide-soignant"} else "day"
        first = self.desks[place % len(self.desks)]
        roams = () if self.office else tuple(pick(random, self.desks) for _ in range(3))
        remote = random.random() < (0.25 if self.office else 0.04)
        pace, typo = 0.5 + random.random(), 0.01 + 0.05 * random.random()
        account = self._account(rank, taken)
        return Person(account, rank, work, self.service, pattern, (first, *roams), pace, typo, remote)

    def administrator(self, rank: int, place: int, taken: set[str]) -> Person:
        person = self.person(rank, place, taken)
        own = person.account
        admin = Account(
            name=f"adm-{own.name.partition('.')[2] or own.name}",
            site=self.site,
            kind="admin",
            domain=self.domain,
            sid=f"{self.sid}-{900_000 + rank}",
            label=own.label,
            rank=rank + 5_000_000,
        )
        return Person(own, rank, "informaticien", self.service, "admin", person.desks, 1.4, person.typo, True, admin)

    def _account(self, rank: int, taken: set[str]) -> Account:
        random = dice(self.seed, self.site, "name", rank)
        first, last = pick(random, words.FIRST), pick(random, words.LAST)
        login = base = f"{plain(first)[0]}.{plain(last)}"
        again = 1
        while login in taken:
            again += 1
            login = f"{base}{again}"
        taken.add(login)
        return Account(
            name=login,
            site=self.site,
            domain=self.domain,
            sid=f"{self.sid}-{1500 + rank}",
            mail=f"{login}@{self.suffix}",
            label=f"{first} {last}",
            rank=rank,
        )


def _work(drawn: float) -> str:
    left = drawn * sum(weight for _, weight in _WORKS)
    for work, weight in _WORKS:
        left -= weight
        if left < 0:
            return work
    return _WORKS[0][0]


def plain(text: str) -> str:
    """Give a name in small letters without accents, as logins are made."""
    parted = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in parted if char.isalnum() and char.isascii())


def free(day: date) -> bool:
    """Say whether a day is a week-end or a public holiday (those of fixed date)."""
    return day.weekday() >= 5 or (day.month, day.day) in _HOLIDAYS


_ROTA = ((405, 855), (825, 1275), (1245, 1860))
"""The three shifts of care: 06:45-14:15, 13:45-21:15, 20:45-07:00."""


def shifts(person: Person, seed: int, day: date) -> Iterator[Shift]:
    """Give the hours that somebody works on a day, none on a day off."""
    random = dice(seed, person.account.site, "shift", person.rank, day.toordinal())
    late = int(random.gauss(0, 7))
    if person.pattern == "shifts":
        yield from _rota(person, seed, day, late, random.random())
    elif person.pattern == "day":
        yield from _doctor(person, day, late, random.random())
    elif not free(day) and random.random() < 0.88:
        begin = 510 + number(seed, "habit", person.account.name) % 60 + late
        yield Shift(begin, begin + 500 + int(random.gauss(0, 20)))
    elif person.pattern == "admin" and random.random() < 0.15:
        yield Shift(600 + late, 720 + late)


def _rota(person: Person, seed: int, day: date, late: int, drawn: float) -> Iterator[Shift]:
    """Some always work at night; the others change every week. Fewer work on week-ends."""
    if drawn > (0.45 if free(day) else 0.62):
        return
    habit = number(seed, "rota", person.account.site, person.rank)
    turn = 2 if habit % 5 == 0 else (habit + day.toordinal() // 7) % 2
    begin, end = _ROTA[turn]
    yield Shift(begin + late, end + late // 2)


def _doctor(person: Person, day: date, late: int, drawn: float) -> Iterator[Shift]:
    if free(day):
        if drawn < 0.18:
            yield Shift(540 + late, 1110 + late)
    elif drawn < 0.8:
        yield Shift(490 + late + person.rank % 40, 1080 + late + person.rank % 50)
    elif drawn < 0.87:
        yield Shift(490 + late, 1440 + 480)
