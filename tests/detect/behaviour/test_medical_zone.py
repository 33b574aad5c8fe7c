"""Medical devices that talk with somebody they never talked with."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from tests.detect.behaviour.inside_rows import DAY, HOUR, flow, names, tell, written
from tocsin.detect.behaviour import medical_zone as zone
from tocsin.detect.behaviour import snapshot
from tocsin.detect.behaviour.facts import Flow

PACS, ENGINE, CT = "10.20.8.1", "10.20.8.2", "10.20.7.1"
MODALITIES = [f"10.20.7.{n}" for n in range(1, 9)]


def work(days: float = 16, port: int = 104, service: str = "", every: float = 2 * HOUR) -> list[Flow]:
    """Modalities send to the archive, ask the work list, and print; the engine talks with the archive."""
    rows = []
    for n in range(round(days * DAY / every)):
        begin = n * every
        for k, device in enumerate(MODALITIES):
            rows.append(flow(begin + k * 60, device, PACS, port, service=service))
            rows.append(flow(begin + k * 60 + 9, device, "10.20.9.9", 515))
        rows.append(flow(begin + 700, ENGINE, PACS, 2575))
        rows.append(flow(begin + 800, "10.20.1.5", PACS, 443))
    return rows


def test_a_new_pair_once_the_matrix_is_frozen() -> None:
    (sign,) = tell(zone, [*work(), flow(15 * DAY, CT, "10.20.1.7", 445)])
    assert sign.decades == 3
    assert sign.facts["kinds"] == "dicom device → other"
    assert written(sign).startswith(f"{CT} talked with 10.20.1.7 on port 445/tcp")
    assert sign.facts["known by"] == "port"
    assert (names(sign, "source"), names(sign, "destination")) == ([CT], ["10.20.1.7"])


def test_somebody_who_reaches_for_a_device() -> None:
    (sign,) = tell(zone, [*work(), flow(15 * DAY, "10.20.1.7", CT, 3389)])
    assert sign.facts["kinds"] == "other → dicom device"


def test_a_device_that_talks_to_the_internet() -> None:
    out = [flow(15 * DAY + n * HOUR, CT, "203.0.113.5", 443) for n in range(5)]
    (sign,) = tell(zone, [*work(), *out])
    assert sign.decades == 4
    assert written(sign) == f"The medical device {CT} talked to the Internet (203.0.113.5), which it never did"


def test_each_device_for_itself() -> None:
    usual = [flow(day * DAY, MODALITIES[0], "203.0.113.5", 443) for day in range(2, 16)]
    (sign,) = tell(zone, [*work(), *usual, flow(15 * DAY, MODALITIES[1], "203.0.113.5", 443)])
    assert names(sign, "source") == [MODALITIES[1]]


def test_named_devices_are_known_at_once() -> None:
    memory = zone.memory()
    memory.devices = ("10.20.60.0/24", "kein netz")
    usual = [flow(n * HOUR, "10.20.60.4", "10.20.8.7", 9999) for n in range(15 * 24)]
    (sign,) = tell(zone, [*usual, flow(15 * DAY, "10.20.60.4", "10.20.1.7", 22)], memory)
    assert sign.facts["known by"] == "name"


def test_recognised_protocols_on_any_port() -> None:
    (sign,) = tell(zone, [*work(port=30_104, service="dicom"), flow(15 * DAY, CT, "10.20.1.7", 445)])
    assert sign.facts["known by"] == "protocol"


class Exchange(NamedTuple):
    time_us: int
    protocol: str
    src: str
    dst: str


def test_exchanges_that_a_probe_has_read() -> None:
    memory = zone.memory()
    usual = [flow(n * HOUR, CT, PACS, 9999) for n in range(16 * 24)]
    spoken = [Exchange(usual[n].time_us, "dicom", CT, PACS) for n in range(5)]
    assert list(zone.watch("Medical", spoken, memory)) == []
    (sign,) = tell(zone, [*usual, flow(15 * DAY, CT, "10.20.1.7", 445)], memory)
    assert sign.facts["known by"] == "protocol"
    assert sign.facts["kinds"] == "dicom device → other"


def test_a_scan_learns_for_a_quarter_and_says_less() -> None:
    rows = work(days=1, every=HOUR)
    (pair,) = tell(zone, [*rows, flow(20 * HOUR, CT, "10.20.1.7", 445)])
    assert 0 < pair.decades <= 1.2
    (out,) = [s for s in tell(zone, [*rows, flow(20 * HOUR, CT, "203.0.113.5", 443)]) if "Internet (" in s.message]
    assert pair.decades < out.decades <= 2.2


def test_a_newcomer_that_works_as_others_do_weighs_little() -> None:
    (sign,) = tell(zone, [*work(), *(flow(15 * DAY + n * HOUR, "10.20.7.77", PACS, 104) for n in range(40))])
    assert sign.decades == 0.8
    assert written(sign) == f"10.20.7.77 speaks dicom with {PACS}, which it never did; others do"


def test_finish_repeats_nothing() -> None:
    memory = zone.memory()
    assert tell(zone, [*work(days=1, every=HOUR), flow(20 * HOUR, CT, "10.20.1.7", 445)], memory)
    assert list(zone.finish(memory)) == []


FIRST = [flow(1 * DAY, CT, "10.20.1.7", 445), flow(5 * DAY, CT, "203.0.113.5", 443)]
QUIET = {
    "what was learned": [*work(), *FIRST, *(row._replace(time_us=row.time_us + 10 * DAY * 1_000_000) for row in FIRST)],
    "machines that are not medical": [flow(n * HOUR, "10.20.1.5", f"10.20.9.{n % 200}", 445) for n in range(20 * 24)],
    "attempts that nobody answers": [*work(), flow(15 * DAY, CT, "10.20.1.7", 445, "S0")],
    "a few uses of a customary port": [flow(n * 60, "10.20.1.5", "10.20.1.6", 104) for n in range(9)],
    "an hour of traffic": [*work(days=1 / 24, every=120), flow(3_500, CT, "203.0.113.5", 443)],
    "many high ports, as with passive transfers": [
        *work(),
        *(flow(n * HOUR, CT, PACS, 40_000 + n * 7) for n in range(16 * 24)),
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_silent(name: str) -> None:
    assert [written(sign) for sign in tell(zone, QUIET[name])] == []


def test_order_of_one_moment_changes_nothing() -> None:
    rows = [row._replace(time_us=row.time_us // (1000 * 10**6) * (1000 * 10**6)) for row in work()]
    rows.append(flow(15 * DAY, CT, "10.20.1.7", 445))
    shuffled = random.Random(1).sample(rows, len(rows))
    assert tell(zone, rows, batch=99_999) == tell(zone, shuffled, batch=99_999) != []


def test_time_that_goes_backwards() -> None:
    memory = zone.memory()
    rows = [*work(days=3), flow(1e9, CT, "10.20.1.7", 445), flow(-1e9, CT, "10.20.1.8", 22)]
    for begin in range(0, len(rows), 99):
        list(zone.watch("Flow", rows[begin : begin + 99][::-1], memory))
    list(zone.finish(memory))


def test_floods_stay_bounded() -> None:
    memory = zone.memory()
    for n in range(30):
        rows = [flow(n * 60, f"10.{n}.{m % 250}.{m // 250}", PACS, 104) for m in range(4_000)]
        list(zone.watch("Flow", [*rows, *(row._replace(port=m) for m, row in enumerate(rows))], memory))
    assert len(memory.machines) <= zone.MACHINES
    assert len(memory.uses) <= zone.USES
    assert len(memory.recent) <= zone.RECENT


def test_memory_can_be_written_and_read() -> None:
    memory = zone.memory()
    rows = [*work(), flow(15.5 * DAY, CT, "10.20.1.7", 445)]
    tell(zone, rows[:3_000], memory)
    again = snapshot.load(snapshot.dump(memory), zone.memory)
    assert snapshot.dump(again) == snapshot.dump(memory)
    assert tell(zone, rows[3_000:], again) == tell(zone, rows[3_000:], memory) != []
