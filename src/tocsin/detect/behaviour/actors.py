"""What the detectors of accounts share: entities, one order of rows, tables of limited size, small references.

Enters: texts and rows as facts carry them. Leaves: entities, rows in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

from tocsin.model import MAX_REFS, Entity, EventRef
from tocsin.model import names as spell

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

Row = TypeVar("Row", bound=tuple[Any, ...])
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

DAY_ROWS = 10
"""Rows that make a day one of history: a few with a wrong clock do not."""
_DAYS_KEPT = 400

Ref = tuple[str, str, int | None, str, int]
"""An `EventRef` as a plain tuple, which any snapshot can hold."""

LAST_REFS = 5
"""Of many events the first and these last ones are told."""


@dataclass
class Days:
    """How many days of history there are: distinct days with enough rows, whatever single clocks say."""

    rows: dict[int, int] = field(default_factory=dict)
    full: int = 0

    def note(self, time_us: int) -> None:
        """Count a row."""
        day = time_us // DAY_US
        count = touch(self.rows, day, lambda: 0, _DAYS_KEPT) + 1
        self.rows[day] = count
        self.full += count == DAY_ROWS


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Give rows by time; those of the same microsecond by their content, so that their order changes nothing."""
    if all(one[0] < other[0] for one, other in pairwise(rows)):
        return list(rows)
    at = rows[0]._fields.index("event")  # type: ignore[attr-defined]
    return sorted(rows, key=lambda row: (*row[:at], *row[at + 1 :], row[at].id))


def touch(table: dict[Key, Value], key: Key, make: Callable[[], Value], limit: int) -> Value:
    """Give the value of a key, newly made where it is not known; of too many keys the longest unused goes."""
    value = table.pop(key, None)
    if value is None:
        value = make()
        if len(table) >= limit:
            del table[next(iter(table))]
    table[key] = value
    return value


def machine(name: str, role: str) -> Entity | None:
    """Give the host or address that a text names, or None."""
    address = spell.address(name)
    if address:
        return Entity("address", address, role) if spell.routable(address) else None
    host = spell.host(name)
    return Entity("host", host, role) if host else None


def person(name: str, role: str) -> Entity | None:
    """Give the account that a text names, or None."""
    plain = spell.account(name)
    return Entity("identity", plain, role) if plain else None


def known(*entities: Entity | None) -> tuple[Entity, ...]:
    """Give those that are there, each thing once."""
    found: dict[tuple[str, str], Entity] = {}
    for entity in entities:
        if entity is not None:
            found.setdefault((entity.kind, entity.name), entity)
    return tuple(found.values())


def packed(event: EventRef) -> Ref:
    """Give an event reference as a plain tuple."""
    return (event.id, event.source, event.time_us, event.file, event.offset)


def unpacked(refs: Iterable[Ref]) -> tuple[EventRef, ...]:
    """Give the first and the last references, at most as many as a finding holds."""
    listed = list(dict.fromkeys(refs))
    if len(listed) > MAX_REFS:
        listed = [*listed[: MAX_REFS - LAST_REFS], *listed[-LAST_REFS:]]
    return tuple(EventRef(*ref) for ref in listed)


def network(text: str) -> str:
    """Give the network that an address belongs to as far as it can be told without a table: /24, or /48 of IPv6."""
    address = spell.address(text)
    if ":" in address:
        groups = address.split(":")
        return ":".join(groups[:3]) + "::/48" if "" not in groups[:3] else address
    return address.rpartition(".")[0] + ".0/24" if address else spell.host(text)


_VERSION = re.compile(r"[\d._]+")
_CLIENT_CHARS = 200


def client(agent: str) -> str:
    """Give a client's name without the numbers of its version, which change each month."""
    return _VERSION.sub("#", agent[:_CLIENT_CHARS]).strip()


def span(length_us: int) -> str:
    """Write a length of time: `40 s`, `5 min`, `3 h`, `2 d`."""
    seconds = max(0, length_us) // 1_000_000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
