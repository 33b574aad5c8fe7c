"""Run the command line in this process, with a pipeline that gives a made-up result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.report.samples import RESULT
from tocsin import cli, pipeline
from tocsin.model.voice import Voice
from tocsin.pipeline import Progress, ScanOptions, ScanResult


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


class FakePipeline:
    """Stands for the pipeline: remembers its options, gives `result` or raises `error`."""

    def __init__(self) -> None:
        self.result: ScanResult = RESULT
        self.error: BaseException | None = None
        self.options: ScanOptions | None = None
        self.voice: Voice | None = None

    def scan(self, options: ScanOptions, progress: Callable[[Progress], None], voice: Voice) -> ScanResult:
        self.options, self.voice = options, voice
        progress(Progress(1, 2, 500, 1000, 1200, 3))
        if self.error:
            raise self.error
        return self.result


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    stand_in = FakePipeline()
    monkeypatch.setattr(pipeline, "scan", stand_in.scan)
    return stand_in


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `tocsin` with arguments, away from any configuration and in English unless told otherwise."""
    for name in ("TOCSIN_CONFIG", "TOCSIN_LANG", "TOCSIN_SITE", "LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as left:
            cli.main(list(arguments))
        captured = capsys.readouterr()
        return Outcome(int(left.value.code or 0), captured.out, captured.err)

    return command
