"""Whole attacks and ordinary days of simulated hospitals: what the scan tells, beside what happened.

    python benchmarks/hospital/run.py [--quick] [--only NAME ...] [--out FILE] [--keep DIR] [-v]

Ordinary days: how many incidents a day and 1,000 machines, by detector. Each plot on a background of ordinary life:
found, joined in one incident, how soon after the second independent trace, which machines and accounts are named, which
steps are not seen. The scan is the product's (`pipeline.scan`, as `tocsin scan`); it reads the logs, never the truth.
Seeds that rules and detectors were looked at with (`TUNED`) are reported apart from those never seen (`FRESH`).

`--quick`: one seed of each kind, one ordinary day, and six hours of ordinary life before each plot, not whole days.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aside import HERE
from feed import engine, progress
from judging import MOST, Verdict, verdict
from metrics import Goal, goals_table, median, rate
from simulated import Case, Scanned, hosts_in, poisoned, scan, simulate, truth_of

from tocsin.detect.sigma import Engine
from tocsin.model import Finding, Incident

TUNED = (11, 12, 101)
FRESH = (102, 103, 104)
PLOTS = (
    "s01-brest",
    "s02-armentieres",
    "s03-rennes",
    "s04-chsf",
    "s05-m365",
    "s06-modality",
    "s07-campaign",
    "s08-total-loss",
    "s09-noise",
    "s10-poisoned-peer",
    "s11-blinding",
    "s12-controller-dies",
)
WANTED = frozenset(PLOTS) - {"s09-noise", "s12-controller-dies"}
"""Plots that the goal asks for. The twelfth is about the answer to an attack: its attack part is shown beside."""

NAMED = 0.8
"""Share of taken machines and accounts that the incidents must name."""

PER = 1000
"""Machines that rates are given for."""


@dataclass(frozen=True)
class Quiet:
    """Ordinary days: what one scan of them told."""

    case: Case
    hosts: int
    events: int
    seconds: float
    incidents: tuple[Incident, ...]
    """Those with evidence enough; `weak` are told too where a scan finds little."""
    weak: int

    @property
    def days(self) -> float:
        """Site-days at a thousand machines."""
        return self.case.days * self.hosts / PER


def quiet(case: Case, rules: Engine, keep: Path | None) -> Quiet:
    """Simulate and scan ordinary days."""
    with tempfile.TemporaryDirectory() as passing:
        folder = keep / case.name if keep else Path(passing)
        fed = scan(simulate(case, folder), rules)
    raised = tuple(one for one in fed.incidents if one.id not in fed.weak)
    return Quiet(case, hosts_in(case.map), fed.events, fed.seconds, raised, len(fed.weak))


def attacked(case: Case, rules: Engine, keep: Path | None) -> tuple[Verdict, Scanned]:
    """Simulate a plot on ordinary days, scan, judge."""
    with tempfile.TemporaryDirectory() as passing:
        folder = keep / case.name if keep else Path(passing)
        logs = simulate(case, folder)
        fed = scan(logs, rules, poisoned(folder) if case.plot.startswith("s10") else ())
        truth = truth_of(folder)
    return verdict(truth, fed.findings, [one for one in fed.incidents if one.id not in fed.weak], case.days), fed


def shown(case: Case) -> str:
    """Write a case's seed, marked where nothing was tuned with it."""
    return f"{case.seed}{'' if case.seed in TUNED else ' (fresh)'}"


def quiet_table(days: Iterable[Quiet]) -> Iterator[str]:
    """Give a row for each scan of ordinary days."""
    yield "| map | seed | days | machines | events | incidents | of class A | weak ones told beside | seconds |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in days:
        worst = sum(incident.confidence == "A" for incident in one.incidents)
        yield (
            f"| {one.case.map} | {shown(one.case)} | {one.case.days} | {one.hosts:,} | {one.events:,} "
            f"| {len(one.incidents)} | {worst} | {one.weak} | {one.seconds:.0f} |"
        )


def culprits(incidents: Iterable[Incident]) -> Counter[str]:
    """Count in how many incidents each detector or rule took part."""
    return Counter(name for one in incidents for name in {_said(found) for found in one.findings})


def _said(finding: Finding) -> str:
    """Name what spoke: a detector's sentence without the names in it, or a rule."""
    return f"{finding.detector}: {finding.facts.get('message') or finding.title}"


def culprits_table(days: Sequence[Quiet]) -> Iterator[str]:
    """Give who is behind the false incidents, most frequent first."""
    exposure = sum(one.days for one in days)
    yield "| detector or rule | false incidents with it | a site-day at 1,000 machines |"
    yield "|---|---|---|"
    for name, count in culprits(incident for one in days for incident in one.incidents).most_common(25):
        yield f"| {name} | {count} | {rate(count, exposure)} |"


