"""A generated site for the network detectors: what machines of a hospital ask and send on some days, with its traps.

Enters: a seed. Leaves: DNS questions, connections and names asked for, in order of time.

The traps are what tunnels, algorithms and thefts are mistaken for: delivery networks with drawn names, a mail gateway
that asks block lists, mail keys and senders that are gone, virus scanners that look up hashes, own machines and search
suffixes, dead links, nightly backups, synchronised clouds, calls, a machine that publishes images, updates of software
that send telemetry, a new backup on the last day but one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

from tocsin.detect.behaviour.facts import FactsByKind, Flow, Query, Web
from tocsin.model import EventRef

HOUR, DAY = 3_600.0, 86_400.0
MB = 1_000_000
START_S = 1_772_409_600.0
MACHINES, DAYS = 250, 4
CDN = ("reseau-livraison.example", "edge-rapide.example", "images-monde.example", "statique.example")
WORDS = (
    "soin service agenda portail lettre image dossier planning pharmacie bloc accueil urgence radio labo courrier"
    " reunion formation achat paie stock transport cuisine linge parking hygiene archive mesure dialyse greffe"
).split()
_numbers = count()


def ref(second: float, source: str) -> EventRef:
    """Give a reference of its own."""
    number = next(_numbers)
    return EventRef(f"{number:014x}", source, round(second * 1e6), "generated", number)


def asked(
    second: float, src: str, name: str, qtype: str = "A", rcode: str = "NOERROR", answers: tuple[str, ...] = ()
) -> Query:
    """Make a question."""
    return Query(round(second * 1e6), src, name, qtype, rcode, answers, ref(second, "zeek.dns"))


def sent(second: float, src: str, dst: str, up: int, down: int, port: int = 443) -> Flow:
    """Make a connection."""
    return Flow(round(second * 1e6), src, dst, port, "tcp", "ssl", up, down, 9.0, "SF", ref(second, "zeek.conn"))


def seen(second: float, src: str, dst: str, host: str) -> Web:
    """Make a handshake."""
    return Web(round(second * 1e6), src, dst, 443, host, "", True, ref(second, "zeek.ssl"))


def drawn(rng: random.Random, length: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz0123456789") -> str:
    """Draw a label."""
    return "".join(rng.choices(alphabet, k=length))


def address(name: str) -> str:
    """Give the public address of a name, always the same."""
    number = sum((place + 1) * 131**place % 65_521 * ord(char) for place, char in enumerate(name)) % 50_000
    return f"203.0.{number // 250 % 113}.{number % 250 + 1}"


def machine(number: int) -> str:
    """Give the address of a machine."""
    return f"10.20.{number // 200}.{number % 200 + 1}"


def _desk(rng: random.Random, src: str, day: float) -> Iterator[Query | Flow | Web]:
    """Somebody's day: sites, what they load from delivery networks, dead links, a cloud that is synchronised, calls."""
    for _ in range(rng.randint(10, 30)):
        second = day + rng.uniform(7, 19) * HOUR
        word = WORDS[min(int(rng.paretovariate(0.7)), len(WORDS)) - 1]
        site = f"{word}-{rng.choice(WORDS)}.example.com" if rng.random() < 0.5 else f"{word}{len(word)}.example.fr"
        for name in (f"www.{site}", f"d{drawn(random.Random(rng.randint(1, 4_000)), 13)}.{rng.choice(CDN)}"):
            yield asked(second, src, name, rng.choice(("A", "AAAA")), answers=(address(name),))
            yield sent(second + 1, src, address(name), round(rng.lognormvariate(7.5, 1.2)), 90_000)
            yield seen(second + 1, src, address(name), name)
    if rng.random() < 0.3:
        dead = f"{rng.choice(WORDS)}{rng.choice(WORDS)}{rng.randint(1, 99)}.fr"
        yield asked(day + rng.uniform(8, 18) * HOUR, src, dead, rcode="NXDOMAIN")
    yield asked(day + 8 * HOUR, src, f"{rng.choice(WORDS)}.example.com.chu-exemple.fr", rcode="NXDOMAIN")
    yield asked(day + 8 * HOUR, src, drawn(rng, 10), rcode="NXDOMAIN")
    cloud = f"198.51.100.{1 + int(src.rpartition('.')[2]) % 5}"
    for _ in range(4):
        yield sent(day + rng.uniform(7, 19) * HOUR, src, cloud, round(rng.lognormvariate(13, 1.6)), 80_000)
    if rng.random() < 0.15:
        yield sent(day + 14 * HOUR, src, f"203.0.112.{rng.randint(1, 200)}", 180 * MB, 150 * MB)
    for _ in range(3):  # a virus scanner's hashes, on every machine
        yield asked(
            day + rng.uniform(7, 19) * HOUR, src, f"{drawn(rng, 32, '0123456789abcdef')}.avis.example.org", "TXT"
        )


def _servers(rng: random.Random, number: int, day: float) -> Iterator[Query | Flow | Web]:
    """The mail gateway, the backup, who publishes images, a partner who gets files, telemetry."""
    gateway = "10.20.9.25"
    for n in range(400):
        second, sender = day + rng.uniform(0, 24) * HOUR, f"{rng.choice(WORDS)}-{rng.choice(WORDS)}{n % 40}"
        back = ".".join(str(rng.randint(1, 250)) for _ in range(4))
        yield asked(second, gateway, f"{back}.liste.example.net", answers=("127.0.0.2",))
        yield asked(
            second, gateway, f"s{n % 90}._domainkey.{sender}.example", "TXT", answers=("v=DKIM1; " + "p" * 200,)
        )
        yield asked(
            second, gateway, f"{drawn(rng, 40, '0123456789abcdef')}.empreinte.example.net", answers=("127.0.0.1",)
        )
        if n % 9 == 0:
            yield asked(second, gateway, f"{sender}.fr", "MX", "NXDOMAIN")
    yield sent(day + 2 * HOUR, "10.20.9.10", "198.51.100.200", 40_000 * MB, 90 * MB)
    for _ in range(12):
        yield sent(day + rng.uniform(8, 18) * HOUR, "10.20.9.80", f"203.0.{rng.randint(60, 110)}.9", 120 * MB, 2 * MB)
    if number == DAYS - 2:
        yield sent(day + 3 * HOUR, "10.20.9.11", "198.51.100.210", 900 * MB, 4 * MB)
    if number >= DAYS - 2:
        yield sent(day + 15 * HOUR, machine(7), "203.0.111.9", 60 * MB, MB)


def generate(seed: int) -> FactsByKind:
    """Make some days of a site."""
    rng, rows = random.Random(seed), []
    for number in range(DAYS):
        day = START_S + number * DAY
        for host in range(MACHINES):
            rows += _desk(rng, machine(host), day)
        rows += _servers(rng, number, day)
    rows.sort(key=lambda row: row.time_us)
    return {kind: [row for row in rows if type(row).__name__ == kind] for kind in ("Query", "Flow", "Web")}
