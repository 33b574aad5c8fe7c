"""The one place that asks the system for the time; deciding code takes time from events."""

from __future__ import annotations

import time


def now_us() -> int:
    """Return the wall clock, in microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


def elapsed_s() -> float:
    """Return a monotonic reading in seconds, for durations only."""
    return time.perf_counter()
