"""Network detectors N3 (tunnels in DNS), N4 (algorithms of domains), N5 (data sent out): injected, and false signs.

    python benchmarks/detect/network.py [--out FILE] [--quick] [-v]

Seeded attacks (`network_shapes.py`) are put, one at a time, into backgrounds: captures of the development data, read by
the product (rows only; no names of files, no labels), and a generated site of 250 machines and four days
(`network_site.py`), as the captures hold a few machines only. An attack is found when a sign names its machine and
covers one of its rows. A sign of the background alone is false; they are counted on the backgrounds without attacks.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from feed import DATA, need, progress
from metrics import Goal, goals_table, rate, share
from network_shapes import (
    ALGORITHMS,
    ALGORITHMS_HELD,
    THEFTS,
    THEFTS_HELD,
    TUNNELS,
    TUNNELS_HELD,
    Row,
    Shape,
)
from network_site import DAY, DAYS, HOUR, MACHINES, START_S, generate, machine

from tocsin import probes
from tocsin.detect.behaviour import dga, dns_tunnel, exfiltration, gather
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import FactsByKind
from tocsin.ingest import files
from tocsin.model import Reject
from tocsin.model import names as spell
from tocsin.probes.formats import BY_NAME

CAPTURES = (
    "network/rita/proxy_rolling",
    "network/rita/missing_host_72h",
    "network/rita/open_conns",
    "network/slips/test9-mixed-zeek-dir",
    "network/slips/test10-mixed-zeek-dir",
    "network/stratosphere/008-zeek-mixed",
    "network/stratosphere/011-zeek-mixed",
)
INTO = CAPTURES[:2]
"""Captures with enough of DNS and of connections to hide something in; the others only count false signs."""
PARTS: tuple[tuple[ModuleType, dict[str, Shape], dict[str, Shape], str], ...] = (
    (dns_tunnel, TUNNELS, TUNNELS_HELD, "0.5"),
    (dga, ALGORITHMS, ALGORITHMS_HELD, "0.5"),
    (exfiltration, THEFTS, THEFTS_HELD, "1"),
)
OUTSIDE = frozenset({"very small: 15 questions", "three words, slow", "60 MB in parts of 6 KB"})
"""Shapes that the detectors' docstrings name as missed: told apart."""
TUNED_SEEDS, HELD_SEEDS = (1, 2), (31, 32, 33)
RAISE = 2.0
"""Decades of an incident of its own."""


@dataclass
class Background:
    """Rows without attacks; `begin_s` is when attacks may begin, `host_days` what was watched."""

    name: str
    facts: FactsByKind
    hosts: list[str]
    begin_s: float
    days: float

    @property
    def host_days(self) -> float:
        """Give machines times days."""
        return len(self.hosts) * self.days


@dataclass
class Found:
    """What came of the attacks of one shape."""

    tried: int = 0
    told: int = 0
    raised: int = 0


@dataclass
class Result:
    """What came of one detector."""

    shapes: dict[tuple[str, str], Found] = field(default_factory=dict)
    false: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)


