"""Cases: findings that hang together, before and after anybody calls them an incident.

Enters: findings with their anchors, in order of time. Leaves: cases, and a log of why they were joined.

Two findings that share an anchor near in time are one case; a case that is strong already takes in what is noteworthy
about its anchors for a day. Whatever joins or parts cases is written to the log, with its reason.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from tocsin.correlate.hubs import Anchor
from tocsin.correlate.policy import Policy
from tocsin.correlate.score import rule_of
from tocsin.model import Finding

Because = Literal["anchor", "ledger", "rule", "apart"]
MAX_MEMBERS = 2_000
MAX_OF_RULE = 200
"""Findings kept of one rule in one case: the rest is counted, a thousand more say nothing new."""
MAX_LINKS = 50
MAX_SHARED = 200
MAX_TRAILS = 100_000
MAX_CASES = 30_000


class Link(Struct, frozen=True, gc=False):
    """Why two parts of a case belong together: a shared thing, a place's ledger, or the same rare rule."""

    time_us: int | None
    because: Because
    what: str
    one: str
    other: str
    """Ids of the first findings of the two parts."""


class Rule(Struct, gc=False):
    """What one rule contributes to a case: how many findings, and its best value."""

    count: int = 0
    best: float = 0.0


class Case(Struct, gc=False):
    """Findings that hang together. Small: most cases are one finding that nothing ever joins."""

    number: int
    members: list[Finding]
    rules: dict[str, Rule]
    entities: dict[Anchor, None]
    rarity: dict[str, float] | None = None
    links: tuple[Link, ...] = ()
    shared: dict[str, int] | None = None
    """The things that held its findings together -> how many findings each brought in."""
    more: int = 0
    last_us: int = 0
    ledger_us: int | None = None
    """When a place's ledger was first raised for it."""
    ledger_decades: float = 0.0
    """The most that such a ledger held."""
    full: bool = False
    sure: bool = False
    """It holds a finding that must always ring."""
    incident: str = ""
    """The id under which it rang; empty while it has not."""

    @property
    def signature(self) -> float:
        """Give the sum of the best value of each rule: a quick estimate of its signatures' evidence."""
        return sum(rule.best for rule in self.rules.values())


