"""Decayed counters: how much of each thing there was lately.

Enters: keys, times in microseconds, amounts. Leaves: what had come before, halved with each half-life.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.behaviour.memory.decay import TICKS, left, left_many, tick_us
from tocsin.detect.behaviour.memory.packing import (
    EVICTED,
    Index,
    State,
    highest,
    kept,
    sized,
    unpack,
    unpack_reals,
    whole,
)

FORGOTTEN = 0.05
"""A sweep drops all counters below this: what they knew is as good as nothing (BEHAVIOUR.md 7.8)."""


class Counts:
    """At most `limit` counters that halve every `half_life_s`; of too many those with the least left go.

    Time that goes backwards by less than a half-life adds what would be left of the amount; a clock that was ahead
    by more is no longer believed, and the counter goes on from the older time.
    """

    def __init__(self, limit: int, half_life_s: float) -> None:
        self._limit = max(1, limit)
        self._half_life_s = float(half_life_s)
        self.tick_us = tick_us(half_life_s)
        self._index = Index()
        self._values = array("d")
        self._ticks = array("q")

    def __len__(self) -> int:
        return len(self._index)

    @property
    def half_life_s(self) -> float:
        """Seconds in which a counter halves."""
        return self._half_life_s

    def add(self, key: int, time_us: int, amount: float = 1.0) -> float:
        """Add to a counter; give what it held before, at that time."""
        tick = time_us // self.tick_us
        row = self._index.find(key)
        if row < 0:
            self.start(key, tick, amount)
            return 0.0
        return self.add_at(row, tick, amount)

    def add_at(self, row: int, tick: int, amount: float = 1.0) -> float:
        """Do as `add` for a counter found by `row`."""
        gone = tick - self._ticks[row]
        if gone >= 0:
            before = self._values[row] * left(gone)
            self._values[row] = before + amount
        else:
            before = self._values[row]
            self._values[row] = before + (amount * left(-gone) if gone >= -TICKS else amount)
            if gone >= -TICKS:
                return before
        self._ticks[row] = tick
        return before

    def get(self, key: int, time_us: int) -> float:
        """Give what a counter holds at a time; 0 where there is none."""
        return self.at(self._index.find(key), time_us // self.tick_us)

    def row(self, key: int) -> int:
        """Give the place of a counter until the next one is started; -1 where there is none."""
        return self._index.find(key)

    def at(self, row: int, tick: int) -> float:
        """Do as `get` for a counter found by `row`."""
        if row < 0:
            return 0.0
        gone = tick - self._ticks[row]
        return self._values[row] * left(gone) if gone > 0 else self._values[row]

    def tick(self, time_us: int) -> int:
        """Give the tick of a time."""
        return time_us // self.tick_us

    def last_us(self, row: int) -> int:
        """Give when a counter found by `row` last changed, to the tick."""
        return self._ticks[row] * self.tick_us

    def add_many(
        self, keys: NDArray[np.uint64], times_us: NDArray[np.int64], amounts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Do as `add` for each in turn, a batch at a time. All arrays: (n,); the result is what was there before."""
        before = np.zeros(len(keys))
        rows = self._index.find_many(keys)
        crowded = len(self) + int((rows < 0).sum()) > self._limit  # a sweep may come: then one after the other
        alone = (rows >= 0) & _single(keys) & (not crowded)
        ticks = times_us // self.tick_us
        values, last = np.array(self._values), np.array(self._ticks)
        if alone.any():
            alone[alone] = ticks[alone] >= last[rows[alone]]
        at = rows[alone]
        before[alone] = values[at] * left_many(ticks[alone] - last[at])
        if at.size:
            np.frombuffer(self._values, np.float64)[at] = before[alone] + amounts[alone]
            np.frombuffer(self._ticks, np.int64)[at] = ticks[alone]
        for place in np.flatnonzero(~alone):
            before[place] = self.add(int(keys[place]), int(times_us[place]), float(amounts[place]))
        return before

    def start(self, key: int, tick: int, amount: float = 1.0) -> None:
        """Start a counter that is not there."""
        if len(self._index) >= self._limit:
            self._sweep()
        row, new = self._index.put(key)
        if new:
            self._values.append(amount)
            self._ticks.append(tick)
        else:
            self._values[row], self._ticks[row] = amount, tick

    def _sweep(self) -> None:
        """Drop the least. What is left is compared as logarithms: a clock that is years ahead then outlives the rest,
        but does not make the rest look forgotten; "now" is the time that nine in ten counters have not passed."""
        ticks, values = np.array(self._ticks), np.array(self._values)
        worth = np.log2(np.maximum(values, 1e-300)) + ticks / TICKS
        now = np.partition(ticks, len(ticks) * 9 // 10)[len(ticks) * 9 // 10] / TICKS
        room = self._limit - max(1, self._limit // EVICTED)
        number = min(room, int((worth - now >= np.log2(FORGOTTEN)).sum()))
        rows = highest(worth, self._index.keys, number)
        self._index.keep(rows)
        self._values = array("d", values[rows].tobytes())
        self._ticks = kept(self._ticks, rows)

    def state(self) -> State:
        """Give all of it for a snapshot."""
        return {
            "limit": self._limit,
            "half_life_s": self._half_life_s,
            "values": self._values.tobytes(),
            "ticks": self._ticks.tobytes(),
            **self._index.state(),
        }

    @classmethod
    def restored(cls, state: State) -> Counts:
        """Make it again."""
        counts = cls(whole(state["limit"]), float(str(state["half_life_s"])))
        counts._index = Index.restored(state)
        counts._values = unpack_reals(state["values"])
        counts._ticks = unpack("q", state["ticks"])
        return counts

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        return self._index.size_bytes + sized(self._values, self._ticks)


def _single(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell the keys that come only once."""
    _, place, times = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(times[place] == 1)
