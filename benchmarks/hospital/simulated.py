"""Simulated hospitals for benchmarks: write a case's logs, read its truth, scan it as the product does.

Enters: a `Case`. Leaves: where its logs are, the truth of its plot, and what a scan found. The truth lies beside the
logs, never in them; the scan gets only the folder of logs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from unittest import mock

import orjson
from judging import Deed, Truth
from msgspec.structs import replace

from tocsin import pipeline
from tocsin.care import files as care_files
from tocsin.care.model import CareMap
from tocsin.correlate import Correlator
from tocsin.detect.sigma import Engine
from tocsin.model import Finding, Incident
from tocsin.model import names as spell
from tocsin.model.times import parse_time
from tocsin.model.voice import Voice
from tocsin.simulate import plots, running, words

MONDAY = date(2026, 11, 16)
HOUR_US = 3_600_000_000
ENGLISH = Voice()
DAYS: Mapping[str, tuple[int, int]] = {
    "s02-armentieres": (0, 3),
    "s03-rennes": (0, 2),
    "s04-chsf": (0, 2),
    "s09-noise": (0, 2),
    "s12-controller-dies": (0, 2),
}
"""Whole days before that on which a plot begins, and days from that one on, where they are not one and one.

A scan takes a day to learn, so plots that begin in the evening or last for days need none before.
"""

ELSEWHERE = frozenset({"vpn", "mail", "lookup", "backup"})
"""Acts whose one machine of the hospital is the way, not what is taken."""


@dataclass(frozen=True)
class Case:
    """What to simulate: a map that ships, a seed, a number of days, and a plot or none."""

    map: str
    seed: int
    days: int
    plot: str = ""
    first: date = MONDAY
    before_h: float = 0.0
    """Hours of ordinary life before the plot's first act; 0 for all of the days."""

    @classmethod
    def of(cls, plot: str, seed: int, maps: str = "small", before_h: float = 0.0) -> Case:
        """Give a plot on ordinary days: time to learn before it, and until the midnight after its end."""
        before, lasts = DAYS.get(plot, (1, 1))
        begin = plots.load(plot).begin
        rank = begin.weekday if begin.weekday is not None else begin.day - 1
        return cls(maps, seed, before + lasts, plot, MONDAY + timedelta(days=7 + rank - before), before_h)

    @property
    def name(self) -> str:
        """Give it a name for people and folders."""
        return f"{self.map}-{self.plot or 'quiet'}-{self.seed}"


@lru_cache(maxsize=4)
def care_of(name: str) -> CareMap:
    """Read a care map that ships."""
    return care_files.load(care_files.find(name)).map


def hosts_in(name: str) -> int:
    """Count a map's machines."""
    return len(care_of(name).hosts)


def simulate(case: Case, folder: Path) -> Path:
    """Write a case's logs and truth, unless they are there; give the folder of the logs."""
    logs = folder / running.LOGS
    if not (folder / running.TRUTH).exists():
        told = (plots.load(case.plot),) if case.plot else ()
        simulation = running.Simulation(running.Order(care_of(case.map), case.seed, case.first, case.days, told))
        begin_us, end_us = _window(case, simulation)
        with running.Files(logs) as files:
            for task in simulation.tasks():
                if begin_us <= task.stretch.begin_us < end_us:
                    for path, content in simulation.make(task).files:
                        files.write(path, content)
        lines = plots.truth(told, simulation.cues)
        (folder / running.TRUTH).write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return logs


def _window(case: Case, simulation: running.Simulation) -> tuple[int, int]:
    """Give from when to when ordinary life is written: all of it, or the hours around the plot."""
    times = [cue.act.time_us for cue in simulation.cues]
    if not times or not case.before_h:
        return 0, 1 << 62
    return min(times) - int(case.before_h * HOUR_US), max(times) + HOUR_US


def truth_of(folder: Path) -> Truth:
    """Read what a case's plot did."""
    lines = [orjson.loads(line) for line in (folder / running.TRUTH).read_bytes().splitlines()]
    head = next(line for line in lines if line["kind"] == "plot")
    acts = [line for line in lines if line["kind"] == "act"]
    harm = [line for line in acts if line["technique"]]
    alone = (host for line in harm for host in line["hosts"] if len(line["hosts"]) == 1 and line["do"] not in ELSEWHERE)
    accounts = (spell.account(name) for line in harm for name in line["accounts"])
    return Truth(
        head["plot"],
        head["expect"],
        tuple(sorted((_deed(line) for line in acts), key=lambda one: one.time_s)),
        frozenset(map(spell.host, alone)),
        frozenset(filter(None, accounts)),
    )


def _deed(line: Mapping[str, object]) -> Deed:
    def listed(key: str) -> Iterator[str]:
        values = line[key]
        return map(str, values) if isinstance(values, list) else iter(())

    names = {*map(spell.host, listed("hosts")), *map(spell.account, listed("accounts")), *listed("addresses")}
    step = f"{line['step']} {line['do']} {line['technique']}".strip()
    return Deed((parse_time(line["time"]) or 0) / 1e6, step, str(line["technique"]), frozenset(names - {""}))


@dataclass(frozen=True)
class Scanned:
    """What one scan gave. `weak` are ids of incidents told only because there is little else to tell."""

    incidents: tuple[Incident, ...]
    findings: tuple[Finding, ...]
    weak: frozenset[str]
    events: int
    seconds: float


def scan(logs: Path, rules: Engine, intel: tuple[str, ...] = ()) -> Scanned:
    """Scan logs as `tocsin scan` does and keep the findings that the correlator saw."""
    seen: list[Finding] = []
    weak: set[str] = set()

    class Recorder(Correlator):
        def observe(self, finding: Finding) -> None:
            seen.append(finding)
            super().observe(finding)

        def incidents(self, voice: Voice = ENGLISH) -> list[Incident]:
            told = super().incidents(voice)
            self._policy = replace(self._policy, quiet_cases=0)
            weak.update({one.id for one in told} - {one.id for one in super().incidents(voice)})
            return told

    begun_s = time.perf_counter()
    options = pipeline.ScanOptions((str(logs),), intel=intel, workers=1)
    with mock.patch.object(pipeline, "Correlator", Recorder):
        result = pipeline.scan(options, voice=ENGLISH, engine=rules)
    seconds = time.perf_counter() - begun_s
    return Scanned(result.incidents, tuple(seen), frozenset(weak), result.summary.events, seconds)


def poisoned(folder: Path) -> tuple[str, ...]:
    """Write what a poisoned sharing peer sends: good names that a hospital asks for every day, as indicators."""
    path = folder / "peer.txt"
    path.write_text("\n".join((*words.STEADY[:3], *words.outside_names()[:3])) + "\n", "utf-8")
    return (str(path),)
