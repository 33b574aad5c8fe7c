"""Work from home: the VPN comes up in the morning, slips included, and goes down in the evening.

Enters: people who work at home today. Leaves: acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tocsin.simulate.acts import Act, CloudWork, Machine, SignIn, Visit, Vpn
from tocsin.simulate.calendar import MINUTE_US, Stretch
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import dice, heavy, moments, number, pick
from tocsin.simulate.life.operations import guest
from tocsin.simulate.life.sittings import away
from tocsin.simulate.people import Person, shifts


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give the tunnels of a stretch and what goes through them."""
    gateway = place.first("vpn")
    tunnel = next(
        ((zone, prefix) for zone, (kind, prefix) in place.zones.items() if kind == "external" and prefix), None
    )
    if gateway is None or tunnel is None:
        return
    for person in place.people:
        if person.remote and away(place, person, stretch.day):
            for shift in shifts(person, place.seed, stretch.day):
                begin, end = stretch.at(shift.begin_min), stretch.at(min(shift.end_min, 1_430))
                if begin < stretch.end_us and end > stretch.begin_us:
                    yield from _day(place, stretch, person, gateway, tunnel, begin, end)


def _day(
    place: Place, stretch: Stretch, person: Person, gateway: Machine, tunnel: tuple[str, str], begin: int, end: int
) -> Iterator[Act]:
    random = dice(place.seed, place.site, "remote", person.rank, stretch.number)
    address = f"203.0.113.{1 + number('home', person.account.name) % 190}"
    desk = guest(place, tunnel[1], tunnel[0], 30 + person.rank % 28, f"portable-{person.rank:04}")
    length = (end - begin) / 1e6
    account = person.account
    if stretch.holds(begin):
        if random.random() < person.typo * 3:
            yield Vpn(begin - 20_000_000, random.getrandbits(63), account, gateway, address, "failed")
        no, got = random.getrandbits(63), int(length * 20_000)
        yield SignIn(begin - 4_000_000, random.getrandbits(63), account, "Accès distant", address, mfa=True)
        yield Vpn(begin, no, account, gateway, address, "up", desk.address, length, got // 8, got)
    if stretch.holds(end):
        yield Vpn(
            end, random.getrandbits(63), account, gateway, address, "down", desk.address, length, 9_000_000, 70_000_000
        )
    yield from _through(
        place, person, desk, random, max(begin + MINUTE_US, stretch.begin_us), min(end, stretch.end_us), address
    )


def _through(
    place: Place, person: Person, desk: Machine, random: Random, begin: int, end: int, address: str
) -> Iterator[Act]:
    servers = [
        one for one in (place.first("mail"), place.first("web"), *place.of("application")[:6]) if one is not None
    ]
    if end <= begin or not servers:
        return
    hours = (end - begin) / 3.6e9
    for at_us in moments(random, 14 * hours, begin, end):
        server = servers[(person.rank + int(random.random() ** 2 * 3)) % len(servers)]
        got, length = int(heavy(random, 3_000, 2_000_000)), heavy(random, 0.1, 60)
        yield Visit(at_us, random.getrandbits(63), desk, server, server.full_name, got=got, duration=length)
    for at_us in moments(random, 5 * hours, begin, end):
        operation = pick(random, ("FileAccessed", "FileModified", "FilePreviewed"))
        item = f"Documents partages/{person.service or 'Direction'}/{int(random.random() * 200):03}-note.docx"
        yield CloudWork(at_us, random.getrandbits(63), person.account, operation, "SharePoint", item, address)
