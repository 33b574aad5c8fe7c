"""Chance that depends on nothing but the seed and names: the order of computing does not matter.

Enters: a seed and words. Leaves: generators, each for one actor and one stretch of time, and draws from them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

One = TypeVar("One")


def number(*words: object) -> int:
    """Give a number of 64 bits that stands for these words."""
    text = "\x1f".join(map(str, words)).encode()
    return int.from_bytes(blake2b(text, digest_size=8, person=b"tocsin.dice").digest(), "big")


def dice(*words: object) -> Random:
    """Give a generator for these words: the same words, the same draws."""
    return Random(number(*words))


def pick(random: Random, several: Sequence[One]) -> One:
    """Draw one of several."""
    return several[int(random.random() * len(several))]


def early(random: Random, several: Sequence[One], slope: float = 2.2) -> One:
    """Draw one of several, the first ones far more often: a heavy tail."""
    return several[int(random.random() ** slope * len(several))]


def heavy(random: Random, least: float, most: float, alpha: float = 1.15) -> float:
    """Draw a size from a Pareto tail, cut at `most`."""
    return float(min(most, least * (1.0 - random.random()) ** (-1.0 / alpha)))


def poisson(random: Random, mean: float) -> int:
    """Draw how many of rare things happen."""
    if mean <= 0:
        return 0
    if mean > 30:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    left, drawn = math.exp(-mean), -1
    chance = 1.0
    while chance > left:
        chance *= random.random()
        drawn += 1
    return drawn


def moments(random: Random, mean: float, begin_us: int, end_us: int) -> Iterator[int]:
    """Give moments at random in a stretch, `mean` of them on average, not in order."""
    length = end_us - begin_us
    for _ in range(poisson(random, mean)):
        yield begin_us + int(random.random() * length)


def beats(begin_us: int, end_us: int, every_us: int, phase: int) -> range:
    """Give the regular moments of a stretch, by the clock and a phase: no memory of the last one is needed."""
    phase %= every_us
    first = begin_us + (phase - begin_us) % every_us
    return range(first, end_us, every_us)
