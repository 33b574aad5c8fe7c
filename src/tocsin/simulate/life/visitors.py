"""Those from outside who are welcome: visitors on the guest Wi-Fi, patients on the portal, mail.

Enters: guests' zones, portals, relays. Leaves: acts.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.simulate import words
from tocsin.simulate.acts import Act, Lookup, Mail, Visit
from tocsin.simulate.calendar import Stretch
from tocsin.simulate.cast import Place, outside
from tocsin.simulate.dice import dice, heavy, moments, number, pick
from tocsin.simulate.life.operations import guest


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give all of it."""
    yield from _guests(place, stretch)
    yield from _portal(place, stretch)
    yield from _mail(place, stretch)


def _guests(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Phones and laptops of patients and visitors: they stay some hours, and only use the web."""
    zone = next(((name, prefix) for name, (kind, prefix) in place.zones.items() if kind == "guest" and prefix), None)
    if zone is None:
        return
    several = max(4, place.beds // 4)
    hour = stretch.hour
    share = 0.15 if hour < 7 or hour >= 22 else 1.0 if 12 <= hour < 20 else 0.7
    for rank in range(int(several * share)):
        who = rank + 1_000 * (number(place.seed, rank, stretch.day) % 9)
        random = dice(place.seed, place.site, "guest", who, stretch.number)
        phone = guest(place, zone[1], zone[0], 20 + who, f"invite-{who}")
        for at_us in moments(random, 9 * stretch.hours, stretch.begin_us, stretch.end_us):
            site = place.internet[int(random.random() ** 2.4 * len(place.internet))]
            got, length = int(heavy(random, 4_000, 40_000_000)), 0.3 + heavy(random, 0.2, 200)
            no, sent = random.getrandbits(63), int(heavy(random, 700, 90_000))
            yield Visit(at_us, no, phone, site, site.name, sent=sent, got=got, duration=length, agent="phone")


def _portal(place: Place, stretch: Stretch) -> Iterator[Act]:
    portals = [one for one in place.of("web") if one.zone_kind == "dmz"]
    random = dice(place.seed, place.site, "portal", stretch.number)
    for portal in portals:
        for at_us in moments(random, 40 * (0.1 + stretch.office) * stretch.hours, stretch.begin_us, stretch.end_us):
            client = outside(f"203.0.113.{1 + int(random.random() * 190)}")
            name = f"rendezvous.{place.suffix}"
            got = int(heavy(random, 5_000, 600_000))
            agent = pick(random, ("phone", "edge", "chrome", "firefox"))
            yield Visit(at_us, random.getrandbits(63), client, portal, name, got=got, duration=1.5, agent=agent)


def _mail(place: Place, stretch: Stretch) -> Iterator[Act]:
    relays = [one for one in place.of("mail") if one.zone_kind == "dmz"]
    inside = next((one for one in place.of("mail") if one.zone_kind != "dmz"), None)
    if not relays or not place.people:
        return
    random = dice(place.seed, place.site, "mail", stretch.number)
    rate = len(place.people) * 0.5 * (0.06 + stretch.office)
    for at_us in moments(random, rate * stretch.hours, stretch.begin_us, stretch.end_us):
        relay, account = pick(random, relays), pick(random, place.people).account
        site = pick(random, place.internet)
        domain = site.name.partition(".")[2]
        other = f"{pick(random, words.LAST).lower()}@{domain}"
        size = int(heavy(random, 6_000, 15_000_000))
        subject = pick(random, ("Rendez-vous", "Compte rendu", "RE: planning", "Facture", "Réunion", "Formation"))
        if random.random() < 0.7:
            sender = outside(site.address, f"mx.{domain}")
            yield Mail(at_us, random.getrandbits(63), sender, relay, other, (account.mail,), subject, size)
            if inside is not None:
                no = random.getrandbits(63)
                yield Mail(at_us + 2_000_000, no, relay, inside, other, (account.mail,), subject, size)
        else:
            target = outside(site.address, f"mx.{domain}")
            resolver = place.controller(relay.rank)
            if resolver is not None:
                no = random.getrandbits(63)
                yield Lookup(at_us - 50_000, no, relay, resolver, domain, (f"mx.{domain}",), "MX")
            yield Mail(at_us, random.getrandbits(63), relay, target, account.mail, (other,), subject, size)
