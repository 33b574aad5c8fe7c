"""Messages between applications: admissions by the clock of the wards, laboratory results with their night batches.

Enters: the flows that the map declares on HL7 ports. Leaves: HL7 messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from tocsin.simulate.acts import Act, Message, Talk
from tocsin.simulate.calendar import Stretch
from tocsin.simulate.cast import Link, Place
from tocsin.simulate.dice import dice, heavy, moments, pick

PORTS = frozenset({2575, 2576, 6661})
_ADT = ("ADT^A01", "ADT^A02", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A08", "ADT^A08")
_WORDS = (
    ("gap", _ADT, 26.0),
    ("sip", ("ADT^A28", "ADT^A31", "ADT^A40"), 9.0),
    ("agenda", ("SIU^S12", "SIU^S14", "SIU^S15"), 16.0),
    ("dpi", ("ORM^O01", "OML^O21", "ADT^A08"), 14.0),
    ("pharma", ("RDE^O11", "ORM^O01"), 22.0),
    ("sil", ("ORU^R01", "ORU^R01", "OML^O21"), 30.0),
    ("resultats", ("ORU^R01",), 12.0),
    ("passerelle", ("ORU^R01",), 60.0),
    ("obst", ("ADT^A08", "MDM^T02"), 3.0),
    ("anest", ("MDM^T02",), 2.5),
)
_OTHERS = (("ADT^A08",), 4.0)


@lru_cache(maxsize=64)
def _senders(place: Place) -> tuple[tuple[Link, tuple[str, ...], float], ...]:
    """Give, for each application that sends to a message bus, what and how much; the bus passes it on."""
    found = []
    for links in place.links.values():
        for link in links:
            if link.port in PORTS and link.client.role not in {"hl7_engine", "analyser", "ris"}:
                name = link.client.name.lower()
                words, rate = next(((words, rate) for start, words, rate in _WORDS if name.startswith(start)), _OTHERS)
                found.append((link, words, rate))
                break
    return tuple(found)


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give the messages of all applications and analysers."""
    for link, words, rate in _senders(place):
        random = dice(place.seed, place.site, "messages", link.client.rank, stretch.number)
        load = 0.08 + stretch.load(None)
        for at_us in moments(random, rate * load * stretch.hours, stretch.begin_us, stretch.end_us):
            ack = "AE" if random.random() < 0.003 else "AA"
            kind = pick(random, words)
            yield Message(at_us, random.getrandbits(63), link.client, link.server, kind, ack=ack, port=link.port)
            yield from _passed_on(place, link, kind, random, at_us)
    yield from _laboratory(place, stretch)


def _passed_on(place: Place, link: Link, kind: str, random: Random, at_us: int) -> Iterator[Act]:
    """The bus sends admissions to all others, results to the record."""
    if link.server.role != "hl7_engine":
        return
    targets = [
        one for one in place.links.get(link.server.name, ()) if one.port in PORTS and one.server is not link.client
    ]
    wanted = targets if kind.startswith("ADT") else targets[:2]
    for rank, target in enumerate(wanted[:6]):
        later = at_us + 120_000 + rank * 40_000
        yield Message(later, random.getrandbits(63), link.server, target.server, kind, port=target.port)


def _laboratory(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Analysers send results as samples come: most after the morning's round, urgent ones always."""
    hour = stretch.hour
    rate = 42.0 if 6 <= hour < 10 else 18.0 if 10 <= hour < 19 else 5.0
    for analyser in place.of("analyser"):
        links = [one for one in place.links.get(analyser.name, ()) if one.port in PORTS or 5000 <= one.port <= 5010]
        if not links:
            continue
        random = dice(place.seed, place.site, "analyser", analyser.rank, stretch.number)
        for at_us in moments(random, rate * stretch.hours, stretch.begin_us, stretch.end_us):
            no, link = random.getrandbits(63), links[0]
            if link.port in PORTS:
                yield Message(at_us, no, analyser, link.server, "ORU^R01", port=link.port)
            else:
                size = int(heavy(random, 400, 9_000))
                yield Talk(at_us, no, analyser, link.server, link.port, "tcp", "", size, 90, 0.3)
