"""Chains of log-ons: found as a whole, quiet where people roam and administrators work."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, bound, logon, names, tell, ticket
from tocsin.detect.behaviour import lateral_path
from tocsin.detect.behaviour.path_habits import tier

DAYS = 15


def hospital(days: int = DAYS, desks: int = 30, users: int = 40) -> list:
    """Users on two desks each, three servers and a controller for all, an administrator, a nightly backup."""
    rows = []
    for day in range(days):
        for n in range(users):
            start, desk = day * DAY + 8 * HOUR + n, f"pc-{(n + day % 2) % desks:02d}"
            rows.append(logon(start, f"agent{n}", "", desk, "interactive"))
            rows += [logon(start + 0.5, f"agent{n}", desk, server) for server in ("srv-dc1", f"srv-app{n % 3}")]
        for n in range(6):
            rows.append(logon(day * DAY + 10 * HOUR + n * 20, "info-a", "pc-info", f"srv-{n}", "remote"))
        rows += [logon(day * DAY + 2 * HOUR + n, "svc-sauvegarde", "srv-sauv", f"srv-{n}") for n in range(10)]
    return sorted(rows, key=lambda row: row.time_us)


def stolen(start: float = DAYS * DAY) -> list:
    """The administrator's account from somebody's desk to a server, and on to the controller."""
    return [logon(start, "info-a", "pc-07", "srv-8"), logon(start + 20, "info-a", "srv-8", "srv-dc1", "remote")]


def test_a_stolen_administrator() -> None:
    signs = tell(lateral_path, [*hospital(), *stolen()])
    assert signs
    assert signs[0].facts["path"].startswith("pc-07 → srv-8")
    assert names(signs[0], "actor") == ["info-a"]
    assert names(signs[0], "source") == ["pc-07"]
    assert max(sign.decades for sign in signs) >= 2.0


def test_a_walk_with_ones_own_account() -> None:
    start, here, rows = DAYS * DAY, "pc-05", []
    for n, there in enumerate(("srv-3", "srv-4", "srv-5")):
        rows.append(logon(start + n * 10, "agent5", here, there))
        here = there
    signs = tell(lateral_path, [*hospital(), *rows])
    assert signs[-1].facts["path"] == "pc-05 → srv-3 → srv-4 → srv-5"
    assert len(signs[-1].events) == 3


def test_a_change_of_account_on_the_way() -> None:
    start = DAYS * DAY
    rows = [logon(start, "agent5", "pc-05", "srv-3"), logon(start + 30, "svc-sauvegarde", "srv-3", "srv-dc1")]
    signs = tell(lateral_path, [*hospital(), *rows])
    assert signs[-1].facts["accounts"] == "agent5, svc-sauvegarde"
    assert signs[-1].facts["path"] == "pc-05 → srv-3 → srv-dc1"


def test_addresses_are_their_machines() -> None:
    start = DAYS * DAY
    rows = [
        bound(start, "pc-07", "10.1.0.7"),
        bound(start, "srv-8", "10.0.0.8"),
        logon(start, "info-a", "10.1.0.7", "srv-8"),
        logon(start + 20, "info-a", "10.0.0.8", "srv-dc1", "remote"),
    ]
    assert [s.facts["path"] for s in tell(lateral_path, [*hospital(), *rows])] == [
        s.facts["path"] for s in tell(lateral_path, [*hospital(), *stolen()])
    ]


def test_a_ticket_and_its_logon_are_one_move() -> None:
    start = DAYS * DAY
    both = [
        row
        for step in stolen(start)
        for row in (ticket(step.time_us / 6e7 - 1_772_409_600 / 60, step.account, f"{step.dst}$", step.src), step)
    ]
    signs = tell(lateral_path, [*hospital(), *both])
    assert signs
    assert all(int(sign.facts["hops"]) <= 2 for sign in signs)


def test_told_again_only_when_it_grows() -> None:
    again = [row for n in range(20) for row in stolen(DAYS * DAY + n * 30)]
    assert len(tell(lateral_path, [*hospital(), *again])) <= 2


START = DAYS * DAY
QUIET = {
    "work": hospital(25),
    "the first days": [*hospital(4), *stolen(4 * DAY)],
    "somebody on a colleague's desk": [
        *hospital(),
        logon(START, "agent5", "", "pc-22", "interactive"),
        logon(START + 1, "agent5", "pc-22", "srv-dc1"),
        logon(START + 2, "agent5", "pc-22", "srv-app2"),
    ],
    "an administrator on the spot": [
        *hospital(),
        logon(START, "info-a", "", "pc-22", "interactive"),
        logon(START + 1, "info-a", "pc-22", "srv-dc1"),
        logon(START + 2, "info-a", "pc-22", "srv-app1"),
    ],
    "one new server for an administrator": [*hospital(), logon(START, "info-a", "pc-info", "srv-9", "remote")],
    "somebody new": [*hospital(), *(logon(START + n, "nouveau", "pc-22", f"srv-{n}") for n in range(8))],
    "failures": [*hospital(), *(row._replace(success=False) for row in stolen())],
    "more than a day between the steps": [
        *hospital(),
        logon(START, "agent5", "pc-05", "srv-3"),
        logon(START + 26 * HOUR, "agent5", "srv-3", "srv-app0"),
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(lateral_path, QUIET[name]) == []


def test_tiers_are_learned() -> None:
    memory = lateral_path.memory()
    tell(lateral_path, hospital(), memory)
    assert [tier(host, memory.habits) for host in ("pc-01", "srv-1", "srv-dc1")] == [0, 0, 2]


def test_chains_have_an_end() -> None:
    """A worm that goes round and round fills no memory and makes no chain longer than four."""
    memory = lateral_path.memory()
    ring = [logon(START + n, "agent5", f"srv-{n % 7}", f"srv-{(n + 1) % 7}") for n in range(500)]
    signs = tell(lateral_path, [*hospital(), *ring], memory)
    assert all(len(kept) <= lateral_path.ARRIVALS for kept in memory.arrivals.values())
    assert all(int(sign.facts["hops"]) <= lateral_path.HOPS for sign in signs)
