"""Lines: one record a line, JSON or text, mixed as they come. The format of everything that no other claims.

Enters: byte chunks. Leaves: blocks of whole lines; from a block, one event or reject a line.
Blank lines are no records. CR LF, a NUL inside a line and bytes that are not UTF-8 are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from tocsin.model import Event, Origin, Parsed, Reject
from tocsin.probes import DISPATCHER
from tocsin.probes.contract import BLOCK_BYTES, KEPT_REJECT_BYTES, MAX_RECORD_BYTES, Block

NAME = "lines"


def recognise(head: bytes) -> bool:
    """Take anything."""
    return isinstance(head, bytes)


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Cut at line ends into blocks of about `BLOCK_BYTES`; a line over `MAX_RECORD_BYTES` is rejected."""
    for item in cut_lines(chunks, origin):
        yield item if isinstance(item, Reject) else Block(NAME, origin, item[0], item[1], (), site)


def cut_lines(chunks: Iterable[bytes], origin: Origin) -> Iterator[tuple[int, bytes] | Reject]:
    """Give (offset, bytes) runs of whole lines; other line formats build their blocks on this."""
    held: list[bytes] = []
    size = offset = skipping = 0
    for chunk in chunks:
        if skipping:
            end = chunk.find(b"\n")
            skipping += len(chunk) if end < 0 else end + 1
            if end < 0:
                continue
            offset += skipping
            skipping = 0
            chunk = chunk[end + 1 :]
        held.append(chunk)
        size += len(chunk)
        if size < BLOCK_BYTES:
            continue
        data = b"".join(held)
        end = data.rfind(b"\n") + 1
        if end:
            yield offset, data[:end]
            offset += end
            held = [data[end:]]
            size -= end
        elif size > MAX_RECORD_BYTES:
            yield Reject(origin, offset, f"line longer than {MAX_RECORD_BYTES >> 20} MiB", data[:KEPT_REJECT_BYTES])
            held, size, skipping = [], 0, size
        else:
            held = [data]
    rest = b"".join(held)
    if rest:
        yield offset, rest


def read(block: Block) -> Iterator[Event | Reject]:
    """Read every line of a block. The common case, one JSON object a line, takes the short way."""
    origin, offset, site = block.origin, block.offset, block.site
    for line in block.data.split(b"\n"):
        raw = line[:-1] if line[-1:] == b"\r" else line
        if raw[:1] == b"{" and (parsed := _plain_object(raw)) is not None:
            yield Event(parsed.source, parsed.time_us, parsed.native, raw, origin, offset, 0, site)
        elif raw and not raw.isspace():
            yield from read_record(raw, origin, offset, site)
        offset += len(line) + 1


def _plain_object(raw: bytes) -> Parsed | None:
    """Read a JSON object that holds no list of records; None for anything else."""
    try:
        value = orjson.loads(raw)
    except ValueError:
        return None
    return DISPATCHER.json(value) if DISPATCHER.single(value) else None


def read_record(raw: bytes, origin: Origin, offset: int, site: str) -> Iterator[Event | Reject]:
    """Read one line: JSON where it starts as an object, else text. A torn JSON object is a reject."""
    start = raw.lstrip()[:1]
    if start in {b"{", b"["}:
        try:
            value = _loads(raw)
        except ValueError as error:
            if start == b"{":
                yield Reject(origin, offset, f"not valid JSON: {error}", raw[:KEPT_REJECT_BYTES])
                return
        else:
            yield from DISPATCHER.document(value, raw, origin, offset, site)
            return
    if not raw.strip(b"\0 \t"):
        yield Reject(origin, offset, "only NUL bytes", raw[:KEPT_REJECT_BYTES])
        return
    parsed = DISPATCHER.text(decode(raw), origin.written_us)
    yield Event(parsed.source, parsed.time_us, parsed.native, raw, origin, offset, 0, site)


def _loads(raw: bytes) -> object:
    """Read JSON in UTF-8, or else in Windows-1252."""
    try:
        return orjson.loads(raw)
    except ValueError:
        text = decode(raw)
        if text.encode("utf-8", "replace") == raw:
            raise
        return orjson.loads(text)


def decode(raw: bytes) -> str:
    """Decode UTF-8, or else Windows-1252 as old French devices write it. Never fails."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
