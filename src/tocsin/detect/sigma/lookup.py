"""Find a value in an event's native fields by one of several names.

Enters: names (see `fields.names_of`) and a record. Leaves: the value (null is None), or `MISSING`.
For each name in turn: as it is written; then with letter case ignored; then with the blanks in the record's keys
ignored as well (`ThreatName` for `Threat Name`, as the specification writes field names). Each time: a key of just
this name; else, split at the first dot, a key of the first part with the rest inside it, and so on; lists give what
their elements have. The first name that is present counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from tocsin.detect.sigma.fields import part_of_url
from tocsin.detect.sigma.text import texts_of
from tocsin.model import Native

MISSING: Any = object()
"""No such field: another thing than null, for `exists`."""

Fold = Callable[[str], str]
_MAX_KEYS = 100
"""Records with more keys are searched, not remembered."""


def _as_written(key: str) -> str:
    return key


def _without_blanks(key: str) -> str:
    return key.replace(" ", "").lower()


_FOLDS: tuple[tuple[Fold, Fold], ...] = (
    (_as_written, _as_written),
    (str.lower, str.lower),
    (_without_blanks, str.lower),
)
"""How the record's keys and the rule's name are written for comparison, strictest first."""


def look_up(record: Native, names: tuple[str, ...]) -> Any:
    """Give the value of the first name that is present, or `MISSING`."""
    for name in names:
        value = _value(record, name)
        if value is not MISSING:
            return value
    return MISSING


def _value(record: Native, name: str) -> Any:
    path, _, part = name.partition("#")
    return derived(dig(record, path), part)


def derived(value: Any, part: str) -> Any:
    """Give the part of a URL that a name asks for, or the value itself."""
    if not part or value is MISSING or value is None:
        return value
    if isinstance(value, str):
        return part_of_url(value, part)
    return [part_of_url(text, part) for text in texts_of(value) if text is not None]


def dig(record: Native, path: str) -> Any:
    """Follow a dotted path by the strictest way of writing that finds something."""
    for fold_key, fold_name in _FOLDS:
        value = _walk(record, fold_name(path), fold_key)
        if value is not MISSING:
            return value
    return MISSING


def _walk(value: Any, path: str, fold: Fold) -> Any:
    if isinstance(value, list):
        found = [inner for item in value if (inner := _walk(item, path, fold)) is not MISSING]
        return found or MISSING
    if not isinstance(value, dict):
        return MISSING
    key = _key(value, path, fold)
    if key is not None:
        return value[key]
    head, dot, rest = path.partition(".")
    if not dot:
        return MISSING
    key = _key(value, head, fold)
    return MISSING if key is None else _walk(value[key], rest, fold)


def _key(record: Native, name: str, fold: Fold) -> str | None:
    if fold is _as_written:
        return name if name in record else None
    return _folded(tuple(record), fold).get(name) if len(record) <= _MAX_KEYS else _searched(record, name, fold)


@lru_cache(maxsize=4096)
def _folded(keys: tuple[str, ...], fold: Fold) -> dict[str, str]:
    """Give the first key of each folded name: records repeat few sets of keys."""
    found: dict[str, str] = {}
    for key in keys:
        found.setdefault(fold(key), key)
    return found


def _searched(record: Native, name: str, fold: Fold) -> str | None:
    return next((key for key in record if fold(key) == name), None)


def direct_key(keys: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, str] | bool:
    """Say what the keys alone tell: the key that holds the value and the part of it that is meant; False when no name
    can be present; True when the values must be looked at (nested paths)."""
    record = dict.fromkeys(keys)
    for name in names:
        path, _, part = name.partition("#")
        for fold_key, fold_name in _FOLDS:
            key = _key(record, fold_name(path), fold_key)
            if key is not None:
                return key, part
            if "." in path and _key(record, fold_name(path.partition(".")[0]), fold_key) is not None:
                return True
    return False
