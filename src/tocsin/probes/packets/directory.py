"""Kerberos, NTLM and LDAP of packets, as Zeek's records.

Enters: a flow, one of its packets, and whether the responder sent it. Leaves: the records that this packet
completes; `*_end` gives what the end of the flow leaves open. Memory per flow is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.probes.packets import names
from tocsin.probes.packets.flows import Flow, Record
from tocsin.probes.packets.packet import Layers, Packet, as_number, first, nth, number, numbers

MAX_PENDING = 32


def ntlm(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Gather challenge and answer of a login; the protocol that carries it tells whether it succeeded."""
    del reply
    layers = packet.layers
    kinds = numbers(layers, "ntlmssp_messagetype")
    prefix = "ntlmssp_challenge_target_info_"
    if 2 in kinds:
        table = {
            "server_nb_computer_name": "nb_computer_name",
            "server_dns_computer_name": "dns_computer_name",
            "server_tree_name": "dns_tree_name",
        }
        flow.state["ntlm_server"] = {name: text for name, at in table.items() if (text := first(layers, prefix + at))}
    if 3 in kinds:
        yield from ntlm_end(flow)
        record = flow.head("ntlm", packet.time_us)
        for name in ("username", "domain", "hostname"):
            text = first(layers, f"ntlmssp_auth_{name}")
            if text and text != "NULL":
                record["domainname" if name == "domain" else name] = text
        record.update(flow.state.pop("ntlm_server", {}))
        flow.state["ntlm"] = record


def ntlm_verdict(flow: Flow, status: int) -> Iterator[Record]:
    """Complete the waiting login of a flow with the status (0 is success) that answers it."""
    record: Record | None = flow.state.pop("ntlm", None)
    if record is not None:
        record["success"] = status == 0
        if status:
            record["status"] = names.NT_STATUS.get(status, f"0x{status:08x}")
        yield record


def ntlm_end(flow: Flow) -> Iterator[Record]:
    """Give a login whose outcome was not seen."""
    record: Record | None = flow.state.pop("ntlm", None)
    if record is not None:
        yield record


def kerberos(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Pair AS and TGS requests with their answers; tickets carried by other protocols are no requests."""
    del reply
    layers = packet.layers
    kind = number(layers, "kerberos_msg_type")
    if kind in {10, 12}:
        yield from kerberos_end(flow)
        flow.state["krb"] = _ticket_request(flow, packet, "AS" if kind == 10 else "TGS")
    elif kind in {11, 13, 30}:
        record: Record | None = flow.state.pop("krb", None)
        if record is None:
            if kind == 30 and "smb2" in packet.protocols:
                return
            record = flow.head("kerberos", packet.time_us)
            if kind != 30:
                record["request_type"] = "AS" if kind == 11 else "TGS"
        yield _ticket_answer(record, layers, kind)


def _ticket_request(flow: Flow, packet: Packet, kind: str) -> Record:
    layers = packet.layers
    record = flow.head("kerberos", packet.time_us)
    record["request_type"] = kind
    service = layers.get("kerberos_SNameString", [])
    if kind == "TGS" and len(service) > 2:
        service = service[2:]  # the first name is that of the ticket-granting ticket
    realm = (layers.get("kerberos_realm") or [""])[-1]
    if client := "/".join(layers.get("kerberos_CNameString", ())):
        record["client"] = f"{client}/{realm}"
    if service:
        record["service"] = "/".join(service)
    return record


def _ticket_answer(record: Record, layers: Layers, kind: int) -> Record:
    record["success"] = kind != 30
    if kind == 30:
        code = number(layers, "kerberos_error_code")
        record["error_msg"] = names.KERBEROS_ERRORS.get(code, f"error-{code}")
        return record
    realm = first(layers, "kerberos_crealm") or first(layers, "kerberos_realm")
    if client := "/".join(layers.get("kerberos_CNameString", ())):
        record["client"] = f"{client}/{realm}"
    if service := "/".join(layers.get("kerberos_SNameString", ())):
        record["service"] = service
    if ciphers := numbers(layers, "kerberos_etype"):
        record["cipher"] = names.KERBEROS_CIPHERS.get(ciphers[0], f"unknown-{ciphers[0]}")
    return record


def kerberos_end(flow: Flow) -> Iterator[Record]:
    """Give a request that nobody answered."""
    record: Record | None = flow.state.pop("krb", None)
    if record is not None:
        yield record


def ldap(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Pair LDAP operations with their results by message id."""
    del reply
    layers = packet.layers
    pending: dict[str, Record] = flow.state.setdefault("ldap", {})
    operations = numbers(layers, "ldap_protocolOp")
    for rank, operation in enumerate(operations):
        message = nth(layers, "ldap_messageID", rank)
        if operation in names.LDAP_OPERATIONS:
            if len(pending) >= MAX_PENDING:
                yield pending.pop(next(iter(pending)))
            pending[message] = _operation(flow, packet, operation, message)
        elif operation == 4 and message in pending:
            pending[message]["result_count"] = pending[message].get("result_count", 0) + 1
        elif message in pending:
            record = pending.pop(message)
            codes = numbers(layers, "ldap_resultCode")
            code = codes[-1] if codes else -1
            record["result"] = names.LDAP_RESULTS.get(code, f"result-{code}")
            if text := first(layers, "ldap_errorMessage"):
                record["diagnostic_message"] = text
            yield record


def _operation(flow: Flow, packet: Packet, operation: int, message: str) -> Record:
    layers = packet.layers
    search = operation == 3
    record = flow.head("ldap_search" if search else "ldap", packet.time_us)
    record["message_id"] = as_number(message)
    if search:
        scope = number(layers, "ldap_scope")
        record["scope"] = names.LDAP_SCOPES.get(scope, f"unknown-{scope}")
        record["base_object"] = first(layers, "ldap_baseObject")
        record["filter"] = _filter(layers)
        if wanted := layers.get("ldap_AttributeDescription"):
            record["attributes"] = wanted[:64]
        return record
    name = names.LDAP_OPERATIONS[operation]
    if operation == 0:
        name += " SASL" if number(layers, "ldap_authentication") == 3 else " simple"
        if mechanism := first(layers, "ldap_mechanism"):
            record["argument"] = mechanism
    record["opcode"] = name
    if target := first(layers, "ldap_name"):
        record["object"] = target
    return record


def _filter(layers: Layers) -> str:
    """Write the comparisons of a search one behind the other; how they were nested is not told by tshark."""
    values = layers.get("ldap_assertionValue", [])
    terms = [
        f"({name}={values[rank] if rank < len(values) else '*'})"
        for rank, name in enumerate(layers.get("ldap_attributeDesc", ())[:64])
    ]
    terms += [f"({name}=*)" for name in layers.get("ldap_present", ())[:64]]
    return terms[0] if len(terms) == 1 else f"(&{''.join(terms)})" if terms else ""


def ldap_end(flow: Flow) -> Iterator[Record]:
    """Give the operations whose result was not seen."""
    yield from flow.state.get("ldap", {}).values()
