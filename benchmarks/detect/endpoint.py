"""Endpoint detectors (E1-E5): what they add to the rules on known attacks, and what they say about everyday starts.

    python benchmarks/detect/endpoint.py [--out FILE] [-v]

Attacks: every set of EVTX-ATTACK-SAMPLES, DeepBlueCLI and OTRF is read alone, without history, its name unseen. A set
is *silent* when no rule of the starter pack of medium level or higher fires in it. The shipped model was not trained on
these sets; the words of `capabilities.py` come from manuals and from public collections about the same programs.

Everyday starts: drawn from the habits of `scripts/commands` with another seed than the model's; apart, from the tenth
of them that was kept out of training, cold and after 30,000 starts of the others on the same machines. Times of rows
are of one process on one core, each detector with empty caches; nearly every line differs from all others, which
is harder than life. The benign event logs hold no process starts: there, all other rows count.
"""

from __future__ import annotations

import argparse
import math
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import commands as everyday  # noqa: E402 - the generator lives beside the script that trains the model

from tocsin import rulebook  # noqa: E402
from tocsin.detect.behaviour import (  # noqa: E402
    Detector,
    Sign,
    command_line,
    commands,
    destruction,
    first_seen,
    rare_ancestry,
    silence,
)
from tocsin.detect.behaviour.facts import FactsByKind, Process  # noqa: E402
from tocsin.detect.intel import Indicators  # noqa: E402
from tocsin.detect.sigma import Engine  # noqa: E402
from tocsin.examine import Examiner  # noqa: E402
from tocsin.ingest import files  # noqa: E402
from tocsin.model import EventRef, Finding  # noqa: E402

DATA = ROOT / ".data"
DETECTORS: tuple[Detector, ...] = (rare_ancestry, command_line, first_seen, silence, destruction)
NEEDS = frozenset(kind for detector in DETECTORS for kind in detector.NEEDS)
LOUD = frozenset({"medium", "high", "critical"})
START_US, STEP_US, MACHINES = 1_772_409_600_000_000, 40_000_000, 60
STARTS, WARM = 20_000, 30_000


@dataclass
class Told:
    """What was said of one set."""

    loud: bool
    processes: int
    signs: dict[str, list[Sign]] = field(default_factory=dict)

    def any(self, without_clearing: bool = False) -> bool:
        """Say whether any detector gave a sign; `without_clearing` leaves out logs that the recorder cleared."""
        return any(
            not (without_clearing and sign.facts.get("kind") == "cleared")
            for signs in self.signs.values()
            for sign in signs
        )


def sets() -> Iterator[tuple[str, Path]]:
    """Give the groups and their sets."""
    for group in ("evtx-attack-samples", "deepbluecli"):
        for path in sorted((DATA / "endpoint" / group).rglob("*.evtx")):
            yield group, path
    for path in sorted((DATA / "endpoint" / "otrf").iterdir()):
        yield "otrf", path
    for path in sorted((DATA / "benign" / "windows").iterdir()):
        yield "benign", path


def judge(path: Path, examiner: Examiner) -> Told:
    """Read one set by rules and by detectors, without history."""
    paths = [one for one in files.find([str(path)]) if one.name != "metadata.yaml"]
    task = [block for one in paths for block in files.blocks(one, "bench", lambda _: None)]
    examined = examiner(task)
    return Told(
        any(_loud(finding) for finding in examined.findings),
        len(examined.facts.get("Process", [])),
        {detector.NAME: list(signs(detector, examined.facts)) for detector in DETECTORS},
    )


def _loud(finding: Finding) -> bool:
    return finding.detector == "sigma" and finding.level in LOUD


def signs(detector: Detector, facts: FactsByKind) -> Iterator[Sign]:
    """Give a detector's signs of facts."""
    memory = detector.memory()
    for kind in detector.NEEDS:
        if facts.get(kind):
            yield from detector.watch(kind, facts[kind], memory)
    yield from detector.finish(memory)


def rows(seed: int, number: int, kept_out: bool | None, first: int = 0) -> list[Process]:
    """Give everyday starts as rows, one every forty seconds on one of sixty machines."""
    found = []
    for n, start in enumerate(everyday.starts(seed, number, kept_out), start=first):
        at = START_US + n * STEP_US
        ref = EventRef(f"{n:x}", "windows.sysmon", at, "everyday", n)
        host = f"pc-{n * 7919 % MACHINES:02d}"
        found.append(Process(at, host, "m.durand", start.parent, start.image, start.command, "", ref))
    return found


def run(detector: Detector, stream: list[Process], since: int) -> tuple[list[Sign], float]:
    """Give the signs of the rows from `since` on, and seconds for a row."""
    forget()
    memory = detector.memory()
    told: list[Sign] = []
    begun = time.process_time()
    for begin in range(0, len(stream), 2_000):
        told += detector.watch("Process", stream[begin : begin + 2_000], memory)
    seconds = (time.process_time() - begun) / len(stream)
    return [sign for sign in told if sign.time_us >= stream[since].time_us], seconds


def forget() -> None:
    """Empty what is cached of command lines, so that each detector pays for itself."""
    commands.command.cache_clear()


def interval(found: int, of: int) -> str:
    """Give Wilson's 95 % interval of a share."""
    if not of:
        return "-"
    z, p = 1.96, found / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (
        f"{found} of {of} = {p:.2f} [{(middle - half) / (1 + z * z / of):.2f}–{(middle + half) / (1 + z * z / of):.2f}]"
    )


