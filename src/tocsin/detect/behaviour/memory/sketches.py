"""Sketches: how many different things, how often, which quantile; in fixed room.

Enters: keys and numbers. Leaves: estimates. Nothing is drawn by chance: where a sketch tosses a coin, ours alternates.
Source: HyperLogLog (Flajolet 2007, with linear counting), count-min (Cormode 2005), KLL (Karnin, Lang, Liberty 2016).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate
from math import ceil, isnan, log

import numpy as np

from tocsin.detect.behaviour.memory.keys import key64
from tocsin.detect.behaviour.memory.packing import EVICTED, Index, State, highest, kept, sized, unpack, whole

_UNIT = 40
"""A register of rank r weighs 2^(40 - r): whole numbers, so that a running sum stays exact."""


class Distinct:
    """HyperLogLog for each of at most `limit` keys; of too many the longest untouched go.

    64 registers: exact to about 13 %, and to a few per cent below a hundred things. 64 + 33 bytes a key.
    """

    def __init__(self, limit: int, registers: int = 64) -> None:
        self._limit = max(1, limit)
        self._size = 1 << max(4, (registers - 1).bit_length())
        self._index = Index()
        self._registers = array("B")
        self._sums = array("q")
        self._stamps = array("q")
        self._now = 0
        self._alpha = (
            0.7213 / (1 + 1.079 / self._size) if self._size >= 128 else {16: 0.673, 32: 0.697, 64: 0.709}[self._size]
        )

    def __len__(self) -> int:
        return len(self._index)

    def add(self, key: int, item: str | int) -> float:
        """Add an item (a text, or a key made by `key64`) under a key; give how many different ones there were."""
        return self._estimate(self._note(key, item))

    def note(self, key: int, item: str | int) -> None:
        """Do as `add`, without the estimate: a third of the time."""
        self._note(key, item)

    def _note(self, key: int, item: str | int) -> int:
        hashed = item if isinstance(item, int) else key64(item)
        row = self._index.find(key)
        if row < 0:
            row = self._start(key)
        self._now += 1
        self._stamps[row] = self._now
        at = row * self._size + hashed % self._size
        rank = min(_UNIT, 65 - self._size.bit_length() - (hashed // self._size).bit_length() + 1)
        before = self._registers[at]
        if rank > before:
            self._registers[at] = rank
            self._sums[row] += (1 << (_UNIT - rank)) - (1 << (_UNIT - before))
        return row

    def estimate(self, key: int) -> float:
        """Give how many different items there were under a key."""
        row = self._index.find(key)
        return self._estimate(row) if row >= 0 else 0.0

    def _estimate(self, row: int) -> float:
        size = self._size
        raw = self._alpha * size * size * (1 << _UNIT) / self._sums[row]
        if raw > 2.5 * size:
            return raw
        empty = self._registers[row * size : (row + 1) * size].count(0)
        return size * log(size / empty) if empty else raw

    def _start(self, key: int) -> int:
        if len(self._index) >= self._limit:
            self._sweep()
        row, new = self._index.put(key)
        if new:
            self._registers.frombytes(bytes(self._size))
            self._sums.append(self._size << _UNIT)
            self._stamps.append(0)
        else:
            self._registers[row * self._size : (row + 1) * self._size] = array("B", bytes(self._size))
            self._sums[row] = self._size << _UNIT
        return row

    def _sweep(self) -> None:
        rows = highest(np.array(self._stamps), self._index.keys, self._limit - max(1, self._limit // EVICTED))
        self._index.keep(rows)
        self._registers = kept(self._registers, rows, self._size)
        self._sums, self._stamps = kept(self._sums, rows), kept(self._stamps, rows)

    def state(self) -> State:
        """Give all of it for a snapshot."""
        columns = {"registers": self._registers, "sums": self._sums, "stamps": self._stamps}
        return {
            "limit": self._limit,
            "size": self._size,
            "now": self._now,
            **{name: column.tobytes() for name, column in columns.items()},
            **self._index.state(),
        }

    @classmethod
    def restored(cls, state: State) -> Distinct:
        """Make it again."""
        distinct = cls(whole(state["limit"]), whole(state["size"]))
        distinct._index, distinct._now = Index.restored(state), whole(state["now"])
        distinct._registers = unpack("B", state["registers"])
        distinct._sums, distinct._stamps = unpack("q", state["sums"]), unpack("q", state["stamps"])
        return distinct

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        return self._index.size_bytes + sized(self._registers, self._sums, self._stamps)


class CountMin:
    """How often each key came: never less than the truth, more by about 2 / `width` of everything."""

    def __init__(self, width: int = 4096, depth: int = 4) -> None:
        self._width = 1 << max(1, (width - 1).bit_length())
        self._depth = max(1, depth)
        self._cells = array("Q", bytes(8 * self._width * self._depth))

    def add(self, key: int, amount: int = 1) -> int:
        """Count a key; give its count after."""
        least = 1 << 63
        for at in self._places(key):
            self._cells[at] = now = min(self._cells[at] + amount, 1 << 63)
            least = min(least, now)
        return least

    def estimate(self, key: int) -> int:
        """Give the count of a key."""
        return min(self._cells[at] for at in self._places(key))

    def _places(self, key: int) -> list[int]:
        """Two halves of the key make all hashes (Kirsch, Mitzenmacher 2006)."""
        one, other, mask = key & 0xFFFF_FFFF, (key >> 32) | 1, self._width - 1
        return [((one + line * other) & mask) + line * self._width for line in range(self._depth)]

    def state(self) -> State:
        """Give all of it for a snapshot."""
        return {"width": self._width, "depth": self._depth, "cells": self._cells.tobytes()}

    @classmethod
    def restored(cls, state: State) -> CountMin:
        """Make it again."""
        sketch = cls(whole(state["width"]), whole(state["depth"]))
        sketch._cells = unpack("Q", state["cells"])
        return sketch


_SHRINK = 2 / 3
_LEAST_ROOM = 8


class Quantiles:
    """Quantiles of a stream of numbers: rank exact to about 1.3 % at k = 200, in some 600 numbers."""

    def __init__(self, k: int = 200) -> None:
        self._k = max(_LEAST_ROOM, k)
        self._levels: list[list[float]] = [[]]
        self._odd: list[bool] = [False]
        self._count = 0
        self._sorted: tuple[list[float], list[int]] | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, x: float) -> None:
        """Take a number; what is no number is left out."""
        if isnan(x):
            return
        self._levels[0].append(float(x))
        self._count += 1
        self._sorted = None
        if len(self._levels[0]) >= self._room(0):
            self._compact()

    def at(self, q: float) -> float:
        """Give the quantile q, 0 to 1; 0.0 where nothing came."""
        values, ranks = self._order()
        if not values:
            return 0.0
        place = bisect_left(ranks, max(1, ceil(q * ranks[-1])))
        return values[min(place, len(values) - 1)]

    def share_below(self, x: float) -> float:
        """Give the share of numbers that are at most x; 0.0 where nothing came."""
        values, ranks = self._order()
        place = bisect_right(values, x)
        return ranks[place - 1] / ranks[-1] if place else 0.0

    def _order(self) -> tuple[list[float], list[int]]:
        if self._sorted is None:
            pairs = sorted((x, 1 << level) for level, held in enumerate(self._levels) for x in held)
            self._sorted = ([x for x, _ in pairs], list(accumulate(weight for _, weight in pairs)))
        return self._sorted

    def _room(self, level: int) -> int:
        return max(_LEAST_ROOM, ceil(self._k * _SHRINK ** (len(self._levels) - level - 1)))

    def _compact(self) -> None:
        """Halve every level that is full: each second number goes up and counts twice."""
        for level, held in enumerate(self._levels):
            if len(held) < self._room(level):
                continue
            if level + 1 == len(self._levels):
                self._levels.append([])
                self._odd.append(False)
            held.sort()
            stays = [held.pop()] if len(held) % 2 else []
            self._levels[level + 1].extend(held[self._odd[level] :: 2])
            self._odd[level] = not self._odd[level]
            self._levels[level] = stays

    def state(self) -> State:
        """Give all of it for a snapshot."""
        return {"k": self._k, "count": self._count, "levels": self._levels, "odd": self._odd}

    @classmethod
    def restored(cls, state: State) -> Quantiles:
        """Make it again."""
        sketch = cls(whole(state["k"]))
        levels, odd = state["levels"], state["odd"]
        if not (isinstance(levels, list) and isinstance(odd, list)):
            raise TypeError("the levels of a sketch are lists")
        sketch._levels = [[float(x) for x in held] for held in levels]
        sketch._odd = [bool(flag) for flag in odd]
        sketch._count = whole(state["count"])
        return sketch
