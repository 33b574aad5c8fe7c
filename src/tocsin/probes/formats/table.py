"""Tables with a header line: CSV, TSV, semicolons or bars between the cells, as consoles and tools export them.

Enters: byte chunks. Leaves: blocks of whole rows whose context is the delimiter and the header; from a block, one
event a row: an object of header name -> text (empty cells left out), read by the JSON probe that claims it, else
`table.row`. A row whose count of cells is wrong is a reject; a header repeated inside (joined exports) is no row.
Source: RFC 4180.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from tocsin.model import Event, Native, Origin, Parsed, Reject
from tocsin.model.times import parse_time
from tocsin.probes import DISPATCHER
from tocsin.probes.contract import BLOCK_BYTES, KEPT_REJECT_BYTES, MAX_RECORD_BYTES, Block
from tocsin.probes.formats.lines import decode

NAME = "table"

_DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_ROWS = 50
_MAX_COLUMNS = 1024
_MAX_ROW_BYTES = 4 * BLOCK_BYTES
"""A quoted cell may hold line ends, but a quote that is not closed within this size is taken for a stray one."""
_NAME = re.compile(r"[^\W\d][\w .'()/@%-]{0,79}|[@_][\w.]{1,79}")
_NO_NAME = re.compile(r"\d{4}-\d\d|\d\d:\d\d|\d+\.\d+\.\d+|(?:\S+ ){7}")
_SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE)
_OPENING = re.compile(rb'(?:^|[,;\t|]) *"')
_TIME_NAME = re.compile(r"time|date|stamp|heure", re.IGNORECASE)

csv.field_size_limit(MAX_RECORD_BYTES)  # the module's own limit of 128 kB is less than an AuditData cell can hold


def recognise(head: bytes) -> bool:
    """Take text whose first line is a row of two or more names and whose further lines have as many cells."""
    return head[:1] not in {b"{", b"[", b"<", b"#"} and b"\0" not in head[:512] and bool(_layout(head))


def _layout(head: bytes) -> tuple[str, ...]:
    """Give (delimiter, *header) of the table that starts here, or an empty tuple."""
    start, wanted = _start(head)
    rows = list(_whole_rows(head[start:]))
    if len(rows) < 2:
        return ()
    for delimiter in wanted or _DELIMITERS:
        header = _header(rows[0], delimiter)
        if header and _fits(rows[1:], delimiter, len(header)):
            return (delimiter, *header)
    return ()


def _start(head: bytes) -> tuple[int, str]:
    """Skip blank lines and Excel's `sep=;`; give where the header starts and the delimiter that was announced."""
    blank = len(head) - len(head.lstrip())
    mark = _SEPARATOR_LINE.match(head, blank)
    return (mark.end(), mark.group(1).decode("latin-1")) if mark else (blank, "")


def _whole_rows(head: bytes) -> Iterator[str]:
    """Give the first rows; the last line of a full head may be torn and is left out where others exist."""
    records = [raw for _, raw in _records(head) if raw]
    if len(records) > 2 and not head.endswith(b"\n"):
        records.pop()
    for raw in records[: _SNIFFED_ROWS + 1]:
        yield decode(raw)


def _header(line: str, delimiter: str) -> tuple[str, ...]:
    """Give the column names, or an empty tuple when this line is no header."""
    cells = _split(line, delimiter)
    if cells is None or not 2 <= len(cells) <= _MAX_COLUMNS:
        return ()
    spaced = any(cell != cell.strip() for cell in cells)
    names = [cell.strip() for cell in cells]
    while len(names) > 2 and not names[-1]:
        names.pop()
    good = sum(1 for name in names if _NAME.fullmatch(name) and not _NO_NAME.search(name))
    unnamed = names.count("")
    if good < 2 or good + unnamed < len(names) or unnamed > 1 or (spaced and len(names) < 4):
        return ()
    return _unique(names)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Name the nameless and tell twins apart, so that no cell is lost."""
    taken: dict[str, int] = {}
    unique = []
    for rank, name in enumerate(names, 1):
        name = name or f"column_{rank}"
        taken[name] = taken.get(name, 0) + 1
        unique.append(name if taken[name] == 1 else f"{name}.{taken[name]}")
    return tuple(unique)


def _fits(lines: list[str], delimiter: str, width: int) -> bool:
    """Say whether the rows have the header's width: nearly all of a narrow table, which prose could look like.

    Of a wide one one of the first three must; nfdump and others write a summary below few rows.
    """
    fits = [_right_width(_split(line, delimiter), width) is not None for line in lines]
    return any(fits[:3]) and sum(fits) * 10 >= len(fits) * (9 if width < 4 else 2)


def _split(line: str, delimiter: str) -> list[str] | None:
    """Give the cells of one row; None when its quotes make no sense."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), None)
    except csv.Error:
        return None


