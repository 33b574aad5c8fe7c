"""Lines of syslog or plain text that no other probe claims.

Enters: a message with its opened syslog header (`headers.py`). Leaves: events `syslog.line` (a header named a
host or a program) or `text.line`, whose native fields are `message`, `hostname`, `appname`, `procid` and, where
the header had them, `priority`, `msgid`, `structured`, `relay`.
Source: RFC 3164, RFC 5424.
"""

from __future__ import annotations

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.probes.contract import Envelope

NAME = "syslog"
LAYER: Layer = "other"
SOURCES = ("syslog",)

_SEVERITIES = ("critical", "critical", "critical", "high", "medium", "low", "informational", "informational")


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Make the base event of a line that no probe claims."""
    source = "syslog.line" if envelope.host or envelope.app else "text.line"
    native: Native = {"message": line, "hostname": envelope.host, "appname": envelope.app, "procid": envelope.pid}
    native.update(envelope.fields)
    return Parsed(source, envelope.time_us, {key: value for key, value in native.items() if value not in ("", None)})


def columns(event: Event) -> Columns:
    """Give host, application, severity and message."""
    names = {"message": "message", "hostname": "device.hostname", "appname": "app_name"}
    found: Columns = {column: event.native[key] for key, column in names.items() if event.native.get(key)}
    priority = event.native.get("priority")
    if isinstance(priority, int):
        found["severity"] = _SEVERITIES[priority % 8]
    return found
