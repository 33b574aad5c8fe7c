"""SigmaHQ's own regression data: each recording fires its rule as often as it should, for engine and reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.reference import reading
from tests.reference.reading import Matcher
from tocsin.model import Event

RECORDINGS = ("*.evtx", "*.json", "*.raw")

CORRECTED = {
    "0b9ad457-2554-44c1-82c2-d56a99c42377": 3,
    "8fbf3271-1ef6-4e94-8210-03c2317947f6": 3,
    "45e112d0-7759-4c2a-aa36-9f8fb79d3393": 3,
    "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e": 2,
}
"""Rules whose stated count of 1 was too low: SigmaHQ corrected these four to these counts (its pull request 6211)."""


class Case(NamedTuple):
    """One recording and the rule that it must fire; `count` is None where the data states none."""

    rule: str
    folder: Path
    count: int | None


@pytest.fixture(scope="module")
def cases(data: Path) -> list[Case]:
    found = [_case(path) for path in sorted((data / "endpoint" / "sigma-regression").rglob("info.yml"))]
    assert len(found) == 203
    return found


def _case(path: Path) -> Case:
    info: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    rule = info["rule_metadata"][0]["id"]
    tests = info.get("regression_tests_info") or [{"match_count": 1}]
    return Case(rule, path.parent, CORRECTED.get(rule, tests[0].get("match_count")))


@pytest.fixture(scope="module")
def rules(data: Path, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The named rules only, so that a quick test loads in a second."""
    folder = tmp_path_factory.mktemp("rules")
    wanted = {case.rule for case in cases}
    for path in (data / "rules" / "sigma").rglob("*.yml"):
        found = re.search(r"(?m)^id: *(\S+)", path.read_text("utf-8"))
        if found and found[1] in wanted:
            (folder / path.name).symlink_to(path.resolve())
    assert len(list(folder.iterdir())) == len(wanted)
    return folder


@pytest.fixture(scope="module", params=["engine", "reference"])
def matcher(request: pytest.FixtureRequest, rules: Path) -> Matcher:
    return {"engine": reading.engine, "reference": reading.reference}[request.param](reading.texts_of([rules]))


@pytest.mark.parametrize("kind", RECORDINGS)
def test_each_recording_fires_its_rule(cases: list[Case], matcher: Matcher, kind: str) -> None:
    wrong, recordings = [], 0
    for case in cases:
        for path in case.folder.glob(kind):
            recordings += 1
            events = list(reading.events_of(path))
            fired = sum(rule == case.rule for _, rule in matcher(events))
            if fired != case.count and (case.count is not None or not fired):
                wrong.append(f"{case.folder.name}: fired {fired}, expected {case.count} in {_sources(events)}")
    assert recordings == (1 if kind == "*.raw" else 202)
    assert not wrong, "\n".join([f"{len(wrong)} of {recordings}", *wrong])


def _sources(events: list[Event]) -> list[str]:
    return sorted({event.source for event in events})
