"""Facts of network probes: Zeek and Suricata, read from their own fields because they are many a second."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.detect.behaviour.facts.rows import Fact, FileOp, Flow, Query, Remote, Ticket, Web
from tocsin.detect.behaviour.facts.values import Reader, number, seconds, text
from tocsin.detect.findings import reference
from tocsin.model import Event
from tocsin.model import names as spell
from tocsin.model.times import parse_time


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


_REMOTE = {
    "svcctl": "service",
    "atsvc": "task",
    "itaskschedulerservice": "task",
    "winreg": "registry",
    "iremotescmactivator": "dcom",
    "isystemactivator": "dcom",
    "iwbemlevel1login": "wmi",
    "iwbemservices": "wmi",
    "iwbemloginclientid": "wmi",
}
"""Interfaces of DCE/RPC that administer another machine (MS-SCMR, MS-TSCH, MS-RRP, MS-DCOM, MS-WMI)."""


def _zeek_dce_rpc(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    how = _REMOTE.get(text(get("endpoint")).lower(), "")
    if how:
        ends = (text(get("id.orig_h")), text(get("id.resp_h")))
        yield Remote(time_us, *ends, how, text(get("operation")), reference(event))


_CREATING = frozenset({"FILE_CREATE", "FILE_OVERWRITE", "FILE_OVERWRITE_IF", "FILE_SUPERSEDE"})


def _eve_smb(event: Event, time_us: int) -> Iterator[Fact]:
    smb = event.native.get("smb")
    if not isinstance(smb, dict) or text(smb.get("status")) not in {"", "STATUS_SUCCESS"}:
        return
    renamed, name = smb.get("rename"), text(smb.get("filename"))
    before, action = "", ""
    if isinstance(renamed, dict):
        name, before, action = text(renamed.get("to")), text(renamed.get("from")), "rename"
    elif name and text(smb.get("command")).endswith("_CREATE"):
        deletes = text(smb.get("access")) == "delete on close"
        action = "delete" if deletes else "write" if smb.get("disposition") in _CREATING else "open"
    if action:
        ends = (text(event.native.get("src_ip")), text(event.native.get("dest_ip")))
        yield FileOp(time_us, *ends, text(smb.get("share")).lower(), action, name, before, reference(event))


def _eve_state(tcp: object) -> str:
    """Give Zeek's code of a TCP flow that is over, by the flags of both sides: a SYN and nothing more was in vain."""
    flags = tcp if isinstance(tcp, dict) else {}
    if text(flags.get("tcp_flags_ts")).lower() != "02":
        return ""
    return {"00": "S0", "14": "REJ"}.get(text(flags.get("tcp_flags_tc")), "")


def _eve_flow(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    flow = native.get("flow")
    src, dst = native.get("src_ip"), native.get("dest_ip")
    if isinstance(src, str) and isinstance(dst, str) and isinstance(flow, dict):
        begun_us = parse_time(flow.get("start"))
        yield Flow(
            # The record is written when the flow has timed out, a minute or more after its end.
            time_us if begun_us is None else min(begun_us, time_us),
            src,
            dst,
            number(native.get("dest_port")),
            text(native.get("proto")).lower(),
            text(native.get("app_proto")),
            number(flow.get("bytes_toserver")),
            number(flow.get("bytes_toclient")),
            seconds(flow.get("age")),
            "S0" if flow.get("state") == "new" else _eve_state(native.get("tcp")),
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
    "zeek.dce_rpc": (_zeek_dce_rpc, frozenset({"Remote"})),
    "zeek.kerberos": (_zeek_kerberos, frozenset({"Ticket"})),
    "suricata.flow": (_eve_flow, _FLOWS),
    "suricata.smb": (_eve_smb, frozenset({"FileOp"})),
}
"""Source -> its reader and the kinds of facts that it may give."""
