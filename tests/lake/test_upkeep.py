"""A lake stays small, and forgets what it must: from the disk, not only from sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lake.making import DAY_US, NOW_US, connection, event, fill
from tocsin.errors import ConfigError
from tocsin.lake import upkeep
from tocsin.lake.reading import Reader
from tocsin.lake.store import Lake, Writer
from tocsin.lake.upkeep import Retention


def sites(folder: Path) -> dict[str, int]:
    return dict(upkeep.stats(folder).by_site)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    for rank in range(6):
        at_us = NOW_US - rank // 2 * DAY_US
        fill(tmp_path, [connection("10.0.0.1", "10.0.0.2", at_us=at_us - one, rank=rank * 9 + one) for one in range(9)])
    logon = {"EventID": 4624, "Channel": "Security", "Computer": "pc-7", "TargetUserName": "a.martin"}
    logon |= {"LogonType": 3, "source": "windows.security"}
    fill(tmp_path, [event(logon, NOW_US - 5 * DAY_US, 99, "b")])
    return tmp_path


def test_files_are_joined_and_nothing_is_lost(lake: Path) -> None:
    with Writer(lake) as writer:
        done = upkeep.compact(writer, NOW_US)
        assert (done.files_before, done.files_after) == (7, 4)
        assert upkeep.compact(writer, NOW_US + 3 * DAY_US).files_after == 4
    assert sites(lake) == {"chu": 54, "b": 1}


def test_a_commit_beside_upkeep_is_kept(lake: Path) -> None:
    with Reader(Lake(lake)) as before, Writer(lake) as writer:
        upkeep.compact(writer, NOW_US)
        assert before.ask("SELECT count(*) FROM events").rows == [(55,)], "a reader keeps the files that it began with"
    fill(lake, [connection("10.0.0.1", "10.0.0.2", rank=500)])
    assert sites(lake)["chu"] == 55


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (Retention(2), {"chu": 54}),
        (Retention(1), {"chu": 36}),
        (Retention(1, "b"), {"chu": 54}),
        (Retention(1, "", "network"), {"chu": 36, "b": 1}),
        (Retention(1, "chu", "identity"), {"chu": 54, "b": 1}),
        (Retention(1, "b", "identity"), {"chu": 54}),
        (Retention(0, "", "other"), {"chu": 54, "b": 1}),
    ],
)
def test_retention_deletes_by_site_and_class(rule: Retention, left: dict[str, int], lake: Path) -> None:
    with Writer(lake) as writer:
        count = upkeep.count_to_retain(lake, [rule], NOW_US)
        assert upkeep.retain(writer, [rule], NOW_US) == count == 55 - sum(left.values())
    assert sites(lake) == left


def test_an_unknown_class_is_refused(lake: Path) -> None:
    with Writer(lake) as writer, pytest.raises(ConfigError, match="no data class"):
        upkeep.retain(writer, [Retention(1, "", "netwrk")], NOW_US)


def on_disk(folder: Path, text: bytes) -> bool:
    """Say whether some file name or uncompressed byte of the lake still holds a text."""
    return any(text in path.read_bytes() or text.decode() in str(path) for path in folder.rglob("*") if path.is_file())


def test_a_site_leaves_the_disk(lake: Path) -> None:
    assert upkeep.count_to_erase(lake, "b") == 1
    with Writer(lake) as writer:
        assert upkeep.erase(writer, "b") == 1
    assert sites(lake) == {"chu": 54}
    assert not [path for path in lake.rglob("*.parquet") if "site=b" in str(path)]


def test_a_host_leaves_the_disk_and_others_stay(lake: Path) -> None:
    fill(lake, [connection("10.9.9.9", "10.0.0.2", rank=700), connection("10.0.0.1", "10.9.9.9", rank=701)])
    assert upkeep.count_to_erase(lake, "chu", "10.9.9.9") == 2
    assert upkeep.count_to_erase(lake, "b", "10.9.9.9") == 0
    before = set(lake.rglob("*.parquet"))
    with Writer(lake) as writer:
        assert upkeep.erase(writer, "chu", "10.9.9.9") == 2
    assert sites(lake) == {"chu": 54, "b": 1}
    assert before - set(lake.rglob("*.parquet")), "the file that held it is gone"


def test_an_empty_lake_has_figures(tmp_path: Path) -> None:
    Writer(tmp_path).close()
    found = upkeep.stats(tmp_path)
    assert (found.events, found.rejects, found.first_us, found.by_source) == (0, 0, None, [])
