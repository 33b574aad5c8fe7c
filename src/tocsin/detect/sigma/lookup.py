"""Find a value in an event's native fields by one of several names.

Enters: names (see `fields.names_of`) and a record. Leaves: the value, or None when no name is present.
For each name in turn: a key of just this name; a path of nested keys (split at the first dot, again and again;
lists give what their elements have); the same with letter case ignored. The first name that is present counts.
The work that depends only on the record's keys is done once for each set of keys (`Shape`).
"""

from __future__ import annotations

from typing import Any

from tocsin.detect.sigma.fields import part_of_url
from tocsin.detect.sigma.text import texts_of
from tocsin.model import Native

MISSING: Any = object()
"""No such key; null is another thing to the record (and the same to a rule)."""

Path = tuple[str, ...]
"""Steps: the first a key of the record as it is written there, the rest still to be found."""


def look_up(record: Native, names: tuple[str, ...]) -> Any:
    """Give the value of the first name that is present."""
    for name in names:
        value = _value(record, name)
        if value is not MISSING:
            return value
    return None


def _value(record: Native, name: str) -> Any:
    path, _, part = name.partition("#")
    value = dig(record, path)
    if not part or value is MISSING or value is None:
        return value
    return [part_of_url(text, part) for text in texts_of(value) if text is not None]


def dig(value: Any, path: str) -> Any:
    """Follow a dotted path: exact names first, then letter case ignored; at every level again."""
    if isinstance(value, list):
        found = [inner for item in value if (inner := dig(item, path)) is not MISSING]
        return found or MISSING
    if not isinstance(value, dict):
        return MISSING
    if path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    if dot and head in value and (inner := dig(value[head], rest)) is not MISSING:
        return inner
    return _dig_folded(value, path.lower(), head.lower(), rest)


def _dig_folded(record: Native, path: str, head: str, rest: str) -> Any:
    for key, inner in record.items():
        if key.lower() == path:
            return inner
    if rest:
        for key, inner in record.items():
            if key.lower() == head and (found := dig(inner, rest)) is not MISSING:
                return found
    return MISSING


def direct_key(keys: tuple[str, ...], names: tuple[str, ...]) -> str | None | bool:
    """Say what the keys alone tell: the key that holds the value, None when no name can be present, or True when
    the values must be looked at (nested paths, parts of URLs)."""
    folded: dict[str, str] = {}
    for key in keys:
        folded.setdefault(key.lower(), key)
    present = set(keys)
    for name in names:
        path, _, part = name.partition("#")
        whole = path if path in present else None
        head = path.partition(".")[0].lower()
        if whole is None and "." in path and head in folded:
            return True
        whole = whole or folded.get(path.lower())
        if whole is not None:
            return True if part else whole
    return None