def attacks(verbose: bool) -> Iterator[str]:
    """Give the table of sets."""
    book = rulebook.load([], rulebook.data_dir())
    examiner = Examiner(Engine(book.compiled), NEEDS, Indicators([], []))
    told = [(group, judge(path, examiner)) for group, path in sets()]
    yield "| group | a sign | without cleared logs | of sets with starts | silent sets that gain one | 1 decade |"
    yield "|---|---|---|---|---|---|"
    for group in dict.fromkeys(group for group, _ in told):
        mine = [one for name, one in told if name == group]
        quiet = [one for one in mine if not one.loud]
        starting = [one for one in mine if one.processes]
        strong = sum(any(sign.decades >= 1 for signs in one.signs.values() for sign in signs) for one in mine)
        yield (
            f"| {group} | {interval(sum(one.any() for one in mine), len(mine))} "
            f"| {interval(sum(one.any(True) for one in mine), len(mine))} "
            f"| {interval(sum(one.any(True) for one in starting), len(starting))} "
            f"| {interval(sum(one.any(True) for one in quiet), len(quiet))} | {strong} |"
        )
    yield ""
    yield "| detector | EVTX sets with a sign | DeepBlueCLI | OTRF | benign |"
    yield "|---|---|---|---|---|"
    for detector in DETECTORS:
        counts: Counter[str] = Counter()
        counts.update(group for group, one in told if one.signs[detector.NAME])
        groups = ("evtx-attack-samples", "deepbluecli", "otrf", "benign")
        yield f"| {detector.NAME} | " + " | ".join(str(counts[group]) for group in groups) + " |"
    starts = Counter({group: 0 for group, _ in told})
    for group, one in told:
        starts[group] += one.processes
    yield ""
    yield "Process starts read: " + ", ".join(f"{group} {number}" for group, number in starts.items()) + "."
    if verbose:
        for group, one in told:
            for name, listed in one.signs.items():
                for sign in listed if group == "benign" else ():
                    print(group, name, round(sign.decades, 2), sign.message.format(**sign.facts)[:160])


def false_signs(verbose: bool) -> Iterator[str]:
    """Give the table of everyday starts."""
    yield "| detector | all habits | kept-out, cold | kept-out, warm | of these 1 decade or more | µs/row |"
    yield "|---|---|---|---|---|---|"
    cold, out = rows(78, STARTS, None), rows(78, STARTS, True)
    warm = [*rows(77, WARM, False), *rows(78, STARTS, True, WARM)]
    total = 0.0
    for detector in DETECTORS:
        first, seconds = run(detector, cold, 0)
        second, _ = run(detector, out, 0)
        third, _ = run(detector, warm, WARM)
        total += seconds
        strong = sum(sign.decades >= 1 for sign in third)
        shares = " | ".join(f"{len(listed) / STARTS * 1000:.2f}" for listed in (first, second, third))
        yield f"| {detector.NAME} | {shares} | {strong / STARTS * 1000:.2f} | {seconds * 1e6:.0f} |"
        if verbose:
            for sign in [*first[:8], *third[:8]]:
                print(detector.NAME, round(sign.decades, 2), sign.message.format(**sign.facts)[:160])
    yield f"| together | | | | | {together(cold):.0f} |"
    yield f"| together, lines that repeat (2,000 different ones) | | | | | {together(repeated()):.0f} |"


def repeated() -> list[Process]:
    """Give starts of which each comes ten times, as on a fleet of like machines."""
    few = rows(79, STARTS // 10, None)
    found = []
    for n in range(STARTS):
        at = START_US + n * STEP_US
        one = few[n * 7919 % len(few)]
        found.append(one._replace(time_us=at, event=EventRef(f"{n:x}", "windows.sysmon", at, "everyday", n)))
    return found


def together(stream: list[Process]) -> float:
    """Give microseconds for a row through all detectors, caches shared."""
    forget()
    memories = [(detector, detector.memory()) for detector in DETECTORS if "Process" in detector.NEEDS]
    begun = time.process_time()
    for begin in range(0, len(stream), 2_000):
        for detector, memory in memories:
            for _ in detector.watch("Process", stream[begin : begin + 2_000], memory):
                pass
    return (time.process_time() - begun) / len(stream) * 1e6


NOTES = """Columns: a sign at all; one other than of a cleared log; the latter among sets that hold starts of programs,
and among sets in which no rule of the starter pack of medium level or higher fires. Warm: after 30,000 other starts.

What these figures are not: thresholds, places and the words of `capabilities.py` were set by the same hand that wrote
the everyday habits; false signs of a real hospital will be more. The habits that are kept out are whole habits,
but of the same author's mind. The attack sets are often a single step of an attack (an event of a process access, a
share, a ticket) that no detector of starts can see; many begin with the log that the recorder cleared before, which
`silence` rightly tells and which says nothing of the attack: hence the second columns. The language model alone does
not tell attacks from habits that it never saw (its score of kept-out everyday lines is as high as that of attacks):
it counts at most half a decade beside what words can do and what hides them."""


def main() -> int:
    """Run all and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("-v", action="store_true", help="show false signs")
    options = parser.parse_args()
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    lines = ["# Endpoint detectors", "", f"`python benchmarks/detect/endpoint.py`, {machine}.", ""]
    lines += ["## Known attacks, read alone", "", "Shares with Wilson's 95 % interval.", "", *attacks(options.v), ""]
    lines += ["## Everyday starts: signs per 1,000", "", *false_signs(options.v), "", NOTES, ""]
    text = "\n".join(lines)
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
