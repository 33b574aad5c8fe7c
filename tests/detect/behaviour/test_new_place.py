"""New device, network and country; journeys that nobody can make."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, logon, names, tell
from tocsin.detect.behaviour import new_place, places

HERE = "FR@48.86,2.35"


def sign_in(
    minutes: float, account: str, src: str, place: str = HERE, device: str = "Firefox/140.0 Windows", **more: str
) -> object:
    return logon(minutes, account, src, "courriel", more.get("kind", "cloud"), place=place, device=device)


def usual(days: int = 20, accounts: int = 12) -> list:
    """People at home (own network) and at work (one gateway), with one client each."""
    return [
        sign_in(day * DAY + hour * HOUR + n, f"agent{n}", src, device=f"Firefox/{130 + day}.0 Windows")
        for day in range(days)
        for n in range(accounts)
        for hour, src in ((9, "192.0.2.10"), (20, f"198.51.{n}.7"))
    ]


def test_new_client_network_and_country() -> None:
    (sign,) = tell(new_place, [*usual(), sign_in(21 * DAY, "agent3", "203.0.113.9", "BR", "curl/8.1")])
    assert sign.facts["new"] == "network, country, client"
    assert sign.decades > 1.5
    assert names(sign, "actor") == ["agent3"]
    assert names(sign, "source") == ["203.0.113.9"]
    assert sign.techniques == ("T1078.004",)


def test_a_journey_that_nobody_can_make() -> None:
    start = 21 * DAY
    rows = [
        *usual(),
        sign_in(start, "agent3", "198.51.3.7"),
        sign_in(start + 60, "agent3", "203.0.113.9", "JP@35.68,139.69"),
    ]
    (sign,) = tell(new_place, rows)
    assert sign.facts["km"] == "9513"
    assert sign.decades >= 2.0
    assert sign.facts["before"] == "FR"


QUIET = {
    "a new version of the client": [
        *usual(),
        sign_in(21 * DAY, "agent3", "198.51.3.7", device="Firefox/199.9 Windows"),
    ],
    "at a relative's, with the usual client": [*usual(), sign_in(21 * DAY, "agent3", "203.0.113.9")],
    "a new telephone at home": [*usual(), sign_in(21 * DAY, "agent3", "198.51.3.7", device="Safari iPhone")],
    "the first days": [*usual(3), sign_in(4 * DAY, "agent3", "203.0.113.9", "BR", "curl/8.1")],
    "somebody new": [*usual(), sign_in(21 * DAY, "nouveau", "203.0.113.9", "BE", "Safari iPhone")],
    "a flight with the usual client and twelve hours": [
        *usual(),
        sign_in(21 * DAY, "agent3", "198.51.3.7"),
        sign_in(21 * DAY + 14 * HOUR, "agent3", "198.51.3.9", "FR@43.6,1.44"),
    ],
    "log-ons inside": [logon(n, "agent1", f"10.0.{n}.1", kind="remote") for n in range(300)],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(new_place, QUIET[name]) == []


def test_a_new_proxy_in_another_country_weighs_little_and_soon_nothing() -> None:
    proxy = [sign_in(21 * DAY + n, f"agent{n}", "203.0.113.77", "DE") for n in range(8)]
    decades = [sign.decades for sign in tell(new_place, [*usual(), *proxy])]
    assert set(decades) == {1.0}
    assert len(decades) <= new_place.SHARED


def test_a_holiday_weighs_little() -> None:
    assert [s.decades for s in tell(new_place, [*usual(), sign_in(21 * DAY, "agent3", "203.0.113.9", "PT")])] == [1.0]


def test_a_shared_network_makes_no_journey() -> None:
    shared = [sign_in(19 * DAY + n, f"agent{n}", "203.0.113.77", "US@40.7,-74.0") for n in range(6)]
    rows = [*usual(19), *shared, sign_in(22 * DAY, "agent9", "198.51.9.7")]
    signs = tell(new_place, [*rows, sign_in(22 * DAY + 5, "agent9", "203.0.113.77", "US@40.7,-74.0")])
    assert not any("km" in sign.facts for sign in signs if sign.facts["account"] == "agent9")


def test_the_same_network_is_told_once_a_day() -> None:
    odd = [sign_in(21 * DAY + n, "agent3", "203.0.113.9", "BR", "curl/8.1") for n in range(50)]
    assert len(tell(new_place, [*usual(), *odd])) == 1


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("FR", "DE", 0, 100),
        ("FR", "JP", 7000, 9000),
        ("France", "Reunion", 8000, 9500),
        ("FR@48.86,2.35", "FR@43.3,5.4", 400, 700),
        ("ES@28.1,-15.4", "FR@48.86,2.35", 2500, 2800),
    ],
)
def test_distances(one: str, other: str, least: float, most: float) -> None:
    here, there = places.spot(one), places.spot(other)
    assert here is not None
    assert there is not None
    assert least <= places.distance_km(here, there) <= most


@pytest.mark.parametrize("place", ["", "@", "??", "FR@nan,2", "x@1000,0", "@,", "Reserved"])
def test_what_is_no_place(place: str) -> None:
    spot = places.spot(place)
    assert spot is None or place.startswith("FR")
