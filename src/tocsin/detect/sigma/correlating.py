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

_COMPARISONS = ("lt", "lte", "gt", "gte", "eq", "neq")


def correlation_of(document: dict[str, Any]) -> Correlation:
    """Give the correlation of one document."""
    body = document["correlation"]
    if not isinstance(body, dict):
        raise ValueError("correlation is no mapping")
    condition = body.get("condition")
    comparisons = _comparisons(condition) if isinstance(condition, dict) else ()
    if isinstance(condition, dict) and len(comparisons) > 1:  # pySigma wants one; the specification allows a range
        rest = {key: value for key, value in condition.items() if key not in _COMPARISONS}
        body = {**body, "condition": {comparisons[0][0]: comparisons[0][1], **rest}}
    rule = SigmaCorrelationRule.from_dict({"title": "correlation", "correlation": body})
    simple = rule.condition if isinstance(rule.condition, SigmaCorrelationCondition) else None
    extended = rule.condition if isinstance(rule.condition, SigmaExtendedCorrelationCondition) else None
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
        comparisons=comparisons,
        fields=_fields(simple),
        percentile=simple.percentile if simple and simple.percentile is not None else 50,
        aliases=_aliases(rule),
        generate=bool(rule.generate),
        expression=_expression(extended.parsed) if extended else None,
    )


def _comparisons(condition: dict[Any, Any]) -> tuple[tuple[Comparison, float], ...]:
    return tuple((cast(Comparison, key), float(value)) for key, value in condition.items() if key in _COMPARISONS)


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
