"""Packets to Zeek-like records: states, directions, time-outs, bounds; and the real tshark where it is installed."""

from __future__ import annotations

import struct
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import Event, Origin, Reject
from tocsin.probes.formats import lines, pcap, recognise
from tocsin.probes.packets import flows
from tocsin.probes.packets.certificates import certificate
from tocsin.probes.packets.gather import READERS, Gatherer
from tocsin.probes.packets.packet import FIELDS

A, B = ("192.168.20.31", 51001), ("203.0.113.7", 443)
SYN, SYN_ACK, ACK, FIN, RST = 0x02, 0x12, 0x10, 0x11, 0x14


def tcp(
    at: float, src: tuple[str, int], dst: tuple[str, int], flags: int, size: int = 0, **fields: str
) -> dict[str, list[str]]:
    layers = {
        "frame_time_epoch": [f"{1772420400 + at:.9f}"],
        "frame_protocols": [fields.pop("protocols", "eth:ethertype:ip:tcp")],
        "ip_src": [src[0]],
        "ip_dst": [dst[0]],
        "ip_len": [str(40 + size)],
        "tcp_srcport": [str(src[1])],
        "tcp_dstport": [str(dst[1])],
        "tcp_flags": [f"0x{flags:04x}"],
        "tcp_len": [str(size)],
    }
    return layers | {name: [value] for name, value in fields.items()}


def records(*packets: dict[str, list[str]], path: str = "conn") -> list[dict[str, Any]]:
    gatherer = Gatherer()
    found = [record for packet in packets for record in gatherer.packet(packet)]
    found += gatherer.end()
    return [record for record in found if record["_path"] == path]


OPEN = (tcp(0, A, B, SYN), tcp(0.1, B, A, SYN_ACK), tcp(0.2, A, B, ACK))
TALK = (*OPEN, tcp(0.3, A, B, ACK, 100), tcp(0.4, B, A, ACK, 900))


@pytest.mark.parametrize(
    ("packets", "state", "history"),
    [
        ((tcp(0, A, B, SYN),), "S0", "S"),
        ((tcp(0, A, B, SYN), tcp(0.1, B, A, RST)), "REJ", "Sr"),
        ((tcp(0, A, B, SYN), tcp(0.1, A, B, RST)), "RSTOS0", "SR"),
        ((tcp(0, A, B, SYN), tcp(0.1, A, B, FIN)), "SH", "SF"),
        ((tcp(0, B, A, SYN_ACK),), "OTH", "^h"),
        ((tcp(0, B, A, SYN_ACK), tcp(0.1, B, A, RST)), "RSTRH", "^hr"),
        ((tcp(0, B, A, SYN_ACK), tcp(0.1, B, A, FIN)), "SHR", "^hf"),
        (TALK, "S1", "ShADd"),
        ((*TALK, tcp(1, A, B, FIN)), "S2", "ShADdF"),
        ((*TALK, tcp(1, B, A, FIN)), "S3", "ShADdf"),
        ((*TALK, tcp(1, A, B, FIN), tcp(1.1, B, A, FIN)), "SF", "ShADdFf"),
        ((*TALK, tcp(1, A, B, RST)), "RSTO", "ShADdR"),
        ((*TALK, tcp(1, B, A, RST)), "RSTR", "ShADdr"),
        ((tcp(0, B, A, ACK, 5), tcp(0.1, A, B, ACK, 7)), "OTH", "^dD"),
    ],
)
def test_states_and_history_are_zeeks(packets: tuple[Any, ...], state: str, history: str) -> None:
    (conn,) = records(*packets)
    assert (conn["conn_state"], conn["history"]) == (state, history)
    assert (conn["id.orig_h"], conn["id.resp_p"]) == (A[0], B[1])


def test_counts_payload_not_repeats() -> None:
    again = tcp(0.5, A, B, ACK, 100, tcp_analysis_retransmission="1")
    (conn,) = records(*TALK, again)
    assert (conn["orig_bytes"], conn["resp_bytes"], conn["orig_pkts"], conn["resp_pkts"]) == (100, 900, 4, 2)
    assert conn["duration"] == pytest.approx(0.5)


def test_the_same_ports_used_anew_are_another_connection() -> None:
    end = (tcp(1, A, B, FIN), tcp(1.1, B, A, FIN))
    found = records(*TALK, *end, tcp(9, A, B, SYN), tcp(9.1, B, A, RST))
    assert [conn["conn_state"] for conn in found] == ["SF", "REJ"]
    assert len({conn["uid"] for conn in found}) == 2


def test_idle_connections_are_told_while_the_capture_goes_on() -> None:
    gatherer = Gatherer()
    told = [record for packet in TALK for record in gatherer.packet(packet)]
    told += gatherer.packet(tcp(400, ("192.168.20.99", 1), B, SYN))
    assert [record["_path"] for record in told] == ["conn"]


def test_memory_is_bounded_by_the_number_of_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MAX_FLOWS", 10)
    gatherer = Gatherer()
    told = [record for port in range(1, 26) for record in gatherer.packet(tcp(0, (A[0], port), B, SYN))]
    assert len(told) == 15
    assert len(list(gatherer.end())) == 10


