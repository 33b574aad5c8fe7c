"""Say on standard error how far a scan is: one line that moves on a terminal, plain lines elsewhere.

Enters: `Progress` values as the scan goes. Leaves: text on the stream given; the line is wiped at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from tocsin import clock
from tocsin.report.words import Speech

if TYPE_CHECKING:
    from tocsin.pipeline import Progress

_BAR = 20
_MOVING_S = 0.1
_PLAIN_S = 10.0


class Meter:
    """A progress line. `moving` redraws one line (a terminal); else a line each ten seconds.

    `findings` says whether findings are counted: a survey has none.
    """

    def __init__(self, stream: TextIO, words: Speech, moving: bool, findings: bool = True) -> None:
        self._stream = stream
        self._words = words
        self._moving = moving
        self._findings = findings
        self._every_s = _MOVING_S if moving else _PLAIN_S
        self._started_s = clock.elapsed_s()
        self._last_s = self._started_s
        self._drawn = False

    def __call__(self, progress: Progress) -> None:
        """Take note of how far the scan is; draw when it is time to."""
        now_s = clock.elapsed_s()
        if now_s - self._last_s < self._every_s:
            return
        self._last_s = now_s
        text = self.line(progress, now_s - self._started_s)
        self._stream.write(f"\r\x1b[K{text}" if self._moving else text + "\n")
        self._stream.flush()
        self._drawn = True

    def line(self, progress: Progress, elapsed_s: float) -> str:
        """Write the line: bar, share, events, rate, findings so far, time left."""
        words = self._words
        rate = progress.events / elapsed_s if elapsed_s > 0 else 0.0
        parts = [
            words.n_("{n} event", "{n} events", progress.events).format(n=words.number(progress.events)),
            words.tr("{n}/s").format(n=words.number(rate)),
        ]
        if self._findings:
            number = words.number(progress.findings)
            parts.append(words.n_("{n} finding", "{n} findings", progress.findings).format(n=number))
        share = min(1.0, progress.bytes_done / progress.bytes_total) if progress.bytes_total else None
        if share is None:
            return " · ".join(parts)
        if share > 0.02:
            left_s = elapsed_s / share - elapsed_s
            parts.append(words.tr("{duration} left").format(duration=words.seconds(round(left_s))))
        return f"{self._bar(share)} {share * 100:3.0f}\u00a0% " + " · ".join(parts)

    def _bar(self, share: float) -> str:
        full = round(share * _BAR)
        if (self._stream.encoding or "").lower().replace("-", "") != "utf8":
            return "[" + "#" * full + "." * (_BAR - full) + "]"
        return "█" * full + "░" * (_BAR - full)

    def close(self) -> None:
        """Wipe the moving line."""
        if self._drawn and self._moving:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
