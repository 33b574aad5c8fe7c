"""What holds of every detector of accounts, clouds, endpoints and medical protocols, by rows of its layer at random:
order, old rows, hostile texts, whole signs, snapshots."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.detect.behaviour import account_rows, endpoint_rows, medical_rows
from tests.detect.behaviour.account_rows import tell
from tocsin.detect.behaviour import DETECTORS, snapshot
from tocsin.detect.behaviour.contract import Sign

Maker = Callable[[random.Random, float], Any]
_ACCOUNTS = {"Logon", "Ticket", "Change", "Call", "Bound"}
_ENDPOINTS = {"Process", "Autorun", "Tamper", "Touched", "Beat"}


def maker_of(detector: Any) -> Maker | None:
    """Give what makes rows for a detector; those of the network have tests of their own."""
    needs = set(detector.NEEDS)
    if needs <= {"Medical"}:
        return medical_rows.any_row
    if needs <= _ACCOUNTS:
        return account_rows.any_row
    return endpoint_rows.any_row if needs <= _ENDPOINTS else None


PAIRS = [(one, maker) for one in DETECTORS if (maker := maker_of(one)) is not None]
each = pytest.mark.parametrize(("detector", "maker"), PAIRS, ids=[one.NAME for one, _ in PAIRS])
CHOICES = frozenset({"kind", "action", "protocol"})
"""Texts that readers choose from few: no attacker writes them."""


def stream(maker: Maker, seed: int, number: int = 2_000, spread: float = 10_000) -> list[Any]:
    rng = random.Random(seed)
    return [maker(rng, minutes) for minutes in sorted(rng.uniform(0, spread) for _ in range(number))]


def told(signs: list[Sign]) -> list[tuple[Any, ...]]:
    return [(s.time_us, s.last_us, round(s.decades, 9), s.message, tuple(s.facts.items()), s.entities) for s in signs]


def test_most_detectors_are_here() -> None:
    assert len(PAIRS) >= 19


@each
def test_the_same_rows_give_the_same_signs(detector: ModuleType, maker: Maker) -> None:
    rows = stream(maker, 1)
    assert told(tell(detector, rows)) == told(tell(detector, rows))


@each
def test_the_order_of_equal_times_changes_nothing(detector: ModuleType, maker: Maker) -> None:
    rows = [maker(random.Random(n), n // 40) for n in range(1_200)]
    shuffled = list(rows)
    rng = random.Random(3)
    for begin in range(0, len(rows), 40):
        part = shuffled[begin : begin + 40]
        rng.shuffle(part)
        shuffled[begin : begin + 40] = part
    assert told(tell(detector, rows, batch=400)) == told(tell(detector, shuffled, batch=400))


@each
def test_time_that_goes_backwards(detector: ModuleType, maker: Maker) -> None:
    rows = stream(maker, 2)
    random.Random(5).shuffle(rows)
    for sign in tell(detector, rows, batch=100):
        assert sign.time_us <= sign.last_us


@each
def test_years_apart(detector: ModuleType, maker: Maker) -> None:
    rows = [maker(random.Random(n), n * 5_000_000 % 60_000_000) for n in range(300)]
    assert isinstance(tell(detector, rows), list)


@each
def test_the_end_told_twice_says_nothing_new(detector: ModuleType, maker: Maker) -> None:
    memory = detector.memory()
    tell(detector, stream(maker, 4), memory)
    assert list(detector.finish(memory)) == []


@each
def test_a_memory_written_and_read_back_goes_on_as_if_nothing_had_been(detector: ModuleType, maker: Maker) -> None:
    rows = stream(maker, 8)
    whole, before = detector.memory(), detector.memory()
    first = [told(tell(detector, rows[:1_000], memory)) for memory in (whole, before)]
    after = snapshot.load(snapshot.dump(before), detector.memory)
    assert first[0] == first[1]
    assert snapshot.dump(after) == snapshot.dump(whole)
    assert told(tell(detector, rows[1_000:], after)) == told(tell(detector, rows[1_000:], whole))


@each
def test_any_text_is_a_name(detector: ModuleType, maker: Maker) -> None:
    """Log text is written by attackers: braces, markup, control characters, surrogates, very long names."""
    rng = random.Random(6)
    letters = string.printable + "{}<>\0\u202e\ud800é\\/\\"
    rows = []
    for n in range(600):
        row = maker(rng, n)
        texts = {
            field: "".join(rng.choice(letters) for _ in range(rng.choice((0, 3, 40, 400))))
            for field, value in zip(row._fields, row, strict=True)
            if isinstance(value, str) and field not in CHOICES and rng.random() < 0.8
        }
        rows.append(row._replace(**texts))
    for sign in tell(detector, rows):
        sign.message.format(**sign.facts)


@each
def test_signs_are_whole(detector: ModuleType, maker: Maker) -> None:
    for sign in tell(detector, stream(maker, 7, 4_000)):
        assert 0 <= sign.decades <= 4
        assert 0 < len(sign.events) <= 20
        assert sign.techniques
        sign.message.format(**sign.facts)


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.NAME)
def test_it_says_what_it_sees_and_misses(detector: ModuleType) -> None:
    for part in ("Sees:", "Misses:", "Benign when:", "Source:"):
        assert part in (detector.__doc__ or "")
