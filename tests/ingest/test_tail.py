"""Files as programs and logrotate treat them: grown, renamed, cut, copied, compressed. Each line once, none lost."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ingest.live import SITE, Live, run
from tocsin.ingest.journal import FORGET
from tocsin.ingest.segments import Batch
from tocsin.ingest.tail import Follower, Tail
from tocsin.model import Event
from tocsin.probes.formats import BY_NAME

ROOT = Path(__file__).parent.parent.parent


class Watch:
    """A follower, what it gave, and the notes as a journal would keep them."""

    def __init__(self, *patterns: Path | str, rest_s: float = 0.0) -> None:
        self.patterns = [str(pattern) for pattern in patterns]
        self.rest_s = rest_s
        self.notes: dict[str, bytes] = {}
        self.batches: list[Batch] = []
        self.restart()

    def restart(self) -> None:
        self.follower = Follower(SITE, self.patterns, self.notes, self.rest_s)

    def look(self) -> list[bytes]:
        """Look once; give the new lines."""
        new = []
        for taken in self.follower.look():
            self.notes.update(taken.notes)
            self.notes = {key: note for key, note in self.notes.items() if note != FORGET}
            new += [taken.batch] if taken.batch else []
        self.batches += new
        return [event.raw for batch in new for event in events(batch)]


def events(batch: Batch) -> list[Event]:
    found = list(BY_NAME[batch.format].read(batch.block(b"")))
    assert all(isinstance(event, Event) for event in found), found
    return found  # type: ignore[return-value]


def lines(*numbers: int) -> bytes:
    return b"".join(b'{"number": %d, "text": "une ligne"}\n' % number for number in numbers)


def raws(*numbers: int) -> list[bytes]:
    return lines(*numbers).splitlines()


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture(params=[False, True], ids=["one process", "restarted at every look"])
def restarts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_new_lines_are_given_once_and_a_partial_one_when_it_is_whole(tmp_path: Path) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / "*.log")
    assert watch.look() == []
    add(log, lines(1, 2) + b'{"number": ')
    assert watch.look() == raws(1, 2)
    assert watch.look() == []
    add(log, b"3}\n")
    assert watch.look() == [b'{"number": 3}']
    add(tmp_path / "new.log", lines(7))
    assert watch.look() == raws(7)


def test_after_a_restart_it_goes_on_where_the_journal_says(tmp_path: Path) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / "*.log")
    add(log, lines(1, 2))
    watch.look()
    add(log, lines(3))
    watch.restart()
    assert watch.look() == raws(3)


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_rotation_by_renaming(tmp_path: Path, pattern: str, restarts: bool) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / pattern)
    found: list[bytes] = []
    for night in range(4):
        add(log, lines(night * 10 + 1))
        found += watch.look()
        add(log, lines(night * 10 + 2) + b'{"unfinished": %d}' % night)
        for old in range(3, 0, -1):
            if (tmp_path / f"app.log.{old}").exists():
                (tmp_path / f"app.log.{old}").rename(tmp_path / f"app.log.{old + 1}")
        log.rename(tmp_path / "app.log.1")
        if night % 2:
            add(tmp_path / "app.log.1", b"\n" + lines(night * 10 + 3))  # the writer was not told yet
        add(log, lines(night * 10 + 4))
        for _ in range(2):
            found += watch.look()
        if restarts:
            watch.restart()
    expected = []
    for night in range(4):
        expected += [*raws(night * 10 + 1, night * 10 + 2, night * 10 + 4), b'{"unfinished": %d}' % night]
        expected += raws(night * 10 + 3) if night % 2 else []
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_rotation_by_copying_and_cutting(tmp_path: Path, pattern: str, restarts: bool) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / pattern)
    found: list[bytes] = []
    for night in range(3):
        add(log, lines(night * 10 + 1, night * 10 + 2))
        found += watch.look()
        add(log, lines(night * 10 + 3))
        shutil.copy(log, tmp_path / f"app.log.{night}")
        if night == 1:
            found += watch.look()  # between the copy and the cut
        os.truncate(log, 0)
        if night != 2:
            found += watch.look()
        add(log, lines(*range(night * 10 + 4, night * 10 + 9)))
        found += watch.look()
        if restarts:
            watch.restart()
    expected = [number for night in range(3) for number in range(night * 10 + 1, night * 10 + 9)]
    assert sorted(found) == sorted(raws(*expected))


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_what_was_compressed_is_read_once(tmp_path: Path, pattern: str, restarts: bool) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / pattern)
    add(log, lines(*range(30)))
    found = watch.look()
    add(log, lines(30))
    (tmp_path / "app.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))  # renamed and compressed between two looks
    log.unlink()
    add(log, lines(31))
    for _ in range(3):
        found += watch.look()
        if restarts:
            watch.restart()
    assert sorted(found) == sorted(raws(*range(32)))


def test_compressed_files_that_were_never_read_are_read_whole_when_they_rest(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "app.log*", rest_s=0.2)
    packed = gzip.compress(lines(1, 2, 3))
    (tmp_path / "app.log.2.gz").write_bytes(packed[:20])
    assert watch.look() == []
    (tmp_path / "app.log.2.gz").write_bytes(packed)
    assert watch.look() == []
    time.sleep(0.25)
    assert watch.look() == raws(1, 2, 3)
    watch.restart()
    assert watch.look() == []
    time.sleep(0.25)
    assert watch.look() == []


def test_a_copy_of_a_followed_file_is_not_read(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "*.log")
    add(tmp_path / "app.log", lines(1, 2))
    assert watch.look() == raws(1, 2)
    shutil.copy(tmp_path / "app.log", tmp_path / "backup.log")
    assert watch.look() == []


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("seen", [True, False])
def test_lines_that_came_between_the_copy_and_the_cut_are_not_read_twice(
    tmp_path: Path, pattern: str, seen: bool, restarts: bool
) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / pattern)
    add(log, lines(*range(20)))
    found = watch.look()
    shutil.copy(log, tmp_path / "app.log.1")
    add(log, lines(20))
    found += watch.look() if seen else []
    add(log, lines(21) if seen else b"")
    found += watch.look() if seen else []
    os.truncate(log, 0)
    add(log, lines(22))
    for _ in range(3):
        found += watch.look()
        if restarts:
            watch.restart()
    assert sorted(found) == sorted(raws(*range(20), *((20, 21) if seen else ()), 22))


def test_files_with_the_same_beginning_are_different_files(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "*.log")
    for name in "abc":
        add(tmp_path / f"{name}.log", lines(*range(50)) + b'{"name": "%s"}\n' % name.encode())
    assert len(watch.look()) == 153


def test_a_file_written_anew_to_the_same_size_is_read_again(tmp_path: Path, restarts: bool) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / "app.log")
    log.write_bytes(lines(1, 2))
    assert watch.look() == raws(1, 2)
    time.sleep(0.02)
    log.write_bytes(lines(3, 4))
    if restarts:
        watch.restart()
    assert watch.look() == raws(3, 4)


def test_equal_lines_of_a_file_that_was_cut_have_other_ids(tmp_path: Path) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / "app.log")
    for _ in range(3):
        add(log, lines(1))
        watch.look()
        os.truncate(log, 0)
        watch.look()
    ids = [event.id for batch in watch.batches for event in events(batch)]
    assert len(ids) == len(set(ids)) == 3


def test_the_hole_that_a_writer_leaves_after_a_cut_is_passed_over(tmp_path: Path) -> None:
    log, watch = tmp_path / "app.log", Watch(tmp_path / "app.log")
    with log.open("wb") as writer:
        writer.write(lines(1, 2))
        writer.flush()
        assert watch.look() == raws(1, 2)
        os.truncate(log, 0)
        writer.write(lines(3))
    assert watch.look() == raws(3)


ZEEK = b"""#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tdns
#open\t2026-11-15-01-00-00
#fields\tts\tuid\tquery
#types\ttime\tstring\tstring
"""


def test_zeek_logs_keep_their_header(tmp_path: Path, restarts: bool) -> None:
    log, watch = tmp_path / "dns.log", Watch(tmp_path / "dns.log")
    add(log, ZEEK)
    watch.look()
    for number in range(3):
        add(log, b"1763168400.00000%d\tCabc%d\tpacs%d.example.org\n" % (number, number, number))
        watch.look()
        if restarts:
            watch.restart()
    found = [event for batch in watch.batches for event in events(batch)]
    assert [event.native["query"] for event in found] == [f"pacs{number}.example.org" for number in range(3)]
    assert {event.source for event in found} == {"zeek.dns"}
    data = log.read_bytes()
    assert all(data[event.offset :].startswith(event.raw) for event in found)


def test_tables_keep_their_columns(tmp_path: Path, restarts: bool) -> None:
    log, watch = tmp_path / "export.csv", Watch(tmp_path / "*.csv", rest_s=60.0)
    add(log, b"time;user;action\n")
    assert watch.look() == []
    for number in range(3):
        add(log, b"2026-11-15T01:00:0%d;nurse%d;log-on\n" % (number, number))
        watch.look()
        if restarts:
            watch.restart()
    found = [event for batch in watch.batches for event in events(batch)]
    assert [event.native["user"] for event in found] == ["nurse0", "nurse1", "nurse2"]
    data = log.read_bytes()
    assert all(data[event.offset :].startswith(event.raw) for event in found)


def test_a_very_long_line_comes_in_pieces_and_memory_stays_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.ingest.tracks.MAX_LINE_BYTES", 3_000_000)
    log, watch = tmp_path / "app.log", Watch(tmp_path / "app.log")
    add(log, b"start\nx\n" + b"y" * 7_000_000 + b"\n" + lines(1))
    for taken in watch.follower.look():
        assert taken.batch
        watch.batches.append(taken.batch)
    assert max(len(batch.data) for batch in watch.batches) <= 3_000_000
    assert b"".join(batch.data for batch in watch.batches) == log.read_bytes()


def test_what_cannot_be_read_is_told_and_pipes_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")
    add(tmp_path / "app.log", lines(1))
    watch = Watch(tmp_path / "*.log")
    assert watch.look() == raws(1)
    assert list(watch.follower.unreadable) == [str(tmp_path / "gone.log")]


def test_random_rotations_give_every_line_once(tmp_path: Path) -> None:
    chance = random.Random(7)
    log, watch = tmp_path / "app.log", Watch(tmp_path / "app.log")
    found: list[bytes] = []
    written = 0
    new = True
    for night in range(150):
        for _ in range(chance.randrange(4)):
            more = chance.randrange(1, 6)
            add(log, lines(*range(written, written + more)))
            written += more
            if new or chance.random() < 0.5:
                found += watch.look()  # a file that was never looked at under its name is not known under another
            new = False
        if not log.exists():
            continue
        way = chance.choice(["rename", "copy", "compress", "nothing", "restart"])
        if way == "rename":
            log.rename(tmp_path / f"app.log-{night}")
        elif way == "copy":
            shutil.copy(log, tmp_path / f"app.log-{night}")
            os.truncate(log, 0)
        elif way == "compress":
            (tmp_path / f"app.log-{night}.gz").write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()
        elif way == "restart":
            watch.restart()
        new = way in {"rename", "copy", "compress"}
        if way != "nothing":
            found += watch.look()
            found += watch.look()
    found += watch.look()
    assert sorted(found) == sorted(raws(*range(written)))


FOLLOWING = """
import asyncio, sys
from pathlib import Path
from tocsin.ingest.intake import Intake
from tocsin.ingest.journal import Journal
from tocsin.ingest.tail import Follower, Tail
async def main():
    journal = Journal(Path(sys.argv[1]) / "journal")
    follower = Follower("chu-exemple", [sys.argv[1] + "/app.log"], journal.notes)
    print("ready", flush=True)
    await Tail(Intake({"chu-exemple": journal}), "chu-exemple", follower, poll_s=0.01).run()
