"""Turn pySigma's correlation rule into our `Correlation`.

Enters: the mapping of a correlation document. Leaves: `Correlation`. Raises pySigma's errors or `ValueError`.
"""

from __future__ import annotations

from typing import Any, cast

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionItem,
    CorrelationConditionNOT,
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from tocsin.detect.sigma.rule import All, Comparison, Correlation, CorrelationType, Node, Not, Some, Test


def correlation_of(document: dict[str, Any]) -> Correlation:
    """Give the correlation of one document."""
    wanted = {"title": "correlation", "correlation": document["correlation"]}
    rule = SigmaCorrelationRule.from_dict(wanted)
    condition = rule.condition
    simple = condition if isinstance(condition, SigmaCorrelationCondition) else None
    extended = condition if isinstance(condition, SigmaExtendedCorrelationCondition) else None
    rules = tuple(reference.reference for reference in rule.rules or ())
    if extended and not rules:
        rules = tuple(dict.fromkeys(extended.get_referenced_rules()))
    if not rules:
        raise ValueError("the correlation names no rule")
    return Correlation(
        type=cast(CorrelationType, rule.type.name.lower()),
        rules=rules,
        timespan_us=int(rule.timespan.seconds) * 1_000_000,
        group_by=tuple(rule.group_by or ()),
        comparison=cast(Comparison, simple.op.name.lower()) if simple else "gte",
        count=float(simple.count) if simple else 1.0,
        fields=_fields(simple),
        percentile=simple.percentile if simple and simple.percentile is not None else 50,
        aliases=_aliases(rule),
        generate=bool(rule.generate),
        expression=_expression(extended.parsed) if extended else None,
    )


def _fields(condition: SigmaCorrelationCondition | None) -> tuple[str, ...]:
    found = condition.fieldref if condition else None
    return (found,) if isinstance(found, str) else tuple(found or ())


def _aliases(rule: SigmaCorrelationRule) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (alias.alias, reference.reference, field)
        for alias in rule.aliases.aliases.values()
        for reference, field in alias.mapping.items()
    )


def _expression(item: CorrelationConditionItem | SigmaRuleReference) -> Node:
    if isinstance(item, SigmaRuleReference):
        return Test(item.reference, "any")
    parts = tuple(_expression(arg) for arg in item.args)
    if isinstance(item, CorrelationConditionNOT):
        return Not(parts[0])
    return All(parts) if isinstance(item, CorrelationConditionAND) else Some(parts)