def plots_table(verdicts: Iterable[tuple[Case, Verdict]]) -> Iterator[str]:
    """Give a row for each plot and seed."""
    yield (
        "| plot | seed | incidents about it | false (class A) | rang before it | after the second trace "
        "| after the first deed | steps seen | machines named | accounts named |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for case, one in verdicts:
        nothing = one.expected_nothing
        about = "—" if nothing else str(len(one.about) or "**missed**")
        delay = "—" if one.delay_s is None else f"{one.delay_s:.0f} s"
        begun = "—" if one.decided_s is None else f"{(one.decided_s - one.begin_s) / 60:.0f} min"
        seen = "—" if nothing else f"{one.steps - len(one.unseen)}/{one.steps}"
        yield (
            f"| {one.plot} | {shown(case)} | {about} | {len(one.false)} ({one.class_a}) | {one.early} | {delay} "
            f"| {begun} | {seen} | {one.hosts[0]}/{one.hosts[1]} | {one.accounts[0]}/{one.accounts[1]} |"
        )


def unseen_table(verdicts: Iterable[tuple[Case, Verdict]]) -> Iterator[str]:
    """Give the steps that nothing was found about."""
    yield "| plot | seed | steps without a finding |"
    yield "|---|---|---|"
    for case, one in verdicts:
        if one.unseen and not one.expected_nothing:
            yield f"| {one.plot} | {case.seed} | {', '.join(one.unseen)} |"


def quiet_goals(days: Sequence[Quiet], label: str) -> Iterator[Goal]:
    """Give the goals of ordinary days."""
    count = sum(len(one.incidents) for one in days)
    worst = sum(incident.confidence == "A" for one in days for incident in one.incidents)
    exposure = sum(one.days for one in days)
    met = count / exposure <= 0.5 if exposure else None
    yield Goal(f"{label}: false incidents a site-day at 1,000 machines", "≤ 0.5", rate(count, exposure), met)
    yield Goal(f"{label}: of class A", "0", str(worst), worst == 0 if days else None)


def plot_goals(verdicts: Sequence[tuple[Case, Verdict]], label: str) -> Iterator[Goal]:
    """Give the goals of the attacks that the goal asks for, and of the noise."""
    asked = [one for _, one in verdicts if one.plot in WANTED]
    number = len(asked)
    found = sum(bool(one.about) for one in asked)
    joined = sum(one.joined for one in asked)
    delays = [one.delay_s for one in asked if one.delay_s is not None]
    soon = sum(delay <= 60 for delay in delays)
    named = sum(one.named >= NAMED for one in asked)
    middle = f", median {median(delays):.0f} s" if delays else ""
    yield Goal(f"{label}: attacks found", f"{number} of {number}", str(found), found == number)
    yield Goal(f"{label}: told as one incident, at most {MOST}", f"{number} of {number}", str(joined), joined == number)
    yield Goal(
        f"{label}: incident ≤ 60 s after the second trace",
        f"{number} of {number}",
        f"{soon}{middle}",
        soon == number,
    )
    yield Goal(
        f"{label}: ≥ {NAMED:.0%} of taken machines and accounts named",
        f"{number} of {number}",
        str(named),
        named == number,
    )
    worst = sum(one.class_a for _, one in verdicts if one.expected_nothing)
    if any(one.expected_nothing for _, one in verdicts):
        yield Goal(f"{label}: incidents of class A in the noisy night", "0", str(worst), worst == 0)


def missed(verdicts: Iterable[tuple[Case, Verdict]]) -> Iterator[str]:
    """Say what the goals miss, one line each."""
    for case, one in verdicts:
        if one.plot not in WANTED:
            continue
        if not one.about:
            yield f"{one.plot}, seed {case.seed}: no incident is about the attack"
        elif not one.joined:
            yield f"{one.plot}, seed {case.seed}: {len(one.about)} incidents"
        if one.delay_s is not None and one.delay_s > 60:
            yield f"{one.plot}, seed {case.seed}: {one.delay_s:.0f} s after the second trace"
        if one.about and one.named < NAMED:
            yield f"{one.plot}, seed {case.seed}: {one.named:.0%} of taken machines and accounts named"


QUIET_DAYS = 2
QUICK_HOURS = 6.0


def cases(quick: bool, only: Sequence[str]) -> tuple[list[Case], list[Case]]:
    """Give ordinary days and attacked days to run, those for tuning first."""
    seeds = (*TUNED[:1], *FRESH[:1]) if quick else (*TUNED, *FRESH)
    calm = [Case("small", seed, 1 if quick else QUIET_DAYS) for seed in seeds]
    plots = [name for name in PLOTS if not only or any(name.startswith(one) for one in only)]
    per_plot = FRESH[:1] if quick else (TUNED[0], *FRESH[:2])
    before_h = QUICK_HOURS if quick else 0.0
    return ([] if only else calm), [Case.of(name, seed, before_h=before_h) for name in plots for seed in per_plot]


def roles() -> list[str]:
    """Run the benchmark of roles, where it is there, on seeds that nothing was tuned with; give its lines of goals."""
    program, out = HERE / "roles.py", HERE / "results" / "roles.md"
    if not program.exists():
        return ["Not there yet."]
    command = [sys.executable, str(program), "--seed", *map(str, FRESH[:2]), "--out", str(out)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    lines = out.read_text("utf-8").splitlines() if out.exists() else []
    return [line for line in lines if "met**" in line] or ["It ended without a result."]


def report(
    calm: Sequence[Case], plots: Sequence[Case], keep: Path | None, verbose: bool, with_roles: bool
) -> Iterator[str]:
    """Run all cases and give the tables."""
    rules = engine()
    days, verdicts = [], []
    for case in plots:
        progress(f"attack: {case.name}")
        one, fed = attacked(case, rules, keep)
        verdicts.append((case, one))
        if verbose:
            explain(one, fed)
    for case in calm:
        progress(f"ordinary days: {case.name}")
        days.append(quiet(case, rules, keep))
        if verbose:
            tell(days[-1].incidents)
    yield f"Python {platform.python_version()}, {platform.machine()}. Seeds {', '.join(map(str, TUNED))} were looked at"
    yield "while rules were written; those marked fresh were not."
    if any(case.before_h for case in plots):
        yield f"Quick run: {QUICK_HOURS:.0f} hours of ordinary life before each plot, one ordinary day a seed."
    yield ""
    yield from goals_table(goals(days, verdicts))
    yield from ("", "## Ordinary days", "", *quiet_table(days), "", *culprits_table(days))
    yield from ("", "## Attacks", "", *plots_table(verdicts), "", *unseen_table(verdicts))
    yield from ("", "## Missed", "", *(f"- {line}" for line in missed(verdicts)))
    if with_roles:
        yield from ("", "## Roles told from traffic", "", *roles())


def goals(days: Sequence[Quiet], verdicts: Sequence[tuple[Case, Verdict]]) -> Iterator[Goal]:
    """Give the goals of fresh seeds, then those of the seeds for tuning."""
    for label, fresh in (("fresh", True), ("tuned", False)):
        calm = [one for one in days if (one.case.seed not in TUNED) is fresh]
        plots = [pair for pair in verdicts if (pair[0].seed not in TUNED) is fresh]
        if calm:
            yield from quiet_goals(calm, label)
        if plots:
            yield from plot_goals(plots, label)


def tell(incidents: Iterable[Incident]) -> None:
    """Show incidents with their findings."""
    for one in incidents:
        print(f"  {one.confidence} {one.urgency:3} {one.title}", file=sys.stderr)
        for found in one.findings[:12]:
            parties = ", ".join(f"{party.kind} {party.name}" for party in found.entities[:5])
            print(
                f"       {found.weight:4.1f} {found.detector}: {found.title} [{parties}] ×{found.count}",
                file=sys.stderr,
            )


def explain(one: Verdict, fed: Scanned) -> None:
    """Show what became of an attack."""
    print(f"{one.plot}: {len(one.about)} about it, {len(one.false)} false, delay {one.delay_s}", file=sys.stderr)
    print(f"  not seen: {', '.join(one.unseen)}; hosts {one.hosts}, accounts {one.accounts}", file=sys.stderr)
    tell(fed.incidents)


def main() -> int:
    """Print the tables; write them with --out. 1 where a goal of fresh seeds is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two quiet runs, each plot once")
    parser.add_argument("--only", action="append", default=[], metavar="PLOT", help="plots whose name begins so")
    parser.add_argument("--out", type=Path, help="write the tables there")
    parser.add_argument("--keep", type=Path, help="keep the logs below this folder, and use those that are there")
    parser.add_argument("-v", "--verbose", action="store_true", help="show incidents with their findings")
    options = parser.parse_args()
    calm, plots = cases(options.quick, options.only)
    lines = []
    with_roles = not options.quick and not options.only
    for text in report(calm, plots, options.keep, options.verbose, with_roles):
        print(text, flush=True)
        lines.append(text)
    if options.out:
        options.out.write_text("\n".join(["# Hospitals: whole attacks and ordinary days", "", *lines]) + "\n", "utf-8")
    return int(any("**no**" in line and line.startswith("| fresh") for line in lines))


if __name__ == "__main__":
    sys.exit(main())
