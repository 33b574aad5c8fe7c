"""Clocks that are off by a constant are found where two sources saw the same connection."""

from __future__ import annotations

import random

from msgspec.structs import replace

from tests.correlate.test_aliases import event
from tests.making import MINUTE, finding
from tocsin.correlate import Correlator, Meetings
from tocsin.model import Event

SECOND = 1_000_000


def seen(source: str, at_s: float, port: int, **more: object) -> Event:
    names = {
        "zeek.conn": ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"),
        "fortigate.traffic": ("srcip", "srcport", "dstip", "dstport"),
        "windows.sysmon": ("SourceIp", "SourcePort", "DestinationIp", "DestinationPort"),
        "windows.security": ("SourceAddress", "SourcePort", "DestAddress", "DestPort"),
    }[source]
    native = dict(zip(names, ("10.0.0.5", port, "203.0.113.9", 443), strict=True))
    return replace(event(source, **native, **more), time_us=round(at_s * SECOND))


def met(*events: Event, limit: int = 20_000) -> Meetings:
    meetings = Meetings(limit)
    for one in events:
        meetings.meet(one)
    return meetings


def both(source: str, late_s: float, count: int = 20, **more: object) -> list[Event]:
    """Give connections as Zeek and another source saw them, whose clock is late, with jitter."""
    dice = random.Random(1)
    pairs = []
    for rank in range(count):
        at_s = 1000 + rank * 60
        pairs += [seen("zeek.conn", at_s, 40_000 + rank)]
        pairs += [seen(source, at_s - late_s + dice.uniform(0, 3), 40_000 + rank, **more)]
    return pairs


def test_a_firewall_that_writes_local_time() -> None:
    (offset,) = met(*both("fortigate.traffic", -7200)).offsets()
    assert (offset.clock, offset.pairs) == ("fortigate", 20)
    assert abs(offset.seconds + 7200) <= 3


def test_a_host_is_late_and_the_network_is_right() -> None:
    events = both("windows.security", 19 * 3600, EventID=5156, Computer="MKT01.corp.example", Direction="%%14593")
    (offset,) = met(*events).offsets()
    assert offset.clock == "mkt01"
    assert abs(offset.seconds - 19 * 3600) <= 3


def test_of_three_clocks_the_one_alone_is_wrong() -> None:
    events = both("fortigate.traffic", 0) + both("windows.sysmon", 5000, EventID=3, Computer="pc1")
    (offset,) = met(*events).offsets()
    assert offset.clock == "pc1 (Sysmon network events)"


def test_small_differences_few_pairs_and_ports_used_again_say_nothing() -> None:
    assert not met(*both("fortigate.traffic", 90)).offsets()
    assert not met(*both("fortigate.traffic", 7200, count=4)).offsets()
    dice = random.Random(5)
    reused = [
        seen(source, dice.uniform(0, 86_400), 40_000 + rank)
        for rank in range(50)
        for source in ("zeek.conn", "fortigate.traffic")
    ]
    assert not met(*reused).offsets()


def test_memory_is_bounded_and_what_stays_stays_on_both_sides() -> None:
    events = both("fortigate.traffic", -7200, count=20_000)
    meetings = met(*events, limit=500)
    assert len(meetings.seen) <= 500
    (offset,) = meetings.offsets()
    assert offset.pairs > 100


def test_order_and_hostile_values_change_nothing() -> None:
    events = both("fortigate.traffic", -7200)
    random.Random(3).shuffle(events)
    odd = [replace(event("zeek.conn", **{"id.orig_h": 5, "id.orig_p": "x"}), time_us=5), event("zeek.conn")]
    assert met(*events, *odd).offsets() == met(*both("fortigate.traffic", -7200)).offsets()


def test_findings_of_a_late_source_are_put_right() -> None:
    correlator = Correlator()
    correlator.met(met(*both("fortigate.traffic", -7200)))
    correlator.observe(finding("vpn", 120, "high", source="fortigate.vpn", layer="identity", user="m.lefevre"))
    correlator.observe(finding("dump", 3, "high", host="h1", user="m.lefevre"))
    (incident,) = correlator.incidents()
    assert abs((incident.first_us or 0) - 0) < 5 * SECOND
    assert incident.last_us == 3 * MINUTE


def test_a_connection_that_a_machine_and_the_network_saw_is_evidence_of_both() -> None:
    correlator = Correlator()
    correlator.met(met(seen("zeek.conn", 60, 40_001)))
    alone = finding("other", 1, "high", host="pc1")
    both_ends = replace(finding("call", 1, "high", host="pc1"), connection=("10.0.0.5", 40_001, "203.0.113.9", 443))
    for one in (alone, both_ends):
        correlator.observe(one)
    (incident,) = correlator.incidents()
    assert incident.layers == ("endpoint", "network")
    assert [event.source for one in incident.findings for event in one.events].count("zeek.conn") == 1
    assert incident.confidence != "A"
    assert any("seen on the network too" in sentence for sentence in incident.story)
