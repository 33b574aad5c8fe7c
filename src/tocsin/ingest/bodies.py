"""What senders put into the body of an HTTP request, turned into lines. Pure.

Enters: a body as it came, packed or not. Leaves: lines, one record each, or what is wrong with the body.

A document of `_bulk` and a line of NDJSON stay as they are. An event of Splunk's HEC loses its envelope only where
that says nothing: an object keeps it as `hec`, text is wrapped (`{"_raw": "…", "host": …}`), so that probes see what
the product wrote and nothing is dropped.
Source: Splunk "Format events for HTTP Event Collector"; Elasticsearch "Bulk API"; RFC 1952 (gzip).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import orjson
import zstandard
from msgspec import Struct

from tocsin.ingest.framing import record
from tocsin.probes.formats.lines import decode

_STEP_BYTES = 1 << 20
_GZIP, _DEFLATE = 31, 15


class Malformed(Struct, frozen=True):
    """Why a body is not taken: an HTTP status, Splunk's code for it, and which event (from 0) is wrong."""

    status: int
    code: int
    text: str
    event: int | None = None


class Bulk(Struct, frozen=True):
    """The documents of a `_bulk` body, and for each action its name, index and id, which the answer repeats."""

    lines: list[bytes]
    items: list[tuple[str, str, str]]


def opened(body: bytes, encoding: str, max_bytes: int) -> bytes | Malformed:
    """Unpack a body, never to more than `max_bytes`."""
    too_large = Malformed(413, 27, f"body over {max_bytes} bytes")
    try:
        if encoding in {"", "identity"}:
            return body if len(body) <= max_bytes else too_large
        if encoding == "zstd":
            with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
                data: bytes = reader.read(max_bytes + 1)
        elif encoding in {"gzip", "deflate"}:
            data = _inflated(body, _GZIP if encoding == "gzip" else _DEFLATE, max_bytes)
        else:
            return Malformed(415, 6, f"content encoding {encoding!r} is not known")
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        return Malformed(400, 6, f"the body is not {encoding}: {error}")
    return data if len(data) <= max_bytes else too_large


def _inflated(body: bytes, window: int, max_bytes: int) -> bytes:
    """Inflate one or several members, up to just over `max_bytes`."""
    parts: list[bytes] = []
    size = 0
    while body:
        inflater = zlib.decompressobj(window)
        while not inflater.eof:
            part = inflater.decompress(body, _STEP_BYTES)
            if not part and not inflater.eof and not inflater.unconsumed_tail:
                raise EOFError("it ends early")
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                return b"".join(parts)
            body = inflater.unconsumed_tail
        body = inflater.unused_data.lstrip(b"\0")
    return b"".join(parts)


def plain_lines(body: bytes) -> list[bytes]:
    """Give the lines of NDJSON or raw text; what a line holds is judged when it is read."""
    return [line for raw in body.split(b"\n") if (line := raw.rstrip(b"\r\0")) and not line.isspace()]


def hec_lines(body: bytes) -> list[bytes] | Malformed:
    """Give a line for each event of a HEC body: JSON objects, one behind the other."""
    found: list[bytes] = []
    try:
        for envelope in _objects(body):
            line = _hec_line(envelope) if isinstance(envelope, dict) else Malformed(400, 6, "Invalid data format")
            if isinstance(line, Malformed):
                return Malformed(line.status, line.code, line.text, len(found))
            found.append(line)
    except (ValueError, RecursionError, TypeError):
        return Malformed(400, 6, "Invalid data format", len(found))
    return found or Malformed(400, 5, "No data")


def _objects(body: bytes) -> Iterator[Any]:
    """Read JSON values that stand one on a line, or behind each other in any way."""
    try:
        yield from [orjson.loads(line) for line in body.split(b"\n") if line and not line.isspace()]
    except ValueError:
        yield from _concatenated(decode(body))


def _concatenated(text: str) -> Iterator[Any]:
    reader = json.JSONDecoder(strict=False)
    at, size = 0, len(text)
    while True:
        while at < size and text[at] in " \t\r\n,":
            at += 1
        if at >= size:
            return
        value, at = reader.raw_decode(text, at)
        yield value


def _hec_line(envelope: dict[str, Any]) -> bytes | Malformed:
    event = envelope.get("event")
    if event is None:
        return Malformed(400, 12, "Event field is required")
    if event == "":
        return Malformed(400, 13, "Event field cannot be blank")
    rest = {key: value for key, value in envelope.items() if key != "event"}
    if isinstance(event, dict):
        timed = any("time" in key.lower() or key == "ts" for key in event)
        stamp = {} if timed or "time" not in rest else {"time": rest["time"]}
        return orjson.dumps({**event, **stamp, "hec": rest} if rest else event)
    if isinstance(event, str):
        return orjson.dumps({"_raw": event, **rest}) if rest else (record(event.encode("utf-8", "replace")) or b'""')
    return orjson.dumps({"event": event, **rest})


def bulk(body: bytes) -> Bulk | Malformed:
    """Read a `_bulk` body: a line that names the action, then (but for `delete`) the document's line."""
    lines = plain_lines(body)
    documents: list[bytes] = []
    items: list[tuple[str, str, str]] = []
    at = 0
    while at < len(lines):
        action = _action(lines[at])
        if action is None:
            return Malformed(400, 6, f"line {at + 1} of the body is no action", len(items))
        items.append(action)
        at += 1
        if action[0] == "delete":
            continue
        if at >= len(lines):
            return Malformed(400, 6, "the last action has no document", len(items) - 1)
        documents.append(lines[at])
        at += 1
    return Bulk(documents, items) if items else Malformed(400, 5, "request body is required")


def _action(line: bytes) -> tuple[str, str, str] | None:
    try:
        value = orjson.loads(line)
    except ValueError:
        return None
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name, about = next(iter(value.items()))
    if name not in {"create", "index", "update", "delete"} or not isinstance(about, dict):
        return None
    return name, str(about.get("_index", "")), str(about.get("_id", ""))
