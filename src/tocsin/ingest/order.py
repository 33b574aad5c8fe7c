"""Read many files together in order of time: what hosts and probes wrote side by side is read side by side.

Enters: paths. Leaves: blocks, those that begin first first, as far as a look at the first record of each block tells.
Detectors learn what is usual from what came before; read one file after the other, a night of one host would lie
before the evening of the next. The order depends only on content and on the order of paths.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tocsin.ingest import files
from tocsin.model import Reject
from tocsin.probes.contract import Block
from tocsin.probes.formats import begins

MAX_OPEN = 32
"""Files read side by side; each holds a block in memory."""

MAX_PROGRAMS = 2
"""Captures read side by side: each has a program of its own that may take a hundred megabytes."""

MAX_LOOKED_AT = 5_000
"""Of more files the first records are not looked at: they are read in the order of their names."""

_UNKNOWN = -(1 << 62)


class _Waiting(NamedTuple):
    """A file that has not been opened yet."""

    begin_us: int
    rank: int
    path: Path
    program: bool


class _Open(NamedTuple):
    """A file being read: when its next item begins, its rank among the paths, that item, the rest."""

    begin_us: int
    rank: int
    item: Block | Reject
    rest: Iterator[Block | Reject]
    program: bool


def blocks(
    paths: Iterable[Path], site: str, read_bytes: Callable[[int], None], done: Callable[[], None]
) -> Iterator[Block | Reject]:
    """Give the blocks of all files. `done` is called when a file has been read to its end."""
    waiting = deque(_by_beginning(list(paths)))
    reading: list[_Open] = []
    while waiting or reading:
        while waiting and _next_is_due(waiting[0], reading):
            file = waiting.popleft()
            _push(reading, file.begin_us, file.rank, files.blocks(file.path, site, read_bytes), file.program, done)
        if reading:
            first = heapq.heappop(reading)
            yield first.item
            _push(reading, first.begin_us, first.rank, first.rest, first.program, done)


def _next_is_due(file: _Waiting, reading: list[_Open]) -> bool:
    """Say whether a file begins no later than what is read next, and may be opened beside it."""
    if not reading:
        return True
    if file.begin_us > reading[0].begin_us or len(reading) >= MAX_OPEN:
        return False
    return not file.program or sum(one.program for one in reading) < MAX_PROGRAMS


def _push(
    reading: list[_Open],
    before_us: int,
    rank: int,
    rest: Iterator[Block | Reject],
    program: bool,
    done: Callable[[], None],
) -> None:
    """Put a file back by its next item; one whose time is not told goes on where it was."""
    item = next(rest, None)
    if item is None:
        done()
        return
    begin_us = begins(item) if isinstance(item, Block) else None
    heapq.heappush(reading, _Open(before_us if begin_us is None else begin_us, rank, item, rest, program))


def _by_beginning(paths: list[Path]) -> list[_Waiting]:
    looked = 1 < len(paths) <= MAX_LOOKED_AT
    found = []
    for rank, path in enumerate(paths):
        beginning = files.begins(path) if looked else files.Beginning()
        begin_us = _UNKNOWN if beginning.time_us is None else beginning.time_us
        found.append(_Waiting(begin_us, rank, path, beginning.program))
    return sorted(found, key=lambda one: (one.begin_us, one.rank))
