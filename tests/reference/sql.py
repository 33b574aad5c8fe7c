"""A second oracle: rules as SQL (pySigma's SQLite backend) on events flattened to one table, as Zircolite does it.

Enters: YAML rules and events. Leaves: for each rule the events that its query selects. Differs from Zircolite where
that tool loses matches: a column that no event has exists all the same (null), NOT of a null is true.
Source: pySigma-backend-sqlite; log sources come from `logsource`, since the backend has none.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from typing import Any

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError

from tests.reference import logsource, naming, sigma
from tests.reference.fields import all_texts, text_of
from tocsin.model import Event

EVERYTHING = "everything"
Answers = dict[str, set[int]]


def columns_of(event: Event) -> dict[str, str]:
    """Flatten an event: dotted names in lower case, with and without blanks; values as text, of a list the first."""
    flat: dict[str, str] = {}
    _flatten(event.native, "", flat)
    folded = {name.replace(" ", "").lower(): text for name, text in flat.items()}
    raw = event.raw.decode("utf-8", "replace")
    whole = {EVERYTHING: "\n".join([*all_texts(event.native), raw])}
    return folded | {name.lower(): text for name, text in flat.items()} | whole


def _flatten(value: Any, name: str, flat: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else key, flat)
    elif isinstance(value, list):
        for inner in reversed(value):
            _flatten(inner, name, flat)
    elif (text := text_of(value)) is not None:
        flat[name] = text


class Table:
    """The events of one set of labels, as Zircolite's table: text columns without regard to (ASCII) case."""

    def __init__(self, indexes: list[int], events: list[Event], category: str | None) -> None:
        self.base = sqlite3.connect(":memory:")
        self.base.create_function("REGEXP", 2, _regexp, deterministic=True)
        self.events = [events[index] for index in indexes]
        self.rows = [columns_of(event) for event in self.events]
        self.indexes = indexes
        self.category = category
        self.columns: dict[str, str] = {}

    def select(self, query: str, fields: list[str]) -> set[int]:
        """Give the events that a query selects; columns that are missing are added as null first."""
        missing = {name.lower(): name for name in fields if name.lower() not in self.columns}
        if missing or not self.columns:
            self._build(self.columns | missing | {EVERYTHING: EVERYTHING})
        return {self.indexes[row - 1] for (row,) in self.base.execute(query)}

    def _build(self, columns: dict[str, str]) -> None:
        self.columns = columns
        names = ", ".join(f"{_quoted(name)} TEXT COLLATE NOCASE" for name in columns)
        self.base.execute("DROP TABLE IF EXISTS logs")
        self.base.execute(f"CREATE TABLE logs ({names})")
        marks = ", ".join("?" * len(columns))
        rows = ([self._cell(at, name) for name in columns.values()] for at in range(len(self.rows)))
        self.base.executemany(f"INSERT INTO logs VALUES ({marks})", rows)

    def _cell(self, at: int, field: str) -> str | None:
        row, event = self.rows[at], self.events[at]
        found = (row[name.lower()] for name in naming.names(event, self.category, field) if name.lower() in row)
        cell = next(found, None)
        if cell is None and (part := naming.derived(event, field)) and part[0] in row:
            return naming.part_of(row[part[0]], part[1])
        return cell


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and re.search(pattern, value) is not None


class Peer:
    """Every rule as SQL over the events, one table for each set of labels."""

    def __init__(self, texts: list[str], events: list[Event]) -> None:
        self.rules, _ = sigma.read(texts)
        self.texts = texts
        self.events = events
        self.groups: dict[logsource.Labels, list[int]] = defaultdict(list)
        for index, event in enumerate(events):
            self.groups[logsource.labels(event)].append(index)
        self.tables: dict[tuple[object, ...], Table] = {}
        self.refused: dict[str, str] = {}

    def dropped(self) -> set[str]:
        """Give the rules that name a column which no event has: plain Zircolite loses them."""
        known = {name for event in self.events for name in columns_of(event)}
        return {rule.id for rule in self.rules if {name.lower() for name in rule.fields} - known}

    def answers(self) -> Answers:
        """Give for each rule id the events that it matches."""
        sources = {rule.id: rule.logsource for rule in self.rules}
        fields = {rule.id: rule.fields for rule in self.rules}
        found: Answers = {}
        for text in self.texts:
            for rule_id, query in self._queries(text):
                found[rule_id] = self._selected(rule_id, query, fields[rule_id], sources[rule_id])
        return found

    def _queries(self, text: str) -> list[tuple[str, str]]:
        backend = sqliteBackend(fulltext_field=EVERYTHING)
        try:
            collection = SigmaCollection.from_yaml(text)
            queries = backend.convert(collection)
        except (SigmaError, NotImplementedError) as error:
            self.refused[text.partition("\n")[0]] = str(error)
            return []
        identity = str(collection.rules[0].id)
        return [(identity, str(query).replace("SELECT *", "SELECT rowid", 1)) for query in queries]

    def _selected(self, rule_id: str, query: str, fields: list[str], wanted: logsource.Wanted) -> set[int]:
        selected: set[int] = set()
        for labels, indexes in self.groups.items():
            if not logsource.satisfies(self.events[indexes[0]], wanted):
                continue
            key = (labels, wanted.category)
            if key not in self.tables:
                self.tables[key] = Table(indexes, self.events, wanted.category)
            selected |= self.tables[key].select(query, fields)
        return selected
