"""What tests of the simulator share: a small map, runs of it, and records read by the product's own probes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from tocsin.care import files as maps
from tocsin.care.model import CareMap
from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.probes import formats
from tocsin.simulate.calendar import Stretch, stretches
from tocsin.simulate.cast import Place, places
from tocsin.simulate.plots import Cue, cues, load
from tocsin.simulate.plots.model import Plot
from tocsin.simulate.running import Made, Order, Simulation

MONDAY = date(2026, 11, 16)


@lru_cache(maxsize=1)
def small() -> CareMap:
    """Give the small hospital."""
    return maps.load("small").map


@lru_cache(maxsize=4)
def place(seed: int = 1) -> Place:
    """Give its cast."""
    return places(small(), seed)[0]


def hour(of: int, day: date = MONDAY, seed: int = 1) -> Stretch:
    """Give an hour of a day."""
    return list(stretches(day, 1, place(seed).zone_of_time, 60))[of]


@lru_cache(maxsize=8)
def made(of: int = 10, seed: int = 1, faultless: bool = True) -> dict[str, bytes]:
    """Give what the probes write of an hour of a Monday: file -> bytes."""
    from tocsin.simulate.faults import NONE, USUAL

    order = Order(small(), seed, MONDAY, 1, faults=NONE if faultless else USUAL)
    simulation = Simulation(order)
    found: dict[str, bytes] = {}
    wanted = hour(of, seed=seed)
    for task in simulation.tasks():
        if wanted.begin_us <= task.stretch.begin_us < wanted.end_us:
            add(found, simulation.make(task))
    return found


def add(found: dict[str, bytes], made: Made) -> None:
    """Add the files of a stretch to those of others."""
    for path, content in made.files:
        found[path] = found.get(path, b"") + content


def read(folder: Path, contents: dict[str, bytes]) -> Iterator[tuple[str, Event | Reject]]:
    """Write files, and read them by the product's own probes; gives the file and what was read."""
    for path, content in contents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        for block in files.blocks(file, "here"):
            if isinstance(block, Reject):
                yield path, block
                continue
            for one in formats.BY_NAME[block.format].read(block):
                yield path, one


@lru_cache(maxsize=1)
def brest() -> tuple[Plot, tuple[Cue, ...]]:
    """Give the first plot and its acts."""
    plot = load("s01-brest")
    return plot, tuple(cues(plot, [place()], 1, MONDAY, 7))


@lru_cache(maxsize=1)
def attack() -> dict[str, bytes]:
    """Give what the probes write of the first plot alone."""
    from tocsin.simulate.faults import NONE

    order = Order(small(), 1, MONDAY, 7, plots=(brest()[0],), faults=NONE, quiet=True)
    simulation = Simulation(order)
    found: dict[str, bytes] = {}
    for task in simulation.tasks():
        add(found, simulation.make(task))
    return found