class Cases:
    """All open cases."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._into: dict[int, int] = {}
        self._cases: OrderedDict[int, Case] = OrderedDict()
        self._trails: OrderedDict[Anchor, tuple[int, int | None]] = OrderedDict()
        self._apart: set[tuple[str, str]] = set()
        self._next = 0
        self.merged: list[tuple[str, str, Link]] = []
        """Incidents that were joined since this was last emptied: the id that stays, the one that goes, why."""

    def __iter__(self) -> Iterator[Case]:
        """Give all cases."""
        return iter(self._cases.values())

    def __len__(self) -> int:
        return len(self._cases)

    def case(self, number: int) -> Case | None:
        """Give the case that a number now stands for; None when it has been forgotten."""
        return self._cases.get(self._root(number))

    def _root(self, number: int) -> int:
        while (into := self._into.get(number, number)) != number:
            self._into[number] = self._into.get(into, into)
            number = into
        return number

    def add(self, finding: Finding, anchors: list[Anchor], value: float, rarity: float = 0.0) -> int:
        """Put a finding into the case of its anchors, or into a new one. Gives the case's number.

        `anchors` are those that may join; `value` is what its signature is worth, discounted.
        """
        noteworthy = value >= 1.0 or rarity >= 1.0
        near = [(anchor, number) for anchor in anchors if (number := self._near(anchor, finding, noteworthy)) >= 0]
        case = self._cases[near[0][1]] if near else self._new()
        for anchor, number in near[1:]:
            joined = self.join(case.number, number, Link(finding.time_us, "anchor", anchor[1], _id(case), finding.id))
            case = self._cases[joined]
        for anchor, _ in near:
            _share(case, anchor[1], 1)
        self._cases.move_to_end(case.number)
        self._enter(case, finding, anchors, value, rarity)
        self._trail(case.number, anchors, finding)
        self._forget()
        return case.number

    def _new(self) -> Case:
        case = Case(self._next, [], {}, {})
        self._next += 1
        self._cases[case.number] = case
        return case

    def _near(self, anchor: Anchor, finding: Finding, noteworthy: bool) -> int:
        """Give the number of the case that an anchor leads to, -1 where there is none near enough."""
        trail = self._trails.get(anchor)
        known = self.case(trail[0]) if trail is not None else None
        if trail is None or known is None:
            return -1
        gap = finding.time_us - trail[1] if finding.time_us is not None and trail[1] is not None else 0
        if gap <= self._policy.near_us:
            return known.number
        return known.number if noteworthy and gap < self._policy.campaign_us and self.strong(known) else -1

    def strong(self, case: Case) -> bool:
        """Say whether a case holds enough for an incident: a raised ledger, or its signatures."""
        return case.ledger_us is not None or case.signature >= self._policy.raise_signatures

    def _trail(self, number: int, anchors: list[Anchor], finding: Finding) -> None:
        last_us = finding.last_us if finding.last_us is not None else finding.time_us
        for anchor in anchors:
            before = self._trails.get(anchor)
            latest = max(last_us, before[1]) if before and before[1] is not None and last_us is not None else last_us
            self._trails[anchor] = (number, latest)
            self._trails.move_to_end(anchor)

    def rehome(self, before: Anchor, after: Anchor, time_us: int | None) -> None:
        """Let the trail of one anchor lead on from another; join the cases that both led to."""
        trail, known = self._trails.pop(before, None), self._trails.get(after)
        if trail is None:
            return
        if known is None:
            self._trails[after] = trail
        elif self.case(trail[0]) is not None and self.case(known[0]) is not None:
            self.join(known[0], trail[0], Link(time_us, "anchor", after[1], "", ""))

    def rate(self, number: int, finding: Finding, rarity: float) -> None:
        """Take note of how rare a finding of a case was."""
        case = self.case(number)
        if case is not None:
            _rate(case, finding.id, rarity)

    def mark(self, number: int, time_us: int | None, decades: float) -> None:
        """Take note that a place's ledger of so many decades stands behind a case."""
        case = self.case(number)
        if case is not None:
            case.ledger_us = time_us if case.ledger_us is None else case.ledger_us
            case.ledger_decades = max(decades, case.ledger_decades)

    def join(self, one: int, other: int, link: Link) -> int:
        """Make one case of two, unless together they would be too large or somebody has parted them."""
        first, second = sorted((self._root(one), self._root(other)))
        if first == second or first not in self._cases or second not in self._cases:
            return first
        left, right = self._cases[first], self._cases[second]
        if self._parted(left, right):
            return first
        if self._too_large(left, right):
            left.full = right.full = True
            return first
        del self._cases[second]
        self._into[second] = first
        if left.incident and right.incident:
            self.merged.append((left.incident, right.incident, link))
        _absorb(left, right, link)
        return first

    def _too_large(self, left: Case, right: Case) -> bool:
        least = min(len(left.entities), len(right.entities))
        return least > _SMALL and len(left.entities | right.entities) > self._policy.max_case_entities

    def _parted(self, left: Case, right: Case) -> bool:
        if not self._apart:
            return False
        ours, theirs = {one.id for one in left.members}, {one.id for one in right.members}
        return any((a in ours and b in theirs) or (a in theirs and b in ours) for a, b in self._apart)

    def part(self, number: int, finding_ids: frozenset[str]) -> int | None:
        """Take findings out of a case into one of their own ("not related"); later links never join the two again.

        Gives the new case's number, or None when nothing would be left on one side.
        """
        case = self.case(number)
        if case is None:
            return None
        out = [one for one in case.members if one.id in finding_ids]
        rest = [one for one in case.members if one.id not in finding_ids]
        if not out or not rest:
            return None
        self._apart.add((rest[0].id, out[0].id))
        new = self._new()
        kept = Case(case.number, [], {}, {}, None, case.links, case.shared, case.more, ledger_us=case.ledger_us)
        kept.incident, kept.ledger_decades = case.incident, case.ledger_decades
        for target, members in ((new, out), (kept, rest)):
            for one in members:
                anchors: list[Anchor] = [(e.kind, e.name) for e in one.entities]
                self._enter(target, one, anchors, case.rules[rule_of(one)].best, (case.rarity or {}).get(one.id, 0.0))
        link = Link(out[0].time_us, "apart", "", rest[0].id, out[0].id)
        kept.links = (*kept.links, link)[-MAX_LINKS:]
        self._cases[kept.number] = kept
        for anchor, (trail, last_us) in list(self._trails.items()):
            if self._root(trail) == kept.number and anchor in new.entities and anchor not in kept.entities:
                self._trails[anchor] = (new.number, last_us)
        return new.number

    def _enter(self, case: Case, finding: Finding, anchors: list[Anchor], value: float, rarity: float) -> None:
        rule = case.rules.get(rule_of(finding))
        if rule is None:
            rule = case.rules[rule_of(finding)] = Rule()
        rule.count += 1
        rule.best = max(rule.best, value)
        case.sure = case.sure or finding.level == "critical"
        case.last_us = max(case.last_us, finding.last_us or 0)
        for anchor in anchors:
            if anchor[0] in _COUNTED:
                case.entities[anchor] = None
        if rule.count > MAX_OF_RULE or len(case.members) >= MAX_MEMBERS:
            case.more += 1
            return
        case.members.append(finding)
        if rarity > 0:
            _rate(case, finding.id, rarity)

    def _forget(self) -> None:
        """Forget what was touched longest ago; cases that are strong stay."""
        while len(self._trails) > MAX_TRAILS:
            self._trails.popitem(last=False)
        for _ in range(max(0, len(self._cases) - MAX_CASES)):
            number, case = self._cases.popitem(last=False)
            if self.strong(case):
                self._cases[number] = case
        if len(self._into) > MAX_TRAILS:
            self._trails = OrderedDict((one, (self._root(at[0]), at[1])) for one, at in self._trails.items())
            self._into.clear()


