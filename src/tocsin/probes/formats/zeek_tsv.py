"""Zeek's tab-separated logs, also several behind each other, as concatenated rotated logs are.

Enters: byte chunks. Leaves: blocks of whole lines whose context is the newest header before them; from a block,
one event or reject a line (header and comment lines are no records). A log whose header was cut off is read where
its lines can only be conn records; else its lines are rejects. Sets and vectors stay text as received; unset
fields are left out; the writer's escapes (backslash and `x09`-like bytes) are decoded.
Source: https://docs.zeek.org/en/current/log-formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tocsin.model import Event, Native, Origin, Reject
from tocsin.model.times import parse_time
from tocsin.probes.contract import KEPT_REJECT_BYTES, Block
from tocsin.probes.formats.lines import cut_lines, decode, read_record

NAME = "zeek_tsv"

_HEADER = re.compile(rb"\s*#(?:separator|set_separator|empty_field|unset_field|path|open|fields)\b")
_HEADLESS = re.compile(rb"\d{1,10}\.\d{6}\t[CF][A-Za-z0-9]{9,20}\t")
_HEADER_LINE = re.compile(rb"(?:\A|\n)[ \t]*#(separator|unset_field|path|fields)[ \t]([^\r\n]*)")
_MAX_HEADER_BYTES = 1 << 16
_MAX_TS_CHARS = 18
_PATH = re.compile(r"[A-Za-z0-9_]{1,48}")
_ESCAPED = re.compile(r"\\\\|(?:\\x[0-9a-fA-F]{2})+")

_CONN = (
    *("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration"),
    *("orig_bytes", "resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes", "history"),
    *("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "tunnel_parents"),
)
_STATE = _CONN.index("conn_state")
_STATES = frozenset(("S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"))


class _Header:
    """What header lines say, as far as records need it."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.separator = "\t"
        self.unset = "-"
        self.source = "zeek.unknown"
        self.fields: tuple[str, ...] = ()
        for line in lines:
            self.learn(line)

    def learn(self, line: str) -> None:
        """Take one header line; `#separator` starts a new header."""
        line = line.lstrip()
        key, _, value = line.partition(" " if line.startswith("#separator") else self.separator)
        if key == "#separator":
            self.separator = _unescaped(value.strip()) or "\t"
            self.unset, self.source, self.fields = "-", "zeek.unknown", ()
        elif key == "#unset_field":
            self.unset = value
        elif key == "#path":
            self.source = f"zeek.{value}" if _PATH.fullmatch(value) else "zeek.unknown"
        elif key == "#fields" and len(line) <= _MAX_HEADER_BYTES:
            self.fields = tuple(value.split(self.separator))


def recognise(head: bytes) -> bool:
    """Take a stream that starts with a Zeek header, or whose first lines are Zeek records without one."""
    if _HEADER.match(head):
        return b"#fields" in head or b"#separator" in head
    return any(_HEADLESS.match(line) for line in head.split(b"\n", 3)[:3])


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Cut at line ends; each block carries the header lines that hold at its start."""
    header: tuple[str, ...] = ()
    for item in cut_lines(chunks, origin):
        if isinstance(item, Reject):
            yield item
            continue
        offset, data = item
        yield Block(NAME, origin, offset, data, header, site)
        header = _newest(header, data)


def _newest(header: tuple[str, ...], data: bytes) -> tuple[str, ...]:
    """Give the header that holds after these lines."""
    if b"\n#" not in data and not _HEADER.match(data):
        return header
    lines = {line.partition("\t")[0].partition(" ")[0]: line for line in header}
    for match in _HEADER_LINE.finditer(data):
        key = "#" + match.group(1).decode()
        if key == "#separator":
            lines.clear()
        if len(match.group()) <= _MAX_HEADER_BYTES:
            lines[key] = decode(match.group()).strip("\n \t\r")
    return tuple(lines.values())


def read(block: Block) -> Iterator[Event | Reject]:
    """Read every line of a block."""
    header = _Header(block.context)
    origin, site, offset = block.origin, block.site, block.offset
    for raw in block.data.split(b"\n"):
        start = offset
        offset += len(raw) + 1
        if raw.endswith(b"\r"):
            raw = raw[:-1]
        if not raw:
            continue
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            line = decode(raw)
        if line[0] == "#" or (line[0] in " \t\0" and not _is_record(line)):
            header.learn(line.rstrip())
            continue
        values = line.split(header.separator)
        if len(values) == len(header.fields):
            native = _native(header, line, values)
            yield Event(header.source, _time_us(native.get("ts")), native, raw, origin, start, 0, site)
        elif line[0] == "{":
            yield from read_record(raw, origin, start, site)
        else:
            yield _misfit(header, values, raw, origin, start, site)


def _is_record(line: str) -> bool:
    """Say whether a line that starts with white space or NUL is a record, not a header line or a blank one."""
    text = line.strip()
    return bool(text) and not text.startswith("#")


def _native(header: _Header, line: str, values: list[str]) -> Native:
    """Name the values of a record; the hottest function of this file."""
    unset = header.unset
    if "\\" in line:
        values = [_unescaped(value) if "\\" in value else value for value in values]
    return {field: value for field, value in zip(header.fields, values, strict=False) if value != unset}


def _time_us(ts: str | None) -> int | None:
    """Read Zeek's seconds with six decimals exactly, without the rounding of a float; else as any time."""
    if ts is not None and ts[-7:-6] == "." and len(ts) <= _MAX_TS_CHARS:
        try:
            return int(ts[:-7] + ts[-6:])
        except ValueError:
            return parse_time(ts)
    return parse_time(ts)


def _misfit(header: _Header, values: list[str], raw: bytes, origin: Origin, offset: int, site: str) -> Event | Reject:
    """Read a conn record by its shape when no header names its fields; anything else is a reject."""
    if not header.fields and len(values) in {len(_CONN), len(_CONN) + 1} and values[_STATE] in _STATES:
        names = [*_CONN, "ip_proto"][: len(values)]
        native = {name: value for name, value in zip(names, values, strict=True) if value != "-"}
        return Event("zeek.conn", _time_us(native.get("ts")), native, raw, origin, offset, 0, site)
    count = f"{len(values)} field{'s' if len(values) > 1 else ''}"
    reason = f"{count} where the header names {len(header.fields)}" if header.fields else f"{count} without a header"
    return Reject(origin, offset, f"Zeek line of {reason}", raw[:KEPT_REJECT_BYTES])


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_byte_of, text)


def _byte_of(match: re.Match[str]) -> str:
    escaped = match.group()
    if escaped == "\\\\":
        return "\\"
    return bytes.fromhex(escaped.replace("\\x", "")).decode("utf-8", "backslashreplace")
