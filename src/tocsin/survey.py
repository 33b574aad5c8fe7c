"""The wiring of discovery: paths in, what was seen out. Reads as a scan does, in several processes.

Enters: paths, the site, a care map. Leaves: `Observed`; progress is told on the way. The same input gives the same
result, whatever the number of worker processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from tocsin.care.atlas import Atlas
from tocsin.discover import keeping, makers
from tocsin.discover.census import Census
from tocsin.discover.observing import Observed, observe
from tocsin.discover.places import Places
from tocsin.discover.reading import Reader
from tocsin.errors import InputError
from tocsin.i18n import _
from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.pipeline import SMALL_BYTES, TASK_BYTES, Progress
from tocsin.probes.contract import Block
from tocsin.probes.formats import BY_NAME
from tocsin.workers import Workers

SEEN = "observed.jsonl"
"""The file of a folder of observations that holds everything."""
Task = list[Block | Reject]
_BATCH = 5_000


class Survey(Struct, frozen=True):
    """What to read and how. `registry` is a file of makers by hardware address; `workers` 0 chooses."""

    paths: tuple[str, ...]
    site: str = "local"
    workers: int = 0
    registry: Path | None = None


def survey(asked: Survey, atlas: Atlas, progress: Callable[[Progress], None] = lambda _: None) -> Observed:
    """Read everything under the paths and say what machines are there, what they do and who talks to whom.

    Raises:
        InputError: a path does not exist or cannot be read at all, or the registry holds no maker.
    """
    table = _registry(asked.registry) if asked.registry else {}
    places = Places(atlas, asked.site)
    paths = files.find(asked.paths)
    feed = _Feed(paths, asked.site)
    whole = Census()
    workers = Workers(_count(asked.workers, feed.bytes_total), Counting(places), _given_up)
    for census in workers.run(feed.tasks()):
        whole.merge(census)
        progress(Progress(feed.files_done, len(paths), feed.bytes_done, feed.bytes_total, whole.events, 0))
    return observe(whole, places.site, places, table)


def is_kept(path: str) -> bool:
    """Say whether a path is a folder (or its file) that `tocsin care observe` wrote."""
    return (Path(path) / SEEN).is_file() or Path(path).name == SEEN


def kept(path: str) -> Observed:
    """Read what an earlier survey saw.

    Raises:
        InputError: the file cannot be read, or is damaged.
    """
    file = Path(path) if Path(path).name == SEEN else Path(path) / SEEN
    try:
        with file.open("rb") as stream:
            return keeping.read(stream)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", _("Check the path.")) from error
    except ValueError as error:
        hint = _("Write it again with tocsin care observe.")
        raise InputError(_("{path}: these are no observations").format(path=file), hint) from error


class Counting:
    """Counts the events of one task; runs in a worker."""

    def __init__(self, places: Places) -> None:
        self._reader = Reader(places.abroad)

    def __call__(self, task: Sequence[Block | Reject]) -> Census:
        """Count one task."""
        census = Census()
        events: list[Event] = []
        for item in task:
            for record in (item,) if isinstance(item, Reject) else BY_NAME[item.format].read(item):
                if isinstance(record, Reject):
                    census.rejected += 1
                    continue
                events.append(record)
                if len(events) >= _BATCH:
                    self._count(events, census)
                    events = []
        self._count(events, census)
        return census

    def _count(self, events: list[Event], census: Census) -> None:
        census.events += len(events)
        self._reader.read(events, census)


def _given_up(task: Iterable[Block | Reject]) -> Census:
    return Census(rejected=sum(1 for _item in task))


class _Feed:
    """The files as tasks, and how far their reading is."""

    def __init__(self, paths: Sequence[Path], site: str) -> None:
        self._paths = paths
        self._site = site
        self.bytes_total = sum(path.stat().st_size for path in paths if str(path) != "-")
        self.bytes_done = self.files_done = 0

    def tasks(self) -> Iterator[Task]:
        """Gather blocks into tasks of about `TASK_BYTES`: many small files make one task."""
        task: Task = []
        size = 0
        for path in self._paths:
            for item in files.blocks(path, self._site, self._read):
                task.append(item)
                size += len(item.data) if isinstance(item, Block) else len(item.raw)
                if size >= TASK_BYTES:
                    yield task
                    task, size = [], 0
            self.files_done += 1
        if task:
            yield task

    def _read(self, size: int) -> None:
        self.bytes_done += size


def _count(asked: int, size: int) -> int:
    """Small inputs are read faster without other processes."""
    return asked or (len(os.sched_getaffinity(0)) if size == 0 or size > SMALL_BYTES else 1)


def _registry(file: Path) -> dict[str, str]:
    try:
        found = dict(makers.read_registry(file.read_text("utf-8", "replace")))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", _("Check the path.")) from error
    if not found:
        hint = _("Give the IEEE’s oui.csv or oui.txt, or Wireshark’s manuf.")
        raise InputError(_("{path}: no maker in this file").format(path=file), hint)
    return found
