"""Tunnels in DNS: fast, slow, in any type of question; and what looks like them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.detect.behaviour.name_rows import (
    BASE32,
    DAY,
    DESK,
    HEX,
    HOUR,
    LETTERS,
    asked,
    drawn,
    flow,
    tell,
    told,
)
from tocsin.detect.behaviour import dns_tunnel, snapshot

BAD = "pont.example.net"
KEY = "TXT 300 v=DKIM1; k=rsa; " + "p" * 250


def tunnel(number: int, every: float, length: int, *types: str, alphabet: str = HEX, src: str = DESK) -> list[Any]:
    return [
        asked(n * every, f"{drawn(n, alphabet, length)}.{BAD}", src, types[n % len(types)], answers=("x" * 40,))
        for n in range(number)
    ]


def stolen(number: int, every: float) -> list[Any]:
    """A file in questions for addresses: four labels, its name, the domain."""
    names = (".".join(drawn(4 * n + k, BASE32, 45) for k in range(4)) for n in range(number))
    return [asked(n * every, f"{name}.bilan.{BAD}", answers=("192.0.2.1",)) for n, name in enumerate(names)]


@pytest.mark.parametrize(
    ("rows", "least"),
    [
        (tunnel(200, 0.5, 60, "TXT", "CNAME", "MX"), 3.0),
        (tunnel(60, 0.1, 100, "NULL", alphabet=BASE32), 3.0),
        (tunnel(140, 600, 50, "TXT"), 2.0),
        (tunnel(45, 1800, 50, "CNAME"), 1.0),
        (tunnel(600, 5, 18, "TXT"), 1.0),
        (stolen(400, 1), 2.0),
        (stolen(30, 2), 1.0),
        (stolen(40, 1200), 1.0),
    ],
    ids=["fast", "null", "slow", "slower", "small polls", "file", "small file", "slow file"],
)
def test_tunnels(rows: list[Any], least: float) -> None:
    (sign,) = tell(dns_tunnel, rows)
    assert sign.decades >= least
    assert [(entity.kind, entity.name) for entity in sign.entities] == [("address", DESK), ("domain", "example.net")]
    assert sign.facts["hosts"] == "1"


def test_sentence() -> None:
    (sign,) = tell(dns_tunnel, tunnel(200, 0.5, 60, "TXT"))
    assert sign.message.format(**sign.facts).startswith(
        "10.1.0.9 asked for 200 different names under example.net in 99 s"
    )
    assert len(sign.events) == 10


def test_server_without_domain() -> None:
    rows = [asked(n, f"dnscat.{drawn(n, HEX, 50)}.{drawn(n, HEX, 30)}", qtype="MX") for n in range(50)]
    (sign,) = tell(dns_tunnel, rows)
    assert "belong to no domain" in sign.message


def test_program_fetched_in_texts() -> None:
    rows = [asked(n, f"p{n}.stage.{BAD}", qtype="TXT", answers=(f"TXT 200 {'QUJD' * 50}",)) for n in range(60)]
    assert len(tell(dns_tunnel, rows)) == 1


def delivery(number: int, every: float, follow: bool = False) -> list[Any]:
    names = [f"d{drawn(n, BASE32, 13)}.reseau-exemple.net" for n in range(number)]
    rows: list[Any] = [asked(n * every, name, answers=(f"192.0.2.{n % 200 + 1}",)) for n, name in enumerate(names)]
    return rows + [flow(n * every + 1, DESK, f"192.0.2.{n % 200 + 1}") for n in range(number) if follow]


def look_ups(hosts: int, answer: str = "127.0.0.1", qtype: str = "A") -> list[Any]:
    return [
        asked(
            n * 30 + host,
            f"{drawn(1000 * host + n, HEX, 32)}.empreintes.example.com",
            f"10.1.0.{host}",
            qtype,
            answers=(answer,),
        )
        for host in range(1, hosts + 1)
        for n in range(60)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        delivery(150, 300),
        delivery(150, 300, follow=True),
        look_ups(1),
        look_ups(12, "TXT 5 clean", "TXT"),
        [asked(n, f"{n % 250}.{n // 250}.2.10.liste.example.org") for n in range(3_000)],
        [asked(n, f"{n % 250}.{n // 250}.0.10.in-addr.arpa", qtype="PTR") for n in range(3_000)],
        [asked(n, f"s{n}._domainkey.client{n}.fr", qtype="TXT", answers=(KEY,)) for n in range(400)],
        [asked(n, f"_ldap._tcp.site{n}._sites.dc._msdcs.chu-exemple.fr", qtype="SRV") for n in range(400)],
        [asked(n, f"poste-{n:03d}.chu-exemple.fr") for n in range(900)],
        [asked(n, f"srv{n % 9}.cloud.example.com.chu-exemple.fr", rcode="NXDOMAIN") for n in range(900)],
        [asked(n, f"{drawn(n, LETTERS, 10)}") for n in range(300)],
        [asked(n, f"{drawn(n, HEX, 40)}.local") for n in range(300)],
        [asked(n, f"{drawn(7, HEX, 40)}.telemetrie.example.com") for n in range(3_000)],
        tunnel(8, 1, 60, "TXT"),
    ],
    ids=[
        "delivery network", "followed", "hashes of one machine", "hashes of many", "block list", "reverse", "mail keys",
        "directory", "own machines", "search suffix", "single labels", "local", "one identifier", "too few",
    ],
)  # fmt: skip
def test_silent(rows: list[Any]) -> None:
    assert tell(dns_tunnel, rows) == []


def test_known_maker_of_look_ups() -> None:
    rows = [asked(n * 9, f"{drawn(n, HEX, 40)}.x.sophosxl.net", qtype="TXT", answers=("TXT 3 ok",)) for n in range(90)]
    assert tell(dns_tunnel, rows) == []


def test_answers_that_are_followed_are_hosts() -> None:
    rows: list[Any] = [
        asked(n * 60, f"{drawn(n, HEX, 50)}.hotes.example.com", answers=(f"192.0.2.{n}",)) for n in range(1, 90)
    ]
    followed = [flow(n * 60 + 1, DESK, f"192.0.2.{n}") for n in range(1, 90)]
    assert tell(dns_tunnel, [*rows, flow(5, DESK, "198.51.100.7")]) != []
    for order in ([*followed, *rows], [*rows, *followed]):
        assert tell(dns_tunnel, order) == []


def test_told_once_and_again_next_day() -> None:
    memory = dns_tunnel.memory()
    assert len(tell(dns_tunnel, tunnel(200, 0.5, 60, "TXT"), memory)) == 1
    assert list(dns_tunnel.finish(memory)) == []
    again = [asked(DAY + 60 + n, f"{drawn(n, HEX, 60)}.{BAD}", qtype="TXT") for n in range(200)]
    assert len(tell(dns_tunnel, again, memory)) == 1


def test_order_of_equal_times_and_batches_do_not_matter() -> None:
    rows = [*tunnel(80, 0, 60, "TXT", "MX"), *delivery(50, 0, follow=True)]
    shuffled = random.Random(3).sample(rows, len(rows))
    assert told(tell(dns_tunnel, rows)) == told(tell(dns_tunnel, shuffled))


def test_many_domains_do_not_push_a_tunnel_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_tunnel, "ZONES", 100)
    flood = [asked(n, f"{drawn(n, HEX, 20)}.d{n}.com") for n in range(3_000)]
    memory = dns_tunnel.memory()
    signs = tell(dns_tunnel, sorted([*tunnel(60, 50, 60, "TXT"), *flood], key=lambda row: row.time_us), memory, 50)
    assert len(signs) == 1
    assert len(memory.zones) <= 100


def test_time_that_goes_backwards() -> None:
    rows = tunnel(200, 300, 60, "TXT")[::-1]
    assert len(tell(dns_tunnel, rows, batch=1)) == 1


def test_hostile_texts_and_snapshot() -> None:
    rng = random.Random(4)
    texts = [
        "".join(chr(rng.randrange(0x300)) for _ in range(rng.randrange(90))) + ".b\ud800ad.com" for _ in range(300)
    ]
    memory = dns_tunnel.memory()
    rows = [
        asked(n * HOUR / 50, text, text[:9], text[:4], text[:8], (text, "TXT 9 " + text))
        for n, text in enumerate(texts)
    ]
    tell(dns_tunnel, rows, memory)
    assert snapshot.dump(snapshot.load(snapshot.dump(memory), dns_tunnel.memory)) == snapshot.dump(memory)
