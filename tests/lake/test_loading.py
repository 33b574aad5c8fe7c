"""Logs become rows once each: loaded again, grown, killed on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from tests.lake.making import NOW_US
from tocsin.lake import loading, rows, setting_aside
from tocsin.lake.loading import Loaded
from tocsin.lake.reading import Reader
from tocsin.lake.store import Lake, Writer
from tocsin.model import Origin, Reject

ROOT = Path(__file__).parents[2]


def line(rank: int) -> bytes:
    ends = {"id.orig_h": "10.0.0.1", "id.orig_p": 5, "id.resp_h": "10.0.0.2", "id.resp_p": rank % 9}
    return orjson.dumps({"ts": NOW_US / 1e6 + rank, "uid": f"C{rank}", **ends, "proto": "tcp", "_path": "conn"}) + b"\n"


def load(folder: Path, *paths: Path, workers: int = 1) -> Loaded:
    with Writer(folder) as writer:
        return loading.load(writer, [str(path) for path in paths], "chu", workers)


def ask(folder: Path, sql: str = "SELECT count(*), count(DISTINCT event_id) FROM events") -> tuple[int, ...]:
    with Reader(Lake(folder)) as reader:
        return reader.ask(sql).rows[0]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "conn.log").write_bytes(b"".join(map(line, range(3000))))
    (folder / "more.log").write_bytes(b"".join(map(line, range(5000, 5500))))
    return folder


def test_a_folder_is_loaded_once(logs: Path, tmp_path: Path) -> None:
    first = load(tmp_path / "lake", logs)
    assert (first.events, first.rejects, first.known_files, first.by_source) == (3500, 0, 0, {"zeek.conn": 3500})
    again = load(tmp_path / "lake", logs)
    assert (again.events, again.known_files) == (0, 2)
    assert ask(tmp_path / "lake") == (3500, 3500)


@pytest.mark.parametrize("count", [3001, 9000, 30_000])
def test_of_a_log_that_grew_the_new_is_loaded(count: int, logs: Path, tmp_path: Path) -> None:
    load(tmp_path / "lake", logs)
    (logs / "conn.log").write_bytes(b"".join(map(line, range(count))))
    assert load(tmp_path / "lake", logs).events == count - 3000
    assert ask(tmp_path / "lake") == (count + 500, count + 500)


def test_several_processes_give_the_same(logs: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        load(tmp_path / str(workers), logs, workers=workers)
    ids = "SELECT list(event_id ORDER BY event_id) FROM events"
    assert ask(tmp_path / "1", ids) == ask(tmp_path / "3", ids)


def test_two_files_that_begin_alike_are_both_loaded(logs: Path, tmp_path: Path) -> None:
    (logs / "other.log").write_bytes((logs / "conn.log").read_bytes() + line(4000))
    assert load(tmp_path / "lake", logs).events == 3500 + 3001


def test_what_cannot_be_read_is_kept_once(tmp_path: Path) -> None:
    lake, log = tmp_path / "lake", tmp_path / "a.json"
    log.write_bytes(b'[{"message": "a"}, 7]')
    for rank in range(3):
        load(lake, log)
        os.utime(log, (rank, rank))
    kept = list(setting_aside.newest(lake, 10))
    assert [one.raw for one in kept] == [b"7"]
    assert kept[0].reason
    assert ask(lake) == (1, 1)


def test_what_can_be_read_now_is_an_event(tmp_path: Path) -> None:
    rejects = [
        Reject(Origin("a.log", b"k"), 10, "an older Tocsin could not", line(1), 0),
        Reject(Origin("a.log", b"k"), 90, "cut off", b"x" * 4096, 0),
    ]
    with Writer(tmp_path) as writer:
        writer.commit(rows.of_rejects(rejects, "chu", NOW_US), {}, "rejects")
    assert setting_aside.replay(tmp_path) == (1, 1)
    assert [one.offset for one in setting_aside.newest(tmp_path, 10)] == [90]
    assert ask(tmp_path, 'SELECT source, "offset", raw FROM events') == ("zeek.conn", 10, line(1).decode().strip())
    assert setting_aside.replay(tmp_path) == (0, 1)


def test_a_load_that_is_killed_goes_on(tmp_path: Path) -> None:
    lake, logs = tmp_path / "lake", tmp_path / "logs"
    logs.mkdir()
    for name in range(3):
        lines = [b"".join(line(name * 100_000 + rank) for rank in range(start, start + 2_000)) for start in (0, 2_000)]
        (logs / f"{name}.log").write_bytes(b"".join(lines) + b"not a record\n")
    code = "from tocsin.lake import loading; loading.COMMIT_ROWS = 300; loading.BLOCK_BYTES = 20_000\n"
    code += "import sys; from tocsin.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "lake", "load", str(logs), "--lake", str(lake), "--workers", "2"]
    dice, kills = random.Random(3), 0
    while True:
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 1.0 + dice.random() * 1.5 + kills * 0.4
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert process.returncode == 0
    assert ask(lake) == (12_003, 12_003)
