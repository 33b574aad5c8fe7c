"""Primitives of memory: exact meaning, bounds, floods, time backwards, determinism, packing."""

from __future__ import annotations

import math
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detect.behaviour.memory import (
    CountMin,
    Counts,
    Distinct,
    Moments,
    Novelty,
    Quantiles,
    Rings,
    Volume,
    key64,
    pair64,
)
from tocsin.detect.behaviour.memory.packing import PROBES, Index

DAY_S = 86_400
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
NOW = 1_772_409_600_000_000


# keys


def test_keys_tell_parts_and_types_apart() -> None:
    keys = [key64("ab", "c"), key64("a", "bc"), key64("abc"), key64(1), key64("1"), key64("1", ""), key64(-1), key64()]
    assert len(set(keys)) == len(keys)
    assert all(0 <= key < 1 << 64 for key in keys)
    assert key64("\udc80 not utf-8", 1 << 80) != key64("?")


def test_keys_do_not_depend_on_the_process() -> None:
    code = "from tocsin.detect.behaviour.memory import key64, pair64; print(key64('a', 2), pair64(key64('a'), 7))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert seen == {f"{key64('a', 2)} {pair64(key64('a'), 7)}\n".encode()}


def test_pairs_have_an_order() -> None:
    assert pair64(1, 2) != pair64(2, 1)


# counts


def test_counts_halve() -> None:
    counts = Counts(10, DAY_S)
    assert counts.add(7, NOW, 4.0) == 0.0
    assert counts.add(7, NOW + DAY_US, 1.0) == pytest.approx(2.0, rel=1e-3)
    assert counts.get(7, NOW + 2 * DAY_US) == pytest.approx(1.5, rel=1e-3)
    assert counts.get(8, NOW) == 0.0


def test_many_small_steps_decay_as_much_as_one() -> None:
    counts = Counts(10, 3 * DAY_S)
    for second in range(0, 3 * DAY_S, 60):
        counts.add(1, NOW + second * 1_000_000, 0.0 if second else 8.0)
    assert counts.get(1, NOW + 3 * DAY_US) == pytest.approx(4.0, rel=1e-3)


def test_of_too_many_counters_those_with_least_left_go() -> None:
    counts = Counts(16, DAY_S)
    for key in range(16):
        counts.add(key, NOW, 1.0 + (key % 8))
    counts.add(100, NOW)
    assert len(counts) <= 16
    assert counts.get(100, NOW) == 1.0
    assert [key for key in range(16) if not counts.get(key, NOW)] == [0, 8]


def test_a_flood_of_keys_stays_bounded_and_keeps_what_is_worth() -> None:
    counts = Counts(1_000, DAY_S)
    counts.add(key64("usual"), NOW, 50.0)
    for number in range(20_000):
        counts.add(key64("flood", number), NOW + number)
    assert len(counts) <= 1_000
    assert counts.get(key64("usual"), NOW) == 50.0


def test_one_clock_in_the_future_does_not_wipe_the_rest() -> None:
    counts = Counts(100, DAY_S)
    for key in range(99):
        counts.add(key, NOW, 2.0)
    counts.add(99, NOW + 40_000 * DAY_US)
    counts.add(100, NOW)
    assert sum(counts.get(key, NOW) > 0 for key in range(99)) >= 86


def test_time_backwards() -> None:
    counts = Counts(10, DAY_S)
    counts.add(1, NOW, 2.0)
    assert counts.add(1, NOW - DAY_US // 2, 2.0) == 2.0, "nothing decays backwards"
    assert counts.get(1, NOW) == pytest.approx(2 + math.sqrt(2), rel=1e-3)
    counts.add(2, NOW + 400 * DAY_US)
    counts.add(2, NOW)  # the clock was ahead: no longer believed
    assert counts.get(2, NOW + DAY_US) == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("time_us", [-(1 << 62), 0, -1, 1 << 61])
def test_any_time(time_us: int) -> None:
    counts = Counts(4, 1.0)
    counts.add(1, NOW)
    counts.add(1, time_us)
    assert counts.get(1, time_us) > 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(-DAY_US, 9 * DAY_US), st.floats(0, 10)), min_size=1, max_size=120
    ),
    st.integers(4, 60),
)
def test_batches_do_exactly_what_one_by_one_does(steps: list[tuple[int, int, float]], limit: int) -> None:
    one, many = Counts(limit, DAY_S), Counts(limit, DAY_S)
    keys = [key64(key) for key, _, _ in steps]
    alone = [one.add(key, NOW + time, amount) for key, (_, time, amount) in zip(keys, steps, strict=True)]
    batches = []
    for begin in range(0, len(steps), 17):
        part = steps[begin : begin + 17]
        batches += many.add_many(
            np.array(keys[begin : begin + 17], np.uint64),
            np.array([NOW + time for _, time, _ in part]),
            np.array([amount for _, _, amount in part]),
        ).tolist()
    assert batches == alone
    assert many.state() == one.state()


