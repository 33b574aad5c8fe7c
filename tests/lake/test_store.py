"""Commits are whole, said once, and survive a killed writer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lake.making import DAY_US, NOW_US, connection, fill
from tocsin.errors import ConfigError, InputError
from tocsin.lake import rows
from tocsin.lake.reading import Reader
from tocsin.lake.store import Lake, Scope, Writer

LOOP = """
import sys
from pathlib import Path
from tests.lake.making import connection
from tocsin.lake import rows
from tocsin.lake.store import Writer
ROWS = 200
with Writer(Path(sys.argv[1])) as writer:
    number = writer.position("log") + 1
    while number < int(sys.argv[2]):
        events = [connection("10.0.0.1", "10.0.0.2", rank=number * ROWS + rank) for rank in range(ROWS)]
        writer.commit(rows.of_events(events, number), {"log": number})
        print(number, flush=True)
        number += 1
"""


def count(folder: Path) -> tuple[int, int]:
    with Reader(Lake(folder)) as reader:
        found = reader.ask("SELECT count(*), count(DISTINCT event_id) FROM events").rows[0]
    return found[0], found[1]


def test_a_commit_is_done_once(tmp_path: Path) -> None:
    found = rows.of_events([connection("10.0.0.1", "10.0.0.2")], NOW_US)
    with Writer(tmp_path) as writer:
        assert writer.position("log") == -1
        assert writer.commit(found, {"log": 7})
        assert not writer.commit(found, {"log": 7})
        assert writer.position("log") == 7
    with Writer(tmp_path) as writer:
        assert not writer.commit(found, {"log": 7})
    assert count(tmp_path) == (1, 1)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with Writer(tmp_path), pytest.raises(ConfigError, match="another process"):
        Writer(tmp_path)
    Writer(tmp_path).close()


def test_no_lake_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no lake here"):
        Lake(tmp_path / "nowhere")


def test_a_lake_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be used"):
        Writer(tmp_path / "file" / "lake")


def test_only_files_of_the_scope_are_read(tmp_path: Path) -> None:
    names = ("a", "b'; drop", "chu é/x %41")
    events = [
        connection("10.0.0.1", "10.0.0.2", at_us=NOW_US + n * DAY_US, rank=n, site=s) for s in names for n in (0, 3)
    ]
    fill(tmp_path, events)
    lake = Lake(tmp_path)
    assert len(lake.files()) == 6
    for name in names:
        with Reader(lake, Scope((name,), NOW_US + DAY_US)) as reader:
            assert reader.ask("SELECT site, day FROM events").rows == [(name, rows.day_of(NOW_US + 3 * DAY_US))]


def test_a_reader_sees_whole_commits_while_another_writes(tmp_path: Path) -> None:
    fill(tmp_path, [connection("10.0.0.1", "10.0.0.2")])
    with Reader(Lake(tmp_path)) as before:
        fill(tmp_path, [connection("10.0.0.1", "10.0.0.3", rank=1)])
        assert before.ask("SELECT count(*) FROM events").rows == [(1,)]
    assert count(tmp_path) == (2, 2)


def kill_until_done(folder: Path, commits: int, dice: random.Random) -> int:
    """Start the writer again and again and kill it after a random while, until it has come to its end."""
    kills = 0
    while True:
        command = [sys.executable, "-c", LOOP, str(folder), str(commits)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        if not process.stdout.readline():
            assert process.wait() == 0
            return kills
        time.sleep(dice.random() * 0.12)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()


def test_a_killed_writer_leaves_each_row_once(tmp_path: Path) -> None:
    kills = kill_until_done(tmp_path, 12, random.Random(5))
    assert kills >= 2
    assert count(tmp_path) == (12 * 200, 12 * 200)


@pytest.mark.slow
def test_a_writer_killed_a_hundred_times_leaves_each_row_once(tmp_path: Path) -> None:
    kills = kill_until_done(tmp_path, 400, random.Random(7))
    assert kills >= 50
    assert count(tmp_path) == (400 * 200, 400 * 200)
