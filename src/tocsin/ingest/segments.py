"""How the journal lies on disk, and how it is read: segments of framed batches.

Enters: a folder of segments and a place in it. Leaves: frames of batches, each whole or not at all.

A segment is `<number>.seg`: eight bytes that name the format, eight random bytes (the segment's mark), then frames:
mark, length of the payload, length of the receivers' notes in it, crc32 of all that follows the mark; then the notes
(msgpack) and the batches (msgpack, zstd). The mark is random, so that nobody who writes our logs can forge a frame
that is found when a reader looks for the next whole frame behind a damaged one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from struct import Struct as Layout
from typing import NamedTuple
from zlib import crc32

import msgspec
import zstandard
from msgspec import Struct

from tocsin.model import Origin
from tocsin.probes.contract import Block

FORMAT = b"TOCSINJ1"
MARK_BYTES = 8
START = len(FORMAT) + MARK_BYTES
"""Where the first frame of a segment begins."""

MAX_FRAME_BYTES = 1 << 28
_LENGTHS = Layout("<III")
_HEAD_BYTES = MARK_BYTES + _LENGTHS.size
_SEARCH_BYTES = 1 << 20
_LEVEL = 1
"""The level of zstd: level 3 saves a sixth of the bytes and takes a fifth more time, for what is read once and soon."""


class Offset(NamedTuple):
    """A place in a journal: the number of a segment and a byte in it where a frame begins or may begin."""

    segment: int = 0
    at: int = START


class Batch(Struct, frozen=True, array_like=True):
    """Whole records of one sender as they came, with what a format needs to read them.

    `data` is read as `format` says (`lines`: one record a line); `offset` is the place of `data[0]` in the sender's
    stream and `context` what the format needs from before it. `key` names the stream in the ids of events; where it
    is empty the place in the journal does, so that equal records that came twice are two events.
    """

    site: str
    receiver: str
    """What received it: `file`, `syslog.udp`, `http.hec`…"""
    sender: str
    """The path of the file, the address of the machine, or the name behind the token."""
    received_us: int
    data: bytes
    records: int
    format: str = "lines"
    offset: int = 0
    context: tuple[str, ...] = ()
    key: bytes = b""
    written_us: int = 0
    """When the stream was last written, where that is known and may be long before it was received."""

    def block(self, key: bytes) -> Block:
        """Give the block that the formats read; `key` is used where the batch has none of its own."""
        origin = Origin(self.sender, self.key or key, self.written_us or self.received_us)
        return Block(self.format, origin, self.offset, self.data, self.context, self.site)


class Frame(NamedTuple):
    """What was written at once. `next` is the place behind it: a reader that has dealt with it goes on there."""

    start: Offset
    next: Offset
    batches: tuple[Batch, ...]
    mark: bytes

    def blocks(self) -> list[Block]:
        """Give a block for each batch; a replay gives the same blocks, with the same ids of events."""
        key = b"%s.%d.%d" % (self.mark, self.start.segment, self.start.at)
        keys = (blake2b(b"%s.%d" % (key, rank), digest_size=8).digest() for rank in range(len(self.batches)))
        return [batch.block(one) for batch, one in zip(self.batches, keys, strict=True)]


def new_mark() -> bytes:
    """Make the mark of a new segment."""
    return secrets.token_bytes(MARK_BYTES)


def packed(mark: bytes, batches: tuple[Batch, ...], notes: dict[str, bytes]) -> bytes:
    """Write one frame."""
    noted = msgspec.msgpack.encode(notes)
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.msgpack.encode(batches))
    lengths = Layout("<II").pack(len(noted) + len(body), len(noted))
    crc = crc32(body, crc32(noted, crc32(lengths)))
    return b"".join((mark, lengths, crc.to_bytes(4, "little"), noted, body))


class Segment:
    """One segment, open for reading while it may still grow."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        head = os.pread(self._fd, START, 0)
        self.number = number_of(path)
        self.mark = head[len(FORMAT) :]
        self.whole = len(head) == START and head.startswith(FORMAT)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    @property
    def size(self) -> int:
        """Bytes that the segment has now."""
        return os.fstat(self._fd).st_size

    def payload(self, at: int, limit: int) -> tuple[int, memoryview] | None:
        """Give (length of the notes, payload) of the frame at a place; None where no whole frame stands there."""
        head = os.pread(self._fd, _HEAD_BYTES, at)
        if len(head) < _HEAD_BYTES or not head.startswith(self.mark):
            return None
        length, notes, crc = _LENGTHS.unpack_from(head, MARK_BYTES)
        if length > MAX_FRAME_BYTES or notes > length or at + _HEAD_BYTES + length > limit:
            return None
        data = os.pread(self._fd, length, at + _HEAD_BYTES)
        if len(data) < length or crc32(data, crc32(head[MARK_BYTES : MARK_BYTES + 8])) != crc:
            return None
        return notes, memoryview(data)

    def next_whole(self, after: int, limit: int) -> int | None:
        """Find where the next whole frame begins behind a place that is damaged."""
        at = after
        while at + _HEAD_BYTES <= limit:
            chunk = os.pread(self._fd, min(_SEARCH_BYTES, limit - at), at)
            found = chunk.find(self.mark)
            if found >= 0:
                if self.payload(at + found, limit) is not None:
                    return at + found
                at += found + 1
            else:
                at += max(1, len(chunk) - MARK_BYTES + 1)
        return None

    def frame(self, at: int, limit: int) -> Frame | None:
        """Give the frame at a place, None where no whole one stands there."""
        found = self.payload(at, limit)
        if found is None:
            return None
        notes, data = found
        start = Offset(self.number, at)
        return Frame(start, Offset(self.number, after(at, len(data))), _batches(data[notes:]), self.mark)


