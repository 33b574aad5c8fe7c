"""Incident: the findings that belong to one attack, told as a story (OCSF 2005)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from tocsin.model.finding import EntityKind, Finding, Layer

Confidence = Literal["A", "B", "C"]


class Party(Struct, frozen=True):
    """One entity of an incident with all names it was seen under."""

    kind: EntityKind
    name: str
    aliases: tuple[str, ...]
    role: str


class Stake(Struct, frozen=True):
    """A care service that would suffer if the machines of an incident stopped.

    `state` is stopped, degraded (it goes on by its procedure `fallback` for `holds_min`) or thinner (less in
    reserve); `because` leads from the service down to what stopped.
    """

    service: str
    life_class: str
    state: Literal["stopped", "degraded", "thinner"]
    holds_min: int
    because: tuple[str, ...]
    fallback: str


class Incident(Struct, frozen=True):
    """Findings that belong to one attack.

    Times are microseconds UTC; `deciding_us` is the event at which the evidence became enough to raise it.
    `urgency` is 0-100; `confidence` A (independent evidence on several layers, or never to be missed), B, C.
    """

    id: str
    site: str
    title: str
    urgency: int
    confidence: Confidence
    first_us: int | None
    last_us: int | None
    deciding_us: int | None
    layers: tuple[Layer, ...]
    entities: tuple[Party, ...]
    techniques: tuple[str, ...]
    story: tuple[str, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[tuple[str, ...], ...] = ()
    """For each sentence of the story the ids of the findings that it rests on."""
    why: tuple[str, ...] = ()
    """Why this is one incident, and what would change that."""
    stakes: tuple[Stake, ...] = ()
    """What of care hangs on the machines and accounts in it, the worst first; empty without a care map."""


def most_urgent_first(incidents: Iterable[Incident]) -> list[Incident]:
    """Sort incidents by urgency, then time, then id: an order that never depends on the run."""
    return sorted(incidents, key=lambda one: (-one.urgency, one.first_us or 0, one.id))
