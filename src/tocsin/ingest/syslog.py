"""Receivers of syslog: UDP, TCP and TLS, from many senders at once.

Enters: datagrams and connections. Leaves: batches in the site's journal; what was dropped or cut is counted.

Syslog has no acknowledgement: what has reached this process is handed in within `FLUSH_S` and a sender over TCP is
read again only when that is on disk, so that a journal that is full makes senders wait and keep their queue. UDP
cannot wait: what the kernel or a full journal drops is counted. Messages are taken as they are; headers are read
later by the probes.
Source: RFC 3164, RFC 5424, RFC 5425 (TLS), RFC 5426 (UDP), RFC 6587 (TCP).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections import Counter
from functools import partial
from pathlib import Path

from msgspec import Struct

from tocsin import clock
from tocsin.errors import ConfigError, InputError
from tocsin.ingest.framing import MAX_MESSAGE_BYTES, Framer, record
from tocsin.ingest.intake import Answer, Intake
from tocsin.ingest.journal import Refusal
from tocsin.ingest.segments import Batch

FLUSH_S = 0.2
"""How long messages of a sender are gathered."""
FLUSH_BYTES = 1 << 18
GATHERED_BYTES = 32 << 20
"""What all connections of a listener may gather together, before each hands in sooner."""
_SO_RXQ_OVFL = 40
_SO_RCVBUFFORCE = 33
_RECEIVE_BYTES = 1 << 16
_AT_ONCE = 500
"""Datagrams taken in one go before others have their turn."""
_KEPT_SENDERS = 10_000
_LAST_WORD_S = 5.0
"""How long a connection that ends waits for a journal that refuses."""


class Limits(Struct, frozen=True):
    """What one listener allows."""

    connections: int = 4_096
    connections_per_sender: int = 256
    message_bytes: int = MAX_MESSAGE_BYTES
    stalled_s: float = 60.0
    """A connection that leaves a message unfinished so long is closed; one that is idle between messages is not."""
    handshake_s: float = 10.0
    udp_buffer_bytes: int = 32 << 20


class Counts(Struct):
    """What a listener has done, for the pages and figures of the service."""

    records: int = 0
    dropped: int = 0
    """Datagrams that were lost: by the kernel, whose buffer was full, or because the journal refused them."""
    cut: int = 0
    refused_connections: int = 0
    stalled: int = 0
    connections: int = 0


def batch_of(site: str, receiver: str, sender: str, messages: list[bytes]) -> Batch:
    """Make the batch of some messages of one sender."""
    data = b"\n".join([*messages, b""])
    return Batch(site, receiver, sender, clock.now_us(), data, len(messages))


class Udp:
    """Receives datagrams on one port for one site."""

    def __init__(self, intake: Intake, site: str, limits: Limits | None = None) -> None:
        self._intake = intake
        self._site = site
        self._limits = limits or Limits()
        self._gathered: dict[str, list[bytes]] = {}
        self._bytes = 0
        self._kernel_dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self.counts = Counts()

    def start(self, host: str, port: int) -> int:
        """Listen within the running loop; give the port (for port 0: the one that the system chose).

        Raises:
            InputError: the address cannot be listened on.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        _enlarge(self._socket, self._limits.udp_buffer_bytes)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise _cannot_listen(host, port, error) from error
        asyncio.get_running_loop().add_reader(self._socket, self._readable)
        return int(self._socket.getsockname()[1])

    async def close(self) -> None:
        """Take what has arrived, hand it in, stop."""
        self._readable()
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._flush()

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, notes, _flags, address = self._socket.recvmsg(_RECEIVE_BYTES, 64)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier answer: there is none of ours
                continue
            self._note_drops(notes)
            self._take(str(address[0]), data)

    def _note_drops(self, notes: list[tuple[int, int, bytes]]) -> None:
        for level, kind, value in notes:
            if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL and len(value) >= 4:
                total = struct.unpack_from("I", value)[0]
                self.counts.dropped += (total - self._kernel_dropped) % (1 << 32)
                self._kernel_dropped = total

    def _take(self, sender: str, data: bytes) -> None:
        message = record(data)
        if not message:
            return
        self._gathered.setdefault(sender, []).append(message)
        self._bytes += len(message)
        if self._bytes >= FLUSH_BYTES or len(self._gathered) >= _KEPT_SENDERS:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gathered, self._gathered, self._bytes = self._gathered, {}, 0
        for sender, messages in gathered.items():
            offered = self._intake.offer(self._site, batch_of(self._site, "syslog.udp", sender, messages))
            if isinstance(offered, Refusal):
                self.counts.dropped += len(messages)
            else:
                offered.add_done_callback(partial(self._told, len(messages)))

    def _told(self, count: int, done: asyncio.Future[Answer]) -> None:
        if isinstance(done.result(), Refusal):
            self.counts.dropped += count
        else:
            self.counts.records += count


