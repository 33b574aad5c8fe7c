"""One incident per attack: what belongs together, what does not, and how sure we are."""

from __future__ import annotations

import random

from msgspec.structs import replace

from tests.making import MINUTE, finding
from tocsin.correlate import Binding, Correlator
from tocsin.model import Finding, Incident


def correlate(findings: list[Finding], *bindings: tuple[str, str]) -> list[Incident]:
    correlator = Correlator()
    for host, address in bindings:
        correlator.bind(Binding(host, address))
    for one in findings:
        correlator.observe(one)
    return correlator.incidents()


ATTACK = [
    finding("vpn", 0, "medium", ("T1133",), "identity", user="m.lefevre", src="203.0.113.66"),
    finding("dump", 9, "high", ("T1003.001",), host="srv-rds1", user="m.lefevre"),
    finding(
        "psexec", 13, "high", ("T1021.002",), "network", source="zeek.smb_files", src="10.20.1.16", dst="10.20.1.15"
    ),
    finding("shadows", 18, "high", ("T1490",), host="srv-sauv"),
]
NAMES = (("srv-rds1", "10.20.1.16"), ("srv-sauv", "10.20.1.15"))


def test_an_attack_over_layers_and_hosts_is_one_incident() -> None:
    (incident,) = correlate(ATTACK, *NAMES)
    assert [one.title for one in incident.findings] == ["vpn", "dump", "psexec", "shadows"]
    assert incident.layers == ("endpoint", "identity", "network")
    assert incident.confidence == "A"
    assert incident.urgency >= 75
    hosts = {party.name: party.aliases for party in incident.entities if party.kind == "host"}
    assert hosts == {"srv-rds1": ("10.20.1.16",), "srv-sauv": ("10.20.1.15",)}
    assert "srv-sauv" in incident.title or "srv-rds1" in incident.title
    assert (incident.first_us, incident.last_us) == (0, 18 * MINUTE)
    assert incident.first_us <= (incident.deciding_us or -1) <= incident.last_us


def test_without_the_address_the_network_part_stands_alone() -> None:
    assert len(correlate(ATTACK)) == 3


def test_the_order_of_observation_changes_nothing() -> None:
    expected = correlate(ATTACK, *NAMES)
    for seed in range(10):
        shuffled = ATTACK[:]
        random.Random(seed).shuffle(shuffled)
        assert correlate(shuffled, *NAMES) == expected


def test_the_same_host_a_day_later_is_another_incident() -> None:
    found = correlate([finding("a", 0, host="h"), finding("b", 24 * 60, host="h")])
    assert len(found) == 2


def test_findings_without_time_join_by_entity() -> None:
    (incident,) = correlate([finding("a", None, host="h"), finding("b", 24 * 60, host="h")])
    assert len(incident.findings) == 2


def test_weak_evidence_raises_nothing() -> None:
    assert not correlate([finding("a", minute, "low", host="h") for minute in range(0, 600, 10)])
    assert not correlate([finding("a", 0, "informational", host="h")] * 50)


def test_medium_findings_alone_are_told_only_where_they_are_few() -> None:
    few = [finding(f"r{number}", 0, "medium", host=f"h{number}") for number in range(5)]
    many = [finding(f"r{number}", 0, "medium", host=f"h{number}") for number in range(6)]
    assert [incident.confidence for incident in correlate(few)] == ["C"] * 5
    assert not correlate(many)


def test_two_alarms_from_one_event_are_not_two_witnesses() -> None:
    once = [finding(f"{rule}{n}", 0, "medium", host=f"h{n}", event=f"e{n}") for n in range(6) for rule in "ab"]
    twice = [finding(f"{rule}{n}", 0, "medium", host=f"h{n}") for n in range(6) for rule in "ab"]
    assert not correlate(once)
    assert len(correlate(twice)) == 6


def test_what_fires_everywhere_counts_less() -> None:
    everywhere = [finding("noise", minute, "high", host=f"h{minute}") for minute in range(100)]
    assert not correlate(everywhere)


def test_what_one_detector_says_of_several_is_one_rule_not_several() -> None:
    """Its sentence names machines and numbers: as often as it is said, it stays one kind of evidence."""
    said = [
        replace(
            finding(
                f"h{number} went to a place that is new here", number, "medium", host=f"h{number}", domain="crl.example"
            ),
            detector="behaviour.rare_outside",
            rule=None,
            facts={"message": "{src} went to a new place"},
        )
        for number in range(6)
    ]
    assert [incident.confidence for incident in correlate(said)] == ["C"]
    others = [replace(one, facts={"message": f"something else {number}"}) for number, one in enumerate(said)]
    assert [incident.confidence for incident in correlate(others)] == ["B"]


def test_a_server_that_everybody_talks_to_bridges_nothing() -> None:
    attacks = [finding(f"r{i}", i, "critical", host=f"h{i}", dst="10.0.0.53") for i in range(40)]
    assert len(correlate(attacks)) == 40


def test_an_address_of_several_hosts_names_none_of_them() -> None:
    shared = (("h1", "10.0.0.9"), ("h2", "10.0.0.9"), ("h3", "10.0.0.9"))
    (incident,) = correlate([finding("a", 0, "critical", src="10.0.0.9")], *shared)
    assert [(party.kind, party.name) for party in incident.entities] == [("address", "10.0.0.9")]


def test_a_host_clock_that_is_hours_off_is_put_right() -> None:
    late = finding("log cleared", -19 * 60, "high", source="windows.security", host="mkt01")
    right = finding("dump", 3, "high", host="mkt01")
    correlator = Correlator()
    correlator.clock("mkt01", 19 * 3600, 40)
    correlator.clock("mkt01", 0, 1)
    for one in (late, right):
        correlator.observe(one)
    (incident,) = correlator.incidents()
    assert (incident.first_us, incident.last_us) == (0, 3 * MINUTE)


def test_hostile_names_stay_text() -> None:
    nasty = "<script>alert(1)</script>{what}%s{0}"
    (incident,) = correlate([finding(nasty, 0, "critical", host="h"), finding("{when}", 1, "critical", host="h")])
    assert any(nasty in sentence for sentence in incident.story)


def test_a_flood_ends_in_bounded_time_and_still_shows_the_attack() -> None:
    flood = [finding(f"scan{i % 50}", i / 1000, "low", src=f"10.1.{i % 250}.{i // 250 % 250}") for i in range(20_000)]
    found = correlate([*flood, *ATTACK], *NAMES)
    assert "dump" in {one.title for one in found[0].findings}
