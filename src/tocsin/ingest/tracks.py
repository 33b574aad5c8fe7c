"""How far one growing file has been read, and whether it still is that file.

Enters: an open file and its track. Leaves: pieces of whole lines with what their format needs, and the new track.

A track knows its file by the hash of its first bytes and of the last bytes that were read: a file that was cut and
written anew, or a copy under another name, is told by content, whatever its inode.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tocsin.ingest.files import packing_of
from tocsin.model import Origin
from tocsin.probes.contract import Block
from tocsin.probes.formats import lines, recognise, table, zeek_tsv

KNOWN_BYTES = 256
"""Bytes at the beginning, and before the place that was reached, by which a file is known."""
HEAD_BYTES = 1 << 16
PIECE_BYTES = 1 << 20
MAX_LINE_BYTES = 16 << 20
"""A longer line is taken in pieces of this size: memory stays bounded."""

WHOLE = "whole"
"""The format of files that cannot be followed line by line: compressed, binary, one document. They are read when
they have come to rest."""
_FOLLOWED = frozenset((lines.NAME, zeek_tsv.NAME, table.NAME))
_MARK = b"\xef\xbb\xbf"
_HOLE = bytes(16)
"""What a writer that was not told that its file was cut leaves before its next line, and more of it."""


class Track(Struct, frozen=True):
    """How far a file has been read. `offset` is the end of a line (of a whole file: its size when it was read)."""

    path: str
    format: str
    key: bytes
    head: bytes
    """Hash of the first `head_bytes` bytes."""
    head_bytes: int
    offset: int = 0
    reached: bytes = b""
    """Hash of the bytes before `offset`."""
    header: bytes = b""
    """Zeek's header lines."""
    context: tuple[str, ...] = ()
    """A table's delimiter and column names."""
    generation: int = 0
    """How often the file was cut and begun anew."""
    moved: bool = False
    """Whether it has been renamed: then nobody will end its last line."""


class Piece(Struct, frozen=True):
    """Whole lines of a file, and the track behind them."""

    block: Block
    track: Track


def packed(track: Track) -> bytes:
    """Write a track as a note for the journal."""
    return msgspec.msgpack.encode(track)


def unpacked(note: bytes) -> Track | None:
    """Read a track from a note; None for what is none (written by another version)."""
    try:
        return msgspec.msgpack.decode(note, type=Track)
    except msgspec.MsgspecError:
        return None


def digest(data: bytes) -> bytes:
    """Hash the bytes by which a file is known."""
    return blake2b(data, digest_size=16).digest()


def begun(path: str, fd: int, generation: int, at_rest: bool) -> Track | None:
    """Make the track of a file that is met; None where its first bytes do not tell its format yet."""
    head = os.pread(fd, HEAD_BYTES, 0)
    if not head:
        return None
    status = os.fstat(fd)
    known = head[:KNOWN_BYTES]
    key = digest(b"%d.%d.%d." % (status.st_dev, status.st_ino, generation) + known)[:8]
    text = head.lstrip(b"\0") if head.startswith(_HOLE) else head
    if len(head) < HEAD_BYTES and not at_rest and not _telling(text):
        return None
    binary = packing_of(head) or b"\0" in text[:64]
    name = WHOLE if binary else recognise(text).NAME
    name = name if name in _FOLLOWED else WHOLE
    return Track(path, name, key, digest(known), len(known), generation=generation)


def _telling(head: bytes) -> bool:
    """Say whether the format can be told: JSON by its first line, a table by two, Zeek's header by its fields."""
    if b"\0" in head[:64] or packing_of(head):
        return True
    if head.startswith(b"#"):
        return b"\n#fields" in head and head.count(b"\n") > head.count(b"\n#")
    return head.count(b"\n") >= (1 if head.startswith((b"{", b"<")) else 2)


def same(track: Track, fd: int) -> bool:
    """Say whether a file is the one that the track is about, as far as it was read."""
    if digest(os.pread(fd, track.head_bytes, 0)) != track.head:
        return False
    return track.format == WHOLE or track.offset == 0 or _before(fd, track.offset) == track.reached


