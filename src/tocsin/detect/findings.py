"""Make findings: an event and what was found in it become one Finding, and repeated ones one episode.

Enters: events with matched rules, or with another tool's alert in their columns. Leaves: findings.
Pure: ids depend only on what is found, in which events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

from msgspec.structs import replace

from tocsin.detect.intel import Hit
from tocsin.model import (
    LEVEL_WEIGHT,
    LEVELS,
    MAX_REFS,
    Columns,
    Entity,
    EntityKind,
    Event,
    EventRef,
    Finding,
    Layer,
    Level,
    RuleRef,
)
from tocsin.model import names as spell
from tocsin.model.voice import _n

EPISODE_GAP_US = 60_000_000
"""The same finding about the same entities within this time is one episode (BEHAVIOUR.md 7.2)."""

HUNTING_SHARE = 0.5
"""Rules made for hunting are meant for a person's search: their evidence counts half."""


class Signature(Protocol):
    """What a finding needs to know of a rule (see `detect.sigma`)."""

    @property
    def id(self) -> str:
        """The rule's id."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def level(self) -> Level:
        """Its level."""

    @property
    def author(self) -> str:
        """Who wrote it."""

    @property
    def license(self) -> str:
        """Under which licence."""

    @property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK technique ids."""

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags."""


def from_rule(event: Event, columns: Columns, rule: Signature, layer: Layer) -> Finding:
    """Make the finding of one rule in one event."""
    share = HUNTING_SHARE if "detection.threat-hunting" in rule.tags else 1.0
    return Finding(
        id=_identity("sigma", rule.id, event.id),
        site=event.site,
        detector="sigma",
        title=rule.title,
        layer=layer,
        source=event.source,
        time_us=event.time_us,
        last_us=event.time_us,
        count=1,
        weight=LEVEL_WEIGHT[rule.level] * share,
        level=rule.level,
        techniques=rule.techniques,
        entities=entities(columns),
        events=(reference(event),),
        rule=RuleRef(rule.id, rule.title, rule.level, rule.author, rule.license),
        facts=facts(columns),
        connection=_connection(columns),
        clock=_clock(event),
    )


def _connection(columns: Columns) -> tuple[str, int, str, int] | None:
    ends = [columns.get(name) for name in _ENDS]
    src, sport, dst, dport = ends
    if isinstance(src, str) and isinstance(dst, str) and isinstance(sport, int) and isinstance(dport, int):
        return (src, sport, dst, dport)
    return None


_ENDS = ("src_endpoint.ip", "src_endpoint.port", "dst_endpoint.ip", "dst_endpoint.port")


def _clock(event: Event) -> str:
    """Sysmon's network events (3, 22) have their time from the kernel's trace, not from Sysmon's own clock."""
    return "trace" if event.source.endswith(".sysmon") and event.native.get("EventID") in _TRACED else ""


_TRACED = frozenset({3, 22})


def from_alert(event: Event, columns: Columns, layer: Layer) -> Finding | None:
    """Make the finding of another tool's alert, when the event's columns hold one."""
    title = columns.get("finding.title")
    if not isinstance(title, str):
        return None
    level = _level(columns.get("finding.severity"))
    techniques = columns.get("finding.techniques")
    return Finding(
        id=_identity("alert", title, event.id),
        site=event.site,
        detector=event.source,
        title=title,
        layer=layer,
        source=event.source,
        time_us=event.time_us,
        last_us=event.time_us,
        count=1,
        weight=LEVEL_WEIGHT[level],
        level=level,
        techniques=tuple(techniques) if isinstance(techniques, list) else (),
        entities=entities(columns),
        events=(reference(event),),
        facts=facts(columns),
    )


def from_indicator(event: Event, columns: Columns, hit: Hit, layer: Layer) -> Finding:
    """Make the finding of an indicator that an event matches; its level follows the indicator's confidence."""
    indicator = hit.indicator
    level: Level = "high" if indicator.confidence >= 75 else "medium" if indicator.confidence >= 50 else "low"
    message = _n("Indicator {value} shared by {source}")
    facts_ = {**facts(columns), "value": indicator.value, "source": indicator.source, "message": message}
    return Finding(
        id=_identity("intel", indicator.value, event.id),
        site=event.site,
        detector="intel",
        title=f"Indicator {indicator.value} shared by {indicator.source}",
        layer=layer,
        source=event.source,
        time_us=event.time_us,
        last_us=event.time_us,
        count=1,
        weight=LEVEL_WEIGHT[level],
        level=level,
        techniques=(),
        entities=entities(columns),
        events=(reference(event),),
        facts={**facts_, "indicator": indicator.title[:_FACT_CHARS]} if indicator.title else facts_,
    )


