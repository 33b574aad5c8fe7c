"""Who touched what, when: entities as lanes, time from left to right, findings as marks.

Enters: an incident, and how findings are titled. Leaves: a drawing in numbers (`Chart`), which the page's template
writes as SVG. Marks fall into columns and lanes are few, so that the drawing stays small whatever the number of
findings; the table of findings holds the same facts and the same numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tocsin.model import LEVELS, EntityKind, Finding, Incident, Level
from tocsin.report.names import says_little
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


Key = tuple[EntityKind, str]


class _Dated(NamedTuple):
    """A finding with its number in the table, its time and the lanes that it belongs to."""

    number: int
    finding: Finding
    time_us: int
    keys: frozenset[Key]


def chart(incident: Incident, titled: Callable[[Finding], str]) -> Chart | None:
    """Draw an incident; None when none of its findings has both a time and an entity. `titled` gives their titles."""
    dated = list(_dated(incident))
    if not dated:
        return None
    first, last = min(one.time_us for one in dated), max(one.time_us for one in dated)
    pad = max(500_000, (last - first) // 40)
    scale = _Scale(first - pad, last + pad)
    every = _lanes(dated)
    lanes = every[:MAX_LANES]
    place = {(lane.kind, lane.name): lane.y for lane in lanes}
    cells: dict[tuple[int, int], list[_Dated]] = defaultdict(list)
    links: dict[Link, None] = {}
    for one in dated:
        x = scale.column(one.time_us)
        rows = sorted(place[key] for key in one.keys if key in place)
        for y in rows:
            cells[x, y].append(one)
        if len(rows) > 1:
            links[Link(x, rows[0], rows[-1])] = None
    height = _TOP + _LANE * len(lanes) + 8
    marks = tuple(_mark(x, y, members, titled) for (x, y), members in sorted(cells.items()))
    return Chart(WIDTH, height, tuple(lanes), scale.ticks(), marks, tuple(links), len(every) - len(lanes))


def _dated(incident: Incident) -> Iterator[_Dated]:
    """Give the findings that can be drawn; an entity seen under an alias goes to its party's lane."""
    known: dict[str, Key] = {}
    for party in incident.entities:
        for name in (party.name, *party.aliases):
            known.setdefault(name, (party.kind, party.name))
    for number, finding in enumerate(incident.findings, 1):
        keys = frozenset(known.get(entity.name, (entity.kind, entity.name)) for entity in finding.entities)
        if keys and finding.time_us is not None and moment(finding.time_us):
            yield _Dated(number, finding, finding.time_us, keys)


def _lanes(dated: Iterable[_Dated]) -> list[Lane]:
    """Choose the entities with the weightiest findings, files and numbers last; put them in the order of kinds."""
    weight: dict[Key, float] = defaultdict(float)
    for one in dated:
        for key in one.keys:
            weight[key] += one.finding.weight + 0.01
    keys = sorted(weight, key=lambda key: (key[0] == "file" or says_little(key[1]), -weight[key], key))
    shown = sorted(keys[:MAX_LANES], key=lambda key: (KIND_ORDER.index(key[0]), keys.index(key)))
    ordered = [*shown, *keys[MAX_LANES:]]
    return [Lane(kind, name, _TOP + _LANE * rank + _LANE // 2) for rank, (kind, name) in enumerate(ordered)]


def _mark(x: int, y: int, members: list[_Dated], titled: Callable[[Finding], str]) -> Mark:
    level = max((one.finding.level for one in members), key=LEVELS.index)
    numbers = tuple(one.number for one in members)
    titles = tuple(dict.fromkeys(titled(one.finding) for one in members))
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
