"""Load logs into a lake with a progress line, and say what came of it.

Enters: a lake's folder, paths. Leaves: a filled lake; text on standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tocsin import i18n
from tocsin.cli import session
from tocsin.cli.progress import Meter
from tocsin.i18n import _, n_
from tocsin.lake import loading
from tocsin.lake.loading import Loaded
from tocsin.lake.store import Writer
from tocsin.pipeline import Progress
from tocsin.report.words import speech

SMALL_BYTES = 4 << 20


def fill(folder: Path, paths: Sequence[str], site: str, workers: int, quiet: bool = False) -> Loaded:
    """Load everything under the paths.

    Raises:
        ConfigError: another process writes into this lake.
        InputError: a path does not exist, or the lake cannot be written.
    """
    moving = sys.stderr.isatty()
    meter = Meter(sys.stderr, speech(i18n.current()), moving, findings=False)
    told = (lambda progress: meter(_as_of_a_scan(progress))) if moving and not quiet else _silent
    try:
        with Writer(folder) as writer:
            return loading.load(writer, paths, site, workers or _workers(paths), told)
    finally:
        meter.close()


def _as_of_a_scan(progress: loading.Progress) -> Progress:
    """Give the meter what it knows to draw."""
    done, total = (progress.files_done, progress.files_total), (progress.bytes_done, progress.bytes_total)
    return Progress(*done, *total, progress.events, 0)


def _silent(progress: loading.Progress) -> None:
    """Tell nothing."""


def _workers(paths: Sequence[str]) -> int:
    """Small inputs are read faster without other processes."""
    size = 0
    for text in paths:
        path = Path(text)
        found = path.rglob("*") if path.is_dir() else [path]
        for file in found:
            size += file.stat().st_size if file.is_file() else 0
            if size > SMALL_BYTES:
                return len(os.sched_getaffinity(0))
    return 1


def tell(loaded: Loaded) -> None:
    """Say what a load came to."""
    words = speech(i18n.current())
    parts = [
        n_("{n} event", "{n} events", loaded.events).format(n=words.number(loaded.events)),
        _("in {duration}").format(duration=words.seconds(round(loaded.seconds))),
    ]
    if loaded.rejects:
        rejects = n_("{n} record set aside", "{n} records set aside", loaded.rejects)
        parts.append(rejects.format(n=words.number(loaded.rejects)) + " (tocsin lake rejects)")
    if loaded.known_files:
        known = n_("{n} file was there already", "{n} files were there already", loaded.known_files)
        parts.append(known.format(n=words.number(loaded.known_files)))
    session.note(" · ".join(parts))
