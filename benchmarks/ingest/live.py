"""How fast the receivers put records on disk, synced, and how long a sender waits for its acknowledgement.

Enters: records made here (600 bytes of JSON each). Leaves: a line for each lane; every lane asserts that each record
is in the journal once. Senders are processes of their own on the same machine. Run: python benchmarks/ingest/live.py
"""

from __future__ import annotations

import asyncio
import http.client
import json
import multiprocessing
import os
import random
import resource
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tocsin.ingest.intake import Intake
from tocsin.ingest.journal import Journal, Refusal
from tocsin.ingest.segments import Batch
from tocsin.ingest.serving import Server
from tocsin.ingest.syslog import Tcp, Udp
from tocsin.ingest.tail import Follower, Tail
from tocsin.ingest.web import App, Sender, hashed

SITE = "chu-exemple"
TOKEN = "benchmark"
RECORDS = 300_000
PER_REQUEST = 500
CLIENTS = 4


def lines(count: int, seed: int = 1) -> list[bytes]:
    """Make records that look like those of a network probe: they pack about as real ones do."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        minute, second = number // 60_000 % 60, number // 1000 % 60
        record = {
            "timestamp": f"2026-11-15T01:{minute:02}:{second:02}.{number % 1000:03}000+0000",
            "flow_id": chance.getrandbits(52),
            "event_type": chance.choice(("dns", "flow", "tls", "http")),
            "src_ip": f"10.{chance.randrange(4)}.{chance.randrange(256)}.{chance.randrange(256)}",
            "src_port": chance.randrange(1024, 65536),
            "dest_ip": f"192.0.2.{chance.randrange(256)}",
            "dest_port": chance.choice((53, 80, 443, 445, 104)),
            "proto": chance.choice(("TCP", "UDP")),
            "host": f"probe-{chance.randrange(8)}",
            "flow": {"bytes_toserver": chance.randrange(1 << 20), "bytes_toclient": chance.randrange(1 << 24)},
            "tls": {"sni": f"srv{chance.randrange(400)}.example.org", "ja4": f"{chance.getrandbits(96):024x}"},
            "note": "the rest of a record is often the same words in the same order, " * 3,
        }
        made.append(json.dumps(record).encode())
    return made


def counted(journal: Journal) -> int:
    """Count the records of a journal."""
    reader, found = journal.reader(), 0
    while frames := reader.read():
        found += sum(batch.data.count(b"\n") for frame in frames for batch in frame.batches)
    return found


def tell(lane: str, seconds: float, waits_s: list[float], journal: Journal, cpu_s: float) -> None:
    """Print a lane's figures."""
    waits_s = sorted(waits_s) or [0.0]
    p99_s = waits_s[min(len(waits_s) - 1, int(len(waits_s) * 0.99))]
    rss = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    print(
        f"{lane:<22}{RECORDS / seconds:>10,.0f} records/s {RECORDS / cpu_s:>10,.0f} per CPU second"
        f"   wait p50 {statistics.median(waits_s) * 1e3:6.1f} ms  p99 {p99_s * 1e3:6.1f} ms"
        f"   {journal.bytes_on_disk / RECORDS:5.0f} bytes a record   {rss >> 20} MiB"
    )


def journal_alone(folder: Path) -> None:
    """Append groups of 10,000 records, each synced."""
    data = [b"\n".join([*part, b""]) for part in _parts(lines(RECORDS), 10_000)]
    journal = Journal(folder)
    waits_s = []
    cpu_s, start_s = time.process_time(), time.perf_counter()
    for part in data:
        before_s = time.perf_counter()
        assert not isinstance(journal.append([Batch(SITE, "test", "192.0.2.1", 1, part, 10_000)]), Refusal)
        waits_s.append(time.perf_counter() - before_s)
    tell("journal, 10k a frame", time.perf_counter() - start_s, waits_s, journal, time.process_time() - cpu_s)
    assert counted(journal) == RECORDS
    journal.close()


def _parts(records: list[bytes], size: int) -> list[list[bytes]]:
    return [records[at : at + size] for at in range(0, len(records), size)]


