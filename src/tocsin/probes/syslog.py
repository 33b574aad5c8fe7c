"""Syslog headers, RFC 3164 and RFC 5424, and lines that no other probe claims.

Enters: a line of text. Leaves: an `Envelope` and the message (`open_envelope`); events `syslog.line` (a header
was found) or `text.line` whose native fields are `message`, `hostname`, `appname`, `procid`.
Source: RFC 3164, RFC 5424, RFC 6587 (octet counting).
"""

from __future__ import annotations

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.probes.contract import Envelope

NAME = "syslog"
LAYER: Layer = "other"
SOURCES = ("syslog",)


def open_envelope(line: str) -> tuple[Envelope, str]:
    """Split a line in its syslog envelope (empty when there is none) and its message."""
    return Envelope(), line


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Make the base event of a line that no probe claims."""
    source = "syslog.line" if envelope.host or envelope.app else "text.line"
    native = {"message": line, "hostname": envelope.host, "appname": envelope.app, "procid": envelope.pid}
    return Parsed(source, envelope.time_us, {key: value for key, value in native.items() if value})


def columns(event: Event) -> Columns:
    """Give host, application and message."""
    names = {"message": "message", "hostname": "device.hostname", "appname": "app_name"}
    return {column: event.native[key] for key, column in names.items() if event.native.get(key)}
