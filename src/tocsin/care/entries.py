"""What a care map's files say, value by value, before names are looked up.

Enters: nothing. Leaves: `Entry` (one thing of one section), `Part` (an edge inside it), `Word` (a name and its place).
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

from tocsin.care.model import Provenance
from tocsin.care.nodes import Node, place
from tocsin.care.problems import Place

Spot = tuple[str, Node]
"""A file and a node of it: a place that is worked out only when somebody asks."""


class Word(NamedTuple):
    """A name of another thing, and where it is written."""

    text: str
    spot: Spot

    @property
    def place(self) -> Place:
        """Where it is written."""
        return place(*self.spot)


class Part(Struct):
    """One need or component of an entry."""

    name: str
    spot: Spot
    values: dict[str, object]
    origin: Provenance


Value = object
"""A typed value as `values.py` gives it, a `Word`, a list of `Word`, or a list of `Part`."""


class Entry(Struct):
    """One thing of one section."""

    section: str
    name: str
    spot: Spot
    values: dict[str, Value]
    origin: Provenance
    spots: dict[str, Spot] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it begins."""
        return place(*self.spot)

    def place_of(self, key: str) -> Place:
        """Where a key's value is written; where the entry begins when it has none."""
        return place(*self.spots.get(key, self.spot))

    def words(self, key: str) -> list[Word]:
        """Give the names that a key holds."""
        value = self.values.get(key)
        if isinstance(value, Word):
            return [value]
        return [one for one in value if isinstance(one, Word)] if isinstance(value, list) else []

    def parts(self, key: str) -> list[Part]:
        """Give the needs or components that a key holds."""
        value = self.values.get(key)
        return [one for one in value if isinstance(one, Part)] if isinstance(value, list) else []

    def text(self, key: str) -> str:
        """Give a key's text, empty when it has none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def minutes(self, key: str) -> int | None:
        """Give a key's number, None when it has none."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def many(self, key: str) -> tuple[str, ...]:
        """Give a key's texts."""
        value = self.values.get(key)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def yes(self, key: str, default: bool = False) -> bool:
        """Give a key's flag."""
        value = self.values.get(key)
        return value if isinstance(value, bool) else default


class Written(NamedTuple):
    """What the files of one site say."""

    site: Entry | None
    entries: list[Entry]
    flows: list[Entry]
