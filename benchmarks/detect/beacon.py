"""Beacons put into a real day of connections: how many are found, and RITA's score beside ours in the same run.

    python benchmarks/detect/beacon.py [--out FILE] [--quick] [--strict]

A day of a site is made of RITA's captures, laid over one another from midnight on: a browser behind a proxy, a dozen
machines with little traffic, and one of three days of a server on the Internet with thousands of strangers at its door.
Only rows of connections, requests and handshakes enter, read by the product; no names of files. Into it go seeded
beacons (`injector.py`), thirty of each profile, from the machines that are there to addresses that nobody else uses.

Every scorer gets the threshold above which no (1 %, 5 %) pair of the background lies, which favours each of them alike;
ours is also judged at the product's own threshold. Scores of ours come from the product's `judge`. All are compared on
pairs of addresses; a row of ours counts the names asked for as well, as the product does. RITA is also judged as it
ships, without what comes in from the Internet, and without the server's time service, which it takes for its best
beacon. The pair that is a beacon by its publisher's word is left out of the background and ranked.

The detector's numbers were chosen on day 1 with seed 1 and the profiles named `tuned`. The reported figure is that of
days 2 and 3, other seeds, and profiles that were not looked at. A harder background (two workstations of Stratosphere
besides, full of timers of update and cloud clients that nobody else there has) is reported apart.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from beacon_day import DAY_US, REAL, RITA, SERVER_DAYS, START_US, WORKSTATIONS, Day, Key, background, inject, read
from feed import need, progress
from injector import EVASIVE, TUNED, UNSEEN
from metrics import Goal, goals_table, share
from rita_score import beacon_score, modified

from tocsin.detect.behaviour import beacon, long_lived
from tocsin.detect.behaviour.beacon_pairs import OWN_TIMERS
from tocsin.detect.behaviour.facts import Flow
from tocsin.detect.behaviour.memory import Rings
from tocsin.detect.behaviour.rhythm import rhythm
from tocsin.detect.behaviour.sides import INNER, Ends, by_ends, outside, side
from tocsin.model import names as spell

PEERS = ("RITA", "RITA with prevalence", "RITA with prevalence, outbound, no NTP or DNS")
OURS, WITH_NAMES = "ours", "ours, names asked for too"
SCORERS = (*PEERS, "ours, regularity only", OURS, WITH_NAMES)
PUBLISHED = 0.963
"""RITA's score of that pair over the last 24 hours of the capture, by RITA's tests: our port must give the same."""
ALLOWED = (0.0, 0.01, 0.05)
TARGET, PEER = 0.97, 0.85


@dataclass
class Scored:
    """Scores of one day by scorer: of the background, of each injected beacon (the best of its addresses)."""

    background: dict[str, list[float]]
    found: dict[str, dict[Key, float]]
    told: set[Key]
    polled: set[Key]
    false_told: int
    ranks: dict[str, int | None]
    cost_us: dict[str, float]
    pairs: int


def score(day: Day) -> Scored:
    """Score all pairs of a day with every scorer."""
    pairs = {ends: rows for ends, rows in by_ends(day.flows).items() if side(*ends) not in ("", INNER)}
    pairs = {ends: rows for ends, rows in pairs.items() if len({row.time_us // 1_000_000 for row in rows}) >= 4}
    by_scorer: dict[str, dict[Ends, float]] = {name: {} for name in SCORERS}
    cost_us: dict[str, float] = {}
    _rita(day, pairs, by_scorer, cost_us)
    _regularity(pairs, by_scorer, cost_us)
    told, polled = _ours(day, by_scorer, cost_us)
    return _judged(day, pairs, by_scorer, told, polled, cost_us)


def _rita(
    day: Day, pairs: dict[Ends, list[Flow]], scores: dict[str, dict[Ends, float]], cost: dict[str, float]
) -> None:
    inside = _inside(day.flows)
    begin_s, end_s = START_US / 1e6, (START_US + DAY_US) / 1e6
    users: dict[str, set[str]] = {}
    for row in day.flows:
        users.setdefault(row.dst, set()).add(row.src)
    begun = time.process_time()
    for ends, rows in pairs.items():
        scores[PEERS[0]][ends] = plain = rita_of(rows, begin_s, end_s)
        hosts = len(users[ends[1]] & inside) if ends[0] in inside else len(inside)
        scores[PEERS[1]][ends] = with_hosts = modified(plain, hosts, len(inside))
        if ends[0] in inside and rows[0].service not in OWN_TIMERS:
            scores[PEERS[2]][ends] = with_hosts
    cost["RITA"] = (time.process_time() - begun) / len(pairs) * 1e6


def rita_of(rows: list[Flow], begin_s: float, end_s: float) -> float:
    """Give RITA's score of a pair's connections within a span."""
    kept = [row for row in rows if begin_s <= row.time_us / 1e6 <= end_s]
    seconds = np.array([row.time_us / 1e6 for row in kept])
    return beacon_score(seconds, np.array([row.sent for row in kept], np.float64), begin_s, end_s)


def check_port() -> None:
    """Compare our port with the score that RITA's tests state.

    Raises:
        AssertionError: they differ.
    """
    rows = by_ends(read(f"{RITA}/missing_host_72h")["Flow"])[REAL]
    end_s = 1_713_743_991.0
    found = rita_of(rows, 1_713_653_992.0, end_s)  # whole hours are imported
    assert abs(found - PUBLISHED) < 0.001, found


def _inside(flows: list[Flow]) -> frozenset[str]:
    """Give the site's machines: private addresses, and public ones that go to many places."""
    goes: dict[str, set[str]] = {}
    for row in flows:
        if side(row.src, row.dst):
            goes.setdefault(row.src, set()).add(row.dst)
    return frozenset(src for src, there in goes.items() if not outside(src) or len(there) > 3)


