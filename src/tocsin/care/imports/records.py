"""Records of the JSON that other cartographies give, read without trust in their types.

Enters: parsed JSON. Leaves: texts, numbers, ids. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tocsin.model import names

Record = dict[str, Any]
_APART = re.compile(r"[\s,;]+")
MAX_DEPTH = 4


def records(value: object, depth: int = 0) -> Iterator[Record]:
    """Give the records of an answer: a list, one record, or either under `data` or `results`."""
    if isinstance(value, list):
        for one in value:
            yield from records(one, depth + 1) if depth < MAX_DEPTH else ()
    elif isinstance(value, dict):
        inside = next((value[key] for key in ("results", "data") if isinstance(value.get(key), list | dict)), None)
        if inside is None:
            yield value
        elif depth < MAX_DEPTH:
            yield from records(inside, depth + 1)


def text(record: Record, *keys: str) -> str:
    """Give the first of some keys that holds a text or a number, on one line."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split())
    return ""


def inner(record: Record, *keys: str) -> str:
    """Give the name of a nested record: `{"name": …}`, `{"display": …}`, `{"value": …}`."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, dict):
            return text(value, "name", "slug", "display", "label", "value")
        if isinstance(value, str):
            return value
    return ""


def number(record: Record, key: str) -> int:
    """Give a key's whole number, 0 when it has none."""
    value = record.get(key)
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def ids(record: Record, *keys: str) -> list[int]:
    """Give the ids of related records: `[1, 2]`, or `[{"id": 1}, …]`."""
    found: list[int] = []
    for key in keys:
        value = record.get(key)
        for one in value if isinstance(value, list) else []:
            identifier = one.get("id") if isinstance(one, dict) else one
            if isinstance(identifier, int) and identifier not in found:
                found.append(identifier)
    return found


def addresses(written: str) -> list[str]:
    """Give the addresses in a text: apart by commas, semicolons or spaces, with or without a prefix length."""
    found = (names.address(part.partition("/")[0]) for part in _APART.split(written) if part)
    return list(dict.fromkeys(one for one in found if one))


def minutes(value: int) -> str:
    """Write minutes as a duration of the map."""
    return f"{value} min"
