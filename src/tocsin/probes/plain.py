"""JSON objects of no product that we know: base events that keep every field.

Enters: a JSON object. Leaves: an event `json.record` whose native fields are the object as received.
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time

NAME = "plain"
LAYER: Layer = "other"
SOURCES = ("json", "text", "table")

_TIME_KEYS = (
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "eventTime",
    "event_time",
    "TimeCreated",
    "CreationTime",
    "datetime",
    "date",
    "created_at",
    "published",
    "EventTime",
    "_time",
)


def read(record: dict[str, Any]) -> Parsed:
    """Read any JSON object as a base event."""
    return Parsed("json.record", time_of(record), record)


def time_of(record: dict[str, Any]) -> int | None:
    """Give the record's time from the first usual key that holds one."""
    for key in _TIME_KEYS:
        time_us = parse_time(record.get(key))
        if time_us is not None:
            return time_us
    return None


def columns(event: Event) -> Columns:
    """Give the few columns that can be told without knowing the product."""
    message = event.native.get("message")
    return {"message": message} if isinstance(message, str) and message else {}
