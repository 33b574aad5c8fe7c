"""Read files and folders as they are: plain or compressed, one or many, or standard input.

Enters: paths. Leaves: blocks of whole records and rejects, file by file, in a stable order and constant memory.
Formats and compression are recognised from content, never from a name.
"""

from __future__ import annotations

import bz2
import calendar
import codecs
import gzip
import io
import lzma
import os
import stat
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import zstandard

from tocsin.errors import InputError
from tocsin.ingest import programs
from tocsin.model import Origin, Reject
from tocsin.probes.contract import Block
from tocsin.probes.formats import begins as first_time
from tocsin.probes.formats import recognise

CHUNK_BYTES = 1 << 18
HEAD_BYTES = 1 << 16
_MAX_NESTING = 3
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    tarfile.TarError,
)

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
)


_STREAMS = frozenset(("gzip", "xz", "zstd", "bzip2"))


def find(paths: Iterable[str]) -> list[Path]:
    """Give every regular file under the paths, sorted, once each. `-` is standard input.

    Raises:
        InputError: a path does not exist or cannot be entered.
    """
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if text == "-":
            found[path] = None
        elif path.is_dir():
            found.update(dict.fromkeys(_walk(path)))
        elif path.exists():
            found[path] = None
        else:
            raise InputError(f"{text}: no such file or folder", "Check the path; several paths and - are allowed.")
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: {error.strerror}", "Run as a user who may read this folder.")

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if stat.S_ISREG(path.stat(follow_symlinks=True).st_mode if path.exists() else 0):
                yield path


def blocks(path: Path, site: str, read_bytes: Callable[[int], None] = lambda _: None) -> Iterator[Block | Reject]:
    """Give the blocks of one file. `read_bytes` is told how many bytes were read from the disk, for progress.

    A file that cannot be opened or ends early gives what can be read, then a reject with the reason.
    """
    name = str(path)
    try:
        with sys.stdin.buffer if name == "-" else path.open("rb") as file:
            yield from _stream(name, _counted(file, read_bytes), site, 0, _written_us(path))
    except _BROKEN as error:
        yield Reject(Origin(name), 0, f"cannot be read: {error}")


