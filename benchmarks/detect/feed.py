"""Feed one input to the product as a stranger would see it: neutral names, no labels.

Enters: files of the development data. Leaves: what a scan gives, all findings included. Files are linked (or, when
labels must go, copied) under numbers in a temporary folder; columns that hold labels are emptied.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tocsin import pipeline, rulebook
from tocsin.correlate import Correlator
from tocsin.detect.sigma import Engine
from tocsin.model import Finding, Incident
from tocsin.model.voice import Voice
from tocsin.rulebook import loading
from tocsin.rulebook.finding import rule_files

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".data"
TRUTH = Path(__file__).parent / "truth"
RESULTS = Path(__file__).parent / "results"

LABELS = frozenset(
    {"label", "detailedlabel", "detailed_label", "time_label", "event_label", "expected", "ground_truth"}
)


@dataclass(frozen=True)
class Fed:
    """What one scan gave."""

    incidents: tuple[Incident, ...]
    findings: tuple[Finding, ...]
    events: int
    seconds: float


def need(*paths: str) -> None:
    """Leave with a clear message when the development data is not there.

    Raises:
        SystemExit: a path is missing below `.data`.
    """
    missing = [path for path in paths if not (DATA / path).exists()]
    if missing:
        sys.exit(f"The development data is not unpacked in {DATA.name}/ (missing: {', '.join(missing)}).")


def engine(folders: Sequence[Path] = (), starter: bool = True) -> Engine:
    """Load the starter pack (or, for a peer, not) and the rules of these folders; rules that were added do not count.

    Each combination has its own cache, so that none pushes out another or the user's.
    """
    kept = rulebook.data_dir() / "benchmarks" / f"{'with' if starter else 'without'}-{len(folders)}"
    if starter:
        return Engine(rulebook.load(list(folders), kept).compiled)
    files = [file for folder in folders for file in rule_files(folder, "")]
    return Engine(loading.compiled_of(files, kept, lambda _done, _total: None))


def content_key(path: Path) -> str:
    """Name a file by its content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def feed(files: Iterable[Path], rules: Engine) -> Fed:
    """Scan files under neutral names in one process. Zeek logs with labels lose them, all else is linked."""
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(files):
            target = Path(folder, f"{number:04}")
            lines = unlabelled(path)
            if lines is None:
                target.symlink_to(path.resolve())
            else:
                target.write_bytes(lines)
        return scan(folder, rules)


def feed_lines(lines: Iterable[bytes], rules: Engine) -> Fed:
    """Scan records, one a line."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "0000").write_bytes(b"\n".join(lines) + b"\n")
        return scan(folder, rules)


def scan(folder: str, rules: Engine) -> Fed:
    """Scan a folder as the product does and keep the findings that the correlator saw."""
    seen: list[Finding] = []

    class Recorder(Correlator):
        def observe(self, finding: Finding) -> None:
            seen.append(finding)
            super().observe(finding)

    begun_s = time.perf_counter()
    with mock.patch.object(pipeline, "Correlator", Recorder):
        result = pipeline.scan(pipeline.ScanOptions((folder,), workers=1), voice=Voice(), engine=rules)
    return Fed(result.incidents, tuple(seen), result.summary.events, time.perf_counter() - begun_s)


def unlabelled(path: Path) -> bytes | None:
    """Give the content of a Zeek TSV or CSV log without its label columns; None when it has none."""
    whole = path.read_bytes()
    if whole[:2] == b"\x1f\x8b":
        whole = gzip.decompress(whole)
    head = whole[:4096]
    if head.startswith(b"#separator"):
        return _without(whole, b"\t", lambda line: line.startswith(b"#fields"), shift=1)
    if b"," in head.partition(b"\n")[0] and not head.lstrip().startswith((b"{", b"[")):
        return _without(whole, b",", lambda _: True, shift=0)
    return None


def _without(whole: bytes, separator: bytes, is_header: Callable[[bytes], bool], shift: int) -> bytes | None:
    lines = whole.split(b"\n")
    header = next((line for line in lines if is_header(line)), b"")
    names = header.strip().split(separator)[shift:]
    drop = {at for at, name in enumerate(names) if name.decode("latin-1").strip().lower() in LABELS}
    if not drop:
        return None
    return b"\n".join(_cut(line, separator, drop, shift) for line in lines)


def _cut(line: bytes, separator: bytes, drop: set[int], shift: int) -> bytes:
    if line.startswith(b"#"):
        if not line.startswith((b"#fields", b"#types")):
            return line
    else:
        shift = 0
    cells = line.split(separator)
    return separator.join(cell for at, cell in enumerate(cells) if at - shift not in drop)


def truth(name: str) -> Iterator[dict[str, str]]:
    """Read one of our tables of truth: tab-separated with a header; lines with `#` are remarks."""
    lines = [line for line in (TRUTH / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    header = lines[0].split("\t")
    for line in lines[1:]:
        yield dict(zip(header, line.split("\t"), strict=True))


def progress(text: str) -> None:
    """Show where a run is, apart from its results."""
    print(text, file=sys.stderr, flush=True)
