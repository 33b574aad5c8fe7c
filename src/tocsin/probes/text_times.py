"""Times as text products write them with month names: CEF, LEEF, access logs.

Enters: text. Leaves: microseconds since 1970 UTC, or None.
"""

from __future__ import annotations

import re
from datetime import date

from tocsin.model.times import parse_time

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_FIRST = re.compile(
    r"(?:[A-Za-z]{3},? )?([A-Za-z]{3})[a-z]* +(\d\d?),? (\d{4})[ ,]+(\d\d?:\d\d:\d\d(?:[.,]\d{1,9})?)(?: +(\S.*))?$"
)
_DAY_FIRST = re.compile(r"(\d\d?)[ /]([A-Za-z]{3})[a-z]*[ /](\d{4})[ :](\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?: +(\S.*))?$")
_TIME_LAST = re.compile(r"(?:[A-Za-z]{3},? )?([A-Za-z]{3}) +(\d\d?) (\d\d:\d\d:\d\d)(?: ([A-Z]{3,4}))? (\d{4})$")
_ZONE = re.compile(r"Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d")


def cef_time(text: str, zone: str = "") -> int | None:
    """Read an epoch, ISO 8601, or `Feb 28 2021 18:20:54[.123] [zone]`; `zone` counts where the text has none.

    Zones other than UTC, GMT and offsets are not known here: such a time is taken as UTC.
    """
    text = text.strip()
    known = parse_time(text)
    if known is not None:
        return known
    found = _MONTH_FIRST.match(text)
    if found is not None:
        month, day, year, clock, own_zone = found.groups()
        return _compose(year, month, day, clock, own_zone or zone)
    found = _DAY_FIRST.match(text)
    if found is not None:
        day, month, year, clock, own_zone = found.groups()
        return _compose(year, month, day, clock, own_zone or zone)
    found = _TIME_LAST.match(text)
    if found is not None:
        month, day, clock, own_zone, year = found.groups()
        return _compose(year, month, day, clock, own_zone or zone)
    return None


def us_date(text: str) -> int | None:
    """Read `9/16/19 10:00` (month first, as PAN-OS writes it after a spreadsheet had it)."""
    found = re.fullmatch(r"(\d\d?)/(\d\d?)/(\d\d|\d{4}) (\d\d?):(\d\d)(?::(\d\d))?", text.strip())
    if found is None:
        return None
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        days = date(year + 2000 if year < 100 else year, month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    return (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000


def _compose(year: str, month: str, day: str, clock: str, zone: str) -> int | None:
    name = month.lower()[:3]
    if name not in _MONTHS:
        return None
    usable = zone if _ZONE.fullmatch(zone) else ""
    return parse_time(f"{year}-{_MONTHS.index(name) + 1:02d}-{int(day):02d} {clock} {usable}".strip())
