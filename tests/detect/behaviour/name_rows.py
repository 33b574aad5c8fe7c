"""Rows for the stories of DNS and upload detectors; times are seconds after a Monday at midnight UTC."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from tests.detect.behaviour.account_rows import START_US
from tocsin.detect.behaviour.contract import Detector, Sign
from tocsin.detect.behaviour.facts import Flow, Query, Web
from tocsin.model import EventRef

HOUR, DAY = 3_600, 86_400
MB = 1_000_000
DESK = "10.1.0.9"
_numbers = count()


def at(second: float) -> int:
    """Give the time so many seconds after the start."""
    return START_US + round(second * 1e6)


def ref(second: float, source: str) -> EventRef:
    """Give a reference of its own."""
    number = next(_numbers)
    return EventRef(f"{number:012d}", source, at(second), "story", number)


def asked(
    second: float,
    name: str,
    src: str = DESK,
    qtype: str = "A",
    rcode: str = "NOERROR",
    answers: Sequence[str] = (),
) -> Query:
    """Make a question."""
    return Query(at(second), src, name, qtype, rcode, tuple(answers), ref(second, "zeek.dns"))


def flow(second: float, src: str, dst: str, sent: int = 600, got: int = 900, port: int = 443) -> Flow:
    """Make a connection."""
    return Flow(at(second), src, dst, port, "tcp", "ssl", sent, got, 1.0, "SF", ref(second, "zeek.conn"))


def web(second: float, src: str, dst: str, host: str) -> Web:
    """Make a handshake."""
    return Web(at(second), src, dst, 443, host, "", True, ref(second, "zeek.ssl"))


def drawn(seed: int, alphabet: str, length: int) -> str:
    """Draw a label."""
    return "".join(random.Random(seed).choices(alphabet, k=length))


HEX, BASE32, LETTERS = "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz234567", "abcdefghijklmnopqrstuvwxyz"


def tell(detector: Detector, rows: Iterable[Any], memory: Any = None, batch: int = 10_000) -> list[Sign]:
    """Give what a detector says of rows, batch after batch, kind after kind, and at the end."""
    memory = detector.memory() if memory is None else memory
    listed = list(rows)
    signs = []
    for begin in range(0, len(listed), batch):
        part = listed[begin : begin + batch]
        for kind in detector.NEEDS:
            signs += detector.watch(kind, [row for row in part if type(row).__name__ == kind], memory)
    return [*signs, *detector.finish(memory)]


def told(signs: Iterable[Sign]) -> list[tuple[Any, ...]]:
    """Give what a person reads of signs."""
    return [(s.time_us, s.last_us, round(s.decades, 9), s.message, sorted(s.facts.items()), s.entities) for s in signs]
