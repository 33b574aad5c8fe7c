"""The peer of the Sigma benchmark: every rule as SQL over events in one SQLite table, as Zircolite works.

Enters: compiled rules (for their files and log sources) and Windows events. Leaves: times, hits by rule, and the
rules that could not run. Needs pySigma's SQLite backend (LGPL-3.0; the `bench` extra; not part of the product).
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError

from tocsin.detect.sigma import Compiled, Rule
from tocsin.detect.sigma.sources import ROWS
from tocsin.detect.sigma.text import text_of
from tocsin.model import Event


class Compared(NamedTuple):
    """What the peer did."""

    cpu_s: float
    wall_s: float
    rules: int
    hits: Counter[str]
    refused: Counter[str]


def run(compiled: Compiled, events: list[Event]) -> Compared:
    """Flatten, insert and query; only that is timed."""
    refused: Counter[str] = Counter()
    queries = [(rule.id, query) for rule in compiled.rules if _windows(rule) for query in _sql(rule, refused)]
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    base = _filled(events)
    hits: Counter[str] = Counter()
    for rule, query in queries:
        try:
            count = len(base.execute(query).fetchall())
        except sqlite3.Error as error:
            refused[str(error).partition(":")[0]] += 1
            continue
        if count:
            hits[rule] += count
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return Compared(cpu_s, wall_s, len(queries), hits, refused)


def _windows(rule: Rule) -> bool:
    return rule.logsource.product == "windows" and rule.condition is not None


def _sql(rule: Rule, refused: Counter[str]) -> list[str]:
    """Convert a rule file, with the log source's channels and event ids before the condition."""
    try:
        queries = sqliteBackend().convert(SigmaCollection.from_yaml(Path(rule.path).read_text("utf-8")))
    except (SigmaError, NotImplementedError) as error:
        refused[type(error).__name__] += 1
        return []
    where = _source(rule)
    return [re.sub(r"^.*? WHERE ", f"SELECT rowid FROM logs WHERE ({where}) AND (", str(query), count=1) + ")"
            for query in queries]  # fmt: skip


def _source(rule: Rule) -> str:
    """Write the rule's log source as SQL."""
    options = []
    for row in ROWS:
        if rule.logsource.covers(row.logsource) and "windows.*" in row.sources:
            conditions = [f"{field} IN ({', '.join(map(_text, values))})" for field, values in row.when]
            options.append(" AND ".join(conditions) or "1")
    return " OR ".join(dict.fromkeys(options)) or "0"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _filled(events: list[Event]) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.create_function("REGEXP", 2, _regexp, deterministic=True)
    rows = [_flat(event) for event in events]
    columns = list({name.lower(): name for row in rows for name in row}.values())
    quoted = ", ".join(f'"{name}" TEXT COLLATE NOCASE' for name in columns)
    base.execute(f"CREATE TABLE logs ({quoted})")
    marks = ", ".join("?" * len(columns))
    base.executemany(f"INSERT INTO logs VALUES ({marks})", ([row.get(name) for name in columns] for row in rows))
    return base


def _flat(event: Event) -> dict[str, str]:
    flat: dict[str, str] = {}
    _flatten(event.native, "", flat)
    return flat


def _flatten(value: Any, name: str, flat: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else str(key), flat)
    elif value is not None:
        flat[name] = text_of(value)


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and re.search(pattern, value) is not None
