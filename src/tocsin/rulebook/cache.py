"""The compiled cache: parsed rule files by the hash of their bytes, and all rules of a rulebook together.

Enters: a folder and keys. Leaves: what was kept under them, or None: a broken, foreign or unwritable cache only
costs time. Files are replaced as a whole.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from tocsin.detect.sigma import Sheet
from tocsin.detect.sigma.compile import VERSION

MAX_SHEETS = 50_000


class _Sheets(Struct, frozen=True, array_like=True):
    version: int
    parser: str
    sheets: dict[bytes, Sheet]


def read(path: Path) -> bytes:
    """Give a file's bytes; empty when there is none."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step. A folder that cannot be written is no error."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except OSError:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def read_sheets(path: Path, parser: str) -> dict[bytes, Sheet]:
    """Give the parsed rule files by the hash of their bytes."""
    try:
        kept = msgspec.msgpack.decode(read(path) or b"\xc0", type=_Sheets)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return {}
    return kept.sheets if (kept.version, kept.parser) == (VERSION, parser) else {}


def write_sheets(path: Path, parser: str, sheets: dict[bytes, Sheet]) -> None:
    """Keep parsed rule files."""
    kept = dict(list(sheets.items())[-MAX_SHEETS:])
    write(path, msgspec.msgpack.encode(_Sheets(VERSION, parser, kept)))
