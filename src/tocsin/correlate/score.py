"""How much evidence a group of findings is: each rule counts once, what fires everywhere counts less.

Enters: the findings of one group, and how often each rule was found at all. Leaves: a `Score`.

The value of a rule in a group is its weight (decades), divided by 1 + log10(1 + times it was found elsewhere), and
halved when all its events also fired a heavier rule (two alarms from one event are not two witnesses).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tocsin.model import Confidence, Finding
from tocsin.model.attack import tactics_of

COUNTED_RULES = 32
"""Rules that may add up in one group, the heaviest first (BEHAVIOUR.md 7.5)."""

SURE_DECADES = 4.0
SURE_RARITY = 18.0
"""Twice what raises a ledger."""

STAGE: dict[str, int] = {
    "reconnaissance": 0,
    "resource-development": 0,
    "initial-access": 1,
    "execution": 2,
    "persistence": 2,
    "stealth": 2,
    "defense-evasion": 2,
    "defense-impairment": 3,
    "privilege-escalation": 3,
    "discovery": 2,
    "credential-access": 3,
    "lateral-movement": 4,
    "collection": 5,
    "command-and-control": 5,
    "exfiltration": 5,
    "impact": 6,
}
"""How far an attack is when it reaches a tactic (BEHAVIOUR.md 7.7)."""


class Part(Struct, frozen=True):
    """What one rule adds: its name, its value in decades, its first finding.

    `signature` is what its severity is worth; `decades` that, or its rarity here where that is more.
    """

    rule: str
    decades: float
    first: Finding
    signature: float
    last_us: int


class Score(Struct, frozen=True):
    """The evidence of a group: total and parts (heaviest first), and what follows from it."""

    decades: float
    signature: float
    parts: tuple[Part, ...]
    tactics: tuple[str, ...]
    urgency: int
    confidence: Confidence
    deciding_us: int | None


class Known(Struct, frozen=True):
    """What is known beside a group: how often each rule was found anywhere and in it, what of it was rare here.

    `rarity` is finding id -> decades, for findings that stand in a raised ledger; `ledger_us` when it was raised;
    `enough` the signatures' decades at which a group is an incident.
    """

    seen: Mapping[str, int]
    own: Mapping[str, int]
    rarity: Mapping[str, float]
    ledger_us: int | None
    enough: float


def score(group: list[Finding], known: Known) -> Score:
    """Weigh a group of findings (sorted by time)."""
    parts = _parts(group, known)
    total = sum(part.decades for part in parts)
    tactics = _tactics(parts)
    layers = {part.first.layer for part in parts}
    return Score(
        decades=round(total, 3),
        signature=round(_peak(parts), 3),
        parts=tuple(parts),
        tactics=tactics,
        urgency=_urgency(total, tactics, len(layers)),
        confidence=_confidence(total, parts, len(layers)),
        deciding_us=_deciding_us(parts, known),
    )


def rule_of(finding: Finding) -> str:
    """Name what a finding counts as: its rule, what a detector says of whomever it says it, or another tool's alert."""
    return finding.rule.id if finding.rule else f"{finding.detector}:{finding.facts.get('message') or finding.title}"


def _parts(group: list[Finding], known: Known) -> list[Part]:
    by_rule: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in group:
        by_rule[rule_of(finding)].append(finding)
    heaviest = sorted(by_rule.items(), key=lambda item: (-max(one.weight for one in item[1]), item[0]))
    witnessed: set[str] = set()
    parts = []
    for rule, findings in heaviest:
        elsewhere = max(0, known.seen.get(rule, 0) - known.own.get(rule, len(findings)))
        value = max(one.weight for one in findings) / (1 + math.log10(1 + elsewhere))
        events = {event.id for one in findings for event in one.events}
        value = value / 2 if events <= witnessed else value
        witnessed |= events
        rare = max(known.rarity.get(one.id, 0.0) for one in findings)
        lasts = [one.last_us for one in findings if one.last_us is not None]
        parts.append(Part(rule, max(value, rare), findings[0], value, max(lasts, default=0)))
    return sorted(parts, key=lambda part: (-part.decades, part.rule))[:COUNTED_RULES]


def tactic_of(part: Part) -> str:
    """Give the furthest tactic that a part's techniques stand for; of a technique's several, the earliest."""
    earliest = []
    for technique in part.first.techniques:
        tactics = [tactic for tactic in tactics_of(technique) if tactic in STAGE]
        earliest += sorted(tactics, key=lambda tactic: (STAGE[tactic], tactic))[:1]
    return max(earliest, key=lambda tactic: (STAGE[tactic], tactic), default="")


def stage_of(part: Part) -> int:
    """Give how far an attack is with this part: the stage of its tactic."""
    return STAGE.get(tactic_of(part), 0)


def _tactics(parts: list[Part]) -> tuple[str, ...]:
    """Give the tactics reached, in the order of an attack."""
    reached = {tactic for part in parts if (tactic := tactic_of(part))}
    return tuple(sorted(reached, key=lambda tactic: (STAGE[tactic], tactic)))


def _urgency(total: float, tactics: tuple[str, ...], layers: int) -> int:
    """0-100: up to 50 for evidence, 35 for how far the attack got, 5 for breadth of tactics, 10 for layers."""
    evidence = min(50.0, 14 * math.log2(1 + total))
    stage = 35 * max((STAGE[tactic] for tactic in tactics), default=0) / max(STAGE.values())
    return min(100, round(evidence + stage + min(5, len(tactics)) + min(10, 5 * (layers - 1))))


def witnesses(parts: Sequence[Part]) -> int:
    """Count the independent rules of a decade or more."""
    return sum(part.signature >= 1 for part in parts)


def _confidence(total: float, parts: list[Part], layers: int) -> Confidence:
    if (witnesses(parts) >= 3 and layers >= 2) or any(part.signature >= SURE_DECADES for part in parts):
        return "A"
    signature = sum(part.signature for part in parts)
    return "B" if signature >= SURE_DECADES or total >= SURE_RARITY else "C"


def _peak(parts: list[Part]) -> float:
    """Give the most that the signatures' evidence came to at any time: what is days old counts half, a quarter…"""
    return max((_at(parts, part.first.time_us or 0) for part in parts), default=0.0)


def _at(parts: list[Part], time_us: int) -> float:
    return sum(
        part.signature * math.pow(0.5, max(0, time_us - part.last_us) / HALF_LIFE_US)
        for part in parts
        if (part.first.time_us or 0) <= time_us
    )


HALF_LIFE_US = 72 * 3600 * 1_000_000
"""The slow ledger: evidence of signatures halves in three days, that of rarity in an hour (`ledger.py`)."""


def _deciding_us(parts: list[Part], known: Known) -> int | None:
    """Give the time at which the evidence became enough: of signatures, or of a place's ledger."""
    by_time = sorted(parts, key=lambda part: (part.first.time_us or 0, part.rule))
    times = [part.first.time_us for part in by_time if _at(parts, part.first.time_us or 0) >= known.enough][:1]
    reached = [one for one in (*times, known.ledger_us) if one is not None]
    heaviest = max(parts, key=lambda part: part.decades, default=None)
    return min(reached) if reached else heaviest.first.time_us if heaviest is not None else None
