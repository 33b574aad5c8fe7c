"""Beacons: told by their rhythm and by how few go there; quiet about what everybody uses and about people."""

from __future__ import annotations

import random

import pytest

from tests.detect.behaviour.account_rows import names, tell
from tests.detect.behaviour.flow_rows import DAY, DESK, HOUR, STRANGER, flow, site, web
from tocsin.detect.behaviour import beacon, beacon_pairs
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Flow, Web
from tocsin.detect.behaviour.snapshot import dump, load


def timer(every: float = 300, hours: float = 8, jitter: float = 0.0, start: float = 0.0, **ends: str) -> list[Flow]:
    drawn, second, rows = random.Random(7), start, []
    while second < start + hours * HOUR:
        rows.append(flow(second, **ends))  # type: ignore[arg-type]
        second += every * (1 + jitter * drawn.uniform(-1, 1))
    return rows


def person(hours: float = 8, dst: str = STRANGER, seed: int = 3) -> list[Flow]:
    """Somebody reads: bursts of pages of all sizes, then nothing for a while."""
    drawn, second, rows = random.Random(seed), 0.0, []
    while second < hours * HOUR:
        for _ in range(drawn.randint(1, 12)):
            rows.append(flow(second, dst=dst, sent=drawn.randint(200, 9000)))
            second += drawn.expovariate(1 / 25)
        second += drawn.expovariate(1 / 1500)
    return rows


def said(rows: list[Flow | Web]) -> list[Sign]:
    return tell(beacon, sorted(rows, key=lambda row: row.time_us))


def test_a_beacon() -> None:
    (sign,) = said([*site(), *timer()])
    text = sign.message.format(**sign.facts)
    assert text == (
        f"{DESK} contacted {STRANGER} 96 times in 7 h, every 5 min ±5 % (100 % of the time); 1 host(s) here contact it"
    )
    assert (names(sign, "source"), names(sign, "destination")) == ([DESK], [STRANGER])
    assert sign.decades == beacon.KNOWN_DECADES
    assert sign.facts["same"] == "100"
    assert len(sign.events) == 1 + beacon_pairs.LAST_REFS


@pytest.mark.parametrize("jitter", [0.2, 0.5])
@pytest.mark.parametrize("every", [60, 300, 900])
def test_jitter(every: float, jitter: float) -> None:
    assert said([*site(), *timer(every, jitter=jitter)])


def test_by_the_name_asked_for_when_addresses_change() -> None:
    calls = [web(n * 300, "cdn.exemple-maj.fr", dst=f"198.51.100.{n}") for n in range(90)]
    calls += [web(n, "www.exemple.org", src=f"10.1.1.{n}", dst="192.0.2.10") for n in range(20)]
    (sign,) = said(calls)
    assert names(sign, "destination") == ["cdn.exemple-maj.fr", "198.51.100.89"]


def test_a_name_and_its_address_are_told_once() -> None:
    calls = [web(n * 300, "cdn.exemple-maj.fr") for n in range(90)]
    calls += [web(n, "www.exemple.org", src=f"10.1.1.{n}", dst="192.0.2.10") for n in range(20)]
    (sign,) = said([*site(), *calls, *timer()])
    assert sign.facts["dst"] == "cdn.exemple-maj.fr"


def test_behind_a_proxy_names_are_outside() -> None:
    proxy = "10.0.0.3"
    calls = [web(n * 300, "cdn.exemple-maj.fr", dst=proxy, port=8080, tls=False) for n in range(90)]
    calls += [web(n, f"site{n}.exemple.org", src=f"10.1.1.{n % 20}", dst=proxy, tls=False) for n in range(-90, 0)]
    (sign,) = said(calls)
    assert sign.decades > beacon.INNER_DECADES


def test_between_two_machines_inside_it_weighs_little() -> None:
    many = [flow(n * 90, f"10.1.1.{n % 30}", "10.0.0.1") for n in range(300)]
    (sign,) = said([*many, *timer(dst="10.1.1.77", hours=20)])
    assert sign.decades <= beacon.INNER_DECADES


def test_new_here_weighs_more() -> None:
    before = [*site(), flow(0, dst="192.0.2.10")]
    known = said([*before, *timer()])
    fresh = said([*before, *timer(start=2 * DAY)])
    assert float(fresh[0].facts["score"]) == pytest.approx(float(known[0].facts["score"]) * beacon.NEW_WEIGHT, abs=0.1)
    assert fresh[0].facts["fresh"] == "7 d"
    assert fresh[0].decades == beacon.FRESH_DECADES


def test_for_a_new_machine_everything_is_new() -> None:
    (sign,) = said([*site(), *timer(start=2 * DAY)])
    assert "fresh" not in sign.facts


