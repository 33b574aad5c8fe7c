"""DICOM identity: a title used by another machine, or by another maker's software."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, names, tell
from tests.detect.behaviour.medical_rows import INTRUDER, OWN, SCANNER, TOOLKIT, associate
from tocsin.detect.behaviour import dicom_identity
from tocsin.detect.behaviour.dicom_identity import maker


def usual(hours: int = 60, titles: int = 6) -> list:
    """Devices that each call the archive every hour from their own address."""
    return [
        associate(hour * HOUR + n, f"10.30.2.{20 + n}", f"CT_SCAN{n}") for hour in range(hours) for n in range(titles)
    ]


END = 60 * HOUR


def test_a_title_from_another_machine_with_other_software() -> None:
    (sign,) = tell(dicom_identity, [*usual(), associate(END, INTRUDER, software=TOOLKIT)])
    assert 2.5 <= sign.decades <= 3.0
    assert (sign.facts["title"], sign.facts["usual"]) == ("CT_SCAN1", SCANNER)
    assert names(sign, "source") == [INTRUDER]
    assert names(sign, "target") == [SCANNER]
    assert len(sign.events) == 2


def test_with_the_same_software_it_weighs_less() -> None:
    (sign,) = tell(dicom_identity, [*usual(), associate(END, INTRUDER)])
    assert sign.decades == 1.5


def test_a_title_that_has_moved_weighs_less_still() -> None:
    (sign,) = tell(dicom_identity, [*usual(), associate(END + 3 * DAY, INTRUDER)])
    assert sign.decades == 1.0


def test_a_refused_try_weighs_less_and_is_not_learned() -> None:
    tries = [associate(END + n, INTRUDER, software=TOOLKIT, status="rejected") for n in range(2)]
    signs = tell(dicom_identity, [*usual(), *tries])
    assert [round(sign.decades, 1) for sign in signs] == [2.0, 2.0]


def test_another_software_on_the_same_machine() -> None:
    (sign,) = tell(dicom_identity, [*usual(), associate(END, software=TOOLKIT)])
    assert sign.decades == 1.5
    assert sign.facts["software"] == TOOLKIT


def test_it_is_told_once() -> None:
    again = [associate(END + n, INTRUDER, software=TOOLKIT) for n in range(50)]
    assert len(tell(dicom_identity, [*usual(), *again])) == 1


QUIET = {
    "the first hours": [*usual(2), associate(2 * HOUR, INTRUDER, software=TOOLKIT)],
    "a new device": [*usual(), associate(END, INTRUDER, "MR_2", TOOLKIT)],
    "an update": [*usual(), associate(END, software=OWN.removesuffix(".1") + ".2")],
    "a title for everybody": [
        associate(hour * HOUR + n, f"10.20.4.{n}", "VIEWER", TOOLKIT) for hour in range(40) for n in range(hour + 1)
    ],
    "all from one address, several titles": [
        associate(hour * HOUR + n, SCANNER, f"CT{n}") for hour in range(40) for n in range(4)
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(dicom_identity, QUIET[name]) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(OWN, OWN + ".5", True), (OWN, TOOLKIT, False), (TOOLKIT, "1.2.276.0.7230010.3.0.3.6.8", True)],
)
def test_makers(one: str, other: str, same: bool) -> None:
    assert (maker(one) == maker(other)) is same
