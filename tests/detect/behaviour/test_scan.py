"""Sources that knock at many doors."""

from __future__ import annotations

import random
import sys

import pytest

from tests.detect.behaviour.inside_rows import DAY, HOUR, flow, knocks, names, net, ref, tell, written
from tocsin.detect.behaviour import scan, snapshot
from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.outcomes import ANSWERED, FAILED, UNKNOWN, outcome

DESK = "10.20.1.7"


@pytest.mark.parametrize(
    ("proto", "state", "port", "sent", "got", "wanted"),
    [
        ("tcp", "S0", 445, 0, 0, FAILED),
        ("tcp", "REJ", 445, 0, 0, FAILED),
        ("tcp", "SF", 445, 900, 20, ANSWERED),
        ("tcp", "RSTO", 445, 0, 0, FAILED),  # SYN, SYN-ACK, RST: a half-open scan of an open port
        ("tcp", "OTH", 445, 900, 900, UNKNOWN),
        ("udp", "SF", 161, 0, 0, ANSWERED),
        ("icmp", "OTH", 0, 48, 0, FAILED),
        ("icmp", "OTH", 0, 48, 48, ANSWERED),
        ("icmp", "OTH", 3, 48, 0, UNKNOWN),  # "unreachable": an answer to somebody else
        ("tcp", "S_RA", 23, 60, 54, FAILED),  # Argus
        ("tcp", "FSPA_FSPA", 443, 900, 900, ANSWERED),
        ("tcp", "REQ", 81, 60, 0, FAILED),
        ("tcp", "......S.", 902, 60, 0, FAILED),  # nfdump
        ("tcp", "...A.R..", 51000, 40, 0, UNKNOWN),
        ("tcp", "...AP.SF", 443, 900, 0, ANSWERED),
        ("tcp", "2", 22, 60, 0, FAILED),
        ("tcp", "0x1b", 22, 600, 0, ANSWERED),
        ("tcp", "", 22, 60, 0, FAILED),  # no state: too little to say anything
        ("tcp", "", 51000, 60, 0, UNKNOWN),
        ("tcp", "", 22, 0, 0, UNKNOWN),  # a product that tells no bytes
        ("tcp", "aged-out", 22, 5_000, 9_000, ANSWERED),
        ("tcp", "\ud800", 22, 5_000, 0, UNKNOWN),
        ("", "", 0, 0, 0, UNKNOWN),
    ],
)
def test_outcomes(proto: str, state: str, port: int, sent: int, got: int, wanted: int) -> None:
    assert outcome(proto, state, port, sent, got) == wanted


def test_one_port_of_many_machines() -> None:
    signs = tell(scan, knocks(0, DESK, net(5, 1, 120), [445], every=0.3))
    assert written(signs[0]) == f"{DESK} tried port 445/tcp of 20 machines within 5 s without an answer"
    assert [sign.times for sign in signs] == [20, 41, 91]
    assert [sign.decades for sign in signs] == sorted(sign.decades for sign in signs)
    assert signs[-1].decades > 3
    assert names(signs[0], "source") == [DESK]
    assert signs[0].techniques == ("T1018", "T1046")


def test_many_ports_of_one_machine() -> None:
    (sign, *_) = tell(scan, knocks(0, DESK, ["10.20.9.1"], range(1, 60), state="REJ"))
    assert written(sign) == f"{DESK} tried 20 ports of 10.20.9.1 within 19 s without an answer"
    assert names(sign, "destination") == ["10.20.9.1"]


def test_slow_scan_over_hours() -> None:
    (sign, *_) = tell(scan, knocks(0, DESK, net(5, 1, 90), [3389], every=900))
    assert 60 <= sign.times <= 68
    assert sign.facts["span"].endswith(" h")


def test_block_scan_is_told_a_few_times() -> None:
    assert 2 <= len(tell(scan, knocks(0, DESK, net(5, 1, 60), range(20, 60), every=0.01))) <= 8


def test_from_the_internet_it_weighs_little_and_less_each_time() -> None:
    rows = [row for n in range(40) for row in knocks(n * 600, f"203.0.113.{n + 1}", ["10.20.9.1"], range(1, 60), 0.1)]
    signs = tell(scan, rows)
    assert max(sign.decades for sign in signs) <= 0.5
    assert sum(sign.decades for sign in signs) < 2
    assert signs[0].techniques == ("T1595",)


def test_a_public_address_of_ours_that_scans_the_internet() -> None:
    hosts = [f"{11 + n}.{n}.7.9" for n in range(60)]
    assert max(sign.decades for sign in tell(scan, knocks(0, "8.8.40.3", hosts, [22], every=0.5))) > 2


