"""Zeek logs, all streams, from the JSON writer and (by `formats/zeek_tsv.py`) from the TSV writer.

Enters: a Zeek JSON object: as Zeek writes it, with `id_orig_h` for `id.orig_h`, with nested `id`, behind the
stream's name as only key (the Kafka writer), or with a shipper's `@timestamp` beside the fields. Leaves: events
`zeek.<stream>` whose native fields have Zeek's dotted names. The stream is `_path` or told from the fields.
Source: https://docs.zeek.org/en/current/script-reference/log-files.html
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import zeek_columns
from tocsin.probes.zeek_streams import dotted, stream_of

NAME = "zeek"
LAYER: Layer = "network"
SOURCES = ("zeek",)

_PATH = re.compile(r"[A-Za-z0-9_]{1,48}")


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object is a Zeek record: `_path` with a time, or a known set of fields."""
    if "ts" in record or "@timestamp" in record:
        return isinstance(record.get("_path"), str) or _stream(record) != ""
    return len(record) == 1 and _tagged(record) is not None


def read(record: dict[str, Any]) -> Parsed:
    """Read one object of Zeek's JSON writer."""
    inner = _tagged(record)
    path, fields = inner if inner is not None else (record.get("_path"), record)
    path = path if isinstance(path, str) and _PATH.fullmatch(path) else _stream(fields) or "unknown"
    native = _native(fields)
    ts = native.get("ts")
    return Parsed(f"zeek.{path}", parse_time(native.get("@timestamp") if ts is None else ts), native)


def _tagged(record: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Open `{"conn": {…}}`; None when the object is not of that shape."""
    if len(record) != 1:
        return None
    ((path, fields),) = record.items()
    if isinstance(fields, dict) and "ts" in fields and _stream(fields):
        return path, fields
    return None


def _stream(record: dict[str, Any]) -> str:
    keys = tuple(record)
    if isinstance(record.get("id"), dict) or isinstance(record.get("certificate"), dict):
        keys = tuple(_flat(record))
    return stream_of(keys)


def _native(record: dict[str, Any]) -> Native:
    """Give the fields under Zeek's names; the record itself where they already are."""
    if isinstance(record.get("id"), dict) or isinstance(record.get("certificate"), dict):
        return _flat(record)
    keys = tuple(record)
    names = dotted(keys)
    return record if names == keys else dict(zip(names, record.values(), strict=True))


def _flat(record: dict[str, Any]) -> Native:
    """Write nested records with dots, one level deep, as Zeek itself does."""
    flat: Native = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            flat[key] = value
    return flat


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a Zeek event."""
    return zeek_columns.columns(event.source.partition(".")[2], event.native)
