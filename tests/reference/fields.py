"""Find a field of an event by the name that a rule gives it, and the text form of its values.

Enters: native fields (nested JSON or flat) and a name. Leaves: whether the field is there, and its values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson


def values_of(native: dict[str, Any], name: str) -> tuple[bool, list[Any]]:
    """Give (is the field there, its values): the exact name first, else without regard to case, else to blanks.

    A list counts as its elements, however deep; null is a value. Blanks: "use them as they appear in the log source
    and strip all spaces" (Threat Name is ThreatName in rules).
    """
    for same in (_exactly, _without_case, _without_blanks):
        found = list(_walk(native, name, same))
        if found:
            return True, [leaf for value in found for leaf in _leaves(value)]
    return False, []


def _exactly(key: str, name: str) -> bool:
    return key == name


def _without_case(key: str, name: str) -> bool:
    return key.lower() == name.lower()


def _without_blanks(key: str, name: str) -> bool:
    return key.replace(" ", "").lower() == name.lower()


def _walk(value: object, name: str, same: Callable[[str, str], bool]) -> Iterator[object]:
    """Give what stands at a dotted path: a key that holds the dots itself comes first, lists are entered."""
    if isinstance(value, list):
        for element in value:
            yield from _walk(element, name, same)
    if not isinstance(value, dict):
        return
    whole = [value[key] for key in value if same(key, name)]
    if whole:
        yield whole[0]
        return
    first, dot, rest = name.partition(".")
    if dot:
        inner = [value[key] for key in value if same(key, first)]
        for part in inner[:1]:
            yield from _walk(part, rest, same)


def _leaves(value: object) -> list[object]:
    if isinstance(value, list):
        return [leaf for element in value for leaf in _leaves(element)]
    return [value]


def text_of(value: object) -> str | None:
    """Give a value's text form; that of an object is its JSON; null has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return str(value) if isinstance(value, int | float) else None


def all_texts(value: object) -> Iterator[str]:
    """Give every text anywhere inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for element in value:
            yield from all_texts(element)
    elif isinstance(value, dict):
        for element in value.values():
            yield from all_texts(element)
