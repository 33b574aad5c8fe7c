"""Days of a site for the benchmark of beacons: captures laid over one another, and beacons put into them.

Enters: development data, profiles of `injector.py`. Leaves: `Day`s. Files are read as the product's workers read them;
their names, and columns of labels, do not enter (labels only say what is left out when false pairs are counted).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from feed import DATA
from injector import PROFILES

from tocsin import probes
from tocsin.detect.behaviour.facts import FactsByKind, Flow, Web, gather
from tocsin.detect.behaviour.sides import OUT, Ends, side
from tocsin.ingest import files
from tocsin.model import EventRef, Reject
from tocsin.probes.formats import BY_NAME

RITA = "network/rita"
SERVER_DAYS = ("2024-04-19", "2024-04-20", "2024-04-21")
WORKSTATIONS = ("network/stratosphere/008-zeek-mixed", "network/stratosphere/011-zeek-mixed")
DAY_US, START_US = 86_400_000_000, 1_772_409_600_000_000
REAL = ("73.54.23.243", "64.225.56.201")
"""The beacon of the second capture, by its publisher's word (RITA's tests); used to judge only."""
Key = tuple[str, str]
"""Profile and number of an injected beacon."""


@dataclass
class Day:
    """A day of a site; `flows` and `webs` hold the injected ones too, `injected` says which pairs are whose."""

    flows: list[Flow] = field(default_factory=list)
    webs: list[Web] = field(default_factory=list)
    injected: dict[Ends, Key] = field(default_factory=dict)
    known_bad: set[Ends] = field(default_factory=set)


def read(*folders: str) -> FactsByKind:
    """Read the facts of folders as the product's workers do."""
    found: FactsByKind = {}
    for path in files.find([str(DATA / folder) for folder in folders]):
        for block in files.blocks(path, ""):
            if not isinstance(block, Reject):
                events = (one for one in BY_NAME[block.format].read(block) if not isinstance(one, Reject))
                gather(events, probes.columns, frozenset({"Flow", "Web"}), found)
    return found


def lay_over(day: Day, facts: FactsByKind) -> None:
    """Add a capture, moved so that the day of most of it is ours (long connections began the day before)."""
    times = sorted(row.time_us for row in facts["Flow"])
    shift_us = START_US - times[len(times) // 2] // DAY_US * DAY_US
    day.flows += [row._replace(time_us=row.time_us + shift_us) for row in facts.get("Flow", [])]
    day.webs += [row._replace(time_us=row.time_us + shift_us) for row in facts.get("Web", [])]


def background(server_day: str, workstations: bool = False) -> Day:
    """Make a day of a site."""
    day = Day(known_bad={REAL})
    lay_over(day, read(f"{RITA}/proxy_rolling"))
    lay_over(day, read(f"{RITA}/open_conns/open"))
    lay_over(day, read(f"{RITA}/missing_host_72h/{server_day}"))
    for folder in WORKSTATIONS if workstations else ():
        lay_over(day, read(folder))
        day.known_bad |= set(labelled(DATA / folder / "data" / "conn.log.labeled"))
    return day


def labelled(path: Path) -> Iterator[Ends]:
    """Give the pairs that a capture's labels call malicious (to judge only)."""
    names: list[str] = []
    for line in path.read_text("utf-8", "replace").splitlines():
        cells = line.split("\t")
        if cells[0] == "#fields":
            names = cells[1:]
        elif not line.startswith("#") and len(cells) == len(names):
            row = dict(zip(names, cells, strict=True))
            if row["label"].lower() == "malicious":
                yield row["id.orig_h"], row["id.resp_h"]


def inject(day: Day, profiles: Iterable[str], each: int, seed: int) -> None:
    """Put beacons into a day, from the machines inside to addresses of their own."""
    drawn = random.Random(seed)
    machines = sorted({row.src for row in day.flows if side(row.src, row.dst) == OUT})
    number = 0
    for profile in profiles:
        for one in range(each):
            source = drawn.choice(machines)
            for call in PROFILES[profile](random.Random(f"{seed} {profile} {one}")):
                ends = (source, f"2001:db8:{number:x}::{call.to + 1:x}")
                day.injected[ends] = (profile, f"{seed}/{one}")
                day.flows.append(_flow(ends, call.second, call.sent))
            number += 1
    day.flows.sort(key=lambda row: (row.time_us, row.event.id))
    day.webs.sort(key=lambda row: (row.time_us, row.event.id))


def _flow(ends: Ends, second: float, sent: int) -> Flow:
    time_us = START_US + round(second * 1e6)
    event = EventRef(f"{ends[1]} {time_us}", "zeek.conn", time_us, "injected", 0)
    return Flow(time_us, *ends, 443, "tcp", "ssl", sent, 2 * sent, 0.4, "SF", event)
