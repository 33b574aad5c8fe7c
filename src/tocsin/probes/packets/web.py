"""DNS, HTTP and TLS of packets, as Zeek's dns, http, ssl and x509 records.

Enters: a flow, one of its packets, and whether the responder sent it. Leaves: the records that this packet
completes; `*_end` gives those that the end of the flow leaves open. Memory per flow is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tocsin.probes.packets import names
from tocsin.probes.packets.certificates import certificate
from tocsin.probes.packets.flows import Flow, Record
from tocsin.probes.packets.packet import Layers, Packet, first, number, numbers

MAX_PENDING = 32
_ANSWERS = (
    *("dns_cname", "dns_a", "dns_aaaa", "dns_ptr_domain_name", "dns_ns", "dns_mx_mail_exchange", "dns_srv_target"),
    "dns_txt",
)
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE = 1, 2, 11
_APPLICATION_DATA = 23
_GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))


def dns(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Pair questions with answers by id and name."""
    del reply
    layers = packet.layers
    pending: dict[tuple[str, str], Record] = flow.state.setdefault("dns", {})
    key = (first(layers, "dns_id"), first(layers, "dns_qry_name"))
    if not number(layers, "dns_flags_response"):
        if len(pending) >= MAX_PENDING:
            yield pending.pop(next(iter(pending)))
        pending[key] = _question(flow, packet)
        return
    record = pending.pop(key, None)
    if record is None:
        record = _question(flow, packet)
    else:
        record["rtt"] = round(packet.time_us / 1e6 - record["ts"], 6)
    yield _answered(record, layers)


def _question(flow: Flow, packet: Packet) -> Record:
    layers = packet.layers
    record = flow.head("dns", packet.time_us)
    record["proto"] = flow.proto
    record["trans_id"] = number(layers, "dns_id")
    if name := first(layers, "dns_qry_name"):
        record["query"] = name
    if "dns_qry_type" in layers:
        kind = number(layers, "dns_qry_type")
        record["qtype"] = kind
        record["qtype_name"] = names.DNS_TYPES.get(kind, f"query-{kind}")
    record["RD"] = bool(number(layers, "dns_flags_recdesired"))
    return record


def _answered(record: Record, layers: Layers) -> Record:
    code = number(layers, "dns_flags_rcode")
    record["rcode"] = code
    record["rcode_name"] = names.DNS_RCODES.get(code, f"rcode-{code}")
    record["AA"] = bool(number(layers, "dns_flags_authoritative"))
    record["TC"] = bool(number(layers, "dns_flags_truncated"))
    record["RA"] = bool(number(layers, "dns_flags_recavail"))
    answers = [value for name in _ANSWERS for value in layers.get(name, ())]
    if answers:
        record["answers"] = answers
    record["rejected"] = code == 5
    return record


def dns_end(flow: Flow) -> Iterator[Record]:
    """Give the questions that nobody answered."""
    yield from flow.state.get("dns", {}).values()