def after(at: int, length: int) -> int:
    """Give the place behind a frame that begins at `at` and has a payload of `length` bytes."""
    return at + _HEAD_BYTES + length


def notes_in(notes: int, payload: memoryview) -> dict[str, bytes]:
    """Give the receivers' notes of a frame."""
    return msgspec.msgpack.decode(payload[:notes], type=dict[str, bytes])


def _batches(body: memoryview) -> tuple[Batch, ...]:
    raw = zstandard.ZstdDecompressor().decompress(body)
    return msgspec.msgpack.decode(raw, type=tuple[Batch, ...])


def name_of(number: int) -> str:
    """Give the file name of a segment."""
    return f"{number:012d}.seg"


def number_of(path: Path) -> int:
    """Give the number of a segment from its file name."""
    return int(path.stem)


def listed(folder: Path) -> list[Path]:
    """Give the segments of a folder in their order."""
    return sorted(path for path in folder.glob("*.seg") if path.stem.isdigit())


class Reader:
    """Reads a journal from a place on, while it grows. Each reader has its own place.

    `end` gives the place up to which frames are durable; without it (another process reads) every whole frame is
    served. Damaged bytes are passed over and counted in `lost_bytes`.
    """

    def __init__(self, folder: Path, start: Offset, end: Callable[[], Offset] | None = None) -> None:
        self._folder = folder
        self._end = end
        self._open: Segment | None = None
        self.place = start
        self.lost_bytes = 0

    def close(self) -> None:
        """Close what is open."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def read(self, max_bytes: int = 1 << 23) -> list[Frame]:
        """Give the next frames, up to about `max_bytes` of records; an empty list where there is nothing new."""
        found: list[Frame] = []
        size = 0
        while size < max_bytes and (frame := self._next()) is not None:
            found.append(frame)
            size += sum(len(batch.data) for batch in frame.batches)
        return found

    def _next(self) -> Frame | None:
        while (segment := self._segment()) is not None:
            limit, sealed = self._limit(segment)
            frame = segment.frame(self.place.at, limit)
            if frame is not None:
                self.place = frame.next
                return frame
            whole = segment.next_whole(self.place.at + 1, limit)
            if whole is None and not sealed:
                return None
            self.lost_bytes += max(0, (limit if whole is None else whole) - self.place.at)
            if whole is not None:
                self.place = Offset(segment.number, whole)
            elif not self._move_on(segment):
                return None
        return None

    def _limit(self, segment: Segment) -> tuple[int, bool]:
        """Say up to where a segment may be read, and whether it will not grow (what is damaged stays so)."""
        if self._end is None:
            sealed = any(number_of(path) > segment.number for path in listed(self._folder))
            return segment.size, sealed
        end = self._end()
        if segment.number < end.segment:
            return segment.size, True
        return (end.at, self.place.at < end.at) if segment.number == end.segment else (self.place.at, False)

    def _segment(self) -> Segment | None:
        """Open the segment that is read, or the first one behind it where it is gone."""
        if self._open is not None and self._open.number == self.place.segment:
            return self._open
        self.close()
        for path in listed(self._folder):
            if number_of(path) < self.place.segment:
                continue
            try:
                self._open = Segment(path)
            except FileNotFoundError:  # retired since it was listed
                continue
            if self._open.number != self.place.segment:
                self.place = Offset(self._open.number)
            return self._open
        return None

    def _move_on(self, segment: Segment) -> bool:
        """Go to the next segment; False where there is none yet."""
        following = [number for path in listed(self._folder) if (number := number_of(path)) > segment.number]
        if not following:
            self.place = Offset(segment.number, max(self.place.at, self._limit(segment)[0]))
            return False
        self.place = Offset(following[0])
        return True
