"""A vendor's account beyond what the care map says."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, at, logon, names
from tocsin.detect.behaviour import vendor_leash
from tocsin.detect.behaviour.contract import Leashed, Sign, Surroundings
from tocsin.detect.behaviour.facts import Logon
from tocsin.detect.behaviour.leash import Leash

LEASH = Leash(
    windows=((8 * HOUR, 18 * HOUR), (DAY + 8 * HOUR, DAY + 18 * HOUR)),
    targets=(
        "pacs-01",
        "10.1.0.5",
    ),
    via=(
        "bastion-01",
        "10.9.0.1",
    ),
)
PLACE = Surroundings(leashed={"presta-rx": Leashed("Radiora", LEASH)}, offsets=((0, 60),))


def told(*rows: Logon, place: Surroundings = PLACE) -> list[Sign]:
    memory = vendor_leash.memory()
    vendor_leash.know(memory, place)
    return list(vendor_leash.watch("Logon", rows, memory)) + list(vendor_leash.finish(memory))


def work(hour: float, dst: str = "pacs-01", kind: str = "remote", src: str = "10.9.0.1", ok: bool = True) -> Logon:
    return logon(hour * HOUR, "presta-rx", src, dst, kind, ok)


@pytest.mark.parametrize(
    "row",
    [
        work(7),  # 08:00 local
        work(6.9),  # a few minutes early
        work(10, "bastion-01", src="203.0.113.9"),
        work(10, "vpn-01", "vpn", "203.0.113.9"),
        work(10, "dc-01", "network"),
        work(2, ok=False),
        logon(2 * HOUR, "somebody", "10.2.0.9", "pacs-01", "remote"),
    ],
)
def test_what_was_agreed_is_silent(row: Logon) -> None:
    assert not told(row)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (work(2), ["outside of the agreed hours"]),
        (work(17.5, "vpn-01", "vpn", "203.0.113.9"), ["outside of the agreed hours"]),
        (work(10, "srv-ad1"), ["none of its machines"]),
        (work(10, src="203.0.113.9"), ["not by the agreed way"]),
        (work(2, "srv-ad1"), ["outside of the agreed hours", "none of its machines"]),
    ],
)
def test_a_breach_is_told_by_its_kind(row: Logon, words: list[str]) -> None:
    signs = told(row)
    assert len(signs) == len(words)
    for sign, word in zip(signs, words, strict=True):
        assert word in sign.message
        assert sign.decades >= 2
        assert names(sign, "actor") == ["presta-rx"]


def test_each_kind_is_told_once_a_day_and_each_wrong_machine_too() -> None:
    night = [work(2 + n / 60) for n in range(30)]
    assert len(told(*night)) == 1
    assert len(told(work(2), work(26))) == 2
    assert len(told(work(10, "a"), work(10.1, "b"), work(10.2, "a"))) == 2


def test_without_a_map_nothing_is_told() -> None:
    assert not told(work(2), place=Surroundings())


def test_a_flood_of_machines_is_bounded() -> None:
    memory = vendor_leash.memory()
    vendor_leash.know(memory, PLACE)
    rows = [work(10 + n / 100_000, f"m{n}") for n in range(12_000)]
    assert len(list(vendor_leash.watch("Logon", rows, memory))) == 12_000
    assert len(memory.told) <= vendor_leash.MAX_TOLD
    assert at(0) > 0
