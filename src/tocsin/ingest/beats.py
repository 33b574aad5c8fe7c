"""Receiver of Beats and Logstash shippers: Lumberjack version 2, in the clear or over TLS.

Enters: connections. Leaves: batches in the site's journal. A window of events is acknowledged when it is on disk;
until then the shipper is told every few seconds that it is being dealt with, and keeps what it sent.

The protocol has no token: with TLS, `tls_context(…, senders_ca)` lets in only senders with a certificate.

    2W <n: u32>                     a window of n events follows
    2J <seq: u32> <size: u32> JSON  an event
    2D <seq: u32> <pairs: u32> …    an event as key and value texts, each behind its size (u32)
    2C <size: u32> zlib             frames, packed
    2A <seq: u32>                   the answer: all up to seq is taken (0: still at it)

Source: Elastic go-lumber, protocol description of the Lumberjack protocol version 2.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections import Counter
from collections.abc import Iterator
from struct import Struct as Layout

import orjson
from msgspec import Struct

from tocsin import clock
from tocsin.errors import InputError
from tocsin.ingest.framing import record
from tocsin.ingest.intake import Intake
from tocsin.ingest.segments import Batch

WINDOW_EVENTS = 1 << 16
FRAME_BYTES = 16 << 20
UNPACKED_BYTES = 32 << 20
HELD_BYTES = 256 << 20
"""What all windows that are being received may hold together; beyond that the window that grows is dropped."""
ALIVE_S = 3.0
WINDOW_S = 60.0
"""A window that does not come within this time ends the connection; the shipper sends it again."""
CONNECTIONS = 1_024
CONNECTIONS_PER_SENDER = 64
_U32 = Layout(">I")
_PAIRS = 1_024


class BeatsCounts(Struct):
    """What the receiver has done, for the pages and figures of the service."""

    records: int = 0
    connections: int = 0
    refused_connections: int = 0
    broken: int = 0
    """Connections ended because what they sent is no Lumberjack 2, or a window did not come."""


class Broken(ValueError):
    """What was sent is not the protocol."""


class Held(Struct):
    """Bytes that windows being received hold."""

    size: int = 0

    def add(self, size: int) -> None:
        """Count bytes of a window.

        Raises:
            Broken: there is no room for them.
        """
        self.size += size
        if self.size > HELD_BYTES:
            raise Broken("more windows at once than there is room for")


class Beats:
    """Receives connections on one port for one site."""

    def __init__(
        self, intake: Intake, site: str, tls: ssl.SSLContext | None = None, window_s: float = WINDOW_S
    ) -> None:
        self._intake = intake
        self._site = site
        self._tls = tls
        self._window_s = window_s
        self._by_sender: Counter[str] = Counter()
        self._open: set[asyncio.Task[None]] = set()
        self._held = Held()
        self.counts = BeatsCounts()

    async def start(self, host: str, port: int) -> int:
        """Listen; give the port (for port 0: the one that the system chose).

        Raises:
            InputError: the address cannot be listened on.
        """
        timeout_s = 10.0 if self._tls else None
        try:
            self._server = await asyncio.start_server(
                self._connected, host, port, ssl=self._tls, ssl_handshake_timeout=timeout_s
            )
        except OSError as error:
            problem = f"{host}:{port} cannot be listened on: {error.strerror}"
            raise InputError(problem, "Another program may listen there.") from error
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Close the connections (what is not acknowledged is sent again later) and stop."""
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("peername")
        sender = str(address[0]) if address else "unknown"
        task = asyncio.current_task()
        full = len(self._open) >= CONNECTIONS or self._by_sender[sender] >= CONNECTIONS_PER_SENDER
        if task is None or full:
            self.counts.refused_connections += 1
            writer.transport.abort()
            return
        self._open.add(task)
        self._by_sender[sender] += 1
        self.counts.connections += 1
        try:
            await self._windows(reader, writer, sender)
        except (Broken, TimeoutError, asyncio.IncompleteReadError):
            self.counts.broken += 1
        except (asyncio.CancelledError, ssl.SSLError, OSError):
            pass  # nothing that was acknowledged is lost: the shipper sends the window again
        finally:
            self._open.discard(task)
            self._by_sender -= Counter((sender,))
            self.counts.connections -= 1
            writer.transport.abort()

    async def _windows(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: str) -> None:
        """Take window after window, until the sender ends the connection between two."""
        while start := await reader.read(1):
            held = Held()
            try:
                async with asyncio.timeout(self._window_s):
                    count = await _count(start, reader)
                    events, seq = await _events(reader, count, held, self._held)
                await self._keep(events, sender, writer)
            finally:
                self._held.size -= held.size
            writer.write(b"2A" + _U32.pack(seq))
            await writer.drain()

    async def _keep(self, events: list[bytes], sender: str, writer: asyncio.StreamWriter) -> None:
        """Hand in a window; tell the shipper that it is not forgotten while that takes long."""
        batch = Batch(self._site, "beats", sender, clock.now_us(), b"\n".join([*events, b""]), len(events))
        handing_in = asyncio.create_task(self._intake.deliver(self._site, batch))
        try:
            while not (await asyncio.wait({handing_in}, timeout=ALIVE_S))[0]:
                writer.write(b"2A" + _U32.pack(0))
                await writer.drain()
        except BaseException:
            handing_in.cancel()
            raise
        self.counts.records += len(events)


