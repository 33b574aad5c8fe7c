"""The evaluation harness: run every benchmark of detection and correlation, and print one table of goals.

    python benchmarks/detect/run.py [--quick] [--only NAME ...] [--gather]

Each benchmark is a program of its own that writes its tables to `results/NAME.md`; the goals of all are gathered in
`results/README.md`: target beside result with its 95 % interval, beside a peer measured in the same run. `--quick`
takes a part of the data and writes nothing into `results`; `--gather` runs nothing and gathers what is there. Needs
the development data in `.data/`; about half an hour.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from feed import DATA, RESULTS, need, progress
from metrics import GOALS_HEAD, goals_rows

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Bench:
    """One benchmark: its file, what it is about, and arguments of a full run."""

    name: str
    about: str
    arguments: tuple[str, ...] = ()

    @property
    def program(self) -> Path:
        """Give its file."""
        return HERE / f"{self.name}.py"


SIGMA = ("--rules", str(DATA / "rules" / "sigma"))
BENCHES = (
    Bench("correlate", "one incident for an attack in days of other tools' alerts (AIT-ADS)"),
    Bench("beacon", "beacons in real background traffic, beside RITA's score"),
    Bench("network", "detectors of the network, injected attacks"),
    Bench("inside", "detectors inside of the network, injected attacks"),
    Bench("endpoint", "detectors of endpoints"),
    Bench("lateral", "lateral movement among generated log-ins"),
    Bench("layers", "network, endpoint and identity told as one incident", SIGMA),
    Bench("speed", "findings a second, memory, time until an incident is out"),
    Bench("technique", "the right technique on the right thing, and what is false", SIGMA),
)
UNLABELLED = "| {name}: {about} | | {what} | — | — |"


def run(bench: Bench, folder: Path, quick: bool) -> list[str]:
    """Run one benchmark and give its rows of the table; what went wrong is a row too."""
    if not bench.program.exists():
        return [UNLABELLED.format(name=bench.name, about=bench.about, what="not there yet")]
    out = folder / f"{bench.name}.md"
    can_be_quick = '"--quick"' in bench.program.read_text("utf-8")
    if quick and not can_be_quick:
        return [UNLABELLED.format(name=bench.name, about=bench.about, what="left out: it has no quick form")]
    arguments = ["--quick"] if quick else list(bench.arguments)
    progress(f"{bench.name}: {bench.about}")
    begun_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(bench.program), "--out", str(out), *arguments], stdout=subprocess.DEVNULL, check=False
    )
    progress(f"{bench.name}: {time.monotonic() - begun_s:.0f} s, exit code {done.returncode}")
    rows = goals_rows(out.read_text("utf-8")) if out.exists() else []
    if done.returncode:
        rows.insert(0, UNLABELLED.format(name=bench.name, about=bench.about, what=f"ended with code {done.returncode}"))
    return rows or [UNLABELLED.format(name=bench.name, about=bench.about, what=f"see {bench.name}.md")]


def gather(bench: Bench) -> list[str]:
    """Give the rows of one benchmark's last result."""
    out = RESULTS / f"{bench.name}.md"
    rows = goals_rows(out.read_text("utf-8")) if out.exists() else []
    what = f"see {out.name}" if out.exists() else "not run yet"
    return rows or [UNLABELLED.format(name=bench.name, about=bench.about, what=what)]


def report(rows: dict[str, list[str]]) -> list[str]:
    """Write the one table."""
    return [
        "# Detection and correlation: goals and results",
        "",
        f"`make bench-detect` (`python benchmarks/detect/run.py`), {platform.machine()}, "
        f"Python {platform.python_version()}. Shares with Wilson's, rates with Poisson's 95 % interval; the metrics "
        "are defined in `benchmarks/detect/metrics.py`. Peers ran beside ours.",
        "",
        GOALS_HEAD,
        "|---|---|---|---|---|",
        *(row for some in rows.values() for row in some),
        "",
        "Details: " + ", ".join(f"[{name}]({name}.md)" for name in rows if (RESULTS / f"{name}.md").exists()) + ".",
    ]


def main() -> int:
    """Run all, print the table. 0 when all ran, whether or not their goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a part of the data; results are not written")
    parser.add_argument("--only", action="append", default=[], choices=[bench.name for bench in BENCHES])
    parser.add_argument("--gather", action="store_true", help="run nothing; gather the last results")
    options = parser.parse_args()
    need("multi/ait-ads", "multi/lsass_campaign_01", "endpoint/evtx-attack-samples", "network/rita", "benign")
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(passing) if options.quick else RESULTS
        rows = {
            bench.name: gather(bench) if options.gather else run(bench, folder, options.quick)
            for bench in BENCHES
            if not options.only or bench.name in options.only
        }
    text = "\n".join(report(rows)) + "\n"
    print(text)
    if not options.quick and not options.only:
        (RESULTS / "README.md").write_text(text, "utf-8")
    return int(any("ended with code" in row for some in rows.values() for row in some))


if __name__ == "__main__":
    sys.exit(main())
