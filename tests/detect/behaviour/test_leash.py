"""A vendor's leash: hours, targets, ports and the way in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.behaviour.account_rows import DAY, HOUR, at
from tocsin.detect.behaviour.leash import WEEK_MIN, Leash, Session, breaches, minute_of_week

SCANNER, PACS, BASTION = frozenset({"10.30.2.21", "ct1"}), frozenset({"10.30.1.10"}), frozenset({"wab1", "10.5.0.2"})
LEASH = Leash(((8 * HOUR, 18 * HOUR),), SCANNER, ((22, 22), (5900, 5910)), BASTION)


def session(
    start: float, minutes: float = 30, dst: frozenset[str] = SCANNER, port: int = 22, src: str = "wab1"
) -> Session:
    return Session(at(start), at(start + minutes), frozenset({src}), dst, port)


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (session(9 * HOUR), ()),
        (session(7 * HOUR + 50), ()),
        (session(17 * HOUR, 70), ()),
        (session(17 * HOUR, 90), ("overrun",)),
        (session(9 * HOUR, 3 * DAY), ("overrun",)),
        (session(22 * HOUR), ("hours",)),
        (session(DAY + 9 * HOUR), ("hours",)),
        (session(9 * HOUR, dst=PACS), ("target",)),
        (session(9 * HOUR, port=3389), ("port",)),
        (session(9 * HOUR, port=0), ()),
        (session(9 * HOUR, src="203.0.113.9"), ("way",)),
        (session(22 * HOUR, dst=PACS, port=445, src="x"), ("hours", "target", "port", "way")),
    ],
)
def test_breaches(one: Session, found: tuple[str, ...]) -> None:
    assert breaches(one, LEASH, 0) == found


def test_hours_are_local() -> None:
    assert breaches(session(7 * HOUR), LEASH, 60) == ()
    assert breaches(session(7 * HOUR), LEASH, 0) == ("hours",)


def test_a_window_over_the_end_of_the_week() -> None:
    night = Leash(((WEEK_MIN - HOUR, WEEK_MIN + 2 * HOUR),))
    assert breaches(session(HOUR), night, 0) == ()
    assert breaches(session(3 * HOUR), night, 0) == ("hours",)


def test_what_is_not_declared_does_not_bind() -> None:
    assert breaches(session(3 * HOUR, dst=PACS, port=1, src="x"), Leash(), 0) == ()


@given(st.integers(-(1 << 62), 1 << 62), st.integers(-900, 900))
def test_any_time_is_in_a_week(time_us: int, offset: int) -> None:
    assert 0 <= minute_of_week(time_us, offset) < WEEK_MIN
