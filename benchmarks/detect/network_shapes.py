"""Attacks for the network detectors, by seed: tunnels in DNS, algorithms of domains, thefts of data.

Enters: a random source, the machine, when it begins. Leaves: rows, and names or addresses by which a sign is known.

Shapes named `TUNED` are those with whose like the detectors' numbers were chosen; `HELD` were written afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from hashlib import sha1

from network_site import HOUR, MB, WORDS, asked, drawn, seen, sent

from tocsin.detect.behaviour.facts import Flow, Query, Web

HEX, BASE32, LETTERS = "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz234567", "abcdefghijklmnopqrstuvwxyz"
URL64 = LETTERS + "0123456789-_"
Row = Query | Flow | Web
Shape = Callable[[random.Random, str, float], Iterator[Row]]


def _questions(number: int, every: float, labels: int, length: int, alphabet: str, *types: str) -> Shape:
    def make(rng: random.Random, src: str, begin: float) -> Iterator[Row]:
        domain = f"{rng.choice(WORDS)}{rng.randint(10, 99)}.example.net"
        second = begin
        for n in range(number):
            name = ".".join(drawn(rng, rng.randint(length * 3 // 4, length), alphabet) for _ in range(labels))
            back = ("192.0.2.1",) if types[n % len(types)] in {"A", "AAAA"} else (drawn(rng, 40, alphabet),)
            yield asked(second, src, f"{name}.{domain}", types[n % len(types)], answers=back)
            second += every * rng.uniform(0.5, 1.5)

    return make


def _pages(rng: random.Random, src: str, begin: float) -> Iterator[Row]:
    """A program that is fetched in texts: the names only count."""
    for n in range(150):
        yield asked(
            begin + n * 0.3, src, f"{n}.cache.{WORDS[n % 9]}.example.net", "TXT", answers=(drawn(rng, 220, URL64),)
        )


def _typed(rng: random.Random, src: str, begin: float) -> Iterator[Row]:
    """An operator at work: idle polls, then bursts, for three hours."""
    second = begin
    while second < begin + 3 * HOUR:
        busy = rng.random() < 0.1
        for _ in range(rng.randint(20, 60) if busy else 1):
            yield asked(
                second, src, f"{drawn(rng, 48 if busy else 18, HEX)}.outil.example.net", rng.choice(("CNAME", "MX"))
            )
            second += rng.uniform(0.1, 0.4)
        second += rng.uniform(20, 60)


Family = Callable[[random.Random, int], Iterator[str]]


def _missing(family: Family, number: int, every: float) -> Shape:
    def make(rng: random.Random, src: str, begin: float) -> Iterator[Row]:
        for n, name in enumerate(family(rng, number)):
            yield asked(begin + n * every * rng.uniform(0.9, 1.1), src, name, rcode="NXDOMAIN")

    return make


def _linear(rng: random.Random, number: int) -> Iterator[str]:
    state = rng.randint(1, 1 << 30)
    for _ in range(number):
        label = ""
        for _ in range(8 + state % 5):
            state = (state * 1_103_515_245 + 12_345) % (1 << 31)
            label += LETTERS[(state >> 16) % 26]
        yield f"{label}.{('com', 'net', 'org')[state % 3]}"


def _digest(rng: random.Random, number: int) -> Iterator[str]:
    seed = rng.random()
    yield from (f"{sha1(f'{seed}{n}'.encode()).hexdigest()[:16]}.info" for n in range(number))


def _shift(rng: random.Random, number: int) -> Iterator[str]:
    """A shift register fills twelve to twenty letters, a to y (as Necurs's and Ranbyus's kinds do)."""
    state = rng.randint(1, (1 << 32) - 1)
    for _ in range(number):
        label = ""
        for _ in range(12 + state % 9):
            state = (state ^ state << 13) & 0xFFFF_FFFF
            state = (state ^ state >> 17 ^ state << 5) & 0xFFFF_FFFF
            label += LETTERS[state % 25]
        yield f"{label}.{('ru', 'su', 'tk', 'pw')[state % 4]}"


def _short(rng: random.Random, number: int) -> Iterator[str]:
    """Six or seven letters (as the shortest kinds do)."""
    yield from (f"{drawn(rng, rng.randint(6, 7), LETTERS)}.com" for _ in range(number))


def _prefixed(rng: random.Random, number: int) -> Iterator[str]:
    """A word, then part of a digest (as kinds that hide in a name do)."""
    word = rng.choice(WORDS)
    yield from (f"{word}{drawn(rng, 6, HEX)}.xyz" for _ in range(number))


def _sentence(rng: random.Random, number: int) -> Iterator[str]:
    """Three words (as the kinds that use lists of words do)."""
    yield from (f"{''.join(rng.sample(WORDS, 3))}.com" for _ in range(number))


def _syllables(rng: random.Random, number: int) -> Iterator[str]:
    for _ in range(number):
        yield "".join(rng.choice("bcdfglmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(3, 6))) + ".net"


def _theft(total_mb: float, parts: int, every: float, back: float = 0.01, places: int = 1, name: str = "") -> Shape:
    def make(rng: random.Random, src: str, begin: float) -> Iterator[Row]:
        network = f"9.{rng.randint(1, 250)}.{rng.randint(1, 250)}"
        hosts = [f"{network}.{n + 1}" for n in range(places)]
        for n in range(parts):
            up = round(total_mb * MB / parts * rng.uniform(0.7, 1.3))
            second = begin + n * every * rng.uniform(0.8, 1.2)
            if name:
                yield seen(second, src, hosts[0], name)
            yield sent(second, src, hosts[n % places], up, round(up * back), 443 if n % 3 else 22)

    return make


TUNNELS: dict[str, Shape] = {
    "fast, hexadecimal, CNAME MX TXT": _questions(200, 0.5, 1, 60, HEX, "CNAME", "MX", "TXT"),
    "fast, NULL": _questions(120, 0.1, 2, 60, BASE32, "NULL"),
    "slow, six an hour, TXT": _questions(60, 600, 1, 50, HEX, "TXT"),
    "a file in questions for addresses": _questions(120, 2, 4, 45, BASE32, "A"),
}
TUNNELS_HELD: dict[str, Shape] = {
    "base64, TXT and KEY, three labels": _questions(150, 1, 3, 40, URL64, "TXT", "KEY"),
    "slow, three an hour, CNAME, 40 characters": _questions(36, 1_200, 1, 40, BASE32, "CNAME"),
    "addresses only, 30 hexadecimal, one a minute": _questions(240, 60, 1, 30, HEX, "A", "AAAA"),
    "addresses only, 12 letters": _questions(300, 20, 1, 12, BASE32, "A"),
    "program fetched in texts": _pages,
    "operator: idle polls and bursts": _typed,
    "very small: 15 questions": _questions(15, 120, 1, 40, HEX, "TXT"),
}
ALGORITHMS: dict[str, Shape] = {
    "letters, one a second": _missing(_linear, 50, 1),
    "hexadecimal, one in ten seconds": _missing(_digest, 30, 10),
    "letters, one in fifteen minutes": _missing(_linear, 20, 900),
}
ALGORITHMS_HELD: dict[str, Shape] = {
    "shift register, fast": _missing(_shift, 60, 0.5),
    "shift register, three an hour": _missing(_shift, 12, 1_200),
    "six or seven letters": _missing(_short, 40, 5),
    "word and digest": _missing(_prefixed, 40, 5),
    "three words, fast": _missing(_sentence, 80, 3),
    "syllables, fast": _missing(_syllables, 80, 3),
    "three words, slow": _missing(_sentence, 20, 900),
}
THEFTS: dict[str, Shape] = {
    "500 MB at once": _theft(500, 1, 1),
    "300 MB in 40 parts": _theft(300, 40, 20),
    "120 MB over thirteen hours": _theft(120, 200, 240),
}
THEFTS_HELD: dict[str, Shape] = {
    "2 GB in 6 parts": _theft(2_000, 6, 300),
    "80 MB over ten hours": _theft(80, 60, 600),
    "25 MB at once": _theft(25, 2, 30),
    "150 MB to a share of files": _theft(150, 10, 60, name="upload.gofile.io"),
    "200 MB to four addresses of one network": _theft(200, 40, 30, places=4),
    "400 MB, a quarter comes back": _theft(400, 20, 60, back=0.25),
    "60 MB in parts of 6 KB": _theft(60, 10_000, 3),
}
