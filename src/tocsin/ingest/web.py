"""Receiver of logs over HTTP: NDJSON, Splunk's HEC and Elasticsearch's `_bulk`, as shippers speak them.

Enters: requests with a sender's token. Leaves: batches in the journal of the token's site. A request is answered with
success only when its records are on disk; where the journal refuses, with 429 and `Retry-After`: the sender keeps
what it has. A sender that repeats a request with the same `Idempotency-Key` makes the same events.

    POST /ndjson                                                one record a line, JSON or text
    POST /services/collector[/event][/1.0]  …/raw  …/ack        Splunk HEC
    GET  /services/collector/health
    POST /_bulk  /<index>/_bulk                                 Elasticsearch; GET / tells what shippers ask first

Source: Splunk "HTTP Event Collector REST API endpoints"; Elasticsearch "Bulk API"; RFC 6585 (429).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, sha256
from typing import Any
from urllib.parse import parse_qs

import orjson
from msgspec import Struct

from tocsin import clock
from tocsin.ingest import bodies
from tocsin.ingest.bodies import Bulk, Malformed
from tocsin.ingest.intake import Intake
from tocsin.ingest.journal import Refusal
from tocsin.ingest.segments import Batch

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_KEPT_CHANNELS = 10_000
_SMALL_BYTES = 32 << 10
_VERSION = "8.17.0"
"""The version that shippers are told: they refuse to talk to one they do not know."""


class Sender(Struct, frozen=True):
    """Who a token belongs to."""

    name: str
    site: str


class WebLimits(Struct, frozen=True):
    """What the receiver allows."""

    body_bytes: int = 16 << 20
    """A body as it comes, packed."""
    content_bytes: int = 64 << 20
    """A body unpacked: the end of a gzip bomb."""
    waiting_bytes: int = 128 << 20
    """Bodies being received, all together; beyond that senders are told to wait."""
    body_s: float = 60.0
    unpacking: int = 2
    """Bodies being unpacked and cut at the same time."""


class WebCounts(Struct):
    """What the receiver has done, for the pages and figures of the service."""

    records: int = 0
    requests: int = 0
    unknown_senders: int = 0
    malformed: int = 0
    told_to_wait: int = 0


class Answer(Struct, frozen=True):
    """An answer to a request."""

    status: int
    body: object
    headers: tuple[tuple[bytes, bytes], ...] = ()


def hashed(token: str) -> str:
    """Give the form in which a token is kept. Tokens are long and random, so that a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


