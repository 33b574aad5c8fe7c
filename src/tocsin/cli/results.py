"""Run a scan with its progress line, and give its result to people and programs.

Enters: scan options, then a scan's result. Leaves: text on standard output, files.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tocsin import i18n, pipeline
from tocsin.cli import session
from tocsin.cli.progress import Meter
from tocsin.errors import ConfigError
from tocsin.i18n import _
from tocsin.model.voice import Voice
from tocsin.pipeline import Progress, ScanOptions, ScanResult
from tocsin.report import html, jsonl, terminal
from tocsin.report.text import clean
from tocsin.report.words import speech

_PIPE_WIDTH, _PIPE_HEIGHT = 80, 40


def perform(options: ScanOptions, *, quiet: bool = False, plain_progress: bool = False) -> ScanResult:
    """Scan, telling the progress on standard error: a moving line on a terminal, else lines if asked for."""
    lang = i18n.current()
    moving = sys.stderr.isatty()
    meter = Meter(sys.stderr, speech(lang), moving)
    voice = Voice(lang, i18n.translator(lang))
    try:
        told = not quiet and (moving or plain_progress)
        return pipeline.scan(options, meter if told else _silent, voice)
    finally:
        meter.close()


def _silent(progress: Progress) -> None:
    """Tell nothing."""


def print_screen(result: ScanResult, detail: int) -> None:
    """Print the answer for a person."""
    coloured = session.colour(sys.stdout)
    width, height = shutil.get_terminal_size((_PIPE_WIDTH, _PIPE_HEIGHT)) if sys.stdout.isatty() else (80, 40)
    session.put(terminal.draw(result, terminal.Screen(min(width, 100), height, coloured, i18n.current(), detail)))


def print_json(result: ScanResult) -> None:
    """Print the answer for a program."""
    for line in jsonl.lines(result):
        session.put(line.decode())


def check_writable(file: Path | None) -> None:
    """Refuse, before a long scan, a file that could not be written after it.

    Raises:
        ConfigError: its folder does not exist or may not be written.
    """
    if file is None:
        return
    folder = file.parent
    if not folder.is_dir():
        raise ConfigError(_("{path}: no such folder").format(path=folder), _("Make the folder first."))
    if file.is_dir() or not os.access(file if file.exists() else folder, os.W_OK):
        raise ConfigError(_("{path} cannot be written").format(path=file), _("Choose another file."))


def write_page(file: Path, result: ScanResult) -> None:
    """Write the HTML page.

    Raises:
        ConfigError: the file cannot be written.
    """
    _write(file, [html.page(result, i18n.current()).encode("utf-8", "backslashreplace")])


def write_rejects(file: Path, result: ScanResult) -> None:
    """Write the kept rejects as JSON lines.

    Raises:
        ConfigError: the file cannot be written.
    """
    _write(file, jsonl.reject_lines(result.summary))
    kept, every = len(result.summary.rejects), result.summary.rejected
    if kept < every:
        text = _("{path} holds the first {kept} of {all} records that could not be read.")
        session.note(text.format(path=clean(str(file)), kept=kept, all=every))


def _write(file: Path, parts: Iterable[bytes]) -> None:
    try:
        with file.open("wb") as out:
            out.writelines(parts)
    except OSError as error:
        text = _("{path} cannot be written: {reason}").format(path=file, reason=error.strerror)
        raise ConfigError(text, _("Choose another file.")) from error


def name_files(*files: Path | None) -> None:
    """Name the files that were written."""
    for file in files:
        if file is not None:
            session.note(_("Written: {path}").format(path=clean(str(file))))