_SMALL = 2
"""A case with no more hosts and accounts than this may always join one that has them."""
_COUNTED = frozenset({"host", "identity"})


def _id(case: Case) -> str:
    return case.members[0].id if case.members else ""


def _share(case: Case, name: str, number: int) -> None:
    if case.shared is None:
        case.shared = {}
    if name in case.shared or len(case.shared) < MAX_SHARED:
        case.shared[name] = case.shared.get(name, 0) + number


def _rate(case: Case, finding_id: str, rarity: float) -> None:
    if case.rarity is None:
        case.rarity = {}
    case.rarity[finding_id] = max(rarity, case.rarity.get(finding_id, 0.0))


def _absorb(left: Case, right: Case, link: Link) -> None:
    if len(right.members) > len(left.members):
        left.members, right.members = right.members, left.members
    left.members.extend(right.members)
    left.more += right.more + max(0, len(left.members) - MAX_MEMBERS)
    del left.members[MAX_MEMBERS:]
    for name, rule in right.rules.items():
        known = left.rules.setdefault(name, Rule())
        known.count += rule.count
        known.best = max(known.best, rule.best)
    for finding_id, rarity in (right.rarity or {}).items():
        _rate(left, finding_id, rarity)
    for name, number in (right.shared or {}).items():
        _share(left, name, number)
    left.entities.update(right.entities)
    left.links = (*left.links, *right.links, link)[-MAX_LINKS:]
    left.last_us = max(left.last_us, right.last_us)
    left.ledger_us = min((one for one in (left.ledger_us, right.ledger_us) if one is not None), default=None)
    left.ledger_decades = max(left.ledger_decades, right.ledger_decades)
    left.full = left.full or right.full
    left.sure = left.sure or right.sure
    left.incident = left.incident or right.incident