def _right_width(cells: list[str] | None, width: int) -> list[str] | None:
    """Give the cells when there are as many as columns, empty ones at the end aside."""
    if cells is None or len(cells) == width:
        return cells
    return cells[:width] if len(cells) > width and not any(cells[width:]) else None


def cut(chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
    """Cut at row ends into blocks of about `BLOCK_BYTES`."""
    layout: tuple[str, ...] = ()
    data = b""
    offset = 0
    for chunk, last in _with_last(chunks):
        data += chunk
        if not layout:
            if len(data) < 1 << 16 and not last:
                continue
            layout = _layout(data[: 1 << 16])
            done = _header_end(data)
            data, offset = data[done:], done
        while len(data) >= BLOCK_BYTES and (end := _row_end(data)):
            yield Block(NAME, origin, offset, data[:end], layout, site)
            data, offset = data[end:], offset + end
    if data:
        yield Block(NAME, origin, offset, data, layout, site)


def _with_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Give every chunk, and an empty one at the end that is marked as the last."""
    for chunk in chunks:
        yield chunk, False
    yield b"", True


def _header_end(data: bytes) -> int:
    start, _ = _start(data)
    return next((start + offset + len(raw) + 1 for offset, raw in _records(data[start:]) if raw), len(data))


def _row_end(data: bytes) -> int:
    """Give where the last whole row ends (quotes even up to there), 0 when more is needed."""
    end = data.rfind(b"\n") + 1
    odd = data.count(b'"', 0, end) % 2
    while end and odd:
        before = data.rfind(b"\n", 0, end - 1) + 1
        odd ^= data.count(b'"', before, end) % 2
        end = before
    if end or len(data) < _MAX_ROW_BYTES:
        return end
    return data.find(b"\n") + 1 or len(data)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give (offset, bytes) of each row: a line, or several while a quote is open."""
    lines = data.split(b"\n")
    has_quotes = b'"' in data
    offset = rank = 0
    while rank < len(lines):
        raw = lines[rank]
        rank += 1
        if has_quotes and raw.count(b'"') % 2 and _OPENING.search(raw):
            joined = _joined(lines, rank - 1)
            raw = b"\n".join(lines[rank - 1 : joined])
            rank = joined
        yield offset, raw.rstrip(b"\r")
        offset += len(raw) + 1


def _joined(lines: list[bytes], first: int) -> int:
    """Give the rank after the line that closes the quote left open by line `first`; a stray quote closes itself."""
    for rank in range(first + 1, len(lines)):
        if lines[rank].count(b'"') % 2:
            return rank + 1
    return first + 1


def read(block: Block) -> Iterator[Event | Reject]:
    """Read every row of a block."""
    if not block.context:
        yield Reject(block.origin, block.offset, "no header", block.data[:KEPT_REJECT_BYTES])
        return
    delimiter, *header = block.context
    width = len(header)
    timed = [name for name in header if _TIME_NAME.search(name)]
    for start, raw in _records(block.data):
        if not raw or raw.isspace():
            continue
        offset = block.offset + start
        cells = _split(decode(raw), delimiter)
        right = _right_width(cells, width)
        if right is None:
            yield Reject(block.origin, offset, _reason(cells, width), raw[:KEPT_REJECT_BYTES])
            continue
        row = {name: cell for name, cell in zip(header, map(str.strip, right), strict=True) if cell}
        if row and right != header:
            parsed = _read_row(row, timed)
            yield Event(parsed.source, parsed.time_us, parsed.native, raw, block.origin, offset, 0, block.site)


def _read_row(row: Native, timed: list[str]) -> Parsed:
    parsed = DISPATCHER.json(row)
    if parsed.source != "json.record":
        return parsed
    times = (parse_time(row.get(name)) for name in timed)
    first = parsed.time_us if parsed.time_us is not None else next((time for time in times if time is not None), None)
    return Parsed("table.row", first, parsed.native)


def _reason(cells: list[str] | None, width: int) -> str:
    return "quotes that are not closed" if cells is None else f"{len(cells)} cells where the header has {width}"
