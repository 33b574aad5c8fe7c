"""Rings: the last moments of each key, with a value each.

Enters: keys, times in microseconds, values. Leaves: the last `size` of them, in the order in which they came.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.behaviour.memory.packing import State, whole


class Rings:
    """Rings of at most `limit` keys; of too many the longest untouched goes. 12 bytes a moment, 250 a key.

    A ring grows as it fills: most keys hold a handful of moments. Values are kept as 32-bit floats.
    """

    def __init__(self, limit: int, size: int) -> None:
        self._limit = max(1, limit)
        self._size = max(1, size)
        self._rings: dict[int, tuple[array[int], array[float]]] = {}

    def __len__(self) -> int:
        return len(self._rings)

    def __contains__(self, key: int) -> bool:
        return key in self._rings

    def add(self, key: int, time_us: int, value: float) -> int:
        """Add a moment to a key; give the key that had to go for it, or -1."""
        return self.extend(key, (time_us,), (value,))

    def extend(self, key: int, times_us: Sequence[int], values: Sequence[float]) -> int:
        """Add moments to a key, as many of one as of the other; give the key that had to go for it, or -1."""
        rings = self._rings
        ring = rings.pop(key, None)
        gone = -1
        if ring is None:
            if len(rings) >= self._limit:
                gone = next(iter(rings))
                del rings[gone]
            ring = (array("q"), array("f"))
        ring[0].extend(times_us)
        ring[1].extend(values)
        if len(ring[0]) > self._size:
            del ring[0][: -self._size], ring[1][: -self._size]
        rings[key] = ring
        return gone

    def of(self, key: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Give the times and values of a key, both (n,), as copies; empty where there are none."""
        ring = self._rings.get(key)
        if ring is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        return np.array(ring[0], np.int64), np.array(ring[1], np.float32)

    def length(self, key: int) -> int:
        """Give how many moments a key holds."""
        ring = self._rings.get(key)
        return len(ring[0]) if ring is not None else 0

    def keys(self) -> list[int]:
        """Give the keys, the longest untouched first."""
        return list(self._rings)

    def table(self, keys: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Give times and values of several keys, (keys, size) filled with the last one, and lengths (keys,)."""
        rings = [self._rings[key] for key in keys]
        lengths = np.array([len(times) for times, _ in rings], np.int64)
        width = int(lengths.max(initial=1))
        times, values = np.zeros((len(rings), width), np.int64), np.zeros((len(rings), width), np.float32)
        for line, (one, other) in enumerate(rings):
            times[line, : len(one)], times[line, len(one) :] = one, one[-1]
            values[line, : len(other)], values[line, len(other) :] = other, other[-1]
        return times, values, lengths

    def drop(self, key: int) -> None:
        """Forget a key."""
        self._rings.pop(key, None)

    def state(self) -> State:
        """Give all of it for a snapshot."""
        rings = [[key, times.tobytes(), values.tobytes()] for key, (times, values) in self._rings.items()]
        return {"limit": self._limit, "size": self._size, "rings": rings}

    @classmethod
    def restored(cls, state: State) -> Rings:
        """Make it again."""
        held, rings = cls(whole(state["limit"]), whole(state["size"])), state["rings"]
        if not isinstance(rings, list):
            raise TypeError("the rings of a memory are a list")
        held._rings = {key: (array("q", times), array("f", values)) for key, times, values in rings}
        return held
