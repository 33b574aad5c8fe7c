"""The wiring: paths in, incidents out. The one file that knows all rooms.

Enters: `ScanOptions`. Leaves: `ScanResult`; progress is told on the way. The same input gives the same result,
whatever the number of worker processes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from tocsin import clock, rulebook, stakes
from tocsin.correlate import ClockOffset, Correlator
from tocsin.detect import intel
from tocsin.detect.behaviour import DETECTORS, Watcher
from tocsin.detect.findings import Episodes, from_correlation
from tocsin.detect.intel import Indicator, Indicators
from tocsin.detect.sigma import Engine
from tocsin.detect.sigma.correlation import Hit, correlate
from tocsin.errors import InputError
from tocsin.examine import TOLD_HITS, Examined, Examiner, give_up
from tocsin.ingest import files, order
from tocsin.model import Finding, Incident, Reject
from tocsin.model.voice import Voice
from tocsin.probes.contract import BLOCK_BYTES, Block
from tocsin.workers import Workers

_ENGLISH = Voice()


class ScanOptions(Struct, frozen=True):
    """What to scan and how. `rules` are folders or files besides the starter pack and the added rules."""

    paths: tuple[str, ...]
    site: str = "local"
    rules: tuple[str, ...] = ()
    intel: tuple[str, ...] = ()
    """Files of indicators: STIX, MISP, CSV, plain; MISP warning lists name what never counts."""
    care: str = ""
    """The care map of the place: a folder, or the name of one that ships."""
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
    clocks: tuple[ClockOffset, ...] = ()
    """Clocks that were found to be off; what they wrote was put right by so much."""


class ScanResult(Struct, frozen=True):
    """Incidents, most urgent first, and the figures."""

    incidents: tuple[Incident, ...]
    summary: Summary


MAX_REJECTS = 1000


def scan(
    options: ScanOptions,
    progress: Callable[[Progress], None] = lambda _: None,
    voice: Voice = _ENGLISH,
    engine: Engine | None = None,
) -> ScanResult:
    """Read everything under the paths and give the incidents found in it, told in the voice's language.

    `engine` is one that was made before, to scan many times with the same rules; else the options' rules are loaded.

    Raises:
        InputError: a path does not exist or cannot be read at all, or a file of indicators holds none.
        ConfigError: a rules folder does not exist, or the care map has faults.
    """
    started = clock.elapsed_s()
    paths = files.find(options.paths)
    skipped: tuple[SkippedRule, ...] = ()
    if engine is None:
        engine, skipped = _load(options)
    atlas = stakes.load(options.care) if options.care else None
    watcher = Watcher(DETECTORS, options.site, stakes.surroundings(atlas, options.site) if atlas else None)
    tally = _Tally(paths, watcher, progress)
    examiner = Examiner(engine, watcher.needs, _indicators(options.intel), options.since_us, options.until_us)
    workers = Workers(_worker_count(options, tally.bytes_total), examiner, give_up)
    for examined in workers.run(_tasks(paths, options.site, tally)):
        tally.add(examined)
    incidents = tally.incidents(engine, voice)
    if atlas is not None:
        incidents = stakes.weighed(incidents, atlas)
    return ScanResult(
        incidents=tuple(incidents),
        summary=Summary(
            records=tally.events + tally.rejected,
            events=tally.events,
            rejected=tally.rejected,
            by_source=dict(sorted(tally.by_source.items())),
            findings=tally.findings,
            incidents=len(incidents),
            seconds=clock.elapsed_s() - started,
            rules_loaded=len(engine.compiled.rules),
            rules_skipped=skipped,
            rejects=tuple(tally.rejects),
            clocks=tuple(tally.clocks),
        ),
    )


def _load(options: ScanOptions) -> tuple[Engine, tuple[SkippedRule, ...]]:
    folders = [Path(folder) for folder in options.rules]
    book = rulebook.load(folders, Path(options.data_dir) if options.data_dir else rulebook.data_dir())
    return Engine(book.compiled), tuple(SkippedRule(one.id, one.reason, one.path) for one in book.skipped)


def _indicators(paths: Iterable[str]) -> Indicators:
    """Read files of indicators; a file's name is its indicators' source where they state none."""
    indicators: list[Indicator] = []
    known_good: list[str] = []
    for path in files.find(paths):
        text = path.read_text("utf-8", "replace")
        listed = list(intel.warning_list(text))
        known_good += listed
        found = [] if listed else list(intel.read(text, path.name))
        if not listed and not found:
            raise InputError(f"{path}: no indicator in this file", "STIX, MISP, CSV with a header, or one a line.")
        indicators += found
    return Indicators(indicators, known_good)


def _worker_count(options: ScanOptions, size: int) -> int:
    """Small inputs are read faster without other processes."""
    if options.workers:
        return options.workers
    return len(os.sched_getaffinity(0)) if size == 0 or size > SMALL_BYTES else 1


SMALL_BYTES = 4 << 20
TASK_BYTES = BLOCK_BYTES


def _tasks(paths: Iterable[Path], site: str, tally: _Tally) -> Iterator[list[Block | Reject]]:
    """Gather blocks into tasks of about `TASK_BYTES`: many small files make one task."""
    task: list[Block | Reject] = []
    size = 0
    for item in order.blocks(paths, site, tally.read, tally.done):
        task.append(item)
        size += len(item.data) if isinstance(item, Block) else len(item.raw)
        if size >= TASK_BYTES or len(task) >= MAX_REJECTS:
            yield task
            task, size = [], 0
    if task:
        yield task


class _Tally:
    """What has been found so far, and how far the scan is."""

    def __init__(self, paths: list[Path], watcher: Watcher, progress: Callable[[Progress], None]) -> None:
        self._watcher = watcher
        self._progress = progress
        self._files_total = len(paths)
        self.bytes_total = sum(path.stat().st_size for path in paths if str(path) != "-")
        self.files_done = self._bytes_done = 0
        self.events = self.rejected = self.findings = 0
        self.by_source: Counter[str] = Counter()
        self.rejects: list[Reject] = []
        self.clocks: list[ClockOffset] = []
        self._episodes = Episodes()
        self._correlator = Correlator()
        self._hits: list[tuple[Hit, Finding | None]] = []
        self._told: Counter[tuple[int, tuple[str, ...]]] = Counter()

    def read(self, size: int) -> None:
        """Take note of bytes read."""
        self._bytes_done += size

    def done(self) -> None:
        """Take note that a file was read to its end."""
        self.files_done += 1

    def add(self, examined: Examined) -> None:
        """Take the result of one task."""
        self.events += examined.events
        self.rejected += examined.rejected
        self.by_source.update(examined.by_source)
        self.rejects.extend(examined.rejects[: MAX_REJECTS - len(self.rejects)])
        self._episodes.add_all(examined.findings)
        self._episodes.add_all(self._watcher.watch(examined.facts))
        self.findings += len(examined.findings)
        for (binding, slot), count in examined.bindings.items():
            self._correlator.bind(binding, slot, count)
        if examined.met is not None:
            self._correlator.met(examined.met)
        for (host, offset_s), count in examined.clocks.items():
            self._correlator.clock(host, offset_s, count)
        for hit, finding in examined.hits[: MAX_HITS - len(self._hits)]:
            group = (hit.correlation, hit.group)
            self._told[group] += 1
            self._hits.append((hit, finding if self._told[group] <= TOLD_HITS else None))
        self._progress(
            Progress(self.files_done, self._files_total, self._bytes_done, self.bytes_total, self.events, self.findings)
        )

    def incidents(self, engine: Engine, voice: Voice) -> list[Incident]:
        """Correlate what was found."""
        self._episodes.add_all(_correlated(engine, self._hits))
        self._episodes.add_all(self._watcher.finish())
        found = self._episodes.close()
        self.findings = len(found)
        for finding in found:
            self._correlator.observe(finding)
        self.clocks = self._correlator.offsets()
        return self._correlator.incidents(voice)


def _correlated(engine: Engine, hits: list[tuple[Hit, Finding | None]]) -> Iterator[Finding]:
    """Give the findings of correlation rules."""
    hits.sort(key=lambda pair: (pair[0].time_us, pair[0].event, pair[0].correlation))
    told: dict[tuple[int, tuple[str, ...]], Finding] = {}
    for hit, finding in hits:
        if finding is not None:
            told.setdefault((hit.correlation, hit.group), finding)
    for match in correlate(engine.compiled, [hit for hit, _ in hits]):
        behind = [finding for index in match.hits if (finding := hits[index][1]) is not None]
        if not behind and (match.rule, match.group) in told:
            behind = [told[match.rule, match.group]]
        if behind:
            yield from_correlation(engine.compiled.rules[match.rule], match, behind)


MAX_HITS = 500_000
"""Events that correlation rules may remember in one scan: memory stays bounded."""
