"""NetFlow and IPFIX as collectors write them: nfdump (CSV, JSON, its long text), Argus, and flow records in JSON.

Enters: a JSON object (also a table's row, as `formats/table.py` makes it) or a line of nfdump's text. Leaves: events
`netflow.flow` with the collector's own field names (nfdump's CSV lines without a header get those of its header).
Source: nfdump(1), ra(1) of Argus, RFC 7012 (IPFIX elements), RFC 3954 (NetFlow v9 elements).
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import Table, fill, look_up, real, text_of, whole

NAME = "netflow"
LAYER: Layer = "network"
SOURCES = ("netflow",)

_TABLE: Table = {
    "src_endpoint.ip": (
        *("src4_addr", "src6_addr", "sa", "srcAddr", "SrcAddr", "IPV4_SRC_ADDR", "IPV6_SRC_ADDR", "ip_src", "src_addr"),
        *("sourceIPv4Address", "sourceIPv6Address", "netflow.ipv4_src_addr", "netflow.ipv6_src_addr"),
        *("netflow.source_ipv4_address", "netflow.source_ipv6_address"),
    ),
    "src_endpoint.port": (
        *("src_port", "sp", "srcPort", "Sport", "L4_SRC_PORT", "SRC_PORT", "port_src", "sourceTransportPort"),
        *("netflow.l4_src_port", "netflow.source_transport_port"),
    ),
    "src_endpoint.mac": ("in_src_mac", "SrcMac"),
    "dst_endpoint.ip": (
        *("dst4_addr", "dst6_addr", "da", "dstAddr", "DstAddr", "IPV4_DST_ADDR", "IPV6_DST_ADDR", "ip_dst", "dst_addr"),
        *("destinationIPv4Address", "destinationIPv6Address", "netflow.ipv4_dst_addr", "netflow.ipv6_dst_addr"),
        *("netflow.destination_ipv4_address", "netflow.destination_ipv6_address"),
    ),
    "dst_endpoint.port": (
        *("dst_port", "dp", "dstPort", "Dport", "L4_DST_PORT", "DST_PORT", "port_dst", "destinationTransportPort"),
        *("netflow.l4_dst_port", "netflow.destination_transport_port"),
    ),
    "dst_endpoint.mac": ("out_dst_mac", "DstMac"),
    "connection_info.protocol_name": (
        *("proto", "pr", "Proto", "PROTOCOL", "PROTO", "ip_proto", "protocolIdentifier", "netflow.protocol"),
        "netflow.protocol_identifier",
    ),
    "connection_info.state": (
        *("State", "tcp_flags", "flg", "flags", "TCP_FLAGS", "tcpControlBits", "netflow.tcp_flags"),
        "netflow.tcp_control_bits",
    ),
    "traffic.bytes_out": (
        *("SrcBytes", "in_bytes", "ibyt", "bytes", "IN_BYTES", "IN_OCTETS", "octetDeltaCount", "netflow.in_bytes"),
        "netflow.octet_delta_count",
    ),
    "traffic.bytes_in": ("DstBytes", "out_bytes", "obyt", "OUT_BYTES", "netflow.out_bytes"),
    "traffic.packets_out": (
        *("SrcPkts", "in_packets", "ipkt", "packets", "IN_PKTS", "IN_PACKETS", "packetDeltaCount", "netflow.in_pkts"),
        "netflow.packet_delta_count",
    ),
    "traffic.packets_in": ("DstPkts", "out_packets", "opkt", "OUT_PKTS", "netflow.out_pkts"),
    "duration": ("Dur", "td", "duration"),
    "src_endpoint.zone": ("input_snmp", "INPUT_SNMP", "ingressInterface"),
    "dst_endpoint.zone": ("output_snmp", "OUTPUT_SNMP", "egressInterface"),
    "device.ip": ("ip4_router", "ip6_router", "sampler_address", "ra", "peer_ip_src"),
}

_SHAPES: tuple[tuple[str, ...], ...] = (
    ("src4_addr", "dst4_addr"),
    ("src6_addr", "dst6_addr"),
    ("sa", "da", "pr", "ts"),
    ("srcAddr", "dstAddr", "srcPort", "proto"),
    ("SrcAddr", "DstAddr", "Proto"),
    ("IPV4_SRC_ADDR", "IPV4_DST_ADDR"),
    ("IPV6_SRC_ADDR", "IPV6_DST_ADDR"),
    ("sourceIPv4Address", "destinationIPv4Address"),
    ("sourceIPv6Address", "destinationIPv6Address"),
    ("ip_src", "ip_dst", "packets", "bytes"),
    ("src_addr", "dst_addr", "sampler_address"),
)
_UNSET = ("", "<none>")
_START_KEYS = ("first", "t_first", "ts", "firstSeen", "StartTime", "timestamp_start", "stamp_inserted")
_EXPORTED_KEYS = ("@timestamp", "timestamp", "flowStartMilliseconds", "flowStartSeconds", "time_flow_start_ns")
_END_KEYS = ("last", "t_last", "te", "LastTime", "timestamp_end")
_SWITCHED = (("FIRST_SWITCHED", "LAST_SWITCHED"), ("flowStartSysUpTime", "flowEndSysUpTime"))

_PROTOCOLS = {"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre", "50": "esp", "51": "ah"}
_PROTOCOLS |= {"58": "icmp6", "89": "ospf", "132": "sctp"}

_CSV_NAMES = (
    *("ts", "te", "td", "sa", "da", "sp", "dp", "pr", "flg", "fwd", "stos", "ipkt", "ibyt", "opkt", "obyt", "in"),
    *("out", "sas", "das", "smk", "dmk", "dtos", "dir", "nh", "nhb", "svln", "dvln", "ismc", "odmc", "idmc", "osmc"),
    *("mpls1", "mpls2", "mpls3", "mpls4", "mpls5", "mpls6", "mpls7", "mpls8", "mpls9", "mpls10"),
    *("cl", "sl", "al", "ra", "eng", "exid", "tr"),
)
_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?"
_CSV = re.compile(rf"{_STAMP},{_STAMP},\d+\.\d+,[0-9a-fA-F.:]+,[0-9a-fA-F.:]+,\d+,\d+(?:\.\d+)?,\w+,[.A-Z]{{6,9}},")
_AMOUNT = r"(\d+(?:\.\d+)?(?: [KMGT])?)"
_PEER = r"(\d+(?:\.\d+){3}|[0-9a-fA-F]*:[0-9a-fA-F:]*)[:.](\d+(?:\.\d+)?)"
_LONG = re.compile(
    rf"({_STAMP}) +([\d:.]+) +(\w+) +{_PEER} +(?:->|<->) +{_PEER}"
    rf"(?: +([.A-Z]{{6,9}}) +(\d+))? +{_AMOUNT} +{_AMOUNT}(?: +{_AMOUNT} +{_AMOUNT} +\d+)? +\d+ *"
)
_LONG_NAMES = ("ts", "td", "pr", "sa", "sp", "da", "dp", "flg", "tos", "ipkt", "ibyt", "pps", "bps")
_SCALES = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object or a table's row is a flow, by its collector's names of source and destination."""
    inner = record.get("netflow")
    if isinstance(inner, dict):
        return any(name.partition(".")[2] in inner for name in _TABLE["dst_endpoint.ip"] if name.startswith("netflow."))
    return any(shape[0] in record and all(name in record for name in shape) for shape in _SHAPES)