def test_a_daily_scan_of_the_same_size_becomes_usual() -> None:
    rows = [row for day in range(5) for row in knocks(day * DAY, DESK, net(5, 1, 100), [443], every=0.3)]
    signs = tell(scan, rows)
    first = signs[0].time_us
    by_day = {day: [s for s in signs if (s.time_us - first) // 86_400_000_000 == day] for day in range(5)}
    assert by_day[0]
    assert not by_day[3]
    assert not by_day[4]
    larger = knocks(5 * DAY, DESK, net(5, 1, 254) + net(6, 1, 254), [443], every=0.1)
    assert [s for s in tell(scan, [*rows, *larger]) if s.time_us - first > 4.5 * 86_400_000_000]


def _many(port: int, each: int = 8, sources: int = 30) -> list[Flow]:
    """Machines that all try some others on one port in vain."""
    return [
        row
        for n in range(sources)
        for row in knocks(n * 5, f"10.20.2.{n + 1}", net(6, n + 1, n + each), [port], every=0.5)
    ]


QUIET = {
    "a dozen machines": knocks(0, DESK, net(5, 1, 15), [445]),
    "a dead server that is asked again and again": [flow(n, DESK, "10.20.9.1", state="S0") for n in range(5_000)],
    "machines that answer": [flow(n * 0.1, DESK, host) for n, host in enumerate(net(5))],
    "monitoring of machines that have just gone": [
        *(flow(n, DESK, host, 9100) for n, host in enumerate(net(5, 1, 100))),
        *knocks(HOUR, DESK, net(5, 1, 100), [9100], every=0.1),
    ],
    "a browser behind a broken line": knocks(0, DESK, [f"198.51.100.{n}" for n in range(1, 55)], [443]),
    "late answers to one's own ports": [
        flow(n * 0.1, "10.20.9.53", DESK, 40_000 + n, "S0", proto="udp") for n in range(300)
    ],
    "multicast and broadcast": [
        *knocks(0, DESK, [f"239.1.1.{n}" for n in range(1, 60)], [1900]),
        *knocks(0, DESK, ["10.20.1.255", "255.255.255.255"], range(1, 60)),
    ],
    "pings of a few dozen machines": [
        flow(n * 0.1, DESK, host, 0, "OTH", 48, 0, "icmp") for n, host in enumerate(net(5, 1, 35))
    ],
    "peers that look for each other's updates, as everybody does": [
        *_many(7680),
        *knocks(400, DESK, net(6, 1, 90), [7680], every=0.5),
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_silent(name: str) -> None:
    assert tell(scan, QUIET[name]) == []


def test_a_worm_on_an_admin_port_is_no_habit() -> None:
    rows = [*_many(445), *knocks(400, DESK, net(6, 1, 90), [445], every=0.5)]
    assert any(names(sign, "source") == [DESK] for sign in tell(scan, rows))


def test_named_scanners_are_left_alone() -> None:
    memory = scan.memory()
    memory.scanners = (DESK,)
    assert tell(scan, knocks(0, DESK, net(5), [445]), memory) == []


def test_order_of_one_moment_and_batches_change_nothing() -> None:
    rows = knocks(0, DESK, net(5, 1, 80), [22, 23], every=0)
    shuffled = random.Random(1).sample(rows, len(rows))
    assert tell(scan, rows, batch=10_000) == tell(scan, shuffled, batch=10_000)


def test_time_that_goes_backwards() -> None:
    memory = scan.memory()
    rows = knocks(0, DESK, net(5, 1, 80), [22])
    assert [s for n in range(0, 80, 10) for s in scan.watch("Flow", rows[::-1][n : n + 10], memory)]


def test_floods_stay_bounded() -> None:
    memory = scan.memory()
    rng = random.Random(3)
    for n in range(60):
        rows = [
            flow(n * 60, f"10.{rng.randrange(256)}.{rng.randrange(256)}.9", f"10.1.{rng.randrange(256)}.2", port, "S0")
            for port in range(5_000)
        ]
        list(scan.watch("Flow", rows, memory))
    assert memory.held["inside"] == sum(len(source.probes) for source in memory.inside.values())
    assert memory.held["inside"] <= scan.INSIDE_PROBES
    one = [flow(1e5 + n * 0.001, DESK, f"10.9.{n % 250}.{n // 250}", 445, "S0") for n in range(20_000)]
    list(scan.watch("Flow", one, memory))
    source = memory.inside[DESK]
    assert len(source.probes) <= scan.SOURCE_PROBES
    assert sum(source.hosts.values()) == sum(source.ports.values()) == len(source.probes)


def test_memory_can_be_written_and_read() -> None:
    memory = scan.memory()
    rows = knocks(0, DESK, net(5, 1, 60), [445], every=0.5)
    tell(scan, [*rows[:30], flow(3, DESK, "10.20.9.1")], memory)
    again = snapshot.load(snapshot.dump(memory), scan.memory)
    assert snapshot.dump(again) == snapshot.dump(memory)
    assert tell(scan, rows[30:], again) == tell(scan, rows[30:], memory)


def test_odd_rows_raise_nothing() -> None:
    odd = [
        Flow(time, src, dst, port, proto, "", sent, 0, 0.0, state, ref(0, n))
        for n, (time, src, dst, port, proto, sent, state) in enumerate(
            [
                (0, "", "", 0, "", 0, ""),
                (-(1 << 62), "\ud800", "x" * 10_000, -5, "tcp", -1, "S0"),
                (1 << 62, "::1", "fe80::1", 1 << 40, "TCP", sys.maxsize, "S_"),
                (5, "2001:db8::1", "fd00::2", 22, "tcp", 0, "S0"),
            ]
        )
    ]
    assert tell(scan, odd) == []
