"""Halving with time, exact: the same bits one at a time and in batches, on every machine.

Enters: times in microseconds. Leaves: ticks (a 16,384th of a half-life) and what is left after so many of them. A
counter that keeps the tick of its last change, not the time, loses nothing to rounding however often it is touched.
"""

from __future__ import annotations

from math import ldexp

import numpy as np
from numpy.typing import NDArray

TICKS = 1 << 14
"""Ticks in a half-life: 16 s for three days."""
_PART = TICKS - 1
_SHIFT = 14
_FRACTIONS = tuple(2.0 ** (-part / TICKS) for part in range(TICKS))
_FRACTIONS_MANY = np.array(_FRACTIONS)
_GONE = 1_075 * TICKS
"""After so many ticks nothing is left of any number."""


def tick_us(half_life_s: float) -> int:
    """Give the length of a tick."""
    return max(1, round(half_life_s * 1e6 / TICKS))


def left(ticks: int) -> float:
    """Give what is left of 1 after so many ticks (at least 0 of them)."""
    return ldexp(_FRACTIONS[ticks & _PART], -(ticks >> _SHIFT)) if ticks < _GONE else 0.0


def left_many(ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give what is left of 1 after each number of ticks. ticks, result: (n,)."""
    halvings = np.minimum(ticks >> _SHIFT, 1_100).astype(np.int32)
    result: NDArray[np.float64] = np.ldexp(_FRACTIONS_MANY[ticks & _PART], -halvings)
    return result
