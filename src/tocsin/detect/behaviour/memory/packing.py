"""Rows found by a 64-bit key, packed in plain columns: an open-addressed index over arrays.

Enters: keys. Leaves: row numbers. A key costs 8 bytes, its place in the index 6 to 16; the columns come on top.

Whoever writes our logs can choose names whose keys fall on one place of the index. A search therefore ends after
`PROBES` steps, and a key that finds no place there takes the row of another one: such a flood costs the attacker's
neighbours in the index their counts, never time.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PROBES = 64
"""With at most 60 % of the index in use, a key needs more than so many steps once in 10^14."""
FULL = 0.6
_LEAST_SLOTS = 16
EVICTED = 8
"""A sweep drops one row in so many: sweeps are rare, and the rest is what was worth most."""

State = dict[str, object]
"""What a memory writes of itself."""


class Packed(Protocol):
    """A memory that `snapshot` can write."""

    def state(self) -> State:
        """Give all of it as texts, numbers, bytes, lists and dicts."""

    @classmethod
    def restored(cls, state: State) -> Packed:
        """Make it again."""


class Index:
    """Key -> row number. Rows are numbered as they come; whoever owns the columns keeps them in step."""

    def __init__(self) -> None:
        self.keys = array("Q")
        self._slots = array("i", [-1]) * _LEAST_SLOTS
        self._mask = _LEAST_SLOTS - 1

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, key: int) -> int:
        """Give the row of a key, or -1."""
        slots, keys, mask = self._slots, self.keys, self._mask
        slot = key & mask
        row = slots[slot]
        step = 0
        while row >= 0:
            if keys[row] == key:
                return row
            step += 1
            if step == PROBES:
                return -1
            slot = (slot + step) & mask
            row = slots[slot]
        return -1

    def put(self, key: int) -> tuple[int, bool]:
        """Give the row for a key that is not there, and whether that row is a new one (else it was another key's)."""
        if len(self.keys) >= FULL * len(self._slots):
            self._place(2 * len(self._slots))
        slot = key & self._mask
        for step in range(PROBES):
            slot = (slot + step) & self._mask
            if self._slots[slot] < 0:
                self._slots[slot] = len(self.keys)
                self.keys.append(key)
                return len(self.keys) - 1, True
        row = self._slots[slot]
        self.keys[row] = key
        return row, False

    def find_many(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Give the rows of many keys, -1 where there is none. keys: (n,); rows: (n,)."""
        slots, held = np.frombuffer(self._slots, np.int32), _view(self.keys, np.uint64)
        found = np.full(len(keys), -1, np.int64)
        pending = np.arange(len(keys))
        at = (keys & np.uint64(self._mask)).astype(np.int64)
        for step in range(PROBES):
            at = (at + step) & self._mask
            rows = slots[at].astype(np.int64)
            there = rows >= 0
            same = there & (held[rows] == keys[pending]) if len(held) else there
            found[pending[same]] = rows[same]
            on = there & ~same
            if not on.any():
                break
            pending, at = pending[on], at[on]
        return found

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Keep only these rows, in this order."""
        self.keys = array("Q", _view(self.keys, np.uint64)[rows].tobytes())
        slots = _LEAST_SLOTS
        while len(self.keys) >= FULL * slots:
            slots *= 2
        self._place(slots)

    def _place(self, size: int) -> None:
        """Make the index anew with so many slots: in each round the rows without a place try their next one."""
        slots = np.full(size, -1, np.int32)
        keys = _view(self.keys, np.uint64)
        mask = size - 1
        pending = np.arange(len(keys), dtype=np.int32)
        at = (keys & np.uint64(mask)).astype(np.int64)
        for step in range(PROBES):
            at = (at + step) & mask
            free = slots[at] < 0
            slots[at[free][::-1]] = pending[free][::-1]  # of several rows the first gets the place
            on = slots[at] != pending
            pending, at = pending[on], at[on]
            if not len(pending):
                break
        self._mask = mask
        self._slots = array("i", slots.tobytes())

    def state(self) -> State:
        """Give all of it, the index as well: it decides who loses a row when names are chosen to collide."""
        return {"keys": self.keys.tobytes(), "slots": self._slots.tobytes()}

    @classmethod
    def restored(cls, state: Mapping[str, object]) -> Index:
        """Make it again."""
        index = cls()
        index.keys = unpack("Q", state["keys"])
        index._slots = unpack("i", state["slots"])
        index._mask = len(index._slots) - 1
        return index

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        return sized(self.keys, self._slots)


def unpack(code: str, raw: object) -> array[int]:
    """Give the array of numbers that bytes hold."""
    if not isinstance(raw, bytes):
        raise TypeError(f"bytes expected, not {type(raw).__name__}")
    return array(code, raw)


def unpack_reals(raw: object, code: str = "d") -> array[float]:
    """Give the array of reals that bytes hold."""
    if not isinstance(raw, bytes):
        raise TypeError(f"bytes expected, not {type(raw).__name__}")
    return array(code, raw)


def whole(value: object) -> int:
    """Give a number of a state as an integer."""
    if not isinstance(value, int):
        raise TypeError(f"a whole number expected, not {type(value).__name__}")
    return value


def sized(*columns: array[int] | array[float]) -> int:
    """Give the bytes that columns hold, with the room that they keep to grow."""
    return sum(sys.getsizeof(column) for column in columns)


def kept(column: array[int], rows: NDArray[np.int64], width: int = 1) -> array[int]:
    """Give a column of so many numbers a row with only these rows, in this order."""
    held = np.frombuffer(column, np.dtype(column.typecode)).reshape(-1, width)
    return array(column.typecode, held[rows].tobytes())


def highest(worth: NDArray[np.float64] | NDArray[np.int64], keys: array[int], number: int) -> NDArray[np.int64]:
    """Give the rows of highest worth in their order; of equal worth those of the higher key."""
    order = np.lexsort((_view(keys, np.uint64), worth))
    return np.sort(order[len(order) - number :])


def _view(column: array[int], dtype: type[np.uint64]) -> NDArray[np.uint64]:
    return np.frombuffer(column, dtype) if len(column) else np.zeros(0, dtype)
