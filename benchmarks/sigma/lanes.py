"""The Sigma engine alone: events a second of one core, with all Windows rules, in the lanes of SIGMA.md.

    python benchmarks/sigma/lanes.py [--runs N] [--peer-events N] [--rules DIR]

Lanes: empty caches; unseen events after others were seen (other captures of the same host; other hosts); process
creations of which every command line and path is new; and a replay of the same events, an upper bound that no real
stream reaches. Reading and parsing of the records are not in these figures (see benchmarks/scan), loading of the
rules is given apart. Every timed run must give the same hits for every rule as the first, in other batches.

The peer is Zircolite's method, in the same run: pySigma's SQLite backend, all rules as SQL over the same events,
flattened into one table. Zircolite itself is not in the package index, so this is not Zircolite, but what it does;
as there, a rule that names a column which no event has cannot run. Events in one go; conversion of rules not timed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import peer

from tocsin import rulebook
from tocsin.detect.sigma import Compiled, Engine
from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.probes.formats import BY_NAME

DATA = Path(__file__).parents[2] / ".data"
BATCH = 5_000
UNIQUE = 45_000
_FIRST = 5_000
"""Unique process creations that are not timed: with them the plans and databases are made."""
_SEEN = ("multi/lsass_campaign_01/host", "multi/lsass_campaign_02/host")
_SAME_HOST = ("multi/lsass_campaign_03/host", "multi/lsass_campaign_04/host")

Hits = Counter[str]


class Measured(NamedTuple):
    """One timed run: events, CPU and wall seconds, hits by rule."""

    events: int
    cpu_s: float
    wall_s: float
    hits: Hits


def events_under(*patterns: str) -> list[Event]:
    """Read Windows events as `tocsin scan` does."""
    found: list[Event] = []
    for path in sorted(path for pattern in patterns for path in DATA.glob(f"{pattern}/*")):
        for block in files.blocks(path, ""):
            if not isinstance(block, Reject):
                found += [item for item in BY_NAME[block.format].read(block) if isinstance(item, Event)]
    return [event for event in found if event.family == "windows"]


def unique_processes(events: list[Event]) -> list[Event]:
    """Make process creations whose image, parent and command lines never repeat."""
    models = [event for event in events if event.source == "windows.sysmon" and event.native.get("EventID") == 1]
    return [_unlike(models[number % len(models)], number) for number in range(UNIQUE)]


def _unlike(event: Event, number: int) -> Event:
    native = dict(event.native)
    for field in ("CommandLine", "ParentCommandLine"):
        native[field] = f"{native.get(field, '')} {number:x}_{number * 7919:x}"
    for field in ("Image", "ParentImage"):
        folder, slash, name = str(native.get(field, "")).rpartition("\\")
        native[field] = f"{folder}\\{number:x}{slash}{name}"
    return msgspec.structs.replace(event, native=native)


def run(engine: Engine, events: list[Event], batch: int = BATCH) -> Measured:
    """Match all events once, in batches."""
    pairs: list[tuple[int, int]] = []
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for start in range(0, len(events), batch):
        pairs += engine.match(events[start : start + batch])
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return Measured(len(events), cpu_s, wall_s, Counter(engine.rules[rule].id for _, rule in pairs))


def lanes(compiled: Compiled) -> Iterator[tuple[str, list[Event], Callable[[], Engine]]]:
    """Give (name, events to time, how to make the engine ready for them)."""
    seen = events_under(*_SEEN)
    same_host = events_under(*_SAME_HOST)
    other_hosts = events_under("multi/shire_*/host")

    def cold() -> Engine:
        return Engine(compiled)

    def warm_on(events: list[Event]) -> Callable[[], Engine]:
        def warm() -> Engine:
            engine = Engine(compiled)
            run(engine, events)
            return engine

        return warm

    yield "empty caches", seen, cold
    yield "unseen, same host", same_host, warm_on(seen)
    yield "unseen, other hosts", other_hosts, warm_on(seen + same_host)
    unique = unique_processes(seen + same_host + other_hosts)
    yield "all unique process creation", unique[_FIRST:], warm_on(seen + unique[:_FIRST])
    yield "replay (upper bound, not a rate of real streams)", same_host, warm_on(seen + same_host)


def show(name: str, runs: list[Measured]) -> None:
    """Print the medians of a lane."""
    cpu_s, wall_s = (statistics.median(getattr(one, field) for one in runs) for field in ("cpu_s", "wall_s"))
    events, hits = runs[0].events, runs[0].hits
    print(
        f"{name:50} {events:8,} events  {events / cpu_s:10,.0f} /s of CPU  {events / wall_s:10,.0f} /s of wall  "
        f"{hits.total():6,} hits of {len(hits)} rules"
    )


def measure(name: str, events: list[Event], ready: Callable[[], Engine], runs: int) -> None:
    """Time a lane and print it; the hits of each rule must be those of a run in small batches."""
    expected = run(ready(), events, 997).hits
    measured = [run(ready(), events) for _ in range(runs)]
    assert all(one.hits == expected for one in measured), f"{name}: the hits differ from run to run"
    show(name, measured)


def load(folder: Path, runs: int) -> Compiled:
    """Load the rules without and with the cache, and print both times."""
    with tempfile.TemporaryDirectory() as data_dir:
        started = time.perf_counter()
        compiled = rulebook.load([folder], Path(data_dir)).compiled
        cold_s = time.perf_counter() - started
        warm_s = []
        for _ in range(runs):
            started = time.perf_counter()
            Engine(rulebook.load([folder], Path(data_dir)).compiled)
            warm_s.append(time.perf_counter() - started)
    print(
        f"{len(compiled.rules):,} rules loaded in {cold_s:.1f} s, from the cache in {statistics.median(warm_s):.2f} s"
    )
    return compiled


def compare(compiled: Compiled, count: int) -> None:
    """Run the peer and the engine on the same events, and print both rates and where their hits differ."""
    events = events_under(*_SAME_HOST)
    events = events[:: max(1, len(events) // count)][:count]
    engine = Engine(compiled)
    run(engine, events_under(*_SEEN))
    ours = run(engine, events)
    theirs = peer.run(compiled, events)
    show("engine, after other captures, on the peer's events", [ours])
    cpu_s = theirs.cpu_s
    print(
        f"{'SQL of every rule (SQLite)':50} {len(events):8,} events  {len(events) / cpu_s:10,.0f} /s of CPU  "
        f"{len(events) / theirs.wall_s:10,.0f} /s of wall  {theirs.hits.total():6,} hits of {len(theirs.hits)} rules"
    )
    print(f"  rules as SQL: {theirs.rules:,}; that could not run: {dict(theirs.refused)}")
    differing = {rule for rule in ours.hits | theirs.hits if ours.hits[rule] != theirs.hits[rule]}
    titles = {rule.id: rule.title for rule in compiled.rules}
    for rule in sorted(differing):
        print(f"  differs: {titles.get(rule, rule)}: engine {ours.hits[rule]}, SQL {theirs.hits[rule]}")


def main() -> int:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer-events", type=int, default=2_000, help="0 leaves the peer out")
    parser.add_argument("--rules", type=Path, default=DATA / "rules" / "sigma")
    options = parser.parse_args()
    if not DATA.exists():
        print("needs the development data in .data", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores; one process")
    compiled = load(options.rules, options.runs)
    for name, events, ready in lanes(compiled):
        measure(name, events, ready, options.runs)
    if options.peer_events:
        compare(compiled, options.peer_events)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