def _regularity(pairs: dict[Ends, list[Flow]], scores: dict[str, dict[Ends, float]], cost: dict[str, float]) -> None:
    """Judge the rhythm of every pair, also of those that the product does not follow."""
    rings = Rings(len(pairs) + 1, 512)
    order = sorted(pairs, key=lambda ends: len(pairs[ends]))
    for number, ends in enumerate(order):
        rings.extend(number, [row.time_us for row in pairs[ends]], [float(row.sent) for row in pairs[ends]])
    begun = time.process_time()
    for begin in range(0, len(order), 1_024):
        part = range(begin, min(len(order), begin + 1_024))
        for number, evidence in zip(part, rhythm(*rings.table(part)).evidence.tolist(), strict=True):
            scores["ours, regularity only"][order[number]] = evidence
    cost["ours, regularity only"] = (time.process_time() - begun) / len(order) * 1e6


def _ours(
    day: Day, scores: dict[str, dict[Ends, float]], cost: dict[str, float], batch: int = 5_000
) -> tuple[set[Ends], set[Ends]]:
    """Run the product's detectors. Gives the pairs that the beacon detector and N2 tell."""
    memory, persistent = beacon.memory(), long_lived.memory()
    begun = time.process_time()
    for start in range(0, len(day.flows), batch):
        list(beacon.watch("Flow", day.flows[start : start + batch], memory))
    cost["watched row"] = (time.process_time() - begun) / len(day.flows) * 1e6
    for start in range(0, len(day.webs), batch):
        list(beacon.watch("Web", day.webs[start : start + batch], memory))
    for start in range(0, len(day.flows), batch):
        list(long_lived.watch("Flow", day.flows[start : start + batch], persistent))
    begun = time.process_time()
    scores[WITH_NAMES] = {(one.src, one.dst): one.score for one in beacon.judge(memory)}
    cost["ours"] = (time.process_time() - begun) / max(1, len(memory.pairs)) * 1e6
    scores[OURS] = {ends: value for ends, value in scores[WITH_NAMES].items() if spell.address(ends[1])}
    for pair in memory.pairs.values():
        pair.changed = True
    told = {(sign.facts["src"], sign.facts["dst"]) for sign in beacon.finish(memory)}
    polled = {(sign.facts["src"], sign.facts["dst"]) for sign in long_lived.finish(persistent)}
    return told, polled


