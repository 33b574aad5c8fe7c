"""What holds of all detectors of accounts and clouds: order, old rows, hostile texts, whole signs."""

from __future__ import annotations

import random
import string
from types import ModuleType
from typing import Any

import pytest

from tests.detect.behaviour.account_rows import at, bound, call, change, logon, tell, ticket
from tocsin.detect.behaviour import (
    cloud_rare_call,
    cloud_sequence,
    kerberoast,
    lateral_path,
    mfa_fatigue,
    new_place,
    replication,
    service_account,
    snapshot,
    spray,
)
from tocsin.detect.behaviour.contract import Sign

DETECTORS = (
    spray,
    kerberoast,
    replication,
    new_place,
    mfa_fatigue,
    service_account,
    lateral_path,
    cloud_rare_call,
    cloud_sequence,
)
each = pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.NAME)
ACTIONS = ("CreateAccessKey", "AttachUserPolicy", "StopLogging", "ListUsers", "Consent to application")
RIGHT = "{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}"


def row_of(rng: random.Random, minutes: float) -> Any:
    """Make a row of any kind, of few accounts and machines."""
    who, host, address = (
        f"agent{rng.randrange(30)}",
        f"srv-{rng.randrange(9)}",
        f"10.0.{rng.randrange(3)}.{rng.randrange(9)}",
    )
    kinds = ("network", "remote", "interactive", "mfa", "cloud", "vpn", "service")
    return rng.choice(
        (
            lambda: logon(minutes, who, address, host, rng.choice(kinds), rng.random() < 0.6, device="x/1"),
            lambda: ticket(minutes, who, f"svc{rng.randrange(20)}", address, cipher=rng.choice(("0x17", "0x12"))),
            lambda: ticket(minutes, who, src=address, kind="AS", ok=rng.random() < 0.5, preauth=rng.choice("02")),
            lambda: change(minutes, who, rng.choice((RIGHT, "servicePrincipalName=GC/x", "%%7688")), "CN=X"),
            lambda: call(minutes, who, rng.choice(ACTIONS), region=rng.choice("ab"), src=address),
            lambda: bound(minutes, host, address),
        )
    )()


def stream(seed: int, number: int = 3_000, spread: float = 20_000) -> list[Any]:
    rng = random.Random(seed)
    return [row_of(rng, minutes) for minutes in sorted(rng.uniform(0, spread) for _ in range(number))]


def told(signs: list[Sign]) -> list[tuple[Any, ...]]:
    return [(s.time_us, s.last_us, round(s.decades, 9), s.message, tuple(s.facts.items()), s.entities) for s in signs]


@each
def test_the_same_rows_give_the_same_signs(detector: ModuleType) -> None:
    rows = stream(1)
    assert told(tell(detector, rows)) == told(tell(detector, rows))


@each
def test_the_order_of_equal_times_changes_nothing(detector: ModuleType) -> None:
    rows = [row_of(random.Random(n), n // 40) for n in range(2_000)]
    shuffled = list(rows)
    rng = random.Random(3)
    for begin in range(0, len(rows), 40):
        part = shuffled[begin : begin + 40]
        rng.shuffle(part)
        shuffled[begin : begin + 40] = part
    assert told(tell(detector, rows, batch=400)) == told(tell(detector, shuffled, batch=400))


@each
def test_time_that_goes_backwards(detector: ModuleType) -> None:
    rows = stream(2)
    random.Random(5).shuffle(rows)
    for sign in tell(detector, rows, batch=100):
        assert sign.time_us <= sign.last_us


@each
def test_the_end_told_twice_says_nothing_new(detector: ModuleType) -> None:
    memory = detector.memory()
    tell(detector, stream(4), memory)
    assert list(detector.finish(memory)) == []


@each
def test_a_memory_written_and_read_back_goes_on_as_if_nothing_had_been(detector: ModuleType) -> None:
    rows = stream(8, 4_000)
    whole, before = detector.memory(), detector.memory()
    first = [told(tell(detector, rows[:2_000], memory)) for memory in (whole, before)]
    after = snapshot.load(snapshot.dump(before), detector.memory)
    assert first[0] == first[1]
    assert snapshot.dump(after) == snapshot.dump(whole)
    assert told(tell(detector, rows[2_000:], after)) == told(tell(detector, rows[2_000:], whole))


@each
def test_any_text_is_a_name(detector: ModuleType) -> None:
    """Log text is written by attackers: braces, markup, control characters, surrogates, very long names."""
    rng = random.Random(6)
    letters = string.printable + "{}<>\0\u202e\ud800é"
    rows = []
    for n in range(600):
        words = ["".join(rng.choice(letters) for _ in range(rng.choice((0, 3, 40)))) for _ in range(12)]
        row = row_of(rng, n)
        rows.append(row._replace(**{f: words[i] for i, f in enumerate(row._fields) if isinstance(row[i], str)}))
    for sign in tell(detector, rows):
        sign.message.format(**sign.facts)


@each
def test_signs_are_whole(detector: ModuleType) -> None:
    for sign in tell(detector, stream(7, 6_000)):
        assert 0 <= sign.decades <= 4
        assert 0 < len(sign.events) <= 20
        assert sign.entities
        assert set(sign.techniques) <= set(detector.TECHNIQUES) | {"T1078", "T1550.002"}
        sign.message.format(**sign.facts)


@each
def test_it_says_what_it_sees_and_misses(detector: ModuleType) -> None:
    for part in ("Sees:", "Misses:", "Benign when:", "Source:"):
        assert part in (detector.__doc__ or "")


@each
def test_years_apart(detector: ModuleType) -> None:
    rows = [row_of(random.Random(n), n * 5_000_000 % 60_000_000) for n in range(300)]
    assert isinstance(tell(detector, rows), list)


def test_times_are_real() -> None:
    assert at(0) > 0
