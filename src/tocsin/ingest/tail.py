"""Follow files as they grow, are renamed, cut, copied and compressed; nothing is read twice, nothing is left out.

Enters: paths and patterns of paths, and the journal's notes of how far each file was read. Leaves: batches with the
new notes, so that records and notes are on disk together.

Files are known by device and inode, and by content (`tracks.py`). A file that was renamed is read on under its new
name, also where no pattern names it, until it rests; its last line then counts as whole. Of a file that was cut
(copytruncate) the copy is found and read on. Compressed and binary files are read once they rest; of one that holds
what was read before it was compressed, only the rest is read. A file that is removed, and not kept under another name
in its folder, before it was looked at is lost: twice a second is looked.
"""

from __future__ import annotations

import asyncio
import glob
import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from tocsin import clock
from tocsin.ingest import files, tracks
from tocsin.ingest.intake import Intake
from tocsin.ingest.journal import FORGET
from tocsin.ingest.segments import Batch
from tocsin.ingest.tracks import WHOLE, Track
from tocsin.model import Reject
from tocsin.probes.contract import Block

POLL_S = 0.5
REST_S = 5.0
"""A file that has not changed for so long rests."""
MAX_FILES = 20_000
_REST_TIMES_MOVED = 12
"""A renamed file is followed until it has rested so many times as long: its writer may not have been told yet."""
_KEPT_PAST = 1_000
_KEPT_REJECTS = 100
_LIVE, _PAST = "file/", "past/"
_CUT = ".cut"
"""Ends the name of a past track whose file was cut: what that file holds later is new, though it may look the same."""


class _Seen(NamedTuple):
    """What a look at a file told; `since_s` is when it was first seen so."""

    size: int
    changed_ns: int
    since_s: float
    looked: bool = False
    """Whether it was read since."""


class Taken(NamedTuple):
    """Something new: a batch (or none) with the notes that belong to it."""

    batch: Batch | None
    notes: dict[str, bytes]


