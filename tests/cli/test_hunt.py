"""`tocsin hunt` and `tocsin lake` as people and programs use them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import orjson
import pytest

from tests.cli.conftest import Run

RULE = """title: t
id: 5d1b3a1e-0000-4000-8000-000000000001
logsource: {category: dns}
detection: {s: {query|endswith: .example.org}, condition: s}
level: low
"""


def record(rank: int, query: str) -> bytes:
    ends = {"id.orig_h": "10.0.0.1", "id.orig_p": 5, "id.resp_h": "10.0.0.2", "id.resp_p": 53}
    return orjson.dumps({"ts": 1.7e9 + rank, "uid": f"C{rank}", **ends, "query": query, "_path": "dns"}) + b"\n"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    path = tmp_path / "dns.log"
    names = ("a.example.org", "b.example.com", "\u202eevil.example.org", "=cmd.example.org")
    path.write_bytes(b"".join(record(rank, name) for rank, name in enumerate(names)))
    return path


@pytest.fixture
def lake(run: Run, logs: Path) -> None:
    outcome = run("lake", "load", str(logs), "--site", "chu")
    assert outcome.code == 0
    assert "4 events" in outcome.err


@pytest.mark.usefixtures("lake")
def test_a_table_of_eighty_columns_newest_first(run: Run) -> None:
    outcome = run("hunt", "domain=*.example.org")
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert [line[:19] for line in lines] == ["2023-11-14T22:13:23", "2023-11-14T22:13:22", "2023-11-14T22:13:20"]
    assert all(len(line) <= 80 for line in lines)
    assert "\u202e" not in outcome.out
    assert outcome.err == "3 events\n"


@pytest.mark.usefixtures("lake")
def test_json_lines_for_programs(run: Run) -> None:
    outcome = run("hunt", "10.0.0.1", "--format", "json", "-n", "1")
    found = [orjson.loads(line) for line in outcome.out.splitlines()]
    assert len(found) == 1
    assert list(found[0])[:4] == ["site", "time", "ingest_time", "source"]
    assert list(found[0])[-1] == "raw"
    assert found[0]["query.hostname"] == "=cmd.example.org"
    assert "more" in outcome.err


@pytest.mark.usefixtures("lake")
def test_csv_holds_no_formula(run: Run) -> None:
    found = list(csv.DictReader(io.StringIO(run("hunt", "10.0.0.1", "--format", "csv").out)))
    assert found[0]["query.hostname"] == "'=cmd.example.org"
    assert len(found) == 4


@pytest.mark.usefixtures("lake")
def test_parquet_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "out.parquet"
    assert run("hunt", "10.0.0.1", "--format", "parquet", "--output", str(path)).code == 0
    assert pq.read_table(path).num_rows == 4


@pytest.mark.usefixtures("lake")
def test_sql_counts(run: Run) -> None:
    outcome = run("hunt", "--sql", "SELECT source, count(*) AS n FROM events GROUP BY ALL")
    assert outcome.out.splitlines() == ["source    n", "────────  ─", "zeek.dns  4"]
    outcome = run("hunt", "--sql", "SELECT max(time) AS t FROM events", "-f", "json")
    assert orjson.loads(outcome.out) == {"t": "2023-11-14T22:13:23Z"}


@pytest.mark.usefixtures("lake")
def test_wide_tells_everything(run: Run) -> None:
    assert "query.hostname" in run("hunt", "a.example.org", "--wide").out


def test_a_rule_over_logs_without_a_lake(run: Run, logs: Path, tmp_path: Path) -> None:
    rule = tmp_path / "rule.yml"
    rule.write_text(RULE)
    outcome = run("hunt", "--rule", str(rule), "--logs", str(logs))
    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 3
    assert not (tmp_path / "data" / "lake").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["hunt"], 2, "nothing is asked for"),
        (["hunt", "x"], 3, "no lake here"),
        (["hunt", "x", "--sql", "SELECT 1"], 2, "stands alone"),
        (["hunt", "--rule", "nowhere.yml"], 2, "no such file"),
        (["hunt", "x", "--lake", "a", "--logs", "b"], 2, "do not go together"),
        (["hunt", "x", "--since", "soon"], 2, "no time"),
        (["hunt", "x", "--format", "xml"], 2, "--format"),
        (["lake", "stats"], 3, "no lake here"),
        (["lake", "retain", "year"], 2, "no retention"),
        (["lake", "load", "nowhere"], 3, "no such file"),
    ],
)
def test_what_is_wrong_is_said_with_a_hint(arguments: list[str], code: int, said: str, run: Run) -> None:
    outcome = run(*arguments)
    assert outcome.code == code
    assert said in outcome.err
    assert "hint:" in outcome.err


@pytest.mark.usefixtures("lake")
def test_a_wrong_field_is_told_in_french(run: Run) -> None:
    outcome = run("hunt", "usr=a", "--lang", "fr")
    assert outcome.code == 2
    assert "il n’y a pas de champ" in outcome.err
    assert "user" in outcome.err


@pytest.mark.usefixtures("lake")
def test_erasing_is_dry_unless_go(run: Run) -> None:
    assert "4 rows would be erased" in run("lake", "erase", "--site", "chu").err
    assert orjson.loads(run("lake", "stats", "--format", "json").out)["events"] == 4
    assert "4 rows erased" in run("lake", "erase", "--site", "chu", "--go").err
    assert orjson.loads(run("lake", "stats", "--format", "json").out)["events"] == 0


@pytest.mark.usefixtures("lake")
def test_upkeep_and_figures(run: Run) -> None:
    assert "zeek.dns" in run("lake", "stats").out
    assert run("lake", "compact").code == 0
    assert "4 rows would be erased" in run("lake", "retain", "365").err
    assert "4 rows erased" in run("lake", "retain", "365", "--go").err
    assert run("lake", "rejects").out == ""


def test_the_fields_are_listed(run: Run) -> None:
    out = run("hunt", "--fields").out
    assert "src_endpoint.ip" in out
    assert all(len(line) <= 120 for line in out.splitlines())


@pytest.mark.parametrize("verb", [["hunt"], *(["lake", verb] for verb in ("load", "stats", "rejects", "compact"))])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_help_has_examples_on_eighty_columns(verb: list[str], lang: str, run: Run) -> None:
    outcome = run(*verb, "--help", "--lang", lang)
    assert outcome.code == 0
    assert "Exempl" in outcome.out or "Examples" in outcome.out
