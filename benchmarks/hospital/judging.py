"""Compare what a scan said with what the simulator knows.

Enters: a plot's truth, findings and incidents. Leaves: `Verdict`. No record carries a label: a finding is *right* when
it names a machine, account or outside address of the attack while that takes part in it; an incident is *about* the
attack when it holds a right finding. The truth is read only here, after the scan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metrics import Attack, Figures, Raised, facts_needed, judge, names_of

from tocsin.correlate.policy import SCAN
from tocsin.correlate.score import rule_of
from tocsin.model import Finding, Incident

BEFORE_S, AFTER_S = 600.0, 900.0
"""A finding about a stretch of time may begin a little before a deed and be told a little after it: windows, clocks."""

TRACE_DECADES = 1.0
"""What is worth less is context, not a trace of an attack."""

PARTIES = frozenset({"host", "identity", "address", "domain"})


@dataclass(frozen=True)
class Deed:
    """One act of a plot: when, the step it belongs to, and the canonical names of who took part."""

    time_s: float
    step: str
    technique: str
    names: frozenset[str]


@dataclass(frozen=True)
class Truth:
    """What a plot did: its deeds by time, and the machines and accounts that were taken."""

    plot: str
    expect: str
    deeds: tuple[Deed, ...]
    hosts: frozenset[str]
    accounts: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """How one scan of one plot did."""

    plot: str
    expected_nothing: bool
    figures: Figures
    steps: int
    unseen: tuple[str, ...]
    """Steps that no finding is about."""
    hosts: tuple[int, int]
    """Taken machines that incidents about the attack name, of how many."""
    accounts: tuple[int, int]
    begin_s: float
    second_s: float | None
    """When the second independent trace was there: two steps, two rules."""
    decided_s: float | None
    class_a: int
    """False incidents of confidence A."""
    early: int
    """Incidents about the attack that other evidence had raised before it began: they count as false too."""
    false: tuple[Incident, ...]
    about: tuple[Incident, ...]

    @property
    def delay_s(self) -> float | None:
        """Give seconds from the second independent trace to the incident, 0 where it was raised before."""
        if self.decided_s is None or self.second_s is None:
            return None
        return max(0.0, self.decided_s - self.second_s)

    @property
    def named(self) -> float:
        """Give the share of taken machines and accounts that incidents about the attack name."""
        wanted = self.hosts[1] + self.accounts[1]
        return (self.hosts[0] + self.accounts[0]) / wanted if wanted else 1.0

    @property
    def joined(self) -> bool:
        """Say whether one incident, or at most two, tell the attack."""
        return 1 <= len(self.about) <= MOST


MOST = 2
"""Incidents that one attack may give."""


class Clues:
    """Finds the deeds that a finding is about: the same name, about the same time."""

    def __init__(self, truth: Truth) -> None:
        self._deeds = truth.deeds
        self.begin_s = truth.deeds[0].time_s if truth.deeds else 0.0
        self._of: defaultdict[str, list[int]] = defaultdict(list)
        for number, deed in enumerate(truth.deeds):
            for name in deed.names:
                self._of[name].append(number)
        self._times = {name: [truth.deeds[number].time_s for number in found] for name, found in self._of.items()}

    def deeds_of(self, finding: Finding) -> frozenset[int]:
        """Give the numbers of the deeds that a finding is about."""
        if finding.time_us is None:
            return frozenset()
        first_s, last_s = finding.time_us / 1e6 - AFTER_S, (finding.last_us or finding.time_us) / 1e6 + BEFORE_S
        found: set[int] = set()
        for entity in finding.entities:
            times = self._times.get(entity.name, ())
            found.update(self._of[entity.name][bisect_left(times, first_s) : bisect_right(times, last_s)])
        return frozenset(found)

    def steps_of(self, finding: Finding) -> frozenset[str]:
        """Give the steps that a finding is about."""
        return frozenset(self._deeds[number].step for number in self.deeds_of(finding))


def verdict(truth: Truth, findings: Sequence[Finding], incidents: Sequence[Incident], days: float) -> Verdict:
    """Judge one scan."""
    clues = Clues(truth)
    right = [one for one in findings if clues.deeds_of(one)]
    second_s = second_trace_s(right, clues)
    attacks = [] if truth.expect == "nothing" else [_attack(truth, second_s)]
    raised = [_raised(one, clues) for one in incidents]
    about = [one for one, told in zip(incidents, raised, strict=True) if attacks and told.events & attacks[0].events]
    false = [one for one in incidents if one not in about]
    seen = frozenset().union(*(clues.steps_of(one) for one in right))
    steps = list(dict.fromkeys(deed.step for deed in truth.deeds if deed.technique))
    return Verdict(
        truth.plot,
        truth.expect == "nothing",
        judge(attacks, raised, days, len(findings)),
        len(steps),
        tuple(step for step in steps if step not in seen),
        _named(truth.hosts, about),
        _named(truth.accounts, about),
        truth.deeds[0].time_s if truth.deeds else 0.0,
        second_s,
        min((_decided_s(one, clues) for one in about), default=None),
        sum(one.confidence == "A" for one in false),
        sum((one.deciding_us or 0) / 1e6 < truth.deeds[0].time_s - BEFORE_S for one in about),
        tuple(false),
        tuple(about),
    )


def _attack(truth: Truth, second_s: float | None) -> Attack:
    labelled = frozenset(number for number, deed in enumerate(truth.deeds) if deed.technique)
    return Attack(truth.plot, labelled, truth.deeds[0].time_s, second_s)


def _decided_s(incident: Incident, clues: Clues) -> float:
    """Give the moment at which the attack's own evidence was enough: what was there before it does not count."""
    best: dict[str, float] = {}
    reached_s = 0.0
    for finding in sorted(incident.findings, key=lambda one: one.time_us or 0):
        if clues.deeds_of(finding):
            reached_s = max((finding.time_us or 0) / 1e6, clues.begin_s)
            best[rule_of(finding)] = max(finding.weight, best.get(rule_of(finding), 0.0))
            if sum(best.values()) >= SCAN.raise_signatures:
                break
    return max(reached_s, (incident.deciding_us or incident.first_us or 0) / 1e6)


def _raised(incident: Incident, clues: Clues) -> Raised:
    events = frozenset().union(*(clues.deeds_of(one) for one in incident.findings))
    weights = [one.weight for one in incident.findings]
    decided_us = incident.deciding_us or incident.first_us or 0
    return Raised(events, decided_us / 1e6, facts_needed(weights, SCAN.raise_signatures))


def second_trace_s(right: Iterable[Finding], clues: Clues) -> float | None:
    """Give the moment at which two rules had spoken about two steps of the attack."""
    told: list[tuple[str, frozenset[str]]] = []
    for finding in sorted(right, key=lambda one: one.time_us or 0):
        if finding.weight < TRACE_DECADES:
            continue
        rule, steps = rule_of(finding), clues.steps_of(finding)
        if any(rule != other and len(steps | before) > 1 for other, before in told):
            return (finding.time_us or 0) / 1e6
        told.append((rule, steps))
    return None


def _named(wanted: frozenset[str], incidents: Iterable[Incident]) -> tuple[int, int]:
    told = frozenset().union(*(names_of(one, PARTIES) for one in incidents))
    return len(wanted & told), len(wanted)
