"""Rows for the stories of network detectors, made short; times are seconds after a Monday at midnight UTC."""

from __future__ import annotations

from itertools import count

from tests.detect.behaviour.account_rows import START_US
from tocsin.detect.behaviour.facts import Flow, Web
from tocsin.model import EventRef

HOUR, DAY = 3_600, 86_400
DESK, STRANGER = "10.1.0.9", "198.51.100.66"
_numbers = count()


def at(second: float) -> int:
    """Give the time so many seconds after the start."""
    return START_US + round(second * 1e6)


def ref(second: float, source: str) -> EventRef:
    """Give a reference of its own."""
    number = next(_numbers)
    return EventRef(f"{number:012d}", source, at(second), "story", number)


def flow(
    second: float,
    src: str = DESK,
    dst: str = STRANGER,
    port: int = 443,
    proto: str = "tcp",
    service: str = "ssl",
    sent: int = 600,
    got: int = 900,
    duration: float = 1.0,
    state: str = "SF",
) -> Flow:
    """Make a connection."""
    event = ref(second, "zeek.conn")
    return Flow(at(second), src, dst, port, proto, service, sent, got, duration, state, event)


def web(
    second: float,
    host: str,
    src: str = DESK,
    dst: str = STRANGER,
    port: int = 443,
    agent: str = "t13d1516h2_8daaf6152771_02713d6af862",
    tls: bool = True,
) -> Web:
    """Make a request or handshake."""
    return Web(at(second), src, dst, port, host, agent, tls, ref(second, "zeek.ssl" if tls else "zeek.http"))


def site(machines: int = 20, seconds: int = HOUR, start: float = 0.0) -> list[Flow]:
    """Give machines that each go twice to a place that all of them use, so that the site is known."""
    return [
        flow(start + n + turn * seconds / 2, f"10.1.1.{n}", "192.0.2.10", sent=400 + n * turn)
        for turn in range(2)
        for n in range(machines)
    ]
