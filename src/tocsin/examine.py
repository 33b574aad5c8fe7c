"""One task of a scan: blocks in, findings and figures out. Runs in a worker; pure but for its caches.

Enters: blocks of records. Leaves: an `Examined`, small enough to be sent back: findings as episodes, bindings,
clock offsets, hits for correlation rules, counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from msgspec import Struct

from tocsin import probes
from tocsin.correlate import Binding, Meetings, bindings, quarter
from tocsin.detect import findings
from tocsin.detect.alerts import may_alert
from tocsin.detect.behaviour import FactsByKind, gather
from tocsin.detect.findings import Episodes
from tocsin.detect.intel import Indicators
from tocsin.detect.sigma import Engine
from tocsin.detect.sigma.correlation import Hit, hits_of
from tocsin.model import Columns, Event, Finding, Layer, Reject
from tocsin.model import names as spell
from tocsin.probes import windows
from tocsin.probes.contract import Block
from tocsin.probes.formats import BY_NAME

BATCH = 5_000
"""Events that the engine takes at once: larger ones are slower cold and no faster warm (SIGMA.md)."""

KEPT_REJECTS = 100
"""Rejects that one task sends back whole; the rest is counted."""


CLOCK_SAMPLES = 100
"""Events of a batch that are asked for their clock's offset: an offset is constant, a sample tells it."""

KEPT_MEETINGS = 2_000
"""Connections that one task keeps to compare clocks by."""

TOLD_HITS = 30
"""Hits of one group of a correlation rule that carry their finding; of the others only the time counts."""


class Examined(Struct):
    """What one task found."""

    events: int = 0
    rejected: int = 0
    by_source: Counter[str] = Counter()
    rejects: list[Reject] = []
    findings: list[Finding] = []
    bindings: Counter[tuple[Binding, int]] = Counter()
    """Binding and the quarter of an hour in which it was seen."""
    met: Meetings | None = None
    clocks: Counter[tuple[str, int]] = Counter()
    hits: list[tuple[Hit, Finding | None]] = []
    told: Counter[tuple[int, tuple[str, ...]]] = Counter()
    facts: FactsByKind = {}


class Examiner:
    """Examines tasks with one engine; `needs` are the kinds of facts that detectors watch.

    `indicators` are asked for every event when there are any (then every event's columns must be filled).
    `since_us` and `until_us` bound the events' times (events without one are kept).
    """

    def __init__(
        self,
        engine: Engine,
        needs: frozenset[str],
        indicators: Indicators,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> None:
        self._engine = engine
        self._indicators = indicators
        self._needs = needs
        self._since_us = since_us
        self._until_us = until_us

    def __call__(self, task: Sequence[Block | Reject]) -> Examined:
        """Examine one task."""
        found = Examined(by_source=Counter(), bindings=Counter(), clocks=Counter(), told=Counter(), facts={})
        episodes, meetings = Episodes(), Meetings(KEPT_MEETINGS)
        batch: list[Event] = []
        for item in task:
            for record in (item,) if isinstance(item, Reject) else BY_NAME[item.format].read(item):
                if isinstance(record, Reject):
                    found.rejected += 1
                    if len(found.rejects) < KEPT_REJECTS:
                        found.rejects.append(record)
                    continue
                batch.append(record)
                if len(batch) >= BATCH:
                    self._examine(batch, found, episodes, meetings)
                    batch = []
        self._examine(batch, found, episodes, meetings)
        found.findings = episodes.close()
        found.met = meetings
        for rows in found.facts.values():
            rows.sort(key=itemgetter(0))
        found.told.clear()
        return found

    def _examine(self, batch: list[Event], found: Examined, episodes: Episodes, meetings: Meetings) -> None:
        found.events += len(batch)
        found.by_source.update([event.source for event in batch])
        events = [event for event in batch if self._wanted(event)]
        for event in events:
            for binding in bindings(event):
                found.bindings[binding, quarter(event.time_us)] += 1
            meetings.meet(event)
        for event in events[:: max(1, len(events) // CLOCK_SAMPLES)]:
            _note_clock(event, found.clocks)
        if self._needs:
            gather(events, probes.columns, self._needs, found.facts)
        self._match(events, found, episodes)
        if self._indicators:
            for event in events:
                episodes.add_all(self._indicated(event))
        for event in events:
            if may_alert(event.source):
                columns = probes.columns(event)
                finding = findings.from_alert(event, columns, layer_of(event, columns))
                if finding is not None:
                    episodes.add(finding)

    def _indicated(self, event: Event) -> Iterator[Finding]:
        columns = probes.columns(event)
        for hit in self._indicators.match(columns, event.time_us):
            yield findings.from_indicator(event, columns, hit, layer_of(event, columns))

    def _wanted(self, event: Event) -> bool:
        time_us = event.time_us
        if time_us is None:
            return True
        after = self._since_us is None or time_us >= self._since_us
        return after and (self._until_us is None or time_us <= self._until_us)

    def _match(self, events: Sequence[Event], found: Examined, episodes: Episodes) -> None:
        """Make findings of what rules match. A silent rule's are made only for the first hits of a group."""
        compiled = self._engine.compiled
        columns: Columns = {}
        last = -1
        for index, rule in self._engine.match(events):
            event = events[index]
            hits = hits_of(compiled, event, rule)
            new = [found.told[hit.correlation, hit.group] < TOLD_HITS for hit in hits]
            found.told.update((hit.correlation, hit.group) for hit in hits)
            finding: Finding | None = None
            if rule not in compiled.silent or any(new):
                if index != last:
                    columns, last = probes.columns(event), index
                finding = findings.from_rule(event, columns, compiled.rules[rule], layer_of(event, columns))
            found.hits.extend(zip(hits, [finding if one else None for one in new], strict=True))
            if finding is not None and rule not in compiled.silent:
                episodes.add(finding)


def layer_of(event: Event, columns: Columns) -> Layer:
    """Give the layer an event belongs to: identity for what is about accounts and log-ons, else its probe's."""
    class_uid = columns.get("class_uid")
    if isinstance(class_uid, int) and 3001 <= class_uid <= 3006:
        return "identity"
    probe = probes.BY_FAMILY.get(event.family)
    return probe.LAYER if probe is not None else "other"


def _note_clock(event: Event, clocks: Counter[tuple[str, int]]) -> None:
    offset_us = windows.clock_offset_us(event)
    if offset_us is not None:
        clocks[(spell.host(str(event.native.get("Computer", ""))), round(offset_us / 1_000_000))] += 1


def give_up(task: Iterable[Block | Reject]) -> Examined:
    """Give the result of a task whose reading kills the process: every block is a reject."""
    reason = "the record's reader crashed on these bytes"
    rejects = [
        item if isinstance(item, Reject) else Reject(item.origin, item.offset, reason, item.data[:4096])
        for item in task
    ]
    return Examined(rejected=len(rejects), rejects=rejects)
