"""Correlation on AIT-ADS: four networks, alerts of Wazuh, Suricata and AMiner, one attack each.

    python benchmarks/detect/correlate.py [--out FILE]

Full, and with all alerts of the four scan phases removed (strict). Only time, alert name, host and address enter; the
label columns are kept aside and used to judge. Beside ours, in the same run: new terms (signatures new to a host in
the last hour) and the sum of alerts per host over 24 hours, each at the highest threshold that still finds every
attack (an oracle threshold, in their favour). The thresholds of ours are those of the product; they were fixed on
santos and shaw, fox and wheeler were not looked at.
"""

from __future__ import annotations

import argparse
import csv
import io
import lzma
import math
import platform
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from metrics import rate

from tocsin.correlate import Correlator
from tocsin.detect.findings import Episodes
from tocsin.model import Entity, EventRef, Finding, Incident
from tocsin.model import names as spell

DATA = Path(__file__).parents[2] / ".data" / "multi" / "ait-ads"
NETWORKS = ("santos", "shaw", "fox", "wheeler")
TUNED = ("santos", "shaw")
SCANS = frozenset({"network_scans", "service_scans", "wpscan", "dirb"})
LEARN_S = 86_400


@dataclass
class Alert:
    """One row; `attack` is what the labels say."""

    time_s: int
    name: str
    host: str
    address: str
    attack: bool


@dataclass
class Judged:
    """What one method gave on one network."""

    days: float
    found: bool = False
    false: int = 0
    true: int = 0
    purity: float = math.nan
    completeness: float = math.nan
    delay_s: float = math.nan
    alerts: int = 0
    incidents: int = 0
    times: list[float] = field(default_factory=list)


def alerts(network: str, strict: bool) -> list[Alert]:
    """Read one network's rows, by time."""
    text = lzma.decompress((DATA / f"{network}_alerts.csv.xz").read_bytes()).decode()
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        if not (strict and row["time_label"] in SCANS):
            attack = row["time_label"] != "false_positive"
            rows.append(Alert(int(float(row["time"])), row["name"], row["host"], row["ip"], attack))
    return sorted(rows, key=lambda one: one.time_s)


def finding(rank: int, alert: Alert) -> Finding:
    """Make the finding that the product makes of such an alert (severity unknown)."""
    time_us = alert.time_s * 1_000_000
    entities = (Entity("host", spell.host(alert.host), "subject"), Entity("address", alert.address, "subject"))
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
        entities=entities,
        events=(EventRef(f"{rank:08}", source, time_us, "", rank),),
    )


def ours(rows: list[Alert]) -> Judged:
    """Run the product's episodes and correlator."""
    episodes = Episodes(limit=1_000_000)
    for rank, alert in enumerate(rows):
        episodes.add(finding(rank, alert))
    correlator = Correlator()
    for episode in episodes.close():
        correlator.observe(episode)
    incidents = correlator.incidents()
    return _judge(rows, incidents)


def _judge(rows: list[Alert], incidents: list[Incident]) -> Judged:
    judged = Judged((rows[-1].time_s - rows[0].time_s - LEARN_S) / 86_400, alerts=len(rows), incidents=len(incidents))
    attack = [one for one in rows if one.attack]
    begin_s = min(one.time_s for one in attack)
    in_true: set[int] = set()
    shares = []
    for incident in incidents:
        ranks = {event.offset for one in incident.findings for event in one.events}
        right = sum(rows[rank].attack for rank in ranks)
        shares.append((right, len(ranks)))
        if right:
            judged.true += 1
            judged.times.append((incident.deciding_us or 0) / 1e6 - begin_s)
            in_true |= ranks
        else:
            judged.false += 1
    judged.found = judged.true > 0
    whole = sum(total for right, total in shares if right)
    judged.purity = sum(right for right, _ in shares) / whole if whole else math.nan
    return judged


