"""DICOM sweep: far more than usual in an hour, and archives tried one after the other."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import HOUR, names, tell
from tests.detect.behaviour.medical_rows import INTRUDER, PACS, SCANNER, associate, audit, command
from tocsin.detect.behaviour import dicom_sweep


def usual(hours: int = 20, sources: int = 5, amount: int = 60, action: str = "C-FIND") -> list:
    return [command(h * HOUR + n, action, amount + n, f"10.30.3.{n}") for h in range(hours) for n in range(sources)]


END = 20 * HOUR


def test_a_search_for_everything() -> None:
    sweep = [command(END + n / 10, amount=500, src=INTRUDER) for n in range(20)]
    first, second, _ = tell(dicom_sweep, [*usual(), *sweep])
    assert (first.facts["amount"], second.facts["amount"]) == ("500", "2000")
    assert first.decades == 1.0
    assert 2.0 < second.decades < 2.5
    assert names(first, "source") == [INTRUDER]


def test_images_fetched_by_the_thousand() -> None:
    (sign,) = tell(dicom_sweep, [*usual(action="C-MOVE"), command(END, "C-GET", 200_000, INTRUDER)])
    assert sign.decades == 3.0


def test_an_account_that_opens_everybody() -> None:
    usual_day = [audit(h * HOUR + n, f"agent{n}", 8 + n) for h in range(20) for n in range(5)]
    (sign,) = tell(dicom_sweep, [*usual_day, *(audit(END + n / 10, "c.vasseur", 1, "retrieve") for n in range(300))])
    assert sign.facts["amount"] == "200"
    assert names(sign, "subject") == ["c.vasseur"]


def test_a_source_that_always_gets_much_is_measured_by_itself() -> None:
    prefetch = [command(h * HOUR + 5, amount=3_000, src=SCANNER) for h in range(20)]
    early = tell(dicom_sweep, [*usual(), *prefetch])
    memory = dicom_sweep.memory()
    tell(dicom_sweep, sorted([*usual(), *prefetch], key=lambda row: row.time_us), memory)
    assert len(early) <= 2  # until its habit is known
    assert tell(dicom_sweep, [command(END, amount=6_000, src=SCANNER)], memory) == []
    assert len(tell(dicom_sweep, [command(END + 61, amount=30_000, src=SCANNER)], memory)) == 1


def tries(number: int, failed: int) -> list:
    status = ["accepted" if n % number >= failed else "rejected" for n in range(0, 7 * number, 7)]
    return [
        associate(n / 10, INTRUDER, "ECHOSCU", called=f"PACS{n}", dst=f"10.30.1.{n % 3}", status=status[n])
        for n in range(number)
    ]


def test_titles_tried_one_after_the_other() -> None:
    (sign,) = tell(dicom_sweep, tries(40, 39))
    assert (sign.decades, sign.facts["pairs"], sign.facts["servers"]) == (2.0, "5", "3")
    assert sign.techniques == ("T1046",)


QUIET = {
    "an ordinary day": usual(),
    "an archive that calls all its stations": tries(40, 10),
    "four wrong titles": tries(4, 4),
    "the same wrong title all day": [associate(n, INTRUDER, status="rejected") for n in range(400)],
    "a long list in a cold start": [command(0, amount=3_000, src=SCANNER)],
    "spread over the day": [command(END + n * HOUR, amount=300, src=INTRUDER) for n in range(20)],
    "nothing found": [command(n / 60, amount=0, src=INTRUDER) for n in range(4_000)],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(dicom_sweep, QUIET[name]) == []


def test_a_machine_that_knows_many_archives_errs_more_often() -> None:
    known = [associate(n, INTRUDER, called=f"OLD{n}", dst=PACS) for n in range(20)]
    later = [row._replace(time_us=row.time_us + 7_200_000_000) for row in tries(9, 9)]
    (sign,) = tell(dicom_sweep, [*known, *later])
    assert sign.decades == 1.5
