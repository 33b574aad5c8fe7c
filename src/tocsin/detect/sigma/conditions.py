"""Turn pySigma's detections and conditions into our tree of tests.

Enters: pySigma objects (pySigma parses the condition grammar and applies the modifiers). Leaves: `Node`.
Raises `ValueError` with a reason for what cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, cast

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.modifiers import SigmaCaseSensitiveModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from tocsin.detect.sigma.rule import All, Node, Not, Op, Some, Test, Unit
from tocsin.detect.sigma.text import text_of

_MANY = SpecialChars.WILDCARD_MULTI


def tree_of(detections: SigmaDetections) -> Node:
    """Give the tree of a rule's detections; several conditions are alternatives."""
    parsed = [condition.parse(postprocess=False) for condition in detections.parsed_condition]
    return join(Some, [_condition(cast(ConditionItem, item), detections) for item in parsed])


def join(kind: type[All] | type[Some], items: Sequence[Node]) -> Node:
    """Join items, without a needless level."""
    return items[0] if len(items) == 1 else kind(tuple(items))


def _condition(item: object, detections: SigmaDetections) -> Node:
    if isinstance(item, ConditionIdentifier):
        return _named(item.identifier, detections)
    if isinstance(item, ConditionSelector):
        names = [found.identifier for found in item.resolve_referenced_detections(detections)]
        if not names:
            raise ValueError(f"'{item.args[0]} of {item.pattern}' names no selection")
        kind = All if item.cond_class is ConditionAND else Some
        return join(kind, [_named(name, detections) for name in names])
    if isinstance(item, ConditionNOT):
        return Not(_condition(item.args[0], detections))
    if isinstance(item, ConditionAND | ConditionOR):
        kind = All if isinstance(item, ConditionAND) else Some
        return join(kind, [_condition(arg, detections) for arg in item.args])
    raise ValueError(f"condition part {type(item).__name__} is not known")


def _named(name: str, detections: SigmaDetections) -> Node:
    if name not in detections.detections:
        raise ValueError(f"the condition names '{name}', which is not defined")
    return _detection(detections.detections[name])


def _detection(detection: SigmaDetection) -> Node:
    kind = All if detection.item_linking is ConditionAND else Some
    items = [
        _item(item) if isinstance(item, SigmaDetectionItem) else _detection(item) for item in detection.detection_items
    ]
    return join(kind, items)


def _item(item: SigmaDetectionItem) -> Node:
    field = item.field or ""
    cased = SigmaCaseSensitiveModifier in item.modifiers
    kind = All if item.value_linking is ConditionAND else Some
    values = [_value(field, value, cased) for value in item.value] or [_null(field)]
    node = join(kind, values)
    return Not(node) if item.negated else node


def _null(field: str) -> Node:
    if not field:
        raise ValueError("null needs a field")
    return Test(field, "null")


def _value(field: str, value: SigmaType, cased: bool) -> Node:
    if isinstance(value, SigmaExpansion):
        return join(Some, [_value(field, inner, cased) for inner in value.values])
    if isinstance(value, SigmaString):
        return string_test(field, value, cased or isinstance(value, SigmaCasedString))
    if isinstance(value, SigmaTimestampPart):
        return Test(field, "eq", text_of(value.number), unit=_unit(value))
    if isinstance(value, SigmaNumber):
        return Test(field, "eq" if field else "contains", text_of(value.number))
    if isinstance(value, SigmaBool):
        return Test(field, "eq" if field else "contains", text_of(value.boolean))
    if isinstance(value, SigmaRegularExpression):
        return _regex(field, value)
    return _other(field, value, cased)


def _other(field: str, value: SigmaType, cased: bool) -> Node:
    if not field:
        raise ValueError(f"{type(value).__name__} needs a field")
    if isinstance(value, SigmaNull):
        return Test(field, "null")
    if isinstance(value, SigmaExists):
        return Not(Test(field, "absent")) if value.exists else Test(field, "absent")
    if isinstance(value, SigmaCIDRExpression):
        return Test(field, "cidr", value.cidr)
    if isinstance(value, SigmaCompareExpression):
        return _compare(field, value)
    if isinstance(value, SigmaFieldReference):
        mode = {(True, True): "contains", (True, False): "startswith", (False, True): "endswith"}
        return Test(field, "ref", value.field, cased, mode.get((value.starts_with, value.ends_with), "eq"))
    raise ValueError(f"value of kind {type(value).__name__} is not known")


def _compare(field: str, value: SigmaCompareExpression) -> Node:
    op = cast(Literal["lt", "lte", "gt", "gte", "neq"], value.op.name.lower())
    unit = _unit(value.number) if isinstance(value.number, SigmaTimestampPart) else ""
    number = text_of(value.number.number)
    if op == "neq":
        return Not(Test(field, "eq", number, unit=unit))
    return Test(field, op, number, unit=unit)


def _unit(value: SigmaTimestampPart) -> Unit:
    return cast(Unit, value.timestamp_part.name.lower())


def _regex(field: str, value: SigmaRegularExpression) -> Node:
    if value.regexp.contains_placeholder():
        raise ValueError(_no_value(value.regexp))
    flags = "".join(sorted(flag.name[0].lower() if flag.name != "DOTALL" else "s" for flag in value.flags))
    pattern = str(value.regexp)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"regular expression {pattern!r} is not valid: {error}") from error
    return Test(field, "re", pattern, True, flags)


def _no_value(value: SigmaString) -> str:
    names = sorted(part.name for part in value.s if isinstance(part, Placeholder))
    return f"placeholder %{names[0]}% has no value"


def string_test(field: str, value: SigmaString, cased: bool) -> Test:
    """Give the test for a text with wildcards: the cheapest operation that says the same."""
    if value.contains_placeholder():
        raise ValueError(_no_value(value))
    parts = [part if cased or not isinstance(part, str) else part.lower() for part in _merged(value)]
    if not field:
        parts = [_MANY, *parts, _MANY]
    while len(parts) > 1 and parts[0] is _MANY and parts[1] is _MANY:
        del parts[0]
    while len(parts) > 1 and parts[-1] is _MANY and parts[-2] is _MANY:
        del parts[-1]
    return _cheapest(field, parts, cased)


def _merged(value: SigmaString) -> list[str | SpecialChars]:
    parts: list[str | SpecialChars] = []
    for part in value.s:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif isinstance(part, str | SpecialChars):
            parts.append(part)
    return parts


def _cheapest(field: str, parts: list[str | SpecialChars], cased: bool) -> Test:
    if parts == [_MANY]:
        return Test(field, "any")
    literals = [part for part in parts if isinstance(part, str)]
    shape = "".join("L" if isinstance(part, str) else "*" if part is _MANY else "?" for part in parts)
    plain: dict[str, Op] = {"": "eq", "L": "eq", "L*": "startswith", "*L": "endswith", "*L*": "contains"}
    if shape in plain:
        return Test(field, plain[shape], literals[0] if literals else "", cased)
    pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" if part is _MANY else "." for part in parts)
    return Test(field, "glob", pattern, cased, max(literals, key=len, default=""))
