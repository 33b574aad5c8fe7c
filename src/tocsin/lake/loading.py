"""Fill a lake from logs, as a scan reads them: each record once, whatever happens on the way.

Enters: paths. Leaves: committed rows and rejects, figures. A stream is a file's path with its first bytes; each
commit says how far it brings its streams. A load that was killed goes on where the last commit ends; a file that has
not changed is not read again; of one that has grown, what is new is loaded. Standard input is loaded each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
from msgspec import Struct

from tocsin import clock
from tocsin.ingest import files, order
from tocsin.lake import rows, table
from tocsin.lake.making import Made, Maker, Piece, give_up, unpacked
from tocsin.lake.reading import Reader
from tocsin.lake.store import Lake, Writer, joined
from tocsin.model import Origin, Reject
from tocsin.probes.contract import BLOCK_BYTES, Block
from tocsin.workers import Workers

COMMIT_ROWS = 50_000
"""Rows of one commit, about: whole tasks are committed."""

TAIL_BYTES = 2 * BLOCK_BYTES
"""What is read again of a stream that goes on: cuts between blocks may fall elsewhere, and a chunk fills up."""

_TASK_PIECES = 1000


class Progress(Struct, frozen=True):
    """How far a load is."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    events: int


class Loaded(Struct, frozen=True):
    """The figures of a load. `known_files` had not changed since they were loaded."""

    events: int
    rejects: int
    known_files: int
    seconds: float
    by_source: dict[str, int]


def load(
    writer: Writer,
    paths: Sequence[str],
    site: str,
    workers: int = 1,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Loaded:
    """Load everything under the paths as logs of a site; 0 or 1 `workers` do all in this process.

    Raises:
        InputError: a path does not exist, or the lake cannot be written.
    """
    started = clock.elapsed_s()
    found = files.find(paths)
    prints = {path: (_file_stream(path, site), _print_of(path)) for path in found if str(path) != "-"}
    fresh = [path for path in found if path not in prints or writer.position(prints[path][0]) != prints[path][1]]
    filler = _Filler(writer, site, fresh, progress)
    pool: Workers[Sequence[Piece], Made] = Workers(workers, Maker(filler.ingest_us), give_up)
    for made in pool.run(_tasks(_Pieces(writer, site).of(order.blocks(fresh, site, filler.read, filler.done)))):
        filler.add(made)
    filler.finish(dict(prints[path] for path in fresh if path in prints))
    seconds = clock.elapsed_s() - started
    return Loaded(filler.events, filler.rejects, len(found) - len(fresh), seconds, dict(filler.by_source))


def _file_stream(path: Path, site: str) -> str:
    return "file:" + _hash(site, str(path.absolute()))


def _print_of(path: Path) -> int:
    """Give a number that changes when a file does."""
    known = path.stat()
    return int(_hash(str(known.st_size), str(known.st_mtime_ns)), 16) >> 33


def _stream_of(origin: Origin, site: str) -> str:
    """Name the stream of an origin; empty for standard input."""
    return "" if origin.name == "-" else "load:" + _hash(site, str(Path(origin.name).absolute()), origin.key.hex())


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


class _Pieces:
    """Says of each block what the lake has of it."""

    def __init__(self, writer: Writer, site: str) -> None:
        self._writer = writer
        self._site = site
        self._positions: dict[str, int] = {}

    def of(self, items: Iterable[Block | Reject]) -> Iterator[Piece]:
        """Give the pieces that are still to be loaded."""
        for item in items:
            stream = _stream_of(item.origin, self._site)
            done = self._position(stream)
            piece = Piece(item, stream)
            if done < 0 or item.offset >= done:
                yield piece
            elif piece.end > done - TAIL_BYTES or isinstance(item, Reject):
                yield Piece(item, stream, self._known(item))

    def _position(self, stream: str) -> int:
        """Give how far the lake was with a stream before this load."""
        if stream and stream not in self._positions:
            self._positions[stream] = self._writer.position(stream)
        return self._positions.get(stream, -1)

    def _known(self, item: Block | Reject) -> frozenset[str]:
        key = item.origin.key.hex()
        where = 'WHERE site = ? AND origin_key = ? AND origin = ? AND "offset" >= ?'
        sql = f"SELECT event_id FROM events {where} UNION ALL SELECT reject_id FROM rejects {where}"
        values = (self._site, key, item.origin.name, item.offset)
        with Reader(Lake(self._writer.folder)) as reader:
            return frozenset(str(row[0]) for row in reader.ask(sql, (*values, *values)).rows)


def _tasks(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Gather pieces into tasks of about a block's size."""
    task: list[Piece] = []
    size = 0
    for piece in pieces:
        task.append(piece)
        size += len(piece.item.data) if isinstance(piece.item, Block) else len(piece.item.raw)
        if size >= BLOCK_BYTES or len(task) >= _TASK_PIECES:
            yield task
            task, size = [], 0
    if task:
        yield task


class _Filler:
    """Takes what workers made, in order, and commits it."""

    def __init__(self, writer: Writer, site: str, paths: Sequence[Path], progress: Callable[[Progress], None]) -> None:
        self._writer = writer
        self._site = site
        self._progress = progress
        self._files_total = len(paths)
        self._bytes_total = sum(path.stat().st_size for path in paths if str(path) != "-")
        self._files_done = self._bytes_done = 0
        self._held: list[pa.Table] = []
        self._held_rejects: list[Reject] = []
        self._positions: dict[str, int] = {}
        self.ingest_us = clock.now_us()
        self.events = self.rejects = 0
        self.by_source: Counter[str] = Counter()

    def read(self, size: int) -> None:
        """Take note of bytes read."""
        self._bytes_done += size

    def done(self) -> None:
        """Take note that a file was read to its end."""
        self._files_done += 1

    def add(self, made: Made) -> None:
        """Take the rows of one task; commit when there are enough."""
        if made.rows:
            self._held.append(unpacked(made.rows))
        self._held_rejects += made.rejects
        self._positions.update(made.positions)
        self.events += made.events
        self.by_source.update(made.by_source)
        if sum(part.num_rows for part in self._held) + len(self._held_rejects) >= COMMIT_ROWS:
            self._commit({})
        self._progress(Progress(self._files_done, self._files_total, self._bytes_done, self._bytes_total, self.events))

    def finish(self, prints: dict[str, int]) -> None:
        """Commit the rest, and that these files were read to their end."""
        self._commit(prints)

    def _new_rejects(self) -> list[Reject]:
        """Leave out rejects that the lake has: those of a file that is read again, or of a load that was killed."""
        by_id = {rows.reject_id(one): one for one in self._held_rejects}
        if by_id:
            with Reader(Lake(self._writer.folder)) as reader:
                sql = "SELECT reject_id FROM rejects WHERE site = ? AND list_contains(?, reject_id)"
                for row in reader.ask(sql, (self._site, list(by_id))).rows:
                    by_id.pop(str(row[0]), None)
        self.rejects += len(by_id)
        return list(by_id.values())

    def _commit(self, prints: dict[str, int]) -> None:
        """Commit rejects, then events: what is there of the first only is known when the load goes on."""
        rejects = self._new_rejects()
        if rejects:
            self._writer.commit(rows.of_rejects(rejects, self._site, self.ingest_us), {}, "rejects")
        if self._held or prints:
            found = joined(self._held) if self._held else table.EVENTS.empty_table()
            self._writer.commit(found, {}, "events", {**self._positions, **prints})
        self._held, self._held_rejects, self._positions = [], [], {}
