"""Rarity as evidence: what is unusual for one place, added up while it is fresh.

Enters: findings in order of time, each with its place (a host, or an address without one). Leaves: how rare each was,
and `Raised` ledgers: places where rare things came together. Signatures' severity plays no part here.

For each finding: p = (n(place, rule) + 5 p_all(rule)) / (N(place) + 5), counts decayed with a half-life of three days
and capped at one an hour; its value is min(4, -log10 p) - 1, plus half the logarithm of a burst. What starts within
ten seconds of others on the same place counts less: half after one that never started with it before, less after one
that usually does, and half again for every further one (a dozen alarms of one log-on are not a dozen witnesses). The
ledger of a place halves every hour; it is raised at `RAISE_DECADES` with two rules of a decade or more.
Source: the project's design of the correlator, measured by benchmarks/detect.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

from msgspec import Struct

from tocsin.correlate.score import rule_of
from tocsin.model import Finding

RAISE_DECADES = 9.0
"""Fixed on two of the four development networks and reported on the others (docs/rooms/correlate.md)."""

HOUR_US = 3_600_000_000
COUNT_HALF_LIFE_US = 72 * HOUR_US
LEDGER_HALF_LIFE_US = HOUR_US
LEARN_US = 24 * HOUR_US
"""Nothing is unusual before so much has been seen; a shorter input learns for a quarter of its span."""

COFIRE_US = 10_000_000
IDLE_US = 6 * HOUR_US
CLOSE_DECADES = 1.0
"""A raised ledger is over when no more than this is left in it, or after six hours without anything new."""

JOIN_DECADES = 1.0
"""What is worth less is context of a raised ledger, not part of it."""

MAX_KEYS = 2_000_000
MAX_RULES = 32


class Raised(Struct):
    """A place whose ledger was raised: when, how high it rose, and which findings (by index) stand behind it."""

    place: str
    raised_us: int
    last_us: int
    decades: float
    members: list[int]


class Decayed:
    """Counters that halve over time. Bounded: beyond `limit` keys the one touched longest ago goes."""

    def __init__(self, half_life_us: int, limit: int = MAX_KEYS) -> None:
        self._half_life_us = half_life_us
        self._limit = limit
        self._values: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def at(self, key: Hashable, time_us: int) -> float:
        """Give a counter's value at a time (time that goes backwards does not raise it)."""
        known = self._values.get(key)
        if known is None:
            return 0.0
        return known[0] * math.pow(0.5, max(0, time_us - known[1]) / self._half_life_us)

    def add(self, key: Hashable, time_us: int, amount: float = 1.0) -> None:
        """Add to a counter."""
        self._values[key] = (self.at(key, time_us) + amount, time_us)
        self._values.move_to_end(key)
        if len(self._values) > self._limit:
            self._values.popitem(last=False)


class Rarity:
    """How rare a finding is where it was found, from what was found before it."""

    def __init__(self) -> None:
        self._here = Decayed(COUNT_HALF_LIFE_US)
        self._all_here = Decayed(COUNT_HALF_LIFE_US)
        self._anywhere = Decayed(COUNT_HALF_LIFE_US)
        self._all = Decayed(COUNT_HALF_LIFE_US)
        self._runs = Decayed(COUNT_HALF_LIFE_US)
        self._starts = Decayed(COUNT_HALF_LIFE_US)
        self._together = Decayed(COUNT_HALF_LIFE_US)
        self._hour: dict[tuple[str, str], int] = {}
        self._recent: OrderedDict[str, list[tuple[str, int]]] = OrderedDict()

    def value(self, place: str, rule: str, time_us: int, count: int, weighty: Callable[[str], bool]) -> float:
        """Give a finding's value in decades (0 or less: nothing new), then learn it.

        `weighty(rule)` says whether a rule already stands in the place's ledger.
        """
        value = self._novelty(place, rule, time_us) + self._burst((place, rule), time_us, count)
        before = [name for name, at_us in self._recent.get(place, ()) if abs(time_us - at_us) <= COFIRE_US]
        before = [name for name in dict.fromkeys(before) if name != rule]
        if value > 0:
            value *= self._discount(place, rule, time_us, [name for name in before if weighty(name)])
        self._learn(place, rule, time_us, count, before)
        return value

    def _novelty(self, place: str, rule: str, time_us: int) -> float:
        everywhere = (self._anywhere.at(rule, time_us) + 0.5) / (self._all.at("", time_us) + 1)
        p = (self._here.at((place, rule), time_us) + 5 * everywhere) / (self._all_here.at(place, time_us) + 5)
        return min(4.0, -math.log10(min(1.0, p))) - 1

    def _burst(self, key: tuple[str, str], time_us: int, count: int) -> float:
        starts = self._starts.at(key, time_us)
        usual = self._runs.at(key, time_us) / starts if starts > 0.01 else 1.0
        return min(4.0, 0.5 * math.log2(count / (usual + 1))) if count >= 4 and count > usual + 1 else 0.0

    def _discount(self, place: str, rule: str, time_us: int, before: list[str]) -> float:
        if not before:
            return 1.0
        other = before[0]
        fewest = min(self._starts.at((place, other), time_us), self._starts.at((place, rule), time_us))
        together = self._together.at((place, other, rule), time_us)
        pair = 1 - min(0.9, (together + 1) / (fewest + 2)) if fewest > 0 else 0.5
        return float(pair * 0.5 ** (len(before) - 1))

    def _learn(self, place: str, rule: str, time_us: int, count: int, before: list[str]) -> None:
        key = (place, rule)
        for other in before:
            self._together.add((place, other, rule), time_us)
        self._starts.add(key, time_us)
        self._runs.add(key, time_us, count)
        recent = [pair for pair in self._recent.get(place, ()) if abs(time_us - pair[1]) <= COFIRE_US][-MAX_RULES:]
        self._recent[place] = [*recent, (rule, time_us)]
        self._recent.move_to_end(place)
        if len(self._recent) > MAX_KEYS:
            self._recent.popitem(last=False)
        hour = time_us // HOUR_US
        if self._hour.get(key) != hour:
            if len(self._hour) >= MAX_KEYS:
                self._hour.clear()
            self._hour[key] = hour
            self._here.add(key, time_us)
            self._all_here.add(place, time_us)
            self._anywhere.add(rule, time_us)
            self._all.add("", time_us)