def _judged(
    day: Day,
    pairs: dict[Ends, list[Flow]],
    by_scorer: dict[str, dict[Ends, float]],
    told: set[Ends],
    polled: set[Ends],
    cost_us: dict[str, float],
) -> Scored:
    aside = day.injected.keys() | day.known_bad
    benign = pairs.keys() - aside
    out: dict[str, list[float]] = {}
    found: dict[str, dict[Key, float]] = {}
    ranks: dict[str, int | None] = {}
    for name, scores in by_scorer.items():
        judged = (scores.keys() | benign if name in (OURS, WITH_NAMES) else scores.keys()) - aside
        out[name] = sorted((scores.get(ends, 0.0) for ends in judged), reverse=True)
        best = found.setdefault(name, dict.fromkeys(day.injected.values(), 0.0))
        for ends, key in day.injected.items():
            best[key] = max(best[key], scores.get(ends, 0.0))
        ranks[name] = 1 + sum(one > scores[REAL] for one in out[name]) if scores.get(REAL) else None
    return Scored(
        out,
        found,
        {day.injected[ends] for ends in told & set(day.injected)},
        {day.injected[ends] for ends in polled & set(day.injected)},
        len(told - set(day.injected) - day.known_bad),
        ranks,
        cost_us,
        len(benign),
    )


def threshold(scores: list[float], allowed: float) -> float:
    """Give the score above which no more than this share of the background lies."""
    at = int(allowed * len(scores))
    return scores[at] if at < len(scores) else 0.0


def caught(scored: Scored, name: str, allowed: float, profiles: Iterable[str]) -> tuple[int, int]:
    """Count the injected beacons of some profiles above a threshold, and all of them."""
    over = threshold(scored.background[name], allowed)
    wanted = set(profiles)
    values = [value for (profile, _), value in scored.found[name].items() if profile in wanted]
    return sum(value > over for value in values), len(values)


def pooled(parts: list[Scored], name: str, allowed: float, profiles: Iterable[str]) -> tuple[int, int]:
    """Sum over days, each with its own threshold."""
    listed = list(profiles)
    counts = [caught(one, name, allowed, listed) for one in parts]
    return sum(hit for hit, _ in counts), sum(of for _, of in counts)


def table(parts: list[Scored], profiles: Iterable[str]) -> Iterator[str]:
    """Write recall by scorer and allowed share of false pairs."""
    listed = list(profiles)
    number = sum(one.pairs for one in parts)
    yield f"{number} pairs of the background, {pooled(parts, OURS, 0.0, listed)[1]} beacons."
    yield ""
    yield "| scorer | no false pair | 1 % false | 5 % false |"
    yield "|---|---|---|---|"
    for name in SCORERS:
        cells = " | ".join(share(*pooled(parts, name, allowed, listed)) for allowed in ALLOWED)
        bold = "**" if name == OURS else ""
        yield f"| {bold}{name}{bold} | {cells} |"
    told = sum(key[0] in listed for one in parts for key in one.told)
    false = sum(one.false_told for one in parts)
    recall = share(told, pooled(parts, OURS, 0.0, listed)[1])
    yield f"| ours, told by the product | {recall}, {false} false pairs | | |"
    yield ""


def by_profile(parts: list[Scored], profiles: Iterable[str]) -> Iterator[str]:
    """Write recall without a false pair by profile."""
    yield "Without a false pair; RITA is the third of its rows above; `told` by the product, `N2` by the detector of"
    yield "long stays:"
    yield ""
    yield "| profile | RITA | ours | told | N2 |"
    yield "|---|---|---|---|---|"
    for profile in profiles:
        cells = []
        for name in (PEERS[2], OURS):
            hit, of = pooled(parts, name, 0.0, [profile])
            cells.append(f"{hit}/{of}")
        told = sum(key[0] == profile for one in parts for key in one.told)
        polled = sum(key[0] == profile for one in parts for key in one.polled)
        yield f"| {profile} | {' | '.join(cells)} | {told} | {polled} |"
    yield ""


def run(server_day: str, profiles: Iterable[str], each: int, seed: int, workstations: bool = False) -> Scored:
    """Make a day, put beacons into it, score it."""
    begun = time.perf_counter()
    day = background(server_day, workstations)
    inject(day, profiles, each, seed)
    scored = score(day)
    progress(f"{server_day} seed {seed}: {len(day.flows)} connections, {time.perf_counter() - begun:.0f} s")
    return scored


