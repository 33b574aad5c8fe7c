"""The correlator's core: findings in order of time in, cases out. The same for a scan and a service.

Enters: findings in order of time. Leaves: cases. Memory is bounded; the same findings in the same order give the same
cases. `correlator.py` feeds it a whole input at once, `live.py` what comes in.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable

from tocsin.correlate.aliases import Aliases
from tocsin.correlate.cases import Cases, Link
from tocsin.correlate.hubs import Anchor, Hubs
from tocsin.correlate.ledger import Ledger, Weighed
from tocsin.correlate.policy import Policy
from tocsin.correlate.rarity import Fading
from tocsin.correlate.score import rule_of
from tocsin.model import Finding

CENTURY_S = 100 * 365 * 86_400.0
MAX_RULES = 200_000


class Engine:
    """Correlates findings one after the other."""

    def __init__(self, policy: Policy, aliases: Aliases, seen_half_life_s: float = CENTURY_S) -> None:
        self.policy = policy
        self._aliases = aliases
        self._seen = Fading(seen_half_life_s)
        self._hubs = Hubs(policy.max_peers)
        self._learned = False
        self._rare: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self.ledger = Ledger(policy)
        self.cases = Cases(policy)

    def learn(self, findings: Iterable[Finding], known_us: int | None) -> None:
        """Learn what is common from the whole of an input, before it is fed: what a service knows from its past."""
        for finding in findings:
            if finding.weight > 0:
                self._note(finding, self._anchors(finding))
        self._learned = True
        self.ledger.known_us = known_us

    def _note(self, finding: Finding, anchors: list[Anchor]) -> None:
        self._seen.add(rule_of(finding), finding.time_us or 0)
        self._hubs.learn(anchors)

    def seen(self, rule: str) -> float:
        """Give how often a rule was found lately."""
        return self._seen.last(rule)

    def feed(self, finding: Finding) -> int:
        """Take the next finding; give the number of the case that it is in, -1 for none."""
        weighed = self.ledger.weigh(finding, self.place_of(finding))
        number = self._enter(finding, weighed) if finding.weight > 0 else -1
        if weighed.joins:
            number = self._raise(finding, weighed)
        return number

    def _enter(self, finding: Finding, weighed: Weighed) -> int:
        anchors = self._anchors(finding)
        if not self._learned or finding.weight <= 0:
            self._note(finding, anchors)
        joining = [anchor for anchor in anchors if self._hubs.joins(anchor)]
        number = self.cases.add(finding, joining, self._worth(finding), weighed.decades if weighed.joins else 0.0)
        if weighed.entry is not None:
            weighed.entry.case = number
        return number

    def _worth(self, finding: Finding) -> float:
        """Give a finding's weight, discounted by how often its rule was found."""
        return finding.weight / (1 + math.log10(max(1.0, self.seen(rule_of(finding)))))

    def _raise(self, finding: Finding, weighed: Weighed) -> int:
        """Make one case of what stands in a ledger that is raised, and of others raised lately by the same rule."""
        place = self.place_of(finding)
        numbers = []
        for entry in sorted(weighed.joins, key=lambda one: (one.time_us, one.finding.id)):
            if entry.case < 0:
                self._enter(entry.finding, Weighed(entry.decades, entry, weighed.book, (entry,)))
            self.cases.rate(entry.case, entry.finding, entry.decades)
            numbers.append(entry.case)
        first = numbers[0]
        for other in numbers[1:]:
            first = self.cases.join(first, other, Link(finding.time_us, "ledger", place, "", finding.id))
        first = self._again(first, finding, weighed)
        self.cases.mark(first, finding.time_us, weighed.total)
        return self._same_rule(first, weighed)

    def _again(self, number: int, finding: Finding, weighed: Weighed) -> int:
        """Join a ledger that is raised again within a day to the case that it was raised for before."""
        book = weighed.book
        if book is None:
            return number
        before = self.cases.case(book.case)
        if before is not None and (finding.time_us or 0) - before.last_us < self.policy.campaign_us:
            link = Link(finding.time_us, "ledger", self.place_of(finding), "", finding.id)
            number = self.cases.join(before.number, number, link)
        book.case = number
        return number

    def _same_rule(self, number: int, weighed: Weighed) -> int:
        for entry in weighed.joins:
            if entry.decades < 1:
                continue
            rule = rule_of(entry.finding)
            before = self._rare.get(rule)
            if before is not None and abs(entry.time_us - before[1]) <= self.policy.same_rule_us:
                link = Link(entry.time_us, "rule", entry.finding.title, "", entry.finding.id)
                number = self.cases.join(before[0], number, link)
            self._rare[rule] = (number, entry.time_us)
            if len(self._rare) > MAX_RULES:
                self._rare.popitem(last=False)
        return number

    def place_of(self, finding: Finding) -> str:
        """Name where a finding is: its host, or the host behind its address, or that address."""
        host = next((one.name for one in finding.entities if one.kind == "host"), "")
        if host:
            return self._aliases.name_of(host)
        address = next((one.name for one in finding.entities if one.kind == "address"), "")
        return self._aliases.host_of(address, finding.time_us) or address

    def rehome(self, address: str, host: str, time_us: int | None) -> None:
        """Move what an address without a name did until now to the host that it has turned out to be."""
        self.ledger.rehome(address, host)
        self.cases.rehome(("address", address), ("host", host), time_us)

    def _anchors(self, finding: Finding) -> list[Anchor]:
        return anchors_of(finding, self._aliases)


def anchors_of(finding: Finding, aliases: Aliases) -> list[Anchor]:
    """Give the things that a finding holds on to, by their true names; cloud resources only where there is no other."""
    anchors: dict[Anchor, None] = {}
    for entity in finding.entities:
        kind, name = aliases.true(entity.kind, entity.name, finding.time_us)
        if kind != "file":
            anchors[(kind, name)] = None
    strong = [anchor for anchor in anchors if anchor[0] != "cloud"]
    return strong or list(anchors)
