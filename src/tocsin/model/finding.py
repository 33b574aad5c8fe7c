"""Entity and Finding: what is unusual or bad, about whom, with which evidence (OCSF 2004)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

EntityKind = Literal["host", "identity", "address", "domain", "file", "cloud"]
Layer = Literal["network", "endpoint", "identity", "cloud", "other"]
Level = Literal["informational", "low", "medium", "high", "critical"]

LEVELS: tuple[Level, ...] = ("informational", "low", "medium", "high", "critical")

LEVEL_WEIGHT: dict[str, float] = {
    "informational": 0.0,
    "low": 0.5,
    "medium": 1.0,
    "high": 2.0,
    "critical": 4.0,
}
"""Evidence of a rule by its level, in decades (BEHAVIOUR.md: critical 4, high 2, medium 1)."""


class Entity(Struct, frozen=True, order=True, gc=False):
    """A thing that findings are about. `name` is canonical: lower case, no trailing dot."""

    kind: EntityKind
    name: str
    role: str = ""


class EventRef(Struct, frozen=True, gc=False):
    """A pointer to one event: enough to find its raw bytes again."""

    id: str
    source: str
    time_us: int | None
    file: str
    offset: int


class RuleRef(Struct, frozen=True, gc=False):
    """The rule behind a finding, with its author and licence as its licence asks."""

    id: str
    title: str
    level: Level
    author: str = ""
    license: str = ""


class Finding(Struct, frozen=True, gc=False):
    """One unusual or bad thing, seen `count` times between `time_us` and `last_us` (an episode).

    `weight` is evidence in decades (-log10 p), `facts` the few words and numbers that one sentence needs,
    `events` the first events behind it (at most `MAX_REFS`).
    """

    id: str
    site: str
    detector: str
    title: str
    layer: Layer
    source: str
    time_us: int | None
    last_us: int | None
    count: int
    weight: float
    level: Level
    techniques: tuple[str, ...]
    entities: tuple[Entity, ...]
    events: tuple[EventRef, ...]
    rule: RuleRef | None = None
    facts: dict[str, str] = {}
    connection: tuple[str, int, str, int] | None = None
    """The one connection that it is about, where its event names both ends: address, port, address, port."""
    also: tuple[Layer, ...] = ()
    """Layers whose probes saw that connection too."""
    clock: str = ""
    """Which of its source's clocks wrote its times, where there are several (Sysmon's `trace`)."""


MAX_REFS = 20
"""Event references kept in one finding; the rest is counted."""
