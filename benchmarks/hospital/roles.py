"""Roles told from simulated traffic, beside the roles that the map declares: precision and recall by role.

    python benchmarks/hospital/roles.py [--map small] [--days 3] [--seed 7 ...] [--logs DIR] [--out FILE] [-v]

The traffic is `tocsin simulate`'s, which knows the map; discovery reads the logs only, and of the map only its zones
(every host is taken out first, so that nothing is told from a name). A machine counts where it was seen as an end of a
flow; a key server that served nobody in these days and of which nothing was told is counted apart (`idle`). Two groups
have a goal: medical devices (taken together: is it one?) and key servers.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec

from tocsin import clock
from tocsin.care import files
from tocsin.care.atlas import Atlas
from tocsin.care.model import CareMap, Host
from tocsin.discover.observing import Machine, Observed
from tocsin.survey import Survey, survey

MEDICAL = frozenset(
    {"analyser", "medical_device", "medication_cabinet", "modality", "monitor", "monitoring_station", "ventilator"}
)
KEY = frozenset(
    {
        "backup",
        "database",
        "dhcp",
        "dicom_router",
        "dns",
        "domain_controller",
        "file_server",
        "hl7_engine",
        "hypervisor",
    }
    | {"mail", "pacs", "print_server", "proxy", "ris", "worklist", "log_server"}
)
SAME = {
    **{"dicom_router": "pacs", "ventilator": "medical_device", "medication_cabinet": "medical_device"},
    **{"application": "web", "infusion_server": "web", "trolley": "workstation", "thin_client": "workstation"},
}
"""Roles that traffic does not tell apart: a cache of images is an archive; a ventilator says no more than a pump."""
PRECISION, RECALL = 0.95, 0.9


@dataclass
class Score:
    """What was told of one role."""

    right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        told = self.right + self.wrong.total()
        return self.right / told if told else 1.0

    @property
    def recall(self) -> float:
        there = self.right + self.missed.total()
        return self.right / there if there else 1.0

    def row(self, name: str) -> str:
        shown = " ".join(f"{role} {count}" for role, count in self.wrong.most_common(3)) or "—"
        missed = " ".join(f"{role or 'nothing'} {count}" for role, count in self.missed.most_common(3)) or "—"
        counts = f"{self.right} | {self.wrong.total()} | {self.missed.total()}"
        return f"| {name} | {counts} | {self.precision:.3f} | {self.recall:.3f} | {shown} | {missed} |"


def plain(role: str) -> str:
    return SAME.get(role, role)


def without_hosts(care: CareMap) -> CareMap:
    """Leave of a map its zones: discovery must not know the machines."""
    return msgspec.structs.replace(
        care, hosts={}, services={}, applications={}, conduits=(), identities={}, vendors={}, backups={}
    )


WATCHERS = frozenset({"management", "backup", "bastion", "vulnerability_scanner", "edr", "log_server"})
"""Roles that look after all servers: that they come by shows nothing of what a server is for."""


def idle(seen: Observed, care: CareMap) -> frozenset[str]:
    """Give the key servers that served nobody but their keepers in these days: the second of a pair, a quiet base."""
    by_address = {address: host for host in care.hosts.values() for address in host.addresses}
    keepers = {
        one for one, host in by_address.items() if host.role in WATCHERS or host.zone.endswith("/administration-si")
    }
    served = {flow.target for flow in seen.flows if flow.source not in keepers}
    served |= {flow.source for flow in seen.flows if (host := by_address.get(flow.source)) and host.role == "backup"}
    return frozenset(one for one, host in by_address.items() if host.role in KEY and one not in served)


def score(seen: Observed, care: CareMap) -> dict[str, Score]:
    """Compare what was told with what the map declares, role by role and for both groups."""
    by_address = {address: host for host in care.hosts.values() for address in host.addresses}
    scores: dict[str, Score] = defaultdict(Score)
    quiet = idle(seen, care)
    for machine in seen.machines:
        host = by_address.get(machine.address)
        if host is not None and machine.flows and (machine.role or machine.address not in quiet):
            _count(scores, host, machine)
    return scores


def _count(scores: dict[str, Score], host: Host, machine: Machine) -> None:
    declared, told = plain(host.role), plain(machine.role)
    if declared == told:
        scores[declared].right += 1
    else:
        scores[declared].missed[told] += 1
        if told:
            scores[told].wrong[declared] += 1
    for name, group in (("medical devices", MEDICAL), ("key servers", {plain(one) for one in KEY})):
        is_one, said = host.role in group or declared in group, told in group
        if is_one and said:
            scores[name].right += 1
        elif said:
            scores[name].wrong[declared] += 1
        elif is_one:
            scores[name].missed[told] += 1


def simulated(name: str, days: int, seed: int, folder: Path) -> None:
    """Write the days of a hospital without any attack."""
    from tocsin.simulate.running import Order, run

    run(Order(files.load(name).map, seed, date(2026, 11, 16), days), folder, 2)


def report(scores: dict[str, Score]) -> list[str]:
    groups = [name for name in ("medical devices", "key servers") if name in scores]
    rest = sorted(set(scores) - set(groups))
    head = [
        "| role | right | told wrongly | missed | precision | recall | was | was told as |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    return [*head, *(scores[name].row(name) for name in (*groups, *rest))]


def goals(scores: dict[str, Score]) -> Iterable[str]:
    for name in ("medical devices", "key servers"):
        one = scores[name]
        met = one.precision >= PRECISION and one.recall >= RECALL
        told = f"precision {one.precision:.3f} (≥ {PRECISION}), recall {one.recall:.3f} (≥ {RECALL})"
        yield f"- {name}: {told}: **{'met' if met else 'not met'}**"


def detail(seen: Observed, care: CareMap) -> None:
    """Print every machine that was told wrongly or not at all, with the reasons."""
    by_address = {address: host for host in care.hosts.values() for address in host.addresses}
    for machine in seen.machines:
        host = by_address.get(machine.address)
        if host is not None and machine.flows and plain(host.role) != plain(machine.role):
            reasons = [(one.role, one.confidence, [why.told(str) for why in one.reasons]) for one in machine.guesses]
            print(f"{host.name} ({host.role}) peers={machine.peers} {reasons}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--map", default="small")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, nargs="+", default=[7])
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of sources: folders below the logs")
    parser.add_argument("--out", type=Path)
    parser.add_argument("-v", action="store_true")
    asked = parser.parse_args()
    care = files.load(asked.map).map
    text = [
        f"# Roles told from traffic: {asked.map}, {asked.days} days",
        "",
        f"Python {platform.python_version()}",
    ]
    met = True
    for seed in asked.seed:
        with tempfile.TemporaryDirectory() as folder:
            logs = asked.logs or Path(folder) / "logs"
            if not asked.logs:
                simulated(asked.map, asked.days, seed, Path(folder))
            site = next(iter(care.sites))
            paths = [str(logs / site / one) for one in asked.only] or [str(logs)]
            started = clock.elapsed_s()
            seen = survey(Survey(tuple(paths), site), Atlas(without_hosts(care)))
            seconds = clock.elapsed_s() - started
        scores = score(seen, care)
        size = f"{seen.span.events:,} events, {len(seen.machines)} machines, {len(seen.flows)} flows, {seconds:.0f} s"
        size += f"; idle key servers, not counted: {len(idle(seen, care))}"
        text += ["", f"## Seed {seed}", "", size, "", *goals(scores), "", *report(scores)]
        met = met and all("**met**" in line for line in goals(scores))
        if asked.v:
            detail(seen, care)
    whole = "\n".join(text) + "\n"
    print(whole)
    if asked.out:
        asked.out.write_text(whole, "utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
