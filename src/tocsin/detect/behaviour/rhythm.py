"""How regular contacts are: many pairs at a time.

Enters: starts and sizes of pairs as padded tables. Leaves: evidence of a timer behind each, with its period.
Source: BEHAVIOUR.md section 3. The share of intervals near their median is set against what chance would give (an
exponential with the same median), as a likelihood ratio in decades. Unlike there, persistence weighs the capped
evidence, so that no number of calls makes up for it; chance knows which intervals were merged; and a fifth width holds
few calls with much jitter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MERGE_US = 2_000_000
MERGE_SHARE = 0.08
"""Starts closer than this share of the median gap are one contact: a page's pictures, a retry."""
WIDTHS = (0.05, 0.15, 0.3, 0.5, 0.8)
ASLEEP = 5.0
"""Gaps of more than so many medians: the host was off; they are left out, at most half of all."""
WHOLE_SPAN_US = 7_200_000_000
"""Two hours of persistence, gaps left out, before evidence counts in full: bursts of many days are no timer."""
RULED = 0.75
"""A timer rules a pair when so many of the intervals are its own; where fewer are, it is one habit among others."""
CAP = 12.0
LEAST_STARTS = 4
_FAR = np.int64(1) << 61
_LEAST_CHANCE = 1e-12

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


class Rhythm(NamedTuple):
    """What the contacts of each pair look like; all columns (pairs,)."""

    evidence: Reals
    """Decades, softly capped at 12, weighted by persistence, the share near, and how often the size was the same."""
    starts: Whole
    period_s: Reals
    width: Reals
    """Share of the period within which the intervals lie (0.05 to 0.8)."""
    near: Reals
    """Share of the intervals that do."""
    same_size: Reals
    """Share of contacts of the commonest size."""


def rhythm(times_us: Whole, sizes: NDArray[np.float32], lengths: Whole) -> Rhythm:
    """Judge pairs. times_us, sizes: (pairs, width), of which the first `lengths` (pairs,) of each line are filled.

    Times need no order. A size below 0 is unknown and is like no other.
    """
    times, sizes = _ordered(times_us, sizes, lengths)
    gaps, count = _intervals(times, np.full(len(times), MERGE_US, np.int64))
    merge = np.maximum(MERGE_US, MERGE_SHARE * _median(gaps, count - 1)).astype(np.int64)
    starts = _kept(times, merge)
    before = count
    gaps, count = _intervals(times, merge)
    period = _median(gaps, count - 1)
    asleep = ((gaps > ASLEEP * period[:, None]) & (gaps < _FAR)).sum(axis=1)
    number = np.maximum(1, count - 1 - np.minimum(asleep, (count - 1) // 2))
    raw, width, near = _evidence(gaps, period, number, np.where(count < before, merge, MERGE_US))
    same = _same(sizes, starts) / np.maximum(1, count)
    span = np.where(gaps <= ASLEEP * period[:, None], gaps, 0).sum(axis=1)
    persistence = np.minimum(1.0, span / WHOLE_SPAN_US) * (count >= LEAST_STARTS)
    ruled = np.minimum(1.0, near / RULED)
    evidence = CAP * raw / (raw + CAP) * persistence * ruled * (0.5 + 0.5 * same)
    return Rhythm(evidence, count, period / 1e6, width, near, same)


def _ordered(times: Whole, sizes: NDArray[np.float32], lengths: Whole) -> tuple[Whole, NDArray[np.float32]]:
    """Give each line by time, what is not filled far in the future."""
    times = np.where(np.arange(times.shape[1]) < lengths[:, None], times, _FAR)
    order = np.argsort(times, axis=1, kind="stable")
    return np.take_along_axis(times, order, axis=1), np.take_along_axis(sizes, order, axis=1)


def _kept(times: Whole, merge: Whole) -> NDArray[np.bool_]:
    """Tell the starts: those at least `merge` after the one kept before. Column by column, all pairs at once."""
    kept = np.zeros(times.shape, np.bool_)
    last = np.full(len(times), -_FAR)
    for column in range(times.shape[1]):
        now = times[:, column]
        kept[:, column] = keep = (now - last >= merge) & (now < _FAR)
        last = np.where(keep, now, last)
    return kept


def _intervals(times: Whole, merge: Whole) -> tuple[Whole, Whole]:
    """Give the gaps between starts, (pairs, width - 1) sorted by size and filled up, and how many starts there are."""
    starts = _kept(times, merge)
    packed = np.sort(np.where(starts, times, _FAR), axis=1)
    gaps = np.where(packed[:, 1:] < _FAR, packed[:, 1:] - packed[:, :-1], _FAR)
    return np.sort(gaps, axis=1), starts.sum(axis=1)


def _median(gaps: Whole, number: Whole) -> Reals:
    """Give the median of the first `number` of each sorted line; 1 where there is none."""
    last = np.maximum(number, 1)
    if gaps.shape[1] == 0:
        return np.ones(len(gaps))
    low = np.take_along_axis(gaps, ((last - 1) // 2)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(gaps, np.minimum(last // 2, gaps.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where(number > 0, (low + high) / 2.0, 1.0)


def _evidence(gaps: Whole, period: Reals, number: Whole, least: Whole) -> tuple[Reals, Reals, Reals]:
    """Give decades (at least 0), the width at which they are most, and the share of intervals within it.

    Chance is an exponential with the same median that begins at `least`: merging leaves no shorter intervals, and
    what comes all the time would look like a timer of that length.
    """
    best = np.zeros(len(gaps))
    width, near = np.full(len(gaps), WIDTHS[-1]), np.zeros(len(gaps))
    off = np.abs(gaps - period[:, None])
    for w in WIDTHS:
        share = np.minimum(1.0, (off <= w * period[:, None]).sum(axis=1) / number)
        chance = _chance(period, w, least)
        divergence = _relative(share, chance) + _relative(1 - share, 1 - chance)
        decades = np.where(share > chance, number * divergence / np.log(10) - np.log10(len(WIDTHS)), 0.0)
        better = decades > best
        best, width = np.where(better, decades, best), np.where(better, w, width)
        near = np.where(better, share, near)
    return best, width, near


def _chance(period: Reals, width: float, least: Whole) -> Reals:
    """Give the probability that an interval drawn by chance lies within the width of the median."""
    rest = np.maximum(1.0, period - least)
    low = np.maximum(0.0, period * (1 - width) - least) / rest
    high = np.maximum(0.0, period * (1 + width) - least) / rest
    within: Reals = np.clip(2.0**-low - 2.0**-high, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    return within


def _relative(share: Reals, chance: Reals) -> Reals:
    """Give share x ln(share / chance), 0 for a share of 0."""
    return share * np.log(np.where(share > 0, share, 1.0) / chance) * (share > 0)


def _same(sizes: NDArray[np.float32], starts: NDArray[np.bool_]) -> Whole:
    """Count the starts of the commonest size in each line."""
    ordered = np.sort(np.where(starts & (sizes >= 0), sizes, np.nan), axis=1)
    run = np.zeros(len(ordered), np.int64)
    most = run
    before = np.full(len(ordered), np.nan)
    for column in range(ordered.shape[1]):
        now = ordered[:, column]
        run = np.where(now == before, run + 1, ~np.isnan(now))
        most, before = np.maximum(most, run), now
    return most
