"""Correlation on AIT-ADS: four networks, alerts of Wazuh, Suricata and AMiner, one attack each.

    python benchmarks/detect/correlate.py [--quick] [--strict] [--out FILE]

Only time, alert name, host and address enter; the label columns are kept aside and used to judge. Beside ours, in the
same run, each at the highest threshold that still finds every attack (an oracle threshold, in their favour): new terms
(signatures new to a host within an hour, a day), distinct signatures in a day, the sum of alerts in a day, the
position-weighted sum of Elastic's entity risk, Slips' sum in an hour, an isolation forest of our own on counts by
host and hour, and groups by pauses. Ours has the product's thresholds, fixed on santos and shaw.

The attack is the chain that starts with the scans; the theft by DNS that ran from the first hour and ends a day before
is not asked for (it was there when learning began: "poisoning" in the design), but counts as right where it is told.
A finding is right when most of its alerts are labelled; *purity* is the share of right findings in incidents about the
attack, *completeness* the share of the chain's alerts in its incidents, as members or as their places' context.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import lzma
import platform
import random
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from feed import DATA as UNPACKED
from feed import need, progress
from metrics import Goal, goals_table, median, poisson, rate, share

from tocsin.correlate import Correlator
from tocsin.correlate.live import Live
from tocsin.correlate.policy import LIVE, SCAN, Policy
from tocsin.detect.findings import Episodes
from tocsin.model import Entity, EventRef, Finding, Incident
from tocsin.model import names as spell

DATA = UNPACKED / "multi" / "ait-ads"
NETWORKS = ("santos", "shaw", "fox", "wheeler")
TUNED = ("santos", "shaw")
SCANS = frozenset({"network_scans", "service_scans", "wpscan", "dirb"})
LEARN_S = 86_400
HOUR_S = 3600
PAUSE_S = 6 * HOUR_S


@dataclass(frozen=True)
class Alert:
    """One row; `phase` is what the labels say, empty for none."""

    time_s: int
    name: str
    host: str
    address: str
    phase: str


@dataclass
class Judged:
    """What one method gave on one network."""

    network: str
    days: float
    alerts: int
    incidents: int = 0
    about: int = 0
    false: int = 0
    right_findings: int = 0
    findings: int = 0
    covered: int = 0
    labelled: int = 0
    delay_s: float = float("nan")
    detectable_s: float = float("nan")

    @property
    def found(self) -> bool:
        """Say whether some incident is about the attack."""
        return self.about > 0


@lru_cache(maxsize=8)
def rows_of(network: str) -> tuple[Alert, ...]:
    """Read one network's rows, by time."""
    text = lzma.decompress((DATA / f"{network}_alerts.csv.xz").read_bytes()).decode()
    rows = [
        Alert(
            int(float(row["time"])),
            row["name"],
            row["host"],
            row["ip"],
            "" if row["time_label"] == "false_positive" else row["time_label"],
        )
        for row in csv.DictReader(io.StringIO(text))
    ]
    return tuple(sorted(rows, key=lambda one: one.time_s))


def alerts(network: str, strict: bool) -> list[Alert]:
    """Give one network's rows, without the four scan phases where `strict`."""
    return [one for one in rows_of(network) if not (strict and one.phase in SCANS)]


def chain(rows: list[Alert]) -> tuple[int, int]:
    """Give the first and the last second of the labelled chain: what comes after the last pause of twelve hours."""
    times = sorted(one.time_s for one in rows if one.phase)
    begin = times[0]
    for before, after in itertools.pairwise(times):
        if after - before > 12 * HOUR_S:
            begin = after
    return begin, times[-1]


def finding(rank: int, alert: Alert) -> Finding:
    """Make the finding that the product makes of such an alert (severity unknown)."""
    time_us = alert.time_s * 1_000_000
    source = "alerts.export"
    return Finding(
        id=f"{rank:08}",
        site="",
        detector=source,
        title=alert.name,
        layer="other",
        source=source,
        time_us=time_us,
        last_us=time_us,
        count=1,
        weight=0.0,
        level="informational",
        techniques=(),
        entities=(Entity("host", spell.host(alert.host), "subject"), Entity("address", alert.address, "subject")),
        events=(EventRef(f"{rank:08}", source, time_us, "", rank),),
    )


