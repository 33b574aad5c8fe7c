"""Access logs of web servers (common, combined, virtual host) and of the Squid proxy.

Enters: lines of Apache, nginx and those who write like them; lines of Squid's native format. Leaves: events
`web.access` and `proxy.access` whose native fields have W3C's names, because Sigma's webserver and proxy rules are
written with them (`cs-method`, `c-uri`, `sc-status`, `cs-user-agent`, `c-useragent`…). As those rules use it,
`cs-uri-query` holds path and query, `cs-uri-stem` the path alone.
Source: Apache mod_log_config, nginx ngx_http_log_module, Squid "Features/LogFormat"; Sigma taxonomy.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Parsed
from tocsin.model.times import parse_time
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill
from tocsin.probes.pairs import carried
from tocsin.probes.parties import account, settle
from tocsin.probes.text_times import cef_time

NAME = "web_access"
LAYER: Layer = "network"
SOURCES = ("web", "proxy")

_QUOTED = r'"((?:[^"\\]|\\.)*+)"'
_WEB = re.compile(
    r"\s*(?:([\w.:\-]{1,255}) )?(?!- )([\w.:\-]{1,255}) (?:\(\S{0,255}\) )?(\S{1,255}) ([^\[\]\"]{1,255}) "
    r"\[(\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] (?:\"-\" )?" + _QUOTED + r" (\d{3}|-) (\d+|-)"
    r"(?:(?: \d+)? " + _QUOTED + " " + _QUOTED + ")?(.*)$",
    re.DOTALL,
)
_WEB_NAMES = ("cs-host", "c-ip", "ident", "cs-username", "date", "request", "sc-status", "sc-bytes", "cs-referer",
              "cs-user-agent", "rest")  # fmt: skip
_REQUEST = re.compile(r"([A-Z][A-Za-z_\-]{1,31}) (.*?)(?: (HTTP/[\d.]+))?$", re.DOTALL)
_SQUID = re.compile(
    r"\s*(\d{9,10}\.\d{3})\s+(-?\d+) (\S+) ([A-Z_]+)/(\d{3}) (\d+) (\S+) (\S.*?) (\S+) ([A-Z_]+)/(\S+)(?: (\S+))?(?: "
    + _QUOTED + " " + _QUOTED + r")?\s*$"
)  # fmt: skip
_SQUID_NAMES = ("time", "time-taken", "c-ip", "s-action", "sc-status", "sc-bytes", "cs-method", "c-uri", "cs-username",
                "s-hierarchy", "s-ip", "cs-mime-type", "cs-referer", "c-useragent")  # fmt: skip
_HOST = re.compile(r"(?:[a-z]+://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]+)")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is an access log line."""
    if '] "' in line:
        return _WEB.match(line) is not None
    return line.lstrip()[9:15].find(".") >= 0 and line[:1] in "1 " and _SQUID.match(line) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line."""
    found = _WEB.match(line)
    if found is not None:
        native = _named(_WEB_NAMES, found)
        _open_request(native)
        return Parsed("web.access", cef_time(native["date"]), {**carried(native, envelope)})
    found = _SQUID.match(line)
    if found is None:
        raise ValueError("no access log line")
    native = _named(_SQUID_NAMES, found)
    uri = native.get("c-uri", "")
    host = _HOST.match(uri)
    if host is not None:
        native["cs-host"] = host.group(1)
    _split_uri(native, uri)
    return Parsed("proxy.access", parse_time(native["time"]), {**carried(native, envelope)})


def _named(names: tuple[str, ...], found: re.Match[str]) -> dict[str, str]:
    return {
        name: value.strip() for name, value in zip(names, found.groups(), strict=True) if value not in {None, "-", ""}
    }


def _open_request(native: dict[str, str]) -> None:
    request = _REQUEST.match(native.get("request", ""))
    if request is None:
        return
    method, target, version = request.groups()
    native.update({"cs-method": method, "c-uri": target})
    if version:
        native["cs-version"] = version
    _split_uri(native, target)


def _split_uri(native: dict[str, str], target: str) -> None:
    path = target.partition("?")[0]
    native.update({"cs-uri": target, "cs-uri-query": target, "cs-uri-stem": path})
    extension = _EXTENSION.search(path[-12:])
    if extension is not None:
        native["c-uri-extension"] = extension.group(1)
    if "cs-user-agent" in native:
        native["c-useragent"] = native["cs-user-agent"]


_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": "cs-method",
    "rule.action": "s-action",
    "src_endpoint.ip": "c-ip",
    "http_request.url": "c-uri",
    "http_request.method": "cs-method",
    "http_request.user_agent": ("cs-user-agent", "c-useragent"),
    "http_response.code": "sc-status",
    "traffic.bytes_in": "sc-bytes",
    "device.hostname": "syslog_hostname",
}


def columns(event: Event) -> Columns:
    """Give request, peers and account."""
    native = event.native
    found = fill(native, _TABLE)
    found["class_uid"] = 4002
    found.update(account("actor.user", native.get("cs-username")))
    host = str(native.get("cs-host", "")).rpartition(":")
    found.update(
        fill(
            {"host": host[0] if host[2].isdigit() and host[0] else native.get("cs-host")},
            {"dst_endpoint.hostname": "host"},
        )
    )
    found.update(fill(native, {"dst_endpoint.ip": "s-ip"}))
    return settle(found)