def test_an_icmp_error_is_not_the_packet_that_it_quotes() -> None:
    layers = {
        "frame_time_epoch": ["1772420400.0"],
        "frame_protocols": ["eth:ethertype:ip:icmp:ip:udp:data"],
        "ip_src": ["192.168.20.1", A[0]],
        "ip_dst": [A[0], B[0]],
        "udp_srcport": ["5"],
        "udp_dstport": ["6"],
        "icmp_type": ["3"],
        "icmp_code": ["3"],
    }
    (conn,) = records(layers)
    assert (conn["proto"], conn["id.orig_h"], conn["id.resp_h"]) == ("icmp", "192.168.20.1", A[0])


def test_a_tunnel_shows_what_it_carries() -> None:
    layers = tcp(0, A, B, SYN, protocols="eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:tcp")
    layers |= {"ip_src": ["192.168.1.1", A[0]], "ip_dst": ["192.168.1.2", B[0]], "udp_dstport": ["4789"]}
    (conn,) = records(layers)
    assert (conn["proto"], conn["id.orig_h"], conn["id.resp_p"]) == ("tcp", A[0], B[1])


def test_an_rpc_call_without_its_binding_is_named_by_what_tshark_saw() -> None:
    call = tcp(0, A, B, ACK, 9, protocols="eth:ip:tcp:dcerpc:samr", dcerpc_pkt_type="0", dcerpc_opnum="64")
    (record,) = records(call, path="dce_rpc")
    assert (record["endpoint"], record["operation"]) == ("samr", "SamrConnect5")


def output(*packets: dict[str, list[str]]) -> bytes:
    index = b'{"index":{"_index":"packets-2026-03-02","_type":"doc"}}\n'
    return b"".join(index + orjson.dumps({"timestamp": "1", "layers": layers}) + b"\n" for layers in packets)


def read_all(data: bytes) -> list[Event | Reject]:
    items: list[Event | Reject] = []
    for block in pcap.cut([data], Origin.of("x", data), "site"):
        items.extend([block] if isinstance(block, Reject) else lines.read(block))
    return items


def test_the_same_packets_give_the_same_events() -> None:
    data = output(*TALK)
    assert recognise(data) is pcap
    one, other = read_all(data), read_all(data)
    assert [item.id for item in one if isinstance(item, Event)] == [
        item.id for item in other if isinstance(item, Event)
    ]
    assert [item.source for item in one if isinstance(item, Event)] == ["zeek.conn"]


def test_a_torn_line_is_a_reject_and_the_rest_is_read() -> None:
    conn, reject = sorted(
        read_all(output(*TALK) + b'{"timestamp":"1","layers":{'), key=lambda item: type(item).__name__
    )
    assert isinstance(conn, Event)
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("packet cannot be read")


def test_other_output_of_tshark_is_left_alone() -> None:
    assert recognise(b'{"index":{"_index":"packets"}}\n{"timestamp":"1","layers":{"frame":{}}}\n') is not pcap


NAMES = st.sampled_from([name.replace(".", "_") for name in FIELDS])
PROTOCOLS = st.lists(st.sampled_from([*READERS, "ip", "tcp", "udp", "icmp", "data"]), min_size=1, max_size=8)
VALUES = st.lists(st.text(max_size=6) | st.integers(-3, 300).map(str) | st.just("0x16"), max_size=3)


@given(st.lists(st.tuples(PROTOCOLS, st.dictionaries(NAMES, VALUES, max_size=12)), max_size=4))
def test_never_raises_on_any_packet(packets: list[tuple[list[str], dict[str, list[str]]]]) -> None:
    frames = [tcp(0, A, B, ACK, 1) | fields | {"frame_protocols": [":".join(names)]} for names, fields in packets]
    for item in read_all(output(*frames)):
        assert isinstance(item, Event), item


@given(st.binary(max_size=300))
def test_never_raises_on_any_output(data: bytes) -> None:
    read_all(output(*TALK) + data)
    assert certificate(data) is None


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else struct.pack(">BH", 0x82, len(body))
    return bytes([tag]) + size + body


def test_reads_the_facts_of_a_certificate() -> None:
    def name(text: bytes) -> bytes:
        return der(0x30, der(0x31, der(0x30, der(0x06, b"\x55\x04\x03"), der(0x0C, text))))

    algorithm = der(0x30, der(0x06, bytes.fromhex("2a864886f70d01010b")))
    times = der(0x30, der(0x17, b"260301000000Z"), der(0x18, b"20270301000000Z"))
    names = der(0x30, der(0x82, b"a.example.org"), der(0x82, b"b.example.org"))
    extensions = der(0xA3, der(0x30, der(0x30, der(0x06, b"\x55\x1d\x11"), der(0x04, names))))
    inner = der(
        0x30,
        *(der(0xA0, der(0x02, b"\x02")), der(0x02, b"\x01\x02"), algorithm, name(b"CA, exemple"), times),
        *(name(b"a.example.org"), der(0x30), extensions),
    )
    found = certificate(der(0x30, inner, algorithm, der(0x03, b"\0")))
    assert found is not None
    assert found["certificate.subject"] == "CN=a.example.org"
    assert found["certificate.issuer"] == "CN=CA\\, exemple"
    assert found["certificate.serial"] == "0102"
    assert found["certificate.not_valid_before"] == 1772323200.0
    assert found["certificate.sig_alg"] == "sha256WithRSAEncryption"
    assert found["san.dns"] == ["a.example.org", "b.example.org"]
