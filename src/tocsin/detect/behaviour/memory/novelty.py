"""Novelty: how rare a thing is here, judged by its own past and by its peers.

Enters: a context (a host), a key (what it did), its peer group, a time. Leaves: decades of evidence.
Source: BEHAVIOUR.md section 6: p = (n_context,key + prior x p_peer) / (N_context + prior), p_peer = (n_key + 1/2) /
(N + 1), all decayed; decades = min(4, -log10 p) - 1.
"""

from __future__ import annotations

from functools import lru_cache
from math import log10

from tocsin.detect.behaviour.memory.counts import Counts
from tocsin.detect.behaviour.memory.keys import key64, pair64
from tocsin.detect.behaviour.memory.packing import State

CAP_DECADES = 4.0
HALF_LIFE_S = 3 * 86_400.0
PRIOR = 5.0
HOUR_US = 3_600_000_000
"""One unit a clock hour and key is learned: a flood does not make itself usual."""


@lru_cache(maxsize=1 << 15)
def _rows_of(context: str | int, key: str | int, peer: str | int) -> tuple[int, int, int, int]:
    """Give the keys of: the thing here, all things here, the thing among peers, all things among peers."""
    here, there, thing = key64("context", context), key64("peer", peer), key64(key)
    return pair64(here, thing), here, pair64(there, thing), there


class Novelty:
    """Counts of keys in contexts and in peer groups; all of them together at most `limit`."""

    def __init__(self, limit: int, half_life_s: float = HALF_LIFE_S, prior: float = PRIOR) -> None:
        self._counts = Counts(limit, half_life_s)
        self._half_life_us = half_life_s * 1e6
        self._prior = float(prior)

    def __len__(self) -> int:
        return len(self._counts)

    def see(self, context: str | int, key: str | int, peer: str | int, time_us: int) -> float:
        """Give the decades of a key in a context before this time, then learn it. From -1 to 3."""
        keys, tick = _rows_of(context, key, peer), self._counts.tick(time_us)
        find = self._counts.row
        rows = [find(row) for row in keys]
        decades = self._judge(rows, tick)
        if rows[0] < 0 or self._may_learn(rows[0], time_us):
            self._learn(keys, rows, tick)
        return decades

    def decades(self, context: str | int, key: str | int, peer: str | int, time_us: int) -> float:
        """Give the decades of a key in a context, without learning."""
        find = self._counts.row
        return self._judge([find(row) for row in _rows_of(context, key, peer)], self._counts.tick(time_us))

    def seen(self, context: str | int, time_us: int) -> float:
        """Give how much has been learned of a context: N, in units of one key and hour."""
        return self._counts.get(key64("context", context), time_us)

    def _judge(self, rows: list[int], tick: int) -> float:
        at, prior = self._counts.at, self._prior
        p_peer = (at(rows[2], tick) + 0.5) / (at(rows[3], tick) + 1.0)
        p = (at(rows[0], tick) + prior * p_peer) / (at(rows[1], tick) + prior)
        return min(CAP_DECADES, -log10(p)) - 1.0

    def _may_learn(self, row: int, time_us: int) -> bool:
        """Learn once a clock hour; older times only when the clock that was ahead is no longer believed."""
        last_us = self._counts.last_us(row)
        hours = (time_us - time_us % self._counts.tick_us) // HOUR_US - last_us // HOUR_US
        return hours > 0 or last_us - time_us > self._half_life_us

    def _learn(self, keys: tuple[int, ...], rows: list[int], tick: int) -> None:
        for row in rows:
            if row >= 0:
                self._counts.add_at(row, tick)
        for key, row in zip(keys, rows, strict=True):
            if row < 0:  # last: a new counter may move the others
                self._counts.start(key, tick)

    def state(self) -> State:
        """Give all of it for a snapshot."""
        return {"counts": self._counts.state(), "prior": self._prior}

    @classmethod
    def restored(cls, state: State) -> Novelty:
        """Make it again."""
        counts = state["counts"]
        if not isinstance(counts, dict):
            raise TypeError("the counts of a novelty are a table")
        novelty = cls(1, prior=float(str(state["prior"])))
        novelty._counts = Counts.restored(counts)
        novelty._half_life_us = novelty._counts.half_life_s * 1e6
        return novelty

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        return self._counts.size_bytes
