"""Read the values of a care map from their text: durations, prefixes, ports, windows, hours, days.

Enters: the text as written. Leaves: a typed value. Raises `WrongValue`, which says how it must be written.
All scalars are texts here, so that `no` is never mistaken for false where a name is meant, nor `0123` for a number.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from tocsin.care.model import WEEK_HOURS, Ports, Window
from tocsin.care.prefixes import network, parsed
from tocsin.care.problems import WrongValue
from tocsin.i18n import N_
from tocsin.model import names

_UNITS = {"min": 1, "mn": 1, "m": 1, "h": 60, "d": 1440, "j": 1440, "w": 10_080, "sem": 10_080}
_DURATION = re.compile(r"(\d+(?:[.,]\d+)?)\s*(min|mn|m|h|d|j|w|sem)(?![a-z])\.?", re.IGNORECASE)
_SERIES = re.compile(r"^(.*?)(\d+)\.\.(\d+)$")
_PORTS = re.compile(r"^(?:(tcp|udp)/)?(\d{1,5})(?:-(\d{1,5}))?$", re.IGNORECASE)
_HOUR = r"(\d{1,2})[:h](\d\d)?"
_WINDOW = re.compile(rf"^([a-zé.]+)(?:\s*-\s*([a-zé.]+))?\s+{_HOUR}\s*-\s*{_HOUR}$", re.IGNORECASE)
_DAYS = {
    name: number
    for days in ("mon tue wed thu fri sat sun", "lun mar mer jeu ven sam dim")
    for number, name in enumerate(days.split())
}
_DAY_MIN = 1440
MAX_SERIES = 4096

_WORDS = {"yes": True, "oui": True, "true": True, "no": False, "non": False, "false": False}
_RULES = {"yes": "yes", "oui": "yes", "no": "no", "non": "no", "ask": "ask", "demander": "ask"}


def duration(text: str) -> int:
    """Give minutes: `45 min`, `4 h`, `1 h 30 min`, `2 d` (`2 j`)."""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip(" ,et"):
        hint = N_("Write a number and its unit: 45 min, 4 h, 1 h 30 min, 2 d.")
        raise WrongValue(N_("“{value}” is no duration"), hint, value=text)
    return round(sum(float(number.replace(",", ".")) * _UNITS[unit.lower()] for number, unit in parts))


def flag(text: str) -> bool:
    """Read yes or no."""
    word = _WORDS.get(text.lower())
    if word is None:
        raise WrongValue(N_("“{value}” is neither yes nor no"), "", value=text)
    return word


def isolation(text: str) -> str:
    """Read whether something may be isolated: yes, no or ask."""
    word = _RULES.get(text.lower())
    if word is None:
        raise WrongValue(N_("“{value}” is none of yes, no, ask"), "", value=text)
    return word


def count(text: str) -> int:
    """Read a whole number, 0 or more."""
    if not text.isdecimal() or len(text) > 9:
        raise WrongValue(N_("“{value}” is no whole number"), "", value=text)
    return int(text)


def day(text: str) -> str:
    """Read an ISO day."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongValue(N_("“{value}” is no day"), N_("Write it as 2026-11-24."), value=text) from None


def prefix(text: str) -> str:
    """Read a prefix (CIDR), written with its network address."""
    network(text)
    return text


def addresses(text: str) -> tuple[str, ...]:
    """Read an address, or a series of them by the last number: `10.20.1.11..50`."""
    parts = _SERIES.match(text) if ".." in text else None
    found = _series_of_addresses(*parts.groups()) if parts else (_address(text),)
    if not all(found):
        hint = N_("Write 10.20.1.11, or 10.20.1.11..50 for a series.")
        raise WrongValue(N_("“{value}” is no address"), hint, value=text)
    return found


def _address(text: str) -> str:
    return text if parsed(text)[0] == 4 else names.address(text)


def _series_of_addresses(start: str, first: str, last: str) -> tuple[str, ...]:
    if not 0 <= int(first) <= int(last) <= 255 or start.count(".") != 3:
        return ("",)
    return tuple(_address(f"{start}{number}") for number in range(int(first), int(last) + 1))


def series(text: str) -> tuple[str, ...]:
    """Give the names that a name stands for: `pc-01..12` is twelve names; any other name is itself."""
    parts = _SERIES.match(text) if ".." in text else None
    if parts is None:
        return (text,)
    start, first, last = parts.groups()
    span = int(last) - int(first)
    if not 0 <= span < MAX_SERIES:
        hint = N_("Write the first and the last number, at most {most} names: pc-01..12.")
        raise WrongValue(N_("“{value}” is no series of names"), hint, value=text, most=MAX_SERIES)
    return tuple(f"{start}{number:0{len(first)}d}" for number in range(int(first), int(last) + 1))


@lru_cache(maxsize=4096)
def ports(text: str) -> Ports:
    """Read `tcp/104`, `udp/161-162`, `443` (tcp), `icmp`, `tcp`, `any`."""
    word = text.lower()
    if word in {"any", "tcp", "udp", "icmp"}:
        return Ports(word)
    parts = _PORTS.match(word)
    if parts is not None:
        first, last = int(parts[2]), int(parts[3] or parts[2])
        if first <= last <= 65_535:
            return Ports(parts[1] or "tcp", first, last)
    raise WrongValue(N_("“{value}” is no port"), N_("Write tcp/104, udp/161-162, icmp or any."), value=text)


def windows(text: str) -> tuple[Window, ...]:
    """Read hours of the week in local time: `mon-fri 08:00-18:00`, `sat 22:00-06:00`."""
    parts = _WINDOW.match(text.strip())
    days = (_day_number(parts[1]), _day_number(parts[2] or parts[1])) if parts else (None, None)
    if parts is None or days[0] is None or days[1] is None:
        raise _no_window(text)
    start, end = (_minute(parts[3], parts[4], text), _minute(parts[5], parts[6], text))
    span = (days[1] - days[0]) % 7 + 1
    return tuple(one for step in range(span) for one in _one_window((days[0] + step) % 7, start, end))


def _day_number(name: str) -> int | None:
    return _DAYS.get(name.lower().rstrip(".")[:3])


def _minute(hour: str, minute: str | None, text: str) -> int:
    total = int(hour) * 60 + int(minute or 0)
    if total > _DAY_MIN or int(minute or 0) > 59:
        raise _no_window(text)
    return total


def _no_window(text: str) -> WrongValue:
    hint = N_("Write days and hours: mon-fri 08:00-18:00, or sun 02:00-05:00.")
    return WrongValue(N_("“{value}” are no hours of the week"), hint, value=text)


def _one_window(weekday: int, start: int, end: int) -> tuple[Window, ...]:
    """Give one night's or day's window; one that ends after Sunday's midnight goes on on Monday."""
    first = weekday * _DAY_MIN + start
    last = weekday * _DAY_MIN + end + (_DAY_MIN if end <= start else 0)
    week = WEEK_HOURS * 60
    return (Window(first, last),) if last <= week else (Window(first, week), Window(0, last - week))


def share(text: str) -> float:
    """Read a share from 0 to 1, or from 0 % to 100 %."""
    try:
        number = float(text.rstrip(" %").replace(",", ".")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise WrongValue(N_("“{value}” is no share between 0 and 1"), "", value=text)
    return number
