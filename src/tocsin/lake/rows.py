"""Events and rejects as rows, and rows as events again, the same to the last byte.

Enters: events, rejects. Leaves: Arrow tables that hold only the columns that occur; the reverse: `event_of`.
What does not fit a column's type goes to `ocsf_extra`: nothing is dropped, nothing raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa

from tocsin import probes
from tocsin.lake import table
from tocsin.lake.entities import entities_of
from tocsin.model import Columns, Event, Native, Origin, Reject
from tocsin.model.times import rfc3339

_DAY_US = 86_400_000_000
_MAX_INT = 1 << 63
_MAX_TIME_US = 1 << 62
MAX_DAYS = 16
"""Days of one batch that have a partition of their own: clocks that attackers set cannot litter the disk."""


def of_events(events: Sequence[Event], ingest_us: int) -> pa.Table:
    """Give the rows of events that arrived at `ingest_us` (microseconds since 1970 UTC)."""
    columns = [probes.columns(event) for event in events]
    entities = [entities_of(one) for one in columns]
    times = [_time_us(event, ingest_us) for event in events]
    extras: dict[int, Columns] = {}
    found: dict[str, pa.Array] = {
        "site": pa.array([_text(event.site) for event in events], pa.string()),
        "day": pa.array(_days(times), pa.string()),
        "time": pa.array(times, table.TIME),
        "ingest_time": pa.array([ingest_us] * len(events), table.TIME),
        "source": pa.array([_text(event.source) for event in events], pa.string()),
        "event_id": pa.array([event.id for event in events], pa.string()),
    }
    for name, values in _turned(columns).items():
        if name in table.OCSF:
            found[name] = _column(name, values, extras)
        else:
            _keep(name, values, extras)
    found |= _tail(events, entities, extras)
    return pa.table({name: found[name] for name in table.EVENTS.names if name in found})


def _turned(columns: Sequence[Columns]) -> dict[str, list[Any]]:
    """Give, for each column that occurs, the values of all events."""
    found: dict[str, list[Any]] = {}
    for rank, one in enumerate(columns):
        for name, value in one.items():
            values = found.get(name)
            if values is None:
                values = found[name] = [None] * len(columns)
            values[rank] = value
    return found


def _tail(events: Sequence[Event], entities: list[list[str]], extras: Mapping[int, Columns]) -> dict[str, pa.Array]:
    """Give the columns of where records stand and what they are."""
    raws = [_decoded(event.raw) for event in events]
    tail = {
        "untimed": pa.array([True if event.time_us is None else None for event in events], pa.bool_()),
        "origin": pa.array([_text(event.origin.name) for event in events], pa.string()),
        "origin_key": pa.array([event.origin.key.hex() for event in events], pa.string()),
        "offset": pa.array([event.offset for event in events], pa.int64()),
        "part": pa.array([event.part for event in events], pa.int32()),
        "entities": _texts(entities),
        "native": pa.array([_native(event) for event in events], pa.string()),
        "raw": pa.array([raw[0] for raw in raws], pa.string()),
    }
    if any(raw[1] is not None for raw in raws):
        tail["raw_bytes"] = pa.array([raw[1] for raw in raws], pa.binary())
    if extras:
        tail["ocsf_extra"] = pa.array([_json(extras.get(rank)) for rank in range(len(events))], pa.string())
    return tail


def _time_us(event: Event, ingest_us: int) -> int:
    """Give the event's time, or that of its arrival where it has none or one that no calendar holds."""
    time_us = event.time_us
    return time_us if time_us is not None and abs(time_us) < _MAX_TIME_US else ingest_us