POLLER = [row for n in range(12) for row in timer(src="10.0.0.5", dst=f"10.0.1.{n}", start=n)]
QUIET = {
    "what everybody calls": [row for n in range(20) for row in timer(src=f"10.1.1.{n}", start=n * 7.0)],
    "a site of one machine": timer(),
    "somebody who reads": [*site(), *person()],
    "three calls": [*site(), *timer(3600, hours=3)],
    "a poller inside": [*site(), *(flow(n, f"10.1.1.{n}", "10.0.0.1") for n in range(30)), *POLLER],
    "time of a device": [*site(), *(row._replace(service="ntp") for row in timer())],
    "names of a device": [*site(), *(row._replace(service="dns", port=53) for row in timer())],
    "unreachable, said by somebody else": [*site(), *(row._replace(proto="icmp", sent=0) for row in timer())],
    "strangers who knock at a public server": [
        *(flow(n, f"9.9.{n // 250}.{n % 250}", "8.8.8.8") for n in range(1_000)),
        *timer(src="9.9.9.9", dst="8.8.8.8"),
        *timer(src="8.8.8.8", dst="9.8.7.6"),
    ],
    "a stranger who knocks": [*site(), *timer(src=STRANGER, dst=DESK)],
    "multicast": [*site(), *timer(dst="239.255.255.250"), *timer(dst="10.1.0.255")],
    "a quarter of an hour": [*site(), *timer(10, hours=0.25)],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert said(QUIET[name]) == []


@pytest.mark.parametrize("seed", range(20))
def test_people_are_quiet(seed: int) -> None:
    assert said([*site(), *person(9, seed=seed)]) == []


def test_told_once_and_again_only_when_it_grew() -> None:
    memory = beacon.memory()
    assert len(tell(beacon, [*site(), *timer(900, hours=4, jitter=0.3)], memory)) == 1
    assert tell(beacon, [], memory) == []
    assert tell(beacon, [flow(4 * HOUR + 900)], memory) == []
    assert len(tell(beacon, timer(900, hours=40, start=4 * HOUR), memory)) == 1


def facts(signs: list[Sign]) -> list[tuple[str, dict[str, str]]]:
    return [(sign.message, sign.facts) for sign in signs]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [*site(), *timer(jitter=0.3), *person(dst="198.51.100.7"), *timer(600, src="10.1.1.3", dst="203.0.113.9")]
    rows += [flow(row.time_us / 1e6 - 1_772_409_600, sent=1) for row in rows if row.dst == STRANGER]
    mixed = random.Random(1).sample(rows, len(rows))
    assert facts(tell(beacon, mixed, batch=10_000)) == facts(tell(beacon, rows, batch=10_000)) != []


def test_time_backwards() -> None:
    rows = [*site(), *timer(jitter=0.2)]
    backwards = tell(beacon, rows[::-1])
    assert [sign.facts["period"] for sign in backwards] == [sign.facts["period"] for sign in said(rows)]
    assert backwards[0].time_us <= backwards[0].last_us


def test_a_memory_that_was_written_and_read_goes_on() -> None:
    rows = sorted([*site(), *timer(jitter=0.2)], key=lambda row: row.time_us)
    memory = beacon.memory()
    list(beacon.watch("Flow", rows[:60], memory))
    again = load(dump(memory), beacon.memory)
    assert facts(tell(beacon, rows[60:], again)) == facts(tell(beacon, rows)) != []


def test_a_flood_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_pairs, "PAIRS", 100)
    memory = beacon.memory()
    flood = [flow(n + turn * 10_000, DESK, f"198.18.{n // 250}.{n % 250}") for turn in range(5) for n in range(1_000)]
    tell(beacon, [*site(), *flood], memory)
    assert len(memory.pairs) <= 100
    assert len(memory.rings) <= 100


def test_what_nobody_can_read_is_passed_over() -> None:
    rows = [flow(n * 300, src, dst) for n in range(60) for src, dst in (("", ""), ("\ud800", "x"), (DESK, "pc-12"))]
    names_ = [web(n * 300, host) for n in range(60) for host in ("", "localhost", "\ud800", "1.2.3.4")]
    assert said([*site(), *rows, *names_]) == []


def test_clocks_inside_are_set_by_a_timer_whoever_tells_of_it() -> None:
    """Firewalls and flow records name no service: the port tells, inside. Outside it may be anything."""
    inside = [flow(n * 600, dst="10.1.9.9", port=123, proto="udp", service="") for n in range(90)]
    assert not said([*site(), *inside])
    assert said([*site(), *(flow(n * 600, port=123, proto="udp", service="") for n in range(90))])


@pytest.mark.parametrize(("places", "told"), [(2, 2), (beacon.POLLED + 1, 0), (20, 0)])
def test_who_calls_many_machines_inside_by_a_timer_is_a_poller(places: int, told: int) -> None:
    """Monitoring, inventory, backup: a machine that somebody has taken calls one or two."""
    rows = [row for number in range(places) for row in timer(900, hours=12, dst=f"10.1.9.{number + 1}")]
    others = [flow(n, src=f"10.1.1.{n + 100}", dst="10.1.8.8") for n in range(40)]
    assert len(said([*site(), *others, *rows])) == told
