"""Those from outside who are not: scans of the public addresses, robots that try the VPN and the cloud.

Enters: nothing but the hospital's outside address. Leaves: acts that the edge refuses; they go on all the time.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.simulate.acts import Account, Act, Machine, SignIn, Talk, Vpn
from tocsin.simulate.calendar import Stretch
from tocsin.simulate.cast import Place, outside
from tocsin.simulate.dice import dice, early, moments, pick

_PORTS = (23, 22, 445, 3389, 80, 8080, 443, 5060, 8443, 2222, 21, 1433, 3306, 5900, 25, 81, 8000, 6379, 7547, 110, 9200)
_NAMES = ("admin", "test", "user", "vpn", "support", "guest", "administrator", "backup", "root", "scan", "info")


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give the noise of the Internet."""
    random = dice(place.seed, place.site, "strangers", stretch.number)
    edge = Machine(name="edge", address=place.outside_address, site=place.site, zone="wan", zone_kind="external")
    for at_us in moments(random, 90 * stretch.hours, stretch.begin_us, stretch.end_us):
        client = outside(f"198.51.100.{1 + int(random.random() * 199)}")
        port = early(random, _PORTS, 1.4)
        yield Talk(at_us, random.getrandbits(63), client, edge, port, "tcp", "", 0, 0, 0.0, "S0", True)
    gateway = place.first("vpn")
    for at_us in moments(random, 1.2 * stretch.hours, stretch.begin_us, stretch.end_us):
        address = f"198.51.100.{1 + int(random.random() * 199)}"
        account = Account(name=pick(random, _NAMES), site=place.site, rank=9_990_000)
        if gateway is not None:
            yield Vpn(at_us, random.getrandbits(63), account, gateway, address, "failed", country="Reserved")
    for at_us in moments(random, 0.6 * stretch.hours, stretch.begin_us, stretch.end_us):
        if place.people:
            target = pick(random, place.people).account
            address = f"198.51.100.{1 + int(random.random() * 199)}"
            no, country = random.getrandbits(63), pick(random, ("CN", "BR", "VN", "US", "RU"))
            yield SignIn(
                at_us,
                no,
                target,
                address=address,
                country=country,
                code=50126,
                legacy="IMAP4",
                agent="curl",
                device="",
            )
