"""Ask a lake by SQL, locked in: the question sees the view `events` (and `rejects`) and nothing else of this machine.

Enters: the files of a part of a lake, SQL. Leaves: rows in batches. DuckDB gets the paths of just these files; no
other file, network, extension or setting can be reached, nothing can be written, and time and memory are bounded.
Source: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from tocsin.errors import ConfigError, InputError
from tocsin.i18n import _
from tocsin.lake import table
from tocsin.lake.store import EVERYTHING, Lake, Scope, quoted

Parameters = Sequence[str | int | float | list[str] | None]


class Limits(NamedTuple):
    """What one question may take. `threads` 0: as many as there are cores."""

    seconds: float = 60.0
    memory_mb: int = 512
    threads: int = 0


LIMITS = Limits()


class Answer(NamedTuple):
    """Rows of an answer under the names of its columns."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]


_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
    table.TIME: "TIMESTAMP WITH TIME ZONE",
    table.TEXTS: "VARCHAR[]",
}
_ALLOWED = frozenset({duckdb.StatementType.SELECT})
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "preserve_insertion_order": False,
    "temp_directory": "",
}


class Reader:
    """A question's view of a part of a lake: the rows of the commits there were when it was opened."""

    def __init__(self, lake: Lake, scope: Scope = EVERYTHING, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._lake = lake
        self._scope = scope
        self._connection = _connected(limits)
        self._define()

    def _define(self) -> None:
        found = {"events": self._lake.files(self._scope), "rejects": []}
        if (self._lake.folder / "rejects" / "_delta_log").is_dir():
            found["rejects"] = self._lake.files(Scope(self._scope.sites), "rejects")
        paths = ", ".join(quoted(path) for files in found.values() for path in files)
        self._connection.execute(f"SET allowed_paths=[{paths}]")
        self._connection.execute("SET enable_external_access=false")
        self._connection.execute("SET TimeZone='UTC'")
        where = {"events": _bounds(self._scope), "rejects": ""}
        for name, schema in (("events", table.EVENTS), ("rejects", table.REJECTS)):
            self._connection.execute(f"CREATE VIEW {name} AS {_view(found[name], schema, where[name])}")
        self._connection.execute("SET lock_configuration=true")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, sql: str, parameters: Parameters = ()) -> Answer:
        """Give the whole answer to SQL of ours or of a person's.

        Raises:
            ConfigError: the SQL is wrong, or does anything but read.
            InputError: the question took more time or memory than it may, or a file cannot be read.
        """
        _refuse_all_but_reading(sql)
        with self._bounded():
            found = self._connection.execute(sql, list(parameters))
            names = tuple(column[0] for column in found.description or ())
            return Answer(names, found.fetchall())

    def arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Give the whole answer as an Arrow table. Raises as `ask` does."""
        _refuse_all_but_reading(sql)
        with self._bounded():
            found: pa.Table = self._connection.sql(sql, params=list(parameters)).to_arrow_table()
            return found

    def batches(self, sql: str, parameters: Parameters = (), size: int = 4096) -> Iterator[list[tuple[Any, ...]]]:
        """Give the answer in batches, in bounded memory. Raises as `ask` does."""
        with self._bounded():
            found = self._connection.execute(sql, list(parameters))
            while batch := found.fetchmany(size):
                yield batch

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """Interrupt what takes too long, and say in words what DuckDB says in its own."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._connection.interrupt()

        timer = threading.Timer(self._limits.seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        except duckdb.InterruptException as error:
            if not late.is_set():
                raise KeyboardInterrupt from error
            raise _too_much(_("{n} s").format(n=round(self._limits.seconds))) from error
        except duckdb.OutOfMemoryException as error:
            raise _too_much(_("{n} MB of memory").format(n=self._limits.memory_mb)) from error
        except duckdb.IOException as error:
            raise InputError(_("the lake cannot be read: {reason}").format(reason=_reason(error))) from error
        except duckdb.Error as error:
            raise _wrong_sql(error) from error
        finally:
            timer.cancel()


def _connected(limits: Limits) -> duckdb.DuckDBPyConnection:
    threads = limits.threads or len(os.sched_getaffinity(0))
    own: dict[str, str | bool | int | float | list[str]] = {"memory_limit": f"{limits.memory_mb}MB", "threads": threads}
    return duckdb.connect(":memory:", config=_SETTINGS | own)


def _view(files: list[str], schema: pa.Schema, where: str) -> str:
    columns = ", ".join(name_in_sql(field.name) for field in schema)
    nothing = ", ".join(f"CAST(NULL AS {_TYPES[field.type]}) AS {name_in_sql(field.name)}" for field in schema)
    if not files:
        return f"SELECT {nothing} WHERE false"
    listed = ", ".join(quoted(path) for path in files)
    options = "hive_partitioning=true, hive_types_autocast=false, union_by_name=true"
    return f"SELECT {columns} FROM read_parquet([{listed}], {options}){where}"


def _bounds(scope: Scope) -> str:
    parts = []
    if scope.since_us is not None:
        parts.append(f"time >= make_timestamptz({scope.since_us})")
    if scope.until_us is not None:
        parts.append(f"time <= make_timestamptz({scope.until_us})")
    return " WHERE " + " AND ".join(parts) if parts else ""


def name_in_sql(name: str) -> str:
    """Write a column's name as SQL does."""
    return '"' + name.replace('"', '""') + '"'


def _refuse_all_but_reading(sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise _wrong_sql(error) from error
    if len(statements) != 1:
        raise ConfigError(_("--sql takes one statement"), _("Write one SELECT, without another behind a semicolon."))
    if statements[0].type not in _ALLOWED:
        raise ConfigError(
            _("--sql only reads: {kind} is refused").format(kind=statements[0].type.name),
            _("Write a SELECT on the view events. To erase, see: tocsin lake erase --help"),
        )


def _reason(error: Exception) -> str:
    """Give DuckDB's own words, without its headings and its drawing of the place."""
    text = re.sub(r"\n\s*\n?LINE \d+:.*", "", str(error), flags=re.DOTALL)
    return re.sub(r"^\w+ Error: ", "", " ".join(text.split()))[:400]


def _wrong_sql(error: duckdb.Error) -> ConfigError:
    hint = _("A name with a dot needs double quotes around it. All columns: tocsin hunt --fields")
    return ConfigError(_("the question cannot be answered: {reason}").format(reason=_reason(error)), hint)


def _too_much(what: str) -> InputError:
    hint = _("Ask for less time (--since, --until) or one site (--site), or allow more: --seconds, --memory.")
    return InputError(_("the question took more than {what} and was stopped").format(what=what), hint)
