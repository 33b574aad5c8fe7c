"""Second-factor fatigue."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, logon, names, tell
from tocsin.detect.behaviour import mfa_fatigue


def pushes(
    number: int, every: float = 1.0, start: float = 0.0, src: str = "203.0.113.9", reason: str = "denied"
) -> list:
    return [
        logon(start + n * every, "c.vasseur", src, "portail", "mfa", ok=False, reason=reason) for n in range(number)
    ]


def accepted(minutes: float, kind: str = "mfa", src: str = "203.0.113.9") -> list:
    return [logon(minutes, "c.vasseur", src, "portail", kind)]


def test_five_refused_then_accepted() -> None:
    refused, taken = tell(mfa_fatigue, [*pushes(5), *accepted(6)])
    assert (refused.decades, taken.decades) == (2.0, 4.0)
    assert taken.facts["pushes"] == "5"
    assert names(taken, "target") == ["c.vasseur"]
    assert names(taken, "source") == ["203.0.113.9"]


def test_the_sign_in_itself_is_the_acceptance() -> None:
    assert len(tell(mfa_fatigue, [*pushes(5), *accepted(6, "cloud")])) == 2


def test_a_flood_is_told_once_in_ten_minutes() -> None:
    assert len(tell(mfa_fatigue, pushes(100, every=0.05))) == 1


def test_from_the_usual_place_it_weighs_little() -> None:
    usual = [row for day in range(3) for row in accepted(day * DAY)]
    signs = tell(mfa_fatigue, [*usual, *pushes(5, start=3 * DAY), *accepted(3 * DAY + 6)])
    assert max(sign.decades for sign in signs) <= 1.0


QUIET = {
    "four retries": [*pushes(4), *accepted(5)],
    "spread over an hour": [*pushes(6, every=12), *accepted(73)],
    "mistyped codes": [*pushes(8, reason="Invalid OTP code"), *accepted(9)],
    "accepted much later is only refused": accepted(30),
    "a session elsewhere is no acceptance": accepted(6, "cloud", "192.0.2.1"),
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(mfa_fatigue, QUIET[name]) == []


def test_a_session_elsewhere_is_no_acceptance() -> None:
    assert len(tell(mfa_fatigue, [*pushes(5), *accepted(6, "cloud", "192.0.2.1")])) == 1


def test_accepted_after_a_while_is_not_told() -> None:
    assert len(tell(mfa_fatigue, [*pushes(5), *accepted(16)])) == 1