def _level(severity: object) -> Level:
    """An alert that states no severity weighs nothing by itself: many such sources write all they see.

    It still counts by how rare it is where it was found (`correlate/ledger.py`).
    """
    levels: dict[object, Level] = {level: level for level in LEVELS}
    return levels.get(severity, "informational")


def reference(event: Event) -> EventRef:
    """Point to an event."""
    return EventRef(event.id, event.source, event.time_us, event.origin.name, event.offset)


def _identity(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


Namer = Callable[[str], Entity | None]


def _host(role: str) -> Namer:
    def named(text: str) -> Entity | None:
        name = spell.host(text)
        if spell.address(name):
            return Entity("address", name, role)
        outside = role == "destination" and bool(spell.domain(text))
        return Entity("host", name, role) if name and not outside else None

    return named


def _account(role: str) -> Namer:
    def named(text: str) -> Entity | None:
        name = spell.account(text)
        return Entity("identity", name, role) if name else None

    return named


def _address(role: str) -> Namer:
    def named(text: str) -> Entity | None:
        name = spell.address(text)
        return Entity("address", name, role) if spell.routable(name) else None

    return named


def _domain(text: str) -> Entity | None:
    name = spell.domain(text)
    return Entity("domain", name, "object") if name else None


def _thing(kind: EntityKind) -> Namer:
    return lambda text: Entity(kind, text.lower(), "object")


_NAMERS: tuple[tuple[str, Namer], ...] = (
    ("device.hostname", _host("subject")),
    ("src_endpoint.hostname", _host("source")),
    ("dst_endpoint.hostname", _host("destination")),
    ("actor.user.name", _account("actor")),
    ("user.name", _account("target")),
    ("user.email_addr", _account("target")),
    ("src_endpoint.ip", _address("source")),
    ("dst_endpoint.ip", _address("destination")),
    ("device.ip", _address("subject")),
    ("query.hostname", _domain),
    ("tls.sni", _domain),
    ("dst_endpoint.hostname", _domain),
    ("process.hash", _thing("file")),
    ("file.hash", _thing("file")),
    ("process.file.path", _thing("file")),
    ("file.path", _thing("file")),
    ("cloud.account.uid", _thing("cloud")),
    ("resource.uid", _thing("cloud")),
)


def entities(columns: Columns) -> tuple[Entity, ...]:
    """Give the entities that an event is about, each once, in a fixed order of roles."""
    values = tuple(str(columns[column]) if column in columns else "" for column, _ in _NAMERS)
    return _entities(values)


@lru_cache(maxsize=65_536)
def _entities(values: tuple[str, ...]) -> tuple[Entity, ...]:
    """Floods repeat the same few parties: what they are called is worked out once."""
    found: dict[tuple[str, str], Entity] = {}
    for text, (_, namer) in zip(values, _NAMERS, strict=True):
        entity = namer(text) if text else None
        if entity is not None:
            found.setdefault((entity.kind, entity.name), entity)
    return tuple(found.values())


_FACTS = {
    "device.hostname": "host",
    "actor.user.name": "account",
    "user.name": "target",
    "activity_name": "action",
    "process.cmd_line": "command",
    "process.file.path": "process",
    "process.name": "process",
    "file.path": "file",
    "reg_key.path": "registry",
    "service.name": "service",
    "share.name": "share",
    "query.hostname": "query",
    "http_request.url": "url",
    "api.operation": "operation",
    "resource.uid": "resource",
    "status": "status",
    "logon_type": "logon_type",
}
_FACT_CHARS = 300


def facts(columns: Columns) -> dict[str, str]:
    """Give the few words that a sentence about the event needs, shortened."""
    found: dict[str, str] = {}
    for column, fact in _FACTS.items():
        value = columns.get(column)
        if value is not None and fact not in found:
            found[fact] = str(value)[:_FACT_CHARS]
    return found


class Match(Protocol):
    """What a finding needs to know of a correlation rule's match (see `detect.sigma.correlation`)."""

    @property
    def time_us(self) -> int:
        """When it began."""

    @property
    def last_us(self) -> int:
        """When it ended."""

    @property
    def count(self) -> int:
        """How many events it counts."""

    @property
    def group(self) -> tuple[str, ...]:
        """The values of its group-by fields."""


def from_correlation(rule: Signature, match: Match, behind: Sequence[Finding]) -> Finding:
    """Make the finding of a correlation rule from the findings of its base rules (at least one), by time."""
    first = behind[0]
    events = [event for finding in behind for event in finding.events]
    everyone: dict[tuple[str, str], Entity] = {}
    for finding in behind:
        for entity in finding.entities:
            everyone.setdefault((entity.kind, entity.name), entity)
    return replace(
        first,
        id=_identity("sigma", rule.id, first.events[0].id, *match.group),
        title=rule.title,
        time_us=match.time_us,
        last_us=match.last_us,
        count=match.count,
        weight=LEVEL_WEIGHT[rule.level],
        level=rule.level,
        techniques=rule.techniques,
        entities=tuple(everyone.values())[:MAX_ENTITIES],
        events=tuple(dict.fromkeys(events))[:MAX_REFS],
        rule=RuleRef(rule.id, rule.title, rule.level, rule.author, rule.license),
    )


MAX_ENTITIES = 40
"""Entities kept in a finding that many events stand behind."""


class Episodes:
    """Joins the same finding about the same entities within a minute; memory is bounded by `limit` episodes.

    Beyond the limit, findings are told apart less and less finely (by rule and host, then by rule), so a flood
    costs detail, never a crash and never silence: every finding stays counted in some episode.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._open: dict[tuple[object, ...], Finding] = {}
        self._done: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Take one finding (or an episode made elsewhere)."""
        key = self._key(finding)
        known = self._open.get(key)
        if known is None:
            self._open[key] = finding
        elif self._full() or _adjoin(known, finding):
            self._open[key] = joined(known, finding)
        else:
            self._done.append(known)
            self._open[key] = finding

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Take several findings in order."""
        for finding in findings:
            self.add(finding)

    def close(self) -> list[Finding]:
        """Give all episodes, by time, and forget them."""
        found = [*self._done, *self._open.values()]
        self._open, self._done = {}, []
        return sorted(found, key=in_order)

    def _full(self) -> bool:
        return len(self._open) + len(self._done) >= self._limit

    def _key(self, finding: Finding) -> tuple[object, ...]:
        rule = (finding.site, finding.detector, finding.rule.id if finding.rule else finding.title)
        key = (*rule, finding.entities)
        if not self._full() or key in self._open:
            return key
        place = next((entity for entity in finding.entities if entity.kind in {"host", "address"}), None)
        coarse = (*rule, place)
        if len(self._open) + len(self._done) < 2 * self._limit or coarse in self._open:
            return coarse
        return (finding.site, finding.detector)


def in_order(finding: Finding) -> tuple[int, str]:
    """Give the key that puts findings in order of time; those without time come first."""
    return (finding.time_us if finding.time_us is not None else -1, finding.id)


def _adjoin(known: Finding, finding: Finding) -> bool:
    if known.time_us is None or finding.time_us is None:
        return known.time_us is finding.time_us
    last = known.last_us if known.last_us is not None else known.time_us
    end = finding.last_us if finding.last_us is not None else finding.time_us
    return finding.time_us <= last + EPISODE_GAP_US and end >= known.time_us - EPISODE_GAP_US


def joined(one: Finding, other: Finding) -> Finding:
    """Give the episode of two findings of the same kind: the earlier one's identity, both counts."""
    first, second = sorted((one, other), key=in_order)
    ends = [time_us for time_us in (one.last_us, other.last_us) if time_us is not None]
    full = len(first.events) >= MAX_REFS
    return replace(
        first,
        last_us=max(ends, default=None),
        count=one.count + other.count,
        weight=max(one.weight, other.weight),
        events=first.events if full else (*first.events, *second.events)[:MAX_REFS],
    )
