"""Who goes where: how many machines contact a destination, and how rare that makes it.

Enters: the first contact of each pair of a machine and a destination. Leaves: numbers of machines, rarity, whether a
destination is new here. Detectors of contacts each hold one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log10

from tocsin.detect.behaviour.actors import DAY_US
from tocsin.detect.behaviour.memory import Distinct, Moments, key64, pair64
from tocsin.detect.behaviour.sides import INNER, OUT, WORLD

DESTINATIONS = 300_000
"""Destinations of a week at a site with 5,000 machines; 100 bytes each, 30 more for when it was first seen."""
COMMON = 0.2
"""Destinations that more than this share of the machines use are common…"""
COMMON_LEAST = 3
"""…unless so few machines in all are known that a share says nothing."""
OURS = 3.5
"""Between public addresses, who contacts more others than that may be ours; strangers come for one, and are many."""
NEW_US = 7 * DAY_US
"""What was first seen within a week is new, where site and machine had been seen a day before."""
_WAYS = {OUT: 1, INNER: 2, WORLD: 1}
"""Whoever of ours goes outside is one of the same crowd, with a private or a public address."""


@dataclass
class Visitors:
    """Destination -> machines that contact it; way -> all machines that go that way."""

    users: Distinct = field(default_factory=lambda: Distinct(DESTINATIONS))
    reach: Distinct = field(default_factory=lambda: Distinct(DESTINATIONS, 16))
    """Machine with a public address -> addresses that it contacts."""
    born: Moments = field(default_factory=lambda: Moments(DESTINATIONS, 1))
    """Destination, machine -> when it was first seen."""
    since_us: int | None = None


def introduce(src: int, dst: int, way: str, time_us: int, address: str, visitors: Visitors) -> None:
    """Note the first contact of a pair; `src` and `dst` are keys, `address` is what it went to."""
    visitors.since_us = time_us if visitors.since_us is None else min(visitors.since_us, time_us)
    if way != WORLD or visitors.reach.add(src, key64(address)) > OURS:
        visitors.users.note(_WAYS[way], src)
    visitors.users.note(pair64(dst, _WAYS[way]), src)
    visitors.born.add(dst, time_us)
    visitors.born.add(pair64(src, 0), time_us)


class Crowd:
    """What was asked within one batch: which destinations are common, which machines were counted."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._common: dict[tuple[str, str], bool] = {}
        self._counted: set[tuple[str, str]] = set()

    def passed_by(self, src: str, dst: str, way: str) -> bool:
        """Say whether a destination is common, so that one machine more there needs no place in any memory.

        A machine of ours is counted as one all the same. Should the site grow until the destination is rare again,
        those who were passed by are met when they come next.
        """
        found = self._common.get((dst, way))
        if found is None:
            machines = machines_of((way,), self._visitors)[way]
            self._common[dst, way] = found = common(hosts_of(dst, way, self._visitors), machines)
        if found and way != WORLD and (src, way) not in self._counted:
            self._counted.add((src, way))
            self._visitors.users.note(_WAYS[way], key64(src))
        return found


def hosts_of(dst: str, way: str, visitors: Visitors) -> int:
    """Give how many machines contact a destination; at least 1."""
    return max(1, round(visitors.users.estimate(pair64(key64(dst), _WAYS[way]))))


def machines_of(ways: Iterable[str], visitors: Visitors) -> dict[str, int]:
    """Give how many machines contact anything each way; at least 1."""
    return {way: max(1, round(visitors.users.estimate(_WAYS[way]))) for way in ways}


def common(hosts: int, machines: int) -> bool:
    """Say whether so many of so many machines are too many for a destination to be rare."""
    return hosts > max(COMMON_LEAST, COMMON * machines)


def rarity(hosts: int, machines: int) -> float:
    """Give the decades of a destination that so many of so many machines use, from 0 to 1."""
    return min(1.0, max(0.0, log10(machines / hosts)))


def fresh(src: str, dst: str, now_us: int, visitors: Visitors) -> bool:
    """Say whether a destination is new here; for a machine that is itself new, everything is."""
    there, _ = visitors.born.of(key64(dst))
    here, _ = visitors.born.of(pair64(key64(src), 0))
    if not there or visitors.since_us is None:
        return False
    known_us = max(visitors.since_us, here[0]) if here else visitors.since_us
    return there[0] - known_us >= DAY_US and now_us - there[0] < NEW_US
