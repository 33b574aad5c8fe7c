"""Moments: the first few moments of very many keys, packed; most keys never come often enough for a ring.

Enters: keys, times in microseconds, values. Leaves: how many moments a key had, and the first ones.
"""

from __future__ import annotations

from array import array

import numpy as np

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


class Moments:
    """The first `size` moments of at most `limit` keys; of too many the longest unseen go. 17 + 12 x size bytes a key.

    Moments less than `apart_us` after the one before are the same one.
    """

    def __init__(self, limit: int, size: int, apart_us: int = 0) -> None:
        self._limit = max(1, limit)
        self._size = max(1, min(250, size))
        self._apart_us = apart_us
        self._index = Index()
        self._times = array("q")
        self._values = array("f")
        self._counts = array("B")
        self._last = array("q")

    def __len__(self) -> int:
        return len(self._index)

    def add(self, key: int, time_us: int, value: float = 0.0) -> int:
        """Add a moment; give how many there are now: up to `size`, and one more when there were more."""
        row = self._index.find(key)
        if row < 0:
            row = self._start(key)
        count = self._counts[row]
        if count and abs(time_us - self._last[row]) < self._apart_us:
            return count
        self._last[row] = time_us
        if count < self._size:
            at = row * self._size + count
            self._times[at], self._values[at] = time_us, value
        if count <= self._size:
            self._counts[row] = count + 1
        return self._counts[row]

    def of(self, key: int) -> tuple[array[int], array[float]]:
        """Give the times and values of a key's first moments, as copies; empty where there are none."""
        row = self._index.find(key)
        count = min(self._size, self._counts[row]) if row >= 0 else 0
        begin = row * self._size if count else 0
        return self._times[begin : begin + count], self._values[begin : begin + count]

    def clear(self, key: int) -> None:
        """Forget the moments of a key."""
        row = self._index.find(key)
        if row >= 0:
            self._counts[row] = 0

    def _start(self, key: int) -> int:
        if len(self._index) >= self._limit:
            self._sweep()
        row, new = self._index.put(key)
        if new:
            self._times.frombytes(bytes(8 * self._size))
            self._values.frombytes(bytes(4 * self._size))
            self._counts.append(0)
            self._last.append(0)
        self._counts[row] = 0
        return row

    def _sweep(self) -> None:
        rows = highest(np.array(self._last), self._index.keys, self._limit - max(1, self._limit // EVICTED))
        self._index.keep(rows)
        self._times = kept(self._times, rows, self._size)
        self._values = array("f", np.array(self._values).reshape(-1, self._size)[rows].tobytes())
        self._counts, self._last = kept(self._counts, rows), kept(self._last, rows)

    def state(self) -> State:
        """Give all of it for a snapshot."""
        columns = {"times": self._times, "counts": self._counts, "last": self._last}
        return {
            "limit": self._limit,
            "size": self._size,
            "apart_us": self._apart_us,
            "values": self._values.tobytes(),
            **{name: column.tobytes() for name, column in columns.items()},
            **self._index.state(),
        }

    @classmethod
    def restored(cls, state: State) -> Moments:
        """Make it again."""
        moments = cls(whole(state["limit"]), whole(state["size"]), whole(state["apart_us"]))
        moments._index = Index.restored(state)
        moments._times, moments._counts = unpack("q", state["times"]), unpack("B", state["counts"])
        moments._last = unpack("q", state["last"])
        moments._values = unpack_reals(state["values"], "f")
        return moments

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        return self._index.size_bytes + sized(self._times, self._values, self._counts, self._last)
