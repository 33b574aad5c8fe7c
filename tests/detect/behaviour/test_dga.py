"""Domains made by algorithms: by their letters, by their number; and what looks like them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.detect.behaviour.families import WORDS, hexadecimal, linear, mixed, pairs, spoken
from tests.detect.behaviour.name_rows import DAY, DESK, HEX, HOUR, LETTERS, asked, drawn, tell, told
from tocsin.detect.behaviour import dga, snapshot

Family = Callable[[int, int], Iterator[str]]


TYPED = ("gogle", "exampel", "faceboook", "meteofrnace")
MANY = range(9)


def missed(family: Family, number: int, every: float, start: float = 0.0, src: str = DESK) -> list[Any]:
    return [asked(start + n * every, name, src, rcode="NXDOMAIN") for n, name in enumerate(family(20_400, number))]


def usual(machines: int = 20, hours: int = 10) -> list[Any]:
    """People at work: now and then a dead link."""
    rows = []
    for host in range(machines):
        for span in range(hours * 6):
            rows.append(asked(span * 600 + host, "www.chu-exemple.fr", f"10.1.1.{host}", answers=("192.0.2.1",)))
            if (host + span) % 7 == 0:
                rows.append(
                    asked(
                        span * 600 + host + 1,
                        f"{WORDS[host]}-{WORDS[span % 27]}.fr",
                        f"10.1.1.{host}",
                        rcode="NXDOMAIN",
                    )
                )
    return sorted(rows, key=lambda row: row.time_us)


@pytest.mark.parametrize("family", [linear, hexadecimal, mixed])
@pytest.mark.parametrize("every", [1.0, 900.0], ids=["fast", "slow"])
def test_letters_tell_at_once(family: Family, every: float) -> None:
    signs = tell(dga, missed(family, 20, every))
    assert 1 <= len(signs) <= 3
    assert signs[0].decades >= 1.0
    assert signs[-1].decades >= 1.9
    assert [entity.name for entity in signs[0].entities] == [DESK]


def test_three_domains_are_enough() -> None:
    (sign,) = tell(dga, missed(hexadecimal, 3, 60))
    assert sign.message.format(**sign.facts).startswith("10.1.0.9 asked for 3 domains that do not exist in 2 min (")
    assert sign.facts["drawn"] == "3"


@pytest.mark.parametrize("family", [pairs, spoken])
def test_words_are_found_by_their_number_where_others_miss_few(family: Family) -> None:
    signs = tell(dga, [*usual(), *missed(family, 60, 5, 10 * HOUR)])
    assert max(sign.decades for sign in signs) >= 1.5
    assert tell(dga, missed(pairs, 60, 5)) == []  # nothing is known of others yet


def test_the_domain_that_answers() -> None:
    names = [*linear(20_400, 13)]
    rows = [asked(n, name, rcode="NXDOMAIN") for n, name in enumerate(names[:12])]
    signs = tell(
        dga, [*rows, asked(30, names[12], answers=("203.0.113.9",)), asked(40, names[12], answers=("203.0.113.9",))]
    )
    assert [(entity.kind, entity.name) for entity in signs[-1].entities][1:] == [
        ("domain", names[12]),
        ("address", "203.0.113.9"),
    ]
    assert "answered" in signs[-1].message
    assert sum("answered" in sign.message for sign in signs) == 1


@pytest.mark.parametrize(
    "rows",
    [
        usual(),
        [asked(n, f"{drawn(n, LETTERS, 10)}", rcode="NXDOMAIN") for n in range(200)],
        [asked(n, f"{drawn(n, LETTERS, 10)}.chu-exemple.fr", rcode="NXDOMAIN") for n in range(200)],
        [asked(n, f"service{n}.example.com.chu-exemple.fr", rcode="NXDOMAIN") for n in range(200)],
        [asked(n, f"{n}.2.0.192.in-addr.arpa", qtype="PTR", rcode="NXDOMAIN") for n in range(200)],
        [asked(n, f"{drawn(n, HEX, 40)}.example{n % 2}.com", rcode="NXDOMAIN") for n in range(200)],
        [asked(n, f"{name}.com", rcode="NXDOMAIN") for n, name in enumerate(TYPED)],
        [asked(n * 10, f"{drawn(n, LETTERS, 12)}.net", f"10.1.2.{h}", "A", "NXDOMAIN") for n in (0, 1) for h in MANY],
        [asked(n, name, rcode="SERVFAIL") for n, name in enumerate(linear(20_400, 60))],
    ],
    ids=["dead links", "browser", "own domain", "suffix", "reverse", "subdomains", "typing", "two", "no resolver"],
)  # fmt: skip
def test_silent(rows: list[Any]) -> None:
    assert tell(dga, rows) == []


def test_a_gateway_that_looks_up_dead_senders_has_a_habit() -> None:
    def senders(begin: float, number: int, every: float) -> list[Any]:
        names = (
            f"{'-'.join(random.Random(n).choices(('offre', 'promo', 'lettre', 'club', 'info'), k=2))}{n}.fr"
            for n in range(int(begin), int(begin) + number)
        )
        return [asked(begin + n * every, name, "10.1.0.25", rcode="NXDOMAIN") for n, name in enumerate(names)]

    habit = [row for hour in range(60) for row in senders(hour * HOUR, 15, 20)]
    memory = dga.memory()
    tell(dga, sorted([*usual(20, 60), *habit], key=lambda row: row.time_us), memory)
    assert tell(dga, senders(61 * HOUR, 20, 20), memory) == []


def test_outbreak_on_many_machines_and_told_again_next_day() -> None:
    rows = [row for host in range(8) for row in missed(linear, 12, 5, src=f"10.1.3.{host}")]
    rows.sort(key=lambda row: row.time_us)
    assert len({sign.facts["src"] for sign in tell(dga, rows)}) >= 4
    memory = dga.memory()
    tell(dga, missed(hexadecimal, 12, 5), memory)
    assert tell(dga, missed(mixed, 12, 5, 2 * DAY), memory) != []


def test_order_of_equal_times_and_batches_do_not_matter() -> None:
    rows = [*missed(linear, 30, 0), *missed(pairs, 30, 0), *missed(mixed, 30, 0, src="10.1.0.10")]
    shuffled = random.Random(3).sample(rows, len(rows))
    assert told(tell(dga, rows)) == told(tell(dga, shuffled))


def test_flood_and_time_backwards_and_snapshot() -> None:
    memory = dga.memory()
    rows = [
        asked(100_000 - n, f"{drawn(n, LETTERS, 12)}.com", f"10.1.0.{n % 4}", rcode="NXDOMAIN") for n in range(4_000)
    ]
    assert len(tell(dga, rows, memory, 100)) < 20
    assert all(len(client.missed) <= dga.MISSED for client in memory.clients.values())
    raw = snapshot.dump(memory)
    assert snapshot.dump(snapshot.load(raw, dga.memory)) == raw


def test_hostile_texts() -> None:
    rng = random.Random(4)
    texts = ["".join(chr(rng.randrange(0x300)) for _ in range(rng.randrange(90))) + ".b\ud800ad" for _ in range(300)]
    tell(dga, [asked(n, text, text[:9], text[:4], "NXDOMAIN", (text,)) for n, text in enumerate(texts)])