asyncio.run(main())
"""


def kill_loop(folder: Path, kills: int) -> None:
    """Kill a process that follows a growing, rotated file; every line is in the journal exactly once."""
    chance = random.Random(3)
    log, written = folder / "app.log", 0
    for turn in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", FOLLOWING, str(folder)], stdout=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": "src"}
        )
        assert child.stdout
        child.stdout.readline()
        for _ in range(chance.randrange(5, 40)):
            add(log, lines(*range(written, written + 20)))
            written += 20
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        child.wait()
        if turn % 3 == 2:
            log.rename(folder / f"app.log.{turn}")
    found: list[bytes] = []

    async def last() -> None:
        live = Live(folder)
        tail = Tail(live.intake, SITE, Follower(SITE, [str(log)], live.journal.notes))
        await tail.once()
        await tail.once()
        found.extend(live.lines())
        await live.close()

    asyncio.run(last())
    assert sorted(found) == sorted(raws(*range(written)))


def test_killed_processes_read_every_line_exactly_once(tmp_path: Path) -> None:
    kill_loop(tmp_path, 5)


@pytest.mark.slow
def test_killed_sixty_times(tmp_path: Path) -> None:
    kill_loop(tmp_path, 60)


def test_lines_reach_the_journal_with_their_place(tmp_path: Path) -> None:
    add(tmp_path / "app.log", lines(*range(1000)))

    async def story(live: Live) -> None:
        tail = Tail(live.intake, SITE, Follower(SITE, [str(tmp_path / "app.log")], live.journal.notes))
        await tail.once()
        assert live.lines() == raws(*range(1000))
        assert tail.records == 1000
        assert len(live.journal.notes) == 1

    run(tmp_path, story)
