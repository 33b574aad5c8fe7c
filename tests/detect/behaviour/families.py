"""Algorithms that make domains, ours, after public descriptions of what such algorithms do: seeded by the date."""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import md5, sha256

WORDS = (
    "river silver garden winter window table market doctor paper orange forest bridge summer letter yellow morning"
    " kitchen mountain picture silence harbor village station evening weather basket candle pocket button"
).split()
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnprstvz"


def linear(day: int, number: int) -> Iterator[str]:
    """Letters by a linear congruential generator (as Conficker's and Kraken's kinds do)."""
    state = day * 7919 + 1
    for _ in range(number):
        label = ""
        for _ in range(8 + state % 5):
            state = (state * 1_103_515_245 + 12_345) % (1 << 31)
            label += chr(97 + (state >> 16) % 26)
        yield f"{label}.{('com', 'net', 'org', 'info')[state % 4]}"


def hexadecimal(day: int, number: int) -> Iterator[str]:
    """Part of a digest of the date and a counter (as Bamital's kind does)."""
    for n in range(number):
        yield f"{md5(f'{day}-{n}'.encode()).hexdigest()[:16]}.info"


def mixed(day: int, number: int) -> Iterator[str]:
    """Letters and digits of a digest (as Gameover's kind does)."""
    for n in range(number):
        value = int.from_bytes(sha256(f"{n}/{day}".encode()).digest()[:10], "big")
        label = ""
        while value and len(label) < 14:
            value, digit = divmod(value, 36)
            label += "abcdefghijklmnopqrstuvwxyz0123456789"[digit]
        yield f"{label}.biz"


def pairs(day: int, number: int) -> Iterator[str]:
    """Two words (as Suppobox's and Matsnu's kinds do)."""
    rng = random.Random(day)
    for _ in range(number):
        yield f"{rng.choice(WORDS)}{rng.choice(WORDS)}.net"


def spoken(day: int, number: int) -> Iterator[str]:
    """Consonants and vowels in turn (as Simda's kind does)."""
    rng = random.Random(day)
    for _ in range(number):
        yield "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.randint(4, 6))) + ".eu"
