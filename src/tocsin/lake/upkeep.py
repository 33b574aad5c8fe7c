"""Keep a lake small and quick, and forget what must be forgotten.

Enters: a `Writer`, and the day that it is now. Leaves: fewer and larger files, rows erased, disk given back.
Small commits are joined; days that are over are put in order of time; what retention or a person says is deleted,
and then wiped from the disk, not only hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from deltalake.exceptions import DeltaError

from tocsin.errors import ConfigError
from tocsin.i18n import _
from tocsin.lake import entities, rows, table
from tocsin.lake.reading import Reader, name_in_sql
from tocsin.lake.store import PROPERTIES, Lake, Scope, Writer, broken, quoted, size_bytes
from tocsin.model.times import rfc3339

DATA_CLASSES: dict[str, tuple[int, int]] = {
    "system": (1000, 2000),
    "finding": (2000, 3000),
    "identity": (3000, 4000),
    "network": (4000, 5000),
    "inventory": (5000, 6000),
    "application": (6000, 7000),
}
"""Classes of data that retention may tell apart: OCSF categories, as the first and the last but one class number."""

OTHER = "other"
"""What has no OCSF class."""

TARGET_BYTES = 128 << 20
INSTANT, INSTANT_END = "/*<*/", "/*>*/"
"""Stand around an instant in a condition: Delta and DuckDB write its type each in its own way."""

_DAY_US = 86_400_000_000
_TABLES = ("events", "rejects")


class Retention(NamedTuple):
    """Rows of a site (empty: all) and a data class (empty: all) are kept for so many days."""

    days: int
    site: str = ""
    data_class: str = ""


class Compacted(NamedTuple):
    """Files before and after, bytes on disk before and after."""

    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


def compact(writer: Writer, now_us: int) -> Compacted:
    """Join small files, put closed days in order of time, give back the disk of what is no longer needed.

    Raises:
        InputError: the lake cannot be written.
    """
    before = _files(writer), size_bytes(writer.folder)
    today = rows.day_of(now_us)
    try:
        for name in _TABLES:
            delta = writer.delta(name)
            for site, day in sorted({(one["site"], one["day"]) for one in delta.partitions()}):
                _compact_one(writer, name, site or "", day or "", closed=day < today)
            _wipe(writer, name, hours=1)
    except (DeltaError, OSError) as error:
        raise broken(writer.folder, error) from error
    return Compacted(before[0], _files(writer), before[1], size_bytes(writer.folder))


def _compact_one(writer: Writer, name: str, site: str, day: str, closed: bool) -> None:
    """Join the files of one partition; one that is over is sorted, once."""
    delta = writer.delta(name)
    where = [("site", "=", site), ("day", "=", day)]
    found = delta.file_uris(file_pruning_predicate=f"site = {quoted(site)} and day = {quoted(day)}")
    if len(found) < 2:
        return
    if closed and name == "events":
        delta.optimize.z_order(
            ["time"], partition_filters=where, target_size=TARGET_BYTES, writer_properties=PROPERTIES
        )
    else:
        delta.optimize.compact(partition_filters=where, target_size=TARGET_BYTES, writer_properties=PROPERTIES)


def _files(writer: Writer) -> int:
    return sum(len(writer.delta(name).file_uris()) for name in _TABLES)


def _wipe(writer: Writer, name: str, hours: int) -> None:
    """Remove from the disk what no table state of the last hours needs, and what killed writers left."""
    delta = writer.delta(name)
    delta.create_checkpoint()
    delta.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True)
    delta.cleanup_metadata()


def retain(writer: Writer, rules: Iterable[Retention], now_us: int) -> int:
    """Delete what is older than it may be; give the number of rows. They leave the disk with the next `compact`.

    Raises:
        ConfigError: there is no such data class.
        InputError: the lake cannot be written.
    """
    wanted = [(name, where) for rule in rules for name, where in _too_old(rule, now_us)]
    return sum(_delete(writer, name, where) for name, where in wanted)


def count_to_retain(folder: Path, rules: Iterable[Retention], now_us: int) -> int:
    """Say how many rows `retain` would delete. Raises as it does."""
    wanted: dict[str, list[str]] = {name: [] for name in _TABLES}
    for rule in rules:
        for name, where in _too_old(rule, now_us):
            wanted[name].append(f"({where})")
    with Reader(Lake(folder)) as reader:
        asked = [f"SELECT count(*) FROM {name} WHERE {' OR '.join(one)}" for name, one in wanted.items() if one]
        asked = [sql.replace(INSTANT, "CAST(").replace(INSTANT_END, " AS TIMESTAMPTZ)") for sql in asked]
        return sum(int(reader.ask(sql).rows[0][0]) for sql in asked)


def _too_old(rule: Retention, now_us: int) -> Iterator[tuple[str, str]]:
    """Give, by table, the condition of what a rule deletes. Rows of mixed days are as old as their arrival."""
    first_kept = now_us - rule.days * _DAY_US
    day = quoted(rows.day_of(first_kept))
    where = f" AND site = {quoted(rule.site)}" if rule.site else ""
    arrived = f"ingest_time < {INSTANT}{quoted(rfc3339(first_kept) or '')}{INSTANT_END}"
    kind = f" AND {_of_class(rule.data_class)}" if rule.data_class else ""
    yield "events", f"((day < {day}) OR (day = '{table.MIXED}' AND {arrived})){where}{kind}"
    if not rule.data_class:
        yield "rejects", f"day < {day}{where}"


def _of_class(name: str) -> str:
    if name == OTHER:
        return "class_uid IS NULL"
    if name not in DATA_CLASSES:
        raise ConfigError(
            _("there is no data class “{name}”").format(name=name),
            _("Classes: {names}").format(names=", ".join((*DATA_CLASSES, OTHER))),
        )
    first, end = DATA_CLASSES[name]
    return f"class_uid >= {first} AND class_uid < {end}"


def erase(writer: Writer, site: str, host: str = "") -> int:
    """Erase a site, or what its records say of one host (by name or address), from the disk; give the rows erased.

    Raises:
        InputError: the lake cannot be written.
    """
    where = f"site = {quoted(site)}"
    if host:
        spellings = " OR ".join(f"array_has(entities, {quoted(name)})" for name in entities.asked(host))
        deleted = _delete(writer, "events", f"{where} AND ({spellings or 'false'})")
    else:
        deleted = sum(_delete(writer, name, where) for name in _TABLES)
    try:
        for name in _TABLES:
            _wipe(writer, name, hours=0)
    except (DeltaError, OSError) as error:
        raise broken(writer.folder, error) from error
    return deleted


def count_to_erase(folder: Path, site: str, host: str = "") -> int:
    """Say how many rows `erase` would erase."""
    with Reader(Lake(folder), Scope((site,))) as reader:
        if not host:
            sql = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM rejects)"
            return int(reader.ask(sql).rows[0][0])
        sql = "SELECT count(*) FROM events WHERE list_has_any(entities, ?)"
        return int(reader.ask(sql, (entities.asked(host),)).rows[0][0])


def _delete(writer: Writer, name: str, predicate: str) -> int:
    predicate = predicate.replace(INSTANT, "arrow_cast(").replace(
        INSTANT_END, ", 'Timestamp(Microsecond, Some(\"UTC\"))')"
    )
    try:
        counted = writer.delta(name).delete(predicate, writer_properties=PROPERTIES)
    except (DeltaError, OSError) as error:
        raise broken(writer.folder, error) from error
    return int(counted.get("num_deleted_rows") or 0)


class Stats(NamedTuple):
    """What a lake holds. Times in microseconds since 1970 UTC; None in an empty lake."""

    events: int
    rejects: int
    first_us: int | None
    last_us: int | None
    files: int
    size_bytes: int
    by_site: Sequence[tuple[str, int]]
    by_source: Sequence[tuple[str, int]]


def stats(folder: Path, sites: tuple[str, ...] = ()) -> Stats:
    """Count what a lake holds, of these sites or of all.

    Raises:
        InputError: there is no lake here.
    """
    lake = Lake(folder)
    scope = Scope(sites)
    with Reader(lake, scope) as reader:
        count, first, last = reader.ask("SELECT count(*), epoch_us(min(time)), epoch_us(max(time)) FROM events").rows[0]
        rejects = reader.ask("SELECT count(*) FROM rejects").rows[0][0]
        by_site, by_source = (_counted(reader, name) for name in ("site", "source"))
    return Stats(count, rejects, first, last, len(lake.files(scope)), size_bytes(folder), by_site, by_source)


def _counted(reader: Reader, name: str) -> list[tuple[str, int]]:
    column = name_in_sql(name)
    sql = f"SELECT {column}, count(*) FROM events GROUP BY ALL ORDER BY count(*) DESC, {column}"
    return [(str(value), int(number)) for value, number in reader.ask(sql).rows]
