"""Volume: how much more than usual, by the context's own hours and by how much others' hours jump about.

Enters: a context, an amount of an hour, its time, its stratum (work day, night…). Leaves: decades of evidence.
Source: BEHAVIOUR.md section 6: log1p, median and MAD over hours of the same stratum, a 0.995 quantile as guard.

The amount's logarithm is set against the context's median in units of its MAD; its normal tail p joins what the
context itself showed, as in Novelty: p is at least (hours at least as high + 5 p_tail) / (hours + 5), and at least
1 / (hours + 1)^2, as few hours prove little. The guard is the 0.995
quantile, over all contexts of the stratum, of how far hours lay above their own median: an amount that jumps no
higher than one hour in 200 does somewhere is no evidence.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from math import erfc, log1p, log10, sqrt

import numpy as np

from tocsin.detect.behaviour.memory.keys import key64
from tocsin.detect.behaviour.memory.novelty import CAP_DECADES, PRIOR
from tocsin.detect.behaviour.memory.packing import EVICTED, Index, State, highest, kept, sized, unpack, whole
from tocsin.detect.behaviour.memory.sketches import Quantiles

HOURS = 48
"""Hours remembered of a context and stratum: two days; 96 bytes."""
_STEP = 1024
"""Logarithms are kept to a thousandth, up to 64 (6 x 10^27)."""
MOST = 63.0
_MAD_TO_SD = 1.4826
LEAST_SCALE = 0.25
"""Amounts that never change still vary by a quarter: a constant is no reason to ring at 10 % more."""
SMALL_SAMPLE = 4.0
"""With n hours the scale is taken 1 + 4/n times as wide."""
PROOF = 2
"""Nine hours can show one in a hundred, a hundred hours one in ten thousand."""
GUARD = 0.995
GUARD_HOURS = 448
"""Hours of all contexts before the guard is known: two lie above its quantile."""
STRATA = 64
_HOUR_US = 3_600_000_000


class Guard:
    """How far hours lay above their own median, in one stratum; its quantile is renewed with each 64th."""

    def __init__(self) -> None:
        self.jumps = Quantiles()
        self.high = 0.0

    @property
    def known(self) -> bool:
        """Say whether enough hours came."""
        return len(self.jumps) >= GUARD_HOURS

    def add(self, jump: float) -> None:
        """Take one hour."""
        self.jumps.add(jump)
        if len(self.jumps) % 64 == 0:
            self.high = self.jumps.at(GUARD)


class Volume:
    """Amounts of at most `limit` contexts and strata; of too many the longest unseen go."""

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._index = Index()
        self._hours = array("H")
        self._counts = array("H")
        self._last = array("i")
        self._jumps: dict[str, Guard] = {}

    def __len__(self) -> int:
        return len(self._index)

    def see(self, context: str | int, x: float, time_us: int, stratum: str = "") -> float:
        """Give the decades of an amount before this time, then learn it. From -1 to 3.

        Of several amounts within the same clock hour the highest stays: one unit an hour is learned.
        """
        row = self._row(key64("volume", context, stratum))
        known = self._known(row)
        level = min(MOST, log1p(x)) if x > 0 else 0.0
        jumps = self._jumps.get(stratum)
        decades, jump = _judge(level, known, self._counts[row], jumps)
        self._learn(row, level, time_us)
        if len(known) * 2 >= SMALL_SAMPLE:
            self._jump(stratum, jump)
        return decades

    def hours(self, context: str | int, stratum: str = "") -> int:
        """Give how many hours of a context are known."""
        row = self._index.find(key64("volume", context, stratum))
        return min(HOURS, self._counts[row]) if row >= 0 else 0

    def usual(self, context: str | int, stratum: str = "") -> float:
        """Give the median amount of a context's hours; 0.0 where nothing is known."""
        row = self._index.find(key64("volume", context, stratum))
        known = self._known(row) if row >= 0 else []
        return float(np.expm1(_middle(sorted(known)) / _STEP)) if known else 0.0

    def _known(self, row: int) -> array[int]:
        return self._hours[row * HOURS : row * HOURS + min(HOURS, self._counts[row])]

    def _learn(self, row: int, level: float, time_us: int) -> None:
        hour = max(-(1 << 31), min((1 << 31) - 1, time_us // _HOUR_US))
        packed = min(0xFFFF, round(level * _STEP))
        count = self._counts[row]
        if count and hour == self._last[row]:
            at = row * HOURS + (count - 1) % HOURS
            self._hours[at] = max(self._hours[at], packed)
            return
        self._hours[row * HOURS + count % HOURS] = packed
        self._counts[row] = count + 1 if count < 0xFFF0 else count + 1 - HOURS * (count // HOURS - 1)
        self._last[row] = hour

    def _jump(self, stratum: str, jump: float) -> None:
        jumps = self._jumps.get(stratum)
        if jumps is None and len(self._jumps) < STRATA:
            jumps = self._jumps[stratum] = Guard()
        if jumps is not None:
            jumps.add(jump)

    def _row(self, key: int) -> int:
        row = self._index.find(key)
        if row >= 0:
            return row
        if len(self._index) >= self._limit:
            self._sweep()
        row, new = self._index.put(key)
        if new:
            self._hours.frombytes(bytes(2 * HOURS))
            self._counts.append(0)
            self._last.append(0)
        self._counts[row] = 0
        return row

    def _sweep(self) -> None:
        rows = highest(np.array(self._last, np.int64), self._index.keys, self._limit - max(1, self._limit // EVICTED))
        self._index.keep(rows)
        self._hours = kept(self._hours, rows, HOURS)
        self._counts, self._last = kept(self._counts, rows), kept(self._last, rows)

    def state(self) -> State:
        """Give all of it for a snapshot."""
        return {
            "limit": self._limit,
            "hours": self._hours.tobytes(),
            "counts": self._counts.tobytes(),
            "last": self._last.tobytes(),
            "jumps": [[stratum, guard.high, guard.jumps.state()] for stratum, guard in self._jumps.items()],
            **self._index.state(),
        }

    @classmethod
    def restored(cls, state: State) -> Volume:
        """Make it again."""
        volume = cls(whole(state["limit"]))
        volume._index = Index.restored(state)
        volume._hours, volume._counts = unpack("H", state["hours"]), unpack("H", state["counts"])
        volume._last = unpack("i", state["last"])
        jumps = state["jumps"]
        if not isinstance(jumps, list):
            raise TypeError("the jumps of a volume are a list")
        for stratum, high, sketch in jumps:
            guard = volume._jumps[stratum] = Guard()
            guard.jumps, guard.high = Quantiles.restored(sketch), high
        return volume

    @property
    def size_bytes(self) -> int:
        """Bytes held (without the guards: some 5 KB a stratum)."""
        return self._index.size_bytes + sized(self._hours, self._counts, self._last)


def _judge(level: float, known: array[int], hours: int, jumps: Guard | None) -> tuple[float, float]:
    """Give the decades of a level, and by how many scales it lies above the median."""
    if not known:
        return -log10(0.5) - 1.0, 0.0
    held = sorted(known)
    middle = _middle(held)
    mad = _middle(sorted([abs(x - middle) for x in held]))
    scale = max(LEAST_SCALE, _MAD_TO_SD * mad / _STEP) * (1 + SMALL_SAMPLE / len(held))
    jump = (level - middle / _STEP) / scale
    tail = 0.5 * erfc(jump / sqrt(2))
    above = len(held) - bisect_left(held, round(level * _STEP))
    p = max(tail, (above + PRIOR * tail) / (len(held) + PRIOR), (hours + 1) ** -PROOF)
    decades = min(CAP_DECADES, -log10(p)) - 1.0
    known_guard = jumps is not None and jumps.known
    if known_guard and jumps is not None and jump <= jumps.high:
        decades = min(decades, 0.0)
    return decades, jump


def _middle(held: Sequence[float]) -> float:
    half = len(held) // 2
    return held[half] if len(held) % 2 else (held[half - 1] + held[half]) / 2
