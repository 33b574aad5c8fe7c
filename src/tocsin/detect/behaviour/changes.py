"""How rare a change is: of a thing that keeps something (a name its address, a receiver its senders) by hours seen.

Enters: hours in which a thing was seen, changes it made before, and the same of all things here. Leaves: decades.
Source: BEHAVIOUR.md section 6, Novelty, with changes instead of keys: p = (changes + 5 p_site) / (hours + 5), p_site =
(all changes + 1/2) / (all hours + 1); decades = min(4, -log10 p) - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

from tocsin.detect.behaviour.actors import HOUR_US
from tocsin.detect.behaviour.memory.novelty import CAP_DECADES, PRIOR

_DAY = 24


@dataclass
class Hours:
    """In how many clock hours something was seen, and when last. A flood within an hour is one."""

    seen: int = 0
    last_us: int = 0

    def note(self, time_us: int) -> bool:
        """Count a moment; say whether it begins another hour. A little back in time changes nothing; more than a day
        back, the clock that was ahead is no longer believed."""
        away = time_us // HOUR_US - self.last_us // HOUR_US
        fresh = self.seen == 0 or away > 0 or away < -_DAY
        if fresh:
            self.seen, self.last_us = self.seen + 1, time_us
        self.last_us = max(self.last_us, time_us)
        return fresh


@dataclass
class Site:
    """How often such things change here at all."""

    hours: int = 0
    changes: int = 0


def rarity(changes: int, hours: int, site: Site) -> float:
    """Give the decades of one more change. From -1 to 3."""
    p_site = (site.changes + 0.5) / (site.hours + 1.0)
    p = (changes + PRIOR * p_site) / (hours + PRIOR)
    return min(CAP_DECADES, -log10(p)) - 1.0
