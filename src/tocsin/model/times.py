"""Read the times that products write, as microseconds since 1970-01-01 UTC.

Enters: text or a number. Leaves: an integer, or None when it is no time. Never raises.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_ISO = re.compile(
    r"\s*(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[T ,_]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?\s*$",
    re.IGNORECASE,
)
_MAX_US = 253_402_300_799_000_000  # year 9999
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def parse_time(value: object) -> int | None:
    """Read ISO 8601 (also with a space or slashes), or epoch seconds, milli-, micro- or nanoseconds.

    A text without a zone is taken as UTC. Numbers are told apart by their size.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return parse_epoch(value)


def parse_epoch(value: float) -> int | None:
    """Read an epoch in seconds, milliseconds, microseconds or nanoseconds, told apart by its size."""
    size = abs(value)
    if not size < 4e18:  # also catches NaN
        return None
    if size < 1e11:
        return round(value * 1_000_000)
    if size < 1e14:
        return round(value * 1000)
    if size < 1e17:
        return round(value)
    return round(value / 1000)


def _parse_text(text: str) -> int | None:
    match = _ISO.match(text)
    if match is None:
        return _parse_number(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = _days(int(year), int(month), int(day))
    if days is None:
        return None
    seconds = days * 86_400 + int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return (seconds - _zone_s(zone)) * 1_000_000 + micros


def _parse_number(text: str) -> int | None:
    try:
        return parse_epoch(float(text))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _days(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _zone_s(zone: str | None) -> int:
    if not zone or zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    size = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return size if zone[0] == "+" else -size


def rfc3339(time_us: int | None) -> str | None:
    """Write a time as RFC 3339 in UTC with microseconds when there are any; None stays None."""
    if time_us is None or not -62_135_596_800_000_000 <= time_us <= _MAX_US:
        return None
    seconds, micros = divmod(time_us, 1_000_000)
    days, clock = divmod(seconds, 86_400)
    stamp = f"{date.fromordinal(_EPOCH_DAY + days)}T{clock // 3600:02d}:{clock % 3600 // 60:02d}:{clock % 60:02d}"
    return f"{stamp}.{micros:06d}Z" if micros else f"{stamp}Z"