def test_keys_that_collide_on_purpose_cost_no_time() -> None:
    index = Index()
    for number in range(1_000):
        key = (number << 40) | 5
        if index.find(key) < 0:
            index.put(key)
    assert len(index) <= PROBES + 10 * 16  # some find a place of their own while the index grows


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, (1 << 64) - 1), unique=True, max_size=300), st.integers(1, 5))
def test_index_finds_what_it_holds(keys: list[int], every: int) -> None:
    index = Index()
    for key in keys:
        index.put(key)
    assert [index.find(key) for key in keys] == list(range(len(keys)))
    assert index.find_many(np.array(keys, np.uint64)).tolist() == list(range(len(keys)))
    index.keep(np.arange(0, len(keys), every))
    assert [index.find(key) for key in keys[::every]] == list(range(len(keys[::every])))
    gone = [key for number, key in enumerate(keys) if number % every]
    assert all(index.find(key) < 0 for key in gone)


# novelty


def test_novelty_is_the_formula() -> None:
    novelty = Novelty(1_000)
    for hour in range(20):
        novelty.see("desk-1", "usual", "desks", NOW + hour * HOUR_US)
    at = NOW + 19 * HOUR_US
    n_context, n_peer = novelty.seen("desk-1", at), novelty._counts.get(key64("peer", "desks"), at)
    assert 17 < n_context == n_peer < 20, "as the hours pass it decays"
    p_peer = 0.5 / (n_peer + 1)
    wanted = -math.log10((0 + 5 * p_peer) / (n_context + 5)) - 1
    assert novelty.decades("desk-1", "never", "desks", at) == pytest.approx(wanted)
    p_usual = (n_peer + 0.5) / (n_peer + 1)
    assert novelty.decades("desk-1", "usual", "desks", at) == pytest.approx(
        -math.log10((n_context + 5 * p_usual) / (n_context + 5)) - 1
    )


def test_nothing_known_is_no_evidence() -> None:
    assert Novelty(10).decades("a", "b", "c", NOW) == pytest.approx(-math.log10(0.5) - 1)


