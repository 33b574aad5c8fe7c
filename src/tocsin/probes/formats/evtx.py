"""EVTX: the binary event log of Windows, chunk by chunk, so that a file of any size needs little memory.

Enters: byte chunks that start with `ElfFile`. Leaves: blocks of up to 16 chunks of 64 KiB, each readable on its own,
whose context is the number of chunks that the file header counts; from a block, one event a record and one reject
for each record or chunk that is broken. An event's `offset` is its chunk's place in the stream, `part` its rank in
the chunk, `raw` the record as JSON.
Source: https://github.com/libyal/libevtx (documentation of the format).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from struct import Struct

import evtx
import orjson

from tocsin.model import Event, Origin, Reject
from tocsin.probes import windows
from tocsin.probes.contract import BLOCK_BYTES, KEPT_REJECT_BYTES, Block

NAME = "evtx"

HEADER_BYTES = 4096
CHUNK_BYTES = 1 << 16
_FILE_MAGIC = b"ElfFile\0"
_CHUNK_MAGIC = b"ElfChnk\0"
_RECORD_MAGIC = b"\x2a\x2a\0\0"
_FIRST_RECORD = 512
_TABLES = slice(128, 512)
"""Heads of the 64 chains of names and the 32 chains of templates of a chunk."""

_HEADER = Struct("<8s3QI4H76xI4x").pack(_FILE_MAGIC, 0, 0, 0, 128, 1, 3, HEADER_BYTES, 1, 0).ljust(HEADER_BYTES, b"\0")
"""A sound header of a file of one chunk: what an attacker did to the file's own matters nothing."""

_ZEROS = bytes(CHUNK_BYTES)
_HEADS = Struct("<96I")
_U32 = Struct("<I")
_U64 = Struct("<Q")
_1601_US = 11_644_473_600_000_000
"""A FILETIME counts tenths of microseconds since 1601."""
_2200_US = 7_258_118_400_000_000
_COUNT = Struct("<H")


def recognise(head: bytes) -> bool:
    """Take what starts with the magic of an EVTX file."""
    return head.startswith(_FILE_MAGIC)


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Cut behind the file header into blocks of whole chunks."""
    data = bytearray()
    context: tuple[str, ...] = ()
    offset = 0
    for chunk in chunks:
        data += chunk
        if not context and len(data) >= HEADER_BYTES:
            context, offset = (str(_COUNT.unpack_from(data, 42)[0]),), HEADER_BYTES
            del data[:HEADER_BYTES]
        while context and len(data) >= BLOCK_BYTES:
            yield Block(NAME, origin, offset, bytes(data[:BLOCK_BYTES]), context, site)
            del data[:BLOCK_BYTES]
            offset += BLOCK_BYTES
    if not context:
        yield Reject(origin, 0, "EVTX header is cut short", bytes(data))
    elif data:
        yield Block(NAME, origin, offset, bytes(data), context, site)


def begins(block: Block) -> int | None:
    """Give the time at which the block's first record was written; None where its header is no record's."""
    if block.data[_FIRST_RECORD : _FIRST_RECORD + 4] != _RECORD_MAGIC or len(block.data) < _FIRST_RECORD + 24:
        return None
    ticks = int(_U64.unpack_from(block.data, _FIRST_RECORD + 16)[0])
    time_us = ticks // 10 - _1601_US
    return time_us if 0 < time_us < _2200_US else None


def read(block: Block) -> Iterator[Event | Reject]:
    """Read every record of every chunk of a block."""
    used_end = HEADER_BYTES + int(block.context[0]) * CHUNK_BYTES
    for start in range(0, len(block.data), CHUNK_BYTES):
        chunk = block.data[start : start + CHUNK_BYTES]
        offset = block.offset + start
        if chunk.startswith(_CHUNK_MAGIC):
            yield from _records(chunk, block.origin, offset, block.site)
        elif chunk != _ZEROS[: len(chunk)]:
            yield Reject(block.origin, offset, "bad magic of EVTX chunk", chunk[:KEPT_REJECT_BYTES])
        elif offset < used_end:  # zeros behind it are room for records to come
            yield Reject(block.origin, offset, "EVTX chunk is overwritten with zeros")


def _records(chunk: bytes, origin: Origin, offset: int, site: str) -> Iterator[Event | Reject]:
    rank = 0
    for item in _parsed(_HEADER + _mended(chunk)):
        if isinstance(item, bytes):
            yield _event(item, origin, offset, rank, site)
        else:
            start, raw = _record_at(chunk, rank)
            yield Reject(origin, offset + start, f"broken EVTX record: {item}", raw[:KEPT_REJECT_BYTES], rank)
        rank += 1
    if len(chunk) < CHUNK_BYTES and len(chunk) < _end_of_records(chunk):
        yield Reject(origin, offset, f"EVTX chunk is cut short: {len(chunk)} of {CHUNK_BYTES} bytes", b"", rank)


def _event(raw: bytes, origin: Origin, offset: int, rank: int, site: str) -> Event | Reject:
    try:
        parsed = windows.read_event(orjson.loads(raw)["Event"])
    except (ValueError, KeyError, TypeError) as error:
        return Reject(origin, offset, f"unreadable EVTX record: {error}", raw[:KEPT_REJECT_BYTES], rank)
    return Event(parsed.source, parsed.time_us, parsed.native, raw, origin, offset, rank, site)


def _parsed(file: bytes) -> Iterator[bytes | str]:
    """Give each record as JSON, or the reason why it cannot be read, of a file of one chunk."""
    try:
        records = evtx.PyEvtxParser(io.BytesIO(file), 1).records_json()
    except (RuntimeError, OSError, ValueError) as error:
        yield _reason(error)
        return
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            yield _reason(error)
            continue
        if record is not None:
            yield record["data"].encode()


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _mended(chunk: bytes) -> bytes:
    """Give a chunk that the library can end on: full size, and no chain of names that runs in a circle.

    Writers put a new name or template before the older ones, so offsets fall along a chain. A chain that does not
    would send the library round for ever; without the tables it finds names and templates in the records.
    """
    chunk = chunk.ljust(CHUNK_BYTES, b"\0")
    if _chains_end(chunk):
        return chunk
    return chunk[: _TABLES.start] + bytes(_TABLES.stop - _TABLES.start) + chunk[_TABLES.stop :]


def _chains_end(chunk: bytes) -> bool:
    for place in _HEADS.unpack_from(chunk, _TABLES.start):
        while place:
            if not _FIRST_RECORD <= place <= CHUNK_BYTES - 4:
                return False
            following: int = _U32.unpack_from(chunk, place)[0]
            if following >= place:
                return False
            place = following
    return True


def _record_at(chunk: bytes, rank: int) -> tuple[int, bytes]:
    """Give place and bytes of a chunk's record by its rank, as far as the sizes of those before it lead there."""
    place = _FIRST_RECORD
    for _ in range(rank):
        size = _record_size(chunk, place)
        if size < 28:
            break
        place += size
    return place, chunk[place : place + max(_record_size(chunk, place), 28)]


def _record_size(chunk: bytes, place: int) -> int:
    if chunk[place : place + 4] != _RECORD_MAGIC or place + 8 > len(chunk):
        return 0
    size: int = _U32.unpack_from(chunk, place + 4)[0]
    return size


def _end_of_records(chunk: bytes) -> int:
    """Give the offset in the chunk where its free room starts, as its header says."""
    return min(CHUNK_BYTES, _U32.unpack_from(chunk, 48)[0]) if len(chunk) >= 52 else CHUNK_BYTES
