"""Correlation as it happens: findings in as they come, decisions out. The door of this room for a service.

Enters: findings (about in order of time), bindings, what a person parts. Leaves: `Decision`s, each with its reason,
enough to do all of it again: the same findings and the same partings in the same order give the same incidents.

What is sure rings at once. What is only unusual keeps within the site's budget; below it, it stays visible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from tocsin.correlate.aliases import Aliases, quarter
from tocsin.correlate.bindings import Binding
from tocsin.correlate.budget import Budget
from tocsin.correlate.cases import Case
from tocsin.correlate.engine import Engine
from tocsin.correlate.policy import LIVE, Policy
from tocsin.correlate.rarity import HALF_LIFE_S
from tocsin.correlate.score import SURE_DECADES, SURE_RARITY
from tocsin.correlate.scoring import scored
from tocsin.correlate.telling import incident, incident_id
from tocsin.model import Finding, Incident
from tocsin.model.incident import most_urgent_first
from tocsin.model.voice import Voice

Step = Literal["raised", "merged", "parted", "throttled"]
GRAVE_DECADES = 2.0
"""A signature of high severity that was not found lately."""

_ENGLISH = Voice()


class Decision(Struct, frozen=True):
    """What was decided about incidents, when and why.

    `merged`: `incident` has taken in `other`. `parted`: `other` was taken out of `incident`. `throttled`: `incident`
    is below the budget, it is kept and does not ring.
    """

    time_us: int | None
    step: Step
    incident: str
    other: str = ""
    why: str = ""


class Live:
    """Correlates what comes in, for one site."""

    def __init__(self, policy: Policy = LIVE) -> None:
        self._aliases = Aliases()
        self._engine = Engine(policy, self._aliases, HALF_LIFE_S)
        self._budget = Budget(policy.budget_a_day)
        self._policy = policy
        self._throttled: set[str] = set()

    def bind(self, binding: Binding, time_us: int | None = None) -> None:
        """Take note that two names mean the same thing; what an address had done until then moves to its host."""
        before = self._aliases.host_of(binding.alias, time_us) if binding.sort == "address" else ""
        self._aliases.bind(binding, quarter(time_us))
        if binding.sort == "address" and not before:
            host = self._aliases.host_of(binding.alias, time_us)
            if host:
                self._engine.rehome(binding.alias, host, time_us)

    def feed(self, findings: Iterable[Finding]) -> list[Decision]:
        """Take findings; give what was decided because of them."""
        decisions: list[Decision] = []
        for finding in findings:
            number = self._engine.feed(finding)
            decisions += self._merged()
            case = self._engine.cases.case(number)
            if case is not None and not case.incident:
                decisions += self._judge(case, finding)
        return decisions

    def _merged(self) -> Iterator[Decision]:
        for kept, gone, link in self._engine.cases.merged:
            self._throttled.discard(gone)
            yield Decision(link.time_us, "merged", kept, gone, f"{link.because}: {link.what}")
        self._engine.cases.merged.clear()

    def _judge(self, case: Case, finding: Finding) -> Iterator[Decision]:
        """Raise a case that holds enough, when it is sure or within the budget."""
        rare = case.ledger_decades
        if not self._engine.cases.strong(case):
            return
        time_us, place = finding.time_us or 0, self._engine.place_of(finding)
        name = incident_id(finding.site, case.members[0].id)
        if self._sure(case, rare):
            self._budget.rang(place, time_us)
        else:
            enough = self._policy.raise_rarity if rare > case.signature else self._policy.raise_signatures
            if not self._budget.allows(place, max(rare, case.signature), time_us, enough):
                if name not in self._throttled:
                    self._throttled.add(name)
                    yield Decision(finding.time_us, "throttled", name, why="below the budget of incidents a day")
                return
        self._throttled.discard(name)
        case.incident = name
        yield Decision(finding.time_us, "raised", name, why=_why(case, rare))

    def _sure(self, case: Case, rare: float) -> bool:
        """Say whether a case rings whatever the budget: a critical, a fresh grave signature, or much evidence."""
        fresh = any(rule.best >= GRAVE_DECADES for rule in case.rules.values())
        return case.sure or fresh or case.signature >= SURE_DECADES or rare >= SURE_RARITY

    def part(self, name: str, finding_ids: frozenset[str]) -> Decision | None:
        """Take findings out of an incident ("not related"); None when there is no such incident, or nothing is left."""
        case = next((one for one in self._engine.cases if one.incident == name), None)
        number = self._engine.cases.part(case.number, finding_ids) if case is not None else None
        out = self._engine.cases.case(number) if number is not None else None
        if out is None:
            return None
        out.incident = incident_id(out.members[0].site, out.members[0].id)
        return Decision(out.members[0].time_us, "parted", name, out.incident, "parted by a person")

    def incidents(self, voice: Voice = _ENGLISH) -> list[Incident]:
        """Give the incidents that have rung, most urgent first."""
        return self._tell([case for case in self._engine.cases if case.incident], voice)

    def below_budget(self, voice: Voice = _ENGLISH) -> list[Incident]:
        """Give what would have rung without the budget."""
        enough = (case for case in self._engine.cases if not case.incident and self._engine.cases.strong(case))
        return self._tell(list(enough), voice)

    def _tell(self, cases: list[Case], voice: Voice) -> list[Incident]:
        return most_urgent_first(
            incident(case, scored(case, self._engine), self._aliases, self._policy, voice) for case in cases
        )


def _why(case: Case, rare: float) -> str:
    if case.sure:
        return "a finding that always rings"
    if case.ledger_us is not None:
        return f"rarity of {rare:.1f} decades"
    return f"signatures of {case.signature:.1f} decades"