def test_evidence_grows_with_what_was_seen_and_is_capped() -> None:
    novelty, grown = Novelty(10_000), []
    for hour in range(2_000):
        novelty.see(f"desk-{hour % 20}", f"usual {hour % 3}", "desks", NOW + hour * HOUR_US // 20)
        if hour in {0, 10, 100, 1_999}:
            grown.append(novelty.decades("desk-1", "never", "desks", NOW + hour * HOUR_US // 20))
    assert grown == sorted(grown)
    assert grown[-1] == pytest.approx(3.0, abs=0.6)
    assert max(grown) <= 3.0


def test_what_peers_do_is_less_new() -> None:
    novelty = Novelty(10_000)
    for hour in range(500):
        novelty.see(f"desk-{hour % 20}", "tool" if hour % 4 else "mail", "desks", NOW + hour * HOUR_US // 20)
    at = NOW + 25 * HOUR_US
    novelty.see("desk-new", "mail", "desks", at)
    assert novelty.decades("desk-new", "tool", "desks", at) < novelty.decades("desk-new", "never", "desks", at) - 1.5


def test_one_unit_an_hour_is_learned() -> None:
    """Ten thousand in an hour teach as much as one: a flood does not make itself usual."""
    one, flood = Novelty(100), Novelty(100)
    for hour in range(5):
        start = NOW + hour * HOUR_US + 600_000_000
        one.see("desk", "thing", "desks", start)
        for number in range(100):
            flood.see("desk", "thing", "desks", start + number * 1_000_000)
    at = NOW + 6 * HOUR_US
    assert flood.seen("desk", at) <= one.seen("desk", at) < 5


def test_learned_things_are_forgotten() -> None:
    novelty = Novelty(100, half_life_s=DAY_S)
    for hour in range(48):
        novelty.see("desk", "thing", "desks", NOW + hour * HOUR_US)
    soon = novelty.decades("desk", "thing", "desks", NOW + 2 * DAY_US)
    late = novelty.decades("desk", "thing", "desks", NOW + 30 * DAY_US)
    assert soon < -0.9 < -0.75 < late


def test_novelty_of_ten_thousand_things_stays_bounded() -> None:
    novelty = Novelty(500)
    for number in range(10_000):
        novelty.see("desk", f"thing {number}", "desks", NOW + number * 1_000_000)
    assert len(novelty) <= 500
    assert novelty.seen("desk", NOW + 10_000_000_000) > 9_000


# volume


def fed(hours: int, amounts: tuple[float, ...] = (1e6, 2e6, 1.5e6), volume: Volume | None = None) -> Volume:
    volume = volume or Volume(100)
    for hour in range(hours):
        volume.see("srv", amounts[hour % len(amounts)], NOW + hour * HOUR_US)
    return volume


def test_ten_thousand_times_the_usual() -> None:
    assert fed(48).see("srv", 1e10, NOW + 50 * HOUR_US) > 2.3


def test_the_usual_is_no_evidence() -> None:
    assert fed(48).see("srv", 1.6e6, NOW + 50 * HOUR_US) < 0
    assert fed(48).see("srv", 0.0, NOW + 50 * HOUR_US) < 0


def test_a_constant_may_vary() -> None:
    assert fed(48, (1e6,)).see("srv", 1.3e6, NOW + 50 * HOUR_US) < 0.5


def test_evidence_needs_hours() -> None:
    grown = [fed(hours).see("srv", 1e8, NOW + 50 * HOUR_US) for hours in (0, 1, 3, 12, 48)]
    assert grown == sorted(grown)
    assert grown[0] == pytest.approx(-math.log10(0.5) - 1)


def test_strata_are_apart() -> None:
    volume = fed(48)
    assert volume.see("srv", 1e10, NOW, "night") < 0


def test_the_guard_of_networks_that_jump() -> None:
    """Where one hour in twenty of anybody is a hundred times the usual, that is no evidence."""
    volume = Volume(1_000)
    for hour in range(40):
        for host in range(30):
            big = (hour * 31 + host * 17) % 20 == 0
            volume.see(f"h{host}", 1e8 if big else 1e6 * (1 + host % 3), NOW + hour * HOUR_US)
    assert volume.see("h1", 1e8, NOW + 41 * HOUR_US) <= 0
    assert volume.see("h1", 1e12, NOW + 41 * HOUR_US) > 2


def test_an_hour_counts_once_with_its_highest() -> None:
    volume = Volume(10)
    for minute in range(60):
        volume.see("srv", 1e6 + minute, NOW + minute * 60_000_000)
    assert volume.hours("srv") == 1
    assert volume.usual("srv") == pytest.approx(1e6 + 59, rel=1e-3)


@pytest.mark.parametrize("x", [float("nan"), float("inf"), -5.0, 1e300])
def test_any_amount(x: float) -> None:
    volume = fed(48)
    assert -1 <= volume.see("srv", x, NOW) <= 3
    assert -1 <= volume.see("srv", 1e6, -NOW) <= 3


def test_volumes_are_bounded() -> None:
    volume = Volume(100)
    for number in range(1_000):
        volume.see(f"h{number}", 1.0, NOW + number * HOUR_US)
    assert len(volume) <= 100
    assert volume.hours("h999") == 1
    assert volume.hours("h0") == 0


# sketches


@pytest.mark.parametrize("number", [1, 5, 20, 100, 1_000, 20_000])
def test_distinct(number: int) -> None:
    distinct = Distinct(10)
    for item in [*range(number), *range(number)]:
        last = distinct.add(1, f"host-{item}")
    assert last == distinct.estimate(1) == pytest.approx(number, rel=0.3, abs=0.6)


def test_distinct_keys_are_apart_and_bounded() -> None:
    distinct = Distinct(50)
    for key in range(500):
        assert distinct.add(key, "one") == pytest.approx(1, abs=0.1)
        distinct.add(0, f"item {key}")  # touched all the time: never the one to go
    assert len(distinct) <= 50
    assert distinct.estimate(0) > 300
    assert distinct.estimate(1) == 0.0


def test_count_min_never_tells_less() -> None:
    sketch = CountMin(1024, 4)
    for number in range(3_000):
        sketch.add(key64(number % 300), 1)
    assert all(10 <= sketch.estimate(key64(number)) <= 20 for number in range(300))
    assert sketch.add(key64("big"), 1 << 70) == 1 << 63


@pytest.mark.parametrize("order", ["up", "down", "mixed"])
def test_quantiles(order: str) -> None:
    sketch, number = Quantiles(), 20_000
    values = {
        "up": range(number),
        "down": range(number, 0, -1),
        "mixed": [key64(step) % number for step in range(number)],
    }[order]
    for x in values:
        sketch.add(x)
    assert len(sketch) == number
    for q in (0.0, 0.01, 0.25, 0.5, 0.9, 0.995, 1.0):
        assert sketch.at(q) == pytest.approx(q * number, abs=0.02 * number)
        assert sketch.share_below(q * number) == pytest.approx(q, abs=0.02)
    assert sum(map(len, sketch._levels)) < 700


def test_quantiles_of_little() -> None:
    sketch = Quantiles()
    assert sketch.at(0.5) == 0.0 == sketch.share_below(3)
    sketch.add(float("nan"))
    sketch.add(4)
    assert (sketch.at(0), sketch.at(1), sketch.share_below(3), sketch.share_below(4)) == (4, 4, 0, 1)


# rings


def test_rings_keep_the_last_moments() -> None:
    rings = Rings(10, 3)
    for time in range(5):
        rings.add(1, time, time * 10)
    times, values = rings.of(1)
    assert times.tolist() == [2, 3, 4]
    assert values.tolist() == [20, 30, 40]
    assert rings.of(2)[0].tolist() == []


def test_rings_drop_the_longest_untouched() -> None:
    rings = Rings(2, 3)
    rings.add(1, 1, 1)
    rings.add(2, 1, 1)
    rings.add(1, 2, 1)
    assert rings.add(3, 3, 1) == 2
    assert rings.keys() == [1, 3]


def test_rings_as_a_table() -> None:
    rings = Rings(5, 4)
    for key, number in ((1, 2), (2, 4)):
        for time in range(number):
            rings.add(key, time, key)
    times, values, lengths = rings.table([1, 2])
    assert times.tolist() == [[0, 1, 1, 1], [0, 1, 2, 3]]
    assert values[1].tolist() == [2, 2, 2, 2]
    assert lengths.tolist() == [2, 4]


def test_moments_are_the_first_ones() -> None:
    moments = Moments(10, 3, apart_us=10)
    assert [moments.add(1, time, time) for time in (0, 5, 20, 29, 40, 60, 80)] == [1, 1, 2, 2, 3, 4, 4]
    assert list(moments.of(1)[0]) == list(moments.of(1)[1]) == [0, 20, 40]
    moments.clear(1)
    assert moments.add(1, 90) == 1
    assert list(moments.of(2)[0]) == []


def test_moments_of_many_keys_stay_bounded() -> None:
    moments = Moments(100, 3)
    for key in range(1_000):
        moments.add(key, key, 1)
        moments.add(0, key, 1)
    assert len(moments) <= 100
    assert moments.add(0, 5_000) == 4
    assert moments.add(1, 5_000) == 1


# packing


@pytest.mark.slow
def test_a_million_keys_take_at_most_150_bytes_each() -> None:
    number = 1_000_000
    keys = np.random.default_rng(3).integers(0, 1 << 63, number, np.uint64)
    for make in (lambda: Counts(number, DAY_S), lambda: Distinct(number), lambda: Volume(number)):
        tracemalloc.start()
        memory = make()
        before = tracemalloc.get_traced_memory()[0]
        if isinstance(memory, Counts):
            for begin in range(0, number, 50_000):
                part = keys[begin : begin + 50_000]
                memory.add_many(part, np.full(len(part), NOW), np.ones(len(part)))
        elif isinstance(memory, Distinct):
            for key in keys.tolist():
                memory.add(key, key)
        else:
            for key in keys.tolist():
                memory._row(key)
        held = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert len(memory) == number
        assert held / number <= 150, type(memory).__name__
        assert memory.size_bytes / number <= 150, type(memory).__name__
        print(f"{type(memory).__name__}: {held / number:.0f} B a key traced, {memory.size_bytes / number:.0f} B held")
