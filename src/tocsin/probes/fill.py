"""Fill OCSF columns from native fields: look up, clean, leave out what is empty.

Enters: a native record and a table column -> native paths. Leaves: columns. Used by the probes' `columns()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from tocsin.model import Columns, Native

_EMPTY = frozenset({"", "-", "(empty)", "null", "none", "n/a", "unknown", "undefined", "%%1793"})
_NUMBERS = frozenset(
    {
        "class_uid",
        "src_endpoint.port",
        "dst_endpoint.port",
        "traffic.bytes_out",
        "traffic.bytes_in",
        "traffic.packets_out",
        "traffic.packets_in",
        "http_response.code",
        "file.size",
    }
)

Table = Mapping[str, str | tuple[str, ...]]
"""Column -> native path, or several of which the first that holds something counts."""


Plan = tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]], ...]
"""A table made ready: column -> (whole path, its first step, the further steps)."""


@lru_cache(maxsize=1024)
def _plan(rows: tuple[tuple[str, str | tuple[str, ...]], ...]) -> Plan:
    """Make a table ready, once."""
    return tuple((column, _split(paths)) for column, paths in rows)


def _split(paths: str | tuple[str, ...]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    listed = (paths,) if isinstance(paths, str) else paths
    return tuple((path, path.partition(".")[0], tuple(path.split(".")[1:])) for path in listed)


def fill(native: Native, table: Table) -> Columns:
    """Give the columns that the table finds in a record."""
    columns: Columns = {}
    get = native.get
    for column, paths in _plan(tuple(table.items())):
        for path, head, steps in paths:
            found = get(path)
            if found is None and steps and (outer := get(head)) is not None:
                found = _walk(outer, steps)
            value = clean(column, found) if found is not None else None
            if value is not None:
                columns[column] = value
                break
    return columns


def _walk(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if type(value) is list:
            value = value[0] if value else None
        if type(value) is not dict:
            return None
        value = value.get(step)
    return value


def look_up(native: Native, path: str) -> Any:
    """Give the value at a path: the literal key first (`id.orig_h`), then step by step into objects and lists."""
    if path in native:
        return native[path]
    if "." not in path:
        return None
    head, _, rest = path.partition(".")
    return _walk(native.get(head), tuple(rest.split(".")))


def clean(column: str, value: object) -> str | int | float | bool | list[str] | None:
    """Give a value as its column wants it, or None when there is nothing in it."""
    if isinstance(value, list):
        texts = [text for item in value if (text := text_of(item)) is not None]
        if column in {"answers", "finding.techniques", "email.to"}:
            return texts or None
        return texts[0] if texts else None
    if column in _NUMBERS:
        return whole(value)
    if column == "duration":
        return real(value)
    text = text_of(value)
    if text is not None and column.endswith(".ip"):
        return address(text)
    return text


def text_of(value: object) -> str | None:
    """Give a scalar as stripped text; None for nothing, objects, and the marks that products use for nothing."""
    if value is None or isinstance(value, dict | list):
        return None
    text = value.strip() if isinstance(value, str) else str(value)
    return None if text.lower() in _EMPTY else text


def whole(value: object) -> int | None:
    """Give an integer from a number or its text (also `0x1f`), else None."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(value, 0) if isinstance(value, str) and value.lower().startswith("0x") else int(float(str(value)))
    except (ValueError, OverflowError):
        return None


def real(value: object) -> float | None:
    """Give a number, else None."""
    try:
        return float(str(value))
    except ValueError:
        return None


def address(text: str) -> str:
    """Write an address plainly: no brackets or zone, IPv4-mapped IPv6 as IPv4, lower case."""
    plain = text.strip("[] ").partition("%")[0].lower()
    if plain.startswith("::ffff:") and "." in plain:
        return plain[7:]
    if plain.count(":") == 7:  # eight groups written out, as Suricata 5 does: the short form is the name we join on
        with suppress(ValueError):
            return ip_address(plain).compressed
    return plain


def first(values: Iterable[object]) -> str | None:
    """Give the first value that holds something, as text."""
    return next((text for value in values if (text := text_of(value)) is not None), None)
