"""What SQL can say of a Sigma rule: a condition that every event on which the rule holds fulfils.

Enters: a rule's condition tree, its log source, the sources that there are. Leaves: a `Condition` that lets too much
pass, never too little; the engine decides the rest.

Texts are sought in the vendor's fields as JSON, in runs (see runs.py). Tests that no text decides narrow nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.detect.sigma.rule import Logsource, Node, Not, Some, Test
from tocsin.detect.sigma.sources import rows_of
from tocsin.lake.asking import EVERYTHING, Condition
from tocsin.lake.runs import NATIVE, run_of

RAW = "lower(raw)"
_BY_TEXT = frozenset({"eq", "contains", "startswith", "endswith", "glob"})


def sources_of(logsource: Logsource, known: Iterable[str]) -> list[str]:
    """Give those of the known sources whose events a rule of this log source may match."""
    return sorted(source for source in known if any(logsource.covers(row.logsource) for row in rows_of(source)))


def narrowed(node: Node) -> Condition:
    """Give a condition that is true wherever the tree is."""
    if isinstance(node, Test):
        return _test(node)
    if isinstance(node, Not):
        return EVERYTHING
    parts = [narrowed(item) for item in node.items]
    if isinstance(node, Some):
        return EVERYTHING if EVERYTHING in parts or not parts else _joined(parts, " OR ")
    wanted = [part for part in parts if part != EVERYTHING]
    return _joined(wanted, " AND ") if wanted else EVERYTHING


def _joined(parts: list[Condition], by: str) -> Condition:
    parts = list(dict.fromkeys(parts))
    if len(parts) == 1:
        return parts[0]
    parameters = tuple(one for part in parts for one in part.parameters)
    return Condition("(" + by.join(part.sql for part in parts) + ")", parameters)


def _test(test: Test) -> Condition:
    if test.op not in _BY_TEXT or test.unit:
        return EVERYTHING
    found = run_of(test.extra if test.op == "glob" else test.value)
    if not found:
        return EVERYTHING
    if test.field:
        return Condition(f"contains({NATIVE}, ?)", (found,))
    return Condition(f"(contains({NATIVE}, ?) OR contains({RAW}, ?))", (found, found))
