"""Score a case with what the engine knows beside it. Enters: a case, an engine. Leaves: a `Score`."""

from __future__ import annotations

from tocsin.correlate.cases import Case
from tocsin.correlate.engine import Engine
from tocsin.correlate.score import Known, Score, score
from tocsin.model import Finding


def in_order(finding: Finding) -> tuple[int, str]:
    """Give the key that puts findings in order of time; those without time come first."""
    return (finding.time_us if finding.time_us is not None else -1, finding.id)


def scored(case: Case, engine: Engine) -> Score:
    """Score a case; its members are put in order."""
    case.members.sort(key=in_order)
    seen = {rule: round(engine.seen(rule)) for rule in case.rules}
    own = {name: rule.count for name, rule in case.rules.items()}
    known = Known(seen, own, case.rarity or {}, case.ledger_us, engine.policy.raise_signatures)
    return score(case.members, known)