def main() -> int:
    """Run all, print the tables; with --strict the exit code says whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="write the tables to this file")
    parser.add_argument("--quick", action="store_true", help="five beacons of each profile on one day")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    parser.add_argument("--tuned-only", action="store_true", help="only what numbers may be chosen on")
    options = parser.parse_args()
    need(RITA, *WORKSTATIONS)
    lines, met = report(options.quick, options.tuned_only)
    text = "\n".join(lines) + "\n"
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    return 1 if options.strict and not met else 0


def report(quick: bool, tuned_only: bool) -> tuple[list[str], bool]:
    """Give the lines of the report, and whether the targets are met."""
    each = 5 if quick else 30
    every = [*TUNED, *UNSEEN, *EVASIVE]
    lines = [
        "# Beacons",
        "",
        f"`python benchmarks/detect/beacon.py{' --quick' if quick else ''}`, {platform.machine()}, "
        f"Python {platform.python_version()}; {each} beacons of each profile a day. "
        "Recall with Wilson's 95 % interval.",
        "",
    ]
    if not quick:
        check_port()
        tuned = [run(SERVER_DAYS[0], [*TUNED, *EVASIVE], each, 1)]
        lines += ["## Tuned: day 1, the 23 profiles", "", *table(tuned, TUNED), *by_profile(tuned, [*TUNED, *EVASIVE])]
        if tuned_only:
            return lines, True
    days = [(SERVER_DAYS[1], 51)] if quick else [(SERVER_DAYS[1], 51), (SERVER_DAYS[2], 52)]
    held = [run(day, every, each, seed) for day, seed in days]
    aims = goals(held)
    lines[4:4] = [*goals_table(aims), ""]
    lines += ["## Held out: days 2 and 3, other seeds", "", "### Profiles that were not looked at", ""]
    lines += [*table(held, UNSEEN), "### The 23 profiles again", "", *table(held, TUNED), "### By profile", ""]
    lines += by_profile(held, every)
    lines += _remarks(held)
    if not quick:
        hard = [run(SERVER_DAYS[1], every, each, 31, workstations=True)]
        lines += ["## With two workstations full of timers", "", *table(hard, [*TUNED, *UNSEEN]), *LIMITS]
    return lines, all(one.met is not False for one in aims)


def goals(held: list[Scored]) -> list[Goal]:
    """Give the goals: recall without a false pair on profiles that were not looked at, RITA beside it."""
    ours, peer = pooled(held, OURS, 0.0, UNSEEN), pooled(held, PEERS[2], 0.0, UNSEEN)
    strict, told = pooled(held, WITH_NAMES, 0.0, UNSEEN), sum(one.false_told for one in held)
    found = sum(key[0] in UNSEEN for one in held for key in one.told)
    return [
        Goal(
            "beacons found without a false pair (profiles and seeds not tuned on; half held out)",
            f"≥ {TARGET}",
            share(*ours),
            ours[0] / ours[1] >= TARGET,
            f"{PEERS[2]}: {share(*peer)}",
        ),
        Goal("the same for RITA", f"≤ {PEER}", share(*peer), peer[0] / peer[1] <= PEER, "as above"),
        Goal("the same, names asked for counted against us too", "—", share(*strict), None, "—"),
        Goal(f"told by the product; {told} pairs told falsely", "—", share(found, ours[1]), None, "—"),
    ]


def _remarks(held: list[Scored]) -> Iterator[str]:
    costs = {name: np.mean([one.cost_us[name] for one in held]) for name in held[0].cost_us}
    yield (
        "Cost: " + ", ".join(f"{name} {cost:.1f} µs" for name, cost in costs.items()) + " (a pair; watched row: a row)."
    )
    yield ""
    ranks = [f"{name} {', '.join(str(one.ranks[name] or '—') for one in held)}" for name in SCORERS]
    yield f"Rank of the real beacon among all pairs, by day: {'; '.join(ranks)}."
    yield "It comes in from the Internet, to the server where all others go too: to the product, one of thousands of"
    yield "strangers who knock, and no pair to follow (—); its rhythm alone ranks it."
    yield ""


LIMITS = (
    "What these figures are not: the beacons are generated, by whoever wrote the detector; the background is small:",
    "one proxied browser, a dozen quiet machines, a server. The held-out part was run before (seeds 41 and 42: 0.967",
    "on the profiles not looked at, 0.969 on the 23), with a threshold set by one pair of day 2 whose intervals were",
    "a timer's in less than half; a factor for that was added (`RULED` of `rhythm.py`), its size chosen on day 1. The",
    "seeds are new since then, profiles and days are not: read them as half held out.",
    "Where clients call their maker by a timer, and nobody else there has them, no threshold tells them from beacons:",
    f"that is why one such pair alone is worth at most {beacon.KNOWN_DECADES} decades and makes no incident.",
)


if __name__ == "__main__":
    sys.exit(main())
