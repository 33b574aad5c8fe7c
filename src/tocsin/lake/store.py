"""A lake on the disk: two Delta tables, `events` and `rejects`; one process writes, many read.

Enters: rows, with the positions that they bring their streams to. Leaves: atomic commits, each of which holds these
positions: after a crash the writer asks how far a stream had come and goes on there, so a row is there exactly once.
Source: https://github.com/delta-io/delta/blob/master/PROTOCOL.md (transaction identifiers).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, NamedTuple

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, WriterProperties
from deltalake.exceptions import DeltaError
from deltalake.writer import write_deltalake

from tocsin.errors import ConfigError, InputError
from tocsin.i18n import _
from tocsin.lake import rows, table

LOCK = "writer.lock"
SETTINGS = {
    "delta.logRetentionDuration": "interval 6 hours",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
    "delta.checkpointInterval": "50",
    "delta.dataSkippingNumIndexedCols": str(table.INDEXED),
}
GROUP_ROWS = 65_536
"""Rows of a group in a file: small, so that a reader can leave most of a day aside."""

PROPERTIES = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=GROUP_ROWS)


NO_MARKS: Mapping[str, int] = MappingProxyType({})


class Scope(NamedTuple):
    """What part of a lake is read: sites (none: all) and times, in microseconds since 1970 UTC, both ends included."""

    sites: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None


EVERYTHING = Scope()


class Lake:
    """A lake as readers see it: at each question, the rows of whole commits."""

    def __init__(self, folder: Path) -> None:
        """Raises:
        InputError: there is no lake in this folder.
        """
        self.folder = folder
        self._tables: dict[str, DeltaTable] = {}
        self._table("events")

    def files(self, scope: Scope = EVERYTHING, name: str = "events") -> list[str]:
        """Give the paths of the files that may hold rows of this part of the lake, sorted."""
        found = self._table(name)
        found.update_incremental()
        return sorted(found.file_uris(file_pruning_predicate=_predicate(scope, name) or None))

    def version(self, name: str = "events") -> int:
        """Give the number of the last commit."""
        found = self._table(name)
        found.update_incremental()
        return found.version()

    def _table(self, name: str) -> DeltaTable:
        if name not in self._tables:
            self._tables[name] = opened(self.folder, name)
        return self._tables[name]


def opened(folder: Path, name: str) -> DeltaTable:
    """Open a table of a lake.

    Raises:
        InputError: it is not there, or cannot be read.
    """
    path = folder / name
    if not (path / "_delta_log").is_dir():
        hint = _("Fill one from logs: tocsin lake load ./logs. Or ask logs themselves: tocsin hunt … --logs ./logs")
        raise InputError(_("{path}: no lake here").format(path=folder), hint)
    try:
        return DeltaTable(str(path))
    except (DeltaError, OSError) as error:
        raise broken(folder, error) from error


def quoted(text: str) -> str:
    """Write a text as SQL does."""
    return "'" + text.replace("'", "''") + "'"


def _predicate(scope: Scope, name: str) -> str:
    """Write which partitions may hold rows of a part of the lake."""
    parts = []
    if scope.sites:
        parts.append("site in (" + ", ".join(quoted(site) for site in scope.sites) + ")")
    days = []
    if scope.since_us is not None:
        days.append(f"day >= {quoted(rows.day_of(scope.since_us))}")
    if scope.until_us is not None:
        days.append(f"day <= {quoted(rows.day_of(scope.until_us))}")
    if days and name == "events" and not any(table.MIXED in day for day in days):
        parts.append(f"({' and '.join(days)} or day = '{table.MIXED}')")
    return " and ".join(parts)


def broken(folder: Path, error: Exception) -> InputError:
    """Say in words that the disk or the lake fails."""
    reason = str(error).partition("\n")[0][:300]
    hint = _("Is the disk full, or read-only? The lake keeps what was committed before.")
    return InputError(_("{path}: the lake cannot be used: {reason}").format(path=folder, reason=reason), hint)


class Writer:
    """The one process that writes into a lake; makes the lake where there is none. Close it, or use `with`."""

    def __init__(self, folder: Path) -> None:
        """Raises:
        ConfigError: another process writes into this lake.
        InputError: the folder cannot be written.
        """
        self.folder = folder
        self._lock = _locked(folder)
        try:
            self._tables = {
                "events": _made(folder / "events", table.EVENTS),
                "rejects": _made(folder / "rejects", table.REJECTS),
            }
        except (DeltaError, OSError) as error:
            self.close()
            raise broken(folder, error) from error

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process write."""
        self._lock.close()

    def delta(self, name: str = "events") -> DeltaTable:
        """Give a table as it is now, for upkeep."""
        self._tables[name].update_incremental()
        return self._tables[name]

    def position(self, stream: str, name: str = "events") -> int:
        """Say how far a stream had come at the last commit; -1 when nothing of it is there."""
        version = self._tables[name].transaction_version(stream)
        return -1 if version is None else version

    def commit(
        self,
        found: pa.Table,
        positions: Mapping[str, int],
        name: str = "events",
        marks: Mapping[str, int] = NO_MARKS,
    ) -> bool:
        """Write rows and positions in one atomic commit; what is already there (all positions reached) is left out.

        `positions`: stream -> how far these rows bring it (an offset, a number that only grows). Safe to repeat.
        `marks`: numbers to be remembered with them, that need not grow; `position` gives them too.

        Raises:
            InputError: the disk is full, read-only or gone. Nothing of this commit is there then.
        """
        if positions and all(self.position(stream, name) >= place for stream, place in positions.items()):
            return False
        schema = table.EVENTS if name == "events" else table.REJECTS
        properties = CommitProperties(
            app_transactions=[Transaction(stream, place) for stream, place in sorted({**marks, **positions}.items())]
        )
        try:
            write_deltalake(
                self._tables[name],
                rows.whole(found, schema),
                mode="append",
                writer_properties=PROPERTIES,
                commit_properties=properties,
                post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=True),
            )
        except (DeltaError, OSError) as error:
            raise broken(self.folder, error) from error
        self._tables[name].update_incremental()
        return True


def _locked(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+")
    except OSError as error:
        raise broken(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise ConfigError(
            _("{path}: another process writes into this lake").format(path=folder),
            _("Stop it first, or choose another lake with --lake."),
        ) from error
    return lock


def _made(path: Path, schema: pa.Schema) -> DeltaTable:
    """Open a table, or make it; columns that a newer Tocsin has are added."""
    if not (path / "_delta_log").is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return DeltaTable.create(
            str(path), schema=schema, partition_by=table.PARTITION, configuration=SETTINGS, mode="ignore"
        )
    found = DeltaTable(str(path))
    known = {field.name for field in found.schema().fields}
    if any(field.name not in known for field in schema):
        write_deltalake(found, schema.empty_table(), mode="append", schema_mode="merge")
        found = DeltaTable(str(path))
    return found


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Put tables of rows below each other, whatever columns each has."""
    return pa.concat_tables(list(tables), promote_options="default")


def size_bytes(folder: Path) -> int:
    """Say how much disk a lake takes, what it no longer needs included."""
    total = 0
    for root, _folders, names in os.walk(folder):
        for name in names:
            total += (Path(root) / name).stat(follow_symlinks=False).st_size
    return total
