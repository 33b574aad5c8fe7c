"""The progress line: bar, rate, findings so far; wiped at the end."""

from __future__ import annotations

import io

import pytest

from tocsin import clock
from tocsin.cli.progress import Meter
from tocsin.pipeline import Progress
from tocsin.report.words import speech

HALF = Progress(1, 2, 500, 1000, 48_000, 3)


class Terminal(io.StringIO):
    """A stream that says its encoding."""

    encoding = "utf-8"


def meter(moving: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[Meter, Terminal, list[float]]:
    now = [0.0]
    monkeypatch.setattr(clock, "elapsed_s", lambda: now[0])
    stream = Terminal()
    return Meter(stream, speech("en"), moving), stream, now


def test_a_moving_line(monkeypatch: pytest.MonkeyPatch) -> None:
    line, stream, now = meter(True, monkeypatch)
    line(HALF)
    assert stream.getvalue() == ""
    now[0] = 2.0
    line(HALF)
    expected = "██████████░░░░░░░░░░  50\u00a0% 48,000 events · 24,000/s · 3 findings · 2.0\u00a0s left"
    assert stream.getvalue() == f"\r\x1b[K{expected}"
    line.close()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_plain_lines_each_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    line, stream, now = meter(False, monkeypatch)
    for second in range(25):
        now[0] = float(second)
        line(HALF)
    line.close()
    assert len(stream.getvalue().splitlines()) == 2
    assert "\r" not in stream.getvalue()


def test_standard_input_has_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    line, _, _ = meter(True, monkeypatch)
    text = line.line(Progress(0, 1, 500, 0, 10, 0), 1.0)
    assert text == "10 events · 10/s · 0 findings"
