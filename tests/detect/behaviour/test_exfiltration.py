"""Data sent out: by amount and by how new the destination is; habits, calls and strangers stay silent."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.detect.behaviour.name_rows import DAY, DESK, HOUR, MB, flow, tell, told, web
from tocsin.detect.behaviour import exfiltration, snapshot

THIEF = "203.0.113.66"
BACKUP = "198.51.100.10"
MORNING = 4 * DAY + 9 * HOUR


def usual(days: int = 4, machines: int = 30, seed: int = 1) -> list[Any]:
    """Machines that send a little to some clouds at work hours; one that sends its backup each night."""
    rng = random.Random(seed)
    rows: list[Any] = []
    for day in range(days):
        for host in range(machines):
            for _ in range(6):
                second = day * DAY + rng.uniform(7, 19) * HOUR
                cloud = f"198.51.{100 + min(int(rng.paretovariate(1)), 40)}.7"
                rows.append(flow(second, f"10.1.1.{host}", cloud, int(rng.lognormvariate(11, 1.5)), 20_000))
        rows.append(flow(day * DAY + 2 * HOUR, "10.1.9.1", BACKUP, 9_000 * MB, 5 * MB))
    return sorted(rows, key=lambda row: row.time_us)


def sent(total: int, parts: int, every: float, start: float = MORNING, src: str = "10.1.1.3", **more: Any) -> list[Any]:
    return [
        flow(start + n * every, src, more.get("dst", THIEF), total // parts, total // parts // more.get("ratio", 100))
        for n in range(parts)
    ]


@pytest.mark.parametrize(
    ("rows", "least"),
    [
        (sent(2_000 * MB, 1, 1), 2.5),
        (sent(300 * MB, 40, 20), 2.0),
        (sent(120 * MB, 200, 240), 2.0),
        (sent(20 * MB, 10, 60), 1.0),
        (sent(400 * MB, 20, 60, src=DESK), 1.5),
    ],
    ids=["at once", "in parts", "slowly", "little to nobody's", "by a machine nobody knew"],
)
def test_sent_to_strangers(rows: list[Any], least: float) -> None:
    signs = tell(exfiltration, [*usual(), *rows])
    assert len(signs) == 1
    assert signs[0].decades >= least
    assert [entity.name for entity in signs[0].entities] == [rows[0].src, THIEF]


def test_sentence() -> None:
    (sign,) = tell(exfiltration, [*usual(), *sent(300 * MB, 40, 20)])
    assert sign.message.format(**sign.facts) == (
        "10.1.1.3 sent 300 MB to 203.0.113.66 in 13 min and got 3.0 MB back;"
        " it never sent much there, 1 host(s) here do"
    )


@pytest.mark.parametrize("order", [1, -1], ids=["names first", "names last"])
def test_share_of_files_is_named(order: int) -> None:
    name = [web(4 * DAY, DESK, THIEF, "gfs270n071.userstorage.mega.co.nz")]
    plain = tell(exfiltration, [*usual(), *sent(20 * MB, 5, 60, src=DESK)])
    (sign,) = tell(exfiltration, [*usual(), *[*name, *sent(20 * MB, 5, 60, src=DESK)][::order]])
    assert sign.decades == pytest.approx(plain[0].decades + exfiltration.SHARE_DECADES)
    assert sign.techniques == ("T1567",)
    assert "gfs270n071.userstorage.mega.co.nz (203.0.113.66)" in sign.message.format(**sign.facts)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        sent(9_000 * MB, 3, 60, src="10.1.9.1", dst=BACKUP),
        sent(400 * MB, 20, 60, dst="198.51.101.7"),
        sent(400 * MB, 20, 60, ratio=1),
        sent(400 * MB, 20, 60, dst="10.1.9.9"),
        sent(8 * MB, 20, 60),
        sent(400 * MB, 100_000, 0.1),
        [flow(4 * DAY + n, f"192.0.{2 + n % 2}.{n}", "9.9.9.9", 200 * MB, MB) for n in range(30)],
        [flow(4 * DAY + host, f"10.1.1.{host}", THIEF, 2 * MB) for host in range(20)] + sent(60 * MB, 1, 1),
    ],
    ids=["usual", "backup", "known", "call", "inside", "too little", "questions", "from outside", "all do"],
)  # fmt: skip
def test_silent(rows: list[Any]) -> None:
    assert tell(exfiltration, [*usual(), *rows]) == []


def test_one_theft_to_several_addresses_of_a_network() -> None:
    parts = [row for n in range(4) for row in sent(20 * MB, 5, 60, MORNING + n, dst=f"203.0.113.{n + 1}")]
    (sign,) = tell(exfiltration, [*usual(), *sorted(parts, key=lambda row: row.time_us)])
    assert sign.facts["sent"] == "80 MB"


def test_a_theft_across_midnight_of_the_first_day() -> None:
    usual_rows = [row for row in usual(1) if row.time_us < sent(1, 1, 1, 20 * HOUR)[0].time_us]
    (sign,) = [
        s
        for s in tell(exfiltration, [*usual_rows, *sent(200 * MB, 50, 600, 20 * HOUR)])
        if s.facts["src"] == "10.1.1.3"
    ]
    assert sign.decades == exfiltration.EARLY_DECADES


def test_a_server_with_a_public_address() -> None:
    server = "9.9.9.9"
    strangers = [flow(4 * DAY + n * 60, f"192.0.{n}.1", server, 200_000, 300_000) for n in range(40)]
    theft = sent(400 * MB, 5, 60, src=server)
    (sign,) = tell(exfiltration, [*usual(), *strangers, *theft])
    assert sign.facts["src"] == server


def test_nothing_is_known_yet() -> None:
    assert tell(exfiltration, sent(2_000 * MB, 4, 60)) == []


def test_a_site_that_everybody_asks_for_is_no_news() -> None:
    names = [web(4 * DAY, f"10.1.1.{host}", f"203.0.113.{host}", "depot.example.com") for host in range(30)]
    assert tell(exfiltration, [*usual(), *names, *sent(80 * MB, 5, 60, dst="203.0.113.3")]) == []


def test_told_once_a_new_backup_becomes_a_habit() -> None:
    memory = exfiltration.memory()
    assert len(tell(exfiltration, [*usual(), *sent(300 * MB, 40, 20)], memory)) == 1
    assert list(exfiltration.finish(memory)) == []
    assert tell(exfiltration, sent(300 * MB, 40, 20, 5 * DAY + 9 * HOUR), memory) == []


def test_a_machine_that_often_sends_as_much_elsewhere() -> None:
    habit = [row for day in range(12) for row in sent(400 * MB, 4, 60, day * DAY, "10.1.1.3", dst=f"192.0.{day}.9")]
    rows = sorted([*usual(12), *habit], key=lambda row: row.time_us)
    memory = exfiltration.memory()
    tell(exfiltration, rows, memory)
    (sign,) = tell(exfiltration, sent(400 * MB, 4, 60, 13 * DAY, "10.1.1.4"), memory)
    assert tell(exfiltration, sent(400 * MB, 4, 60, 13 * DAY), memory) == []
    assert sign.facts["src"] == "10.1.1.4"


def test_order_of_equal_times_and_batches_do_not_matter() -> None:
    rows = [*usual(), *(flow(4 * DAY, "10.1.1.3", THIEF, n * MB, n) for n in range(40))]
    shuffled = [*usual(), *random.Random(3).sample(rows[-40:], 40)]
    first = told(tell(exfiltration, rows))
    assert first == told(tell(exfiltration, shuffled)) != []
    assert first == told(tell(exfiltration, rows, batch=1_000))


def test_flood_does_not_push_out_and_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.detect.behaviour.uploads.PAIRS", 500)
    flood = [flow(4 * DAY + 9 * HOUR + n, "10.1.1.3", f"9.{n % 200}.{n // 200}.1", 11_000) for n in range(5_000)]
    memory = exfiltration.memory()
    signs = tell(
        exfiltration, sorted([*usual(), *flood, *sent(900 * MB, 50, 100)], key=lambda row: row.time_us), memory
    )
    assert [sign.facts["dst"] for sign in signs] == [THIEF]
    assert len(memory.pairs) <= 500
    raw = snapshot.dump(memory)
    assert snapshot.dump(snapshot.load(raw, exfiltration.memory)) == raw


def test_time_backwards_and_hostile_values() -> None:
    rng = random.Random(4)
    texts = ["".join(chr(rng.randrange(0x300)) for _ in range(9)) for _ in range(50)] + ["::1", "", "\ud800", "8.8.8.8"]
    rows: list[Any] = [
        flow(90_000 - n * 30, rng.choice(texts), rng.choice(texts), rng.choice((-5, 1 << 70, 20_000)), -1)
        for n in range(3_000)
    ]
    tell(exfiltration, [*rows, *(web(n, text, text, text) for n, text in enumerate(texts))])
