"""Captures and flow files through the real programs; a clear reject where they are absent or the input is torn."""

from __future__ import annotations

import gzip
import shutil
import struct
from pathlib import Path

import pytest

from tocsin.ingest import files, programs
from tocsin.model import Event, Reject
from tocsin.probes.formats import BY_NAME

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark (apt install tshark)")
needs_nfdump = pytest.mark.skipif(shutil.which("nfdump") is None, reason="needs nfdump (apt install nfdump)")


def frame(
    src: str, sport: int, dst: str, dport: int, flags: int, sequence: tuple[int, int], body: bytes = b""
) -> bytes:
    """Make an Ethernet frame with IPv4 and TCP (checksums left at zero: tshark does not check them)."""
    ends = bytes(int(part) for part in f"{src}.{dst}".split("."))
    tcp = struct.pack(">HHIIBBHHH", sport, dport, *sequence, 0x50, flags, 8192, 0, 0) + body
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + ends
    return bytes(12) + b"\x08\x00" + ip + tcp


def capture() -> bytes:
    """Make a pcap of one HTTP request and its answer."""
    a, b = ("192.168.20.31", 51001), ("203.0.113.7", 80)
    ask = b"GET /in/7 HTTP/1.1\r\nHost: depot.example.org\r\nUser-Agent: curl/8.5.0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
    frames = [
        frame(*a, *b, 0x02, (100, 0)),
        frame(*b, *a, 0x12, (500, 101)),
        frame(*a, *b, 0x10, (101, 501)),
        frame(*a, *b, 0x18, (101, 501), ask),
        frame(*b, *a, 0x18, (501, 101 + len(ask)), answer),
        frame(*a, *b, 0x11, (101 + len(ask), 501 + len(answer))),
        frame(*b, *a, 0x11, (501 + len(answer), 102 + len(ask))),
    ]
    packets = [
        struct.pack("<IIII", 1772420400, rank * 1000, len(data), len(data)) + data for rank, data in enumerate(frames)
    ]
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(packets)


def read_all(path: Path) -> list[Event | Reject]:
    items: list[Event | Reject] = []
    for item in files.blocks(path, "site"):
        items.extend([item] if isinstance(item, Reject) else BY_NAME[item.format].read(item))
    return items


@needs_tshark
@pytest.mark.parametrize("packed", [False, True])
def test_a_capture_becomes_zeek_records(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "anything"
    path.write_bytes(gzip.compress(capture()) if packed else capture())
    http, conn = read_all(path)
    assert isinstance(http, Event)
    assert isinstance(conn, Event)
    assert (http.source, http.native["method"], http.native["uri"]) == ("zeek.http", "GET", "/in/7")
    assert (http.native["host"], http.native["status_code"]) == ("depot.example.org", 200)
    assert (conn.source, conn.native["conn_state"], conn.native["service"]) == ("zeek.conn", "SF", "http")
    assert (conn.time_us, http.native["uid"]) == (1772420400000000, conn.native["uid"])


@needs_tshark
def test_a_torn_capture_gives_what_it_has_and_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "torn"
    path.write_bytes(capture()[:-30])
    items = read_all(path)
    assert [item.source for item in items if isinstance(item, Event)] == ["zeek.http", "zeek.conn"]
    (reject,) = [item for item in items if isinstance(item, Reject)]
    assert "cut short" in reject.reason


@needs_tshark
def test_what_only_looks_like_a_capture_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "fake"
    path.write_bytes(b"\xd4\xc3\xb2\xa1" + b"no capture at all" * 1000)
    (reject,) = read_all(path)
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("tshark: ")


@needs_tshark
def test_a_reader_may_stop_early() -> None:
    program = programs.wanted(capture()[:24])
    assert program is not None
    chunks = program(iter([capture()] + [b"\0" * 65536] * 100))
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("head", "program"),
    [(b"\xd4\xc3\xb2\xa1", "tshark"), (b"\x0a\x0d\x0d\x0a", "tshark"), (b"\x0c\xa5\x01\x00", "nfdump")],
)
def test_an_absent_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, program: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    path = tmp_path / "file"
    path.write_bytes(head + bytes(100))
    (reject,) = read_all(path)
    assert isinstance(reject, Reject)
    assert reject.reason == f"needs {program}: install the package {program} (apt install {program})"


@needs_nfdump
def test_an_nfcapd_file_becomes_flows(data: Path) -> None:
    items = read_all(data / "network" / "slips" / "test1-malicious.nfdump")
    assert len(items) == 4593
    assert {item.source for item in items if isinstance(item, Event)} == {"netflow.flow"}


@needs_nfdump
def test_a_broken_nfcapd_file_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_bytes(b"\x0c\xa5\x01\x00" + b"\xff" * 200)
    items = read_all(path)
    assert items
    assert all(isinstance(item, Reject) for item in items)
