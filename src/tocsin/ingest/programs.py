"""Formats that another program reads better than we could: run it on the stream, take what it prints.

Enters: the first bytes of a stream. Leaves: a function that turns the stream's chunks into the program's output
as chunks, or None when no program is wanted. Programs run as children, fed by a pipe, in bounded memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Program = Callable[[Iterator[bytes]], Iterator[bytes]]


def wanted(head: bytes) -> Program | None:
    """Give the program that a stream with these first bytes needs, if any."""
    return next((program for magic, program in _PROGRAMS if head.startswith(magic)), None)


_PROGRAMS: tuple[tuple[bytes, Program], ...] = ()
