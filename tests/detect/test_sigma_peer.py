"""Engine, SQL (Zircolite's method) and rsigma select the same events; each rule that differs is explained, by name."""

from __future__ import annotations

import itertools
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from tests.reference import reading, rust
from tocsin.model import Event

SAMPLE = (
    "multi/lsass_campaign_02",
    "multi/shire_covenant_sharpwmi_create_dcerpc_wmi",
    "multi/shire_empire_shell_rubeus_asktgt_createnetonly",
    "endpoint/evtx-attack-samples",
    "cloud/stratus-red-team",
)
MOST_EVENTS = 25_000
"""Of one file."""

BY_SQL: dict[str, str] = {
    "94dc4390-6b7c-4784-8ffc-335334404650": "Data is a list: a table has one cell, which holds its first element",
    "e6e88853-5f20-4c4a-8d26-cd469fd8d31f": "Data is a list",
    "ebfe73c2-5bc9-4ed9-aaa8-8b54b2b4777d": "Data is a list: the filter on the address sees its first element only",
}
BY_RSIGMA: dict[str, str] = {
    "4a0b2c7e-7cb2-495d-8b63-5f268e7bfd67": "windash: rsigma writes `-` otherwise, but leaves the rule's `/` as it is",
}
"""Rule -> why they and the engine differ (docs/sigma-exactness.md has the same table)."""


@pytest.mark.slow
def test_sql_selects_the_same_events(data: Path) -> None:
    sql = pytest.importorskip("tests.reference.sql", reason="needs pySigma-backend-sqlite")
    texts = reading.texts_of([data / "rules" / "sigma"])
    events = _events(data)
    peer = sql.Peer(texts, events)
    theirs = peer.answers()
    print(f"{len(peer.refused)} refused by the backend: {peer.refused}")
    fired = {rule for rule, found in theirs.items() if found}
    print(f"{len(peer.dropped() & fired)} of {len(fired)} firing rules name a column that no event has")
    assert _different(texts, events, theirs) == set(BY_SQL)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("rsigma"), reason="needs the program rsigma: cargo install rsigma")
def test_rsigma_selects_the_same_events(data: Path, tmp_path: Path) -> None:
    texts = reading.texts_of([data / "rules" / "sigma"])
    events = _events(data)
    assert _different(texts, events, rust.answers(texts, events, tmp_path)) == set(BY_RSIGMA)


def _different(texts: list[str], events: list[Event], theirs: dict[str, set[int]]) -> set[str]:
    """Compare with the engine: give the rules that differ, and print an event of each."""
    ours: dict[str, set[int]] = defaultdict(set)
    for index, rule in reading.engine(texts)(events):
        ours[rule].add(index)
    fired = {rule for answers in (ours, theirs) for rule, found in answers.items() if found}
    different = {rule for rule in fired if ours[rule] != theirs.get(rule, set())}
    print(f"{len(events)} events, {len(fired)} rules fire, {len(different)} differ")
    for rule in sorted(different):
        print(_described(rule, ours[rule], theirs.get(rule, set()), events))
    assert fired
    return different


def _events(data: Path) -> list[Event]:
    paths = sorted(path for folder in SAMPLE for path in (data / folder).rglob("*") if path.is_file())
    return [event for path in paths for event in itertools.islice(reading.events_of(path), MOST_EVENTS)]


def _described(rule: str, ours: set[int], theirs: set[int], events: list[Event]) -> str:
    example = min(ours ^ theirs)
    whose = "engine only" if example in ours else "peer only"
    return f"{rule}: engine {len(ours)}, peer {len(theirs)}, {whose}: {str(events[example].native)[:1500]}"
