"""The durable log of one site: what is acknowledged is on disk.

Enters: batches of records and receivers' notes. Leaves: the place behind them once they are on disk, or a refusal
with its reason; frames for readers (`segments.py`).

Every append is one frame, written and `fdatasync`ed before its place is given. At the start a torn end is cut off
(the bytes are kept beside it); whole frames behind damaged bytes stay. Receivers' notes (how far a file was read)
are part of the frames: they are exactly as old as the records. Each segment begins with all notes, so that the last
segment tells them.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition

from msgspec import Struct

from tocsin.errors import ConfigError, InputError
from tocsin.ingest.segments import (
    FORMAT,
    START,
    Batch,
    Offset,
    Reader,
    Segment,
    after,
    listed,
    name_of,
    new_mark,
    notes_in,
    number_of,
    packed,
)

FORGET = b""
"""A note of this value is dropped."""

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


class Limits(Struct, frozen=True):
    """Sizes of a journal, in bytes on disk (packed: a tenth to a quarter of what came)."""

    segment_bytes: int = 64 << 20
    retention_bytes: int = 2 << 30
    """What every reader has dealt with is kept up to this size, for replays."""
    quota_bytes: int = 8 << 30
    """What some reader has not dealt with may grow to this size; then appends are refused."""
    keep_free_bytes: int = 256 << 20
    """Space on the disk that is left to the rest of the service."""


class Refusal(Struct, frozen=True):
    """Why a batch was not taken. Nothing of it is kept: the sender must keep it and may try again."""

    reason: str
    retry_s: float


class Journal:
    """The log of one site, open for appending by this process alone; safe to use from several threads."""

    def __init__(self, folder: Path, limits: Limits | None = None, readers: Sequence[str] = ()) -> None:
        """Open a journal, or make one. Nothing is removed before each of the named readers has released it.

        Raises:
            InputError: the folder cannot be made or written.
            ConfigError: another process writes this journal.
        """
        self._folder = folder
        self._limits = limits or Limits()
        self._grown = Condition()
        self._fd = -1
        self._sizes: dict[int, int] = {}
        self._released = dict.fromkeys(readers, Offset())
        self._notes: dict[str, bytes] = {}
        self.cut_bytes = 0
        """Bytes of a torn end that were cut off at the start."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder)
            self.end = self._recover()
        except OSError as error:
            raise InputError(f"{folder}: {error.strerror}", "The log needs a folder that it may write.") from error

    @property
    def notes(self) -> dict[str, bytes]:
        """The receivers' notes as of the newest frame."""
        return dict(self._notes)

    @property
    def bytes_on_disk(self) -> int:
        """The size of all segments."""
        return sum(self._sizes.values())

    @property
    def unread_bytes(self) -> int:
        """Bytes that some reader has not dealt with yet."""
        released = self._slowest()
        later = sum(size for number, size in self._sizes.items() if number >= released.segment)
        return later - (released.at if released.segment in self._sizes else 0)

    def append(self, batches: Sequence[Batch], notes: Mapping[str, bytes] | None = None) -> Offset | Refusal:
        """Write batches and notes as one frame; give the place behind it once it is on disk.

        A full disk, a quota that is used up or a disk that fails gives a refusal, and leaves no trace.
        """
        with self._grown:
            try:
                return self._refused() or self._append(tuple(batches), dict(notes or {}))
            except OSError as error:
                self._abandon()
                full = error.errno in _FULL
                return Refusal("the disk is full" if full else f"the disk fails: {error.strerror}", 5.0)

    def reader(self, start: Offset | None = None) -> Reader:
        """Give a reader of durable frames from a place on (the oldest that is kept by default)."""
        return Reader(self._folder, start or Offset(), lambda: self.end)

    def release(self, reader: str, upto: Offset) -> None:
        """Take note that a reader has dealt with everything before a place (it waits while an append is synced)."""
        with self._grown:
            self._released[reader] = upto
            self._retire()

    def wait(self, beyond: Offset, timeout_s: float) -> bool:
        """Wait until there is something behind a place; say whether there is."""
        with self._grown:
            return self._grown.wait_for(lambda: self.end > beyond, timeout_s)

    def close(self) -> None:
        """Close the files and let another process write."""
        with self._grown:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
            os.close(self._lock)

    def _slowest(self) -> Offset:
        return min(self._released.values(), default=Offset(min(self._sizes, default=0)))

    def _refused(self) -> Refusal | None:
        if self.unread_bytes > self._limits.quota_bytes:
            return Refusal("the site's share of the log is used up: readers do not keep pace", 2.0)
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < self._limits.keep_free_bytes:
            return Refusal("the disk is nearly full", 5.0)
        return None

    def _append(self, batches: tuple[Batch, ...], notes: dict[str, bytes]) -> Offset:
        if self._fd < 0 or self.end.at >= self._limits.segment_bytes:
            self._begin_segment(self.end.segment + 1)
        self._write(packed(self._mark, batches, notes))
        self._learn(notes)
        self._grown.notify_all()
        return self.end

    def _write(self, data: bytes) -> None:
        """Write behind the end and move the end once the bytes are on disk."""
        segment, at = self.end
        view = memoryview(data)
        while view:
            written = os.pwrite(self._fd, view, at)
            view, at = view[written:], at + written
        os.fdatasync(self._fd)
        self._sizes[segment] = at
        self.end = Offset(segment, at)

    def _abandon(self) -> None:
        """After a failed write or sync nothing is known of the file's end: cut it off, go on in a new segment."""
        if self._fd < 0:
            return
        try:
            os.ftruncate(self._fd, self.end.at)
        except OSError:
            self._sizes[self.end.segment] = self.end.at  # what was refused may be served: twice rather than never
        os.close(self._fd)
        self._fd = -1

    def _learn(self, notes: Mapping[str, bytes]) -> None:
        for key, value in notes.items():
            if value == FORGET:
                self._notes.pop(key, None)
            else:
                self._notes[key] = value

    def _begin_segment(self, number: int) -> None:
        """Begin a segment with all notes in its first frame."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        mark = new_mark()
        path = self._folder / name_of(number)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            first = FORMAT + mark + packed(mark, (), self._notes)
            if os.write(fd, first) != len(first):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fdatasync(fd)
            _sync_folder(self._folder)
        except OSError:
            os.close(fd)
            path.unlink(missing_ok=True)
            raise
        self._fd, self._mark, self.end = fd, mark, Offset(number, len(first))
        self._sizes[number] = len(first)
        self._retire()

    def _retire(self) -> None:
        """Remove the oldest segments that every reader has dealt with, down to the size that is kept."""
        released = self._slowest().segment if self._released else 0
        for number in sorted(self._sizes):
            if self.bytes_on_disk <= self._limits.retention_bytes or number >= min(released, self.end.segment):
                return
            (self._folder / name_of(number)).unlink(missing_ok=True)
            del self._sizes[number]

    def _recover(self) -> Offset:
        """Find the end, cut off what is torn, learn the notes; give the end (a new segment's where there is none)."""
        paths = listed(self._folder)
        while paths and not _begun(paths[-1]):
            _set_aside(paths.pop())
        self._sizes = {number_of(path): path.stat().st_size for path in paths}
        if not paths:
            self.end = Offset(0)
            self._begin_segment(1)
            return self.end
        return self._recover_last(paths[-1], paths[:-1])

    def _recover_last(self, path: Path, earlier: list[Path]) -> Offset:
        segment = Segment(path)
        try:
            if earlier and segment.payload(START, segment.size) is None:  # the frame with all notes is damaged
                before = Segment(earlier[-1])
                self._walk(before)
                before.close()
            end = self._walk(segment)
            size = segment.size
        finally:
            segment.close()
        self._fd, self._mark = os.open(path, os.O_RDWR | os.O_CLOEXEC), segment.mark
        if size > end:
            self.cut_bytes = size - end
            with suppress(OSError):  # a full disk must not keep the log from being opened
                path.with_suffix(".torn").write_bytes(os.pread(self._fd, size - end, end))
            os.ftruncate(self._fd, end)
        os.fdatasync(self._fd)
        self._sizes[segment.number] = end
        return Offset(segment.number, end)

    def _walk(self, segment: Segment) -> int:
        """Go through the frames of a segment, learn their notes, give the place behind the last whole one."""
        at, limit = START, segment.size
        while True:
            found = segment.payload(at, limit)
            if found is not None:
                self._learn(notes_in(*found))
                at = after(at, len(found[1]))
                continue
            whole = segment.next_whole(at + 1, limit)
            if whole is None:
                return at
            at = whole


def _locked(folder: Path) -> int:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise ConfigError(f"{folder}: another process writes this log", "Stop the other tocsin first.") from error
    return lock


def _begun(path: Path) -> bool:
    """Say whether a segment has its head and a whole frame: its first one was on disk before any was acknowledged."""
    segment = Segment(path)
    try:
        return segment.whole and segment.next_whole(START, segment.size) is not None
    finally:
        segment.close()


def _set_aside(path: Path) -> None:
    """Keep what has no whole frame for a person to look at: nothing of it was acknowledged, or the disk is damaged."""
    path.rename(path.with_suffix(".bad")) if path.stat().st_size > START else path.unlink()


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
