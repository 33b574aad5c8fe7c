"""How rare a finding is where it was found, from what was found before it. Packed: some 40 bytes a place and rule.

Enters: findings in order of time, each as place, rule, time, count. Leaves: decades.

p = (n(place, rule) + 5 p_all(rule)) / (N(place) + 5), counts decayed with a half-life of three days and capped at one
an hour; the value is min(4, -log10 p) - 1, plus half the logarithm of a burst. What starts within ten seconds of
others on the same place counts less: half after one that never started with it before, less after one that usually
does, and half again for every further one (a dozen alarms of one log-on are not a dozen witnesses).
Source: the project's design of the correlator, measured by benchmarks/detect.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from tocsin.correlate.policy import HOUR_US
from tocsin.detect.behaviour.memory import Counts, key64, pair64
from tocsin.detect.behaviour.memory.decay import TICKS, left, tick_us
from tocsin.detect.behaviour.memory.packing import EVICTED, Index, highest, kept

HALF_LIFE_S = 72 * 3600.0
COFIRE_US = 10_000_000
PRIOR = 5.0
MAX_CELLS = 3_000_000
"""A million places with three rules each: 120 MB."""
MAX_PLACES = 1_500_000
MAX_RULES = 100_000
MAX_RECENT = 50_000
COFIRED = 32


class Cells:
    """What is known of each place and rule: starts, alerts, hours with any, all halving; the last time; packed."""

    def __init__(self, limit: int = MAX_CELLS) -> None:
        self._limit = limit
        self.tick_us = tick_us(HALF_LIFE_S)
        self._index = Index()
        self.hours = array("f")
        self.starts = array("f")
        self.runs = array("f")
        self._ticks = array("q")
        self._hour = array("i")

    def __len__(self) -> int:
        return len(self._index)

    def row(self, key: int, time_us: int) -> int:
        """Find a cell and halve it to this time; start it where there is none. Rows hold until the next one starts."""
        tick = time_us // self.tick_us
        row = self._index.find(key)
        if row < 0:
            return self._start(key, tick)
        gone = tick - self._ticks[row]
        if gone > 0:
            share = left(gone)
            self.hours[row] *= share
            self.starts[row] *= share
            self.runs[row] *= share
            self._ticks[row] = tick
        return row

    def find(self, key: int, time_us: int) -> float:
        """Give a cell's starts at a time; 0 where there is none."""
        row = self._index.find(key)
        if row < 0:
            return 0.0
        return self.starts[row] * left(max(0, time_us // self.tick_us - self._ticks[row]))

    def learn(self, row: int, time_us: int, count: int) -> bool:
        """Count a start of so many alerts; say whether it is the first of its hour."""
        self.starts[row] += 1
        self.runs[row] += count
        hour = (time_us // HOUR_US) & 0x7FFF_FFFF
        if self._hour[row] == hour:
            return False
        self._hour[row] = hour
        self.hours[row] += 1
        return True

    def _start(self, key: int, tick: int) -> int:
        if len(self._index) >= self._limit:
            self._sweep()
        row, new = self._index.put(key)
        if new:
            for column in (self.hours, self.starts, self.runs):
                column.append(0.0)
            self._ticks.append(tick)
            self._hour.append(-1)
        else:
            self.hours[row] = self.starts[row] = self.runs[row] = 0.0
            self._ticks[row], self._hour[row] = tick, -1
        return row

    def _sweep(self) -> None:
        """Drop the eighth with the least left."""
        worth = np.log2(np.maximum(np.frombuffer(self.starts, np.float32), 1e-30).astype(np.float64))
        worth += np.frombuffer(self._ticks, np.int64) / TICKS
        rows = highest(worth, self._index.keys, self._limit - max(1, self._limit // EVICTED))
        self._index.keep(rows)
        for name in ("hours", "starts", "runs"):
            column = np.frombuffer(getattr(self, name), np.float32)[rows]
            setattr(self, name, array("f", column.tobytes()))
        self._ticks, self._hour = kept(self._ticks, rows), kept(self._hour, rows)


class Fading:
    """A counter for each of some names that halves over time. Of too many names the one counted longest ago goes."""

    def __init__(self, half_life_s: float, limit: int = MAX_RULES) -> None:
        self._tick_us = tick_us(half_life_s)
        self._limit = limit
        self._values: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def at(self, name: str, time_us: int) -> float:
        """Give a counter's value at a time (time that goes backwards does not raise it)."""
        known = self._values.get(name)
        return known[0] * left(max(0, time_us // self._tick_us - known[1])) if known is not None else 0.0

    def last(self, name: str) -> float:
        """Give a counter's value when it was last added to."""
        known = self._values.get(name)
        return known[0] if known is not None else 0.0

    def add(self, name: str, time_us: int) -> None:
        """Add one."""
        tick = time_us // self._tick_us
        known = self._values.pop(name, None)
        if known is None:
            self._values[name] = (1.0, tick)
            if len(self._values) > self._limit:
                self._values.popitem(last=False)
        else:
            self._values[name] = (known[0] * left(max(0, tick - known[1])) + 1.0, max(tick, known[1]))


class Rarity:
    """Counts of all places and rules. Bounded: of too many, those with the least left go."""

    def __init__(self) -> None:
        self.cells = Cells()
        self._places = Counts(MAX_PLACES, HALF_LIFE_S)
        self._rules = Fading(HALF_LIFE_S)
        self._all = Fading(HALF_LIFE_S, 1)
        self._together = Counts(MAX_RULES * 10, HALF_LIFE_S)
        self._recent: OrderedDict[str, list[tuple[str, int]]] = OrderedDict()

    def value(self, place: str, rule: str, time_us: int, count: int, weighty: Callable[[str], bool]) -> float:
        """Give a finding's value in decades (0 or less: nothing new), then learn it.

        `weighty(rule)` says whether a rule already stands in the place's ledger.
        """
        here = key64(place)
        key = pair64(here, key64(rule))
        row = self.cells.row(key, time_us)
        held = self._places.row(here)
        everywhere = (self._rules.at(rule, time_us) + 0.5) / (self._all.at("", time_us) + 1)
        total = self._places.at(held, self._places.tick(time_us))
        p = (self.cells.hours[row] + PRIOR * everywhere) / (total + PRIOR)
        value = min(4.0, -math.log10(min(1.0, p))) - 1 + self._burst(row, count)
        before = self._started_with(place, rule, time_us)
        if before:
            if value > 0:
                value *= self._discount(here, row, key, time_us, [name for name in before if weighty(name)])
            for other in before:
                self._together.add(pair64(pair64(here, key64(other)), key), time_us)
        if self.cells.learn(row, time_us, count):
            self._places.add(here, time_us)
            self._rules.add(rule, time_us)
            self._all.add("", time_us)
        return value

    def _burst(self, row: int, count: int) -> float:
        if count < 4:
            return 0.0
        starts = self.cells.starts[row]
        usual = self.cells.runs[row] / starts if starts > 0.01 else 1.0
        return min(4.0, 0.5 * math.log2(count / (usual + 1))) if count > usual + 1 else 0.0

    def _started_with(self, place: str, rule: str, time_us: int) -> list[str]:
        """Give the rules that started on this place within ten seconds, and remember that this one did."""
        known = self._recent.pop(place, None)
        if known is None:
            self._recent[place] = [(rule, time_us)]
            if len(self._recent) > MAX_RECENT:
                self._recent.popitem(last=False)
            return []
        recent = [pair for pair in known if abs(time_us - pair[1]) <= COFIRE_US][-COFIRED:]
        self._recent[place] = [*recent, (rule, time_us)]
        return [name for name in dict.fromkeys(name for name, _ in recent) if name != rule] if recent else []

    def _discount(self, here: int, row: int, key: int, time_us: int, before: list[str]) -> float:
        if not before:
            return 1.0
        other = pair64(here, key64(before[0]))
        fewest = min(self.cells.find(other, time_us), self.cells.starts[row])
        together = self._together.get(pair64(other, key), time_us)
        pair = 1 - min(0.9, (together + 1) / (fewest + 2)) if fewest > 0 else 0.5
        return float(pair * 0.5 ** (len(before) - 1))
