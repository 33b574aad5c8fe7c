"""Windows events as an XML document, as Event Viewer and `wevtutil` export them: one event after the other.

Enters: byte chunks. Leaves: blocks of whole `<Event>` elements, whatever line breaks stand in and between them; from
a block, one event an element (with the syslog header before it on its line). Lines between them are read as lines.
Source: https://learn.microsoft.com/windows-server/administration/windows-commands/wevtutil
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tocsin.model import Event, Origin, Reject
from tocsin.probes import windows
from tocsin.probes.contract import BLOCK_BYTES, KEPT_REJECT_BYTES, MAX_RECORD_BYTES, Block, Envelope
from tocsin.probes.formats import lines
from tocsin.probes.formats.lines import decode
from tocsin.probes.headers import open_envelope

NAME = "winxml"

_START = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<Events(?:\s[^>]{0,300})?>\s*)?<Event[\s>]")
_EVENT = re.compile(rb"<Event[\s>]")
_END = b"</Event>"
_FRAME = re.compile(rb"<\?xml[^>]*\?>|</?Events(?:\s[^>]*)?>")


def recognise(head: bytes) -> bool:
    """Take a stream that starts with an event or a list of events in XML."""
    return _START.match(head) is not None


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Cut after whole events into blocks of about `BLOCK_BYTES`."""
    data = bytearray()
    offset = searched = 0
    for chunk in chunks:
        data += chunk
        if len(data) < BLOCK_BYTES:
            continue
        end = data.rfind(_END, max(0, searched - len(_END))) + len(_END)
        if end >= len(_END):
            yield Block(NAME, origin, offset, bytes(data[:end]), (), site)
            offset += end
            del data[:end]
            searched = 0
        elif len(data) > MAX_RECORD_BYTES:
            reason = f"XML event over {MAX_RECORD_BYTES >> 20} MiB"
            yield Reject(origin, offset, reason, bytes(data[:KEPT_REJECT_BYTES]))
            offset += len(data)
            data.clear()
            searched = 0
        else:
            searched = len(data)
    if data.strip():
        yield Block(NAME, origin, offset, bytes(data), (), site)


def read(block: Block) -> Iterator[Event | Reject]:
    """Read every event of a block; the last may be cut short and still tells what it has."""
    data, done = block.data, 0
    while match := _EVENT.search(data, done):
        start = max(done, data.rfind(b"\n", done, match.start()) + 1)
        yield from _lines(data[done:start], block, done)
        end = data.find(_END, match.start())
        following = _EVENT.search(data, match.end(), end if end >= 0 else len(data))
        done = following.start() if following else end + len(_END) if end >= 0 else len(data)
        yield _event(data[start : match.start()], data[match.start() : done], block, start)
    yield from _lines(data[done:], block, done)


def _event(before: bytes, text: bytes, block: Block, place: int) -> Event | Reject:
    """Read one event with what stands before it on its line: the frame of the document, or a syslog header."""
    if before.isspace() or not _FRAME.sub(b"", before).strip():
        place, before = place + len(before), b""
    raw, offset = before + text, block.offset + place
    envelope, body = open_envelope(decode(before)) if before else (Envelope(), "")
    try:
        parsed = windows.read_text(body + decode(text), envelope)
    except (ValueError, KeyError) as error:
        return Reject(block.origin, offset, f"unreadable XML event: {error}", raw[:KEPT_REJECT_BYTES])
    return Event(parsed.source, parsed.time_us, parsed.native, raw, block.origin, offset, 0, block.site)


def _lines(between: bytes, block: Block, place: int) -> Iterator[Event | Reject]:
    """Read the lines between events as the format `lines` does; the document's frame is no record."""
    for line in between.splitlines(keepends=True):
        text = line.rstrip(b"\r\n")
        if _FRAME.sub(b"", text).strip():
            yield from lines.read_record(text, block.origin, block.offset + place, block.site)
        place += len(line)