async def _u32(reader: asyncio.StreamReader) -> int:
    return int(_U32.unpack(await reader.readexactly(4))[0])


async def _sized(reader: asyncio.StreamReader) -> bytes:
    size = await _u32(reader)
    if size > FRAME_BYTES:
        raise Broken(f"a frame of {size} bytes")
    return await reader.readexactly(size)


async def _count(start: bytes, reader: asyncio.StreamReader) -> int:
    """Read how many events a window has."""
    if start + await reader.readexactly(1) != b"2W":
        raise Broken("a window must come first")
    count = await _u32(reader)
    if not 0 < count <= WINDOW_EVENTS:
        raise Broken(f"a window of {count}")
    return count


async def _events(reader: asyncio.StreamReader, count: int, own: Held, all_held: Held) -> tuple[list[bytes], int]:
    """Read the events of a window; give them with the number of the last one."""
    found: list[bytes] = []
    seq = 0
    while len(found) < count:
        taken = await _frame(reader)
        size = sum(len(event) for _, event in taken)
        own.size += size
        all_held.add(size)
        if own.size > UNPACKED_BYTES or not taken:
            raise Broken("a window that is too large, or an empty frame")
        found += [event for _, event in taken]
        seq = taken[-1][0]
    return found, seq


async def _frame(reader: asyncio.StreamReader) -> list[tuple[int, bytes]]:
    """Read one frame: number and text of its event, or of each event in it."""
    kind = await reader.readexactly(2)
    if kind == b"2C":
        return list(frames(inflated(await _sized(reader))))
    if kind not in {b"2J", b"2D"}:
        raise Broken(f"a frame {kind!r}")
    seq = await _u32(reader)
    return [(seq, record(await _sized(reader)) if kind == b"2J" else await _pairs(reader))]


async def _pairs(reader: asyncio.StreamReader) -> bytes:
    pairs = await _u32(reader)
    if pairs > _PAIRS:
        raise Broken(f"an event of {pairs} pairs")
    values = {await _sized(reader): await _sized(reader) for _ in range(pairs)}
    return _object(values)


def inflated(packed: bytes) -> bytes:
    """Unpack a `2C` frame, to at most `UNPACKED_BYTES`.

    Raises:
        Broken: it is not zlib, torn, or larger.
    """
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, UNPACKED_BYTES)
    except zlib.error as error:
        raise Broken(str(error)) from error
    if not inflater.eof:
        raise Broken("a packed frame that is torn or too large")
    return data


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give number and event of each frame in unpacked bytes.

    Raises:
        Broken: the bytes are not whole `2J` or `2D` frames.
    """
    at = 0
    while at < len(data):
        kind = data[at : at + 2]
        seq, at = _number(data, at + 2)
        if kind == b"2J":
            event, at = _piece(data, at)
            yield seq, record(event)
        elif kind == b"2D":
            pairs, at = _number(data, at)
            values: dict[bytes, bytes] = {}
            for _ in range(min(pairs, _PAIRS + 1)):
                key, at = _piece(data, at)
                values[key], at = _piece(data, at)
            yield seq, _object(values)
        else:
            raise Broken(f"a frame {kind!r}")


def _number(data: bytes, at: int) -> tuple[int, int]:
    if at + 4 > len(data):
        raise Broken("a frame that ends early")
    return int(_U32.unpack_from(data, at)[0]), at + 4


def _piece(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(data, at)
    if at + size > len(data):
        raise Broken("a frame that ends early")
    return data[at : at + size], at + size


def _object(values: dict[bytes, bytes]) -> bytes:
    return orjson.dumps(
        {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in values.items()}
    )
