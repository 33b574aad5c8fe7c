"""Lumberjack 2 by a client that follows the protocol, and by some that do not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from struct import pack, unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.live import SITE, Live, certificate, run
from tocsin.errors import InputError
from tocsin.ingest import beats
from tocsin.ingest.beats import Beats, Broken, frames, inflated
from tocsin.ingest.journal import Limits
from tocsin.ingest.syslog import tls_context
from tocsin.model import Event
from tocsin.probes.formats import BY_NAME


def event(number: int) -> bytes:
    return json.dumps({"@timestamp": "2026-11-15T01:02:03.000Z", "message": f"line {number}", "n": number}).encode()


def framed(numbers: range, first: int = 1) -> bytes:
    made = enumerate((event(number) for number in numbers), first)
    return b"".join(b"2J" + pack(">II", seq, len(data)) + data for seq, data in made)


def window(count: int) -> bytes:
    return b"2W" + pack(">I", count)


def packed(data: bytes) -> bytes:
    body = zlib.compress(data)
    return b"2C" + pack(">I", len(body)) + body


class Shipper:
    """A client: sends a window, waits for its acknowledgement."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.signs_of_life = 0

    async def send(self, data: bytes) -> int:
        self.writer.write(data)
        await self.writer.drain()
        while True:
            kind, seq = unpack(">2sI", await self.reader.readexactly(6))
            assert kind == b"2A"
            if seq:
                return int(seq)
            self.signs_of_life += 1


def served(folder: Path, story: Callable[[Live, Beats, int], Awaitable[None]], limits: Limits | None = None) -> None:
    async def whole(live: Live) -> None:
        receiver = Beats(live.intake, SITE, window_s=0.5)
        port = await receiver.start("127.0.0.1", 0)
        try:
            await story(live, receiver, port)
        finally:
            await receiver.close()

    run(folder, whole, limits)


async def shipper(port: int) -> Shipper:
    return Shipper(*await asyncio.open_connection("127.0.0.1", port))


def test_windows_are_acknowledged_when_they_are_on_disk(tmp_path: Path) -> None:
    async def story(live: Live, receiver: Beats, port: int) -> None:
        client = await shipper(port)
        assert await client.send(window(3) + framed(range(3))) == 3
        assert live.lines() == [event(number) for number in range(3)]
        assert await client.send(window(500) + packed(framed(range(3, 503)))) == 500
        assert await client.send(window(4) + packed(framed(range(503, 505))) + framed(range(505, 507), 3)) == 4
        assert live.lines() == [event(number) for number in range(507)]
        pairs = b"2D" + pack(">II", 1, 2) + b"".join(pack(">I", len(t)) + t for t in (b"line", b"x\ny", b"host", b"h"))
        assert await client.send(window(1) + pairs) == 1
        assert json.loads(live.lines()[-1]) == {"line": "x\ny", "host": "h"}
        assert receiver.counts.records == 508
        frame = live.journal.reader().read()[0]
        read = [one for block in frame.blocks() for one in BY_NAME[block.format].read(block)]
        assert all(isinstance(one, Event) and one.time_us for one in read)
        client.writer.close()

    served(tmp_path, story)


def test_while_the_journal_refuses_the_shipper_is_told_to_be_patient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beats, "ALIVE_S", 0.05)

    async def story(live: Live, receiver: Beats, port: int) -> None:
        client = await shipper(port)
        sending = asyncio.create_task(client.send(window(1) + framed(range(1))))
        await live.until(lambda: client.signs_of_life >= 3)
        assert not sending.done()
        assert live.lines() == []
        sending.cancel()
        client.writer.close()

    served(tmp_path, story, Limits(keep_free_bytes=1 << 60))


BAD = {
    "another protocol": b"GET / HTTP/1.1\r\n\r\n",
    "version 1": b"1W" + pack(">I", 1),
    "an empty window": window(0),
    "a window of millions": window(1 << 31),
    "a frame of gigabytes": window(1) + b"2J" + pack(">II", 1, 1 << 31),
    "no zlib": window(1) + b"2C" + pack(">I", 3) + b"abc",
    "torn zlib": window(1) + b"2C" + pack(">I", 8) + zlib.compress(framed(range(1)))[:8],
    "packed inside packed": window(1) + packed(packed(framed(range(1)))),
    "an empty packed frame": window(1) + packed(b""),
    "a bomb": window(1) + packed(bytes(100 << 20)),
    "pairs without end": window(1) + b"2D" + pack(">II", 1, 1 << 31),
    "a window that does not come": window(2) + framed(range(1)),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_the_protocol_ends_the_connection_and_keeps_nothing(tmp_path: Path, case: str) -> None:
    async def story(live: Live, receiver: Beats, port: int) -> None:
        client = await shipper(port)
        client.writer.write(BAD[case])
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):
                assert await client.reader.read() == b""
        await live.until(lambda: receiver.counts.broken == 1)
        assert live.lines() == []
        other = await shipper(port)
        assert await other.send(window(1) + framed(range(1))) == 1
        client.writer.close()
        other.writer.close()

    served(tmp_path, story)


def test_windows_that_hold_too_much_together_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "HELD_BYTES", 1_000)

    async def story(live: Live, receiver: Beats, port: int) -> None:
        clients = [await shipper(port) for _ in range(30)]
        for client in clients:
            client.writer.write(window(2) + framed(range(1)))
        await live.until(lambda: receiver.counts.broken == 30)
        assert receiver._held.size == 0
        assert await (await shipper(port)).send(window(1) + framed(range(1))) == 1
        for client in clients:
            client.writer.close()

    served(tmp_path, story)


def test_connections_of_one_sender_are_limited(tmp_path: Path) -> None:
    async def story(live: Live, receiver: Beats, port: int) -> None:
        clients = [await shipper(port) for _ in range(beats.CONNECTIONS_PER_SENDER + 10)]
        await live.until(lambda: receiver.counts.refused_connections == 10)
        for client in clients:
            client.writer.close()

    served(tmp_path, story)


def test_tls_with_a_certificate_of_the_sender(tmp_path: Path) -> None:
    made, key = certificate(tmp_path)

    async def story(live: Live) -> None:
        receiver = Beats(live.intake, SITE, tls_context(made, key, senders_ca=made))
        port = await receiver.start("127.0.0.1", 0)
        context = ssl.create_default_context(cafile=str(made))
        context.load_cert_chain(made, key)
        client = Shipper(*await asyncio.open_connection("127.0.0.1", port, ssl=context))
        assert await client.send(window(1) + framed(range(1))) == 1
        with pytest.raises(InputError):
            await Beats(live.intake, SITE).start("127.0.0.1", port)
        client.writer.close()
        await receiver.close()

    run(tmp_path, story)


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda data: b"2J" + data) | st.just(framed(range(2))))
def test_any_bytes_are_frames_or_broken(data: bytes) -> None:
    with contextlib.suppress(Broken):
        list(frames(data))
    with contextlib.suppress(Broken):
        inflated(data)
    with contextlib.suppress(Broken):
        list(frames(inflated(zlib.compress(data))))
