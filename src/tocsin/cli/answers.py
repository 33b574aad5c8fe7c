"""Give the answer of a hunt: a table of 80 columns, JSON lines, CSV or Parquet.

Enters: rows as Arrow tables. Leaves: text or bytes on standard output or in a file. JSON lines hold what is known of
each event, in the order of the columns: stable for programs; `raw` is last.
"""

from __future__ import annotations

import csv
import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.cli import session
from tocsin.errors import ConfigError
from tocsin.i18n import _, n_
from tocsin.lake import asking, table
from tocsin.model import COLUMNS
from tocsin.model.times import rfc3339
from tocsin.report.text import clean, escape_json

_HIDDEN = frozenset({"day", "native", "raw_bytes", "untimed", "origin_key", "part", "entities"})
_SAID = (
    "process.cmd_line",
    "finding.title",
    "query.hostname",
    "http_request.url",
    "api.operation",
    "message",
    "file.path",
    "process.name",
    "activity_name",
    "status",
)
_ENDS = ("src_endpoint", "dst_endpoint")
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE


class Sink:
    """Where an answer goes, and in what form."""

    def __init__(self, form: str, output: Path | None, wide: bool) -> None:
        """Raises:
        ConfigError: Parquet would go to a terminal.
        """
        if form == "parquet" and output is None and sys.stdout.isatty():
            raise ConfigError(_("a terminal cannot show Parquet"), _("Name a file: --output events.parquet"))
        self._form = form
        self._output = output
        self._wide = wide

    def put_events(self, found: pa.Table) -> None:
        """Put the rows of events."""
        if self._form == "parquet":
            self._bytes(_parquet(found))
        elif self._form == "json":
            self._bytes(b"".join(_json_line(row) for row in _records(found)))
        elif self._form == "csv":
            self._bytes(_csv([name for name in found.column_names if name not in _HIDDEN], _records(found)))
        else:
            lines = _wide(found) if self._wide else _short(found, _width())
            self._bytes("".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace"))

    def put_any(self, found: pa.Table) -> None:
        """Put the rows of any SQL."""
        if self._form == "parquet":
            self._bytes(_parquet(found))
            return
        records = _plain_records(found)
        if self._form == "json":
            self._bytes(b"".join(_line_of(record) for record in records))
        elif self._form == "csv":
            self._bytes(_csv(found.column_names, records))
        else:
            lines = _grid(found.column_names, [list(record.values()) for record in records], _width())
            self._bytes("".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace"))

    def _bytes(self, data: bytes) -> None:
        if self._output is None:
            if self._form == "parquet":
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            else:
                session.put(data.decode())
            return
        try:
            self._output.write_bytes(data)
        except OSError as error:
            raise ConfigError(f"{self._output}: {error.strerror}", _("Choose another file.")) from error


def _width() -> int:
    return shutil.get_terminal_size((80, 40)).columns if sys.stdout.isatty() else 80


def _plain_records(found: pa.Table) -> Iterator[dict[str, Any]]:
    """Give rows as dictionaries; times as RFC 3339, whatever their year."""
    names = [f"{name}" for name in found.column_names]
    columns = []
    for column in found.columns:
        if pa.types.is_timestamp(column.type):
            whole = pc.cast(pc.cast(column, pa.timestamp("us", tz=column.type.tz)), pa.int64())
            columns.append([rfc3339(value) for value in whole.to_pylist()])
        elif pa.types.is_binary(column.type):
            columns.append([None if value is None else value.hex() for value in column.to_pylist()])
        else:
            columns.append(column.to_pylist())
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))


def _records(found: pa.Table) -> Iterator[dict[str, Any]]:
    """Give what is known of each event, in the order of the columns."""
    times = found.column("untimed").to_pylist()
    for record, untimed in zip(_plain_records(found), times, strict=True):
        if untimed:
            record["time"] = None
        yield {name: value for name, value in record.items() if value is not None and name not in _HIDDEN}


def _json_line(record: dict[str, Any]) -> bytes:
    extra = record.pop("ocsf_extra", None)
    raw = record.pop("raw", "")
    return _line_of({**record, **(orjson.loads(extra) if extra else {}), "raw": raw})


