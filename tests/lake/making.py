"""Events for the tests of the lake: all golden cases of the probes, and made-up ones."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from tests.probes.test_golden import CASES, read_all
from tocsin.lake import rows
from tocsin.lake.store import Writer
from tocsin.model import Event, Origin

NOW_US = 1_772_500_000_000_000
DAY_US = 86_400_000_000


@lru_cache(maxsize=1)
def golden_events() -> tuple[Event, ...]:
    """Give the events of all golden cases: every probe, every dialect."""
    return tuple(item for case in CASES for item in read_all(case) if isinstance(item, Event))


def event(native: dict[str, Any], at_us: int | None = NOW_US, rank: int = 0, site: str = "chu") -> Event:
    """Make an event of a Zeek connection, or of whatever `source` says."""
    source = native.pop("source", "zeek.conn")
    return Event(source, at_us, native, orjson.dumps(native), Origin("made.log", b"key"), rank, 0, site)


def connection(
    client: str, server: str, port: int = 443, at_us: int = NOW_US, rank: int = 0, site: str = "chu"
) -> Event:
    """Make a connection that Zeek saw."""
    ends = {"id.orig_h": client, "id.orig_p": 50_000, "id.resp_h": server, "id.resp_p": port}
    return event({"ts": at_us / 1e6, "uid": f"C{rank}", **ends, "proto": "tcp"}, at_us, rank, site)


def fill(folder: Path, events: list[Event] | tuple[Event, ...], ingest_us: int = NOW_US) -> None:
    """Put events in a lake."""
    with Writer(folder) as writer:
        writer.commit(rows.of_events(events, ingest_us), {})
