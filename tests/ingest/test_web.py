"""Logs over HTTP as shippers send them, and senders that are wrong, slow or hostile, against a real server."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.client
import json
import random
import ssl
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.live import SITE, Live, certificate, run
from tocsin.errors import InputError
from tocsin.ingest import bodies, serving
from tocsin.ingest.bodies import Bulk, Malformed
from tocsin.ingest.journal import Journal, Limits
from tocsin.ingest.serving import Server
from tocsin.ingest.syslog import tls_context
from tocsin.ingest.web import App, Sender, WebLimits, hashed
from tocsin.model import Event
from tocsin.probes.formats import BY_NAME

ROOT = Path(__file__).parent.parent.parent
TOKEN = "3f0c9a1e-long-and-random"
SENDERS = {hashed(TOKEN): Sender("relay-01", SITE)}
SPLUNK = {"Authorization": f"Splunk {TOKEN}"}

EVE = {
    "timestamp": "2026-11-15T01:02:03.000000+0000",
    "event_type": "dns",
    "src_ip": "192.0.2.10",
    "src_port": 5353,
    "dest_ip": "192.0.2.53",
    "dest_port": 53,
    "proto": "UDP",
    "flow_id": 1,
    "dns": {"type": "query", "rrname": "pacs.example.org", "rrtype": "A"},
}

Reply = tuple[int, object, Mapping[str, str]]
Post = Callable[..., Awaitable[Reply]]


def served(
    folder: Path,
    story: Callable[[Live, Post, App, int], Awaitable[None]],
    limits: Limits | None = None,
    web: WebLimits | None = None,
    head_s: float = serving.HEAD_S,
) -> None:
    """Run a test's story against a server."""

    async def whole(live: Live) -> None:
        app = App(live.intake, SENDERS, web)
        server = Server(app, head_s=head_s)
        port = await server.start("127.0.0.1", 0)

        async def post(path: str, body: bytes | str = b"", method: str = "POST", **headers: str) -> Reply:
            named = {name.replace("_", "-"): value for name, value in headers.items()} or SPLUNK
            return await asyncio.to_thread(_request, port, method, path, body, named)

        try:
            await story(live, post, app, port)
        finally:
            await server.close()

    run(folder, whole, limits)


def _request(port: int, method: str, path: str, body: bytes | str, headers: Mapping[str, str]) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, dict(headers))
        reply = connection.getresponse()
        data = reply.read()
        return reply.status, json.loads(data) if data else None, {key.lower(): one for key, one in reply.getheaders()}
    finally:
        connection.close()


def events(live: Live) -> list[Event]:
    frames = live.journal.reader().read(1 << 30)
    found = [event for frame in frames for block in frame.blocks() for event in BY_NAME[block.format].read(block)]
    assert all(isinstance(event, Event) for event in found)
    return found  # type: ignore[return-value]


def test_ndjson(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        body = json.dumps(EVE) + "\n\n" + "<13>Oct 11 22:14:15 srv app: text\r\n"
        assert (await post("/ndjson", body))[:2] == (200, {"taken": 2})
        assert [event.source for event in events(live)] == ["suricata.dns", "syslog.line"]
        assert [(batch.receiver, batch.sender) for batch in live.batches()] == [("http.ndjson", "relay-01")]
        assert app.counts.records == 2

    served(tmp_path, story)


PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
    "gzip ": lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:]),
    "identity": bytes,
}


