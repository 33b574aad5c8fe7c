"""Formats that another program reads better than we could: run it on the stream, take what it prints.

Enters: the first bytes of a stream. Leaves: a function that turns the stream's chunks into the program's output
as chunks, or None when no program is wanted. Programs run as children, fed by a pipe (nfdump, which cannot read
one, by a temporary file), in bounded memory; what they could read of a torn input comes before the error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from struct import unpack_from
from threading import Thread
from typing import IO

from tocsin.probes.packets.packet import FIELDS

Program = Callable[[Iterator[bytes]], Iterator[bytes]]

OUTPUT_BYTES = 1 << 18
_KEPT_ERROR_BYTES = 2048
_RESET_PACKETS = 500_000
"""tshark forgets its own sessions after so many packets, or its memory would grow with the capture."""
_DISSECT = ("-o", "dicom.tag_tree:TRUE", "-d", "tcp.port==6661,hl7")
"""DICOM commands as fields; HL7 also on Mirth Connect's usual port: elsewhere tshark finds it by content, but leaves
out the first message of each connection."""
_EMPTY_PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
_NO_FLOWS = b"No matching flows"
_QUIET = ("Running as user", "could be dangerous", "Capturing on")


class ProgramError(OSError):
    """A program is absent, or could not read its input to the end."""


def wanted(head: bytes) -> Program | None:
    """Give the program that a stream with these first bytes needs, if any."""
    return next((program for magic, program in _PROGRAMS if head.startswith(magic)), None)


def begins(head: bytes) -> int | None:
    """Give the time of the first packet of a classic capture, from its first bytes; None for other kinds."""
    order = _PCAP_ORDERS.get(head[:4])
    if order is None or len(head) < 32:
        return None
    seconds, part = unpack_from(f"{order[0]}II", head, 24)
    return int(seconds * 1_000_000 + part // order[1])


_PCAP_ORDERS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1),
    b"\xa1\xb2\xc3\xd4": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1000),
}
"""Magic of a capture -> byte order, and units of its parts of seconds in a microsecond."""


def _tshark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Dissect a capture, packet by packet."""
    path = _path_of("tshark", "tshark")
    command = [path, "-n", "-M", str(_RESET_PACKETS), *_DISSECT, "-r", "-", "-T", "ek"]
    for name in _known_fields(path):
        command += ["-e", name]
    yield from _piped(command, chunks)


@lru_cache(maxsize=4)
def _known_fields(path: str) -> tuple[str, ...]:
    """Leave out the fields that this version of tshark does not know: it would refuse to start."""
    command = [path, "-n", "-r", "-", "-T", "ek"]
    for name in FIELDS:
        command += ["-e", name]
    tried = subprocess.run(command, input=_EMPTY_PCAP, capture_output=True, check=False, env=_environment())
    unknown = set(tried.stderr.decode("utf-8", "replace").split())
    return tuple(name for name in FIELDS if name not in unknown)


def _nfdump(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Print the flows of an nfcapd file as JSON."""
    path = _path_of("nfdump", "nfdump")
    with tempfile.NamedTemporaryFile(prefix="tocsin-") as spool:
        for chunk in chunks:
            spool.write(chunk)
        spool.flush()
        yield from _flow_lines(_piped([path, "-q", "-r", spool.name, "-o", "json"], iter(())))


def _flow_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Write each flow of nfdump's spread-out JSON array on a line of its own: lines are four times faster to read."""
    held = b""
    for data in chunks:
        held += data
        if held.startswith(_NO_FLOWS):
            raise ProgramError("nfdump: no flow in it can be read")
        end = held.rfind(b"},\n")
        if end >= 0:
            yield _joined(held[: end + 1])
            held = held[end + 2 :]
    if rest := held.strip(b"[], \n\t"):
        yield _joined(rest)


def _joined(flows: bytes) -> bytes:
    return flows.translate(None, b"\n\t").lstrip(b"[,").replace(b"},{", b"}\n{") + b"\n"


def _path_of(program: str, package: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise ProgramError(f"needs {program}: install the package {package} (apt install {package})")
    return path


def _environment() -> dict[str, str]:
    return {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def _piped(command: list[str], chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Run a program, feed it from another thread, and give its output as it comes.

    Raises:
        ProgramError: the program says that it failed; what it printed was given before.
    """
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, env=_environment()
        ) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        feeder = Thread(target=_feed, args=(child.stdin, chunks), daemon=True)
        feeder.start()
        try:
            while data := os.read(child.stdout.fileno(), OUTPUT_BYTES):
                yield data
            child.wait()
            feeder.join()
        finally:
            child.kill()
            feeder.join()
        complaints.seek(0)
        _judge(command[0], child.returncode, complaints.read(_KEPT_ERROR_BYTES))


def _judge(path: str, code: int, complaints: bytes) -> None:
    lines = complaints.decode("utf-8", "replace").splitlines()
    said = " ".join(line.strip() for line in lines if line.strip() and not any(word in line for word in _QUIET))
    name = Path(path).name
    if code != 0 or (said and name == "nfdump"):  # nfdump ends well whatever happened
        raise ProgramError(f"{name}: {said.removeprefix(f'{name}: ') or f'failed with code {code}'}")


def _feed(pipe: IO[bytes], chunks: Iterator[bytes]) -> None:
    """Write chunks to a program's standard input until it has seen enough (its own message then says why)."""
    with suppress(BrokenPipeError), pipe:
        for chunk in chunks:
            pipe.write(chunk)


_PCAP = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
_NFCAPD = (b"\x0c\xa5\x01\x00", b"\x0c\xa5\x02\x00", b"\xa5\x0c\x00\x01", b"\xa5\x0c\x00\x02")

_PROGRAMS: tuple[tuple[bytes, Program], ...] = (
    *((magic, _tshark) for magic in _PCAP),
    *((magic, _nfdump) for magic in _NFCAPD),
)
