"""How many incidents a day a site can look at: a promise, kept by raising the bar, never by hiding what is sure.

Enters: how strong a case is, where and when. Leaves: whether it may ring now. What may not is shown as "below the
budget", and rings as soon as it is strong enough.

Yesterday's strongest places set today's bar: at it, the budget would just have been kept. Each ring raises the bar by
two decades shared by the budget, which fade with a half-life of six hours; one place rings once in six hours; and in
no 24 hours ring more than the budget.
Source: conformal prediction (Vovk, Gammerman, Shafer 2005) for the bar, a leaky bucket against its failing in time;
measured on AIT-ADS: at most twice the budget on any day.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque

from tocsin.correlate.policy import DAY_US, HOUR_US

HALF_LIFE_US = 6 * HOUR_US
APART_US = 6 * HOUR_US
STEP_DECADES = 2.0
MAX_PLACES = 20_000


class Budget:
    """The bar over which cases ring; `a_day` of 0 is no limit."""

    def __init__(self, a_day: float) -> None:
        self._a_day = a_day
        self._bucket, self._bucket_us = 0.0, 0
        self._day = -1
        self._yesterday: list[float] = []
        self._today: dict[str, float] = {}
        self._rang: OrderedDict[str, int] = OrderedDict()
        self._times: deque[int] = deque(maxlen=max(1, math.ceil(a_day)))

    def bar(self, time_us: int, enough: float) -> float:
        """Give the decades that a case needs now; `enough` is what it always needs."""
        if not self._a_day:
            return enough
        self._turn(time_us)
        rank = math.ceil(self._a_day)
        quantile = self._yesterday[rank - 1] if len(self._yesterday) >= rank else 0.0
        return max(enough, quantile) + self._level(time_us)

    def allows(self, place: str, decades: float, time_us: int, enough: float) -> bool:
        """Say whether a case may ring, and count it when it may."""
        if not self._a_day:
            return True
        bar = self.bar(time_us, enough)
        self._today[place] = max(decades, self._today.get(place, 0.0))
        last_us = self._rang.get(place)
        again = last_us is not None and 0 <= time_us - last_us < APART_US
        spent = len(self._times) == self._times.maxlen and time_us - self._times[0] < DAY_US
        if decades < bar or again or spent:
            return False
        self.rang(place, time_us)
        return True

    def rang(self, place: str, time_us: int) -> None:
        """Count a ring, also of what is sure and did not have to ask."""
        if not self._a_day:
            return
        self._times.append(time_us)
        self._bucket = self._level(time_us) + STEP_DECADES / self._a_day
        self._bucket_us = max(self._bucket_us, time_us)
        self._rang[place] = time_us
        self._rang.move_to_end(place)
        if len(self._rang) > MAX_PLACES:
            self._rang.popitem(last=False)

    def _level(self, time_us: int) -> float:
        return self._bucket * math.pow(0.5, max(0, time_us - self._bucket_us) / HALF_LIFE_US)

    def _turn(self, time_us: int) -> None:
        """Begin a new day: what was strongest yesterday sets the bar."""
        day = time_us // DAY_US
        if day > self._day:
            known = self._today if day == self._day + 1 else {}
            self._yesterday = sorted(known.values(), reverse=True)[: math.ceil(self._a_day)]
            self._today, self._day = {}, day
        elif len(self._today) > MAX_PLACES:
            self._today = dict(sorted(self._today.items(), key=lambda one: (-one[1], one[0]))[: MAX_PLACES // 2])
