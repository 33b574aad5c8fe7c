"""Long stays with a rare destination: connections that last, and random contacts that never pause."""

from __future__ import annotations

import random

import pytest

from tests.detect.behaviour.account_rows import names, tell
from tests.detect.behaviour.flow_rows import DAY, DESK, HOUR, STRANGER, flow, site
from tests.detect.behaviour.test_beacon import facts, person, timer
from tocsin.detect.behaviour import long_lived, stays
from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.snapshot import dump, load


def poisson(mean: float = 600, hours: float = 20, seed: int = 5) -> list[Flow]:
    drawn, second, rows = random.Random(seed), 0.0, []
    while second < hours * HOUR:
        rows.append(flow(second))
        second += drawn.expovariate(1 / mean)
    return rows


def test_one_long_connection() -> None:
    (sign,) = tell(long_lived, [*site(), flow(0, duration=9 * HOUR)])
    text = sign.message.format(**sign.facts)
    assert text == f"{DESK} was connected to {STRANGER} for 9 h within 9 h; 1 host(s) here contact it"
    assert (names(sign, "source"), names(sign, "destination")) == ([DESK], [STRANGER])
    assert sign.decades == 1.25
    assert sign.last_us - sign.time_us == pytest.approx(9 * HOUR * 1e6, abs=stays.SLOT_US)


@pytest.mark.parametrize(("hours", "decades"), [(3.9, 0), (4, 1.0), (8, 1.25), (12, 1.5), (400, 1.5)])
def test_the_longer_the_more(hours: float, decades: float) -> None:
    signs = tell(long_lived, [*site(), flow(0, duration=hours * HOUR)])
    assert sum(sign.decades for sign in signs) == decades


def test_several_connections_add_up_and_parallel_ones_do_not() -> None:
    one_by_one = [flow(n * 2 * HOUR, duration=HOUR) for n in range(5)]
    (sign,) = tell(long_lived, [*site(), *one_by_one])
    assert sign.facts["total"] == "5 h"
    assert tell(long_lived, [*site(), *(flow(n, duration=HOUR) for n in range(9))]) == []


def test_reports_of_an_open_connection_are_one() -> None:
    reports = [flow(0, duration=hours * HOUR) for hours in range(1, 7)]
    memory = long_lived.memory()
    (sign,) = tell(long_lived, [*site(), *reports], memory)
    assert sign.facts["total"] == "6 h"
    assert tell(long_lived, [flow(0, duration=7 * HOUR)], memory) == []
    (again,) = tell(long_lived, [flow(0, duration=13 * HOUR)], memory)
    assert again.facts["total"] == "13 h"


@pytest.mark.parametrize("mean", [60, 300, 900])
@pytest.mark.parametrize("seed", range(5))
def test_random_sleeps(mean: float, seed: int) -> None:
    """Nothing has a rhythm here, and nothing pauses."""
    (sign,) = tell(long_lived, [*site(), *poisson(mean, seed=seed)])
    assert "at random" in sign.message
    assert sign.decades == long_lived.STEADY_DECADES


def test_new_here_weighs_more() -> None:
    before = [*site(), flow(0, dst="192.0.2.10")]
    (sign,) = tell(long_lived, [*before, flow(2 * DAY, duration=5 * HOUR)])
    assert sign.decades == 1.0 + long_lived.FRESH_DECADES
    assert sign.facts["fresh"] == "7 d"


QUIET = {
    "where everybody stays": [flow(n, f"10.1.1.{n}", duration=9 * HOUR) for n in range(20)],
    "a site of one machine": [flow(0, duration=20 * HOUR)],
    "inside": [*site(), flow(0, dst="10.1.1.1", duration=20 * HOUR)],
    "a stranger who stays": [*site(), flow(0, STRANGER, DESK, duration=20 * HOUR)],
    "a timer": [*site(), *timer(300, hours=20, jitter=0.3)],
    "somebody who reads": [*site(), *person(12)],
    "an hour": [*site(), *poisson(30, hours=1)],
    "with a night between": [*site(), *poisson(hours=5)] + [flow(20 * HOUR + n * 500) for n in range(30)],
    "few": [*site(), *poisson(4_000, hours=20)],
    "every hour or two, for days": [*site(), *poisson(5_400, hours=60)],
    "a resolver": [*site(), *(row._replace(service="dns") for row in poisson())],
    "impossible lengths": [*site(), *(flow(0, duration=bad) for bad in (float("nan"), -9e9, float("-inf")))],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(long_lived, QUIET[name]) == []


@pytest.mark.parametrize("seed", range(20))
def test_people_are_quiet(seed: int) -> None:
    assert tell(long_lived, [*site(), *person(12, seed=seed)]) == []


def test_an_endless_length_is_a_week() -> None:
    (sign,) = tell(long_lived, [*site(), flow(0, duration=float("inf"))])
    assert sign.facts["total"] == "7 d"


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [*site(), *poisson(), flow(3 * HOUR, dst="203.0.113.9", duration=5 * HOUR)]
    rows += [flow(n * HOUR, dst="203.0.113.9", duration=0.5 * HOUR) for n in range(20)]
    mixed = random.Random(1).sample(rows, len(rows))
    assert facts(tell(long_lived, mixed, batch=10_000)) == facts(tell(long_lived, rows, batch=10_000)) != []


def test_time_backwards_and_clocks_that_are_wrong() -> None:
    rows = [flow(n * HOUR, duration=HOUR) for n in range(6)]
    assert tell(long_lived, [*site(), *rows[::-1]])[0].facts["total"] == "6 h"
    wild = [flow(-900_000_000, duration=HOUR), *rows, flow(9e9, duration=HOUR), flow(0, duration=HOUR)]
    memory = long_lived.memory()
    tell(long_lived, [*site(), *wild], memory)
    assert all(stay.seen.bit_length() <= stays.WEEK_SLOTS for stay in memory.stays.values())


def test_a_memory_that_was_written_and_read_goes_on() -> None:
    rows = [*site(), *poisson()]
    memory = long_lived.memory()
    list(long_lived.watch("Flow", rows[:70], memory))
    again = load(dump(memory), long_lived.memory)
    assert facts(tell(long_lived, rows[70:], again)) == facts(tell(long_lived, rows)) != []


def test_a_flood_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stays, "STAYS", 100)
    memory = long_lived.memory()
    tell(long_lived, [flow(n, dst=f"198.18.{n // 250}.{n % 250}", duration=HOUR) for n in range(2_000)], memory)
    assert len(memory.stays) <= 100
    assert len(memory.rings) <= 100


@pytest.mark.parametrize(("places", "told"), [(3, 3), (long_lived.MANY_STEADY, 0), (20, 0)])
def test_what_is_at_random_at_a_proxy_is_people(places: int, told: int) -> None:
    rows = [row._replace(dst=f"198.51.100.{number + 1}") for number in range(places) for row in poisson(seed=5)]
    tunnel = flow(0, dst="203.0.113.77", duration=9 * HOUR)
    signs = tell(long_lived, [*site(), *rows, tunnel])
    assert sum("at random" in sign.message for sign in signs) == told
    assert [names(sign, "destination") for sign in signs if "connected" in sign.message] == [["203.0.113.77"]]