def new_terms(rows: list[Alert]) -> list[tuple[float, str, int, bool]]:
    """Give (score, host, time, attack) at every new signature: how many were new to the host within the last hour."""
    seen: set[tuple[str, str]] = set()
    recent: defaultdict[str, list[tuple[int, bool]]] = defaultdict(list)
    scores = []
    start_s = rows[0].time_s
    for alert in rows:
        key = (alert.host, alert.name)
        if key in seen:
            continue
        seen.add(key)
        if alert.time_s - start_s < LEARN_S:
            continue
        kept = [one for one in recent[alert.host] if alert.time_s - one[0] <= 3600]
        recent[alert.host] = [*kept, (alert.time_s, alert.attack)]
        attack = any(one[1] for one in recent[alert.host])
        scores.append((float(len(recent[alert.host])), alert.host, alert.time_s, attack))
    return scores


def risk_sum(rows: list[Alert]) -> list[tuple[float, str, int, bool]]:
    """Give (score, host, time, attack) per host and hour: the alerts of the last 24 hours."""
    per_hour: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for alert in rows:
        cell = per_hour[alert.host, alert.time_s // 3600]
        cell[0] += 1
        cell[1] += alert.attack
    scores = []
    first = rows[0].time_s // 3600
    for host, hour in sorted(per_hour):
        if hour - first >= 24:
            window = [per_hour[host, hour - back] for back in range(24) if (host, hour - back) in per_hour]
            scores.append((float(sum(cell[0] for cell in window)), host, hour * 3600, any(cell[1] for cell in window)))
    return scores


def at_best(scored: dict[str, list[tuple[float, str, int, bool]]]) -> tuple[float, int]:
    """Give the highest threshold that finds the attack of every network, and its false incidents (6 h apart)."""
    threshold = min(max((one[0] for one in rows if one[3]), default=0.0) for rows in scored.values())
    false = 0
    for rows in scored.values():
        last: dict[str, int] = {}
        for score, host, time_s, attack in sorted(rows, key=lambda one: one[2]):
            if score >= threshold and not attack:
                false += time_s - last.get(host, -(10**9)) > 6 * 3600
                last[host] = time_s
    return threshold, false


def report() -> Iterator[str]:
    """Give the tables."""
    yield f"Python {platform.python_version()}, {platform.machine()}\n"
    for strict in (False, True):
        data = {network: alerts(network, strict) for network in NETWORKS}
        yield f"## {'Scan phases removed' if strict else 'Full'}\n"
        yield "| network | days judged | alerts | incidents | attack found | false | purity | raised after |"
        yield "|---|---|---|---|---|---|---|---|"
        judged = {}
        for network, rows in data.items():
            one = judged[network] = ours(rows)
            delay = f"{min(one.times) / 60:.1f} min" if one.times else "—"
            note = "" if network in TUNED else " (not tuned on)"
            figures = (
                f"{one.days:.1f} | {one.alerts:,} | {one.incidents} | {'yes' if one.found else 'NO'} | {one.false}"
            )
            yield f"| {network}{note} | {figures} | {one.purity:.3f} | {delay} |"
        days = sum(one.days for one in judged.values())
        yield ""
        yield "| method | attacks found | false incidents a day [95 %] |"
        yield "|---|---|---|"
        hits = sum(one.found for one in judged.values())
        false = sum(one.false for one in judged.values())
        yield f"| Tocsin | {hits} of {len(judged)} | {rate(false, days)} |"
        for name, method in (("new terms in an hour", new_terms), ("sum of alerts in 24 h", risk_sum)):
            threshold, wrong = at_best({network: method(rows) for network, rows in data.items()})
            label = f"{name} (oracle threshold {threshold:.0f})"
            yield f"| {label} | {len(data)} of {len(data)} | {rate(wrong, days)} |"
        yield ""
        assert hits == len(judged), "an attack is missed"


def main() -> int:
    """Print the tables; write them with --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    lines = []
    for text in report():
        print(text, flush=True)
        lines.append(text)
    if arguments.out:
        arguments.out.write_text("\n".join(["# Correlation on AIT-ADS", "", *lines]) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
