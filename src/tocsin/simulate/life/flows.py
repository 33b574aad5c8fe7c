"""Traffic of servers and devices along the flows that the map declares, each port in its own way.

Enters: declared flows. Leaves: connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tocsin.simulate.acts import Act, Talk, Visit
from tocsin.simulate.calendar import MINUTE_US, Stretch
from tocsin.simulate.cast import Link, Place
from tocsin.simulate.dice import beats, dice, heavy, moments, number

_DESKS = frozenset({"workstation", "trolley", "thin_client"})
_TOLD_ELSEWHERE = frozenset(
    {53, 88, 104, 11112, 2575, 2576, 6661, 25, 67, 123, 3128, 5985, 135, 902, 6162, 2500, 22, 9100, 445}
)
"""Ports whose traffic other activities make."""
_BASES = {1521: "oracle", 1433: "tds", 5432: "postgresql", 3306: "mysql"}
_STREAMS = range(16_384, 32_768)


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give the traffic of all machines that are not desks."""
    for links in place.links.values():
        client = links[0].client
        if client.role in _DESKS:
            continue
        random = dice(place.seed, place.site, "flows", client.rank, stretch.number)
        for link in links:
            if link.port not in _TOLD_ELSEWHERE:
                yield from _link(place, stretch, link, random)


def _link(place: Place, stretch: Stretch, link: Link, random: Random) -> Iterator[Act]:
    if link.port in _BASES:
        yield from _base(stretch, link, random)
    elif link.port in {6514, 514}:
        yield from _logs(stretch, link)
    elif link.proto == "udp":
        yield from _stream(stretch, link)
    elif link.port == 443:
        yield from _requests(place, stretch, link, random)
    else:
        for at_us in moments(random, 2 * stretch.hours, stretch.begin_us, stretch.end_us):
            sent, got = int(heavy(random, 200, 90_000)), int(heavy(random, 300, 400_000))
            length = heavy(random, 0.05, 120)
            no = random.getrandbits(63)
            yield Talk(at_us, no, link.client, link.server, link.port, "tcp", "", sent, got, length)


def _base(stretch: Stretch, link: Link, random: Random) -> Iterator[Act]:
    """Pools of connections to a database, renewed now and then."""
    rate = 12 * (0.3 + stretch.load(None))
    for at_us in moments(random, rate * stretch.hours, stretch.begin_us, stretch.end_us):
        length = heavy(random, 4, 1_500)
        size = int(length * 9_000)
        no = random.getrandbits(63)
        service = _BASES[link.port] if link.port == 3306 else ""
        yield Talk(at_us, no, link.client, link.server, link.port, "tcp", service, size, size * 4, length)


def _logs(stretch: Stretch, link: Link) -> Iterator[Act]:
    phase = number("logs", link.client.name)
    for at_us in beats(stretch.begin_us, stretch.end_us, 30 * MINUTE_US, phase):
        size = 300_000 + (phase ^ at_us) % 700_000
        yield Talk(at_us, phase ^ at_us, link.client, link.server, 6514, "tcp", "ssl", size, 9_000, 1_790.0)


def _stream(stretch: Stretch, link: Link) -> Iterator[Act]:
    """Waves of monitors, phones, building controllers: a flow that goes on, told every quarter of an hour."""
    phase = number("stream", link.client.name, link.server.name)
    every = 240 * MINUTE_US if link.port in _STREAMS or link.port == 5060 else 15 * MINUTE_US
    for at_us in beats(stretch.begin_us, stretch.end_us, every, phase):
        length = every / 1e6 - 1
        size = int(length * 900)
        service = "sip" if link.port == 5060 else ""
        yield Talk(at_us, phase ^ at_us, link.client, link.server, link.port, "udp", service, size, size // 20, length)


def _requests(place: Place, stretch: Stretch, link: Link, random: Random) -> Iterator[Act]:
    """Devices and servers that speak to an application's interface."""
    rate = 6 * (0.4 + stretch.load(None))
    for at_us in moments(random, rate * stretch.hours, stretch.begin_us, stretch.end_us):
        yield Visit(
            at_us,
            random.getrandbits(63),
            link.client,
            link.server,
            link.server.full_name,
            443,
            True,
            int(heavy(random, 400, 40_000)),
            int(heavy(random, 500, 90_000)),
            heavy(random, 0.05, 8),
            "POST",
            "/api/v2/etat",
            "device",
        )
