"""SQL of a person reaches the view and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lake.making import connection, fill
from tocsin.errors import ConfigError, InputError, TocsinError
from tocsin.lake.reading import Limits, Reader
from tocsin.lake.store import Lake, Scope

FORBIDDEN = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('{other}')",
    "SELECT * FROM '{other}'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM local_secret",
    "COPY (SELECT 1) TO '{other}'",
    "COPY (SELECT 1 AS a) TO '{own}' (FORMAT parquet)",
    "EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{own}' (FORMAT parquet)",
    "ATTACH '{other}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '64GB'",
    "PRAGMA enable_external_access = true",
    "CREATE TABLE t AS SELECT 1",
    "DROP VIEW events",
    "SELECT 1; SELECT 2",
    "EXPORT DATABASE '{other}'",
    "",
    "nonsense",
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    fill(tmp_path / "lake", [connection("10.0.0.1", "10.0.0.2"), connection("10.0.0.3", "10.0.0.2", rank=1, site="b")])
    return Lake(tmp_path / "lake")


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_nothing_else_is_reached(sql: str, lake: Lake, tmp_path: Path) -> None:
    local_secret = [1]
    other = tmp_path / "other.csv"
    other.write_text("secret\n")
    own = lake.files()[0]
    before = Path(own).read_bytes()
    with Reader(lake) as reader, pytest.raises(TocsinError):
        reader.ask(sql.format(other=other, own=own))
    assert other.read_text() == "secret\n"
    assert Path(own).read_bytes() == before
    assert local_secret


def test_files_of_another_site_are_out_of_reach(lake: Lake) -> None:
    foreign = lake.files(Scope(("b",)))[0]
    with Reader(lake, Scope(("chu",))) as reader:
        assert reader.ask("SELECT count(*) FROM events").rows == [(1,)]
        with pytest.raises(ConfigError):
            reader.ask(f"SELECT * FROM read_parquet('{foreign}')")


def test_time_is_bounded(lake: Lake) -> None:
    with Reader(lake, limits=Limits(seconds=0.3)) as reader, pytest.raises(InputError, match="more than"):
        reader.ask("SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range * b.range % 7 = 3")


def test_memory_is_bounded(lake: Lake) -> None:
    with Reader(lake, limits=Limits(memory_mb=64)) as reader, pytest.raises(InputError, match="64 MB"):
        reader.ask("SELECT count(DISTINCT range) FROM range(100000000)")


def test_an_empty_part_answers(lake: Lake) -> None:
    with Reader(lake, Scope(("nobody",), 0, 1)) as reader:
        assert reader.ask('SELECT "src_endpoint.ip", entities FROM events').rows == []
        assert reader.ask("SELECT count(*) FROM rejects").rows == [(0,)]
