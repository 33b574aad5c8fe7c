"""The wiring: paths in, incidents out. The one file that knows all rooms.

Enters: `ScanOptions`. Leaves: `ScanResult`; progress is told on the way. The same input gives the same result,
whatever the number of worker processes.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tocsin.model import Incident, Reject


class ScanOptions(Struct, frozen=True):
    """What to scan and how. `rules` are folders or files besides the starter pack and the added rules."""

    paths: tuple[str, ...]
    site: str = "local"
    rules: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    workers: int = 0
    """Worker processes; 0 chooses by the number of cores and the size of the input."""
    data_dir: str = ""
    """Where added rules and the compiled cache live."""


class Progress(Struct, frozen=True):
    """How far a scan is."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    events: int
    findings: int


class SkippedRule(Struct, frozen=True):
    """A rule that could not be used, and why."""

    id: str
    reason: str
    path: str = ""


class Summary(Struct, frozen=True):
    """The figures of a scan. `rejects` holds the first `MAX_REJECTS`; `rejected` counts all."""

    records: int
    events: int
    rejected: int
    by_source: dict[str, int]
    findings: int
    incidents: int
    seconds: float
    rules_loaded: int
    rules_skipped: tuple[SkippedRule, ...]
    rejects: tuple[Reject, ...] = ()


class ScanResult(Struct, frozen=True):
    """Incidents, most urgent first, and the figures."""

    incidents: tuple[Incident, ...]
    summary: Summary


MAX_REJECTS = 1000


def scan(options: ScanOptions, progress: Callable[[Progress], None] = lambda _: None) -> ScanResult:
    """Read everything under the paths and give the incidents found in it.

    Raises:
        InputError: a path does not exist or cannot be read at all.
        ConfigError: a rules folder does not exist.
    """
    raise NotImplementedError
