"""Speed of the correlator and of the detectors, and what they hold in memory.

    python benchmarks/detect/speed.py [--quick] [--out FILE]

*Correlator*: three million findings that all differ, over a million hosts, 50,000 accounts and 300 rules, one after
the other as a service gets them (`Engine` with `LIVE`); half of them carry a severity. Nearly every finding is a new
pair of place and rule: the worst case. *Detectors*: all that watch connections, over the Zeek connections of the
development data again and again with the time moved on, facts included; beside it the reading of facts alone.
Time is that of the processor.
"""

from __future__ import annotations

import argparse
import platform
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from feed import DATA, need, progress
from metrics import Goal, goals_table
from msgspec.structs import replace

from tocsin import probes
from tocsin.correlate.aliases import Aliases
from tocsin.correlate.engine import Engine
from tocsin.correlate.live import Live
from tocsin.correlate.policy import LIVE
from tocsin.detect.behaviour import DETECTORS, Watcher, gather
from tocsin.ingest import files
from tocsin.model import Entity, Event, EventRef, Finding, Reject, RuleRef
from tocsin.probes.contract import Block
from tocsin.probes.formats import BY_NAME

HOSTS, ACCOUNTS, RULES = 1_000_000, 50_000, 300
WEIGHTS = (0.0, 0.0, 0.5, 1.0)


def held_mib() -> float:
    """Give the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def findings(number: int) -> Iterator[Finding]:
    """Give findings, twenty a second."""
    dice = random.Random(1)
    rules = [RuleRef(f"r{rank}", f"rule {rank}", "low") for rank in range(RULES)]
    for rank in range(number):
        host, rule = dice.randrange(HOSTS), rules[min(RULES - 1, int(dice.expovariate(0.05)))]
        time_us, name = rank * 50_000, f"{rank:x}"
        yield Finding(
            id=name,
            site="",
            detector="sigma",
            title=rule.title,
            layer="endpoint",
            source="windows.sysmon",
            time_us=time_us,
            last_us=time_us,
            count=1,
            weight=WEIGHTS[rank & 3],
            level="low",
            techniques=(),
            entities=(
                Entity("host", f"h{host}", "subject"),
                Entity("identity", f"u{host % ACCOUNTS}", "actor"),
            ),
            events=(EventRef(name, "windows.sysmon", time_us, "", rank),),
            rule=rule,
        )


def told_s(number: int) -> float:
    """Feed a service so many findings, then an attack; give the seconds from its last evidence to the told incident."""
    live = Live()
    live.feed(findings(number))
    attack = [
        replace(one, id=f"attack {rank}", weight=4.0, level="critical", entities=(Entity("host", "srv-1", "subject"),))
        for rank, one in enumerate(findings(3))
    ]
    begun = time.perf_counter()
    raised = [one for one in live.feed(attack) if one.step == "raised"]
    told = [one for one in live.incidents() if one.id == raised[0].incident]
    assert told, "the attack was not told"
    return time.perf_counter() - begun


def correlator(number: int) -> tuple[float, float, list[tuple[int, float, float]]]:
    """Feed so many findings; give findings a second, MiB, and the same at each tenth of the way."""
    engine = Engine(LIVE, Aliases())
    engine.ledger.known_us = 0
    before, tenth = held_mib(), number // 10
    steps, spent_s, done = [], 0.0, 0
    making = findings(number)
    batch: list[Finding] = []
    for one in making:
        batch.append(one)
        if len(batch) == 10_000:
            begun = time.process_time()
            for each in batch:
                engine.feed(each)
            spent_s += time.process_time() - begun
            done += len(batch)
            batch = []
            if done % tenth == 0:
                steps.append((done, done / spent_s, held_mib() - before))
                progress(f"{done:,} findings: {done / spent_s:,.0f} a second, {held_mib() - before:.0f} MiB")
    return done / spent_s, held_mib() - before, steps


def connections() -> list[Event]:
    """Read the Zeek connections of the development data."""
    events = []
    for path in files.find([str(DATA / "network")]):
        if "conn" in path.name and "zip" not in path.name:
            for item in files.blocks(path, "", lambda _: None):
                if isinstance(item, Block):
                    read = BY_NAME[item.format].read(item)
                    events += [one for one in read if not isinstance(one, Reject) and one.source == "zeek.conn"]
    return [one for one in events if one.time_us is not None]


def detectors(events: list[Event], number: int) -> tuple[float, float]:
    """Watch so many connections; give microseconds a connection, and those of reading facts alone."""
    watcher = Watcher(DETECTORS)
    reading = watching = 0.0
    done = 0
    while done < number:
        batch = events[:5_000]
        events = [*events[5_000:], *batch]
        facts: dict[str, list[object]] = {}
        begun = time.process_time()
        gather(batch, probes.columns, watcher.needs, facts)
        reading += time.process_time() - begun
        begun = time.process_time()
        list(watcher.watch(facts))
        watching += time.process_time() - begun
        done += len(batch)
    begun = time.process_time()
    list(watcher.finish())
    watching += time.process_time() - begun
    return (reading + watching) / done * 1e6, reading / done * 1e6


def report(quick: bool) -> Iterator[str]:
    """Give the tables."""
    events = connections()
    progress(f"{len(events):,} connections")
    whole_us, reading_us = detectors(events, 100_000 if quick else 400_000)
    progress(f"{whole_us:.1f} µs a connection")
    delay_s = told_s(30_000 if quick else 200_000)
    rate, mib, steps = correlator(300_000 if quick else 3_000_000)
    yield f"Python {platform.python_version()}, {platform.machine()}; processor time of one core\n"
    yield from goals_table(
        [
            Goal("correlator, findings a second with a million hosts", "≥ 20,000", f"{rate:,.0f}", rate >= 20_000),
            Goal("correlator, memory with a million hosts", "≤ 500 MB", f"{mib:.0f} MiB", mib <= 500e6 / 2**20),
            Goal("from the last evidence to the incident", "≤ 5 s", f"{delay_s:.2f} s", delay_s <= 5),
            Goal("all detectors, a Zeek connection", "≤ 25 µs", f"{whole_us:.1f} µs", whole_us <= 25),
        ]
    )
    yield ""
    yield f"Reading facts alone takes {reading_us:.1f} µs of that.\n"
    yield "| findings | a second, so far | MiB |"
    yield "|---|---|---|"
    for done, per_s, held in steps:
        yield f"| {done:,} | {per_s:,.0f} | {held:.0f} |"
    yield ""


def main() -> int:
    """Print the tables; write them with --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true", help="a tenth of the findings")
    arguments = parser.parse_args()
    need("network")
    lines = []
    for text in report(arguments.quick):
        print(text, flush=True)
        lines.append(text)
    if arguments.out:
        arguments.out.write_text("\n".join(["# Speed of correlator and detectors", "", *lines]) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