def captured(folder: str) -> Background:
    """Read a capture as the product's workers do."""
    facts: FactsByKind = {}
    for path in files.find([str(DATA / folder)]):
        for block in files.blocks(path, ""):
            if not isinstance(block, Reject):
                events = (one for one in BY_NAME[block.format].read(block) if not isinstance(one, Reject))
                gather(events, probes.columns, frozenset({"Query", "Flow", "Web"}), facts)
    times = sorted(row.time_us / 1e6 for rows in facts.values() for row in rows)
    first, last = times[len(times) // 100], times[-1 - len(times) // 100]
    hosts = Counter(row.src for rows in facts.values() for row in rows if _inside(row.src))
    own = [host for host, number in hosts.items() if number >= 5]
    if not own:  # one machine with a public address
        asking = Counter(row.src for kind in ("Query", "Web") for row in facts.get(kind, []))
        own = [host for host, _ in asking.most_common(1)]
    return Background(Path(folder).name, facts, sorted(own), first + 0.3 * (last - first), (last - first) / DAY)


def _inside(text: str) -> bool:
    return spell.internal(text) and spell.routable(text)


def generated(seed: int) -> Background:
    """Make a generated site."""
    hosts = [machine(number) for number in range(MACHINES)]
    return Background(f"generated {seed}", generate(seed), hosts, START_S + (DAYS - 1) * DAY + 8 * HOUR, float(DAYS))


def signs_of(detector: ModuleType, facts: FactsByKind, result: Result | None = None) -> list[Sign]:
    """Run a detector over rows, five thousand at a time, kind after kind as files are read."""
    memory = detector.memory()
    found: list[Sign] = []
    for kind in detector.NEEDS:
        rows = facts.get(kind, [])
        begun = time.process_time()
        for at in range(0, len(rows), 5_000):
            found += detector.watch(kind, rows[at : at + 5_000], memory)
        if result is not None:
            result.rows[kind] += len(rows)
            result.seconds[kind] += time.process_time() - begun
    return [*found, *detector.finish(memory)]


def inject(background: Background, name: str, shape: Shape, seed: int) -> tuple[FactsByKind, list[Row], str]:
    """Put one attack into a background; half of them from a machine that is there, half from one that is quiet."""
    rng = random.Random(f"{name} {seed}")
    src = rng.choice(background.hosts) if seed % 2 else f"10.20.8.{seed % 200 + 1}"
    attack = list(shape(rng, src, background.begin_s + rng.uniform(0, HOUR)))
    mixed = dict(background.facts)
    for kind in sorted({type(row).__name__ for row in attack}):
        added = [row for row in attack if type(row).__name__ == kind]
        mixed[kind] = sorted([*mixed.get(kind, []), *added], key=lambda row: row.time_us)
    return mixed, attack, src


def attacked(
    detector: ModuleType, name: str, shape: Shape, background: Background, seeds: tuple[int, ...], into: Found
) -> None:
    """Try one shape with each seed on a background."""
    for seed in seeds:
        facts, attack, src = inject(background, name, shape, seed)
        ids = {row.event.id for row in attack}
        mine = [
            sign
            for sign in signs_of(detector, facts)
            if any(one.name == src for one in sign.entities) and any(event.id in ids for event in sign.events)
        ]
        best = max((sign.decades for sign in mine), default=0.0)
        into.tried += 1
        into.told += bool(mine)
        into.raised += best >= RAISE


def run(quick: bool, verbose: bool) -> tuple[dict[str, Result], list[Background]]:
    """Run everything."""
    backgrounds = [captured(folder) for folder in (INTO if quick else CAPTURES)] + [generated(1)]
    backgrounds += [] if quick else [generated(2)]
    results: dict[str, Result] = {}
    for detector, tuned, held, _ in PARTS:
        result = results[detector.ID] = Result()
        progress(f"{detector.ID} {detector.NAME}")
        for background in backgrounds:
            for sign in signs_of(detector, background.facts, result):
                result.false[background.name] += 1
                if verbose:
                    progress(f"  false, {background.name}: {sign.decades:.1f} {sign.message.format(**sign.facts)}")
        for part, shapes, seeds in (("tuned", tuned, TUNED_SEEDS), ("held out", held, HELD_SEEDS)):
            for name, shape in shapes.items():
                into = result.shapes[part, name] = Found()
                for background in _targets(backgrounds, part):
                    attacked(detector, name, shape, background, seeds[:1] if quick else seeds, into)
                if verbose:
                    progress(f"  {part}: {name}: {into.told}/{into.tried}, {into.raised} raise")
    return results, backgrounds


def _targets(backgrounds: list[Background], part: str) -> Iterator[Background]:
    """Captures and the site of the first seed for the tuned, of the second for the others (of the first when quick)."""
    names = {Path(folder).name for folder in INTO}
    sites = [background for background in backgrounds if background.name.startswith("generated")]
    yield from (background for background in backgrounds if background.name in names)
    yield sites[0] if part == "tuned" else sites[-1]


def _total(result: Result, part: str, outside: bool = False) -> Found:
    shapes = [one for (where, name), one in result.shapes.items() if where == part and (name in OUTSIDE) == outside]
    return Found(sum(one.tried for one in shapes), sum(one.told for one in shapes), sum(one.raised for one in shapes))


def goals(results: dict[str, Result], backgrounds: list[Background]) -> Iterator[Goal]:
    """Give the goals: recall on held-out shapes, false signs a day and 1,000 machines on the generated sites."""
    sites = [background for background in backgrounds if background.name.startswith("generated")]
    exposure = sum(background.host_days for background in sites) / 1_000
    for detector, _, _, allowed in PARTS:
        result = results[detector.ID]
        held = _total(result, "held out")
        false = sum(result.false[background.name] for background in sites)
        name = f"{detector.ID} {detector.NAME}"
        looked = "shapes looked at once, new seeds" if detector is exfiltration else "shapes not tuned for"
        yield Goal(f"{name}: attacks told ({looked})", "—", share(held.told, held.tried))
        yield Goal(
            f"{name}: false signs a day for 1,000 machines (generated sites)",
            f"≤ {allowed}",
            rate(false, exposure),
            false / exposure <= float(allowed),
        )


def _shapes(result: Result) -> Iterator[str]:
    yield "| shape | part | told | 2 decades and more |"
    yield "|---|---|---|---|"
    for (part, name), one in result.shapes.items():
        mark = f"{part}, named as missed" if name in OUTSIDE else part
        yield f"| {name} | {mark} | {one.told} of {one.tried} | {one.raised} of {one.tried} |"
    for part in ("tuned", "held out"):
        one = _total(result, part)
        told, raised = share(one.told, one.tried), share(one.raised, one.tried)
        yield f"| **{part}, all but those named as missed** | | **{told}** | {raised} |"
    yield ""


def _false(results: dict[str, Result], backgrounds: list[Background]) -> Iterator[str]:
    yield f"| background | machines | days | {' | '.join(results)} |"
    yield "|---|---|---|" + "---|" * len(results)
    for background in backgrounds:
        counts = " | ".join(str(result.false[background.name]) for result in results.values())
        yield f"| {background.name} | {len(background.hosts)} | {background.days:.2f} | {counts} |"
    captures = [background for background in backgrounds if not background.name.startswith("generated")]
    for name, chosen in (("captures", captures), ("generated", [one for one in backgrounds if one not in captures])):
        exposure = sum(background.host_days for background in chosen) / 1_000
        rates = " | ".join(
            rate(sum(result.false[background.name] for background in chosen), exposure) for result in results.values()
        )
        yield f"| **{name}: a day and 1,000 machines** | | {exposure * 1_000:.1f} machine-days | {rates} |"
    yield ""


def _costs(results: dict[str, Result]) -> Iterator[str]:
    yield "| detector | kind | rows | µs a row |"
    yield "|---|---|---|---|"
    for name, result in results.items():
        for kind, number in result.rows.items():
            yield f"| {name} | {kind} | {number} | {result.seconds[kind] / max(1, number) * 1e6:.1f} |"
    yield ""


LIMITS = """What these figures are not: the attacks and the generated sites were written by whoever wrote the
detectors, from public descriptions of tools. After a first look at the held-out shapes (seeds 21 to 23: N3 0.82, N4
0.94, N5 0.69) N5 was changed: tallies are kept by network and for 24 hours from their first connection, calls no
longer count among the amounts, a server with a public address is told from its visitors. The seeds are new since
then, the shapes are not: read those of N5 as development figures too. N3 and N4 were left as they were.
The captures hold a few machines for hours: their false signs say little for 1,000 (see the intervals), and N5 says at
most 1.5 decades there, as it is the first day that it knows of the site. Targets are of BEHAVIOUR.md; that a count
meets one is weaker than its interval. On the generated sites the false sign of N5 is 60 MB for a new partner."""


def report(results: dict[str, Result], backgrounds: list[Background], quick: bool) -> list[str]:
    """Write the results."""
    lines = [
        "# Network: tunnels in DNS, algorithms of domains, data sent out",
        "",
        f"`python benchmarks/detect/network.py{' --quick' if quick else ''}`, {platform.machine()}, "
        f"Python {platform.python_version()}. Recall with Wilson's, counts with Byar's 95 % interval.",
        "",
        *goals_table(goals(results, backgrounds)),
        "",
        *LIMITS.splitlines(),
        "",
    ]
    for detector, _, _, _ in PARTS:
        lines += [f"## {detector.ID} {detector.NAME}", "", *_shapes(results[detector.ID])]
    lines += ["## False signs", "", *_false(results, backgrounds), "## Cost", "", *_costs(results)]
    return lines


def main() -> int:
    """Run all and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="write the tables to this file")
    parser.add_argument("--quick", action="store_true", help="one seed, fewer backgrounds")
    parser.add_argument("-v", action="store_true", help="show false signs and each shape")
    options = parser.parse_args()
    need(*CAPTURES)
    results, backgrounds = run(options.quick, options.v)
    text = "\n".join(report(results, backgrounds, options.quick))
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
