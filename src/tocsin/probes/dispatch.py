"""Find the probe of each record from its content, and make the event.

Enters: one record (a JSON object or a line of text) with its bytes and place. Leaves: one Event, always: what
no probe claims, or what its probe cannot read after all, becomes a base event (`json.record`, `syslog.line`,
`text.line`), so that nothing is lost and rules on raw text still see it.

Most streams repeat few shapes, so the last probe that claimed a shape is asked first: on the hot path a record
costs one `claims()` call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tocsin.model import Event, Origin, Parsed, Reject
from tocsin.probes import headers, plain, syslog
from tocsin.probes.contract import Envelope, JsonProbe, TextProbe

_MAX_SHAPES = 4096
_NESTED_LIMIT = 4
_MAX_CONTAINER_KEYS = 6
_CONTAINERS = ("Records", "records", "value", "logEvents", "entries", "events", "Events", "items", "hits")
_MESSAGE_KEYS = ("message", "msg", "log", "MESSAGE", "_raw", "raw", "event.original")


class Dispatcher:
    """Turns records into events. Holds only a bounded memory of shapes; the result never depends on it."""

    def __init__(self, json_probes: tuple[JsonProbe, ...], text_probes: tuple[TextProbe, ...]) -> None:
        self._json_probes = json_probes
        self._text_probes = text_probes
        self._by_shape: dict[tuple[str, ...], JsonProbe | None] = {}

    def document(self, value: object, raw: bytes, origin: Origin, offset: int, site: str) -> Iterator[Event | Reject]:
        """Give the events of one JSON value: an object, a list of records, or a container of records."""
        part = 0
        for record, own_raw in _records(value, raw, self._is_record):
            if isinstance(record, dict):
                parsed = self.json(record)
            elif isinstance(record, str):
                parsed = self.text(record)
            else:
                yield Reject(origin, offset, "JSON value that is neither an object nor text", own_raw[:4096], part)
                part += 1
                continue
            yield Event(parsed.source, parsed.time_us, parsed.native, own_raw, origin, offset, part, site)
            part += 1

    def json(self, record: dict[str, Any]) -> Parsed:
        """Read one JSON object by the first probe that claims it, or as a base event."""
        probe = self._json_probe(record)
        if probe is not None:
            try:
                return probe.read(record)
            except (ValueError, KeyError, TypeError, AttributeError, IndexError):
                return plain.read(record)
        return self._wrapped(record)

    def text(self, line: str, written_us: int = 0) -> Parsed:
        """Read one line of text: syslog header first, then the probe that claims what it carries.

        `written_us`: when the stream was last written (0 unknown), for times without a year.
        """
        envelope, body = headers.open_envelope(line, written_us)
        return self._body(body, envelope)

    def _body(self, body: str, envelope: Envelope) -> Parsed:
        inner = _json_object(body)
        if inner is not None:
            parsed = self.json(inner)
            return parsed if parsed.time_us is not None else parsed._replace(time_us=envelope.time_us)
        for probe in self._text_probes:
            if probe.claims_text(body, envelope):
                try:
                    parsed = probe.read_text(body, envelope)
                except (ValueError, KeyError, TypeError, AttributeError, IndexError):
                    break
                return parsed if parsed.time_us is not None else parsed._replace(time_us=envelope.time_us)
        return syslog.read_text(body, envelope)

    def single(self, value: object) -> bool:
        """Say whether a JSON value is one record for sure: an object that cannot be a container of records."""
        return isinstance(value, dict) and (len(value) > _MAX_CONTAINER_KEYS or _contained(value) is None)

    def _json_probe(self, record: dict[str, Any]) -> JsonProbe | None:
        """Ask the probe that claimed this shape last; the last probe of the list, which takes any alert, never first.

        A test makes sure that of the other probes at most one claims a record, so memory cannot change the answer.
        """
        shape = tuple(record)
        known = self._by_shape.get(shape)
        if known is not None and known.claims(record):
            return known
        found = next((probe for probe in self._json_probes if probe.claims(record)), None)
        if found is self._json_probes[-1]:
            return found
        if len(self._by_shape) >= _MAX_SHAPES:
            self._by_shape.clear()
        self._by_shape[shape] = found
        return found

    def _is_record(self, record: dict[str, Any]) -> bool:
        """Say whether a probe claims this object: then it is a record, though it holds a list named like records."""
        return self._json_probe(record) is not None

    def _wrapped(self, record: dict[str, Any]) -> Parsed:
        """Look inside a shipper's wrapper (`{"message": "<the product's line>"}`) before giving up."""
        body = next((record[key] for key in _MESSAGE_KEYS if isinstance(record.get(key), str | dict)), None)
        if isinstance(body, dict):
            probe = self._json_probe(body)
            return self.json(body) if probe is not None else plain.read(record)
        if body:
            parsed = self.text(body)
            if parsed.source not in {"text.line", "json.record", "syslog.line"}:
                time_us = parsed.time_us if parsed.time_us is not None else plain.time_of(record)
                return parsed._replace(time_us=time_us)
        return plain.read(record)


def _json_object(text: str) -> dict[str, Any] | None:
    if text.startswith("@cee:"):
        text = text[5:].lstrip()
    if not text.startswith("{"):
        return None
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _records(
    value: object, raw: bytes, is_record: Callable[[dict[str, Any]], bool], depth: int = 0
) -> Iterator[tuple[object, bytes]]:
    """Walk into lists and containers; each record comes with its own bytes."""
    if isinstance(value, dict):
        inner = _contained(value)
        if inner is None or depth >= _NESTED_LIMIT or is_record(value):
            yield value, raw
            return
        value = inner
    elif not isinstance(value, list):
        yield value, raw
        return
    for item in value:
        yield from _records(item, orjson.dumps(item), is_record, depth + 1)


def _contained(record: dict[str, Any]) -> list[Any] | None:
    """Give the list inside a container such as CloudTrail's `{"Records": [...]}`, else None."""
    if len(record) > _MAX_CONTAINER_KEYS:
        return None
    for key in _CONTAINERS:
        inner = record.get(key)
        if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
            return inner
    return None
