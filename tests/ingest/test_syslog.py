"""Syslog as senders really send it: rsyslog over UDP, TCP and TLS, and senders that are slow, torn or hostile."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.live import SITE, Live, certificate, run
from tocsin.errors import ConfigError, InputError
from tocsin.ingest.framing import Framer
from tocsin.ingest.journal import Limits as JournalLimits
from tocsin.ingest.syslog import Limits, Tcp, Udp, tls_context
from tocsin.probes.formats import BY_NAME

OLD = b"<34>Oct 11 22:14:15 srv-dpi su: 'su root' failed for lonvick"
NEW = b'<165>1 2026-11-15T01:02:03.000Z srv-pacs app 77 ID47 [x@1 a="b"] une \xc3\xa9tude'

FRAMED: dict[str, tuple[bytes, list[bytes]]] = {
    "lines": (OLD + b"\n" + NEW + b"\n", [OLD, NEW]),
    "lines of Windows": (OLD + b"\r\n" + NEW + b"\r\n", [OLD, NEW]),
    "NUL between": (OLD + b"\0" + NEW + b"\0", [OLD, NEW]),
    "counted": (b"%d %s%d %s" % (len(OLD), OLD, len(NEW), NEW), [OLD, NEW]),
    "counted, then lines": (b"%d %s%s\n" % (len(OLD), OLD, NEW), [OLD, NEW]),
    "counted with a line feed inside": (b"11 <13>a: b\nc\n", [b"<13>a: b#012c"]),
    "counted JSON over lines": (b"9 <1>\n{\n}\n", [b"<1> { }"]),
    "a line that starts with a number": (b"2026-11-15 a\n12 b\n", [b"2026-11-15 a", b"12 b"]),
    "blank lines": (b"\n\n" + OLD + b"\n\n", [OLD]),
    "the end without a line end": (OLD + b"\n" + NEW, [OLD, NEW]),
    "counted longer than what comes": (b"900 <13>torn", [b"<13>torn"]),
    "no UTF-8": (b"<13>\xff\xfe\n", [b"<13>\xff\xfe"]),
}


@pytest.mark.parametrize("case", FRAMED)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_messages_are_found_however_the_bytes_come(case: str, step: int) -> None:
    data, expected = FRAMED[case]
    framer = Framer()
    found = [message for at in range(0, len(data), step) for message in framer.feed(data[at : at + step])]
    assert found + framer.finish() == expected


@pytest.mark.parametrize("step", [1, 50, 10_000])
def test_a_message_over_the_limit_is_cut_and_the_next_one_is_whole(step: int) -> None:
    framer = Framer(max_bytes=100)
    data = b"<13>" + b"x" * 500 + b"\n" + OLD + b"\n" + b"504 <13>" + b"y" * 500 + OLD + b"\n"
    found = [message for at in range(0, len(data), step) for message in framer.feed(data[at : at + step])]
    assert found == [b"<13>" + b"x" * 96, OLD, b"<13>" + b"y" * 96, OLD]
    assert framer.cut == 2


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"5 <", b"99999999 <", b"\n", b"\0", b"12 <13>a\n"])))
def test_any_bytes_are_taken_in_bounded_memory(pieces: list[bytes]) -> None:
    framer = Framer(max_bytes=64)
    for piece in pieces:
        for message in framer.feed(piece):
            assert message
            assert b"\n" not in message
            assert len(message) <= 64 * 4
        assert len(framer._held) <= 64 + 12
    framer.finish()


async def connect(port: int, *pieces: bytes, pause_s: float = 0.0) -> None:
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause_s)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def test_connections_of_many_senders_reach_the_journal_with_their_address(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        tcp = Tcp(live.intake, SITE)
        port = await tcp.start("127.0.0.1", 0)
        await asyncio.gather(*(connect(port, b"<13>a: %d\n" % number, b"<13>b") for number in range(100)))
        await live.until(lambda: tcp.counts.records == 200)
        assert sorted(live.lines()) == sorted([b"<13>a: %d" % number for number in range(100)] + [b"<13>b"] * 100)
        assert {(batch.receiver, batch.sender, batch.site) for batch in live.batches()} == {
            ("syslog.tcp", "127.0.0.1", SITE)
        }
        await tcp.close()

    run(tmp_path, story)


def test_a_slow_sender_holds_up_nobody_and_a_stalled_one_is_closed_with_its_torn_message_kept(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        tcp = Tcp(live.intake, SITE, Limits(stalled_s=1.0))
        port = await tcp.start("127.0.0.1", 0)
        slow = asyncio.create_task(connect(port, *[b"<13>", b"sl", b"ow\n"], pause_s=0.3))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"<13>never fin")
        await connect(port, b"<13>quick\n")
        await live.until(lambda: b"<13>quick" in live.lines(), 1.0)
        await slow
        assert await reader.read() == b""
        await live.until(lambda: {b"<13>slow", b"<13>never fin"} <= set(live.lines()))
        assert tcp.counts.stalled == 1
        writer.close()
        await tcp.close()

    run(tmp_path, story)


def test_connections_beyond_the_limit_of_one_sender_are_refused_and_counted(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        tcp = Tcp(live.intake, SITE, Limits(connections_per_sender=20))
        port = await tcp.start("127.0.0.1", 0)
        opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(300)))
        await live.until(lambda: tcp.counts.refused_connections == 280)
        assert tcp.counts.connections == 20
        for _reader, writer in opened:
            writer.close()
        await live.until(lambda: tcp.counts.connections == 0)
        await connect(port, b"<13>still here\n")
        await live.until(lambda: live.lines() == [b"<13>still here"])
        await tcp.close()

    run(tmp_path, story)


def test_a_journal_that_is_full_makes_the_sender_wait_and_loses_nothing(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        tcp = Tcp(live.intake, SITE)
        port = await tcp.start("127.0.0.1", 0)
        lines = [b"<13>%d %s" % (number, bytes(str(hash(number * 7919)), "ascii") * 40) for number in range(60_000)]
        sending = asyncio.create_task(connect(port, *(line + b"\n" for line in lines)))
        await asyncio.sleep(2.0)
        assert not sending.done(), "the sender should wait"
        reader = live.journal.reader()
        found: list[bytes] = []
        while len(found) < len(lines):
            for frame in reader.read():
                found += [line for batch in frame.batches for line in batch.data.split(b"\n") if line]
            live.journal.release("test", reader.place)
            await asyncio.sleep(0.01)
        await sending
        assert found == lines
        await tcp.close()

    run(tmp_path, story, JournalLimits(segment_bytes=20_000, quota_bytes=60_000))


def test_datagrams_are_taken_with_their_sender_and_what_the_kernel_drops_is_counted(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        udp = Udp(live.intake, SITE, Limits(udp_buffer_bytes=4_096))
        port = udp.start("127.0.0.1", 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(OLD + b"\n", ("127.0.0.1", port))
            sender.sendto(b"<13>two\nlines", ("127.0.0.1", port))
            sender.sendto(b"", ("127.0.0.1", port))
            await live.until(lambda: udp.counts.records == 2)
            assert live.lines() == [OLD, b"<13>two#012lines"]
            for number in range(1_000):  # nobody reads meanwhile
                sender.sendto(b"<13>%d" % number, ("127.0.0.1", port))
            await live.until(lambda: udp.counts.records > 2)
            sender.sendto(b"<13>last", ("127.0.0.1", port))
            await live.until(lambda: b"<13>last" in live.lines())
        assert udp.counts.dropped > 0
        assert udp.counts.records + udp.counts.dropped == 2 + 1_000 + 1
        await udp.close()

    run(tmp_path, story)


def test_datagrams_that_the_journal_refuses_are_counted(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        udp = Udp(live.intake, SITE)
        port = udp.start("127.0.0.1", 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(5):
                sender.sendto(OLD, ("127.0.0.1", port))
        await live.until(lambda: udp.counts.dropped == 5)
        await udp.close()

    run(tmp_path, story, JournalLimits(keep_free_bytes=1 << 60))


def test_an_address_that_is_taken_is_an_input_error(tmp_path: Path) -> None:
    async def story(live: Live) -> None:
        tcp, udp = Tcp(live.intake, SITE), Udp(live.intake, SITE)
        port, datagrams = await tcp.start("127.0.0.1", 0), udp.start("127.0.0.1", 0)
        with pytest.raises(InputError, match="cannot be listened on"):
            await Tcp(live.intake, SITE).start("127.0.0.1", port)
        with pytest.raises(InputError, match="cannot be listened on"):
            Udp(live.intake, SITE).start("127.0.0.1", datagrams)
        await tcp.close()
        await udp.close()

    run(tmp_path, story)


def test_tls_lets_in_only_senders_with_a_certificate_where_that_is_asked(tmp_path: Path) -> None:
    made, key = certificate(tmp_path)

    async def story(live: Live) -> None:
        tcp = Tcp(live.intake, SITE, tls=tls_context(made, key, senders_ca=made))
        port = await tcp.start("127.0.0.1", 0)
        plain = ssl.create_default_context(cafile=str(made))
        known = ssl.create_default_context(cafile=str(made))
        known.load_cert_chain(made, key)
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=plain)
            writer.write(b"<13>stranger\n")
            await reader.read()
        _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=known)
        writer.write(b"13 <13>known one")
        await writer.drain()
        writer.close()
        await live.until(lambda: tcp.counts.records >= 1)
        assert live.lines() == [b"<13>known one"] or live.lines() == [b"<13>known one"[:13], b"e"]
        await tcp.close()

    run(tmp_path, story)


def test_a_certificate_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        tls_context(tmp_path / "none.pem", tmp_path / "none.pem")


RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="64k" {global_tls})
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="{folder}/app.log" tag="app:" ruleset="out" facility="local0" readTimeout="1")
ruleset(name="out" queue.type="LinkedList") {{
  action(type="omfwd" target="127.0.0.1" port="{port}" {options} action.resumeRetryCount="-1")
}}
"""

