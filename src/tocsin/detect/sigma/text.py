"""The text of a JSON value: what every Sigma comparison works on.

Enters: any JSON value. Leaves: its text or texts. A string is itself, a boolean `true` or `false`, a number its
digits as Python and JSON write them, an object its compact JSON; a list gives the texts of its elements.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson


def text_of(value: object) -> str:
    """Give the text of one value that is neither null nor a list."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 4096 else hex(value)
    if isinstance(value, float):
        return repr(value)
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError):
        return str(value)


def texts_of(value: object) -> Iterator[str | None]:
    """Give the texts of a value: one, or one for each element of a list (lists in lists too). Null is None."""
    if isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    else:
        yield None if value is None else text_of(value)


def strings_in(record: dict[str, object]) -> list[str]:
    """Give every string value anywhere in a record."""
    strings: list[str] = []
    stack: list[object] = [record]
    while stack:
        item = stack.pop()
        values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else (item,)
        strings += [value for value in values if type(value) is str]
        stack += [value for value in values if type(value) is dict or type(value) is list]
    return strings
