"""Blocks of logs into rows: the dear part of a load, done in worker processes.

Enters: tasks (pieces of streams). Leaves: `Made`: rows as Arrow IPC, rejects, how far each stream comes. Pure, but for
the time of the load, which it is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
from msgspec import Struct

from tocsin.lake import rows
from tocsin.model import Event, Reject
from tocsin.probes.contract import Block
from tocsin.probes.formats import BY_NAME


class Piece(Struct, frozen=True):
    """A block or a reject, the stream it belongs to (empty: none), and the ids of its records that the lake has."""

    item: Block | Reject
    stream: str = ""
    known: frozenset[str] = frozenset()

    @property
    def end(self) -> int:
        """The offset in the stream behind this piece."""
        return self.item.offset + (len(self.item.data) if isinstance(self.item, Block) else 0)


class Made(Struct):
    """What a task became. `positions`: stream -> the offset that this task brings it to."""

    rows: bytes
    events: int
    rejects: list[Reject]
    positions: dict[str, int]
    by_source: Counter[str]


class Maker:
    """Makes the rows of tasks that are loaded at `ingest_us` (microseconds since 1970 UTC)."""

    def __init__(self, ingest_us: int) -> None:
        self._ingest_us = ingest_us

    def __call__(self, task: Sequence[Piece]) -> Made:
        """Make the rows of one task."""
        events: list[Event] = []
        rejects: list[Reject] = []
        for record in _records(task):
            if isinstance(record, Reject):
                rejects.append(record)
            else:
                events.append(record)
        found = packed(rows.of_events(events, self._ingest_us)) if events else b""
        return Made(found, len(events), rejects, _positions(task), Counter([event.source for event in events]))


def _records(task: Sequence[Piece]) -> Iterator[Event | Reject]:
    for piece in task:
        item, known = piece.item, piece.known
        for record in (item,) if isinstance(item, Reject) else BY_NAME[item.format].read(item):
            if not known or _id(record) not in known:
                yield record


def _id(record: Event | Reject) -> str:
    return rows.reject_id(record) if isinstance(record, Reject) else record.id


def _positions(task: Sequence[Piece]) -> dict[str, int]:
    found: dict[str, int] = {}
    for piece in task:
        if piece.stream:
            found[piece.stream] = max(found.get(piece.stream, 0), piece.end)
    return found


def give_up(task: Sequence[Piece]) -> Made:
    """Give the result of a task whose reading kills the process: every block is a reject."""
    reason = "the record's reader crashed on these bytes"
    rejects = [
        piece.item
        if isinstance(piece.item, Reject)
        else Reject(piece.item.origin, piece.item.offset, reason, piece.item.data[:4096])
        for piece in task
    ]
    return Made(b"", 0, rejects, _positions(task), Counter())


def packed(found: pa.Table) -> bytes:
    """Write rows as bytes that another process can read."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as writer:
        writer.write_table(found)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def unpacked(written: bytes) -> pa.Table:
    """Read rows that `packed` wrote."""
    return pa.ipc.open_stream(written).read_all()
