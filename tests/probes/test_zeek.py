"""Zeek JSON: streams told from fields, dialects, and records of others that must not be taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import COLUMNS, Event, Origin
from tocsin.probes import zeek
from tocsin.probes.zeek_tables import TABLES

ID = {"id.orig_h": "192.168.20.31", "id.orig_p": 51044, "id.resp_h": "192.168.10.5", "id.resp_p": 445}


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"proto": "tcp", "conn_state": "S0"}, "zeek.conn"),
        ({"proto": "udp", "query": "a", "qtype": "1", "rcode": 0}, "zeek.dns"),
        ({"version": "TLSv13", "cipher": "x", "established": True}, "zeek.ssl"),
        ({"server_name": "a.example.org", "client_initial_dcid": "x"}, "zeek.quic"),
        ({"trans_depth": 1, "helo": "x"}, "zeek.smtp"),
        ({"trans_depth": 1, "method": "OPTIONS", "uri": "sip:1", "call_id": "x"}, "zeek.sip"),
        ({"trans_depth": 1, "version": "1.1"}, "zeek.http"),
        ({"action": "SMB::FILE_OPEN", "path": "x"}, "zeek.smb_files"),
        ({"path": "\\\\a\\IPC$"}, "zeek.smb_mapping"),
        ({"endpoint": "samr", "operation": "SamrConnect5"}, "zeek.dce_rpc"),
        ({"client": "a/B", "service": "krbtgt/B", "success": True}, "zeek.kerberos"),
        ({"server": "SSH-2.0-x"}, "zeek.ssh"),
        ({"tunnel_type": "Tunnel::GRE", "action": "Tunnel::DISCOVER"}, "zeek.tunnel"),
        ({"name": "bad_TCP_checksum", "notice": False, "peer": "zeek"}, "zeek.weird"),
        ({"command": "NICK", "value": "x"}, "zeek.irc"),
        ({"user": "u", "command": "RETR", "arg": "x", "reply_code": 226}, "zeek.ftp"),
        ({"_path": "vendor_log", "x": 1}, "zeek.vendor_log"),
        ({"_path": "../x", "conn_state": "S0"}, "zeek.conn"),
        ({"whatever": 1}, "zeek.unknown"),
    ],
)
def test_the_stream_is_told_from_the_fields(fields: dict[str, Any], source: str) -> None:
    record = {"ts": 1772420400.5, "uid": "C1", **ID, **fields}
    assert zeek.claims(record)
    parsed = zeek.read(record)
    assert (parsed.source, parsed.time_us) == (source, 1772420400500000)


@pytest.mark.parametrize(
    "record",
    [
        {"ts": 1, "level": "info", "msg": "started", "uid": "x"},
        {"ts": 1, "host": "a", "message": "x"},
        {"ts": "2026-03-02T03:00:00Z", "name": "x"},
        {"@timestamp": "2026-03-02T03:00:00Z", "message": "x", "host": {"name": "a"}},
        {"timestamp": "2026-03-02T03:00:00.1+0200", "event_type": "dns", "flow_id": 1, "dns": {"rrname": "a"}},
        {"http": {"method": "GET"}},
        {"ts": 1, "id": {"a": 1}},
        {},
    ],
)
def test_records_of_others_are_left_alone(record: dict[str, Any]) -> None:
    assert not zeek.claims(record)


@pytest.mark.parametrize(
    "record",
    [
        {"ts": 1.5, "uid": "C1", **{key.replace(".", "_"): value for key, value in ID.items()}, "conn_state": "SF"},
        {"ts": 1.5, "uid": "C1", "id": {key[3:]: value for key, value in ID.items()}, "conn_state": "SF"},
        {"conn": {"ts": 1.5, "uid": "C1", **ID, "conn_state": "SF"}},
        {"ts": "1970-01-01T00:00:01.500000Z", "uid": "C1", **ID, "conn_state": "SF", "_path": "conn"},
        {"@timestamp": "1970-01-01T00:00:01.5Z", "uid": "C1", **ID, "conn_state": "SF"},
    ],
)
def test_dialects_give_the_same_record(record: dict[str, Any]) -> None:
    assert zeek.claims(record)
    parsed = zeek.read(record)
    assert (parsed.source, parsed.time_us) == ("zeek.conn", 1500000)
    assert {key: parsed.native[key] for key in ID} == ID


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        *("ts", "uid", "_path", "id", "id.orig_h", "id.resp_h", "id_orig_h", "query", "answers", "host", "uri", "note"),
        *("msg_types", "tx_hosts", "client", "success", "conn_state", "rcptto", "status_code", "name", "actions"),
    ]
)


@given(st.dictionaries(KEYS | st.text(max_size=5), JSON, max_size=8), st.sampled_from(["", *TABLES]))
def test_never_raises_on_any_record(record: dict[str, Any], stream: str) -> None:
    if zeek.claims(record):
        parsed = zeek.read(record)
        assert parsed.source.startswith("zeek.")
    columns = zeek.columns(Event(f"zeek.{stream}", None, record, b"", Origin("x"), 0))
    assert set(columns) <= set(COLUMNS)
