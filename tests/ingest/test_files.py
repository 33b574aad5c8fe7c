"""Reading files as they are: packed, rotated, torn, in odd encodings. Nothing is lost, nothing raises."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tocsin.errors import InputError
from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.probes.formats import BY_NAME

RECORDS = [{"note": f"ligne {number} é", "time": "2026-11-15T01:00:00Z"} for number in range(500)]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)


def read(path: Path) -> tuple[list[Event], list[Reject]]:
    events: list[Event] = []
    rejects: list[Reject] = []
    for item in files.blocks(path, "site"):
        for record in [item] if isinstance(item, Reject) else BY_NAME[item.format].read(item):
            (rejects if isinstance(record, Reject) else events).append(record)  # type: ignore[arg-type]
    return events, rejects


def _zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/a.txt", data)
    return buffer.getvalue()


def _tar(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("logs/a.txt")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "two gzip members": lambda data: gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]),
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
    "two zstd frames": lambda data: zstandard.compress(data[:999]) + zstandard.compress(data[999:]),
    "zip": _zip,
    "tar.gz": _tar,
    "gzip in zip": lambda data: _zip(gzip.compress(data)),
}
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 with mark": lambda text: text.encode("utf-16"),
    "utf-16-be with mark": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16-le without mark": lambda text: text.encode("utf-16-le"),
    "CR LF": lambda text: text.replace("\n", "\r\n").encode(),
    "pretty array": lambda text: json.dumps([json.loads(line) for line in text.splitlines()], indent=3).encode(),
    "array on one line": lambda text: json.dumps([json.loads(line) for line in text.splitlines()]).encode(),
    "pretty objects": lambda text: "\n".join(
        json.dumps(json.loads(line), indent=1) for line in text.splitlines()
    ).encode(),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packings(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "conn.17:00:00-18:00:00.log"  # the name says nothing of what is inside
    path.write_bytes(PACKINGS[packing](LINES.encode()))
    events, rejects = read(path)
    assert not rejects
    assert [event.native for event in events] == RECORDS


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(ENCODINGS[encoding](LINES))
    events, rejects = read(path)
    assert not rejects
    assert [event.native for event in events] == RECORDS


@pytest.mark.parametrize("packing", ["gzip", "xz", "bzip2", "zstd", "zip", "tar.gz"])
def test_a_torn_file_gives_what_it_has_and_says_so(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    packed = PACKINGS[packing](LINES.encode() * 400)
    path.write_bytes(packed[: len(packed) * 2 // 3])
    events, rejects = read(path)
    assert rejects
    assert all(reject.reason for reject in rejects)
    assert events or packing in {"zip", "bzip2"}, "what could be unpacked was lost"


def test_offsets_point_to_the_record(tmp_path: Path) -> None:
    path = tmp_path / "x"
    data = LINES.encode()
    path.write_bytes(data)
    for event in read(path)[0]:
        assert data[event.offset :].startswith(event.raw)


def test_ids_are_stable_and_distinct_even_for_equal_records(tmp_path: Path) -> None:
    one, other = tmp_path / "a.log", tmp_path / "b.json"
    one.write_bytes(b'{"a": 1}\n' * 100)
    other.write_bytes(one.read_bytes())
    ids = [event.id for event in read(one)[0]]
    assert len(set(ids)) == 100
    assert ids == [event.id for event in read(other)[0]]


def test_a_line_of_50_mb_is_read_and_the_next_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"a": "' + b"x" * (50 << 20) + b'"}\n{"a": "next"}\n')
    events, rejects = read(path)
    assert [len(event.native["a"]) for event in events] == [50 << 20, 4]
    assert not rejects


def test_an_endless_line_is_rejected_and_what_follows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"a": 1}\n' + b"y" * (70 << 20) + b'\n{"a": 2}\n{"a": 3}\n')
    events, rejects = read(path)
    assert [event.native["a"] for event in events] == [1, 2, 3]
    assert len(rejects) == 1
    assert "longer than 64 MiB" in rejects[0].reason
    assert rejects[0].offset == 9


def test_nul_bytes_blank_lines_and_torn_json(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"a": 1}\n\n  \n\0\0\0\0\nno\0thing special\n{"a": \n{"a": 2}')
    events, rejects = read(path)
    assert [event.source for event in events] == ["json.record", "text.line", "json.record"]
    assert events[1].raw == b"no\0thing special"
    assert ["NUL" in reject.reason or "not valid JSON" in reject.reason for reject in rejects] == [True, True]


def test_json_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes('{"a": "réanimation"}\n'.encode("cp1252") + b'{"a": "torn\xe9\n')
    events, rejects = read(path)
    assert [event.native["a"] for event in events] == ["réanimation"]
    assert len(rejects) == 1


def test_a_broken_element_of_an_array_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'[\n {"a": 1},\n {"a": nope},\n {"a": 3}\n]\n')
    events, rejects = read(path)
    assert [event.native["a"] for event in events] == [1, 3]
    assert len(rejects) == 1


def test_a_missing_path_is_an_error_with_a_hint() -> None:
    with pytest.raises(InputError) as caught:
        files.find(["/no/such/file"])
    assert caught.value.hint


def test_a_gzip_bomb_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "x"
    line = b'{"a": "' + b"0" * 1000 + b'"}\n'
    with gzip.open(path, "wb", 9) as file:
        for _ in range(200):
            file.write(line * 1000)
    sizes = [len(item.data) for item in files.blocks(path, "") if not isinstance(item, Reject)]
    assert sum(sizes) == 200 * 1000 * len(line)
    assert max(sizes) < 4 << 20