def post(port: int, rank: int, waits: multiprocessing.Queue[list[float]]) -> None:
    """A sender of HTTP: requests one after the other, each acknowledged."""
    requests = [b"\n".join(part) for part in _parts(lines(RECORDS // CLIENTS, rank), PER_REQUEST)]
    connection = http.client.HTTPConnection("127.0.0.1", port)
    waits_s = []
    for body in requests:
        before_s = time.perf_counter()
        connection.request("POST", "/ndjson", body, {"Authorization": f"Bearer {TOKEN}"})
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status
        waits_s.append(time.perf_counter() - before_s)
    waits.put(waits_s)


def stream(port: int, rank: int, waits: multiprocessing.Queue[list[float]]) -> None:
    """A sender of syslog over TCP."""
    data = [b"".join(b"<134>" + line + b"\n" for line in part) for part in _parts(lines(RECORDS // CLIENTS, rank), 500)]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for part in data:
            connection.sendall(part)
    waits.put([])


def scatter(port: int, rank: int, waits: multiprocessing.Queue[list[float]]) -> None:
    """A sender of syslog over UDP, at a pace of 10,000 datagrams a second."""
    made = lines(RECORDS // CLIENTS, rank)
    start_s = time.perf_counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number, line in enumerate(made):
            sender.sendto(b"<134>" + line, ("127.0.0.1", port))
            if number % 50 == 0:
                time.sleep(max(0.0, start_s + number / 10_000 - time.perf_counter()))
    waits.put([])


async def received(
    lane: str, folder: Path, sender: Callable[[int, int, multiprocessing.Queue[list[float]]], None]
) -> None:
    """Run a receiver against its senders until everything is on disk."""
    journal = Journal(folder)
    intake = Intake({SITE: journal})
    app = App(intake, {hashed(TOKEN): Sender("relay", SITE)})
    web, tcp, udp = Server(app), Tcp(intake, SITE), Udp(intake, SITE)
    ports = {"http": await web.start("127.0.0.1", 0), "tcp": await tcp.start("127.0.0.1", 0)}
    ports["udp"] = udp.start("127.0.0.1", 0)
    waits: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    port = ports[lane.rsplit(maxsplit=1)[-1]]
    clients = [multiprocessing.Process(target=sender, args=(port, rank, waits)) for rank in range(CLIENTS)]
    for client in clients:
        client.start()

    def done() -> int:
        return app.counts.records + tcp.counts.records + udp.counts.records + udp.counts.dropped

    while not done():
        await asyncio.sleep(0.001)
    cpu_s, start_s = time.process_time(), time.perf_counter()
    while done() < RECORDS:
        await asyncio.sleep(0.005)
    seconds, cpu_s = time.perf_counter() - start_s, time.process_time() - cpu_s
    waits_s = [wait for _ in clients for wait in waits.get()]
    for client in clients:
        client.join()
    tell(lane, seconds, waits_s, journal, cpu_s)
    assert counted(journal) == RECORDS - udp.counts.dropped
    if udp.counts.dropped:
        print(f"{'':<22}{udp.counts.dropped:>10,} datagrams dropped")
    for receiver in (web, tcp, udp):
        await receiver.close()
    await intake.close()
    journal.close()


async def tailed(folder: Path) -> None:
    """Read a file that is there."""
    path = folder / "eve.json"
    path.write_bytes(b"\n".join([*lines(RECORDS), b""]))
    journal = Journal(folder / "journal")
    intake = Intake({SITE: journal}, linger_s=0.0)
    tail = Tail(intake, SITE, Follower(SITE, [str(path)], journal.notes))
    cpu_s, start_s = time.process_time(), time.perf_counter()
    await tail.once()
    tell("tail", time.perf_counter() - start_s, [], journal, time.process_time() - cpu_s)
    assert counted(journal) == RECORDS
    await intake.close()
    journal.close()


def main() -> None:
    """Run all lanes, each in a process of its own, so that its memory is its own."""
    load = os.getloadavg()[0]
    print(f"{RECORDS:,} records a lane, {CLIENTS} senders, {os.cpu_count()} cores, load {load:.1f} from others")
    lanes: list[Callable[[Path], None]] = [
        journal_alone,
        lambda folder: asyncio.run(received("http", folder, post)),
        lambda folder: asyncio.run(received("syslog tcp", folder, stream)),
        lambda folder: asyncio.run(received("syslog udp", folder, scatter)),
        lambda folder: asyncio.run(tailed(folder)),
    ]
    for lane in lanes:
        with tempfile.TemporaryDirectory() as folder:
            child = multiprocessing.get_context("fork").Process(target=lane, args=(Path(folder),))
            child.start()
            child.join()
            assert child.exitcode == 0


if __name__ == "__main__":
    main()
