"""EVTX: equal to the library on whole files, cut anywhere, and unbreakable by bytes."""

from __future__ import annotations

import random
from pathlib import Path

import evtx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probes.evtx_writer import CHUNK_BYTES, evtx_file
from tocsin.ingest import files
from tocsin.model import Event, Origin, Reject
from tocsin.probes.contract import BLOCK_BYTES, Block
from tocsin.probes.formats import evtx as format_
from tocsin.probes.formats import recognise

ORIGIN = Origin("test.evtx")


def logon(user: str) -> str:
    return (
        "<Event><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4624</EventID>"
        "<TimeCreated SystemTime='2026-03-03T01:14:31.402000Z'/><Channel>Security</Channel>"
        f"<Computer>dc-01</Computer></System><EventData><Data Name='TargetUserName'>{user}</Data></EventData></Event>"
    )


SMALL = evtx_file([logon("a"), logon("b")], [logon("c")])


def read(data: bytes, step: int = 1 << 18) -> tuple[list[Event], list[Reject]]:
    chunks = [data[place : place + step] for place in range(0, len(data), step)]
    items: list[Event | Reject] = []
    for block in format_.cut(chunks, ORIGIN, ""):
        items.extend([block] if isinstance(block, Reject) else format_.read(block))
    return [item for item in items if isinstance(item, Event)], [item for item in items if isinstance(item, Reject)]


def users(events: list[Event]) -> list[str]:
    return [event.native["TargetUserName"] for event in events]


def test_reads_every_record_with_its_place() -> None:
    events, rejects = read(SMALL)
    assert recognise(SMALL) is format_
    assert not rejects
    assert users(events) == ["a", "b", "c"]
    assert [(event.offset, event.part) for event in events] == [(4096, 0), (4096, 1), (4096 + CHUNK_BYTES, 0)]
    assert {event.source for event in events} == {"windows.security"}
    assert len({event.id for event in events}) == 3


def test_memory_is_bounded_by_blocks_that_stand_alone() -> None:
    data = evtx_file(*[[logon(f"u{rank}")] for rank in range(40)])
    blocks = [block for block in format_.cut([data[:5000], data[5000:]], ORIGIN, "") if isinstance(block, Block)]
    assert [len(block.data) for block in blocks] == [BLOCK_BYTES, BLOCK_BYTES, 8 * CHUNK_BYTES]
    last_first = [event for block in reversed(blocks) for event in format_.read(block)]
    assert sorted(event.id for event in last_first) == sorted(event.id for event in read(data)[0])


@given(st.integers(1, 200_000))
def test_pieces_do_not_matter(step: int) -> None:
    assert users(read(SMALL, step)[0]) == ["a", "b", "c"]


def test_bad_magic_zeros_and_a_cut_each_cost_one_reject() -> None:
    data = evtx_file([logon("a")], [logon("b")], [logon("c")], [logon("d"), logon("e")])
    second, third = 4096 + CHUNK_BYTES, 4096 + 2 * CHUNK_BYTES
    data = data[:second] + b"X" + data[second + 1 : third] + bytes(CHUNK_BYTES) + data[third + CHUNK_BYTES :]
    size = len(data) - CHUNK_BYTES + 512 + 700
    events, rejects = read(data[:size])
    assert users(events) == ["a", "d"]
    assert [reject.reason.partition(":")[0] for reject in rejects] == [
        "bad magic of EVTX chunk",
        "EVTX chunk is overwritten with zeros",
        "broken EVTX record",
        "EVTX chunk is cut short",
    ]
    assert [reject.offset for reject in rejects[:2]] == [second, third]
    assert rejects[0].raw.startswith(b"XlfChnk")


def test_room_for_records_to_come_is_no_reject() -> None:
    events, rejects = read(SMALL + bytes(3 * CHUNK_BYTES))
    assert (users(events), rejects) == (["a", "b", "c"], [])


def test_a_broken_file_header_hides_nothing() -> None:
    assert users(read(b"ElfFile\0" + b"\xff" * 4088 + SMALL[4096:])[0]) == ["a", "b", "c"]


@pytest.mark.parametrize("data", [b"ElfFile\0", SMALL[:4000]])
def test_a_cut_header_is_a_reject(data: bytes) -> None:
    events, rejects = read(data)
    assert not events
    assert [(reject.offset, reject.raw) for reject in rejects] == [(0, data)]


def test_a_circle_of_names_ends() -> None:
    """A chain that points at itself sends the library round for ever: an attacker's cheapest way to stop a reader."""
    place = 4096 + 128
    data = bytearray(SMALL)
    data[place : place + 4] = (600).to_bytes(4, "little")
    data[4096 + 600 : 4096 + 604] = (600).to_bytes(4, "little")
    events, rejects = read(bytes(data))
    assert len(events) + len(rejects) == 3


@given(
    st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=40), st.integers(0, len(SMALL))
)
def test_flipped_and_cut_bytes_never_raise(flips: list[tuple[int, int]], size: int) -> None:
    data = bytearray(SMALL)
    for place, value in flips:
        data[place if place < 4096 else 4096 + place % 1536] = value
    read(bytes(data[:size]))


def test_equals_the_library_on_whole_files(data: Path) -> None:
    paths = [*(data / "benign" / "windows").glob("*.evtx"), *(data / "endpoint" / "deepbluecli").rglob("*.evtx")]
    assert paths
    for path in sorted(paths):
        events, _ = read(path.read_bytes())
        assert sorted(event.raw for event in events) == sorted(whole(path)), path.name


def whole(path: Path) -> list[bytes]:
    """Give the JSON of all records that the library reads when it has the whole file."""
    records = evtx.PyEvtxParser(str(path)).records_json()
    found = []
    while True:
        try:
            found.append(next(records)["data"].encode())
        except StopIteration:
            return found
        except RuntimeError:
            continue


def test_real_files_with_flipped_bytes_never_raise(data: Path) -> None:
    paths = sorted((data / "endpoint" / "evtx-attack-samples").rglob("*.evtx"))[:40]
    dice = random.Random(7)
    for path in paths:
        changed = bytearray(path.read_bytes()[: 4096 + 2 * CHUNK_BYTES])
        for _ in range(50):
            changed[dice.randrange(4096, len(changed))] = dice.randrange(256)
        events, rejects = read(bytes(changed))
        assert events or rejects


def test_faulty_real_files_give_rejects_with_reasons(data: Path) -> None:
    for name, reason in [
        ("sample-with-zero-data-size-event.evtx", "data size"),
        ("sample_with_a_bad_chunk_magic.evtx", "bad magic"),
    ]:
        path = data / "benign" / "windows" / name
        rejects = [
            item
            for block in files.blocks(path, "")
            for item in ([block] if isinstance(block, Reject) else format_.read(block))
            if isinstance(item, Reject)
        ]
        assert any(reason in reject.reason for reject in rejects)