class App:
    """The receiver as an ASGI application; `senders` gives who a token's hash belongs to."""

    def __init__(self, intake: Intake, senders: Mapping[str, Sender], limits: WebLimits | None = None) -> None:
        self._intake = intake
        self._senders = senders
        self._limits = limits or WebLimits()
        self._waiting_bytes = 0
        self._threads = ThreadPoolExecutor(self._limits.unpacking, "body")
        self._acks: OrderedDict[tuple[str, str], int] = OrderedDict()
        self.counts = WebCounts()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        self.counts.requests += 1
        answer = await self._answer(scope, receive)
        body = b"" if scope["method"] == "HEAD" else orjson.dumps(answer.body)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(orjson.dumps(answer.body))),
            (b"x-elastic-product", b"Elasticsearch"),  # without it shippers of Elastic refuse to send
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: _Scope, receive: _Receive) -> Answer:
        headers = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in scope["headers"]}
        method, path = str(scope["method"]), str(scope["path"]).rstrip("/")
        if path.removesuffix("/1.0") == "/services/collector/health" and method == "GET":
            return Answer(200, {"text": "HEC is healthy", "code": 17})
        sender = self._sender(headers.get("authorization", ""))
        if isinstance(sender, Answer):
            self.counts.unknown_senders += 1
            return sender
        if path == "" and method in {"GET", "HEAD"}:
            return Answer(200, {"name": "tocsin", "cluster_name": "tocsin", "version": {"number": _VERSION}})
        kind = _kind(path)
        if kind == "":
            return Answer(404, {"text": "nothing is here", "code": 404})
        if method not in {"POST", "PUT"}:
            return Answer(405, {"text": "POST it", "code": 405}, ((b"allow", b"POST"),))
        answer = await self._posted(kind, sender, headers, scope, receive)
        self.counts.malformed += answer.status in {400, 413, 415}
        self.counts.told_to_wait += answer.status == 429
        return answer

    def _sender(self, authorization: str) -> Sender | Answer:
        if not authorization:
            wanted = ((b"www-authenticate", b"Bearer"),)
            return Answer(401, {"text": "Token is required", "code": 2}, wanted)
        found = self._senders.get(hashed(_token_in(authorization)))
        return found or Answer(403, {"text": "Invalid token", "code": 4})

    async def _posted(
        self, kind: str, sender: Sender, headers: Mapping[str, str], scope: _Scope, receive: _Receive
    ) -> Answer:
        if self._intake.busy(sender.site) or self._waiting_bytes >= self._limits.waiting_bytes:
            return _wait(Refusal("more comes than the disk takes", 1.0))
        body = await self._body(receive)
        if isinstance(body, Malformed):
            return _malformed(kind, body)
        if kind == "ack":
            return self._acknowledged(sender, _channel(headers, scope), body)
        read = await self._read_somewhere(kind, body, headers.get("content-encoding", "").strip().lower())
        if isinstance(read, Malformed):
            return _malformed(kind, read)
        lines = read.lines if isinstance(read, Bulk) else read
        refused = await self._keep(kind, sender, lines, headers.get("idempotency-key", ""))
        if refused is not None:
            return _wait(refused)
        self.counts.records += len(lines)
        if isinstance(read, Bulk):
            return _bulk_answer(read)
        return self._taken(kind, sender, _channel(headers, scope), len(lines))

    async def _body(self, receive: _Receive) -> bytes | Malformed:
        """Receive a body within its limits of size and time."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._limits.body_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return Malformed(400, 6, "the sender is gone")
                    part = bytes(message.get("body", b""))
                    parts.append(part)
                    size += len(part)
                    self._waiting_bytes += len(part)
                    if size > self._limits.body_bytes:
                        return Malformed(413, 27, f"body over {self._limits.body_bytes} bytes")
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return Malformed(408, 6, f"the body did not come within {self._limits.body_s:.0f} s")
        finally:
            self._waiting_bytes -= size

    async def _read_somewhere(self, kind: str, body: bytes, encoding: str) -> list[bytes] | Bulk | Malformed:
        """Read a small body at once, others in a thread, so that a large one holds up nobody."""
        if len(body) <= _SMALL_BYTES and not encoding:
            return self._read(kind, body, encoding)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, kind, body, encoding)

    def _read(self, kind: str, body: bytes, encoding: str) -> list[bytes] | Bulk | Malformed:
        content = bodies.opened(body, encoding, self._limits.content_bytes)
        if isinstance(content, Malformed):
            return content
        if kind == "bulk":
            return bodies.bulk(content)
        if kind == "event":
            return bodies.hec_lines(content)
        return bodies.plain_lines(content) or Malformed(400, 5, "No data")

    async def _keep(self, kind: str, sender: Sender, lines: list[bytes], repeated_by: str) -> Refusal | None:
        """Hand in lines; give the refusal where there is one."""
        if not lines:
            return None
        key = b""
        if repeated_by:
            key = blake2b(f"{sender.site}\n{sender.name}\n{repeated_by}".encode(), digest_size=8).digest()
        data = b"\n".join([*lines, b""])
        batch = Batch(sender.site, f"http.{kind}", sender.name, clock.now_us(), data, len(lines), key=key)
        answer = await self._intake.put(sender.site, batch)
        return answer if isinstance(answer, Refusal) else None

    def _taken(self, kind: str, sender: Sender, channel: str, count: int) -> Answer:
        """Say that all is on disk; with a channel, under a number that can be asked about later."""
        if kind == "ndjson":
            return Answer(200, {"taken": count})
        if not channel:
            return Answer(200, {"text": "Success", "code": 0})
        key = (sender.name, channel)
        number = self._acks.pop(key, 0)
        self._acks[key] = number + 1
        if len(self._acks) > _KEPT_CHANNELS:
            self._acks.popitem(last=False)
        return Answer(200, {"text": "Success", "code": 0, "ackId": number})

    def _acknowledged(self, sender: Sender, channel: str, body: bytes) -> Answer:
        """Say which numbers of a channel are on disk: every one that was given."""
        try:
            asked = orjson.loads(body)["acks"]
            given = self._acks.get((sender.name, channel), 0)
            found = {str(int(number)): 0 <= int(number) < given for number in asked[:_KEPT_CHANNELS]}
        except (ValueError, KeyError, TypeError):
            return _malformed("ack", Malformed(400, 6, "Invalid data format"))
        return Answer(200, {"acks": found})


def _kind(path: str) -> str:
    """Name what is posted to a path."""
    if path.startswith("/services/collector"):
        rest = path.removeprefix("/services/collector").removesuffix("/1.0").strip("/")
        return {"": "event", "event": "event", "raw": "raw", "ack": "ack"}.get(rest, "")
    if path == "/_bulk" or (path.endswith("/_bulk") and path.count("/") == 2):
        return "bulk"
    return "ndjson" if path == "/ndjson" else ""


def _token_in(authorization: str) -> str:
    """Give the token of `Splunk t`, `Bearer t`, `ApiKey base64(id:t)` or `Basic base64(user:t)`."""
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    if scheme.lower() not in {"basic", "apikey"}:
        return value
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _channel(headers: Mapping[str, str], scope: _Scope) -> str:
    asked = parse_qs(bytes(scope["query_string"]).decode("latin-1")).get("channel", [""])[0]
    return (headers.get("x-splunk-request-channel") or asked)[:200]


def _wait(refusal: Refusal) -> Answer:
    seconds = b"%d" % max(1, math.ceil(refusal.retry_s))
    return Answer(429, {"text": refusal.reason, "code": 9}, ((b"retry-after", seconds),))


def _malformed(kind: str, wrong: Malformed) -> Answer:
    close = ((b"connection", b"close"),) if wrong.status in {408, 413} else ()
    if kind == "bulk":
        reason = {"type": "illegal_argument_exception", "reason": wrong.text}
        return Answer(wrong.status, {"error": reason, "status": wrong.status}, close)
    number = {} if wrong.event is None else {"invalid-event-number": wrong.event}
    return Answer(wrong.status, {"text": wrong.text, "code": wrong.code, **number}, close)


def _bulk_answer(read: Bulk) -> Answer:
    items = [
        {name: {"_index": index, "_id": ident, "status": 404 if name == "delete" else 201, "_version": 1}}
        for name, index, ident in read.items
    ]
    return Answer(200, {"took": 0, "errors": False, "items": items})
