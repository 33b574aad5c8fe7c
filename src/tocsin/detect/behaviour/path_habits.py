"""How usual a move from one machine to another is: by how often its source and its account do something new.

Enters: moves (log-ons from a machine to another), in order. Leaves: decades of the edge and of a change of account;
the tier of a machine. All of it is learned from the moves themselves, in bounded memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, Days, Ref, touch
from tocsin.detect.behaviour.memory import Counts, key64

HISTORY_DAYS = 7
"""Whole days of history: a week, so that weekly habits were seen at least once."""
UNITS_LEAST = 8.0
"""Hours of activity (for an account: with one counterpart each) before what is new means something."""
EDGE_MOST, SWITCH_MOST = 2.5, 2.5
"""One log-on alone proves little, however rare."""
HELD_US = DAY_US
"""How long a move keeps the evidence that it had when it was new."""
FORGOTTEN = 1 / 16
HALF_LIFE_S = 30 * 86_400
PAIRS = 1_000_000
"""Pairs remembered (account and source, source and target…) in packed counters."""
HOSTS, ACCOUNTS = 50_000, 100_000
FRESH = 50_000
"""Moves whose evidence is held."""
SERVER_ACCOUNTS, MOST_ACCOUNTS = 15, 0.5
"""Distinct accounts that make a machine a server; the share of all accounts that makes it one for everybody."""


@dataclass(frozen=True)
class Move:
    """One log-on to a machine, from another or (`src` empty) in person; `stays` when somebody works there."""

    time_us: int
    account: str
    src: str
    dst: str
    stays: bool
    ref: Ref


@dataclass
class Doer:
    """How often an account or a machine does something, and something new; one unit an hour for each counterpart.

    What is new in the first units is not counted: everything is, then. Of an account's new sources those that are desks
    are counted apart (`at_desks`): an administrator goes from server to server, and seldom to somebody's desk.
    """

    units: float = 0.0
    fresh: float = 0.0
    at_desks: float = 0.0


@dataclass
class PathHabits:
    """Who moves where, and how often that is new. Doers: sources of an account, its targets, targets of a machine."""

    pairs: Counts = field(default_factory=lambda: Counts(PAIRS, HALF_LIFE_S))
    sources_of: dict[str, Doer] = field(default_factory=dict)
    targets_of: dict[str, Doer] = field(default_factory=dict)
    links_of: dict[str, Doer] = field(default_factory=dict)
    visitors: dict[str, int] = field(default_factory=dict)
    seated: dict[str, int] = field(default_factory=dict)
    callers: dict[str, int] = field(default_factory=dict)
    held: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    accounts: int = 0
    sources: int = 0
    days: Days = field(default_factory=Days)


@dataclass(frozen=True)
class _New:
    """What is new in a move: the account on its source, the source's target, the account's target."""

    source: bool
    link: bool
    target: bool


def sat_down(move: Move, habits: PathHabits) -> None:
    """Somebody is at this machine in person: that the account is used from here needs no other reason."""
    _stay(move, habits)
    if _first(habits, "sat", move.account, move.dst, move.time_us):
        _count(habits.seated, move.dst)


def tier(host: str, habits: PathHabits) -> int:
    """Give 2 for a machine that most accounts log on to, 1 for a server, 0 for a desk."""
    visitors = habits.visitors.get(host, 0)
    if visitors < SERVER_ACCOUNTS:
        return 0
    return 2 if visitors >= MOST_ACCOUNTS * habits.accounts else 1


def evidence(move: Move, on_its_way: bool, habits: PathHabits) -> tuple[float, float]:
    """Give the decades of a move's edge, and of its account being used on its source; learn both.

    `on_its_way`: the account came to the source by an unusual move of its own. A move that was new less than a day ago
    keeps the evidence it had (its ticket and its log-on are one move).
    """
    habits.days.note(move.time_us)
    habits.accounts += move.account not in habits.targets_of
    new = _New(
        _first(habits, "from", move.account, move.src, move.time_us),
        _first(habits, "link", move.src, move.dst, move.time_us),
        _first(habits, "to", move.account, move.dst, move.time_us),
    )
    edge = _edge(move, new, habits)
    switch = _switch(move, habits) if new.source and not on_its_way and not _at_work(move, habits) else 0.0
    _learn(move, new, habits)
    return _held(move, edge, switch, habits) if habits.days.full > HISTORY_DAYS else (0.0, 0.0)


def _held(move: Move, edge: float, switch: float, habits: PathHabits) -> tuple[float, float]:
    name = f"{move.account}\0{move.src}\0{move.dst}"
    before = habits.held.get(name)
    if before is not None and 0 <= move.time_us - before[0] <= HELD_US:
        return max(edge, before[1]), max(switch, before[2])
    if edge > 0 or switch > 0:
        touch(habits.held, name, lambda: (0, 0.0, 0.0), FRESH)
        habits.held[name] = (move.time_us, edge, switch)
    return edge, switch


def _edge(move: Move, new: _New, habits: PathHabits) -> float:
    """A new edge is as telling as the more surprised of its machine and its account, plus half of the other."""
    by_link = by_account = 0.0
    if new.link:
        links = touch(habits.links_of, move.src, Doer, HOSTS)
        common = habits.callers.get(move.dst, 0) / (habits.sources + 1)
        by_link = _surprise(links.units, links.fresh, common)
    if new.target:
        targets = touch(habits.targets_of, move.account, Doer, ACCOUNTS)
        popular = habits.visitors.get(move.dst, 0) / (habits.accounts + 1)
        by_account = _surprise(targets.units, targets.fresh, popular)
    return min(EDGE_MOST, max(by_link, by_account) + min(by_link, by_account) / 2)


def _switch(move: Move, habits: PathHabits) -> float:
    """An account where it was never used: weighed by how often it turns up at new desks, or at new servers."""
    sources = touch(habits.sources_of, move.account, Doer, ACCOUNTS)
    fresh = sources.at_desks if _is_desk(move.src, habits) else sources.fresh - sources.at_desks
    return min(SWITCH_MOST, _surprise(sources.units, fresh, 0.0))


def _surprise(units: float, fresh: float, common: float) -> float:
    """Give -log10 of how often this one does something new, or of how common the thing is, whichever is likelier."""
    if units < UNITS_LEAST:
        return 0.0
    return max(0.0, -math.log10(max((fresh + 0.5) / (units + 1), common)))


def _is_desk(host: str, habits: PathHabits) -> bool:
    """People sit at it rather than reach it over the network; or it reports nothing, as desks do."""
    return habits.seated.get(host, 0) >= habits.visitors.get(host, 0)


def _stay(move: Move, habits: PathHabits) -> None:
    habits.pairs.add(key64("stays", move.account, move.dst, move.time_us // DAY_US), move.time_us)


def _at_work(move: Move, habits: PathHabits) -> bool:
    """Say whether the account was at work on the source since yesterday.

    A network log-on is no such thing: a backup reaches every machine each night, and never goes on from there.
    """
    day = move.time_us // DAY_US
    keys = (key64("stays", move.account, move.src, day), key64("stays", move.account, move.src, day - 1))
    return any(habits.pairs.get(key, move.time_us) > 0 for key in keys)


def _first(habits: PathHabits, what: str, one: str, other: str, time_us: int) -> bool:
    """Count a pair, and say whether it was not known."""
    return habits.pairs.add(key64(what, one, other), time_us) < FORGOTTEN


def _count(table: dict[str, int], host: str) -> None:
    table[host] = touch(table, host, lambda: 0, HOSTS) + 1


def _learn(move: Move, new: _New, habits: PathHabits) -> None:
    hour, old = move.time_us // HOUR_US, habits.days.full > HISTORY_DAYS
    for doers, limit, who, other, fresh in (
        (habits.sources_of, ACCOUNTS, move.account, move.src, new.source),
        (habits.links_of, HOSTS, move.src, move.dst, new.link),
        (habits.targets_of, ACCOUNTS, move.account, move.dst, new.target),
    ):
        doer = touch(doers, who, Doer, limit)
        if habits.pairs.add(key64("unit", who, other, hour), move.time_us) == 0.0:
            anew = fresh and old and doer.units >= UNITS_LEAST
            doer.fresh += anew
            doer.at_desks += anew and doers is habits.sources_of and _is_desk(move.src, habits)
            doer.units += 1
    if habits.pairs.add(key64("alive", move.dst, hour), move.time_us) == 0.0:
        touch(habits.links_of, move.dst, Doer, HOSTS).units += 1  # it was there, and went nowhere
    if move.stays:
        _stay(move, habits)
    if new.target:
        _count(habits.visitors, move.dst)
    if new.link:
        _count(habits.callers, move.dst)
        habits.sources += _first(habits, "source", move.src, "", move.time_us)