def begins_as(track: Track, fd: int) -> bool:
    """Say whether a file begins as the one that was read does, and is shorter: a copy made before the last lines came.

    Tables are left out: their first bytes are often column names alone, which many files share.
    """
    enough = track.head_bytes == KNOWN_BYTES and track.format != table.NAME and os.fstat(fd).st_size <= track.offset
    return enough and digest(os.pread(fd, KNOWN_BYTES, 0)) == track.head


def is_beginning(fd: int, of: int) -> bool:
    """Say whether a file is, by its last bytes, the beginning of another one that begins alike."""
    size = os.fstat(fd).st_size
    return size <= os.fstat(of).st_size and _before(fd, size) == _before(of, size)


def at_end(track: Track, fd: int) -> Track:
    """Give the track of a copy that holds nothing new."""
    size = os.fstat(fd).st_size
    return replace(track, offset=size, reached=_before(fd, size))


def _before(fd: int, offset: int) -> bytes:
    start = max(0, offset - KNOWN_BYTES)
    return digest(os.pread(fd, offset - start, start))


def pieces(track: Track, fd: int, site: str, ended: bool) -> Iterator[Piece]:
    """Give what has been added behind the track, whole lines only, unless the file has `ended`."""
    status = os.fstat(fd)
    track = _known_better(track, fd, status.st_size)
    while track.offset < status.st_size:
        data = _whole_lines(fd, track.offset, status.st_size, ended)
        if not data:
            return
        block = _block(track, data, site, status.st_mtime_ns // 1000)
        track = _behind(track, data, fd)
        yield Piece(block, track)


def _known_better(track: Track, fd: int, size: int) -> Track:
    """Know a file that has grown by more of its first bytes."""
    if track.head_bytes >= KNOWN_BYTES or size <= track.head_bytes:
        return track
    head = os.pread(fd, KNOWN_BYTES, 0)
    return replace(track, head=digest(head), head_bytes=len(head))


def _whole_lines(fd: int, offset: int, size: int, ended: bool) -> bytes:
    for wanted in (PIECE_BYTES, MAX_LINE_BYTES):
        data = os.pread(fd, wanted, offset)
        end = data.rfind(b"\n") + 1
        if end:
            return data[:end]
        if offset + len(data) >= size:
            return data if ended else b""
    return data


def _block(track: Track, data: bytes, site: str, written_us: int) -> Block:
    """Make the block of some lines with what stood before them."""
    origin = Origin(track.path, track.key, written_us)
    offset, context = track.offset, track.context
    if track.format == zeek_tsv.NAME:
        return Block(track.format, origin, offset - len(track.header), track.header + data, (), site)
    if track.format == table.NAME and not context:
        first = next(iter(table.cut([data], origin, site)), None)
        if isinstance(first, Block):
            return Block(track.format, origin, first.offset, data[first.offset :], first.context, site)
    skipped = len(data) - len(data.lstrip(b"\0"))
    if offset == 0 and data.startswith(_MARK):
        skipped = len(_MARK)
    return Block(track.format, origin, offset + skipped, data[skipped:], context, site)


def _behind(track: Track, data: bytes, fd: int) -> Track:
    """Give the track behind some lines."""
    offset = track.offset + len(data)
    context = track.context
    if track.format == table.NAME and not context:
        first = next(iter(table.cut([data], Origin(track.path), "")), None)
        context = first.context if isinstance(first, Block) else ()
    header = _newest_header(track.header, data) if track.format == zeek_tsv.NAME else b""
    return replace(track, offset=offset, reached=_before(fd, offset), header=header, context=context)


def _newest_header(header: bytes, data: bytes) -> bytes:
    """Give Zeek's header lines that hold behind these lines."""
    if b"\n#fields" not in data and not data.startswith(b"#"):
        return header
    found = [line + b"\n" for line in data.split(b"\n") if line.startswith(b"#") and not line.startswith(b"#close")]
    starts = [rank for rank, line in enumerate(found) if line.startswith(b"#separator")]
    newest = b"".join(found[starts[-1] if starts else 0 :])
    return newest if b"#fields" in newest and len(newest) <= HEAD_BYTES else header
