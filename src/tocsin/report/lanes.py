"""Who touched what, when: entities as lanes, time from left to right, findings as marks.

Enters: an incident. Leaves: a drawing in numbers (`Chart`), which the page's template writes as SVG. Marks fall
into columns and lanes are few, so that the drawing stays small whatever the number of findings; the table of
findings holds the same facts and the same numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tocsin.model import LEVELS, EntityKind, Finding, Incident, Level
from tocsin.report.words import KIND_ORDER, moment

WIDTH = 960
MAX_LANES = 10
COLUMNS = 30
_LEFT = 210
_RIGHT = 24
_TOP = 34
_LANE = 40
_STEPS_S = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800, 2592000, 7776000, 31536000)
_TICKS = 7


class Lane(NamedTuple):
    """One entity's row."""

    kind: EntityKind
    name: str
    y: int


class Tick(NamedTuple):
    """One time on the axis."""

    x: int
    text: str


class Mark(NamedTuple):
    """Findings of one entity at about one time: a single one has its number, several their count."""

    x: int
    y: int
    level: Level
    text: str
    numbers: tuple[int, ...]
    titles: tuple[str, ...]


class Link(NamedTuple):
    """Two entities in the same finding."""

    x: int
    top: int
    bottom: int


class Chart(NamedTuple):
    """The whole drawing. `hidden` lanes were left out."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]
    hidden: int


def chart(incident: Incident) -> Chart | None:
    """Draw an incident; None when none of its findings has both a time and an entity."""
    timed = [(number, one, one.time_us) for number, one in enumerate(incident.findings, 1) if one.entities]
    dated = [(number, one, time_us) for number, one, time_us in timed if time_us is not None and moment(time_us)]
    if not dated:
        return None
    first, last = min(time for _, _, time in dated), max(time for _, _, time in dated)
    pad = max(500_000, (last - first) // 40)
    scale = _Scale(first - pad, last + pad)
    every = _lanes(one for _, one, _ in dated)
    lanes = {(lane.kind, lane.name): lane for lane in every[:MAX_LANES]}
    cells: dict[tuple[int, int], list[tuple[int, Finding]]] = defaultdict(list)
    links: dict[Link, None] = {}
    for number, finding, time_us in dated:
        x = scale.column(time_us)
        rows = sorted({lanes[key].y for entity in finding.entities if (key := (entity.kind, entity.name)) in lanes})
        for y in rows:
            cells[x, y].append((number, finding))
        if len(rows) > 1:
            links[Link(x, rows[0], rows[-1])] = None
    height = _TOP + _LANE * len(lanes) + 8
    marks = tuple(_mark(x, y, members) for (x, y), members in sorted(cells.items()))
    return Chart(WIDTH, height, tuple(lanes.values()), scale.ticks(), marks, tuple(links), len(every) - len(lanes))


def _lanes(findings: Iterable[Finding]) -> list[Lane]:
    """Choose the entities with the weightiest findings (files last), then put them in the order of kinds."""
    weight: dict[tuple[EntityKind, str], float] = defaultdict(float)
    for finding in findings:
        for key in {(entity.kind, entity.name) for entity in finding.entities}:
            weight[key] += finding.weight + 0.01
    keys = sorted(weight, key=lambda key: (key[0] == "file", -weight[key], key))
    shown = sorted(keys[:MAX_LANES], key=lambda key: (KIND_ORDER.index(key[0]), keys.index(key)))
    ordered = [*shown, *keys[MAX_LANES:]]
    return [Lane(kind, name, _TOP + _LANE * rank + _LANE // 2) for rank, (kind, name) in enumerate(ordered)]


def _mark(x: int, y: int, members: list[tuple[int, Finding]]) -> Mark:
    level = max((finding.level for _, finding in members), key=LEVELS.index)
    numbers = tuple(number for number, _ in members)
    titles = tuple(dict.fromkeys(finding.title for _, finding in members))
    return Mark(x, y, level, str(numbers[0]) if len(numbers) == 1 else f"×{len(numbers)}", numbers, titles)


class _Scale(NamedTuple):
    """Maps times on the drawing's width."""

    first_us: int
    last_us: int

    def x(self, time_us: int) -> int:
        """Give the place of a time."""
        share = (time_us - self.first_us) / (self.last_us - self.first_us)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT))

    def column(self, time_us: int) -> int:
        """Give the middle of the column that a time falls in."""
        size = (WIDTH - _LEFT - _RIGHT) / COLUMNS
        return round(_LEFT + (int((self.x(time_us) - _LEFT) / size) + 0.5) * size)

    def ticks(self) -> tuple[Tick, ...]:
        """Give at most `_TICKS` round times; the day stands where it changes."""
        span_s = (self.last_us - self.first_us) / 1e6
        step = next((step for step in _STEPS_S if span_s / step <= _TICKS), _STEPS_S[-1]) * 1_000_000
        times = range(-(-self.first_us // step) * step, self.last_us, step)
        found: list[Tick] = []
        day = ""
        for time_us in times[: _TICKS + 1]:
            at = moment(time_us)
            if at is None:
                continue
            clock = f"{at:%H:%M:%S}" if step < 60_000_000 else f"{at:%H:%M}"
            text = f"{at:%Y-%m-%d}" if step >= 86_400_000_000 else clock
            if step < 86_400_000_000 and f"{at:%m-%d}" != day:
                text = f"{at:%m-%d} {clock}"
            day = f"{at:%m-%d}"
            found.append(Tick(self.x(time_us), text))
        return tuple(found)
