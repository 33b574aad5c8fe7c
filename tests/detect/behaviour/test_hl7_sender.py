"""HL7 sender: a machine that a receiver never heard before."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import HOUR, names, tell
from tests.detect.behaviour.medical_rows import INTRUDER, LAB, RECORD, message
from tocsin.detect.behaviour import hl7_sender


def usual(hours: int = 60) -> list:
    """Two senders of one receiver."""
    return [
        message(h * HOUR + n, f"{h}-{n}", src, application)
        for h in range(hours)
        for n, (src, application) in enumerate([(LAB, "LABO|CHU"), ("10.40.1.21", "PHARMA|CHU")])
    ]


END = 60 * HOUR


def test_a_stranger() -> None:
    (sign,) = tell(hl7_sender, [*usual(), message(END, "X", INTRUDER, "TEST|X")])
    assert sign.decades == pytest.approx(2.0)
    assert (names(sign, "source"), names(sign, "destination")) == ([INTRUDER], [RECORD])
    assert sign.facts["senders"] == "2"


def test_a_stranger_with_the_name_of_the_laboratory() -> None:
    (sign,) = tell(hl7_sender, [*usual(), message(END, "X", INTRUDER)])
    assert 2.0 < sign.decades <= 3.0
    assert sign.facts["usual"] == LAB
    assert names(sign, "target") == [LAB]


def test_one_who_is_refused_weighs_less() -> None:
    (sign,) = tell(hl7_sender, [*usual(), message(END, "X", INTRUDER, "TEST|X", "AR")])
    assert sign.decades == pytest.approx(1.5)


def test_it_is_told_once() -> None:
    assert len(tell(hl7_sender, [*usual(), *(message(END + n, f"X{n}", INTRUDER) for n in range(99))])) == 1


def test_one_who_goes_to_many_receivers_is_told_once_a_day() -> None:
    receivers = [message(h * HOUR, f"{h}-{n}", dst=f"10.40.1.{n}") for h in range(60) for n in range(100, 110)]
    strange = [message(END + n, f"X{n}", INTRUDER, dst=f"10.40.1.{100 + n}") for n in range(10)]
    assert len(tell(hl7_sender, [*receivers, *strange])) == 1


QUIET = {
    "the first hours": [*usual(2), message(2 * HOUR, "X", INTRUDER)],
    "an ordinary week": usual(120),
    "a new receiver": [*usual(), message(END, "X", LAB, dst="10.40.1.6")],
    "an application more at a known sender": [*usual(), message(END, "X", LAB, "BACTERIO|CHU")],
    "a receiver to which new devices are added all the time": [
        message(h * HOUR + n, f"{h}-{n}", f"10.50.{h}.{n}", f"MON{h}-{n}") for h in range(40) for n in range(3)
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(hl7_sender, QUIET[name]) == []
