"""N2 Rare long-lived destination: a machine that stays with a place outside that hardly anybody else goes to.

Enters: connections, closed and still open. Leaves, at the end of a batch or hour: a sign for a pair that was connected
for four hours or more in all, or that met for eight hours without a pause, at random.

Sees: tunnels, remote control and reverse shells that stay connected, in one connection or many, also while they are
still open (Zeek's open connections); command and control that sleeps at random, without a centre, which no search for a
rhythm finds (N1): contacts at a steady rate, as chance spreads them, hour after hour.
Misses: destinations that a fifth of the machines use, or that hide in a popular service; less than four hours in all;
random contacts less often than about every half hour, or in bursts; pauses; what stays inside the site; the owner of a
network (no table of autonomous systems yet); sites of three machines or fewer, where nothing is rare; random contacts
among those of a proxy or gateway.
Benign when: remote maintenance by a vendor, a tunnel between sites, streams, messengers and mail kept open, one
device's gateway to its maker's cloud.
Source: BEHAVIOUR.md N2; RITA's long connections (4, 8, 12 h); ATT&CK T1071, T1572, T1219.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from tocsin.detect.behaviour.actors import known, machine, span
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.rhythm import rhythm
from tocsin.detect.behaviour.sides import Ends
from tocsin.detect.behaviour.stays import SLOT_US, Stay, StayMemory, take
from tocsin.detect.behaviour.visitors import common, fresh, hosts_of, machines_of, rarity
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "N2"
NAME = "long_lived"
LAYER: Layer = "network"
TECHNIQUES = ("T1071", "T1572", "T1219")
NEEDS = ("Flow",)

HOUR_SLOTS = 6
LONG = ((12, 1.5), (8, 1.25), (4, 1.0))
"""Hours connected in all, and decades where nobody else goes there. A vendor's tunnel looks alike: alone it makes no
incident…"""
FRESH_DECADES = 1.0
"""…unless the destination is new here: added then."""
STEADY_HOURS, STEADY_DECADES = 8, 1.0
STEADY_STARTS = 24
STEADY_MEAN_S = 1_800.0
"""What comes less often than every half hour leaves pauses that prove nothing."""
STEADY_SPREAD = (0.7, 1.35)
"""Deviation of intervals in means: 1 for chance (0.7 to 1.35 for 64 of them, 99 times of 100); a person's is more."""
NO_TIMER = 3.0
"""Evidence of a rhythm from which contacts are N1's."""
MANY_STEADY = 9
"""A machine with so many steady destinations is a proxy or gateway: people make its contacts random."""
TOLD_LEAST = 0.5
TOLD_MORE = 0.25


class Steady(NamedTuple):
    """Contacts at a steady rate."""

    hours: float
    mean_s: float


def memory() -> StayMemory:
    """Give an empty memory."""
    return StayMemory()


def watch(
    kind: str,  # noqa: ARG001 - the door's shape
    rows: Sequence[Flow],
    memory: StayMemory,
) -> Iterator[Sign]:
    """Take connections; nothing is told before `finish`."""
    take(list(rows), memory)
    yield from ()


def finish(memory: StayMemory) -> Iterator[Sign]:
    """Tell the pairs that stay together, once each, and again when it goes on for much longer."""
    machines = machines_of({stay.side for stay in memory.stays.values()}, memory.visitors)
    found: list[tuple[Sign, bool]] = []
    for ends in sorted(memory.stays):
        stay = memory.stays[ends]
        if not stay.changed:
            continue
        stay.changed = False
        hosts = hosts_of(ends[1], stay.side, memory.visitors)
        if common(hosts, machines[stay.side]):
            continue
        new = fresh(*ends, stay.last_us, memory.visitors)
        rare = rarity(hosts, machines[stay.side])
        found += _told(ends, stay, hosts, rare, new, memory)
    many = Counter(sign.facts["src"] for sign, steady in found if steady)
    yield from (sign for sign, steady in found if not steady or many[sign.facts["src"]] < MANY_STEADY)


def _told(
    ends: Ends, stay: Stay, hosts: int, rare: float, new: bool, memory: StayMemory
) -> Iterator[tuple[Sign, bool]]:
    """Give the sign of a pair, and whether it rests on steady contacts only."""
    connected = stay.on.bit_count() / HOUR_SLOTS
    decades = next((worth for hours, worth in LONG if connected >= hours), 0.0)
    steady = None if decades else _steady(stay, memory)
    if steady is not None:
        decades = STEADY_DECADES
    decades = rare * (decades + FRESH_DECADES * new) if decades else 0.0
    if decades >= TOLD_LEAST and decades >= stay.told + (TOLD_MORE if stay.told else 0.0):
        stay.told = decades
        yield _sign(ends, stay, decades, hosts, new, steady), steady is not None


def _steady(stay: Stay, memory: StayMemory) -> Steady | None:
    """Say whether contacts go on for hours as chance spreads them: no pause, no bursts, no rhythm."""
    slots = stay.seen.bit_length()
    hours = (stay.last_us - stay.first_us) / (HOUR_SLOTS * SLOT_US)
    if stay.contacts < STEADY_STARTS or min(hours, slots / HOUR_SLOTS) < STEADY_HOURS:
        return None
    mean_s = (stay.last_us - stay.first_us) / 1e6 / (stay.contacts - 1)
    if mean_s > STEADY_MEAN_S:
        return None
    longest_s = (_longest_pause(stay.seen) + 2) * SLOT_US / 1e6
    if longest_s > 2 * SLOT_US / 1e6 + mean_s * (log(stay.contacts) + 3):
        return None  # the longest of n random intervals is longer than that once in twenty
    times, _, lengths = memory.rings.table([stay.key])
    gaps = np.diff(np.sort(times[0, : lengths[0]]))
    spread = float(gaps.std() / gaps.mean()) if len(gaps) and gaps.mean() > 0 else 0.0
    unknown = np.full(times.shape, -1.0, np.float32)
    timer = float(rhythm(times, unknown, lengths).evidence[0])
    fits = STEADY_SPREAD[0] <= spread <= STEADY_SPREAD[1] and timer < NO_TIMER
    return Steady(hours, mean_s) if fits else None


def _longest_pause(seen: int) -> int:
    """Count the longest run of slots without a contact between the first and the last one."""
    return max(map(len, bin(seen)[2:].strip("0").split("1")), default=0)


def _sign(ends: Ends, stay: Stay, decades: float, hosts: int, new: bool, steady: Steady | None) -> Sign:
    src, dst = ends
    last_us = max(stay.last_us, (stay.base + stay.seen.bit_length()) * SLOT_US if stay.on else 0)
    facts = {"src": src, "dst": dst, "hosts": str(hosts), "port": str(stay.port), "count": str(stay.contacts)}
    if steady is None:
        facts |= {"total": span(stay.on.bit_count() * SLOT_US), "span": span(last_us - stay.first_us)}
        message = _n("{src} was connected to {dst} for {total} within {span}; {hosts} host(s) here contact it")
    else:
        facts |= {"span": span(stay.last_us - stay.first_us), "period": span(round(steady.mean_s * 1e6))}
        message = _n(
            "{src} contacted {dst} {count} times in {span} without a pause, at random, every {period} on average;"
            " {hosts} host(s) here contact it"
        )
    if new:
        facts["fresh"] = "7 d"
    return Sign(
        stay.first_us,
        last_us,
        decades,
        message,
        facts,
        known(machine(src, "source"), machine(dst, "destination")),
        tuple(dict.fromkeys([*([stay.first] if stay.first else []), *stay.lasts])),
        TECHNIQUES,
        stay.contacts,
    )