def ours(network: str, rows: list[Alert], policy: Policy = SCAN, learn_s: int = LEARN_S) -> Judged:
    """Run the product's episodes and correlator, and judge what it gives."""
    episodes = Episodes(limit=1_000_000)
    for rank, alert in enumerate(rows):
        episodes.add(finding(rank, alert))
    correlator = Correlator(policy)
    known = episodes.close()
    for episode in known:
        correlator.observe(episode)
    return judge(network, rows, known, correlator.incidents(), learn_s)


def judge(network: str, rows: list[Alert], known: list[Finding], incidents: list[Incident], learn_s: int) -> Judged:
    """Compare incidents with the labels."""
    begin_s, _ = chain(rows)
    days = (rows[-1].time_s - rows[0].time_s - learn_s) / 86_400
    judged = Judged(network, days, len(rows), len(incidents))
    labelled = [rank for rank, one in enumerate(rows) if one.phase and one.time_s >= begin_s]
    judged.labelled = len(labelled)
    behind = _alerts_behind(rows, known)
    covered: set[int] = set()
    decided = []
    for incident in incidents:
        right = sum(_right(rows, behind[one.id]) for one in incident.findings)
        if not right:
            judged.false += 1
            continue
        judged.about += 1
        judged.right_findings += right
        judged.findings += len(incident.findings)
        decided.append((incident.deciding_us or 0) / 1e6)
        covered |= _touched(rows, incident)
        for one in incident.findings:
            covered.update(behind[one.id])
    judged.covered = len(covered & set(labelled))
    if decided:
        judged.delay_s = max(0.0, min(decided) - begin_s)
        judged.detectable_s = max(0.0, min(decided) - detectable(rows, begin_s))
    return judged


def detectable(rows: list[Alert], begin_s: int) -> int:
    """Give the second of the first labelled alert that is new where it is: the labels mark all alerts of a time span,
    and most of what they mark at first is everyday noise."""
    before = {(one.name, one.host) for one in rows if one.time_s < begin_s}
    new = (one.time_s for one in rows if one.phase and one.time_s >= begin_s and (one.name, one.host) not in before)
    return next(new, begin_s)


def _alerts_behind(rows: list[Alert], known: list[Finding]) -> dict[str, list[int]]:
    """Give the alerts of each episode: those of its name and place between its first and its last."""
    episodes: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for one in known:
        episodes[one.title, one.entities[0].name, one.entities[1].name].append(one)
    for listed in episodes.values():
        listed.sort(key=lambda one: one.time_us or 0)
    begins = {key: [one.time_us or 0 for one in listed] for key, listed in episodes.items()}
    behind: defaultdict[str, list[int]] = defaultdict(list)
    for rank, alert in enumerate(rows):
        key = (alert.name, spell.host(alert.host), alert.address)
        at = bisect_right(begins[key], alert.time_s * 1_000_000) - 1
        behind[episodes[key][max(0, at)].id].append(rank)
    return behind


def _right(rows: list[Alert], ranks: list[int]) -> bool:
    return 2 * sum(bool(rows[rank].phase) for rank in ranks) > len(ranks)


def _touched(rows: list[Alert], incident: Incident) -> set[int]:
    """Give the alerts of an incident's hosts between its first and its last finding: its context."""
    hosts = {entity.name for one in incident.findings for entity in one.entities if entity.kind == "host"}
    first, last = (incident.first_us or 0) // 1_000_000 - 60, (incident.last_us or 0) // 1_000_000 + 60
    return {rank for rank, one in enumerate(rows) if first <= one.time_s <= last and spell.host(one.host) in hosts}


Scores = list[tuple[float, str, int, bool]]
"""Score, place, second, whether it holds something of the attack."""


def new_terms(window_s: int) -> Callable[[list[Alert]], Scores]:
    """Score each new signature of a host by how many were new to it within the window."""

    def scored(rows: list[Alert]) -> Scores:
        seen: set[tuple[str, str]] = set()
        recent: defaultdict[str, list[tuple[int, bool]]] = defaultdict(list)
        scores: Scores = []
        begin_s, start_s = chain(rows)[0], rows[0].time_s
        for alert in rows:
            key = (alert.host, alert.name)
            if key in seen:
                continue
            seen.add(key)
            if alert.time_s - start_s < LEARN_S:
                continue
            kept = [one for one in recent[alert.host] if alert.time_s - one[0] <= window_s]
            recent[alert.host] = [*kept, (alert.time_s, bool(alert.phase) and alert.time_s >= begin_s)]
            attack = any(one[1] for one in recent[alert.host])
            scores.append((float(len(recent[alert.host])), alert.host, alert.time_s, attack))
        return scores

    return scored