def http(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Pair requests with answers in their order."""
    del reply
    layers = packet.layers
    pending: list[Record] = flow.state.setdefault("http", [])
    for method, uri in _zipped(layers, "http_request_method", "http_request_uri"):
        if len(pending) >= MAX_PENDING:
            yield pending.pop(0)
        pending.append(_request(flow, packet, method, uri))
    for code in numbers(layers, "http_response_code"):
        if 100 <= code < 200 and code != 101:  # "go on": the answer itself is still to come
            continue
        record = pending.pop(0) if pending else _request(flow, packet, "", "")
        yield _response(record, layers, code)


def _zipped(layers: Layers, one: str, other: str) -> Iterator[tuple[str, str]]:
    values = layers.get(other, [])
    for rank, value in enumerate(layers.get(one, ())):
        yield value, values[rank] if rank < len(values) else ""


def _request(flow: Flow, packet: Packet, method: str, uri: str) -> Record:
    layers = packet.layers
    depth = flow.state["http_depth"] = flow.state.get("http_depth", 0) + 1
    record = flow.head("http", packet.time_us)
    record["trans_depth"] = depth
    if not method:
        return record
    record["method"] = method
    _copy(record, layers, {"host": "http_host", "referrer": "http_referer", "user_agent": "http_user_agent"})
    if uri:
        record["uri"] = uri
    if version := first(layers, "http_request_version"):
        record["version"] = version.removeprefix("HTTP/")
    if login := first(layers, "http_authbasic"):
        record["username"] = login.partition(":")[0]
    record["request_body_len"] = number(layers, "http_content_length")
    return record


def _response(record: Record, layers: Layers, code: int) -> Record:
    record["status_code"] = code
    _copy(record, layers, {"status_msg": "http_response_phrase"})
    record["response_body_len"] = number(layers, "http_content_length")
    if kind := first(layers, "http_content_type"):
        record["resp_mime_types"] = [kind.partition(";")[0].strip()]
    return record


def http_end(flow: Flow) -> Iterator[Record]:
    """Give the requests that nobody answered."""
    yield from flow.state.get("http", ())


def tls(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Gather a handshake; its record comes with the first application data, an alert, or the end of the flow."""
    layers = packet.layers
    kinds = numbers(layers, "tls_handshake_type")
    state = flow.state.get("tls")
    if state is None:
        if _CLIENT_HELLO not in kinds and _SERVER_HELLO not in kinds:
            return
        state = flow.state["tls"] = {"record": flow.head("ssl", packet.time_us), "done": False}
    record: Record = state["record"]
    if _CLIENT_HELLO in kinds:
        _client_hello(record, layers)
    if _SERVER_HELLO in kinds:
        _server_hello(record, layers)
    if group := number(layers, "tls_handshake_server_named_curve"):
        record["curve"] = names.TLS_GROUPS.get(group, f"unknown-{group}")
    if _CERTIFICATE in kinds and reply:
        yield from _certificates(packet, record)
    data = _APPLICATION_DATA in numbers(layers, "tls_record_content_type")
    alert = first(layers, "tls_alert_message_desc")
    if alert and not state["done"]:
        record["last_alert"] = alert
    if (data or alert) and not state["done"] and "cipher" in record:
        state["done"] = True
        yield {**record, "established": data}


def _client_hello(record: Record, layers: Layers) -> None:
    _copy(
        record,
        layers,
        {"server_name": "tls_handshake_extensions_server_name", "ja3": "tls_handshake_ja3", "ja4": "tls_handshake_ja4"},
    )
    offered = [item for item in numbers(layers, "tls_handshake_extensions_supported_version") if item not in _GREASE]
    best = max(offered, default=number(layers, "tls_handshake_version"))
    record.setdefault("version", names.TLS_VERSIONS.get(best, f"unknown-{best}"))


def _server_hello(record: Record, layers: Layers) -> None:
    chosen = numbers(layers, "tls_handshake_extensions_supported_version")
    version = chosen[-1] if chosen else (numbers(layers, "tls_handshake_version") or [0])[-1]
    record["version"] = names.TLS_VERSIONS.get(version, f"unknown-{version}")
    ciphers = numbers(layers, "tls_handshake_ciphersuite")
    if ciphers:
        record["cipher"] = names.TLS_CIPHERS.get(ciphers[-1], f"unknown-{ciphers[-1]}")
    if groups := numbers(layers, "tls_handshake_extensions_key_share_group"):
        record["curve"] = names.TLS_GROUPS.get(groups[-1], f"unknown-{groups[-1]}")
    _copy(record, layers, {"ja3s": "tls_handshake_ja3s", "next_protocol": "tls_handshake_extensions_alpn_str"})


def _certificates(packet: Packet, record: Record) -> Iterator[Record]:
    fingerprints: list[str] = []
    for text in packet.layers.get("tls_handshake_certificate", ())[:10]:
        found = certificate(_bytes_of(text))
        if found is None:
            continue
        if not fingerprints:
            record["subject"], record["issuer"] = found["certificate.subject"], found["certificate.issuer"]
        fingerprints.append(found["fingerprint"])
        yield {"_path": "x509", "ts": packet.time_us / 1e6, **found, "host_cert": not fingerprints[1:]}
    if fingerprints:
        record["cert_chain_fps"] = fingerprints


def _bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", ""))
    except ValueError:
        return b""


def tls_end(flow: Flow) -> Iterator[Record]:
    """Give a handshake that never came to data."""
    state: dict[str, Any] | None = flow.state.get("tls")
    if state is not None and not state["done"]:
        yield {**state["record"], "established": False}


def _copy(record: Record, layers: Layers, table: dict[str, str]) -> None:
    for name, field in table.items():
        if value := first(layers, field):
            record[name] = value