def contents(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, decompressed; of a torn one what can be read.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        broken: list[Exception] = []
        head, chunks = _peek(_until_broken(_counted(file, lambda _: None), broken))
        packing = packing_of(head)
        yield from _until_broken(_unpacked(packing, chunks), broken) if packing in _STREAMS else chunks


class Beginning(NamedTuple):
    """The time of a file's first record, None where its first 64 KiB do not tell; whether a program must read it."""

    time_us: int | None = None
    program: bool = False


def begins(path: Path) -> Beginning:
    """Look at the beginning of a file.

    Captures are told by their first packet, archives by nothing: members have times of their own.
    """
    if str(path) == "-":
        return Beginning()
    try:
        with path.open("rb") as file:
            return _begins(str(path), _counted(file, lambda _: None), 0)
    except _BROKEN:
        return Beginning()


def _begins(name: str, chunks: Iterator[bytes], depth: int) -> Beginning:
    broken: list[Exception] = []
    head, chunks = _peek(_until_broken(chunks, broken))
    packing = packing_of(head) if depth < _MAX_NESTING else ""
    if packing in _ARCHIVES:
        return Beginning()
    if packing:
        return _begins(name, _unpacked(packing, chunks), depth + 1)
    if programs.wanted(head):
        return Beginning(programs.begins(head), program=True)
    head, _ = _peek(_until_broken(_as_utf8(head, iter([head])), broken))
    first = next(iter(recognise(head).cut(iter([head]), Origin(name), "")), None) if head else None
    return Beginning(first_time(first) if isinstance(first, Block) else None)


def _written_us(path: Path) -> int:
    """Say when a file was last written (microseconds since 1970 UTC), 0 for standard input."""
    return 0 if str(path) == "-" else max(0, path.stat().st_mtime_ns // 1000)


def _counted(file: IO[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        tell(len(chunk))
        yield chunk


def _stream(name: str, chunks: Iterator[bytes], site: str, depth: int, written_us: int) -> Iterator[Block | Reject]:
    """Unpack as deep as needed, then cut by the format that the content shows."""
    broken: list[Exception] = []
    head, chunks = _peek(_until_broken(chunks, broken))
    packing = packing_of(head) if depth < _MAX_NESTING else ""
    origin = Origin.of(name, head, written_us)
    if packing in _ARCHIVES:
        for member, member_us, inner in _ARCHIVES[packing](chunks):
            yield from _stream(f"{name}!{member}", inner, site, depth + 1, member_us or written_us)
    elif packing:
        yield from _stream(name, _unpacked(packing, chunks), site, depth + 1, written_us)
    else:
        program = programs.wanted(head)
        read = program(chunks) if program else _as_utf8(head, chunks)
        head, chunks = _peek(_until_broken(read, broken))
        yield from (recognise(head).cut(chunks, origin, site) if head else ())
    for error in broken:
        reason = str(error) if isinstance(error, programs.ProgramError) else f"ends early: {error}"
        yield Reject(origin, 0, reason)


def packing_of(head: bytes) -> str:
    """Name the compression or archive that starts with these bytes, or give an empty text."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


class _ChunkFile(io.RawIOBase):
    """A readable file over an iterator of chunks, for the decompressors of the standard library."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._held:
            self._held = next(self._chunks, b"")
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def _unpacked(packing: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress in bounded memory: also several members behind each other, as rotated logs have them."""
    packed = io.BufferedReader(_ChunkFile(chunks), CHUNK_BYTES)
    file: Any
    if packing == "gzip":
        file = gzip.GzipFile(fileobj=packed)
    elif packing == "xz":
        file = lzma.LZMAFile(packed)  # noqa: SIM115
    elif packing == "bzip2":
        file = bz2.BZ2File(packed)
    else:
        file = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    while chunk := file.read1(CHUNK_BYTES):  # `read` would lose what it has when the stream is torn
        yield chunk


def _zip_members(chunks: Iterator[bytes]) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    with tempfile.TemporaryFile() as spool:
        for chunk in chunks:
            spool.write(chunk)
        with zipfile.ZipFile(spool) as archive:
            for member in sorted(archive.infolist(), key=lambda item: item.filename):
                if not member.is_dir():
                    with archive.open(member) as file:
                        yield member.filename, _zip_us(member), _counted(file, lambda _: None)


def _zip_us(member: zipfile.ZipInfo) -> int:
    try:
        return calendar.timegm((*member.date_time, 0, 0, 0)) * 1_000_000
    except ValueError:  # a month 0 is written where the time is not known
        return 0


def _tar_members(chunks: Iterator[bytes]) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    with tarfile.open(fileobj=io.BufferedReader(_ChunkFile(chunks)), mode="r|") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name, max(0, int(member.mtime)) * 1_000_000, _counted(file, lambda _: None)


_ARCHIVES: dict[str, Callable[[Iterator[bytes]], Iterator[tuple[str, int, Iterator[bytes]]]]] = {
    "zip": _zip_members,
    "tar": _tar_members,
}


def _as_utf8(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Drop a UTF-8 mark; turn UTF-16 (with its mark, or plainly every second byte NUL) into UTF-8."""
    if head.startswith(codecs.BOM_UTF8):
        return _without(3, chunks)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _recoded("utf-16", chunks)
    if len(head) > 8 and head[1:16:2].count(0) == len(head[1:16:2]) and 0 not in head[:16:2]:
        return _recoded("utf-16-le", chunks)
    return chunks


def _without(size: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[size:]
        size = max(0, size - len(chunk))


def _recoded(encoding: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _until_broken(chunks: Iterator[bytes], broken: list[Exception]) -> Iterator[bytes]:
    """Let a stream that breaks simply end, so that what came before is read; the reason goes to the list."""
    try:
        yield from chunks
    except _BROKEN as error:
        broken.append(error)


def _peek(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Give the first bytes (up to `HEAD_BYTES`, as many as there are) and the whole stream again."""
    taken: list[bytes] = []
    size = 0
    while size < HEAD_BYTES and (chunk := next(chunks, b"")):
        taken.append(chunk)
        size += len(chunk)

    def again() -> Iterator[bytes]:
        yield from taken
        yield from chunks

    return b"".join(taken)[:HEAD_BYTES], again()
