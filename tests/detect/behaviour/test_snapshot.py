"""Snapshots: a memory written and read back goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tocsin.detect.behaviour.memory import CountMin, Counts, Distinct, Moments, Novelty, Quantiles, Rings, Volume, key64
from tocsin.detect.behaviour.snapshot import dump, load
from tocsin.errors import InputError
from tocsin.model import EventRef

HOUR_US = 3_600_000_000


class Pair(NamedTuple):
    src: str
    dst: str


@dataclass
class Inner:
    level: float
    ref: tuple[str, str, int | None, str, int]


@dataclass
class Everything:
    counts: Counts = field(default_factory=lambda: Counts(6, 86_400))
    novelty: Novelty = field(default_factory=lambda: Novelty(20))
    volume: Volume = field(default_factory=lambda: Volume(5))
    distinct: Distinct = field(default_factory=lambda: Distinct(5))
    often: CountMin = field(default_factory=lambda: CountMin(64, 2))
    quantiles: Quantiles = field(default_factory=lambda: Quantiles(10))
    rings: Rings = field(default_factory=lambda: Rings(4, 3))
    moments: Moments = field(default_factory=lambda: Moments(5, 2, 1_000))
    table: dict[tuple[str, int], Inner] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    array: NDArray[np.int64] = field(default_factory=lambda: np.zeros((2, 3), np.int64))
    last: EventRef | None = None


def step(memory: Everything, key: int, time_us: int, x: float) -> list[float]:
    told = [
        memory.counts.add(key64(key), time_us, x),
        memory.novelty.see(key % 3, key, "peer", time_us),
        memory.volume.see(key % 7, x, time_us, "night" if key % 2 else ""),
        memory.distinct.add(key % 7, key),
        float(memory.often.add(key64(key))),
        memory.quantiles.at(0.9),
        float(memory.rings.add(key % 6, time_us, x)),
        float(memory.rings.of(key % 6)[0].sum()),
        memory.moments.add(key % 7, time_us, x),
        float(sum(memory.moments.of(key % 7)[0])),
    ]
    memory.quantiles.add(x)
    memory.array[key % 2, key % 3] += 1
    memory.table.pop((str(key % 5), 1), None)
    memory.table[(str(key % 5), 1)] = Inner(x, ("id", "s", None if key % 2 else time_us, "f", key))
    memory.pairs.append(Pair(str(key), "b"))
    memory.last = EventRef(str(key), "zeek.conn", time_us, "conn.log", key)
    return told


STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 900 * HOUR_US), st.floats(0, 1e12)), max_size=80)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(0, 80))
def test_restored_equals_never_stopped(steps: list[tuple[int, int, float]], stop: int) -> None:
    going, stopped = Everything(), Everything()
    for number, (key, time_us, x) in enumerate(steps):
        if number == stop:
            stopped = load(dump(stopped), Everything)
        assert step(going, key, time_us, x) == step(stopped, key, time_us, x)
    assert dump(going) == dump(stopped)


def test_the_order_of_a_table_is_kept() -> None:
    memory = Everything()
    for key in (3, 1, 2):
        step(memory, key, key, 1.0)
    assert list(load(dump(memory), Everything).table) == [("3", 1), ("1", 1), ("2", 1)]


def test_texts_and_numbers_that_msgpack_cannot_hold() -> None:
    memory = Everything()
    memory.pairs.append(Pair("\udc80é", "b"))
    memory.table[("a", 1 << 70)] = Inner(0.5, ("", "", -(1 << 70), "", 0))
    back = load(dump(memory), Everything)
    assert back.pairs == [Pair("?é", "b")]
    assert back.table[("a", (1 << 64) - 1)].ref[2] == -(1 << 63)


def test_restored_arrays_can_be_written() -> None:
    back = load(dump(Everything()), Everything)
    back.array[0, 0] = 5
    assert back.array.dtype == np.int64
    assert back.array.shape == (2, 3)


@dataclass
class Other:
    counts: Counts = field(default_factory=lambda: Counts(6, 86_400))


@dataclass
class WithSet:
    names: set[str] = field(default_factory=set)


@dataclass
class WithAnything:
    names: Any = None


@pytest.mark.parametrize("kind", [WithSet, WithAnything])
def test_what_has_no_fixed_form_is_refused(kind: type) -> None:
    with pytest.raises(TypeError, match=r"names"):
        dump(kind())


def test_other_fields_are_another_version() -> None:
    with pytest.raises(InputError, match="another version"):
        load(dump(Other()), Everything)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_bytes_are_an_input_error(data: st.DataObject) -> None:
    raw = bytearray(dump(Everything()))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for damaged in (bytes(raw), bytes(raw[:cut])):
        try:
            load(damaged, Everything)
        except InputError as error:
            assert error.hint
        else:
            raise AssertionError("damage was not seen")
