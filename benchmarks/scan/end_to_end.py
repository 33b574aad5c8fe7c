"""`scan` end to end: read, parse, normalise, rules, findings, incidents; events a second with all cores.

    python benchmarks/scan/end_to_end.py [--events N] [--runs N] [--rules DIR ...] [--lane NAME ...]

Inputs are the development data grown to N events by repeating them with what differs from record to record in a
real day changed (times, ids, ports, process ids, some paths), so that caches meet new values. Each lane is run with
one worker and with all cores; counts must be equal, whatever the number of workers. Medians of the runs are printed;
peak memory is the largest of the program's processes, without the input.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.probes.formats import BY_NAME

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".data"
_NUMBER = re.compile(rb"(?<=[=:\"\t ])\d{4,5}(?=[\",\t ])")
_HEX = re.compile(rb"(?<![:\d])[0-9A-F]{12,}")


def records(pattern: str) -> list[bytes]:
    """Give all records of the files under a pattern, as one line each."""
    found: list[bytes] = []
    for path in sorted(DATA.glob(pattern)):
        for block in files.blocks(path, "") if path.is_file() else ():
            if not isinstance(block, Reject):
                events = (item for item in BY_NAME[block.format].read(block) if isinstance(item, Event))
                found += [b" ".join(event.raw.split(b"\n")) for event in events]
    return found


def grown(lines: list[bytes], count: int, change: Callable[[bytes, random.Random], bytes]) -> Iterator[bytes]:
    """Repeat lines up to a count; the first round is unchanged."""
    dice = random.Random(7)
    for number in range(count):
        line = lines[number % len(lines)]
        yield line if number < len(lines) else change(line, dice)


def renumber(line: bytes, dice: random.Random) -> bytes:
    """Change ports, process ids and hexadecimal ids, as another day would have them."""
    line = _NUMBER.sub(
        lambda found: b"%d" % dice.randrange(10 ** (len(found.group()) - 1), 10 ** len(found.group())), line
    )
    return _HEX.sub(lambda found: b"%0*X" % (len(found.group()), dice.getrandbits(4 * len(found.group()))), line)


ZEEK_HEADER = b"""#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
"""


def zeek_conn(folder: Path, count: int) -> None:
    """Zeek conn.log (TSV) of an exposed server and an office."""
    source = next(iter(sorted(DATA.glob("network/stratosphere/011*/data/conn.log.labeled"))))
    text = source.read_bytes().splitlines()
    names = next(line for line in text if line.startswith(b"#fields")).split(b"\t")[1:22]
    rows = [b"\t".join(line.split(b"\t")[:21]) for line in text if not line.startswith(b"#")]
    with (folder / "conn").open("wb") as file:
        file.write(ZEEK_HEADER + b"#fields\t" + b"\t".join(names) + b"\n")
        file.writelines(line + b"\n" for line in grown(rows, count, renumber))


def lines_of(pattern: str) -> Callable[[Path, int], None]:
    """Make a lane of the lines of files."""

    def write(folder: Path, count: int) -> None:
        with (folder / "lines").open("wb") as file:
            file.writelines(line + b"\n" for line in grown(records(pattern), count, renumber))

    return write


def evtx(folder: Path, count: int) -> None:
    """EVTX files as they are, linked until there are enough records (about 60 a file)."""
    paths = sorted(DATA.glob("endpoint/evtx-attack-samples/**/*.evtx")) + sorted(
        DATA.glob("endpoint/deepbluecli/**/*.evtx")
    )
    for number in range(max(1, count // 16_000)):
        for rank, path in enumerate(paths):
            (folder / f"{number:03}-{rank:03}").symlink_to(path.resolve())


def cloudtrail(folder: Path, count: int) -> None:
    """CloudTrail, one record a line."""
    found: list[bytes] = []
    for path in sorted(DATA.glob("cloud/stratus-red-team/*.json")):
        found += [json.dumps(record).encode() for record in json.loads(path.read_bytes())]
    for line in (DATA / "cloud/panther/AWS_CloudTrail.jsonl").read_bytes().splitlines():
        found.append(json.dumps(json.loads(line)["log"]).encode())
    with (folder / "lines").open("wb") as file:
        file.writelines(line + b"\n" for line in grown(found, count, renumber))


LANES: dict[str, Callable[[Path, int], None]] = {
    "Zeek conn": zeek_conn,
    "Suricata EVE": lines_of("network/s*/**/*eve*"),
    "Sysmon JSON": lines_of("multi/lsass_campaign_*/host/*"),
    "EVTX": evtx,
    "CloudTrail": cloudtrail,
}


def run(folder: Path, rules: list[str], workers: int) -> tuple[dict[str, object], int]:
    """Run `tocsin scan --json` once; give its summary and its peak memory in KiB."""
    command = [sys.executable, "-m", "tocsin", "scan", str(folder), "--json", "--workers", str(workers)]
    for rule in rules:
        command += ["--rules", rule]
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, f"{' '.join(command)} ended with {child.returncode}"
        output.seek(0)
        summary = json.loads(output.read().splitlines()[-1])
    return summary, usage.ru_maxrss


def lane(name: str, count: int, rules: list[str], runs: int) -> str:
    """Measure one lane; the counts of all runs must agree."""
    with tempfile.TemporaryDirectory() as place:
        LANES[name](Path(place), count)
        size = sum(path.stat().st_size for path in Path(place).iterdir())
        rates: dict[int, list[float]] = {}
        counts: set[tuple[object, ...]] = set()
        peak = 0
        for _ in range(runs):
            for workers in (1, os.cpu_count() or 1):
                summary, memory = run(Path(place), rules, workers)
                peak = max(peak, memory)
                rates.setdefault(workers, []).append(float(str(summary["events_per_second"])))
                counts.add(tuple(summary[key] for key in ("records", "events", "rejected", "findings", "incidents")))
        assert len(counts) == 1, f"{name}: runs disagree: {counts}"
        records_, events, rejected, findings, incidents = counts.pop()
        assert int(str(events)) + int(str(rejected)) == records_
        shown = " | ".join(f"{statistics.median(values):,.0f}" for values in rates.values())
        figures = f"{events:,} | {size / 1e6:,.0f} MB | {shown} | {findings:,} | {incidents}"
        return f"| {name} | {figures} | {peak / 1024:,.0f} MiB |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rules", action="append", default=[])
    parser.add_argument("--lane", action="append", default=[])
    arguments = parser.parse_args()
    cores = os.cpu_count() or 1
    print(f"{platform.processor() or platform.machine()}, {cores} cores, Python {platform.python_version()}\n")
    print(f"| lane | events | input | ev/s, 1 worker | ev/s, {cores} workers | findings | incidents | peak |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.lane or LANES:
        print(lane(name, arguments.events, arguments.rules, arguments.runs), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
