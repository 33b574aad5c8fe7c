"""Files that were written side by side are read side by side; whatever they hold, nothing is lost."""

from __future__ import annotations

import gzip
import json
import struct
from itertools import pairwise
from pathlib import Path

from tocsin.ingest import files, order
from tocsin.model import Event, Reject
from tocsin.probes.formats import BY_NAME

MINUTE = 60


def log(path: Path, start: int, count: int, step: int = MINUTE, pad: int = 0) -> Path:
    """Write Zeek connections, one every `step` seconds."""
    rows = [
        {"_path": "conn", "ts": start + rank * step, "uid": f"C{rank}", "id.orig_h": "10.0.0.1", "note": "x" * pad}
        for rank in range(count)
    ]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read(paths: list[Path]) -> tuple[list[tuple[int, str]], list[Reject], int]:
    times, rejects, ended = [], [], []
    for item in order.blocks(paths, "s", lambda _: None, lambda: ended.append(1)):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        for record in BY_NAME[item.format].read(item):
            if isinstance(record, Event):
                times.append(((record.time_us or 0) // 1_000_000, Path(record.origin.name).name))
            else:
                rejects.append(record)
    return times, rejects, len(ended)


def test_files_are_read_in_the_order_of_their_first_records(tmp_path: Path) -> None:
    paths = [log(tmp_path / "a.log", 3000, 5), log(tmp_path / "b.log.gz", 1000, 5), log(tmp_path / "c.log", 2000, 5)]
    times, _, ended = read(paths)
    assert [name for _, name in times[::5]] == ["b.log.gz", "c.log", "a.log"]
    assert ended == 3


def test_long_files_are_read_side_by_side(tmp_path: Path) -> None:
    paths = [log(tmp_path / name, 1000, 4000, pad=1000) for name in ("a.log", "b.log")]
    times, _, _ = read(paths)
    assert len(times) == 8000
    late = max(before - after for (before, _), (after, _) in pairwise(times))
    assert late < 1500 * MINUTE  # a block is a thousand records
    assert [name for _, name in times] != sorted(name for _, name in times)


def test_a_capture_is_told_by_its_first_packet(tmp_path: Path) -> None:
    for order_, magic in (("<", 0xA1B2C3D4), (">", 0xA1B2C3D4), ("<", 0xA1B23C4D)):
        path = tmp_path / "x"
        path.write_bytes(
            struct.pack(f"{order_}IHHiIII", magic, 2, 4, 0, 0, 65535, 1) + struct.pack(f"{order_}IIII", 1000, 5, 0, 0)
        )
        assert files.begins(path) == files.Beginning(1_000_000_000 + (0 if magic == 0xA1B23C4D else 5), program=True)


def test_what_tells_no_time_is_read_first_in_the_order_of_paths_and_nothing_is_lost(tmp_path: Path) -> None:
    torn = tmp_path / "torn.gz"
    torn.write_bytes(gzip.compress(b"some text\n" * 1000)[:-9])
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    notes = tmp_path / "notes"
    notes.write_bytes(b"one\ntwo\n\x00\xff\n")
    paths = [log(tmp_path / "a.log", 3000, 5), torn, empty, notes, tmp_path / "gone"]
    times, rejects, ended = read(paths)
    assert ended == 5
    assert len(times) >= 1000 + 2 + 5
    assert [name for _, name in times][-5:] == ["a.log"] * 5
    assert {reject.origin.name for reject in rejects} == {str(torn), str(tmp_path / "gone")}


def test_many_files_stay_within_the_limit_of_open_ones(tmp_path: Path) -> None:
    paths = [log(tmp_path / f"{rank:03}.log", 1000, 3) for rank in range(100)]
    times, _, ended = read(paths)
    assert (len(times), ended) == (300, 100)