class Follower:
    """Looks at files; keeps track of them. Touches files only: what it finds is handed on by `Tail`."""

    def __init__(self, site: str, patterns: Sequence[str], notes: Mapping[str, bytes], rest_s: float = REST_S) -> None:
        self._site = site
        self._patterns = patterns
        self._rest_s = rest_s
        self._live = _tracks_in(notes, _LIVE)
        self._past = _tracks_in(notes, _PAST)
        self._seen: dict[str, _Seen] = {}
        self._forgotten: dict[str, bytes] = {}
        self._by_head: dict[bytes, set[str]] = {}
        self._head_sizes: set[int] = set()
        for ident, track in self._live.items():
            self._follow(ident, track)
        self.rejects: deque[Reject] = deque(maxlen=_KEPT_REJECTS)
        self.rejected = 0
        self.unreadable: dict[str, str] = {}
        """Files that could not be read at the last look, and why."""

    def look(self) -> Iterator[Taken]:
        """Look at all files once, give what is new."""
        self.unreadable = {}
        met: set[str] = set()
        for path in self._paths():
            yield from self._visit(path, met, only_known=False)
        for ident in [ident for ident in self._live if ident not in met]:
            yield from self._missed(ident, self._live[ident], met)
        self._seen = {ident: seen for ident, seen in self._seen.items() if ident in met}

    def _paths(self) -> list[str]:
        found = {path for pattern in self._patterns for path in glob.iglob(pattern, recursive=True)}  # noqa: PTH207
        return sorted(found)[:MAX_FILES]

    def _visit(self, path: str, met: set[str], only_known: bool) -> Iterator[Taken]:
        try:
            status = Path(path).stat()
            ident = _ident(status)
            if ident in met or not stat.S_ISREG(status.st_mode):
                return
            rests = self._rests(ident, status)
            if self._idle(ident, path, status):
                met.add(ident)
                return
            with _opened(path) as fd:
                if _ident(os.fstat(fd)) != ident or (only_known and not self._is_known(ident, path, fd)):
                    return
                met.add(ident)
                yield from self._read(ident, path, fd, rests, met)
        except OSError as error:
            self.unreadable[path] = str(error.strerror)

    def _rests(self, ident: str, status: os.stat_result, times: int = 1) -> bool:
        seen, now_s = self._seen.get(ident), clock.elapsed_s()
        if seen is None or (seen.size, seen.changed_ns) != (status.st_size, status.st_mtime_ns):
            seen = self._seen[ident] = _Seen(status.st_size, status.st_mtime_ns, now_s)
        return now_s - seen.since_s >= self._rest_s * times

    def _idle(self, ident: str, path: str, status: os.stat_result) -> bool:
        """Say whether a file is as it was when it was read to its end, so that it need not be opened."""
        track, seen = self._live.get(ident), self._seen[ident]
        return (
            track is not None
            and track.path == path
            and track.offset == status.st_size
            and seen.looked
            and seen.changed_ns == status.st_mtime_ns
        )

    def _read(self, ident: str, path: str, fd: int, rests: bool, met: set[str]) -> Iterator[Taken]:
        """Read on in a file, from its track or from one that it continues."""
        track = self._live.get(ident)
        if track is not None and not _goes_on(track, fd):
            yield self._set_past(ident, track, _CUT)
            for sibling in _siblings(track.path):
                yield from self._visit(sibling, met, only_known=True)
            track = None
        if track is None:
            track = self._met(ident, path, fd, rests)
        if track is None:
            return
        if track.path != path:
            track = replace(track, path=path, moved=True)
        if track.offset and ident not in self._live:
            yield Taken(None, self._told({_LIVE + ident: tracks.packed(track)}))
        self._follow(ident, track)
        if track.format == WHOLE:
            yield from self._whole(ident, track, fd, rests)
        else:
            for piece in tracks.pieces(track, fd, self._site, ended=track.moved and rests):
                self._follow(ident, piece.track)
                yield Taken(self._batch(piece.block), self._told({_LIVE + ident: tracks.packed(piece.track)}))
        if ident in self._seen:
            self._seen[ident] = self._seen[ident]._replace(looked=True)

    def _follow(self, ident: str, track: Track) -> None:
        self._live[ident] = track
        self._by_head.setdefault(track.head, set()).add(ident)
        self._head_sizes.add(track.head_bytes)

    def _met(self, ident: str, path: str, fd: int, rests: bool) -> Track | None:
        """Give the track of a file that is new, or that continues what was read under another name."""
        own = [past for past in self._past if past.startswith(ident + ".")]
        for past, track in self._past.items():
            if past in own and past.endswith(_CUT):
                continue
            if tracks.same(track, fd):
                self._forget(past)
                return track
            if past.endswith(_CUT) and _stem(path) == _stem(track.path) and tracks.begins_as(track, fd):
                self._forget(past)
                return tracks.at_end(track, fd)
        if any(_is_copy(track, fd) for track in self._twins(ident, fd)):
            return None  # a copy of a file that is still followed: it is read on where that one is cut
        generation = max((self._past[past].generation + 1 for past in own), default=0)
        return tracks.begun(path, fd, generation, rests)

    def _forget(self, past: str) -> None:
        """Forget a track that another file goes on with; the journal is told with the next batch."""
        del self._past[past]
        self._forgotten[_PAST + past] = FORGET

    def _twins(self, ident: str, fd: int) -> list[Track]:
        """Give the tracks of followed files that begin as a file does."""
        head = os.pread(fd, tracks.KNOWN_BYTES, 0)
        begun = {tracks.digest(head[:size]) for size in self._head_sizes if size <= len(head)}
        idents = {other for start in begun for other in self._by_head.get(start, ())} - {ident}
        found = [self._live[other] for other in sorted(idents) if other in self._live]
        return [track for track in found if track.offset and track.format != WHOLE]

    def _is_known(self, ident: str, path: str, fd: int) -> bool:
        """Say whether a file that no pattern names is followed, or holds what was read before."""
        if ident in self._live:
            return True
        if files.packing_of(os.pread(fd, tracks.HEAD_BYTES, 0)):
            return self._continued(Path(path)) is not None
        copies = [
            track for past, track in self._past.items() if past.endswith(_CUT) and _stem(path) == _stem(track.path)
        ]
        if any(tracks.begins_as(track, fd) for track in copies):
            return True
        return any(tracks.same(track, fd) for track in self._past.values())

    def _set_past(self, ident: str, track: Track, why: str = "") -> Taken:
        """Keep the track of a file that is gone or was cut: a copy of it may turn up."""
        self._live.pop(ident, None)
        past = f"{ident}.{track.generation}{why}"
        notes = self._told({_LIVE + ident: FORGET})
        if track.offset and track.format != WHOLE:
            self._past[past] = track
            notes[_PAST + past] = tracks.packed(track)
        while len(self._past) > _KEPT_PAST:
            oldest = next(iter(self._past))
            del self._past[oldest]
            notes[_PAST + oldest] = FORGET
        return Taken(None, notes)

    def _missed(self, ident: str, track: Track, met: set[str]) -> Iterator[Taken]:
        """Look for a file that is under none of the paths any more: renamed, or compressed, in its folder."""
        for sibling in _siblings(track.path):
            status = _status_of(sibling)
            if status is not None and _ident(status) == ident:
                yield from self._visit(sibling, met, only_known=True)
                if self._rests(ident, status, _REST_TIMES_MOVED):
                    yield self._set_past(ident, self._live.get(ident, track))
                return
        yield self._set_past(ident, track)
        for sibling in _siblings(track.path):
            yield from self._visit(sibling, met, only_known=True)

    def _whole(self, ident: str, track: Track, fd: int, rests: bool) -> Iterator[Taken]:
        """Read a file that rests as a whole, or what of it was not read before it was compressed."""
        size = os.fstat(fd).st_size
        if not rests or size == track.offset:
            return
        path = Path(track.path)
        known = self._continued(path)
        for item in files.blocks(path, self._site):
            if isinstance(item, Reject):
                self.rejected += 1
                self.rejects.append(item)
            elif (block := _rest_of(item, known)) is not None:
                yield Taken(self._batch(block), {})
        track = replace(track, offset=size)
        self._live[ident] = track
        for past in [past for past, one in self._past.items() if one is known]:
            self._forget(past)
        yield Taken(None, self._told({_LIVE + ident: tracks.packed(track)}))

    def _told(self, notes: dict[str, bytes]) -> dict[str, bytes]:
        """Give notes with those that wait to be told."""
        waiting, self._forgotten = self._forgotten, {}
        return {**waiting, **notes}

    def _continued(self, path: Path) -> Track | None:
        """Find the track of which a compressed file is a copy, by its first bytes and those before its place."""
        candidates = [one for one in [*self._past.values(), *self._live.values()] if one.format != WHOLE and one.offset]
        held, end = b"", 0
        for chunk in files.contents(path) if candidates else ():
            held, end = held[-tracks.KNOWN_BYTES :] + chunk, end + len(chunk)
            if end == len(chunk):
                candidates = [one for one in candidates if tracks.digest(held[: one.head_bytes]) == one.head]
            for track in candidates:
                at = track.offset - (end - len(held))
                if 0 < at <= len(held) and tracks.digest(held[max(0, at - tracks.KNOWN_BYTES) : at]) == track.reached:
                    return track
            candidates = [one for one in candidates if one.offset > end]
            if not candidates:
                return None
        return None

    def _batch(self, block: Block) -> Batch:
        records = block.data.count(b"\n") + (not block.data.endswith(b"\n"))
        origin = block.origin
        return Batch(
            self._site,
            "file",
            origin.name,
            clock.now_us(),
            block.data,
            records,
            block.format,
            block.offset,
            block.context,
            origin.key,
            origin.written_us,
        )


