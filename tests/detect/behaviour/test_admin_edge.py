"""Machines that administer another one for the first time."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.detect.behaviour.inside_rows import DAY, HOUR, bound, file_op, flow, logon, names, remote, tell, written
from tocsin.detect.behaviour import admin_edge as edge
from tocsin.detect.behaviour import snapshot

DESKS = [f"10.20.1.{n}" for n in range(1, 81)]
FILES, DOMAIN, PRINT = "10.20.9.1", "10.20.9.2", "10.20.9.3"
SERVERS = [f"10.20.9.{n}" for n in range(10, 30)]
ADMIN, HELP, BACKUP = "10.20.2.1", "10.20.2.2", "10.20.9.50"


def work(days: int = 4) -> list[Any]:
    """Desks use shares; an administrator, a help desk and a backup do what they always do."""
    rows: list[Any] = []
    rng = random.Random(7)
    for day in range(days):
        for hour in range(8, 18):
            now = day * DAY + hour * HOUR
            for n, desk in enumerate(DESKS):
                rows.append(flow(now + n, desk, rng.choice((FILES, DOMAIN)), 445))
                rows.append(flow(now + n + 5, desk, PRINT, 9100))
                rows.append(flow(now + n + 6, desk, rng.choice(SERVERS), 443))
            rows.append(flow(now + 100, ADMIN, rng.choice(SERVERS), rng.choice((3389, 22, 5985))))
            rows.append(flow(now + 200, HELP, rng.choice(DESKS), 3389))
        rows += [flow(day * DAY + n * 60, BACKUP, server, 445) for n, server in enumerate(SERVERS)]
    return rows


LATER = 3 * DAY + 15 * HOUR
USUAL = work()


def late(rows: list[Any]) -> list[str]:
    """Give the pairs that are told after the usual work, with these rows in it."""
    signs = tell(edge, [*USUAL, *rows])
    return [f"{sign.facts['src']}>{sign.facts['dst']} {sign.facts['how']}" for sign in signs]


TOLD = {
    "a desk opens another desk's shares": (flow(LATER, DESKS[3], DESKS[9], 445), "10.20.1.4>10.20.1.10 smb"),
    "a desk opens a session on a desk": (flow(LATER, DESKS[3], DESKS[9], 3389), "10.20.1.4>10.20.1.10 rdp"),
    "a desk opens a shell on a server": (flow(LATER, DESKS[3], SERVERS[4], 22), f"10.20.1.4>{SERVERS[4]} ssh"),
    "on another port, as the probe recognises it": (
        flow(LATER, DESKS[3], SERVERS[4], 8443, service="ssh"),
        f"10.20.1.4>{SERVERS[4]} ssh",
    ),
    "a server opens a session on a server": (
        flow(LATER, SERVERS[2], SERVERS[4], 3389),
        f"{SERVERS[2]}>{SERVERS[4]} rdp",
    ),
    "a service is made from a desk": (remote(LATER, DESKS[3], DESKS[9]), "10.20.1.4>10.20.1.10 service"),
    "an administrative share": (
        file_op(LATER, "write", "temp\\x.exe", client=DESKS[3], server=DESKS[9], share="\\\\p9\\admin$"),
        "10.20.1.4>10.20.1.10 share",
    ),
    "a service's pipe": (
        file_op(LATER, "open", "svcctl", client=DESKS[3], server=DESKS[9], share="\\\\p9\\ipc$"),
        "10.20.1.4>10.20.1.10 service",
    ),
    "a log-on by network": (logon(LATER, "jdupont", DESKS[3], "ps-urg-9"), "10.20.1.4>ps-urg-9 logon"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_told(name: str) -> None:
    row, wanted = TOLD[name]
    assert late([row]) == [wanted]


def test_what_a_sign_says() -> None:
    (sign,) = tell(edge, [*USUAL, logon(LATER, "jdupont", DESKS[3], "ps-urg-9", "remote")])
    assert written(sign) == (
        "10.20.1.4 reached ps-urg-9 by rdp for the first time; machines of its kind rarely do that (desk → desk)"
    )
    assert names(sign, "source") == ["10.20.1.4"]
    assert names(sign, "destination") == ["ps-urg-9"]
    assert names(sign, "actor") == ["jdupont"]
    assert sign.techniques == ("T1021.001",)
    assert 1 <= sign.decades <= 3


def test_the_first_steps_of_a_worm_are_loud_enough() -> None:
    signs = tell(edge, [*USUAL, *(flow(LATER + n, DESKS[3], DESKS[n + 5], 445) for n in range(12))])
    assert len(signs) == edge.TOLD_AN_HOUR
    assert signs[0].decades > 2


QUIET = {
    "the usual work": [],
    "a desk's first use of the file server": [flow(LATER, "10.20.1.200", FILES, 445)],
    "the administrator's next server": [flow(LATER, ADMIN, SERVERS[19], 3389)],
    "the help desk's next desk": [flow(LATER, HELP, DESKS[70], 3389)],
    "somebody turned away": [flow(LATER, DESKS[3], DESKS[9], 445, "REJ")],
    "half-open knocks": [flow(LATER, DESKS[3], DESKS[9], 445, "RSTO", 0, 0)],
    "from and to the Internet": [
        flow(LATER, DESKS[3], "203.0.113.9", 22),
        flow(LATER, "203.0.113.9", SERVERS[3], 3389),
    ],
    "the same machine under another address": [
        bound(0, "ps-info", ADMIN),
        bound(LATER, "ps-info", "10.20.2.99"),
        flow(LATER + 60, "10.20.2.99", SERVERS[3], 3389),
    ],
    "ordinary shares and pipes": [
        file_op(LATER, "open", "srvsvc", client=DESKS[3], server=DESKS[9], share="\\\\p9\\ipc$"),
        file_op(LATER, "open", "a.docx", client=DESKS[3], server=DESKS[9], share="\\\\p9\\echange"),
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_silent(name: str) -> None:
    assert late(QUIET[name]) == []


def test_the_first_day_says_nothing() -> None:
    assert tell(edge, [*work(1), flow(20 * HOUR, DESKS[3], DESKS[9], 445)]) == []


def test_an_edge_is_told_once() -> None:
    again = [flow(LATER + n * HOUR, DESKS[3], DESKS[9], 445) for n in range(20)]
    assert len(late(again)) == 1


def test_order_of_one_moment_changes_nothing() -> None:
    rows = [row._replace(time_us=row.time_us // 600_000_000 * 600_000_000) for row in USUAL]
    rows.append(flow(LATER, DESKS[3], DESKS[9], 445))
    shuffled = sorted(random.Random(1).sample(rows, len(rows)), key=lambda row: row.time_us)
    assert tell(edge, rows, batch=99_999) == tell(edge, shuffled, batch=99_999) != []


def test_time_that_goes_backwards() -> None:
    memory = edge.memory()
    for begin in range(0, len(USUAL), 500):
        list(edge.watch("Flow", USUAL[begin : begin + 500][::-1], memory))
    list(edge.watch("Flow", [flow(1e9, DESKS[1], DESKS[2]), flow(-1e9, DESKS[1], DESKS[3])], memory))


def test_floods_stay_bounded() -> None:
    memory = edge.memory()
    for n in range(12):
        list(edge.watch("Flow", [flow(n, f"10.{n}.{m // 250}.{m % 250}", FILES) for m in range(10_000)], memory))
    assert len(memory.edges) <= edge.EDGES
    assert len(memory.habits) <= edge.HABITS
    assert len(memory.clients) <= edge.MACHINES
    assert len(memory.recent) <= edge.RECENT + 1


def test_memory_can_be_written_and_read() -> None:
    memory = edge.memory()
    tell(edge, USUAL, memory)
    again = snapshot.load(snapshot.dump(memory), edge.memory)
    assert snapshot.dump(again) == snapshot.dump(memory)
    rows = [flow(LATER, DESKS[3], DESKS[9], 445)]
    assert tell(edge, rows, again) == tell(edge, rows, memory) != []
