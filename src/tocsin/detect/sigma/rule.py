"""The values that a Sigma rule becomes: tests on fields, joined by and, or, not; and what people read of it.

Enters: nothing. Leaves: `Rule` with its condition tree, `Correlation`, `Filter`, `Skipped`. All can be written as
msgpack, which is the compiled cache.
Source: https://sigmahq.io/sigma-specification/ (2.x).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tocsin.model import Level

Op = Literal[
    "eq",
    "contains",
    "startswith",
    "endswith",
    "glob",
    "any",
    "re",
    "cidr",
    "lt",
    "lte",
    "gt",
    "gte",
    "null",
    "absent",
    "ref",
]
Unit = Literal["", "minute", "hour", "day", "week", "month", "year"]


class Test(Struct, frozen=True, array_like=True, tag="t"):
    """One comparison of one field; an empty `field` means keywords: anywhere in the record.

    `value` is lower-cased unless `cased`, except: `re` the pattern as written, `glob` a Python regular expression
    for the whole text, `cidr` the network, `lt`… the number, `ref` the other field's name.
    `null` is true of what is missing or null, `absent` only of what is missing.
    `extra` holds the flags of `re` ("ims"), the longest literal of `glob`, the mode of `ref` (eq, contains,
    startswith, endswith). With a `unit`, that part of the field's time is compared, by `eq` or `lt`….
    """

    __test__ = False

    field: str
    op: Op
    value: str = ""
    cased: bool = False
    extra: str = ""
    unit: Unit = ""


class All(Struct, frozen=True, array_like=True, tag="a"):
    """True when every item is."""

    items: tuple[Node, ...]


class Some(Struct, frozen=True, array_like=True, tag="o"):
    """True when at least one item is."""

    items: tuple[Node, ...]


class Not(Struct, frozen=True, array_like=True, tag="n"):
    """True when the item is not."""

    item: Node


Node = Test | All | Some | Not


class Logsource(Struct, frozen=True, array_like=True):
    """Which log a rule is for; an empty part means any."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        parts = {"product": self.product, "category": self.category, "service": self.service}
        return " ".join(f"{key}={value}" for key, value in parts.items() if value)

    def covers(self, other: Logsource) -> bool:
        """Say whether every part that this one names is the same in the other."""
        return (
            self.product in {"", other.product}
            and self.category in {"", other.category}
            and self.service in {"", other.service}
        )


CorrelationType = Literal[
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_percentile",
    "value_median",
]
Comparison = Literal["lt", "lte", "gt", "gte", "eq", "neq"]


class Correlation(Struct, frozen=True, array_like=True):
    """What joins the hits of other rules: `rules` are ids or names, `timespan_us` microseconds.

    `aliases` is (alias, rule reference, field) triples. `expression`, for temporal kinds, is a tree whose tests
    carry a rule reference in `field`. No comparison means: as many as there are rules.
    """

    type: CorrelationType
    rules: tuple[str, ...]
    timespan_us: int
    group_by: tuple[str, ...] = ()
    comparisons: tuple[tuple[Comparison, float], ...] = ()
    fields: tuple[str, ...] = ()
    percentile: int = 50
    aliases: tuple[tuple[str, str, str], ...] = ()
    generate: bool = False
    expression: Node | None = None


class Rule(Struct, frozen=True, array_like=True):
    """One usable rule. A correlation rule has a `correlation` instead of a `condition`."""

    id: str
    title: str
    level: Level
    logsource: Logsource = Logsource()
    condition: Node | None = None
    correlation: Correlation | None = None
    name: str = ""
    description: str = ""
    status: str = ""
    author: str = ""
    license: str = ""
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    path: str = ""


class Filter(Struct, frozen=True, array_like=True):
    """A Sigma filter: a condition that the named rules (none named: all of its log source) must fulfil as well."""

    id: str
    logsource: Logsource
    rules: tuple[str, ...]
    condition: Node
    path: str = ""


class Skipped(Struct, frozen=True, array_like=True):
    """A rule or file that cannot be used, and why. `line` counts from 1; 0 when not known."""

    id: str
    reason: str
    path: str = ""
    line: int = 0


class Sheet(Struct, frozen=True, array_like=True):
    """Everything that one rule file holds."""

    rules: tuple[Rule, ...] = ()
    filters: tuple[Filter, ...] = ()
    skipped: tuple[Skipped, ...] = ()