@dataclass
class Hour:
    """What a host had in an hour."""

    names: Counter[str]
    attack: bool = False


def _hours(rows: list[Alert]) -> dict[tuple[str, int], Hour]:
    begin_s = chain(rows)[0]
    hours: dict[tuple[str, int], Hour] = {}
    for alert in rows:
        hour = hours.setdefault((alert.host, alert.time_s // HOUR_S), Hour(Counter()))
        hour.names[alert.name] += 1
        hour.attack |= bool(alert.phase) and alert.time_s >= begin_s
    return hours


def by_window(hours: int, value: Callable[[Counter[str]], float]) -> Callable[[list[Alert]], Scores]:
    """Score each host and hour by a value of what it had in the last so many hours."""

    def scored(rows: list[Alert]) -> Scores:
        table = _hours(rows)
        first = rows[0].time_s // HOUR_S
        scores: Scores = []
        for host, hour in sorted(table):
            if hour - first >= 24:
                window = [table[host, hour - back] for back in range(hours) if (host, hour - back) in table]
                names: Counter[str] = Counter()
                for one in window:
                    names.update(one.names)
                scores.append((value(names), host, hour * HOUR_S, any(one.attack for one in window)))
        return scores

    return scored


def elastic(names: Counter[str]) -> float:
    """Elastic's entity risk with equal scores: the sum of score / position^1.5 over at most 10,000 alerts."""
    total = min(10_000, sum(names.values()))
    return float(sum(21 / rank**1.5 for rank in range(1, total + 1)) / 2.5924)


def forest(rows: list[Alert]) -> Scores:
    """Score each host and hour by an isolation forest on the logarithms of its counts (Liu, Ting, Zhou 2008)."""
    table = _hours(rows)
    names = sorted({name for one in table.values() for name in one.names})
    keys = sorted(table)
    matrix = np.zeros((len(keys), len(names)))
    at = {name: column for column, name in enumerate(names)}
    for line, key in enumerate(keys):
        for name, count in table[key].names.items():
            matrix[line, at[name]] = np.log1p(count)
    depth = _depths(matrix, trees=100, sample=256)
    first = rows[0].time_s // HOUR_S
    return [
        (float(-depth[line]), host, hour * HOUR_S, table[host, hour].attack)
        for line, (host, hour) in enumerate(keys)
        if hour - first >= 24
    ]


def _depths(matrix: np.ndarray, trees: int, sample: int) -> np.ndarray:
    dice = np.random.default_rng(7)
    total = np.zeros(len(matrix))
    for _ in range(trees):
        chosen = dice.choice(len(matrix), min(sample, len(matrix)), replace=False)
        _isolate(matrix, chosen, np.arange(len(matrix)), 0, total, dice)
    return total / trees


def _isolate(
    matrix: np.ndarray, own: np.ndarray, asked: np.ndarray, depth: int, total: np.ndarray, dice: np.random.Generator
) -> None:
    """Split at random where the sample still differs; what is asked for ends at the depth of its leaf."""
    spread = np.flatnonzero(matrix[own].max(axis=0) > matrix[own].min(axis=0)) if len(own) > 1 else np.array([])
    if depth >= 8 or not len(spread) or not len(asked):
        rest = len(own)
        total[asked] += depth + (2 * (np.log(rest - 1) + 0.5772) - 2 * (rest - 1) / rest if rest > 1 else 0.0)
        return
    column = dice.choice(spread)
    low, high = matrix[own, column].min(), matrix[own, column].max()
    cut = dice.uniform(low, high)
    for side in (True, False):
        _isolate(
            matrix,
            own[(matrix[own, column] < cut) == side],
            asked[(matrix[asked, column] < cut) == side],
            depth + 1,
            total,
            dice,
        )


def pauses(rows: list[Alert]) -> Scores:
    """Score each group of alerts with pauses of under five minutes between them by its distinct names."""
    begin_s = chain(rows)[0]
    scores: Scores = []
    group: list[Alert] = []
    for alert in [*rows, Alert(1 << 40, "", "", "", "")]:
        if group and alert.time_s - group[-1].time_s > 300:
            if group[0].time_s - rows[0].time_s >= LEARN_S:
                attack = any(one.phase and one.time_s >= begin_s for one in group)
                scores.append((float(len({one.name for one in group})), "", group[0].time_s, attack))
            group = []
        group.append(alert)
    return scores


BASELINES: tuple[tuple[str, Callable[[list[Alert]], Scores]], ...] = (
    ("new terms in an hour", new_terms(HOUR_S)),
    ("new terms in a day", new_terms(24 * HOUR_S)),
    ("distinct signatures in a day", by_window(24, lambda names: float(len(names)))),
    ("sum of alerts in a day", by_window(24, lambda names: float(sum(names.values())))),
    ("Elastic's weighted sum in a day", by_window(24, elastic)),
    ("Slips' sum in an hour", by_window(1, lambda names: float(sum(names.values())))),
    ("isolation forest by hour", forest),
    ("groups by pauses", pauses),
)


def at_best(scored: dict[str, Scores]) -> tuple[float, int]:
    """Give the highest threshold that finds the attack of every network, and its false incidents (6 h apart)."""
    threshold = min(max((one[0] for one in rows if one[3]), default=0.0) for rows in scored.values())
    false = 0
    for rows in scored.values():
        last: dict[str, int] = {}
        for score, host, time_s, attack in sorted(rows, key=lambda one: one[2]):
            if score >= threshold and not attack:
                false += time_s - last.get(host, -(10**9)) > PAUSE_S
                last[host] = time_s
    return threshold, false


def rings(network: str, rows: list[Alert], a_day: float) -> tuple[list[int], bool]:
    """Run the service's correlator with a budget; give the rings of each day, and whether one is about the attack."""
    episodes = Episodes(limit=1_000_000)
    for rank, alert in enumerate(rows):
        episodes.add(finding(rank, alert))
    known = episodes.close()
    live = Live(msgspec.structs.replace(LIVE, budget_a_day=a_day))
    raised = [one for one in live.feed(known) if one.step == "raised"]
    days = [0] * ((rows[-1].time_s - rows[0].time_s) // 86_400 + 1)
    for one in raised:
        days[((one.time_us or 0) // 1_000_000 - rows[0].time_s) // 86_400] += 1
    return days, judge(network, rows, known, live.incidents(), LEARN_S).found


def budget(networks: tuple[str, ...]) -> tuple[list[str], list[Goal]]:
    """Run the service with a budget of one and of five incidents a day on the full set."""
    lines = [
        "## As a service, with a budget",
        "",
        "| budget a day | days | most on a day | days over | attacks found |",
    ]
    lines.append("|---|---|---|---|---|")
    goals_: list[Goal] = []
    for a_day in (1.0, 5.0):
        progress(f"budget of {a_day:.0f} a day")
        ran = [rings(network, alerts(network, False), a_day) for network in networks]
        days = [count for one, _ in ran for count in one]
        over = sum(count > a_day for count in days)
        found = sum(found for _, found in ran)
        lines.append(f"| {a_day:.0f} | {len(days)} | {max(days)} | {over} | {found} of {len(ran)} |")
        kept = over <= 0.05 * len(days) and max(days) <= 2 * a_day
        what = f"most {max(days)} a day; over it on {over} of {len(days)} days; {found} of {len(ran)} attacks"
        name = f"budget of {a_day:.0f} incidents a day and site"
        goals_.append(Goal(name, "kept on ≥ 95 % of days, never twice it", what, kept))
    return [*lines, ""], goals_


Change = Callable[[list[Alert], random.Random], list[Alert]]


def _poisoned(rows: list[Alert], _: random.Random) -> list[Alert]:
    """The attack's own alerts run from the second hour on, while we learn."""
    begin_s, _end = chain(rows)
    shift = begin_s - rows[0].time_s - HOUR_S
    early = [replace(one, time_s=one.time_s - shift, phase="") for one in rows if one.phase and one.time_s >= begin_s]
    return [*rows, *(one for one in early if one.time_s < rows[0].time_s + LEARN_S)]


def _skewed(rows: list[Alert], _: random.Random) -> list[Alert]:
    """Every second host's clock is ten minutes late."""
    late = {host for rank, host in enumerate(sorted({one.host for one in rows})) if rank % 2}
    return [replace(one, time_s=one.time_s - 600) if one.host in late else one for one in rows]


def _flooded(rows: list[Alert], dice: random.Random) -> list[Alert]:
    """A thousand alerts a second for five minutes, of two hundred names on a hundred hosts, as the attack begins."""
    begin_s = chain(rows)[0]
    flood = [
        Alert(begin_s + second, f"flood {dice.randrange(200)}", f"decoy{dice.randrange(100)}", "192.0.2.1", "")
        for second in range(300)
        for _ in range(1000)
    ]
    return [*rows, *flood]


def _drifted(rows: list[Alert], dice: random.Random) -> list[Alert]:
    """Half of the signatures have another name from the third day on, as after an update of a product."""
    names = sorted({one.name for one in rows})
    renamed = set(dice.sample(names, len(names) // 2))
    day = rows[0].time_s + 2 * 86_400
    return [replace(one, name=f"{one.name} (v2)") if one.time_s >= day and one.name in renamed else one for one in rows]


CHANGES: tuple[tuple[str, Change], ...] = (
    ("5 % of alerts lost", lambda rows, dice: [one for one in rows if dice.random() >= 0.05]),
    ("every alert twice", lambda rows, _: [one for one in rows for _ in range(2)]),
    ("half of the clocks 10 min late", _skewed),
    ("attack also while learning (poisoning)", _poisoned),
    ("half of the signatures renamed on day 3 (drift)", _drifted),
    ("flood of 1,000 alerts a second for 5 min", _flooded),
)


@dataclass(frozen=True)
class Sum:
    """Figures of all networks."""

    judged: tuple[Judged, ...]

    @property
    def days(self) -> float:
        """Days judged."""
        return sum(one.days for one in self.judged)

    @property
    def false(self) -> int:
        """Incidents about no attack."""
        return sum(one.false for one in self.judged)

    @property
    def found(self) -> int:
        """Attacks with an incident."""
        return sum(one.found for one in self.judged)

    @property
    def purity(self) -> tuple[int, int]:
        """Right findings of those in incidents about attacks."""
        return sum(one.right_findings for one in self.judged), sum(one.findings for one in self.judged)

    @property
    def completeness(self) -> tuple[int, int]:
        """Labelled alerts in incidents, of all."""
        return sum(one.covered for one in self.judged), sum(one.labelled for one in self.judged)

    @property
    def delay_s(self) -> float:
        """Median time from the first labelled alert to the incident."""
        return median([one.delay_s for one in self.judged if one.found])

    @property
    def detectable_s(self) -> float:
        """Median time from the first detectable alert to the incident."""
        return median([one.detectable_s for one in self.judged if one.found])


def table(total: Sum) -> Iterator[str]:
    """Give the rows of each network."""
    yield (
        "| network | days | alerts | incidents | about the attack | false | purity | completeness "
        "| after the first label | after the first detectable |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for one in total.judged:
        note = "" if one.network in TUNED else " (not tuned on)"
        delay = f"{one.delay_s / 60:.1f} min | {one.detectable_s / 60:.1f} min" if one.found else "— | —"
        purity = f"{one.right_findings}/{one.findings}"
        complete = f"{one.covered / one.labelled:.4f}"
        yield (
            f"| {one.network}{note} | {one.days:.1f} | {one.alerts:,} | {one.incidents} | {one.about or '**missed**'} "
            f"| {one.false} | {purity} | {complete} | {delay} |"
        )


def beside(strict: bool, networks: tuple[str, ...], mine: Sum) -> tuple[list[str], str]:
    """Run the baselines: their table, and the one that is best."""
    lines = ["| method | attacks found | false incidents a day [95 %] |", "|---|---|---|"]
    lines.append(f"| **Tocsin** | {mine.found} of {len(networks)} | {rate(mine.false, mine.days)} |")
    best = (10**9, "")
    for name, method in BASELINES:
        progress(f"beside: {name}")
        threshold, wrong = at_best({network: method(alerts(network, strict)) for network in networks})
        label = f"{name}, threshold {threshold:.3g}"
        lines.append(f"| {label} | {len(networks)} of {len(networks)} | {rate(wrong, mine.days)} |")
        best = min(best, (wrong, name))
    return lines, f"{best[1]}: {rate(best[0], mine.days)} (oracle threshold)"


def changed(networks: tuple[str, ...]) -> Iterator[str]:
    """Run the changed inputs: the full set, and what was done to it."""
    yield "| input | attacks found | false a day [95 %] | purity | raised after (median) |"
    yield "|---|---|---|---|---|"
    for hours in (1, 6, 12, 24):
        policy = Policy(SCAN.raise_signatures, learn_us=hours * 3_600_000_000)
        yield _row(f"{hours} h to learn", [ours(n, alerts(n, False), policy, hours * HOUR_S) for n in networks])
    for name, change in CHANGES:
        judged = []
        for network in networks:
            progress(f"{name}: {network}")
            rows = sorted(change(alerts(network, False), random.Random(11)), key=lambda one: one.time_s)
            judged.append(ours(network, rows))
        yield _row(name, judged)


def _row(name: str, judged: list[Judged]) -> str:
    total = Sum(tuple(judged))
    right, findings = total.purity
    purity = f"{right / findings:.3f}" if findings else "—"
    delay = f"{total.delay_s / 60:.1f} min" if total.found else "—"
    return f"| {name} | {total.found} of {len(judged)} | {rate(total.false, total.days)} | {purity} | {delay} |"


def goals(full: Sum, strict: Sum, peers: tuple[str, str]) -> list[Goal]:
    """Give the lines of the harness's table."""
    number = len(full.judged)
    right, findings = full.purity
    covered, labelled = full.completeness
    return [
        Goal("AIT-ADS full: attacks found", f"{number} of {number}", f"{full.found}", full.found == number),
        Goal(
            "AIT-ADS full: false incidents a day",
            "≤ 0.10",
            rate(full.false, full.days),
            full.false / full.days <= 0.10,
            peers[0],
        ),
        Goal("AIT-ADS full: purity", "≥ 0.98", share(right, findings), right / max(1, findings) >= 0.98),
        Goal("AIT-ADS full: completeness", "≥ 0.99", share(covered, labelled), covered / labelled >= 0.99),
        Goal(
            "AIT-ADS full: median time from the first label to the incident",
            "≤ 2 min",
            f"{full.delay_s / 60:.1f} min",
            full.delay_s <= 120,
        ),
        Goal(
            "AIT-ADS full: the same from the first detectable alert",
            "≤ 2 min",
            f"{full.detectable_s / 60:.1f} min",
            full.detectable_s <= 120,
        ),
        Goal(
            "AIT-ADS without scans: attacks found", f"{number} of {number}", f"{strict.found}", strict.found == number
        ),
        Goal(
            "AIT-ADS without scans: false incidents a day",
            "≤ 0.25",
            rate(strict.false, strict.days),
            strict.false / strict.days <= 0.25,
            peers[1],
        ),
    ]


def report(quick: bool) -> Iterator[str]:
    """Give the tables."""
    networks = NETWORKS[:2] if quick else NETWORKS
    yield f"Python {platform.python_version()}, {platform.machine()}, 2 cores\n"
    sums, peers, lines = [], [], []
    for strict in (False, True):
        progress("without the scans" if strict else "full")
        total = Sum(tuple(ours(network, alerts(network, strict)) for network in networks))
        beside_lines, best = beside(strict, networks, total)
        lines += [f"## {'Scan phases removed' if strict else 'Full'}", "", *table(total), "", *beside_lines, ""]
        sums.append(total)
        peers.append(best)
    budget_lines, budget_goals = budget(networks)
    yield from goals_table([*goals(sums[0], sums[1], (peers[0], peers[1])), *budget_goals])
    yield ""
    yield from lines
    yield from budget_lines
    if not quick:
        yield "## Full, changed\n"
        yield from changed(networks)
        yield ""
    yield from _intervals(sums)
    assert all(total.found == len(total.judged) for total in sums), "an attack is missed"


def _intervals(sums: list[Sum]) -> Iterator[str]:
    low, high = poisson(sums[1].false)
    yield (
        f"Over {sums[1].days:.0f} days the interval of ours is {low / sums[1].days:.2f} to {high / sums[1].days:.2f} a "
        "day: a method whose interval overlaps it is not shown to be worse."
    )


def main() -> int:
    """Print the tables; write them with --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true", help="two networks, no changed inputs")
    arguments = parser.parse_args()
    need("multi/ait-ads")
    lines = []
    for text in report(arguments.quick):
        print(text, flush=True)
        lines.append(text)
    if arguments.out:
        arguments.out.write_text("\n".join(["# Correlation on AIT-ADS", "", *lines]) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
