"""JSON documents: an array of records, pretty-printed objects, or a stream of objects not split by lines.

Enters: byte chunks. Leaves: blocks of whole JSON objects (array elements, or top-level values), found by the
depth of braces, so that one broken element costs only itself; from a block, the events of its objects. What
stands between objects and is no comma, bracket or white space is a reject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import orjson

from tocsin.model import Event, Origin, Reject
from tocsin.probes.contract import BLOCK_BYTES, KEPT_REJECT_BYTES, MAX_RECORD_BYTES, Block
from tocsin.probes.formats import lines

NAME = "documents"

_OPEN_ARRAY = re.compile(rb"\s*\[\s*(?:[{\[]|$)")
_PRETTY_OBJECT = re.compile(rb"\s*\{\s*(?:\n|$)")
_TOKEN = re.compile(rb'[{}]|"(?:[^"\\]|\\.)*+("?)', re.DOTALL)
_BETWEEN = b" \t\r\n,[]"


def recognise(head: bytes) -> bool:
    """Take an array of objects or an object spread over lines; one object a line is left to `lines`."""
    first = head.lstrip().partition(b"\n")[0].strip()
    if _PRETTY_OBJECT.match(head) and first in {b"{", b""}:
        return True
    if not _OPEN_ARRAY.match(head):
        return False
    return not _is_json(first) or b"\n" not in head.strip()


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Cut after whole objects into blocks of about `BLOCK_BYTES`."""
    data = b""
    offset = 0
    for chunk in chunks:
        data += chunk
        if len(data) < BLOCK_BYTES:
            continue
        end = _last_end(data)
        if end:
            yield Block(NAME, origin, offset, data[:end], (), site)
            data, offset = data[end:], offset + end
        elif len(data) > MAX_RECORD_BYTES:
            yield Reject(origin, offset, f"JSON object over {MAX_RECORD_BYTES >> 20} MiB", data[:KEPT_REJECT_BYTES])
            data, offset = b"", offset + len(data)
    if data.strip(_BETWEEN):
        yield Block(NAME, origin, offset, data, (), site)


def read(block: Block) -> Iterator[Event | Reject]:
    """Read every object of a block."""
    data, origin, base = block.data, block.origin, block.offset
    done = 0
    for start, end in _objects(data):
        yield from _gap(data[done:start], origin, base + done)
        done = end
        yield from lines.read_record(data[start:end], origin, base + start, block.site)
    rest = data[done:].strip(_BETWEEN)
    if rest:
        reason = "JSON object is never closed" if rest.startswith(b"{") else "text between JSON objects"
        yield Reject(origin, base + done, reason, rest[:KEPT_REJECT_BYTES])


def _gap(between: bytes, origin: Origin, offset: int) -> Iterator[Reject]:
    text = between.strip(_BETWEEN)
    if text:
        yield Reject(origin, offset, "text between JSON objects", text[:KEPT_REJECT_BYTES])


def _objects(data: bytes) -> Iterator[tuple[int, int]]:
    """Give start and end of every whole object at depth 0; braces inside strings do not count."""
    depth = start = 0
    for token in _TOKEN.finditer(data):
        kind = data[token.start()]
        if kind == 0x7B:  # {
            if depth == 0:
                start = token.start()
            depth += 1
        elif kind == 0x7D:  # }
            depth -= depth > 0
            if depth == 0 and data[start] == 0x7B and start < token.start():
                yield start, token.end()
                start = token.start()
        elif not token.group(1):
            return  # a string that goes on in the next chunk


def _last_end(data: bytes) -> int:
    end = 0
    for _, end in _objects(data):  # noqa: B007 - only the last end is wanted
        pass
    return end
