"""SMB and DCE/RPC of packets, as Zeek's smb_mapping, smb_files and dce_rpc records.

Enters: a flow, one of its packets, and whether the responder sent it. Leaves: the records that this packet
completes. Memory per flow is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tocsin.probes.packets import names
from tocsin.probes.packets.directory import ntlm_verdict
from tocsin.probes.packets.flows import Flow, Record
from tocsin.probes.packets.packet import Layers, Packet, first, nth, number, numbers
from tocsin.probes.packets.rpc_names import BY_PROTOCOL, INTERFACES, OPERATIONS

MAX_PENDING = 32
_SESSION, _TREE, _CREATE, _WRITE, _SET_INFO = 1, 3, 5, 9, 17
_SMB1_TREE, _SMB1_CREATE, _SMB1_OPEN, _SMB1_DELETE = 0x75, 0xA2, 0x2D, 0x06
_BIND, _ALTER = 11, 14
_REQUEST = 0
_NO_STATUS = -1


def _bounded(table: dict[Any, Any], key: Any, value: Any) -> None:
    if len(table) >= MAX_PENDING:
        del table[next(iter(table))]
    table[key] = value


def smb2(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Read one or several SMB2 messages of a packet; names follow the file ids that answers gave."""
    del reply
    layers = packet.layers
    commands = numbers(layers, "smb2_cmd")
    answer = bool(number(layers, "smb2_flags_response"))
    statuses = numbers(layers, "smb2_nt_status")
    for rank, command in enumerate(commands):
        message = nth(layers, "smb2_msg_id", rank)
        if answer:
            status = statuses[rank] if rank < len(statuses) else _NO_STATUS
            yield from _smb2_answer(flow, layers, command, message, status)
        else:
            yield from _smb2_request(flow, packet, command, message)


def _smb2_request(flow: Flow, packet: Packet, command: int, message: str) -> Iterator[Record]:
    layers = packet.layers
    asked: dict[str, Any] = flow.state.setdefault("smb_asked", {})
    if command == _TREE:
        record = flow.head("smb_mapping", packet.time_us)
        record["path"] = first(layers, "smb2_tree")
        _bounded(asked, message, record)
    elif command == _CREATE:
        name = first(layers, "smb2_filename")
        _bounded(asked, message, name)
        yield _file(flow, packet, "FILE_OPEN", name, first(layers, "smb2_tree"))
    elif command == _WRITE:
        yield from _smb2_write(flow, packet)
    elif command == _SET_INFO:
        name = _opened(flow, layers)
        if number(layers, "smb2_disposition_delete_on_close"):
            yield _file(flow, packet, "FILE_DELETE", name, first(layers, "smb2_tree"))
        elif "smb2_rename_replace_if" in layers:
            record = _file(flow, packet, "FILE_RENAME", first(layers, "smb2_filename"), first(layers, "smb2_tree"))
            if name:
                record["prev_name"] = name
            yield record


def _smb2_write(flow: Flow, packet: Packet) -> Iterator[Record]:
    """Tell the first write to a file; what goes through a pipe is told as RPC."""
    layers = packet.layers
    tree = first(layers, "smb2_tree")
    file_id = first(layers, "smb2_fid")
    written: dict[str, None] = flow.state.setdefault("smb_written", {})
    if file_id in written or tree.upper().endswith("\\IPC$") or "dcerpc" in packet.protocols:
        return
    _bounded(written, file_id, None)
    if name := _opened(flow, layers):
        yield _file(flow, packet, "FILE_WRITE", name, tree)


def _smb2_answer(flow: Flow, layers: Layers, command: int, message: str, status: int) -> Iterator[Record]:
    asked: dict[str, Any] = flow.state.setdefault("smb_asked", {})
    if command == _TREE and message in asked:
        record = asked.pop(message)
        kind = number(layers, "smb2_share_type")
        if status == 0 and kind:
            record["share_type"] = names.SHARE_TYPES.get(kind, f"unknown-{kind}")
        elif status > 0:
            record["status"] = names.NT_STATUS.get(status, f"0x{status:08x}")
        yield record
    elif command == _CREATE and message in asked:
        name = asked.pop(message)
        if status == 0 and (file_id := first(layers, "smb2_fid")):
            _bounded(flow.state.setdefault("smb_files", {}), file_id, name)
    elif command == _SESSION and status >= 0:
        yield from ntlm_verdict(flow, status)


def _opened(flow: Flow, layers: Layers) -> str:
    names_by_id: dict[str, str] = flow.state.get("smb_files", {})
    return names_by_id.get(first(layers, "smb2_fid"), "") or first(layers, "smb2_filename")


def _file(flow: Flow, packet: Packet, action: str, name: str, tree: str) -> Record:
    record = flow.head("smb_files", packet.time_us)
    record["action"] = f"SMB::{action}"
    if tree:
        record["path"] = tree
    record["name"] = name or "<share_root>"
    return record


def smb1(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Read one or several SMB1 messages of a packet."""
    del reply
    layers = packet.layers
    answer = bool(number(layers, "smb_flags_response"))
    for command in numbers(layers, "smb_cmd"):
        if answer and command == 0x73:
            yield from ntlm_verdict(flow, number(layers, "smb_nt_status"))
        elif not answer and command == _SMB1_TREE:
            record = flow.head("smb_mapping", packet.time_us)
            record["path"] = flow.state["smb_tree"] = first(layers, "smb_path")
            if service := first(layers, "smb_service"):
                record["service"] = service
            yield record
        elif not answer and command in {_SMB1_CREATE, _SMB1_OPEN, _SMB1_DELETE}:
            action = "FILE_DELETE" if command == _SMB1_DELETE else "FILE_OPEN"
            yield _file(flow, packet, action, first(layers, "smb_file"), flow.state.get("smb_tree", ""))


def dce_rpc(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Name the calls by the interface that their context was bound to, within a pipe or a connection."""
    del reply
    layers = packet.layers
    pipe = first(layers, "smb2_fid") or first(layers, "smb_fid")
    bound: dict[tuple[str, int], str] = flow.state.setdefault("rpc", {})
    kinds = numbers(layers, "dcerpc_pkt_type")
    contexts = numbers(layers, "dcerpc_cn_ctx_id")
    interfaces = layers.get("dcerpc_cn_bind_to_uuid", [])
    if _BIND in kinds or _ALTER in kinds:
        for context, interface in zip(contexts, interfaces, strict=False):
            _bounded(bound, (pipe, context), interface)
    if _REQUEST not in kinds:
        return
    for rank, operation in enumerate(numbers(layers, "dcerpc_opnum")):
        context = contexts[rank] if rank < len(contexts) else 0
        interface = bound.get((pipe, context), "") or first(layers, "dcerpc_dg_if_id")
        yield _call(flow, packet, pipe, interface, operation)


def _call(flow: Flow, packet: Packet, pipe: str, interface: str, operation: int) -> Record:
    guess = packet.protocols[-1]
    endpoint = INTERFACES.get(interface) or BY_PROTOCOL.get(guess, guess if guess in OPERATIONS else "")
    record = flow.head("dce_rpc", packet.time_us)
    record["named_pipe"] = flow.state.get("smb_files", {}).get(pipe) or str(flow.resp[1])
    record["endpoint"] = endpoint or (f"unknown-{interface}" if interface else "unknown")
    record["operation"] = OPERATIONS.get(endpoint, {}).get(operation, f"unknown-{operation}")
    return record
