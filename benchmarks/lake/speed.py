"""The lake: load in events a second, hunts in seconds, bytes a row, memory.

    python benchmarks/lake/speed.py [--events N] [--copies N] [--table FILE]

N made-up records (flows, names asked for, log-ons, processes of 2,000 machines at 1,000 a second) are loaded by
`tocsin lake load` in its own process. The lake is then grown by copies of its rows, each later in time and with ids of
its own, and compacted. Hunts run in one process, files warm; the median of three is told, for the small lake and the
grown one, and what a day of 86.4 million rows would take on the line through both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.detect.sigma import compile_rules, parse
from tocsin.lake import asking, hunting, table, upkeep
from tocsin.lake.reading import Limits, Reader
from tocsin.lake.store import Lake, Writer

BEGIN_S = 1_772_500_000
RATE = 1000
RARE = "203.0.113.77"
DAY_ROWS = 86_400_000
RULE = """title: t
id: 5d1b3a1e-0000-4000-8000-000000000001
logsource: {product: windows, category: process_creation}
detection: {s: {CommandLine|contains|all: [vssadmin, delete]}, condition: s}
level: high
"""


def records(count: int) -> Iterator[bytes]:
    """Give made-up records, in order of time."""
    dice = random.Random(5)
    for rank in range(count):
        now, host = BEGIN_S + rank / RATE, dice.randrange(2000)
        client = f"10.{host // 250}.1.{host % 250}"
        server = RARE if rank % 100_003 == 7 else f"10.200.0.{dice.randrange(60)}"
        head = {"ts": round(now, 6), "uid": f"C{dice.getrandbits(60):x}", "id.orig_h": client}
        head |= {"id.orig_p": dice.randrange(1024, 65535), "id.resp_h": server}
        yield json.dumps(_record(dice, rank % 20, head, now, host), separators=(",", ":")).encode() + b"\n"


def _record(dice: random.Random, kind: int, head: dict[str, object], now: float, host: int) -> dict[str, object]:
    if kind < 12:
        size = {"orig_bytes": dice.randrange(9000), "resp_bytes": dice.randrange(90_000), "conn_state": "SF"}
        return {"_path": "conn", **head, "id.resp_p": dice.choice((443, 445, 80, 389, 104)), "proto": "tcp", **size}
    if kind < 16:
        name = f"host{dice.randrange(500)}.example.org"
        return {"_path": "dns", **head, "id.resp_p": 53, "query": name, "qtype_name": "A", "answers": ["192.0.2.1"]}
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}Z"
    system = {"Computer": f"pc-{host}.chu-exemple.fr", "@timestamp": when, "EventTime": when}
    if kind < 18:
        user = {"TargetUserName": f"user{dice.randrange(1500)}", "TargetDomainName": "CHU", "LogonType": 3}
        return {"EventID": 4624, "Channel": "Security", **system, **user, "IpAddress": head["id.orig_h"]}
    line = f"cmd.exe /c copy report{dice.randrange(9999)}.txt \\\\srv\\share"
    run = {"Image": "C:\\Windows\\System32\\cmd.exe", "CommandLine": line, "User": f"CHU\\user{dice.randrange(1500)}"}
    return {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", **system, **run, "ProcessId": host}


def load(lake: Path, log: Path) -> tuple[float, float, int]:
    """Load with all cores; give wall seconds, seconds of processor, and peak memory in MiB."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "tocsin", "lake", "load", str(log), "--lake", str(lake), "--site", "chu", "-q"]
    process = subprocess.Popen(command)
    _pid, status, used = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def grow(lake: Path, copies: int, span_us: int) -> None:
    """Append copies of the rows, each a span later than the last."""
    with Reader(Lake(lake), limits=Limits(600, 4096)) as reader:
        rows = reader.arrow("SELECT * FROM events ORDER BY time").cast(table.EVENTS)
    with Writer(lake) as writer:
        for copy in range(1, copies):
            for start in range(0, rows.num_rows, 200_000):
                writer.commit(_later(rows.slice(start, 200_000), copy, copy * span_us), {})


