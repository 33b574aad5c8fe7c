"""HL7 replay: the same message again."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, names, tell
from tests.detect.behaviour.medical_rows import INTRUDER, LAB, message
from tocsin.detect.behaviour import hl7_replay


def usual(number: int = 2_000, status: str = "AA") -> list:
    return [message(n / 2, f"M{n}@2026", status=status) for n in range(number)]


END = 1_000


def test_from_another_machine() -> None:
    (sign,) = tell(hl7_replay, [*usual(), message(END + 1, "M1990@2026", INTRUDER)])
    assert 2.5 < sign.decades <= 3.0
    assert names(sign, "source") == [INTRUDER]
    assert sign.facts["kind"] == "ORU^R01"


def test_long_after_it_was_taken() -> None:
    (sign,) = tell(hl7_replay, [*usual(), message(END + DAY, "M1@2026")])
    assert (sign.decades, sign.facts["gap"]) == (2.0, "40 h")
    assert names(sign, "source") == [LAB]


def test_many_at_once_are_one_sign_an_hour() -> None:
    again = [message(END + 1 + n / 10, f"M{n}@2026", INTRUDER) for n in range(300)]
    signs = tell(hl7_replay, [*usual(), *again])
    assert len(signs) == 1


QUIET = {
    "an ordinary day": usual(),
    "retries within the hour": [row for n in range(500) for row in (message(n, f"M{n}"), message(n + 30, f"M{n}"))],
    "a queue that was not taken is sent again": [
        *usual(status=""),
        *(message(END + 2 * HOUR, f"M{n}@2026") for n in range(99)),
    ],
    "refused before": [*usual(status="AE"), message(END + DAY, "M1@2026")],
    "a counter that begins anew": [message(d * DAY + n, f"M{n}@{d}") for d in range(5) for n in range(300)],
    "an application that numbers all alike": [message(n * 90, "1") for n in range(300)],
    "an engine of two nodes": [message(n + k / 10, f"M{n}", f"10.40.1.{30 + k}") for n in range(300) for k in range(2)],
    "too little is known": [*usual(5), message(END, "M1@2026", INTRUDER)],
    "the same for another receiver": [*usual(), message(END, "M1@2026", INTRUDER, dst="10.40.1.9")],
    "only the answer was seen": [*usual(), message(END, "M1@2026", INTRUDER, action="")],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(hl7_replay, QUIET[name]) == []
