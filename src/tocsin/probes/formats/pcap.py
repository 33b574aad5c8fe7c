"""Captures, as `tshark -T ek` prints them packet by packet, turned into the records that Zeek would have written.

Enters: tshark's output (it is run by `ingest/programs.py`). Leaves: blocks of Zeek JSON lines, so that everything
after is the Zeek probe; a packet that cannot be read is a reject. Offsets are positions in the lines made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import orjson

from tocsin.model import Event, Origin, Reject
from tocsin.probes.contract import BLOCK_BYTES, KEPT_REJECT_BYTES, Block
from tocsin.probes.formats import lines
from tocsin.probes.packets.flows import Record
from tocsin.probes.packets.gather import Gatherer

NAME = "pcap"

_HEAD = re.compile(rb'\{"index":\{[^\n]*\n\{"timestamp":"\d+","layers":\{"frame_time_epoch":\[')
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)


def recognise(head: bytes) -> bool:
    """Take tshark's output with the fields that we ask for; its other forms are left to other formats."""
    return _HEAD.match(head) is not None


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Gather packets into records and records into blocks of lines."""
    gatherer = Gatherer()
    made: list[bytes] = []
    size = offset = 0
    for item in _records(chunks, gatherer, origin):
        if isinstance(item, Reject):
            yield item
            continue
        made.append(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE))
        size += len(made[-1])
        if size >= BLOCK_BYTES:
            yield Block(lines.NAME, origin, offset, b"".join(made), (), site)
            made, size, offset = [], 0, offset + size
    if made:
        yield Block(lines.NAME, origin, offset, b"".join(made), (), site)


def _records(chunks: Iterable[bytes], gatherer: Gatherer, origin: Origin) -> Iterator[Record | Reject]:
    """Give the records of all packets, and at the end those of the flows that are still open."""
    for item in lines.cut_lines(chunks, origin):
        if isinstance(item, Reject):
            yield item
            continue
        offset, data = item
        for line in data.split(b"\n"):
            if line.startswith(b'{"timestamp"'):
                yield from _packet(line, gatherer, origin, offset)
            offset += len(line) + 1
    yield from gatherer.end()


def _packet(line: bytes, gatherer: Gatherer, origin: Origin, offset: int) -> Iterator[Record | Reject]:
    try:
        records = list(gatherer.packet(orjson.loads(line)["layers"]))
    except _UNREADABLE as error:
        yield Reject(origin, offset, f"packet cannot be read: {error!r}", line[:KEPT_REJECT_BYTES])
        return
    yield from records


def read(block: Block) -> Iterator[Event | Reject]:
    """Read a block: `cut` makes blocks of lines only."""
    yield from lines.read(block)
