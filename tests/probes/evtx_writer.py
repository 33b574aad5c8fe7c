"""Write small EVTX files for tests: plain BinXML without templates, one chunk for each list of events.

Source: https://github.com/libyal/libevtx (documentation of the format).
"""

from __future__ import annotations

import struct
from xml.etree import ElementTree

CHUNK_BYTES = 1 << 16


def evtx_file(*chunks: list[str]) -> bytes:
    """Give a file whose chunks hold the events given as XML text without namespaces."""
    header = struct.pack("<8s3QI4H76xI4x", b"ElfFile\0", 0, len(chunks) - 1, 99, 128, 1, 3, 4096, len(chunks), 0)
    return header.ljust(4096, b"\0") + b"".join(chunk_of(events) for events in chunks)


def chunk_of(events: list[str]) -> bytes:
    """Give one chunk of 64 KiB with these events, record ids counted from 1."""
    records = b""
    last = 512
    for rank, text in enumerate(events, 1):
        last = 512 + len(records)
        records += _record(rank, text, last)
    head = struct.pack("<8s4QIII", b"ElfChnk\0", 1, len(events), 1, len(events), 128, last, 512 + len(records))
    return (head.ljust(512, b"\0") + records).ljust(CHUNK_BYTES, b"\0")


def _record(rank: int, text: str, place: int) -> bytes:
    body = b"\x0f\x01\x01\x00"
    body += _element(ElementTree.fromstring(text), place + 24 + len(body)) + b"\0"
    body = body.ljust(-(-len(body) // 8) * 8, b"\0")
    size = 24 + len(body) + 4
    return struct.pack("<4sIQQ", b"**\0\0", size, rank, 133_000_000_000_000_000) + body + struct.pack("<I", size)


def _element(element: ElementTree.Element, place: int) -> bytes:
    """Give one element with its name written where it stands; `place` is its offset in the chunk."""
    token = 0x41 if element.attrib else 0x01
    name = _name(element.tag, place + 5)
    data = name
    if element.attrib:
        attributes = b""
        for rank, (key, value) in enumerate(element.attrib.items(), 1):
            more = 0x46 if rank < len(element.attrib) else 0x06
            attributes += bytes([more]) + _name(key, place + 5 + len(name) + 4 + len(attributes) + 1) + _value(value)
        data += struct.pack("<I", len(attributes)) + attributes
    data += b"\x02"
    if element.text:
        data += _value(element.text)
    for child in element:
        data += _element(child, place + 5 + len(data))
    data += b"\x04"
    return struct.pack("<BI", token, len(data)) + data


def _name(text: str, place: int) -> bytes:
    return struct.pack("<IIHH", place + 4, 0, 0, len(text)) + text.encode("utf-16-le") + b"\0\0"


def _value(text: str) -> bytes:
    return struct.pack("<BBH", 0x05, 0x01, len(text)) + text.encode("utf-16-le")
