"""The durable log: what is acknowledged is on disk and is served whole, whatever dies in between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.errors import ConfigError, InputError
from tocsin.ingest.journal import FORGET, Journal, Limits, Refusal
from tocsin.ingest.segments import START, Batch, Frame, Offset, Reader, listed
from tocsin.model import Event
from tocsin.probes.formats import BY_NAME

ROOT = Path(__file__).parent.parent.parent


def batch(*numbers: int, site: str = "chu-exemple", filler: str = "") -> Batch:
    data = "".join(f'{{"number": {number}, "filler": "{filler}"}}\n' for number in numbers).encode()
    return Batch(site, "test", "192.0.2.1", 1_700_000_000_000_000, data, len(numbers))


def numbers(frames: list[Frame]) -> list[int]:
    return [record.native["number"] for frame in frames for record in records(frame)]


def records(frame: Frame) -> Iterator[Event]:
    for block in frame.blocks():
        for record in BY_NAME[block.format].read(block):
            assert isinstance(record, Event), record
            yield record


def everything(reader: Reader) -> list[Frame]:
    found: list[Frame] = []
    while frames := reader.read():
        found += frames
    return found


def kept(folder: Path) -> list[int]:
    journal = Journal(folder)
    try:
        return numbers(everything(journal.reader()))
    finally:
        journal.close()


def test_what_is_appended_is_read_and_outlives_the_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    reader = journal.reader()
    places = [journal.append([batch(number), batch(number + 100)], {"count": b"%d" % number}) for number in range(5)]
    assert places == sorted(places)
    assert numbers(everything(reader)) == [0, 100, 1, 101, 2, 102, 3, 103, 4, 104]
    assert reader.read() == []
    assert reader.place == journal.end == places[-1]
    journal.append([batch(5)])
    assert numbers(reader.read()) == [5]
    journal.close()
    again = Journal(tmp_path)
    assert again.notes == {"count": b"4"}
    assert numbers(everything(again.reader(Offset(*places[3])))) == [4, 104, 5]  # type: ignore[misc]


def test_ids_of_events_are_the_same_in_every_replay_and_differ_for_equal_records(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([batch(1), batch(1)])
    journal.append([batch(1)])
    first, second = ([event.id for frame in everything(journal.reader()) for event in records(frame)] for _ in "ab")
    assert first == second
    assert len(set(first)) == 3


def test_a_batch_with_a_key_of_its_own_gives_the_same_ids_when_it_is_sent_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    sent = Batch("chu-exemple", "http", "relay", 1, b'{"number": 1}\n', 1, key=b"request-7")
    journal.append([sent])
    journal.append([sent])
    ids = [event.id for frame in everything(journal.reader()) for event in records(frame)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_segments_are_turned_over_and_notes_go_along(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Limits(segment_bytes=2_000))
    for number in range(60):
        journal.append([batch(number, filler=os.urandom(100).hex())], {f"file {number % 3}": b"%d" % number})
    journal.append([], {"file 0": FORGET})
    assert len(listed(tmp_path)) > 3
    journal.close()
    assert kept(tmp_path) == list(range(60))
    again = Journal(tmp_path)
    assert again.notes == {"file 1": b"58", "file 2": b"59"}


def test_what_all_readers_have_dealt_with_is_kept_up_to_a_size(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Limits(segment_bytes=2_000, retention_bytes=6_000), ("detect", "lake"))
    for number in range(60):
        journal.append([batch(number, filler=os.urandom(100).hex())])
    before = len(listed(tmp_path))
    slow = journal.reader()
    slow.read(1)
    journal.release("lake", journal.end)
    journal.release("detect", slow.place)
    assert len(listed(tmp_path)) >= before - 1  # the slower of two readers holds them
    journal.release("detect", journal.end)
    assert journal.bytes_on_disk <= 6_000
    assert numbers(everything(journal.reader()))[-1] == 59
    assert numbers(everything(slow))[-1] == 59, "a reader that fell out goes on with the oldest that is kept"


def test_a_quota_that_is_used_up_is_a_value_with_a_reason_and_ends_when_readers_catch_up(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Limits(segment_bytes=2_000, quota_bytes=5_000))
    answers = [journal.append([batch(number, filler=os.urandom(100).hex())]) for number in range(60)]
    taken = [number for number, answer in enumerate(answers) if isinstance(answer, Offset)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert taken == list(range(len(taken)))
    assert refused[0].retry_s > 0
    assert "used up" in refused[0].reason
    assert numbers(everything(journal.reader())) == taken
    journal.release("detect", journal.end)
    assert isinstance(journal.append([batch(99)]), Offset)


def test_a_disk_that_is_nearly_full_is_left_to_the_rest_of_the_service(tmp_path: Path) -> None:
    refused = Journal(tmp_path, Limits(keep_free_bytes=1 << 60)).append([batch(1)])
    assert isinstance(refused, Refusal)
    assert "nearly full" in refused.reason


def test_only_one_process_appends(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(ConfigError, match="another process"):
        Journal(tmp_path)
    journal.close()
    Journal(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        Journal(tmp_path / "file" / "journal")


def test_the_last_frame_torn_at_any_byte_is_cut_off(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "whole")
    journal.append([batch(1)], {"count": b"1"})
    end = journal.append([batch(2)], {"count": b"2"})
    last = journal.append([batch(3)], {"count": b"3"})
    journal.close()
    assert isinstance(end, Offset)
    assert isinstance(last, Offset)
    data = listed(tmp_path / "whole")[0].read_bytes()
    for size in range(end.at, last.at):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "000000000001.seg").write_bytes(data[:size])
        torn = Journal(folder)
        assert torn.end == end
        assert torn.notes == {"count": b"2"}
        assert torn.cut_bytes == size - end.at
        torn.append([batch(4)])
        assert numbers(everything(torn.reader())) == [1, 2, 4]
        torn.close()


def test_a_segment_torn_while_it_was_begun_does_not_lose_the_notes(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([batch(1)], {"count": b"1"})
    journal.close()
    head = listed(tmp_path)[0].read_bytes()
    for size in (0, 3, START, START + 9):
        (tmp_path / "000000000002.seg").write_bytes(head[:size])
        again = Journal(tmp_path)
        assert again.notes == {"count": b"1"}
        again.close()
        assert kept(tmp_path) == [1]


@given(st.integers(START, 10**9), st.binary(min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_damage_anywhere_costs_the_frames_it_hits_and_never_raises(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    for number in range(6):
        journal.append([batch(number)], {"count": b"%d" % number})
    journal.close()
    path = listed(folder)[0]
    data = bytearray(path.read_bytes())
    place = START + place % (len(data) - START)
    data[place : place + len(damage)] = damage[: len(data) - place]
    path.write_bytes(data)
    found = kept(folder)
    assert found == sorted(set(found))
    assert len(found) >= 4 - len(damage) // 90
    again = Journal(folder)
    again.append([batch(7)])
    assert numbers(everything(again.reader()))[-1] == 7
    again.close()


def test_damage_in_an_older_segment_is_passed_over_and_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Limits(segment_bytes=2_000))
    for number in range(40):
        journal.append([batch(number, filler=os.urandom(100).hex())])
    first = listed(tmp_path)[0]
    data = first.read_bytes()
    first.write_bytes(data[:-50] + bytes(50))
    reader = journal.reader()
    found = numbers(everything(reader))
    assert len(found) == 39
    assert reader.lost_bytes > 50


def test_a_frame_forged_inside_a_record_is_never_served(tmp_path: Path) -> None:
    other = Journal(tmp_path / "other")
    other.append([batch(666)])
    forged = listed(tmp_path / "other")[0].read_bytes()[START:]
    journal = Journal(tmp_path / "real")
    journal.append([batch(1)])
    journal.append([Batch("s", "udp", "192.0.2.66", 1, os.urandom(300).hex().encode() + forged, 1)])
    journal.append([batch(3)])
    journal.close()
    path = listed(tmp_path / "real")[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert 666 not in kept(tmp_path / "real")


def test_readers_follow_while_it_is_appended(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Limits(segment_bytes=5_000))
    seen: list[list[int]] = [[], [], []]

    def follow(rank: int) -> None:
        reader = journal.reader() if rank else Reader(tmp_path, Offset())  # the first one as another process would
        while len(seen[rank]) < 300:
            seen[rank] += numbers(reader.read())
            if rank:
                journal.wait(reader.place, 0.05)
        reader.close()

    threads = [threading.Thread(target=follow, args=(rank,)) for rank in range(3)]
    for thread in threads:
        thread.start()
    for number in range(300):
        assert isinstance(journal.append([batch(number, filler=os.urandom(40).hex())]), Offset)
    for thread in threads:
        thread.join(20)
    assert seen == [list(range(300))] * 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_a_refusal_and_loses_nothing_that_was_acknowledged(small_disk: Path) -> None:
    folder = small_disk / "journal"
    journal = Journal(folder, Limits(segment_bytes=20_000, keep_free_bytes=0))
    taken: list[int] = []
    refused: list[Refusal] = []
    number = 0
    while len(refused) < 5:
        answer = journal.append([batch(number, filler=os.urandom(2_000).hex())])
        refused.append(answer) if isinstance(answer, Refusal) else taken.append(number)
        number += 1
    assert {refusal.reason for refusal in refused} == {"the disk is full"}
    assert numbers(everything(journal.reader())) == taken
    journal.close()
    (small_disk / "room").write_text("")
    again = Journal(folder, Limits(segment_bytes=20_000, retention_bytes=0, keep_free_bytes=0))
    assert numbers(everything(again.reader())) == taken
    again.release("detect", again.end)
    assert isinstance(again.append([batch(number)]), Offset)
    assert numbers(everything(again.reader()))[-1] == number
    again.close()


def test_a_disk_that_fails_to_sync_is_a_refusal_and_a_new_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.append([batch(1)])

    def broken(fd: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", broken)
        assert isinstance(journal.append([batch(2)]), Refusal)
    assert isinstance(journal.append([batch(3)]), Offset)
    assert numbers(everything(journal.reader())) == [1, 3]
    assert len(listed(tmp_path)) == 2
    journal.close()
    assert kept(tmp_path) == [1, 3]


APPENDER = """
import os, sys
from pathlib import Path
from tocsin.ingest.journal import Journal, Limits
from tocsin.ingest.segments import Batch
journal = Journal(Path(sys.argv[1]), Limits(segment_bytes=30_000))
number = int(journal.notes.get("next", b"0"))
print("start", number, flush=True)
while True:
    size = 1 + number % 50
    data = b"".join(b'{"number": %d, "x": "%s"}\\n' % (one, os.urandom(20).hex().encode())
                    for one in range(number, number + size))
    number += size
    journal.append([Batch("s", "test", "192.0.2.1", 1, data, size)], {"next": b"%d" % number})
    print(number, flush=True)
"""


def kill_once(folder: Path, after_s: float) -> int:
    """Append until killed; give the number of records that were acknowledged in all."""
    child = subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(folder)], stdout=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": "src"}
    )
    assert child.stdout
    first = child.stdout.readline().split()
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    told = [line for line in child.stdout.read().split(b"\n")[:-1] if line]
    child.wait()
    return int(told[-1] if told else first[1])


def kill_loop(folder: Path, kills: int) -> None:
    chance = random.Random(20261124)
    for _ in range(kills):
        acknowledged = kill_once(folder, chance.uniform(0, 0.12))
        served = numbers(everything(Reader(folder, Offset())))
        assert served == list(range(len(served))), "in order, nothing twice, nothing torn"
        assert len(served) >= acknowledged
        assert kept(folder) == served


def test_killed_processes_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill_loop(tmp_path, 6)


@pytest.mark.slow
def test_killed_a_hundred_times(tmp_path: Path) -> None:
    kill_loop(tmp_path, 100)
