"""The rejects: records that could not be read. They are kept, shown, and read again when Tocsin can read more.

Enters: a lake's folder. Leaves: rejects to look at; events, for those that can be read now.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tocsin import clock
from tocsin.lake import rows
from tocsin.lake.reading import Reader
from tocsin.lake.store import Lake, Writer, quoted
from tocsin.model import Event, Origin
from tocsin.probes.contract import KEPT_REJECT_BYTES, Block
from tocsin.probes.formats import BY_NAME, recognise

_COLUMNS = 'site, epoch_us(ingest_time), reject_id, origin, origin_key, "offset", reason, raw_bytes'
_BATCH = 1000


class Kept(NamedTuple):
    """A record that could not be read: when it came, where it stands, why, its first bytes."""

    id: str
    time_us: int
    site: str
    origin: str
    offset: int
    reason: str
    raw: bytes


class Replayed(NamedTuple):
    """Rejects that became events, and those that are still rejects."""

    records: int
    left: int


def newest(folder: Path, limit: int) -> Iterator[Kept]:
    """Give the newest rejects."""
    with Reader(Lake(folder)) as reader:
        sql = f'SELECT {_COLUMNS} FROM rejects ORDER BY ingest_time DESC, origin, "offset" LIMIT {int(limit)}'
        for site, time_us, reject_id, origin, _key, offset, reason, raw in reader.ask(sql).rows:
            yield Kept(reject_id, time_us, site, origin, offset, reason, raw)


def replay(folder: Path) -> Replayed:
    """Read all rejects again; those that are whole and give events now are events, and rejects no longer.

    Safe to interrupt: events are committed under the reject's own name before it is removed.

    Raises:
        ConfigError: another process writes into this lake.
    """
    read = left = 0
    Lake(folder)
    with Writer(folder) as writer:
        with Reader(Lake(folder)) as reader:
            found = reader.ask(f"SELECT {_COLUMNS} FROM rejects").rows
        for start in range(0, len(found), _BATCH):
            batch = found[start : start + _BATCH]
            gone = [row for row in batch if _became_events(writer, row)]
            read, left = read + len(gone), left + len(batch) - len(gone)
            if gone:
                ids = ", ".join(quoted(str(row[2])) for row in gone)
                writer.delta("rejects").delete(f"reject_id in ({ids})")
    return Replayed(read, left)


def _became_events(writer: Writer, row: tuple[Any, ...]) -> bool:
    site, _time, reject_id, origin, key, offset, _reason, raw = row
    events = _read(raw, Origin(origin, bytes.fromhex(key)), offset, site)
    if not events:
        return False
    writer.commit(rows.of_events(events, clock.now_us()), {f"replay:{site}:{reject_id}": 1})
    return True


def _read(raw: bytes, origin: Origin, offset: int, site: str) -> list[Event]:
    """Give the events of a reject's bytes; none when they are cut off or anything in them is still unreadable."""
    if not raw or len(raw) >= KEPT_REJECT_BYTES:
        return []
    found: list[Event] = []
    for block in recognise(raw).cut(iter([raw]), origin, site):
        if not isinstance(block, Block):
            return []
        for record in BY_NAME[block.format].read(block):
            if not isinstance(record, Event):
                return []
            found.append(record)
    return [_placed(event, offset) for event in found]


def _placed(event: Event, offset: int) -> Event:
    """Put an event where the reject stood."""
    from msgspec.structs import replace

    return replace(event, offset=offset + event.offset)
