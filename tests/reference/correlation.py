"""Sigma correlation rules over a list of events, by looking at every window anew.

Enters: correlation documents, detection rules and events in order of time. Leaves: for each correlation the indexes
of the events with which its condition holds: those that match a referenced rule and end a window (`timespan` long,
both ends included) of events of the same group that fulfils the condition.
Source: Sigma correlation rules specification 2.0 (2.1 for sums, averages, percentiles).
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.reference.condition import Parser, Tree, holds
from tests.reference.fields import text_of, values_of
from tests.reference.sigma import Rule
from tests.reference.values import number_of
from tocsin.model import Event

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda count, limit: count > limit,
    "gte": lambda count, limit: count >= limit,
    "lt": lambda count, limit: count < limit,
    "lte": lambda count, limit: count <= limit,
    "eq": lambda count, limit: count == limit,
    "neq": lambda count, limit: count != limit,
}


@dataclass(frozen=True)
class Hit:
    """One event that matches one of the referenced rules: its index, time, rule and group."""

    index: int
    time_us: int
    rule: str
    group: tuple[str, ...]


@dataclass
class Correlation:
    """One correlation rule."""

    id: str
    name: str
    type: str
    rules: list[str]
    group_by: list[str]
    timespan_us: int
    condition: dict[str, Any]
    aliases: dict[str, dict[str, str]]
    expression: Tree | None = None
    """The condition of a temporal correlation as a text: `a and not b`."""

    def fires(self, matched: dict[str, list[int]], events: list[Event]) -> list[int]:
        """Give the events that complete it; `matched` tells for each rule (by id and by name) its events."""
        hits = [hit for rule in self.rules for index in matched[rule] if (hit := self._hit(rule, index, events))]
        hits.sort(key=lambda hit: (hit.time_us, hit.index))
        fired = []
        for hit in hits:
            window = [
                other
                for other in hits
                if other.group == hit.group
                and hit.time_us - self.timespan_us <= other.time_us
                and (other.time_us, other.index) <= (hit.time_us, hit.index)
            ]
            if self._holds(window, events):
                fired.append(hit.index)
        return sorted(set(fired))

    def _hit(self, rule: str, index: int, events: list[Event]) -> Hit | None:
        event = events[index]
        group = [self._field(rule, name, event) for name in self.group_by]
        if event.time_us is None or None in group:
            return None
        return Hit(index, event.time_us, rule, tuple(str(part) for part in group))

    def _field(self, rule: str, name: str, event: Event) -> str | None:
        own = self.aliases.get(name, {}).get(rule, name)
        texts = [text for value in values_of(event.native, own)[1] if (text := text_of(value)) is not None]
        return texts[0].lower() if texts else None

    def _holds(self, window: list[Hit], events: list[Event]) -> bool:
        if self.type == "temporal_ordered":
            return self._compared(_longest_prefix(self.rules, [hit.rule for hit in window]))
        if self.expression:
            return holds(self.expression, {hit.rule for hit in window}.__contains__)
        if self.type == "temporal":
            return self._compared(len({hit.rule for hit in window}))
        if self.type == "event_count":
            return self._compared(len({hit.index for hit in window}))
        field = str(self.condition["field"])
        texts = [text for hit in window if (text := self._field(hit.rule, field, events[hit.index])) is not None]
        if self.type == "value_count":
            return self._compared(len(set(texts)))
        numbers = [float(number) for text in texts if (number := number_of(text)) is not None]
        return bool(numbers) and self._compared(_statistic(self.type, numbers, self.condition))

    def _compared(self, count: float) -> bool:
        limits = {key: value for key, value in self.condition.items() if key in COMPARE}
        limits = limits or {"gte": len(self.rules)}
        return all(COMPARE[key](count, value) for key, value in limits.items())


def _longest_prefix(wanted: list[str], seen: list[str]) -> int:
    """Count how many of the rules, from the first on, appear in their order."""
    count = 0
    for rule in seen:
        if count < len(wanted) and rule == wanted[count]:
            count += 1
    return count


def _statistic(kind: str, numbers: list[float], condition: dict[str, Any]) -> float:
    if kind == "value_sum":
        return sum(numbers)
    if kind == "value_avg":
        return statistics.fmean(numbers)
    if kind == "value_median":
        return statistics.median(numbers)
    if kind == "value_percentile":
        ordered = sorted(numbers)
        rank = -(-len(ordered) * int(condition.get("percentile", 50)) // 100)
        return ordered[max(rank, 1) - 1]
    raise ValueError(f"unknown correlation type {kind}")


def correlation_of(document: dict[str, Any]) -> Correlation:
    """Read one correlation rule.

    Raises:
        ValueError: its timespan is not of the specification.
    """
    body = document["correlation"]
    rules = [body["rules"]] if isinstance(body["rules"], str) else body["rules"]
    condition = body.get("condition") or {}
    found = re.fullmatch(r"(\d+)([smhd])", str(body["timespan"]))
    if not found:
        raise ValueError(f"{body['timespan']!r} is not a timespan")
    return Correlation(
        str(document.get("id") or ""),
        str(document.get("name") or ""),
        body["type"],
        rules,
        [body["group-by"]] if isinstance(body.get("group-by"), str) else body.get("group-by") or [],
        int(found[1]) * SECONDS[found[2]] * 1_000_000,
        {} if isinstance(condition, str) else dict(condition),
        body.get("aliases") or {},
        Parser(condition, rules).parse() if isinstance(condition, str) else None,
    )


def run(correlations: list[Correlation], rules: list[Rule], events: list[Event]) -> dict[str, list[int]]:
    """Give for each correlation (by id) the events that complete it; correlations may refer to earlier ones."""
    matched: dict[str, list[int]] = {}
    for rule in rules:
        matched[rule.id] = matched[rule.name] = [i for i, event in enumerate(events) if rule.matches(event)]
    for correlation in correlations:
        fired = correlation.fires(matched, events)
        matched[correlation.id] = matched[correlation.name] = fired
    return {correlation.id: matched[correlation.id] for correlation in correlations}
