"""The columns of the lake's two tables, and the names and types that they have in Arrow and in SQL.

Enters: the OCSF columns of the model. Leaves: Arrow schemas. Column names are the dotted OCSF paths.

`time` is never null: a record that has no time of its own has that of its arrival, and `untimed` says so. `native`
holds the vendor's fields as JSON; it is null where `raw` is just that JSON. `raw_bytes` holds what `raw` cannot: a
record that is not UTF-8. `ocsf_extra` holds OCSF fields that have no column here, or a value of another type.
"""

from __future__ import annotations

import pyarrow as pa

from tocsin.model import COLUMNS

TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())

HEAD: dict[str, pa.DataType] = {
    "site": pa.string(),
    "day": pa.string(),
    "time": TIME,
    "ingest_time": TIME,
    "source": pa.string(),
    "event_id": pa.string(),
}
"""What every event has."""

HOT = (
    "class_uid",
    "src_endpoint.ip",
    "dst_endpoint.ip",
    "dst_endpoint.port",
    "device.hostname",
    "device.ip",
    "actor.user.name",
    "user.name",
    "process.name",
    "query.hostname",
    "api.operation",
)
"""OCSF columns that stand first: files say the least and greatest value of the first `INDEXED` columns only."""

INDEXED = len(HEAD) + len(HOT)

NUMBERS = frozenset(
    {
        "class_uid",
        "src_endpoint.port",
        "dst_endpoint.port",
        "file.size",
        "traffic.bytes_out",
        "traffic.bytes_in",
        "traffic.packets_out",
        "traffic.packets_in",
        "http_response.code",
    }
)
FRACTIONS = frozenset({"duration"})
LISTS = frozenset({"answers", "email.to", "finding.techniques", "medical.patients"})

TAIL: dict[str, pa.DataType] = {
    "untimed": pa.bool_(),
    "origin": pa.string(),
    "origin_key": pa.string(),
    "offset": pa.int64(),
    "part": pa.int32(),
    "entities": TEXTS,
    "ocsf_extra": pa.string(),
    "native": pa.string(),
    "raw": pa.string(),
    "raw_bytes": pa.binary(),
}
"""Where a record stands, who is in it, and the record itself."""


def _type(name: str) -> pa.DataType:
    if name in NUMBERS:
        return pa.int64()
    if name in FRACTIONS:
        return pa.float64()
    return TEXTS if name in LISTS else pa.string()


OCSF: dict[str, pa.DataType] = {name: _type(name) for name in (*HOT, *(name for name in COLUMNS if name not in HOT))}

EVENTS = pa.schema([*HEAD.items(), *OCSF.items(), *TAIL.items()])

REJECTS = pa.schema(
    [
        ("site", pa.string()),
        ("day", pa.string()),
        ("ingest_time", TIME),
        ("reject_id", pa.string()),
        ("origin", pa.string()),
        ("origin_key", pa.string()),
        ("offset", pa.int64()),
        ("part", pa.int32()),
        ("reason", pa.string()),
        ("raw_bytes", pa.binary()),
    ]
)

PARTITION = ["site", "day"]

MIXED = "mixed"
"""The day of rows whose day cannot be a partition: outside of the years that follow, or too many days at once."""

MIN_DAY, MAX_DAY = 0, 47_846
"""Days since 1970 that have a partition: to the end of 2100."""
