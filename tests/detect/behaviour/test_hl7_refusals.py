"""HL7 refusals: what was taken is refused, all at once."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import HOUR, names, tell
from tests.detect.behaviour.medical_rows import LAB, RECORD, message
from tocsin.detect.behaviour import hl7_refusals


def usual(number: int = 2_000, bad_every: int = 100) -> list:
    return [message(n / 2, f"M{n}", status="AE" if n % bad_every == 1 else "AA") for n in range(number)]


END = 1_100


def storm(number: int, every: float = 0.2, status: str = "AE") -> list:
    return [message(END + n * every, f"S{n}", status=status) for n in range(number)]


def test_a_storm() -> None:
    (sign,) = tell(hl7_refusals, [*usual(), *storm(500, 0.01)])
    assert (sign.decades, sign.facts["refused"], sign.facts["share"]) == (1.5, "20", "100 %")
    assert (names(sign, "source"), names(sign, "destination")) == ([LAB], [RECORD])


def test_without_a_history_it_is_told_too() -> None:
    assert len(tell(hl7_refusals, storm(40, status="AR"))) == 1


QUIET = {
    "an ordinary day": usual(),
    "nineteen": [*usual(), *storm(19)],
    "spread over the day": [*usual(), *storm(60, 10)],
    "a sender that is always refused": [
        row._replace(time_us=row.time_us + day * 86_400_000_000) for day in range(1) for row in usual(2_000, 2)
    ][1_000:],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    memory = hl7_refusals.memory()
    if name == "a sender that is always refused":
        tell(hl7_refusals, usual(2_000, 2), memory)
        later = [row._replace(time_us=row.time_us + 2_000 * HOUR * 60_000_000) for row in usual(2_000, 2)]
        assert tell(hl7_refusals, later, memory) == []
        return
    assert tell(hl7_refusals, QUIET[name], memory) == []