class _Book:
    """The ledger of one place: what stands in it, and whether it is raised."""

    __slots__ = ("entries", "raised")

    def __init__(self) -> None:
        self.entries: dict[str, tuple[float, int, int]] = {}
        self.raised: Raised | None = None

    def now(self, rule: str, time_us: int) -> float:
        value, at_us, _ = self.entries.get(rule, (0.0, time_us, 0))
        return value * math.pow(0.5, max(0, time_us - at_us) / LEDGER_HALF_LIFE_US)

    def enter(self, rule: str, value: float, time_us: int, index: int) -> None:
        if value > self.now(rule, time_us):
            self.entries[rule] = (value, time_us, index)
        if len(self.entries) > MAX_RULES:
            del self.entries[min(self.entries, key=lambda name: (self.now(name, time_us), name))]

    def close_if_over(self, time_us: int) -> None:
        """Lower the ledger when it has been idle, or when less than a decade is left in it."""
        if self.raised is None:
            return
        left = sum(self.now(rule, time_us) for rule in self.entries)
        if left < CLOSE_DECADES or time_us - self.raised.last_us > IDLE_US:
            self.raised = None


def weigh(findings: Sequence[Finding], place_of: Callable[[Finding], str]) -> tuple[list[float], list[Raised]]:
    """Give the rarity of each finding (sorted by time; 0 without time or place) and the raised ledgers."""
    times = [one.time_us for one in findings if one.time_us is not None]
    values = [0.0] * len(findings)
    raised: list[Raised] = []
    if not times:
        return values, raised
    known_us = times[0] + min(LEARN_US, (times[-1] - times[0]) // 4)
    rarity = Rarity()
    books: dict[str, _Book] = {}
    for index, finding in enumerate(findings):
        place = place_of(finding)
        if finding.time_us is None or not place:
            continue
        rule, time_us = rule_of(finding), finding.time_us
        book = books.setdefault(place, _Book())
        value = rarity.value(place, rule, time_us, finding.count, book.entries.__contains__)
        if value > 0 and time_us > known_us:
            values[index] = value
            book.close_if_over(time_us)
            book.enter(rule, value, time_us, index)
            _judge(book, place, time_us, index, value, raised)
    return values, raised


def _judge(book: _Book, place: str, time_us: int, index: int, value: float, raised: list[Raised]) -> None:
    """Raise the ledger when it holds enough; while it is raised, what is worth a decade joins it."""
    now = {rule: book.now(rule, time_us) for rule in book.entries}
    total = sum(now.values())
    if book.raised is None and total >= RAISE_DECADES and sum(value >= 1 for value in now.values()) >= 2:
        members = sorted(at for rule, (_, _, at) in book.entries.items() if now[rule] > 0.1)
        book.raised = Raised(place, time_us, time_us, total, members)
        raised.append(book.raised)
    elif book.raised is not None and value >= JOIN_DECADES:
        book.raised.members.append(index)
        book.raised.last_us = time_us
        book.raised.decades = max(book.raised.decades, total)
