"""The whole way: files in, incidents out; the same answer whatever the number of workers; nothing lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tocsin import demo, rulebook
from tocsin.detect.sigma import Engine
from tocsin.errors import InputError
from tocsin.model.times import parse_time
from tocsin.pipeline import ScanOptions, ScanResult, scan


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(rulebook.load([], tmp_path_factory.mktemp("data")).compiled)


@pytest.fixture(scope="module")
def night(engine: Engine) -> ScanResult:
    return scan(ScanOptions((str(demo.night()),), site="valbourg", workers=1), engine=engine)


def test_the_demo_night_is_one_incident(night: ScanResult) -> None:
    first = night.incidents[0]
    names = {party.name for party in first.entities}
    assert {"srv-rds1", "srv-sauv", "m.lefevre", "203.0.113.66"} <= names
    assert set(first.layers) == {"network", "endpoint", "identity", "cloud"}
    assert first.confidence == "A"
    assert len(night.incidents) == 1


def test_no_record_of_the_demo_is_lost(night: ScanResult) -> None:
    lines = 0
    for path in demo.night().glob("*.gz"):
        lines += sum(not line.startswith(b"#") for line in gzip.decompress(path.read_bytes()).splitlines())
    assert (night.summary.records, night.summary.rejected) == (lines, 0)
    assert sum(night.summary.by_source.values()) == night.summary.events == lines
    assert not {"json.record", "text.line", "syslog.line", "table.row"} & set(night.summary.by_source)


def test_two_workers_give_the_same_answer(night: ScanResult, engine: Engine) -> None:
    other = scan(ScanOptions((str(demo.night()),), site="valbourg", workers=2), engine=engine)
    assert other.incidents == night.incidents
    assert other.summary.by_source == night.summary.by_source


def test_since_and_until_bound_the_findings(engine: Engine) -> None:
    until_us = parse_time("2026-11-15T01:20:00Z")
    early = scan(ScanOptions((str(demo.night()),), until_us=until_us, workers=1), engine=engine)
    assert early.summary.events > 30_000
    assert all((one.last_us or 0) <= (until_us or 0) for one in early.incidents)


def test_indicators_are_looked_for_and_warning_lists_respected(tmp_path: Path, engine: Engine) -> None:
    feed, good = tmp_path / "feed.txt", tmp_path / "good.json"
    feed.write_text("198.51.100[.]77\nmail.ght-nord.example\n")
    good.write_text('{"list": ["mail.ght-nord.example"]}')
    options = ScanOptions((str(demo.night()),), intel=(str(feed), str(good)), workers=1)
    (incident,) = scan(options, engine=engine).incidents
    hits = [one for one in incident.findings if one.detector == "intel"]
    assert [one.facts["value"] for one in hits] == ["198.51.100.77"]
    assert hits[0].facts["source"] == "feed.txt"


def test_a_file_without_indicators_is_an_error(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "empty").write_text("nothing here\n")
    with pytest.raises(InputError):
        scan(ScanOptions((str(tmp_path),), intel=(str(tmp_path / "empty"),)), engine=engine)


def test_rejects_are_counted_with_their_place(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "a").write_bytes(b'{"a": 1}\n{"a": \n{"a": 2}\n')
    result = scan(ScanOptions((str(tmp_path),)), engine=engine)
    assert (result.summary.records, result.summary.events, result.summary.rejected) == (3, 2, 1)
    (reject,) = result.summary.rejects
    assert (reject.offset, reject.origin.name) == (9, str(tmp_path / "a"))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["benign", "cloud", "endpoint", "formats", "identity", "multi", "network", "saas"])
def test_all_development_data_is_read_and_nothing_is_lost(data: Path, folder: str, engine: Engine) -> None:
    result = scan(ScanOptions((str(data / folder),)), engine=engine)
    summary = result.summary
    assert summary.records == summary.events + summary.rejected
    assert sum(summary.by_source.values()) == summary.events
    print(json.dumps({"folder": folder, "records": summary.records, "rejected": summary.rejected}))
