"""A vendor's leash: what of a maintenance session lies outside of what was agreed.

Enters: a session and what the care map allows its vendor, as plain values. Leaves: the ways in which it goes beyond.
Only what is declared binds: a leash without hours, targets, ports or a bastion does not limit these. Pure; time is the
site's own, so the caller gives its offset from UTC at that moment.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Breach = Literal["hours", "overrun", "target", "port", "way"]

MINUTE_US = 60_000_000
WEEK_MIN = 7 * 24 * 60
_EPOCH_MIN = 3 * 24 * 60
"""1970-01-01 was a Thursday: so many minutes after Monday 00:00."""
GRACE_MIN = 15
"""Clocks differ, and nobody hangs up on the minute."""


class Leash(NamedTuple):
    """What a vendor may do. `windows`: minutes of the week (0 = Monday 00:00, local), the end not included; `targets`:
    hosts and addresses in the spelling of `model.names`; `ports`: first and last; `via`: the bastion's names."""

    windows: tuple[tuple[int, int], ...] = ()
    targets: tuple[str, ...] = ()
    ports: tuple[tuple[int, int], ...] = ()
    via: tuple[str, ...] = ()


class Session(NamedTuple):
    """One session of a vendor: from where (`src`) to what (`dst`, all its names), from `time_us` to `last_us`."""

    time_us: int
    last_us: int
    src: frozenset[str]
    dst: frozenset[str]
    port: int = 0


def breaches(session: Session, leash: Leash, utc_offset_min: int) -> tuple[Breach, ...]:
    """Give the ways in which a session goes beyond its leash, in a fixed order; nothing for one that keeps to it."""
    found: list[Breach] = []
    if leash.windows:
        if not _open(session.time_us, leash, utc_offset_min):
            found.append("hours")
        elif not _open(session.last_us - GRACE_MIN * MINUTE_US, leash, utc_offset_min, session.time_us):
            found.append("overrun")
    if leash.targets and session.dst.isdisjoint(leash.targets):
        found.append("target")
    if leash.ports and session.port and not any(first <= session.port <= last for first, last in leash.ports):
        found.append("port")
    if leash.via and session.src.isdisjoint(leash.via):
        found.append("way")
    return tuple(found)


def minute_of_week(time_us: int, utc_offset_min: int) -> int:
    """Give the minute of the local week, 0 for Monday 00:00."""
    return (time_us // MINUTE_US + utc_offset_min + _EPOCH_MIN) % WEEK_MIN


def _open(time_us: int, leash: Leash, utc_offset_min: int, start_us: int | None = None) -> bool:
    """Say whether work is allowed at a time (a few minutes early is). With a start: whether it still is since then."""
    if start_us is not None and time_us <= start_us:
        return True
    minute = minute_of_week(time_us, utc_offset_min)
    early = GRACE_MIN if start_us is None else 0
    return any(
        first - early <= minute + shift < last for first, last in leash.windows for shift in (-WEEK_MIN, 0, WEEK_MIN)
    )