class Tcp:
    """Receives connections on one port for one site, in the clear or over TLS."""

    def __init__(
        self, intake: Intake, site: str, limits: Limits | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._intake = intake
        self._site = site
        self._limits = limits or Limits()
        self._tls = tls
        self._receiver = "syslog.tls" if tls else "syslog.tcp"
        self._by_sender: Counter[str] = Counter()
        self._open: set[asyncio.Task[None]] = set()
        self.counts = Counts()

    async def start(self, host: str, port: int) -> int:
        """Listen; give the port (for port 0: the one that the system chose).

        Raises:
            InputError: the address cannot be listened on.
        """
        handshake_s = self._limits.handshake_s if self._tls else None
        try:
            self._server = await asyncio.start_server(
                self._connected,
                host,
                port,
                limit=_RECEIVE_BYTES,
                backlog=1024,
                ssl=self._tls,
                ssl_handshake_timeout=handshake_s,
            )
        except OSError as error:
            raise _cannot_listen(host, port, error) from error
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Hand in what open connections have sent, close them, stop."""
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("peername")
        sender = str(address[0]) if address else "unknown"
        task = asyncio.current_task()
        if task is None or not self._admitted(sender):
            self.counts.refused_connections += 1
            writer.transport.abort()
            return
        self._by_sender[sender] += 1
        self.counts.connections += 1
        self._open.add(task)
        try:
            _keep_alive(writer)
            await _Connection(self._intake, self._site, self._receiver, sender, self._limits, self.counts).run(reader)
        except (asyncio.CancelledError, ssl.SSLError, OSError):
            pass  # what had come is handed in; the connection ends in any case
        finally:
            self._open.discard(task)
            self.counts.connections -= 1
            self._by_sender -= Counter((sender,))
            writer.transport.abort()

    def _admitted(self, sender: str) -> bool:
        enough = len(self._open) >= self._limits.connections
        return not enough and self._by_sender[sender] < self._limits.connections_per_sender


class _Connection:
    """One connection: bytes in, batches handed in."""

    def __init__(self, intake: Intake, site: str, receiver: str, sender: str, limits: Limits, counts: Counts) -> None:
        self._intake = intake
        self._site = site
        self._receiver = receiver
        self._sender = sender
        self._limits = limits
        self._counts = counts
        self._framer = Framer(limits.message_bytes)
        self._messages: list[bytes] = []
        self._bytes = 0
        self._handing_in: asyncio.Task[None] | None = None

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Read until the sender ends, stalls or is cut off; then hand in what is left, the torn end included."""
        try:
            await self._read(reader)
        finally:
            self._messages += self._framer.finish()
            self._counts.cut += self._framer.cut
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORD_S):
                    await self._flush()
                    await self._flush()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        since_s = flushed_s = clock.elapsed_s()
        while True:
            data = await self._some(reader)
            now_s = clock.elapsed_s()
            if data == b"":
                return
            if data is not None:
                messages = self._framer.feed(data)
                self._messages += messages
                self._bytes += sum(map(len, messages))
                since_s = now_s if messages else since_s
            if not self._framer.torn:
                since_s = now_s
            elif now_s - since_s > self._limits.stalled_s:
                self._counts.stalled += 1
                return
            if self._bytes >= self._share() or now_s - flushed_s >= FLUSH_S:
                await self._flush()
                flushed_s = now_s

    def _share(self) -> int:
        """Give how many bytes this connection may gather: less where there are many."""
        return min(FLUSH_BYTES, GATHERED_BYTES // max(1, self._counts.connections))

    async def _some(self, reader: asyncio.StreamReader) -> bytes | None:
        """Give what came, nothing at the end, None where it is time to hand in or to look at the clock."""
        if not self._messages and not self._framer.torn:
            return await reader.read(_RECEIVE_BYTES)
        try:
            async with asyncio.timeout(FLUSH_S):
                return await reader.read(_RECEIVE_BYTES)
        except TimeoutError:
            return None

    async def _flush(self) -> None:
        """Hand in what was gathered, once what was handed in before is on disk: reading goes on meanwhile."""
        if self._handing_in is not None:
            await asyncio.shield(self._handing_in)
            self._handing_in = None
        if self._messages:
            messages, self._messages, self._bytes = self._messages, [], 0
            self._handing_in = asyncio.create_task(self._hand_in(messages))

    async def _hand_in(self, messages: list[bytes]) -> None:
        await self._intake.deliver(self._site, batch_of(self._site, self._receiver, self._sender, messages))
        self._counts.records += len(messages)


def tls_context(certificate: Path, key: Path, senders_ca: Path | None = None) -> ssl.SSLContext:
    """Make the TLS of a receiver; with `senders_ca` only senders with a certificate of it are let in.

    Raises:
        ConfigError: a file cannot be read or does not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        if senders_ca is not None:
            context.load_verify_locations(senders_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{certificate}: {error}", "Certificate and key must be PEM files that belong together."
        ) from error
    return context


def _cannot_listen(host: str, port: int, error: OSError) -> InputError:
    hint = "Ports under 1024 need the right to bind them (the systemd unit gives it); another program may listen there."
    return InputError(f"{host}:{port} cannot be listened on: {error.strerror}", hint)


def _enlarge(sock: socket.socket, size: int) -> None:
    """Ask for a large receive buffer: beyond the system's limit where this process may."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """Let the system find senders that are gone without a word."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
