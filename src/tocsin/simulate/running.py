"""Run a simulation: stretch by stretch and hospital by hospital, in several processes, into files.

Enters: an `Order`. Leaves: `OUT/logs/<site>/<source>/…`, one file a day, and `OUT/truth.jsonl`. A stretch depends on
nothing but the order, so the bytes are the same whatever the number of workers; memory holds a few stretches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson
from msgspec import Struct

from tocsin.care.model import CareMap
from tocsin.errors import InputError
from tocsin.i18n import _
from tocsin.simulate import life
from tocsin.simulate.calendar import Stretch, stretches
from tocsin.simulate.cast import Place, places
from tocsin.simulate.dice import dice
from tocsin.simulate.faults import USUAL, Faults, arrive
from tocsin.simulate.plots import Cue, Plot, cues, truth
from tocsin.simulate.stage import NONE, Stage, silences
from tocsin.workers import Workers

LOGS, TRUTH = "logs", "truth.jsonl"
_MACHINE_MINUTES = 9_000


class Order(Struct, frozen=True):
    """What to simulate."""

    care: CareMap
    seed: int
    first: date
    days: int
    plots: tuple[Plot, ...] = ()
    sources: frozenset[str] = NONE
    faults: Faults = USUAL
    quiet: bool = False
    """Only the plots, without everyday life."""


class Task(NamedTuple):
    """One stretch of one hospital."""

    site: int
    stretch: Stretch


class Made(NamedTuple):
    """What became of a task: bytes and records by file."""

    files: list[tuple[str, bytes]]
    records: dict[str, int]


class Total(Struct):
    """What a run wrote."""

    records: Counter[str]
    bytes: int = 0
    stretches: int = 0
    stretches_total: int = 0


def minutes(machines: int) -> int:
    """Give the length of a stretch: short where there are many machines, so that one fits in memory."""
    return next((length for length in (60, 30, 20, 15, 10, 5) if machines * length <= _MACHINE_MINUTES), 2)


class Simulation:
    """An order with its cast: makes any task."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.places = places(order.care, order.seed)
        self.cues = self._cues()
        self.silent = silences([cue.act for cue in self.cues])
        self._stretches = [list(self._of(place)) for place in self.places]

    def _cues(self) -> list[Cue]:
        found: list[Cue] = []
        for plot in self.order.plots:
            found += cues(plot, self.places, self.order.seed, self.order.first, self.order.days)
        return sorted(found, key=lambda cue: cue.act.time_us)

    def _of(self, place: Place) -> Iterator[Stretch]:
        return stretches(self.order.first, self.order.days, place.zone_of_time, minutes(len(place.machines)))

    def tasks(self) -> list[Task]:
        """Give all tasks, by time and then by hospital."""
        found = [Task(rank, stretch) for rank, several in enumerate(self._stretches) for stretch in several]
        return sorted(found, key=lambda task: (task.stretch.begin_us, task.site))

    def make(self, task: Task) -> Made:
        """Give what the probes of a hospital write of a stretch."""
        place, stretch = self.places[task.site], task.stretch
        stage = Stage(place, self.order.sources, self.silent)
        if not self.order.quiet:
            stage.play(life.acts(place, stretch))
        for cue in self.cues:
            if stretch.holds(cue.act.time_us):
                stage.play([cue.act], cue.unseen_by)
        files, records = [], {}
        for name, lines in stage.sink.files.items():
            if lines:
                random = dice(self.order.seed, "faults", place.site, name, stretch.number)
                records[name] = len(lines)
                stem, _dot, suffix = name.rpartition(".")
                path = f"{place.site}/{stem}.{stretch.day:%Y-%m-%d}.{suffix}"
                files.append((path, arrive(lines, random, self.order.faults)))
        return Made(files, records)


def run(order: Order, out: Path, workers: int, told: Callable[[Total], None] | None = None) -> Total:
    """Write a simulation.

    Raises:
        InputError: the folder is not empty or cannot be written.
    """
    _prepare(out)
    simulation = Simulation(order)
    tasks = simulation.tasks()
    total = Total(Counter(), 0, 0, len(tasks))
    pool: Workers[Task, Made] = Workers(workers, simulation.make, _given_up)
    with Files(out / LOGS) as files:
        for made in pool.run(tasks):
            for path, content in made.files:
                files.write(path, content)
                total.bytes += len(content)
            total.records.update(made.records)
            total.stretches += 1
            if told is not None:
                told(total)
    _write_truth(out / TRUTH, order, simulation)
    return total


def _given_up(task: Task) -> Made:
    raise InputError(_("a worker process died twice while it made the same hour"), _("Is there enough memory?"))


def _prepare(out: Path) -> None:
    try:
        (out / LOGS).mkdir(parents=True, exist_ok=True)
        filled = any((out / LOGS).iterdir())
    except OSError as error:
        raise InputError(f"{out}: {error.strerror}", _("Give a folder that may be written.")) from error
    if filled:
        raise InputError(
            _("{path}: there are files in it already").format(path=out / LOGS), _("Give a new folder, or empty it.")
        )


class Files:
    """The files being written: those of the day are kept open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, BinaryIO] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        self._stack.close()
        self._open.clear()

    def write(self, path: str, content: bytes) -> None:
        """Add bytes to a file."""
        file = self._open.get(path)
        if file is None:
            if len(self._open) > 400:
                self._close()
            whole = self.folder / path
            whole.parent.mkdir(parents=True, exist_ok=True)
            file = self._open[path] = self._stack.enter_context(whole.open("ab"))
        file.write(content)


def _write_truth(path: Path, order: Order, simulation: Simulation) -> None:
    """Write what was done: one line a plot, one line an act of it."""
    lines: Sequence[dict[str, object]] = [
        {"kind": "simulation", "seed": order.seed, "first": str(order.first), "days": order.days},
        *truth(order.plots, simulation.cues),
    ]
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