def _later(rows: pa.Table, copy: int, shift_us: int) -> pa.Table:
    times = pc.add(pc.cast(rows.column("time"), pa.int64()), shift_us)
    ids = pc.binary_join_element_wise(f"{copy:04x}", pc.utf8_slice_codeunits(rows.column("event_id"), 4), "")
    rows = rows.set_column(rows.schema.get_field_index("time"), "time", pc.cast(times, table.TIME))
    rows = rows.set_column(rows.schema.get_field_index("day"), "day", pc.strftime(rows.column("time"), "%Y-%m-%d"))
    return rows.set_column(rows.schema.get_field_index("event_id"), "event_id", ids)


def timed(run: Callable[[], int]) -> tuple[float, int]:
    """Run three times; give the median of seconds, and the rows found."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), found


def hunts(lake: Path) -> dict[str, Callable[[], int]]:
    """Give the hunts, by what they show."""
    wide = Limits(300, 900)

    def ask(*words: str, limit: int = 100) -> Callable[[], int]:
        asked = hunting.Hunt(asking.parse(words), limit=limit)
        return lambda: hunting.hunt(Lake(lake), asked, wide).rows.num_rows

    rule = hunting.Hunt(rules=compile_rules([parse(RULE)]))
    return {
        f"an address seldom seen (`{RARE}`)": ask(RARE),
        "an address never seen (`203.0.113.99`)": ask("203.0.113.99"),
        "a busy server (`10.200.0.7`), the newest 100": ask("10.200.0.7"),
        "a machine (`@pc-77`), the newest 100": ask("@pc-77"),
        "a column (`user=user77`)": ask("user=user77"),
        "a text in a column (`command~report77.txt`)": ask("command~report77.txt"),
        'a text anywhere (`"report77.txt"`)': ask('"report77.txt"'),
        "a Sigma rule on processes": lambda: hunting.hunt(Lake(lake), rule, wide).rows.num_rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--table", type=Path, default=Path(__file__).parent / "results" / "speed.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lake, log = Path(scratch) / "lake", Path(scratch) / "log.json"
        with log.open("wb") as file:
            file.writelines(records(options.events))
        options.table.write_text(report(options, lake, log), "utf-8")
    print(options.table.read_text("utf-8"))


def report(options: argparse.Namespace, lake: Path, log: Path) -> str:
    """Measure; give the page."""
    busy = os.getloadavg()[0]
    wall, cpu, memory = load(lake, log)
    small = {what: timed(run)[0] for what, run in hunts(lake).items()}
    grow(lake, options.copies, options.events * 1_000_000 // RATE)
    with Writer(lake) as writer:
        started = time.perf_counter()
        done = upkeep.compact(writer, (BEGIN_S + 30 * 86_400) * 1_000_000)
        compacted = time.perf_counter() - started
    total = options.events * options.copies
    assert upkeep.stats(lake).events == total
    live = sum(Path(file).stat().st_size for file in Lake(lake).files())
    lines = [
        "# The lake in figures",
        "",
        f"Python {platform.python_version()}, {len(os.sched_getaffinity(0))} cores, load average {busy:.1f} at the "
        "start (what else runs on the machine counts in the seconds).",
        "",
        f"- load: {options.events:,} events in {wall:.1f} s = {options.events / wall:,.0f} a second; "
        f"{cpu / options.events * 1e6:.0f} µs of processor an event; peak memory of the main process {memory} MiB",
        f"- lake of {total:,} rows ({total / RATE / 3600:.1f} h at {RATE} a second): {live / total:.0f} bytes a row",
        f"- compaction of all of it: {compacted:.0f} s, {done.files_before} → {done.files_after} files",
        "",
        f"| hunt | found | seconds, {options.events:,} rows | seconds, {total:,} rows | 86.4 M rows, extrapolated |",
        "|---|---|---|---|---|",
    ]
    for what, run in hunts(lake).items():
        seconds, found = timed(run)
        slope = max(0.0, seconds - small[what]) / (total - options.events)
        day = seconds + slope * (DAY_ROWS - total)
        lines.append(f"| {what} | {found} | {small[what]:.2f} | {seconds:.2f} | {day:.0f} s |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
