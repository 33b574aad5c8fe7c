"""Read the times that people write after `--since` and `--until`, and the level after `--fail-on`.

Enters: text, and the present time for relative ones. Leaves: microseconds UTC; an urgency.
"""

from __future__ import annotations

import re

from tocsin.errors import ConfigError
from tocsin.i18n import N_, _
from tocsin.model import LEVELS
from tocsin.model.times import parse_time
from tocsin.report.words import URGENCY_FLOOR

_RELATIVE = re.compile(r"\s*(\d{1,6})\s*(s|min|m|h|d|j|w)\s*$", re.IGNORECASE)
_UNIT_S = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "j": 86_400, "w": 604_800}
_DAY_ONLY = re.compile(r"\s*\d{4}-\d\d-\d\d\s*$")
_ISO = re.compile(r"\s*\d{4}-\d\d-\d\d")
_DAY_US = 86_400_000_000

_HINT = N_("Write 2026-11-02, 2026-11-02T02:14:00Z (UTC where no zone is given), or 24h for the last 24 hours.")


def since(text: str | None, now_us: int) -> int | None:
    """Read the time after `--since`: ISO 8601, or relative to the present (`24h`, `7d`).

    Raises:
        ConfigError: it is no such time.
    """
    return None if text is None else _time(text, now_us, "--since")


def until(text: str | None, now_us: int) -> int | None:
    """Read the time after `--until`; a day alone means up to its end.

    Raises:
        ConfigError: it is no such time.
    """
    if text is None:
        return None
    time_us = _time(text, now_us, "--until")
    return time_us + _DAY_US - 1 if _DAY_ONLY.match(text) else time_us


def _time(text: str, now_us: int, option: str) -> int:
    relative = _RELATIVE.match(text)
    if relative:
        return now_us - int(relative[1]) * _UNIT_S[relative[2].lower()] * 1_000_000
    time_us = parse_time(text) if _ISO.match(text) else None
    if time_us is None:
        raise ConfigError(_("{option}: “{text}” is no time").format(option=option, text=text), _(_HINT))
    return time_us


def threshold(text: str | None) -> int | None:
    """Read the level (or the urgency of 0-100) after `--fail-on`.

    Raises:
        ConfigError: it is neither.
    """
    if text is None:
        return None
    level = next((level for level in LEVELS if level == text.lower()), None)
    if level is not None:
        return URGENCY_FLOOR[level]
    if text.isdecimal() and int(text) <= 100:
        return int(text)
    raise ConfigError(
        _("--fail-on: “{text}” is no level").format(text=text),
        _("Levels: {levels}; or an urgency of 0 to 100.").format(levels=", ".join(LEVELS)),
    )