class Tail:
    """Follows the files of one site within the running loop."""

    def __init__(self, intake: Intake, site: str, follower: Follower, poll_s: float = POLL_S) -> None:
        self._intake = intake
        self._site = site
        self._poll_s = poll_s
        self._follower = follower
        self._thread = ThreadPoolExecutor(1, "tail")
        self.records = 0

    async def run(self) -> None:
        """Look, hand in, wait, again; until cancelled. Where the journal refuses, the files wait."""
        while True:
            await self.once()
            await asyncio.sleep(self._poll_s)

    async def once(self) -> None:
        """Look at all files once and hand in what is new."""
        found = self._follower.look()
        loop = asyncio.get_running_loop()
        while (taken := await loop.run_in_executor(self._thread, next, found, None)) is not None:
            await self._intake.deliver(self._site, taken.batch, taken.notes)
            self.records += taken.batch.records if taken.batch else 0


def _tracks_in(notes: Mapping[str, bytes], kind: str) -> dict[str, Track]:
    found = {key[len(kind) :]: tracks.unpacked(note) for key, note in notes.items() if key.startswith(kind)}
    return {ident: track for ident, track in found.items() if track is not None}


def _goes_on(track: Track, fd: int) -> bool:
    """Say whether a file is the one that was read, and was not cut."""
    return tracks.same(track, fd) and (track.format == WHOLE or os.fstat(fd).st_size >= track.offset)


def _is_copy(track: Track, fd: int) -> bool:
    """Say whether a file holds what a followed file holds, as far as it reaches."""
    if tracks.same(track, fd):
        return True
    try:
        with _opened(track.path) as followed:
            return tracks.is_beginning(fd, followed)
    except OSError:
        return False


@contextmanager
def _opened(path: str) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield fd
    finally:
        os.close(fd)


def _siblings(path: str) -> list[str]:
    """Give what may be other names of a file: the files of its folder that begin like it, up to the first dot."""
    folder, stem = _stem(path)
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(entry.path for entry in entries if entry.name.startswith(stem) and entry.is_file())
    except OSError:
        return []


def _stem(path: str) -> tuple[str, str]:
    folder, name = os.path.split(path)
    return folder, name.partition(".")[0]


def _status_of(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except OSError:
        return None


def _ident(status: os.stat_result) -> str:
    return f"{status.st_dev}.{status.st_ino}"


def _rest_of(block: Block, known: Track | None) -> Block | None:
    """Give what of a block lies behind the place that was reached before."""
    if known is None or block.offset >= known.offset:
        return block
    done = known.offset - block.offset
    if done >= len(block.data):
        return None
    return Block(block.format, block.origin, known.offset, block.data[done:], block.context, block.site)