def _line_of(record: dict[str, Any]) -> bytes:
    return escape_json(orjson.dumps(record, default=str, option=_OPTIONS).decode().rstrip("\n")).encode() + b"\n"


def _csv(names: list[str], records: Iterator[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for record in records:
        writer.writerow({name: _cell(value) for name, value in record.items()})
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: object) -> object:
    """Write a value for a cell; what a spreadsheet would take for a formula gets an apostrophe (OWASP)."""
    if isinstance(value, list | dict):
        value = " ".join(map(str, value)) if isinstance(value, list) else orjson.dumps(value, default=str).decode()
    return "'" + value if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _parquet(found: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(found, sink, compression="zstd")
    return sink.getvalue()


def _short(found: pa.Table, width: int) -> Iterator[str]:
    """Write a line for each event: when, which probe, who and where, what."""
    for record in _records(found):
        head = f"{(record.get('time') or '-')[:19]:<19}  {clean(record['source'], 18):<18}  "
        who = " ".join(_who(record))
        said = next((str(record[name]) for name in _SAID if record.get(name)), record.get("raw", ""))
        size = max(10, width - len(head))
        yield head + _fit(clean(f"{who} {said}".strip(), size), size).rstrip()


def _who(record: dict[str, Any]) -> Iterator[str]:
    """Name machine, account and ends of a connection, as far as they are known."""
    source, target = (
        record.get(f"{end}.ip") or record.get(f"{end}.hostname") for end in ("src_endpoint", "dst_endpoint")
    )
    if record.get("device.hostname"):
        yield str(record["device.hostname"])
    user = record.get("user.name") or record.get("actor.user.name")
    if user:
        yield str(user)
    port = f":{record['dst_endpoint.port']}" if record.get("dst_endpoint.port") else ""
    if source or target:
        yield f"{source or '?'} → {target or '?'}{port}"


def _wide(found: pa.Table) -> Iterator[str]:
    """Write everything that is known of each event, a line a field."""
    for rank, record in enumerate(_records(found)):
        if rank:
            yield ""
        size = max(len(name) for name in record)
        for name, value in record.items():
            text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{name:<{size}}  {clean(text, 2000)}"


def _grid(names: list[str], found: list[list[Any]], width: int) -> Iterator[str]:
    """Write any rows in columns, none wider than it must be."""
    cells = [[clean("" if value is None else str(_cell_text(value))) for value in row] for row in found]
    heads = [clean(name) for name in names]
    sizes = [max([len(head), *(len(row[rank]) for row in cells)]) for rank, head in enumerate(heads)]
    while sum(sizes) + 2 * (len(sizes) - 1) > width and max(sizes) > 8:
        sizes[sizes.index(max(sizes))] -= 1
    for row in (heads, ["─" * size for size in sizes], *cells):
        yield "  ".join(_fit(cell, size) for cell, size in zip(row, sizes, strict=True)).rstrip()


def _cell_text(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _fit(text: str, size: int) -> str:
    return text.ljust(size) if len(text) <= size else text[: size - 1] + "…"


def note_end(count: int, more: bool, limit: int) -> None:
    """Say how many events there are, and whether there are more."""
    if more:
        text = n_("The newest {n} event; there are more.", "The newest {n} events; there are more.", limit)
        session.note(text.format(n=limit) + " " + _("All of them: --limit 0"))
    else:
        session.note(n_("{n} event", "{n} events", count).format(n=count) if count else _("No event answers this."))


def put_fields() -> None:
    """List the fields that can be asked for: short names first, then every column."""
    lines = [_("Short names, each for several columns:")]
    lines += [f"  {name:<10}  {', '.join(columns)}" for name, columns in asking.GROUPS.items()]
    lines += ["", _("Columns:")]
    own = [name for name in (*table.HEAD, "origin", "offset", "raw") if name not in _HIDDEN]
    lines += [f"  {name}" for name in own]
    lines += [f"  {name:<36}  {clean(COLUMNS[name], 80)}" for name in sorted(table.OCSF)]
    session.put("\n".join([*lines, "", _("A vendor's own field: native.NAME=value")]) + "\n")
