"""What behaviour is learned from: a dozen kinds of facts, read from events of any product.

Enters: events. Leaves: rows (`Flow`, `Query`, `Logon`, …), small tuples that detectors watch. A worker reads them
next to the rules; they travel to the one process that holds the detectors' memory. The sources that are many a second
(Zeek, EVE flow, Windows, Sysmon) are read directly; all others through their OCSF columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from tocsin.detect.behaviour.facts import endpoint, medical, network, products, windows
from tocsin.detect.behaviour.facts.rows import (
    Autorun,
    Beat,
    Bound,
    Call,
    Change,
    Fact,
    FileOp,
    Flow,
    Logon,
    Medical,
    Process,
    Query,
    Remote,
    Tamper,
    Ticket,
    Touched,
    Web,
)
from tocsin.model import Columns, Event

__all__ = [
    "Autorun",
    "Beat",
    "Bound",
    "Call",
    "Change",
    "Fact",
    "FactsByKind",
    "FileOp",
    "Flow",
    "Logon",
    "Medical",
    "Process",
    "Query",
    "Remote",
    "Tamper",
    "Ticket",
    "Touched",
    "Web",
    "facts_of",
    "gather",
]

ColumnsOf = Callable[[Event], Columns]
FactsByKind = dict[str, list[Any]]
"""Kind (`Flow`, `Logon`, …) -> rows, in the order in which they were read."""

_NATIVE = {**network.READERS, **windows.READERS, **endpoint.READERS, **medical.READERS}
_BY_COLUMNS = {**products.READERS, **endpoint.PRODUCTS}


def facts_of(event: Event, columns_of: ColumnsOf) -> Iterator[Fact]:
    """Give the facts of one event; none when it has no time, or tells nothing that detectors watch."""
    if event.time_us is None:
        return
    native = _NATIVE.get(event.source)
    if native is not None:
        yield from native[0](event, event.time_us)
    elif event.source in _BY_COLUMNS:
        yield from _BY_COLUMNS[event.source][0](event, event.time_us, columns_of(event))


@lru_cache(maxsize=64)
def _sources(needs: frozenset[str]) -> frozenset[str]:
    """Give the sources whose events may give a needed kind: what no detector watches is not even read."""
    kinds = {source: one[1] for source, one in (*_NATIVE.items(), *_BY_COLUMNS.items())}
    return frozenset(source for source, given in kinds.items() if given & needs)


def gather(events: Iterable[Event], columns_of: ColumnsOf, needs: frozenset[str], into: FactsByKind) -> None:
    """Add the facts of the needed kinds to `into`, by kind."""
    sources = _sources(needs)
    if "Beat" in needs:
        events = list(events)
        into.setdefault("Beat", []).extend(endpoint.beats(events))
    for event in events:
        if event.source not in sources:
            continue
        for fact in facts_of(event, columns_of):
            kind = type(fact).__name__
            if kind in needs:
                into.setdefault(kind, []).append(fact)
