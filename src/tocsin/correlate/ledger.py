"""The ledger of each place: rare things added up while they are fresh, raised when they are too many for chance.

Enters: findings in order of time, each with its place (a host, or an address without one). Leaves: how rare each was,
and what it did to the ledger of its place. Signatures' severity plays no part here.

A ledger halves every hour. It is raised at the policy's decades with two rules of a decade or more; while it is
raised, what is worth a decade joins it; it is over when less than a decade is left, or after six idle hours.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from msgspec import Struct

from tocsin.correlate.policy import CLOSE_DECADES, HOUR_US, IDLE_US, JOIN_DECADES, Policy
from tocsin.correlate.rarity import Rarity
from tocsin.correlate.score import rule_of
from tocsin.model import Finding

HALF_LIFE_US = HOUR_US
MAX_RULES = 32
MAX_WEAK, MAX_STRONG = 30_000, 20_000
"""Ledgers kept: of the weak ones (under a third of what raises) those touched last, apart from the strong ones, so
that a flood of new names cannot push out what is already suspicious."""


class Entry(Struct, gc=False):
    """What stands in a ledger: the rarest finding of one rule."""

    decades: float
    time_us: int
    finding: Finding
    case: int = -1
    """The number of the case that the finding is in, -1 while it is in none."""

    def now(self, time_us: int) -> float:
        """Give what is left of it."""
        gone_us = time_us - self.time_us
        return self.decades * math.pow(0.5, gone_us / HALF_LIFE_US) if gone_us > 0 else self.decades


class Book(Struct, gc=False):
    """The ledger of one place. `raised_us` is when it was raised, `last_us` when something last joined it."""

    entries: dict[str, Entry] = {}
    raised_us: int | None = None
    last_us: int = 0
    case: int = -1
    """The number of the case that it was last raised for."""
    strong: bool = False

    def total(self, time_us: int) -> float:
        """Give the decades in it now."""
        return sum(entry.now(time_us) for entry in self.entries.values())

    def enter(self, rule: str, entry: Entry) -> None:
        """Write an entry where it is more than what is left of the rule's last; of too many the least goes."""
        known = self.entries.get(rule)
        if known is None or entry.decades > known.now(entry.time_us):
            self.entries[rule] = entry
        if len(self.entries) > MAX_RULES:
            del self.entries[min(self.entries, key=lambda name: (self.entries[name].now(entry.time_us), name))]

    def close_if_over(self, time_us: int) -> None:
        """Lower the ledger when it has been idle, or when less than a decade is left in it."""
        if self.raised_us is not None and (time_us - self.last_us > IDLE_US or self.total(time_us) < CLOSE_DECADES):
            self.raised_us = None


class Weighed(Struct, gc=False):
    """How rare a finding is (0: nothing new), its entry in the ledger, and the entries that are now an incident.

    `joins` are all entries of a ledger that is raised by this finding, or the entry of one that joins it.
    """

    decades: float
    entry: Entry | None = None
    book: Book | None = None
    joins: tuple[Entry, ...] = ()
    total: float = 0.0
    """What the ledger of its place holds now."""


_NOTHING_NEW = Weighed(0.0)


class Ledger:
    """The ledgers of all places."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.rarity = Rarity()
        self.known_us: int | None = None
        """Until then all is learned and nothing is unusual; set by the first finding where it is not known before."""
        self._weak: OrderedDict[str, Book] = OrderedDict()
        self._strong: OrderedDict[str, Book] = OrderedDict()

    def weigh(self, finding: Finding, place: str) -> Weighed:
        """Weigh a finding at its place, and learn it. Without time or place it says nothing of what is usual."""
        time_us = finding.time_us
        if time_us is None or not place:
            return _NOTHING_NEW
        if self.known_us is None:
            self.known_us = time_us + self._policy.learn_us
        rule = rule_of(finding)
        book = self._strong.get(place) or self._weak.get(place)
        weighty = book.entries.__contains__ if book is not None else _never
        decades = self.rarity.value(place, rule, time_us, finding.count, weighty)
        if decades <= 0 or time_us <= self.known_us:
            return _NOTHING_NEW
        entry = Entry(decades, time_us, finding)
        if book is None:
            book = Book({rule: entry})
            self._keep(place, book, decades)
            return Weighed(decades, entry, book)
        book.close_if_over(time_us)
        book.enter(rule, entry)
        now = {name: one.now(time_us) for name, one in book.entries.items()}
        total = sum(now.values())
        joins = self._judge(book, entry, now, total)
        self._keep(place, book, total)
        return Weighed(decades, entry, book, joins, total)

    def _judge(self, book: Book, entry: Entry, now: dict[str, float], total: float) -> tuple[Entry, ...]:
        """Raise the ledger when it holds enough; while it is raised, what is worth a decade joins it."""
        if book.raised_us is not None:
            if entry.decades < JOIN_DECADES:
                return ()
            book.last_us = entry.time_us
            return (entry,)
        if total < self._policy.raise_rarity or sum(value >= JOIN_DECADES for value in now.values()) < 2:
            return ()
        book.raised_us = book.last_us = entry.time_us
        return tuple(one for rule, one in book.entries.items() if now[rule] >= JOIN_DECADES)

    def _keep(self, place: str, book: Book, total: float) -> None:
        """Keep a ledger among the strong or the weak ones, as the last touched."""
        strong = book.raised_us is not None or total >= self._policy.raise_rarity / 3
        if strong != book.strong:
            (self._strong if book.strong else self._weak).pop(place, None)
            book.strong = strong
        here = self._strong if strong else self._weak
        here[place] = book
        here.move_to_end(place)
        if len(here) > (MAX_STRONG if strong else MAX_WEAK):
            here.popitem(last=False)

    def rehome(self, before: str, after: str) -> None:
        """Move the ledger of a place whose true name has become known."""
        moved = self._strong.pop(before, None) or self._weak.pop(before, None)
        if moved is None:
            return
        moved.strong = False
        known = self._strong.get(after) or self._weak.get(after)
        last_us = max(entry.time_us for entry in moved.entries.values())
        if known is None:
            known = moved
        else:
            for rule, entry in moved.entries.items():
                known.enter(rule, entry)
        self._keep(after, known, known.total(last_us))


def _never(_: str) -> bool:
    return False
