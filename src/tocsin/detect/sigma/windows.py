"""The windows of correlation rules: what lies within the timespan of one group, and whether the condition holds.

Enters: the hits of one group in order of time. Leaves: whether the condition holds with each hit, and the hits
behind that. Memory is bounded: beyond `MAX_WINDOW` hits the oldest are dropped, so larger counts saturate.
Source: Sigma correlation rules specification 2.1.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Callable, Set
from fractions import Fraction
from typing import NamedTuple, Protocol

from tocsin.detect.sigma.rule import All, Comparison, Correlation, Node, Not, Some, Test
from tocsin.detect.sigma.values import number_in

MAX_WINDOW = 10_000
MAX_NAMED = 100
"""Hits that are named behind one match; the rest is counted."""

Number = int | Fraction

_COMPARE: dict[Comparison, Callable[[Number, float], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}


class Seen(NamedTuple):
    """One hit as windows need it: its place in the input, time, event, rule reference, value of the counted field."""

    place: int
    time_us: int
    event: str
    reference: str
    value: str | None


class Window(Protocol):
    """The hits of one group."""

    def add(self, hit: Seen) -> bool:
        """Take the next hit; say whether the condition holds with it."""

    def hits(self) -> tuple[int, ...]:
        """Give the hits behind the condition, in order."""


def window_for(correlation: Correlation) -> Window:
    """Give an empty window for a correlation rule."""
    if correlation.type == "temporal_ordered" and correlation.expression is None:
        return _Ordered(correlation)
    if correlation.type in {"temporal", "temporal_ordered"}:
        return _Together(correlation)
    return _Sliding(correlation)


def compares(correlation: Correlation, count: Number) -> bool:
    """Say whether a count fulfils the correlation's condition."""
    comparisons = correlation.comparisons or (("gte", float(len(correlation.rules))),)
    return all(_COMPARE[comparison](count, limit) for comparison, limit in comparisons)


class _Sliding:
    """Counts and statistics over all hits of the window."""

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self._hits: deque[Seen] = deque()
        self._events: Counter[str] = Counter()
        self._values: Counter[str] = Counter()
        self._numbers: list[Fraction] = []
        self._sum = Fraction(0)
        self._numeric = correlation.type not in {"event_count", "value_count"}

    def add(self, hit: Seen) -> bool:
        self._hits.append(hit)
        self._count(hit, 1)
        oldest_us = hit.time_us - self._correlation.timespan_us
        while self._hits[0].time_us < oldest_us or len(self._hits) > MAX_WINDOW:
            self._count(self._hits.popleft(), -1)
        return self._holds()

    def hits(self) -> tuple[int, ...]:
        return tuple(hit.place for hit in list(self._hits)[-MAX_NAMED:])

    def _count(self, hit: Seen, step: int) -> None:
        _step(self._events, hit.event, step)
        if hit.value is None:
            return
        if not self._numeric:
            _step(self._values, hit.value, step)
            return
        number = number_in(hit.value)
        if number is None or not number.is_finite() or abs(number.adjusted()) > 400:
            return
        exact = Fraction(number)
        self._sum += step * exact
        if step > 0:
            insort(self._numbers, exact)
        else:
            del self._numbers[bisect_left(self._numbers, exact)]

    def _holds(self) -> bool:
        kind = self._correlation.type
        if kind == "event_count":
            return compares(self._correlation, len(self._events))
        if kind == "value_count":
            return compares(self._correlation, len(self._values))
        return bool(self._numbers) and compares(self._correlation, self._statistic(kind))

    def _statistic(self, kind: str) -> Fraction:
        numbers = self._numbers
        if kind == "value_sum":
            return self._sum
        if kind == "value_avg":
            return self._sum / len(numbers)
        if kind == "value_median":
            return (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2
        rank = -(-len(numbers) * self._correlation.percentile // 100)
        return numbers[min(max(rank, 1), len(numbers)) - 1]


def _step(counter: Counter[str], key: str, step: int) -> None:
    counter[key] += step
    if not counter[key]:
        del counter[key]


class _Together:
    """Which of the rules hit within the window, in any order."""

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self._last: dict[str, Seen] = {}

    def add(self, hit: Seen) -> bool:
        oldest_us = hit.time_us - self._correlation.timespan_us
        self._last[hit.reference] = hit
        self._last = {name: seen for name, seen in self._last.items() if seen.time_us >= oldest_us}
        if self._correlation.expression is not None:
            return _fulfils(self._correlation.expression, self._last.keys())
        return compares(self._correlation, len(self._last))

    def hits(self) -> tuple[int, ...]:
        return tuple(sorted({hit.place for hit in self._last.values()}))


def _fulfils(node: Node, names: Set[str]) -> bool:
    if isinstance(node, Test):
        return node.field in names
    if isinstance(node, Not):
        return not _fulfils(node.item, names)
    if isinstance(node, All):
        return all(_fulfils(item, names) for item in node.items)
    return isinstance(node, Some) and any(_fulfils(item, names) for item in node.items)


class _Ordered:
    """How many of the rules, from the first on, hit in their order: of each length the chain that began last."""

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self._chains: list[tuple[Seen, ...]] = [() for _ in range(len(correlation.rules) + 1)]
        self._length = 0

    def add(self, hit: Seen) -> bool:
        chains, rules = self._chains, self._correlation.rules
        for length in range(len(rules), 0, -1):
            if rules[length - 1] == hit.reference and (length == 1 or chains[length - 1]):
                chains[length] = (*chains[length - 1], hit)
        oldest_us = hit.time_us - self._correlation.timespan_us
        self._length = max((n for n, chain in enumerate(chains) if chain and chain[0].time_us >= oldest_us), default=0)
        return compares(self._correlation, self._length)

    def hits(self) -> tuple[int, ...]:
        return tuple(sorted({hit.place for hit in self._chains[self._length]}))