WAYS = {
    "udp": ('protocol="udp" template="RSYSLOG_TraditionalForwardFormat"', 500),
    "tcp": ('protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"', 5_000),
    "tcp counted": ('protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"', 5_000),
    "tls": (
        'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" StreamDriver="gtls" '
        'StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"',
        5_000,
    ),
}


@contextlib.contextmanager
def rsyslog(folder: Path, way: str, port: int, ca: Path | None) -> Iterator[None]:
    """Run the real rsyslog: it reads `app.log` and forwards it."""
    options, _count = WAYS[way]
    global_tls = f'defaultNetstreamDriverCAFile="{ca}"' if ca else ""
    conf = folder / "rsyslog.conf"
    conf.write_text(RSYSLOG.format(folder=folder, port=port, options=options, global_tls=global_tls))
    command = ["rsyslogd", "-n", "-f", str(conf), "-i", str(folder / "pid")]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait(10)


@pytest.mark.skipif(shutil.which("rsyslogd") is None, reason="needs rsyslog")
@pytest.mark.parametrize("way", WAYS)
def test_the_real_rsyslog(way: str, tmp_path: Path) -> None:
    if way == "tls" and not list(Path("/usr/lib").glob("**/rsyslog/lmnsd_gtls.so")):
        pytest.skip("needs rsyslog-gnutls")
    made, key = certificate(tmp_path) if way == "tls" else (None, None)
    count = WAYS[way][1]
    (tmp_path / "app.log").write_text("".join(f"requête {number} reçue\n" for number in range(count)))

    async def story(live: Live) -> None:
        receiver: Udp | Tcp
        if way == "udp":
            receiver = Udp(live.intake, SITE)
            port = receiver.start("127.0.0.1", 0)
        else:
            receiver = Tcp(live.intake, SITE, tls=tls_context(made, key) if made and key else None)
            port = await receiver.start("127.0.0.1", 0)
        with rsyslog(tmp_path, way, port, made):
            await live.until(lambda: receiver.counts.records >= count, 20)
        reader = live.journal.reader()
        events = [
            event
            for frame in reader.read(1 << 30)
            for block in frame.blocks()
            for event in BY_NAME[block.format].read(block)
        ]
        messages = [event.native["message"] for event in events]  # type: ignore[union-attr]
        assert sorted(messages) == sorted(f"requête {number} reçue" for number in range(count))
        assert {event.native["appname"] for event in events} == {"app"}  # type: ignore[union-attr]
        assert all(event.time_us for event in events)  # type: ignore[union-attr]
        await receiver.close()

    run(tmp_path, story)
