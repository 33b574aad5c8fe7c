"""Facts of network probes: Zeek and Suricata, read from their own fields because they are many a second."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.detect.behaviour.facts.rows import Fact, FileOp, Flow, Query, Ticket, Web
from tocsin.detect.behaviour.facts.values import Reader, number, seconds, text
from tocsin.detect.findings import reference
from tocsin.model import Event
from tocsin.model import names as spell


def _conn(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    src, dst = get("id.orig_h"), get("id.resp_h")
    if isinstance(src, str) and isinstance(dst, str):
        yield Flow(
            time_us,
            src,
            dst,
            number(get("id.resp_p")),
            text(get("proto")),
            text(get("service")),
            number(get("orig_bytes")),
            number(get("resp_bytes")),
            seconds(get("duration")),
            text(get("conn_state")),
            reference(event),
        )


def _zeek_dns(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    answers = get("answers")
    listed = answers if isinstance(answers, list) else text(answers).split(",") if answers else []
    name = text(get("query")).rstrip(".").lower()
    if name:
        yield Query(
            time_us,
            text(get("id.orig_h")),
            name,
            text(get("qtype_name")),
            text(get("rcode_name")),
            tuple(map(str, listed)),
            reference(event),
        )


def _zeek_http(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    host = text(get("host")).partition(":")[0].lower()
    ends = (text(get("id.orig_h")), text(get("id.resp_h")), number(get("id.resp_p")))
    yield Web(time_us, *ends, host, text(get("user_agent")), False, reference(event))


def _zeek_ssl(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    agent = text(get("ja4") or get("ja3"))
    ends = (text(get("id.orig_h")), text(get("id.resp_h")), number(get("id.resp_p")))
    yield Web(time_us, *ends, text(get("server_name")).lower(), agent, True, reference(event))


_SMB_ACTIONS = {
    "SMB::FILE_OPEN": "open",
    "SMB::FILE_READ": "read",
    "SMB::FILE_WRITE": "write",
    "SMB::FILE_RENAME": "rename",
    "SMB::FILE_DELETE": "delete",
    "SMB::FILE_CLOSE": "close",
}


def _zeek_smb(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    action = _SMB_ACTIONS.get(text(get("action")), "")
    if action:
        yield FileOp(
            time_us,
            text(get("id.orig_h")),
            text(get("id.resp_h")),
            text(get("path")).lower(),
            action,
            text(get("name")),
            text(get("prev_name")),
            reference(event),
        )


def _zeek_kerberos(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    account = spell.account(text(get("client")).partition("/")[0])
    if account:
        yield Ticket(
            time_us,
            account,
            text(get("service")),
            text(get("id.orig_h")),
            text(get("request_type")),
            {"rc4-hmac": "0x17"}.get(text(get("cipher")), text(get("cipher"))),
            text(get("success")).lower() not in {"false", "f"},
            reference(event),
            text(get("error_msg")),
        )


def _eve_flow(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    flow = native.get("flow")
    src, dst = native.get("src_ip"), native.get("dest_ip")
    if isinstance(src, str) and isinstance(dst, str) and isinstance(flow, dict):
        yield Flow(
            time_us,
            src,
            dst,
            number(native.get("dest_port")),
            text(native.get("proto")).lower(),
            text(native.get("app_proto")),
            number(flow.get("bytes_toserver")),
            number(flow.get("bytes_toclient")),
            seconds(flow.get("age")),
            "" if flow.get("state") != "new" else "S0",
            reference(event),
        )


_FLOWS, _QUERIES, _WEB = frozenset({"Flow"}), frozenset({"Query"}), frozenset({"Web"})
READERS: dict[str, tuple[Reader, frozenset[str]]] = {
    "zeek.conn": (_conn, _FLOWS),
    "zeek.open_conn": (_conn, _FLOWS),
    "zeek.dns": (_zeek_dns, _QUERIES),
    "zeek.http": (_zeek_http, _WEB),
    "zeek.ssl": (_zeek_ssl, _WEB),
    "zeek.smb_files": (_zeek_smb, frozenset({"FileOp"})),
    "zeek.kerberos": (_zeek_kerberos, frozenset({"Ticket"})),
    "suricata.flow": (_eve_flow, _FLOWS),
}
"""Source -> its reader and the kinds of facts that it may give."""
