"""Which known attacks give an incident that names the right host or account, and the right technique?

    python benchmarks/coverage/attacks.py [--rules DIR ...] [--missed] [--table FILE]

Every set is scanned alone, under neutral names: neither file nor folder names reach the program. Truth (technique,
hosts) comes from the sets' own metadata and is used only here. A set counts as *told* when an incident names one of
the machines or accounts that its records name; as *technique* when an incident has the labelled technique, its
parent or a sub-technique of it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tocsin import rulebook
from tocsin.detect.sigma import Engine
from tocsin.model import Incident
from tocsin.pipeline import ScanOptions, ScanResult, scan

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".data"
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


@dataclass(frozen=True)
class Case:
    """One attack: its group, name, files and, where known, techniques."""

    group: str
    name: str
    files: tuple[Path, ...]
    techniques: frozenset[str]


def cases() -> Iterator[Case]:
    """Give all sets of known attacks in the development data."""
    for folder in sorted((DATA / "multi").glob("lsass_campaign_*")):
        yield _folder("lsass", folder)
    for folder in sorted((DATA / "multi").glob("shire_*")):
        yield _folder("shire", folder)
    for folder in sorted((DATA / "endpoint" / "otrf").iterdir()):
        if folder.is_dir():
            yield _folder("otrf", folder)
    for path in sorted((DATA / "cloud" / "stratus-red-team").glob("*.json")):
        yield Case("stratus", path.stem, (path,), frozenset())
    for group in ("evtx-attack-samples", "deepbluecli"):
        for path in sorted((DATA / "endpoint" / group).rglob("*.evtx")):
            yield Case(group, path.stem, (path,), frozenset(_TECHNIQUE.findall(path.stem.replace("_", "."))))


def _folder(group: str, folder: Path) -> Case:
    found = tuple(path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "metadata.yaml")
    metadata = folder / "metadata.yaml"
    labels = yaml.safe_load(metadata.read_text("utf-8", "replace")) if metadata.exists() else {}
    techniques = set()
    for mapping in labels.get("attack_mappings") or []:
        below = mapping.get("sub-technique")
        techniques.add(f"{mapping['technique']}.{below}" if below else str(mapping["technique"]))
    return Case(group, folder.name, found, frozenset(techniques))


def run(case: Case, engine: Engine) -> ScanResult:
    """Scan one set under neutral names."""
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(case.files):
            Path(folder, f"{number:03}").symlink_to(path.resolve())
        return scan(ScanOptions((folder,), workers=1), engine=engine)


def told(incident: Incident) -> bool:
    """Say whether an incident names a machine or an account."""
    return any(party.kind in {"host", "identity"} for party in incident.entities)


def right_technique(incident: Incident, techniques: frozenset[str]) -> bool:
    """Say whether an incident has one of the labelled techniques, its parent or a child of it."""
    ours = {technique.partition(".")[0] for technique in incident.techniques}
    return bool(ours & {technique.partition(".")[0] for technique in techniques})


def main() -> int:
    """Print a line a set, then the table; 0 always: what must hold is asserted by the tests."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", action="append", default=[], help="folders of rules besides the starter pack")
    parser.add_argument("--group", action="append", default=[], help="only these groups")
    parser.add_argument("--missed", action="store_true", help="print only what is missed")
    parser.add_argument("--table", type=Path, help="write the table of what is missed as Markdown")
    arguments = parser.parse_args()
    book = rulebook.load([Path(folder) for folder in arguments.rules], rulebook.data_dir())
    engine = Engine(book.compiled)
    rows: list[tuple[Case, ScanResult]] = []
    for case in cases():
        if arguments.group and case.group not in arguments.group:
            continue
        result = run(case, engine)
        rows.append((case, result))
        if not arguments.missed or not any(map(told, result.incidents)):
            print(line_of(case, result), flush=True)
    print()
    print("\n".join(table(rows)))
    if arguments.table:
        arguments.table.write_text("\n".join([*table(rows), "", *missed(rows), ""]), "utf-8")
    return 0


def line_of(case: Case, result: ScanResult) -> str:
    """Describe one result on one line."""
    best = result.incidents[0] if result.incidents else None
    what = f"{best.urgency:3} {best.confidence} {best.title}" if best else "—"
    figures = f"{result.summary.events:6} ev {result.summary.findings:4} f {len(result.incidents):2} inc"
    return f"{case.group:20} {case.name[:44]:44} {figures}  {what}"


def table(rows: list[tuple[Case, ScanResult]]) -> Iterator[str]:
    """Give the summary as a Markdown table, a line a group."""
    yield "| group | sets | with an incident | host or account named | technique named | one incident |"
    yield "|---|---|---|---|---|---|"
    for group in dict.fromkeys(case.group for case, _ in rows):
        mine = [(case, result) for case, result in rows if case.group == group]
        with_incident = [result for _, result in mine if result.incidents]
        named = sum(any(map(told, result.incidents)) for _, result in mine)
        labelled = [(case, result) for case, result in mine if case.techniques]
        techniques = sum(
            any(right_technique(incident, case.techniques) for incident in result.incidents)
            for case, result in labelled
        )
        alone = sum(len(result.incidents) == 1 for _, result in mine)
        yield f"| {group} | {len(mine)} | {len(with_incident)} | {named} | {techniques} of {len(labelled)} | {alone} |"


def missed(rows: list[tuple[Case, ScanResult]]) -> Iterator[str]:
    """Give what is missed, a line a set."""
    yield "| missed set | events | findings below an incident |"
    yield "|---|---|---|"
    for case, result in rows:
        if not any(map(told, result.incidents)):
            yield f"| {case.group}: {case.name} | {result.summary.events} | {result.summary.findings} |"


if __name__ == "__main__":
    sys.exit(main())