def _days(times: Sequence[int]) -> list[str]:
    """Give the partition of each time."""
    numbers = [time_us // _DAY_US for time_us in times]
    known = sorted(set(numbers))
    if len(known) > MAX_DAYS:
        counts = dict.fromkeys(known, 0)
        for number in numbers:
            counts[number] += 1
        known = sorted(known, key=lambda number: (-counts[number], number))[:MAX_DAYS]
    names = {number: day_name(number) for number in known}
    return [names.get(number, table.MIXED) for number in numbers]


@lru_cache(maxsize=4096)
def day_name(number: int) -> str:
    """Give the partition of a day (counted since 1970): `2026-11-22`, or `mixed` where it has none."""
    if not table.MIN_DAY <= number <= table.MAX_DAY:
        return table.MIXED
    return (rfc3339(number * _DAY_US) or "")[:10]


def day_of(time_us: int) -> str:
    """Give the partition of a time (microseconds since 1970 UTC)."""
    return day_name(time_us // _DAY_US)


def _column(name: str, values: list[Any], extras: dict[int, Columns]) -> pa.Array:
    """Make a column; values of another type are converted where nothing is lost, else kept in the extras."""
    kind = table.OCSF[name]
    if kind is not table.TEXTS:
        try:
            return pa.array(values, kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError, TypeError):
            pass
    fitted = [_fitted(name, value) for value in values]
    _keep(name, [None if fit is not None else value for fit, value in zip(fitted, values, strict=True)], extras)
    return _texts(fitted) if kind is table.TEXTS else pa.array(fitted, kind)


def _texts(lists: list[Any]) -> pa.Array:
    """Make a column of lists of text, whatever the text."""
    try:
        return pa.array(lists, table.TEXTS)
    except UnicodeError:
        return pa.array([one and [_text(text) for text in one] for one in lists], table.TEXTS)


def _keep(name: str, values: list[Any], extras: dict[int, Columns]) -> None:
    for rank, value in enumerate(values):
        if value is not None:
            extras.setdefault(rank, {})[name] = value


def _fitted(name: str, value: Any) -> Any:
    """Give a value as its column's type holds it, None where that would lose something."""
    if value is None:
        return None
    if name in table.LISTS:
        return [_text(_plain(item)) for item in (value if isinstance(value, list) else [value])]
    if name in table.NUMBERS:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return int(value) if whole and abs(value) < _MAX_INT else None
    if name in table.FRACTIONS:
        return float(value) if isinstance(value, int | float) and abs(value) < 1e300 else None
    return None if isinstance(value, list | dict) else _text(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """Give text that UTF-8 can hold: half characters, which JSON can carry, become escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def _decoded(raw: bytes) -> tuple[str, bytes | None]:
    """Give the record as text, and its bytes where the text does not tell them."""
    try:
        return raw.decode(), None
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace"), raw


def _native(event: Event) -> str | None:
    """Write the vendor's fields as JSON; None where the record is just that."""
    text = _json(event.native)
    return None if text is not None and text.encode() == event.raw else text


def _json(value: object) -> str | None:
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits, half a character
        return json.dumps(value, default=str)


def _loaded(text: str) -> Native:
    try:
        value = orjson.loads(text)
        if not _imprecise(text):
            return value if isinstance(value, dict) else {}
    except ValueError:
        pass
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


def _imprecise(text: str) -> bool:
    """Say whether `json.dumps` wrote the text: it puts a blank behind each colon (and keeps huge integers)."""
    return '": ' in text


COLUMNS_OF_EVENT = (
    "source",
    "epoch_us(time)",
    "untimed",
    "native",
    "raw",
    "raw_bytes",
    "origin",
    "origin_key",
    '"offset"',
    "part",
    "site",
)
"""What a query selects to make events of rows again, in the order that `event_of` takes."""


def event_of(row: Sequence[Any]) -> Event:
    """Make the event of one row of `COLUMNS_OF_EVENT`."""
    source, time_us, untimed, native, raw, raw_bytes, origin, key, offset, part, site = row
    return Event(
        source=source,
        time_us=None if untimed else time_us,
        native=_loaded(native if native is not None else raw),
        raw=raw_bytes if raw_bytes is not None else raw.encode(),
        origin=Origin(origin, bytes.fromhex(key)),
        offset=offset,
        part=part,
        site=site,
    )


def of_rejects(rejects: Sequence[Reject], site: str, ingest_us: int) -> pa.Table:
    """Give the rows of rejects that arrived at `ingest_us`."""
    count = len(rejects)
    return pa.table(
        {
            "site": [_text(site)] * count,
            "day": [day_of(ingest_us)] * count,
            "ingest_time": pa.array([ingest_us] * count, table.TIME),
            "reject_id": [reject_id(one) for one in rejects],
            "origin": [_text(one.origin.name) for one in rejects],
            "origin_key": [one.origin.key.hex() for one in rejects],
            "offset": [one.offset for one in rejects],
            "part": pa.array([one.part for one in rejects], pa.int32()),
            "reason": [_text(one.reason) for one in rejects],
            "raw_bytes": pa.array([one.raw for one in rejects], pa.binary()),
        },
        schema=table.REJECTS,
    )


def reject_id(reject: Reject) -> str:
    """Give the stable id of a reject: that which its event would have had."""
    return Event("", None, {}, reject.raw, reject.origin, reject.offset, reject.part).id


def whole(found: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give a table with all columns of a schema, in its order: null where it had none."""
    arrays = [
        found.column(field.name) if field.name in found.column_names else pa.nulls(found.num_rows, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)
