"""Correlation as it happens: the same incidents as a scan, decisions with reasons, a budget, what a person parts."""

from __future__ import annotations

import random

import pytest

from tests.correlate.test_correlator import ATTACK, NAMES
from tests.correlate.test_ledger import DAY, attack, noise
from tests.making import MINUTE, finding
from tocsin.correlate import Binding, Correlator
from tocsin.correlate.budget import Budget
from tocsin.correlate.live import Decision, Live
from tocsin.correlate.policy import DAY_US, HOUR_US, LIVE, Policy
from tocsin.model import Finding


def feed(live: Live, findings: list[Finding]) -> list[Decision]:
    return live.feed(sorted(findings, key=lambda one: (one.time_us or 0, one.id)))


def named(live: Live) -> Live:
    for host, address in NAMES:
        live.bind(Binding(host, address))
    return live


def test_the_attack_rings_once_and_is_the_same_incident_as_in_a_scan() -> None:
    live = named(Live())
    decisions = feed(live, ATTACK)
    assert [one.step for one in decisions] == ["raised"]
    (incident,) = live.incidents()
    correlator = Correlator()
    for host, address in NAMES:
        correlator.bind(Binding(host, address))
    for one in ATTACK:
        correlator.observe(one)
    (scanned,) = correlator.incidents()
    assert {one.id for one in incident.findings} == {one.id for one in scanned.findings}
    assert incident.id == decisions[0].incident == scanned.id


def test_it_rings_with_the_finding_that_is_enough() -> None:
    live = named(Live())
    steps = [[one.step for one in live.feed([each])] for each in ATTACK]
    assert steps == [[], ["raised"], [], []]


def test_two_incidents_that_turn_out_to_be_one_are_merged_with_the_reason() -> None:
    live = Live()
    first = [finding("a", 0, "critical", host="h1"), finding("b", 1, "critical", host="h2")]
    assert [one.step for one in feed(live, first)] == ["raised", "raised"]
    (merged,) = feed(
        live, [finding("c", 2, "high", host="h1", dst="10.0.0.2"), finding("d", 3, "high", host="h2", dst="10.0.0.2")]
    )
    assert (merged.step, merged.why) == ("merged", "anchor: 10.0.0.2")
    (incident,) = live.incidents()
    assert incident.id == merged.incident
    assert len(incident.findings) == 4


def test_what_a_person_parts_stays_apart_whatever_they_share_later() -> None:
    live = named(Live())
    feed(live, ATTACK)
    (incident,) = live.incidents()
    parted = live.part(incident.id, frozenset({"shadows@18", "psexec@13"}))
    assert parted is not None
    assert (parted.step, parted.incident) == ("parted", incident.id)
    feed(live, [finding("again", 20, "high", host="srv-sauv", user="m.lefevre")])
    groups = {one.id: {each.title for each in one.findings} for one in live.incidents()}
    assert {"vpn", "dump"} <= groups[incident.id]
    assert {"shadows", "psexec"} <= groups[parted.other]
    assert live.part(incident.id, frozenset({"nothing"})) is None
    assert live.part("nobody", frozenset({"vpn@0"})) is None


def test_the_same_findings_and_partings_give_the_same_decisions() -> None:
    def run() -> list[Decision]:
        live = named(Live())
        decisions = feed(live, [*noise(3), *ATTACK, *attack(2 * DAY)])
        parted = live.part(live.incidents()[0].id, frozenset({"dump@9"}))
        return [*decisions, *([parted] if parted else [])]

    assert run() == run()


def test_an_address_whose_name_comes_late_moves_to_its_host() -> None:
    live = Live()
    feed(live, [finding("scan", 0, "medium", src="10.0.0.7"), finding("dump", 1, "medium", host="pc7")])
    live.bind(Binding("pc7", "10.0.0.7"), 2 * MINUTE)
    feed(live, [finding("third", 3, "medium", host="pc7")])
    (incident,) = live.incidents()
    assert {one.title for one in incident.findings} == {"scan", "dump", "third"}


def odd_days(days: int, a_day: int) -> list[Finding]:
    """Give places that each have a few rare alerts, some a day."""
    dice = random.Random(9)
    found = []
    for day in range(1, days):
        for rank in range(a_day):
            at = day * DAY + dice.uniform(0, DAY - 60)
            found += [
                finding(f"odd {day} {rank} {kind}", at + kind * 3, "informational", host=f"p{day}-{rank}")
                for kind in range(5)
            ]
    return found


@pytest.mark.parametrize("budget", [1.0, 5.0])
def test_the_budget_is_kept_on_every_day_and_what_it_holds_back_stays_visible(budget: float) -> None:
    live = Live(Policy(LIVE.raise_signatures, budget_a_day=budget))
    decisions = feed(live, [*noise(8), *odd_days(8, 20)])
    rang = [one for one in decisions if one.step == "raised"]
    per_day = [sum((one.time_us or 0) // DAY_US == day for one in rang) for day in range(1, 8)]
    assert max(per_day) <= 2 * budget
    assert sum(per_day) >= len(per_day) * min(1.0, budget) / 2
    held = {one.incident for one in decisions if one.step == "throttled"}
    assert held
    assert len(live.below_budget()) >= len(held) / 2


def test_what_is_sure_rings_whatever_the_budget() -> None:
    live = Live(Policy(LIVE.raise_signatures, budget_a_day=1.0))
    feed(live, [*noise(3), *odd_days(3, 20)])
    sure = [finding(f"mass encryption {n}", 2 * DAY + 1000 + n, "critical", host=f"s{n}") for n in range(30)]
    assert [one.step for one in feed(live, sure)] == ["raised"] * 30


def test_the_bar_rises_with_each_ring_and_falls_again() -> None:
    budget = Budget(2.0)
    assert budget.allows("a", 9.5, 0, 9.0)
    assert not budget.allows("b", 9.5, HOUR_US, 9.0)
    assert budget.allows("b", 12.0, HOUR_US, 9.0)
    assert not budget.allows("b", 30.0, 2 * HOUR_US, 9.0)
    assert not budget.allows("c", 30.0, 8 * HOUR_US, 9.0)
    assert budget.bar(5 * DAY_US, 9.0) == pytest.approx(9.0, abs=0.01)
    assert budget.allows("c", 9.5, 5 * DAY_US, 9.0)


def test_a_flood_of_new_names_stays_bounded_and_hides_nothing() -> None:
    live = Live()
    flood = [
        finding(f"scan {n % 50}", n / 6000, "low", src=f"10.{n % 200}.{n // 200 % 200}.{n % 250}")
        for n in range(60_000)
    ]
    feed(live, [*flood, *ATTACK])
    titles = {one.title for incident in live.incidents() for one in incident.findings}
    assert {"dump", "shadows"} <= titles
    assert len(live._engine.cases) <= 31_000
