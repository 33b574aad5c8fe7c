"""Run all detectors over facts and turn their signs into findings.

Enters: facts by kind, batch after batch. Leaves: findings. Holds all detectors' memories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from tocsin.detect.behaviour.contract import Detector, Informed, Sign, Surroundings
from tocsin.detect.behaviour.facts import FactsByKind
from tocsin.model import MAX_REFS, Finding, Level

SURE: Level = "critical"
_LEVELS: tuple[tuple[float, Level], ...] = ((3.0, "high"), (1.0, "medium"), (0.0, "low"))


class Watcher:
    """Feeds every detector the facts it needs."""

    def __init__(self, detectors: Iterable[Detector], site: str = "", surroundings: Surroundings | None = None) -> None:
        self._site = site
        self._watching = [(detector, detector.memory()) for detector in detectors]
        for detector, memory in self._watching:
            if surroundings is not None and isinstance(detector, Informed):
                detector.know(memory, surroundings)

    @property
    def needs(self) -> frozenset[str]:
        """Give the kinds of facts that some detector watches."""
        return frozenset(kind for detector, _ in self._watching for kind in detector.NEEDS)

    def watch(self, facts: FactsByKind) -> Iterator[Finding]:
        """Give what is unusual in a batch of facts."""
        for detector, memory in self._watching:
            for kind in detector.NEEDS:
                rows: list[Any] = facts.get(kind, [])
                if rows:
                    for sign in detector.watch(kind, rows, memory):
                        yield self._finding(detector, sign)

    def finish(self) -> Iterator[Finding]:
        """Give what can be told only at the end."""
        for detector, memory in self._watching:
            for sign in detector.finish(memory):
                yield self._finding(detector, sign)

    def _finding(self, detector: Detector, sign: Sign) -> Finding:
        name = f"behaviour.{detector.NAME}"
        source = sign.events[0].source if sign.events else name
        first = sign.events[0].id if sign.events else str(sign.time_us)
        key = "\0".join((name, sign.message, first, *(entity.name for entity in sign.entities)))
        return Finding(
            id=blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
            site=self._site,
            detector=name,
            title=_filled(sign),
            layer=detector.LAYER,
            source=source,
            time_us=sign.time_us,
            last_us=sign.last_us,
            count=sign.times,
            weight=round(max(0.0, sign.decades), 3),
            level=SURE if sign.sure else _level(sign.decades),
            techniques=sign.techniques,
            entities=sign.entities,
            events=sign.events[:MAX_REFS],
            facts={**sign.facts, "message": sign.message},
        )


def _filled(sign: Sign) -> str:
    try:
        return sign.message.format(**sign.facts)
    except (KeyError, IndexError, ValueError):
        return sign.message


def _level(decades: float) -> Level:
    return next((level for floor, level in _LEVELS if decades >= floor), "informational")
