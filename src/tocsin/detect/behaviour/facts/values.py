"""Read untidy values of events as the types of rows. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tocsin.detect.behaviour.facts.rows import Fact
from tocsin.model import Columns, Event

Reader = Callable[[Event, int], Iterator[Fact]]
"""Reads facts from an event and its time, of the fields as received."""

ByColumns = Callable[[Event, int, Columns], Iterator[Fact]]
"""Reads facts from an event, its time and its OCSF columns."""

WHAT_CHARS = 2000
"""Kept of what was touched: a server's service names are some thirty, the one that matters may be the last."""


def number(value: object) -> int:
    try:
        return int(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0


def seconds(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0


def text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
