"""The days and stretches of a simulation: local time, week-ends, the load of services.

Enters: the first day, a time zone. Leaves: `Stretch`es that life is generated in, each on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tocsin.care.model import Service
from tocsin.simulate.people import free

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


class Stretch(Struct, frozen=True):
    """A stretch of a day: `number` counts from the start of the simulation, `hour` is the local hour at its begin."""

    number: int
    begin_us: int
    end_us: int
    day: date
    midnight_us: int
    """The day's local midnight."""
    hour: float
    free: bool
    """A week-end or holiday."""

    @property
    def hours(self) -> float:
        """Its length."""
        return (self.end_us - self.begin_us) / HOUR_US

    @property
    def hour_of_week(self) -> int:
        """0 is Monday, midnight; a holiday counts as a Sunday."""
        weekday = 6 if self.free and self.day.weekday() < 5 else self.day.weekday()
        return weekday * 24 + int(self.hour) % 24

    @property
    def office(self) -> float:
        """How much of an office day's activity there is."""
        return 0.04 if self.free else _OFFICE[int(self.hour) % 24]

    def load(self, service: Service | None) -> float:
        """Give the share of a service's activity, by its own profile or by the usual day of a hospital."""
        if service is not None and service.load:
            return service.load_at(self.hour_of_week)
        share = _WARD[int(self.hour) % 24]
        return share * 0.7 if self.free else share

    def at(self, minute: float) -> int:
        """Give the moment of a minute of this day."""
        return self.midnight_us + int(minute * MINUTE_US)

    def holds(self, us: int) -> bool:
        """Say whether a moment is within."""
        return self.begin_us <= us < self.end_us


_OFFICE = (
    0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.03, 0.15, 0.6, 1.0, 1.0, 0.95, 0.45, 0.6, 1.0, 1.0, 0.9, 0.6, 0.2, 0.08, 0.05,
    0.04, 0.02, 0.01,
)  # fmt: skip
_WARD = (
    0.2, 0.18, 0.15, 0.15, 0.15, 0.2, 0.35, 0.7, 0.9, 1.0, 1.0, 0.95, 0.8, 0.8, 0.95, 0.95, 0.9, 0.85, 0.8, 0.7, 0.55,
    0.45, 0.3, 0.25,
)  # fmt: skip


def midnight(day: date, zone: ZoneInfo) -> int:
    """Give the moment of a day's local midnight, in microseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp()) * 1_000_000


def stretches(first: date, days: int, zone: ZoneInfo, minutes: int) -> Iterator[Stretch]:
    """Give the stretches of some days, each of `minutes` (a divisor of an hour), whole days of local time."""
    number = 0
    for day in (first + timedelta(days=rank) for rank in range(days)):
        begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        for at in range(begin, end, minutes * MINUTE_US):
            local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(zone)
            until = min(end, at + minutes * MINUTE_US)
            yield Stretch(number, at, until, day, begin, local.hour + local.minute / 60, free(day))
            number += 1
