"""When a Windows event happened: by Sysmon's own clock, by the event log's clock, and the difference of both.

Enters: a Windows event in its flat native form. Leaves: microseconds since 1970 UTC, or None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tocsin.model import Native
from tocsin.model.times import parse_time

_KEYS = ("TimeCreated", "EventTime", "@timestamp", "TimeGenerated", "timestamp", "time", "_time", "EventReceivedTime")
_QUARTER_US = 900_000_000
_ZONED = re.compile(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\s*$", re.IGNORECASE)
_NET_DATE = re.compile(r"/Date\((-?\d{1,17})\)/")


def utc_us(native: Native) -> int | None:
    """Give the time that Sysmon itself wrote (`UtcTime`)."""
    return text_us(native.get("UtcTime"))


def system_us(native: Native) -> int | None:
    """Give the time that the event log, or else the shipper, put on the event."""
    for key in _KEYS:
        value = native.get(key)
        if value is not None:
            time_us = text_us(value)
            if time_us is not None:
                return time_us - _zone_us(native, value) if key == "EventTime" else time_us
    return None


def _zone_us(native: Native, event_time: object) -> int:
    """Give the zone of NXLog's times, which it writes without one: local receipt against the next hop's UTC."""
    received = text_us(native.get("EventReceivedTime"))
    passed_on = text_us(native.get("@timestamp"))
    if received is None or passed_on is None or _ZONED.search(str(event_time)):
        return 0
    return round((received - passed_on) / _QUARTER_US) * _QUARTER_US


def text_us(value: object) -> int | None:
    """Read a time as `model.times.parse_time` does, quicker where events of one second follow each other."""
    if not isinstance(value, str) or len(value) < 19:
        return parse_time(value)
    second_us = _second_us(value[:19])
    if second_us is None:
        return _odd_us(value)
    if len(value) == 19:
        return second_us
    fraction = value[20:-1] if value[-1] == "Z" else value[20:]
    if value[19] == "." and fraction.isdecimal():
        return second_us + int(fraction[:6].ljust(6, "0"))
    return second_us if value[19:] == "Z" else parse_time(value)


@lru_cache(maxsize=4096)
def _second_us(text: str) -> int | None:
    return parse_time(text)


def _odd_us(text: str) -> int | None:
    """Read the `/Date(1609459200000)/` of .NET, or whatever else `parse_time` knows."""
    match = _NET_DATE.search(text)
    return int(match[1]) * 1000 if match else parse_time(text)
