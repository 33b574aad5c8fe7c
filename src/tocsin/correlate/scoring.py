"""Score a case with what the engine knows beside it. Enters: a case, an engine. Leaves: a `Score`."""

from __future__ import annotations

from tocsin.correlate.cases import Case
from tocsin.correlate.engine import Engine
from tocsin.correlate.score import Known, Score, score
from tocsin.detect.findings import in_order


def scored(case: Case, engine: Engine) -> Score:
    """Score a case; its members are put in order."""
    case.members.sort(key=in_order)
    seen = {rule: round(engine.seen(rule)) for rule in case.rules}
    own = {name: rule.count for name, rule in case.rules.items()}
    known = Known(seen, own, case.rarity or {}, case.ledger_us, engine.policy.raise_signatures)
    return score(case.members, known)