def test_packed_bodies(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        for encoding, pack in PACKED.items():
            headers = {"Content_Encoding": encoding, "Authorization": f"Bearer {TOKEN}"}
            reply = await post("/ndjson", pack(json.dumps(EVE).encode()), **headers)
            assert reply[0] == 200, (encoding, reply)
        assert len(events(live)) == len(PACKED)
        for encoding, body in (
            ("gzip", b"no gzip"),
            ("gzip", gzip.compress(b"torn")[:-4]),
            ("br", b""),
            ("zstd", b"x"),
        ):
            reply = await post("/ndjson", body, Content_Encoding=encoding, Authorization=f"Bearer {TOKEN}")
            assert reply[0] in {400, 415}, (encoding, reply)
        assert len(events(live)) == len(PACKED)

    served(tmp_path, story)


def test_splunk_hec(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        text = "<13>Nov 15 01:02:03 srv-dpi sshd[77]: Failed password for root from 192.0.2.9 port 4242 ssh2"
        body = json.dumps({"event": EVE, "host": "probe-1", "time": 1763168400, "sourcetype": "suricata"})
        body += json.dumps({"event": text, "host": "srv-dpi", "time": "1763168400.5"}) + "\n"
        body += json.dumps({"event": {"level": "warn", "text": "x"}, "time": 1763168400.25}, indent=2)
        body += json.dumps({"event": "alone\non two lines"})
        assert (await post("/services/collector/event", body))[:2] == (200, {"text": "Success", "code": 0})
        found = events(live)
        assert [event.source.partition(".")[0] for event in found] == ["suricata", "linux", "json", "text"]
        assert all(event.time_us for event in found[:3])
        assert found[0].native["hec"]["host"] == "probe-1"
        assert json.loads(found[1].raw)["host"] == "srv-dpi"
        assert found[2].time_us == 1763168400_250_000
        assert found[3].raw == b"alone#012on two lines"
        assert (await post("/services/collector/raw", "line 1\nline 2\n"))[0] == 200
        assert len(events(live)) == 6
        assert (await post("/services/collector/health", method="GET"))[0] == 200

    served(tmp_path, story)


def test_splunk_hec_acknowledges_by_channel(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        channel = {**SPLUNK, "X-Splunk-Request-Channel": "c1"}
        ids = []
        for number in range(3):
            reply = await post("/services/collector", json.dumps({"event": f"number {number}"}), **channel)
            ids.append(reply[1]["ackId"])  # type: ignore[index]
        assert ids == [0, 1, 2]
        reply = await post("/services/collector/ack?channel=c1", json.dumps({"acks": [0, 2, 7]}))
        assert reply[1] == {"acks": {"0": True, "2": True, "7": False}}
        other = await post("/services/collector/ack?channel=c2", json.dumps({"acks": [0]}))
        assert other[1] == {"acks": {"0": False}}
        assert (await post("/services/collector/ack", "no json"))[0] == 400

    served(tmp_path, story)


def test_what_is_wrong_with_a_hec_body_is_told_as_splunk_tells_it(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        for body, code, number in (
            ("", 5, None),
            ("{", 6, 0),
            ('{"event": "fine"}{"event": ', 6, 1),
            ('{"event": "fine"} [1]', 6, 1),
            ('{"event": "fine"}\n{"host": "x"}', 12, 1),
            ('{"event": ""}', 13, 0),
            ("[" * 100_000, 6, 0),
        ):
            status, told, _headers = await post("/services/collector/event", body)
            assert status == 400
            assert (told["code"], told.get("invalid-event-number")) == (code, number), body[:50]  # type: ignore
        assert live.lines() == []
        assert app.counts.malformed == 7

    served(tmp_path, story)


def test_elastic_bulk(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        basic = {"Authorization": "Basic " + base64.b64encode(f"any:{TOKEN}".encode()).decode()}
        key = {"Authorization": "ApiKey " + base64.b64encode(f"id:{TOKEN}".encode()).decode()}
        status, told, headers = await post("/", method="GET", **basic)
        assert status == 200
        assert headers["x-elastic-product"] == "Elasticsearch"
        assert told["version"]["number"].split(".")[0] == "8"  # type: ignore[index]
        lines = [{"create": {"_index": "winlogbeat"}}, EVE, {"index": {"_id": "7"}}, EVE, {"delete": {"_id": "1"}}]
        body = "".join(json.dumps(line) + "\n" for line in lines)
        status, told, _headers = await post("/winlogbeat/_bulk", body, **key)
        assert status == 200
        assert told["errors"] is False  # type: ignore[index]
        assert [next(iter(item)) for item in told["items"]] == ["create", "index", "delete"]  # type: ignore[index]
        assert [event.source for event in events(live)] == ["suricata.dns"] * 2
        assert live.lines()[0] == json.dumps(EVE).encode()
        for wrong in ("", "{}\n", '{"create": {}}\n', "no json\n"):
            assert (await post("/_bulk", wrong, **key))[0] == 400

    served(tmp_path, story)


def test_nobody_sends_without_a_token(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        paths = ["/ndjson", "/services/collector", "/services/collector/raw", "/_bulk", "/services/collector/ack", "/"]
        for path in [*paths, "/nowhere"]:
            assert (await post(path, "x", Host="a"))[0] == 401
            for wrong in ("Splunk", "Splunk wrong", "Basic %%%", "Basic " + TOKEN, hashed(TOKEN)):
                assert (await post(path, "x", Authorization=wrong))[0] == 403
        assert live.lines() == []
        assert (await post("/nowhere"))[0] == 404
        assert (await post("/ndjson", method="DELETE"))[0] == 405

    served(tmp_path, story)


def test_a_journal_that_refuses_makes_senders_wait(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        for path, body in (("/ndjson", "x"), ("/_bulk", '{"create":{}}\n{}'), ("/services/collector", '{"event":"x"}')):
            status, _told, headers = await post(path, body)
            assert status == 429
            assert int(headers["retry-after"]) >= 1
        assert app.counts.told_to_wait == 3

    served(tmp_path, story, Limits(keep_free_bytes=1 << 60))


def test_a_request_that_is_repeated_under_its_key_gives_the_same_events(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        for key in ("a", "a", "b", ""):
            headers = {**SPLUNK, "Idempotency-Key": key} if key else SPLUNK
            assert (await post("/ndjson", "one\ntwo\n", **headers))[0] == 200
        ids = [event.id for event in events(live)]
        assert len(ids) == 8
        assert len(set(ids)) == 6

    served(tmp_path, story)


def test_bodies_over_the_limits_are_refused_and_a_gzip_bomb_takes_no_memory(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        assert (await post("/ndjson", b"x" * 300_000))[0] == 413
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
        assert len(bomb) < 250_000
        tracemalloc.start()
        reply = await post("/ndjson", bomb, Content_Encoding="gzip", **SPLUNK)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
        tracemalloc.stop()
        assert reply[0] == 413
        assert (await post("/ndjson", b"still here"))[0] == 200

    served(tmp_path, story, web=WebLimits(body_bytes=250_000, content_bytes=2 << 20))


def test_connections_without_a_request_and_bodies_that_do_not_come_are_closed(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for rank, (_reader, writer) in enumerate(slow):
            writer.write(b"" if rank % 2 else b"POST /ndjson HTTP/1.1\r\nHost: a\r\n")
        head = f"POST /ndjson HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\nab"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        assert (await post("/ndjson", "meanwhile"))[0] == 200
        async with asyncio.timeout(5):
            for waiting, _writer in slow:
                assert await waiting.read() == b""
            assert b" 408 " in await reader.readline()
        assert live.lines() == [b"meanwhile"]
        for _reader, open_writer in [*slow, (reader, writer)]:
            open_writer.close()

    served(tmp_path, story, web=WebLimits(body_s=0.6), head_s=0.5)


def test_connections_of_one_address_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "CONNECTIONS_PER_ADDRESS", 10)

    async def story(live: Live, post: Post, app: App, port: int) -> None:
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        async with asyncio.timeout(5):
            ends = [await reader.read() for reader, _writer in opened[10:]]
        assert set(ends) == {b""}
        for _reader, writer in opened:
            writer.close()
        await asyncio.sleep(0.1)
        assert (await post("/ndjson", "again"))[0] == 200

    served(tmp_path, story)


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100_000, b"A" * 100_000])
def test_what_is_no_request_is_closed(tmp_path: Path, junk: bytes) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(junk)
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith((b"HTTP/1.1 400", b""))
        writer.close()
        assert (await post("/ndjson", "still here"))[0] == 200

    served(tmp_path, story, head_s=0.5)


def test_many_senders_at_once_are_all_on_disk_when_they_are_told_so(tmp_path: Path) -> None:
    async def story(live: Live, post: Post, app: App, port: int) -> None:
        replies = await asyncio.gather(*(post("/ndjson", f"{number}\n" * 10) for number in range(200)))
        assert {reply[0] for reply in replies} == {200}
        assert sorted(live.lines()) == sorted([b"%d" % number for number in range(200)] * 10)
        frames = live.journal.reader().read(1 << 30)
        assert len(frames) < 150, "commits are shared"

    served(tmp_path, story)


SERVING = """
import asyncio, sys
from pathlib import Path
from tocsin.ingest.intake import Intake
from tocsin.ingest.journal import Journal
from tocsin.ingest.serving import Server
from tocsin.ingest.web import App, Sender
async def main():
    journal = Journal(Path(sys.argv[1]))
    app = App(Intake({"chu-exemple": journal}), {sys.argv[2]: Sender("relay-01", "chu-exemple")})
    print(await Server(app).start("127.0.0.1", 0), flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


def killed(folder: Path, kills: int) -> None:
    """Send numbered requests, each until it is acknowledged, while the server is killed again and again."""
    chance = random.Random(11)
    number = 0
    for _ in range(kills):
        command = [sys.executable, "-c", SERVING, str(folder / "journal"), hashed(TOKEN)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": "src"})
        assert child.stdout
        port = int(child.stdout.readline())
        timer = threading.Timer(chance.uniform(0.05, 0.4), child.kill)
        timer.start()
        try:
            while True:
                body = "".join(f"{number * 10 + line}\n" for line in range(10))
                status, _told, _headers = _request(
                    port, "POST", "/ndjson", body, {**SPLUNK, "Idempotency-Key": str(number)}
                )
                assert status == 200
                number += 1
        except (OSError, http.client.HTTPException):
            child.wait()
    journal = Journal(folder / "journal")
    frames = journal.reader().read(1 << 30)
    found = [event for frame in frames for block in frame.blocks() for event in BY_NAME[block.format].read(block)]
    by_id = {event.id: event.raw for event in found}  # type: ignore[union-attr]
    acknowledged = [b"%d" % line for line in range(number * 10)]
    assert sorted(set(by_id.values()) & set(acknowledged)) == sorted(acknowledged)
    assert len(by_id) == len(set(by_id.values())), "what was sent again has the same ids"
    assert len(by_id) <= len(acknowledged) + 10, "at most the request under way is there without an answer"
    journal.close()


def test_a_killed_server_has_what_it_acknowledged_and_repeats_make_no_second_event(tmp_path: Path) -> None:
    killed(tmp_path, 4)


@pytest.mark.slow
def test_a_server_killed_sixty_times(tmp_path: Path) -> None:
    killed(tmp_path, 60)


def test_tls(tmp_path: Path) -> None:
    made, key = certificate(tmp_path)

    async def story(live: Live) -> None:
        server = Server(App(live.intake, SENDERS), tls_context(made, key))
        port = await server.start("127.0.0.1", 0)

        def send() -> int:
            context = ssl.create_default_context(cafile=str(made))
            connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
            connection.request("POST", "/ndjson", b"over TLS", SPLUNK)
            status = connection.getresponse().status
            connection.close()
            return status

        assert await asyncio.to_thread(send) == 200
        assert live.lines() == [b"over TLS"]
        with pytest.raises(InputError, match="cannot be listened on"):
            await Server(App(live.intake, SENDERS)).start("127.0.0.1", port)
        await server.close()

    run(tmp_path, story)


@given(st.binary(max_size=300) | st.sampled_from([b'{"event": NaN}', b'{"event": 1e999}', b'{"event": "\\ud800"}']))
def test_any_body_gives_lines_or_says_what_is_wrong(body: bytes) -> None:
    for read in (bodies.hec_lines(body), bodies.bulk(body), bodies.plain_lines(body)):
        lines = read.lines if isinstance(read, Bulk) else read
        assert isinstance(lines, Malformed) or all(b"\n" not in line for line in lines)
    for encoding in ("gzip", "deflate", "zstd", "", "x"):
        assert isinstance(bodies.opened(body, encoding, 1_000), bytes | Malformed)