def read(record: dict[str, Any]) -> Parsed:
    """Read one flow record; its time is its start."""
    native = {key: value for key, value in record.items() if value not in _UNSET} if _has_unset(record) else record
    for key in (*_START_KEYS, *_EXPORTED_KEYS):
        time_us = parse_time(native.get(key))
        if time_us is not None:
            return Parsed("netflow.flow", time_us, native)
    return Parsed("netflow.flow", None, native)


def _has_unset(record: dict[str, Any]) -> bool:
    return any(value in _UNSET for value in record.values())


def claims_text(line: str, envelope: Envelope) -> bool:
    """Say whether a line is one flow of nfdump's CSV (without its header) or of its long or line text."""
    del envelope
    return line[:2] in {"19", "20"} and (_CSV.match(line) or _LONG.fullmatch(line)) is not None


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read one line of nfdump's output."""
    del envelope
    if _CSV.match(line):
        values = [value.strip() for value in line.split(",")]
        names = _CSV_NAMES[: len(values)] + tuple(f"field{rank + 1}" for rank in range(len(_CSV_NAMES), len(values)))
        return read(dict(zip(names, values, strict=True)))
    match = _LONG.fullmatch(line)
    if match is None:
        raise ValueError("no flow of nfdump")
    return read({name: value for name, value in zip(_LONG_NAMES, match.groups(), strict=True) if value})


def columns(event: Event) -> Columns:
    """Give the OCSF columns of a flow."""
    native = event.native
    filled = fill(native, _TABLE)
    filled["class_uid"] = 4001
    filled["metadata.product.name"] = "NetFlow"
    _name_protocol(filled)
    _duration(filled, native)
    _amounts(filled, native)
    return filled


def _name_protocol(filled: Columns) -> None:
    protocol = str(filled.get("connection_info.protocol_name", "")).lower()
    if protocol:
        filled["connection_info.protocol_name"] = _PROTOCOLS.get(protocol, protocol)
    if protocol in {"1", "58", "icmp", "icmp6", "ipv6-icmp"}:
        filled.pop("src_endpoint.port", None)
        filled.pop("dst_endpoint.port", None)


def _duration(filled: Columns, native: Native) -> None:
    """Take the duration from what is written, from start and end, or from the router's uptime at both (ms)."""
    clock = text_of(look_up(native, "td")) or ""
    if clock.count(":") == 2:
        hours, minutes, seconds = (real(part) or 0.0 for part in clock.split(":"))
        filled["duration"] = round(hours * 3600 + minutes * 60 + seconds, 6)
    if "duration" in filled:
        return
    start = next((time for key in _START_KEYS if (time := parse_time(native.get(key))) is not None), None)
    end = next((time for key in _END_KEYS if (time := parse_time(native.get(key))) is not None), None)
    if start is not None and end is not None and end >= start:
        filled["duration"] = (end - start) / 1e6
        return
    for first, last in _SWITCHED:
        begun, ended = whole(native.get(first)), whole(native.get(last))
        if begun is not None and ended is not None and ended >= begun:
            filled["duration"] = (ended - begun) / 1e3


def _amounts(filled: Columns, native: Native) -> None:
    """Take Argus' answer from its totals, and nfdump's scaled amounts (`1.2 M`)."""
    for total, sent, column in (
        ("TotBytes", "traffic.bytes_out", "traffic.bytes_in"),
        ("TotPkts", "traffic.packets_out", "traffic.packets_in"),
    ):
        whole_total, out = whole(native.get(total)), filled.get(sent)
        if column not in filled and whole_total is not None and isinstance(out, int) and whole_total >= out:
            filled[column] = whole_total - out
    for name, column in (("ibyt", "traffic.bytes_out"), ("ipkt", "traffic.packets_out")):
        number, _, scale = str(native.get(name, "")).partition(" ")
        if scale in _SCALES:
            filled[column] = round((real(number) or 0.0) * _SCALES[scale])
