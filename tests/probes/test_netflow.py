"""NetFlow: nfdump's and Argus' shapes, what is left to others, and never an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import COLUMNS, Event, Origin
from tocsin.probes import netflow
from tocsin.probes.contract import Envelope

NONE = Envelope()


@pytest.mark.parametrize(
    "line",
    [
        "Date first seen             Duration     Proto      Src IP Addr:Port          Dst IP Addr:Port     Flags Tos",
        "Summary: total flows: 4593, total bytes: 241025, total packets: 4652, avg bps: 58357",
        "2026-03-02 03:15:30 INFO 10.0.0.1:80 -> 10.0.0.2:90 accepted",
        "2026-03-02 03:15:30,a,b",
        "",
    ],
)
def test_other_lines_are_left_alone(line: str) -> None:
    assert not netflow.claims_text(line, NONE)


@pytest.mark.parametrize(
    "record",
    [
        {"sa": "a", "da": "b"},
        {"event_type": "netflow", "netflow": {"pkts": 1, "bytes": 2}},
        {"src_addr": "a", "dst_addr": "b"},
        {"srcaddr": "192.168.20.31", "dstaddr": "203.0.113.7", "srcport": 1, "dstport": 2, "protocol": 6},
        {},
    ],
)
def test_other_objects_are_left_alone(record: dict[str, Any]) -> None:
    assert not netflow.claims(record)


def columns_of(parsed: Any) -> dict[str, Any]:
    return netflow.columns(Event(parsed.source, parsed.time_us, parsed.native, b"", Origin("x"), 0))


def test_long_text_with_scaled_amounts_and_ipv6() -> None:
    line = "2026-03-02 03:15:30.942  00:01:02.500 TCP  2001:db8::31.52324 -> 2001:db8::7.443 ...AP.SF 0 120 1.2 M 1"
    assert netflow.claims_text(line, NONE)
    parsed = netflow.read_text(line, NONE)
    found = columns_of(parsed)
    assert parsed.time_us == 1772421330942000
    assert (found["src_endpoint.ip"], found["src_endpoint.port"]) == ("2001:db8::31", 52324)
    assert (found["dst_endpoint.ip"], found["dst_endpoint.port"]) == ("2001:db8::7", 443)
    assert (found["traffic.bytes_out"], found["duration"]) == (1200000, 62.5)


def test_argus_totals_give_the_answer() -> None:
    row = {"StartTime": "2026/03/02 03:15:30.5", "Proto": "tcp", "SrcAddr": "192.168.20.31", "DstAddr": "203.0.113.7"}
    found = columns_of(netflow.read({**row, "TotBytes": "100", "SrcBytes": "40", "State": ""}))
    assert (found["traffic.bytes_out"], found["traffic.bytes_in"]) == (40, 60)
    assert "connection_info.state" not in found


@given(st.text(max_size=60) | st.from_regex(netflow._LONG, fullmatch=True) | st.from_regex(netflow._CSV))
def test_never_raises_on_any_line(line: str) -> None:
    if netflow.claims_text(line, NONE):
        assert set(columns_of(netflow.read_text(line, NONE))) <= set(COLUMNS)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers())
FIELDS = st.sampled_from(
    ["td", "first", "last", "ibyt", "TotBytes", "SrcBytes", "proto", "FIRST_SWITCHED", "src4_addr"]
)


@given(st.dictionaries(FIELDS, SCALARS))
def test_never_raises_on_any_record(record: dict[str, Any]) -> None:
    assert set(columns_of(netflow.read(record))) <= set(COLUMNS)
