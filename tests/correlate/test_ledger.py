"""Rarity as evidence: usual noise raises nothing, rare things together do, a burst of one cause is one witness."""

from __future__ import annotations

import random

from tests.making import finding
from tocsin.correlate import Correlator
from tocsin.correlate.rarity import Cells
from tocsin.model import Finding, Incident

DAY = 24 * 60


def noise(days: int, hosts: int = 4) -> list[Finding]:
    """Six kinds of alerts on every host, each about hourly, for some days."""
    dice = random.Random(3)
    return [
        finding(f"usual {kind}", hour * 60 + dice.uniform(0, 59), "informational", host=f"h{host}")
        for hour in range(days * 24)
        for host in range(hosts)
        for kind in range(6)
    ]


def attack(at: float, apart: float = 3.0, host: str = "h1") -> list[Finding]:
    names = ("shell", "root", "new account", "log deleted", "odd request")
    return [finding(name, at + rank * apart, "informational", host=host) for rank, name in enumerate(names)]


def incidents(findings: list[Finding]) -> list[Incident]:
    correlator = Correlator()
    for one in findings:
        correlator.observe(one)
    return correlator.incidents()


def test_usual_noise_raises_nothing() -> None:
    assert not incidents(noise(5))


def test_rare_things_together_are_one_incident_of_just_those() -> None:
    (incident,) = incidents([*noise(5), *attack(4 * DAY)])
    assert {one.title for one in incident.findings} == {one.title for one in attack(0)}
    assert [party.name for party in incident.entities] == ["h1"]
    assert incident.confidence == "C"
    (told,) = [sentence for sentence in incident.why if sentence.startswith("What is rare")]
    held, enough = (float(word) for word in told.replace(",", "").split() if word[:1].isdigit())
    assert held >= enough == 9.0


def test_what_was_there_from_the_first_day_is_usual() -> None:
    assert not incidents([*noise(5), *(one for day in range(5) for one in attack(day * DAY + 30))])


def test_a_burst_of_one_cause_is_one_witness() -> None:
    assert not incidents([*noise(5), *attack(4 * DAY, apart=0.01)])


def test_spread_over_days_it_fades() -> None:
    assert not incidents([*noise(5), *attack(3 * DAY, apart=6 * 60)])


def test_two_hosts_with_the_same_rare_alerts_are_one_attack() -> None:
    both = [*attack(4 * DAY), *attack(4 * DAY + 5, host="h2")]
    (incident,) = incidents([*noise(5), *both])
    assert sorted(party.name for party in incident.entities) == ["h1", "h2"]


def test_order_of_observation_changes_nothing() -> None:
    findings = [*noise(3), *attack(2 * DAY)]
    expected = incidents(findings)
    random.Random(1).shuffle(findings)
    assert incidents(findings) == expected


def test_time_that_goes_backwards_and_findings_without_time_or_place_are_harmless() -> None:
    odd = [finding("x", None, "informational", host="h1"), finding("y", -5, "informational"), finding("z", 0, "low")]
    assert not incidents([*odd, *noise(2)])


def test_cells_halve_and_stay_bounded() -> None:
    cells = Cells(limit=64)
    three_days = 3 * DAY * 60_000_000
    cells.learn(cells.row(1, 0), 0, 8)
    row = cells.row(1, three_days)
    assert (round(cells.starts[row], 3), round(cells.runs[row], 3), round(cells.hours[row], 3)) == (0.5, 4, 0.5)
    assert cells.find(1, -5) == cells.starts[row]
    for key in range(2, 1000):
        cells.learn(cells.row(key, three_days), three_days, 1)
    assert len(cells) <= 64
    assert cells.find(1, three_days) == 0


def test_a_short_input_learns_for_a_quarter_of_its_span() -> None:
    assert not incidents([*noise(1), *attack(4 * 60)])
    assert len(incidents([*noise(1), *attack(20 * 60)])) == 1
