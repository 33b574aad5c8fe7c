"""Lines of `key=value` pairs of no product that we know.

Enters: a line that starts with a pair and has at least three. Leaves: events `keyvalue.record` whose native fields
are the pairs, with `message` for the whole line.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill
from tocsin.probes.pairs import carried, read_pairs, without
from tocsin.probes.parties import settle
from tocsin.probes.text_times import cef_time

NAME = "keyvalue"
LAYER: Layer = "other"
SOURCES = ("keyvalue",)

_PAIR = r"[A-Za-z_][\w.\-]*=(?:\"[^\"]*\"|[^\s,;\"]*)"
_LIKE = re.compile(rf"\s*{_PAIR}[\s,;]+{_PAIR}[\s,;]+{_PAIR}")
_TIMES = ("timestamp", "eventtime", "time", "ts", "datetime", "date_time", "start")


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line starts with three pairs."""
    return "=" in line[:64] and _LIKE.match(line) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line. Its time is that of the first usual key that holds one, else its header's."""
    native = without(read_pairs(line), ("",))
    stamps = [native[key] for key in _TIMES if key in native]
    if "date" in native:
        stamps.insert(0, f"{native['date']} {native.get('time', '')} {native.get('tz', '')}".strip())
    times = (cef_time(stamp) for stamp in stamps)
    time_us = next((stamp for stamp in times if stamp is not None), None)
    native.setdefault("message", line)
    return Parsed("keyvalue.record", time_us, {**carried(native, envelope)})


_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": ("action", "act", "event", "op", "operation"),
    "rule.action": ("action", "act"),
    "message": ("msg", "message"),
    "device.hostname": ("devname", "dvchost", "hostname", "host", "device", "syslog_hostname"),
    "src_endpoint.ip": ("srcip", "src_ip", "src", "source_ip", "client_ip", "clientip", "saddr", "SRC"),
    "src_endpoint.port": ("srcport", "src_port", "spt", "sport", "source_port", "SPT"),
    "dst_endpoint.ip": ("dstip", "dst_ip", "dst", "destination_ip", "server_ip", "daddr", "DST"),
    "dst_endpoint.port": ("dstport", "dst_port", "dpt", "dport", "destination_port", "DPT"),
    "connection_info.protocol_name": ("protocol", "proto", "PROTO"),
    "user.name": ("user", "username", "usrname", "suser", "duser", "acct"),
    "http_request.url": ("url", "request", "uri"),
    "app_name": ("app", "application", "service", "syslog_appname"),
}


def columns(event: Event) -> Columns:
    """Give what usual names tell."""
    return settle(fill(event.native, _TABLE))
