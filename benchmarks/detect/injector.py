"""Beacons to put into a day of connections: seeded, by profile.

Enters: a profile's name, a random generator. Leaves: seconds of the day, bytes sent and the address each time (of those
that the profile uses), in order of time.

`TUNED` are the 23 profiles of BEHAVIOUR.md section 3, on which the detector's numbers were chosen; `UNSEEN` were
written afterwards and not looked at while choosing them. `EVASIVE` has no rhythm at all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

HOUR, DAY = 3_600.0, 86_400.0
SLEEPS, JITTERS = (60, 300, 900, 3600), (0.0, 0.2, 0.5, 0.8)


@dataclass(frozen=True)
class Call:
    """One contact: `to` numbers the addresses of a beacon that has several."""

    second: float
    sent: int
    to: int = 0


Profile = Callable[[random.Random], Iterable[Call]]
Gap = Callable[[random.Random], float]


def steady(sleep: float, jitter: float) -> Gap:
    """Sleep with jitter to both sides, even."""
    return lambda drawn: sleep * (1 + drawn.uniform(-jitter, jitter))


def shorter(sleep: float, jitter: float) -> Gap:
    """Sleep with jitter that only shortens it, as one widespread implant does."""
    return lambda drawn: sleep * (1 - drawn.uniform(0, jitter))


def longer(sleep: float, more: float) -> Gap:
    """Sleep to which up to so many seconds are added, as another one does."""
    return lambda drawn: sleep + drawn.uniform(0, more)


def bell(sleep: float, deviation: float) -> Gap:
    """Sleep with jitter from a bell curve."""
    return lambda drawn: max(sleep / 20, drawn.gauss(sleep, deviation * sleep))


def campaign(drawn: random.Random, gap: Gap, hours: float = 24.0, begin: float | None = None) -> Iterator[float]:
    """Give the seconds of one campaign; it begins at any hour at which it still fits into the day."""
    second = drawn.uniform(0, DAY - hours * HOUR) if begin is None else begin
    end = second + hours * HOUR
    second += drawn.uniform(0, min(gap(drawn), 600))
    while second < end:
        yield second
        second += gap(drawn) + drawn.uniform(0.02, 0.6)


def sized(drawn: random.Random, seconds: Iterable[float]) -> Iterator[Call]:
    """Send the same bytes, a tenth of the time something more."""
    usual = drawn.randint(150, 1_500)
    for second in seconds:
        yield Call(second, usual if drawn.random() < 0.9 else usual + drawn.randint(20, 9_000))


def plain(gap: Gap, hours: float = 24.0) -> Profile:
    """Make a profile of a sleep."""
    return lambda drawn: sized(drawn, campaign(drawn, gap, hours))


def lossy(gap: Gap, lost: float) -> Profile:
    """Calls that nobody saw."""
    return lambda drawn: sized(drawn, (second for second in campaign(drawn, gap) if drawn.random() >= lost))


def _bursts(drawn: random.Random) -> Iterator[Call]:
    """An operator at work: now and then some dozens of calls within minutes."""
    for call in sized(drawn, campaign(drawn, steady(300, 0.2))):
        yield call
        second = call.second
        for _ in range(drawn.randint(10, 40) if drawn.random() < 1 / 30 else 0):
            second += drawn.uniform(1, 10)
            yield Call(second, drawn.randint(200, 20_000))


def _all_sizes(drawn: random.Random) -> Iterator[Call]:
    for second in campaign(drawn, steady(300, 0.2)):
        yield Call(second, int(1_000 * (1 + drawn.uniform(-1, 1))))


def _night_off(drawn: random.Random) -> Iterator[Call]:
    begin = drawn.uniform(6, 8) * HOUR
    yield from sized(drawn, campaign(drawn, steady(300, 0.2), 15, begin))


TUNED: dict[str, Profile] = {
    **{f"{sleep} s ±{jitter:.0%}": plain(steady(sleep, jitter)) for sleep in SLEEPS for jitter in JITTERS},
    "8 hours": plain(steady(300, 0.2), 8),
    "3 hours": plain(steady(300, 0.2), 3),
    "20 % lost": lossy(steady(300, 0.2), 0.2),
    "tasking bursts": _bursts,
    "sizes ±100 %": _all_sizes,
    "2 h sleep": plain(steady(7_200, 0.1)),
    "off at night": _night_off,
}


def _office(drawn: random.Random) -> Iterator[Call]:
    """A machine that is on from eight to six, with a break."""
    begin = drawn.uniform(7, 9) * HOUR
    morning = campaign(drawn, steady(300, 0.2), 4, begin)
    yield from sized(drawn, [*morning, *campaign(drawn, steady(300, 0.2), 5, begin + 5 * HOUR)])


def _laptop(drawn: random.Random) -> Iterator[Call]:
    """A lid that is closed three times."""
    off = [(start, start + drawn.uniform(1, 4) * HOUR) for start in (drawn.uniform(0, 20) * HOUR for _ in range(3))]
    seconds = campaign(drawn, steady(600, 0.3))
    yield from sized(drawn, (one for one in seconds if not any(start <= one <= end for start, end in off)))


def _two_sleeps(drawn: random.Random) -> Iterator[Call]:
    """An hour of quick calls, then slow ones."""
    fast = campaign(drawn, steady(60, 0.2), 1, 2 * HOUR)
    yield from sized(drawn, [*fast, *campaign(drawn, steady(1_800, 0.2), 21, 3 * HOUR)])


def _two_addresses(drawn: random.Random) -> Iterator[Call]:
    """Each call goes to one of two addresses, by chance."""
    for call in sized(drawn, campaign(drawn, steady(300, 0.2))):
        yield Call(call.second, call.sent, drawn.randint(0, 1))


def _repeated(drawn: random.Random) -> Iterator[Call]:
    """A third of the calls is followed by another one, with what was asked for."""
    for call in sized(drawn, campaign(drawn, steady(600, 0.2))):
        yield call
        if drawn.random() < 1 / 3:
            yield Call(call.second + drawn.uniform(3, 25), drawn.randint(500, 50_000))


def _padded(drawn: random.Random) -> Iterator[Call]:
    for second in campaign(drawn, steady(900, 0.3)):
        yield Call(second, int(200 * 250 ** drawn.random()))


UNSEEN: dict[str, Profile] = {
    "120 s −30 %": plain(shorter(120, 0.3)),
    "600 s −50 %": plain(shorter(600, 0.5)),
    "1,800 s −90 %": plain(shorter(1_800, 0.9)),
    "240 s +0–180 s": plain(longer(240, 180)),
    "1,800 s bell 30 %": plain(bell(1_800, 0.3)),
    "600 s bell 40 %": plain(bell(600, 0.4)),
    "1,200 s ±60 %, 6 h": plain(steady(1_200, 0.6), 6),
    "120 s ±20 %, 2.5 h": plain(steady(120, 0.2), 2.5),
    "3 h sleep": plain(steady(10_800, 0.05)),
    "600 s ±20 %, 35 % lost": lossy(steady(600, 0.2), 0.35),
    "office hours": _office,
    "laptop": _laptop,
    "two sleeps": _two_sleeps,
    "two addresses": _two_addresses,
    "repeated calls": _repeated,
    "padded sizes": _padded,
}

EVASIVE: dict[str, Profile] = {
    "Poisson": plain(lambda drawn: drawn.expovariate(1 / 600)),
}
"""Reported apart: chance itself, mean 10 min."""

PROFILES = {**TUNED, **UNSEEN, **EVASIVE}
