"""What the harness measures, defined once (BEHAVIOUR.md §9), with 95 % intervals.

Enters: what was labelled (`Attack`) and what was raised (`Raised`), as sets of event numbers and seconds. Leaves:
`Figures` of one input, which can be added, and the texts of shares and rates.

An incident is *about* an attack when it holds at least one of its labelled events; one about none is *false*.
Source: Wilson 1927 (shares); Breslow and Day 1987, Byar's approximation (counts).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tocsin.model import Incident

Z = 1.96


def wilson(found: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval of a share; of none, it is unknown: 0 to 1."""
    if not of:
        return 0.0, 1.0
    share, over = found / of, Z * Z / of
    middle = (share + over / 2) / (1 + over)
    half = Z * math.sqrt(share * (1 - share) / of + over / (4 * of)) / (1 + over)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(count: int) -> tuple[float, float]:
    """Give the 95 % interval of a count."""
    low = count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    top = count + 1
    return low, top * (1 - 1 / (9 * top) + Z / (3 * math.sqrt(top))) ** 3


def share(found: int, of: int) -> str:
    """Write a share with its interval."""
    if not of:
        return "—"
    low, high = wilson(found, of)
    return f"{found / of:.3f} [{low:.2f}–{high:.2f}]"


def rate(count: int, exposure: float) -> str:
    """Write a count for one unit of exposure (a day, a day and 1,000 assets) with its interval."""
    if exposure <= 0:
        return "—"
    low, high = poisson(count)
    return f"{count / exposure:.2f} [{low / exposure:.2f}–{high / exposure:.2f}]"


def median(values: Collection[float]) -> float:
    """Give the middle value, the lower one of two; of none, not a number."""
    return sorted(values)[(len(values) - 1) // 2] if values else math.nan


@dataclass(frozen=True)
class Goal:
    """One line of the harness's table: a target beside what was measured, and beside what a peer does in the same run.

    `met` is None where nothing was measured or no target is set.
    """

    name: str
    target: str
    measured: str
    met: bool | None = None
    peer: str = "—"


GOALS_HEAD = "| goal | target | measured [95 %] | met | peer |"


def goals_table(goals: Iterable[Goal]) -> list[str]:
    """Write goals as the table that `run.py` finds again in a result."""
    marks = {True: "yes", False: "**no**", None: "—"}
    rows = [f"| {one.name} | {one.target} | {one.measured} | {marks[one.met]} | {one.peer} |" for one in goals]
    return [GOALS_HEAD, "|---|---|---|---|---|", *rows]


def goals_rows(text: str) -> list[str]:
    """Find the goals again in the text of a result: the rows of its first table with that head."""
    lines = iter(text.splitlines())
    if GOALS_HEAD not in lines:
        return []
    next(lines, None)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(line)
    return rows


@dataclass(frozen=True)
class Attack:
    """One labelled attack: its events, its first labelled second and, where known, its first detectable one."""

    name: str
    events: frozenset[int]
    begin_s: float
    detectable_s: float | None = None


@dataclass(frozen=True)
class Raised:
    """One incident: the events behind it, when it was raised, how many facts were enough for that."""

    events: frozenset[int]
    decided_s: float
    facts: int = 0


@dataclass
class Figures:
    """How one method did on one input. Counts add up; the properties are the metrics."""

    days: float = 0.0
    alerts: int = 0
    seconds: float = 0.0
    attacks: int = 0
    missed: int = 0
    incidents: int = 0
    false: int = 0
    right_events: int = 0
    """Labelled events in incidents that are about an attack, of `told_events` in these."""
    told_events: int = 0
    covered_events: int = 0
    """Labelled events that some incident holds, of `labelled_events`."""
    labelled_events: int = 0
    links: int = 0
    """Pairs of an attack and an incident about it."""
    delays_s: list[float] = field(default_factory=list)
    detectable_delays_s: list[float] = field(default_factory=list)
    facts: list[float] = field(default_factory=list)

    def add(self, other: Figures) -> Figures:
        """Sum two inputs."""
        mine, theirs = vars(self), vars(other)
        return Figures(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def found(self) -> int:
        """Give the number of attacks with an incident."""
        return self.attacks - self.missed

    @property
    def purity(self) -> float:
        """Give the share of labelled events in the incidents about attacks."""
        return self.right_events / self.told_events if self.told_events else math.nan

    @property
    def completeness(self) -> float:
        """Give the share of all labelled events that incidents hold."""
        return self.covered_events / self.labelled_events if self.labelled_events else math.nan

    @property
    def reduction(self) -> float:
        """Give the share of alerts that nobody has to look at: 1 − incidents/alerts."""
        return 1 - self.incidents / self.alerts if self.alerts else math.nan

    @property
    def fragmentation(self) -> float:
        """Give incidents for one found attack."""
        return self.links / self.found if self.found else math.nan

    @property
    def over_merge(self) -> float:
        """Give attacks for one incident that is about any."""
        about = self.incidents - self.false
        return self.links / about if about else math.nan

    @property
    def findings_per_s(self) -> float:
        """Give the speed: findings a second of processor time."""
        return self.alerts / self.seconds if self.seconds else math.nan


def judge(
    attacks: Collection[Attack], raised: Collection[Raised], days: float, alerts: int, seconds: float = 0.0
) -> Figures:
    """Compare what was raised with what is labelled. A delay counts to the first incident about the attack."""
    figures = Figures(days, alerts, seconds, len(attacks), incidents=len(raised))
    labelled = frozenset().union(*(attack.events for attack in attacks))
    figures.labelled_events = len(labelled)
    figures.covered_events = len(labelled & frozenset().union(*(one.events for one in raised)))
    for attack in attacks:
        about = [one for one in raised if one.events & attack.events]
        figures.links += len(about)
        figures.missed += not about
        if about:
            first_s = min(one.decided_s for one in about)
            figures.delays_s.append(first_s - attack.begin_s)
            if attack.detectable_s is not None:
                figures.detectable_delays_s.append(first_s - attack.detectable_s)
    for one in raised:
        right = len(one.events & labelled)
        figures.false += not right
        if right:
            figures.right_events += right
            figures.told_events += len(one.events)
            figures.facts.append(float(one.facts))
    return figures


def facts_needed(weights: Iterable[float], threshold: float) -> int:
    """Give the explanation length: how many findings, weightiest first, reach the threshold (all, if none does)."""
    total, count = 0.0, 0
    for weight in sorted(weights, reverse=True):
        total += weight
        count += 1
        if total >= threshold:
            break
    return count


def parent(technique: str) -> str:
    """Give the technique of a sub-technique, and a technique itself."""
    return technique.partition(".")[0]


def same_technique(told: str, truth: str) -> bool:
    """Say whether a technique is the labelled one, its parent, or a closer name of a label without sub-technique."""
    return told in {truth, parent(truth)} or parent(told) == truth


def any_technique(told: Iterable[str], truth: Collection[str]) -> bool:
    """Say whether one of the techniques is right."""
    return any(same_technique(one, label) for one in told for label in truth)


def names_of(incident: Incident, kinds: Collection[str]) -> frozenset[str]:
    """Give all names, aliases too, of an incident's entities of these kinds."""
    return frozenset(
        name for party in incident.entities if party.kind in kinds for name in (party.name, *party.aliases)
    )
