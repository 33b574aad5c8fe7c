"""RITA v5's beacon score, a port of its formula by us, as the peer of our own.

Enters: seconds and bytes of one pair's connections, the span of the data, how many machines go there. Leaves: 0 to 1;
with modifiers from -0.15 to 1.15.
Source: RITA (Active Countermeasures), `analysis/beacons.go`, `default_config.hjson`: a quarter each of regular times,
regular sizes, an even histogram of 24 bins, and duration; ±0.15 by prevalence. Modifiers that ask for HTTP fields,
threat feeds or weeks of history are left out.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

LEAST_TIMES = 4
BINS, LEAST_BARS, BIMODAL_BARS, IDEAL_RUN = 24, 6, 11, 12
MODE_SHARE = 0.05
RARE, WIDELY, MODIFIER = 0.02, 0.5, 0.15

Numbers = NDArray[np.float64]


def beacon_score(seconds: Numbers, sent: Numbers, begin_s: float, end_s: float) -> float:
    """Score one pair. seconds, sent: (n,); 0 with fewer than four different seconds."""
    times = np.sort(np.floor(seconds))
    gaps = np.diff(times)
    gaps = np.sort(gaps[gaps > 0])
    if len(gaps) < LEAST_TIMES - 1:
        return 0.0
    bars, _ = np.histogram(times, BINS, (begin_s, end_s))
    parts = (_regular(gaps, 1.0), _regular(np.sort(sent), 0.0), _even(bars), _lasting(bars, times, begin_s, end_s))
    return round(sum(parts) / 4, 3)


def modified(score: float, hosts: int, machines: int) -> float:
    """Add the modifier of prevalence."""
    share = hosts / max(1, machines)
    return score + (MODIFIER if share <= RARE else -MODIFIER if share >= WIDELY else 0.0)


def _regular(values: Numbers, default: float) -> float:
    """Judge symmetry (Bowley's skewness of the quartiles) and spread (median deviation) of sorted values."""
    half = len(values) // 2
    low, middle, high = (float(np.median(part)) for part in (values[:half], values, values[-half:]))
    skew = (low + high - 2 * middle) / (high - low) if high - low >= 10 and middle not in (low, high) else 0.0
    spread = max(0.0, 1 - float(np.median(np.abs(values - middle))) / middle) if middle >= 1 else default
    return (1 - abs(skew) + spread) / 2


def _even(bars: NDArray[np.int64]) -> float:
    variation = max(0.0, 1 - float(bars.std() / bars.mean())) if bars.any() else 0.0
    used = int((bars > 0).sum())
    if used < BIMODAL_BARS:
        return variation
    size = int(np.ceil(bars.max() * MODE_SHARE))
    modes = Counter((bars[bars > 0] // size).tolist())
    top = sum(count for _, count in modes.most_common(2))
    return max(variation, min(1.0, top / max(1, used - 1)))


def _lasting(bars: NDArray[np.int64], times: Numbers, begin_s: float, end_s: float) -> float:
    if (bars > 0).sum() < LEAST_BARS:
        return 0.0
    coverage = (times[-1] - times[0]) / (end_s - begin_s)
    return float(min(1.0, max(coverage, _longest_run(bars) / IDEAL_RUN)))


def _longest_run(bars: NDArray[np.int64]) -> int:
    """Count the longest run of hours with contacts, around midnight too."""
    best = run = 0
    for bar in (*bars, *bars):
        run = run + 1 if bar else 0
        best = max(best, run)
    return min(best, len(bars))
