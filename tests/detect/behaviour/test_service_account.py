"""Service accounts used otherwise than they always are."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, logon, names, tell
from tocsin.detect.behaviour import service_account


def nightly(account: str = "svc-sauvegarde", days: int = 20, src: str = "10.0.0.9") -> list:
    """A backup that goes to thirty servers each night from one."""
    return [logon(day * DAY + 2 * HOUR + n, account, src, f"srv-{n:02d}") for day in range(days) for n in range(30)]


def round_the_clock(account: str = "collecte", days: int = 10) -> list:
    """A monitoring program under a plain name, as a service on its machine."""
    return [
        logon(day * DAY + hour * HOUR + n, account, "10.0.0.8", f"srv-{n:02d}", "service" if n == 0 else "network")
        for day in range(days)
        for hour in range(24)
        for n in range(4)
    ]


def nurses(days: int = 20) -> list:
    """A ward's shared account: all day and night, from ten desks, by hand."""
    return [
        logon(day * DAY + hour * HOUR + n, "urgences", f"10.2.0.{(day + n) % 10}", "srv-dpi", "network")
        for day in range(days)
        for hour in range(0, 24, 2)
        for n in range(3)
    ] + [logon(day * DAY + 7 * HOUR, "urgences", "", f"poste-{day % 10}", "interactive") for day in range(days)]


def later(rows: list) -> list:
    return sorted(rows, key=lambda row: row.time_us)


@pytest.mark.parametrize("kind", ["interactive", "remote"])
@pytest.mark.parametrize("habit", [nightly, round_the_clock])
def test_somebody_logs_on_with_it(habit, kind: str) -> None:
    rows = habit()
    (sign,) = tell(service_account, [*rows, logon(21 * DAY, rows[0].account, "10.9.9.9", "srv-05", kind)])
    assert sign.decades >= 2.0
    assert names(sign, "actor") == [rows[0].account]
    assert names(sign, "source") == ["10.9.9.9"]


def test_a_new_source() -> None:
    (sign,) = tell(service_account, [*round_the_clock(), logon(10 * DAY, "collecte", "10.9.9.9", "srv-01")])
    assert sign.facts["src"] == "10.9.9.9"
    assert sign.decades >= 1.5


def test_a_new_source_is_told_once_and_then_known() -> None:
    odd = [logon(10 * DAY + n, "collecte", "10.9.9.9", "srv-01") for n in range(20)]
    assert len(tell(service_account, [*round_the_clock(), *odd])) == 1


QUIET = {
    "nothing new": nightly(days=40),
    "a new server in the nightly backup": [
        *nightly(),
        logon(20 * DAY + 2 * HOUR, "svc-sauvegarde", "10.0.0.9", "srv-99"),
    ],
    "a ward's shared account on another desk": [
        *later(nurses()),
        logon(20 * DAY, "urgences", "10.2.0.77", "srv-dpi"),
        logon(20 * DAY + 1, "urgences", "", "poste-77", "interactive"),
    ],
    "the first nights": [*nightly(days=2), logon(3 * DAY, "svc-sauvegarde", "10.9.9.9", "srv-01", "interactive")],
    "a name alone": [
        *(
            logon(day * DAY + 8 * HOUR + n * 40, "svc-labo", f"10.3.{day}.{n}", "srv-sil")
            for day in range(25)
            for n in range(12)
        ),
        logon(26 * DAY, "svc-labo", "10.9.9.9", "srv-sil"),
    ],
    "failures": [*nightly(), logon(21 * DAY, "svc-sauvegarde", "10.9.9.9", "srv-05", "remote", ok=False)],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(service_account, QUIET[name]) == []


def test_habits_are_bounded() -> None:
    memory = service_account.memory()
    tell(service_account, [logon(n / 100, f"a{n}", f"10.0.0.{n % 250}") for n in range(3_000)], memory)
    assert len(memory.habits) == 3_000 <= service_account.ACCOUNTS
