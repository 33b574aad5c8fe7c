"""DICOM of packets: associations and DIMSE exchanges, as Zeek-like records `dicom` and `dicom_command`.

Enters: a flow, one of its packets, and whether the responder sent it. Leaves: a record an association (when it is
answered) and a record an exchange (when its last response came); `end` gives what nobody answered. What is in the
data sets (patients, studies, images) is not even asked of tshark. Memory per flow is bounded.
Source: DICOM PS3.7 (commands, status), PS3.8 (associations).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tocsin.probes.packets.flows import Flow, Record
from tocsin.probes.packets.packet import Layers, Packet, as_number, first, number, numbers

MAX_PENDING = 32
"""Exchanges kept open on one connection: without a negotiated window there is one at a time."""
MAX_CONTEXTS = 128
"""Presentation contexts of one association: their ids are the odd numbers below 256."""
MAX_CLASSES = 32
_MAX_TITLE = 64
"""An AE title has 16 characters; a wrong one may have more."""

_REQUEST, _ACCEPT, _REJECT, _ABORT = 1, 2, 3, 7
_COMMANDS = {
    **{0x0001: "C-STORE", 0x0010: "C-GET", 0x0020: "C-FIND", 0x0021: "C-MOVE", 0x0030: "C-ECHO", 0x0FFF: "C-CANCEL"},
    **{0x0100: "N-EVENT-REPORT", 0x0110: "N-GET", 0x0120: "N-SET", 0x0130: "N-ACTION", 0x0140: "N-CREATE"},
    **{0x0150: "N-DELETE"},
}
_CODES = {name: code for code, name in _COMMANDS.items()}
_ANSWER = 0x8000
_COMMAND_FIELD, _STATUS = 0x0100, 0x0900
_COUNTS = {0x1021: "completed", 0x1022: "failed", 0x1023: "warned"}
_CANCEL, _PENDING, _PENDING_TOO = 0xFE00, 0xFF00, 0xFF01
_WARNINGS = frozenset({0x0001, 0x0107, 0x0116})
_ITEMS = 0xFFFE
_REASONS = {
    **{(1, 1): "no reason given", (1, 2): "application context not supported"},
    **{(1, 3): "calling AE title not recognized", (1, 7): "called AE title not recognized"},
    **{(2, 1): "no reason given", (2, 2): "protocol version not supported"},
    **{(3, 1): "temporary congestion", (3, 2): "local limit exceeded"},
}

_LABEL = re.compile(r"DICOM, ([CN](?:-[A-Z]+)+)-(RQ|RSP) ID=(\d{1,6})(?: |$)")
_SYNTAX = re.compile(r"(?:(.{0,200}) )?\(?([0-9.]{1,64})\)?\s*")


def dicom(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Read the PDUs of one packet."""
    layers = packet.layers
    kinds = numbers(layers, "dicom_pdu_type")
    if _REQUEST in kinds:
        _asked(flow, packet)
    if {_ACCEPT, _REJECT, _ABORT} & set(kinds):
        yield from _answered(flow, packet, kinds)
    contexts = _command_contexts(layers)
    for rank, (name, answer, message, values) in enumerate(_commands(layers)):
        if answer:
            yield from _response(flow, not reply, message, values)
        else:
            context = contexts[rank] if rank < len(contexts) else 0
            yield from _request(flow, packet, (reply, message), name, context)


def end(flow: Flow) -> Iterator[Record]:
    """Give the association and the exchanges that nobody answered."""
    association: Record | None = flow.state.pop("dicom", None)
    if association is not None:
        yield {**association, "result": "unanswered"}
    yield from flow.state.pop("dicom_asked", {}).values()


def _asked(flow: Flow, packet: Packet) -> None:
    layers = packet.layers
    record = flow.head("dicom", packet.time_us)
    record |= _titles(layers) | _implementation(layers, "")
    syntaxes = [_syntax(text) for text in layers.get("dicom_pctx_abss_syntax", ())][:MAX_CONTEXTS]
    record["contexts"] = len(syntaxes)
    record["sop_classes"] = list(dict.fromkeys(uid for _, uid in syntaxes if uid))[:MAX_CLASSES]
    flow.state["dicom"] = record
    ids = numbers(layers, "dicom_pctx_id")
    flow.state["dicom_contexts"] = dict(zip(ids, syntaxes, strict=False))
    flow.state["dicom_titles"] = _titles(layers)


def _answered(flow: Flow, packet: Packet, kinds: list[int]) -> Iterator[Record]:
    """Tell the association; a later abort of one that was accepted is no record of its own."""
    layers = packet.layers
    record: Record | None = flow.state.pop("dicom", None)
    if record is None:
        if _ACCEPT not in kinds:
            return
        record = {**flow.head("dicom", packet.time_us), **_titles(layers)}
        flow.state["dicom_titles"] = _titles(layers)
    if _ACCEPT in kinds:
        record["result"] = "accepted"
        record["contexts_accepted"] = numbers(layers, "dicom_pctx_result").count(0)
        record |= _implementation(layers, "acceptor_")
    elif _REJECT in kinds:
        record["result"] = "rejected"
        pair = number(layers, "dicom_assoc_reject_source"), number(layers, "dicom_assoc_reject_reason")
        record["reason"] = _REASONS.get(pair, f"unknown-{pair[0]}-{pair[1]}")
    else:
        record["result"] = "aborted"
    yield record


def _titles(layers: Layers) -> Record:
    names = {"calling_ae": "dicom_assoc_ae_calling", "called_ae": "dicom_assoc_ae_called"}
    return {name: title(first(layers, field)) for name, field in names.items() if title(first(layers, field))}


def title(text: str) -> str:
    """Give an AE title without the blanks around it, which do not count, and the NULs that some devices write."""
    return text.strip(" \0\t\r\n")[:_MAX_TITLE]


def _implementation(layers: Layers, prefix: str) -> Record:
    """Give what software a side says it is."""
    found = {"class_uid": first(layers, "dicom_userinfo_uid"), "version": first(layers, "dicom_userinfo_version")}
    return {f"{prefix}implementation_{name}": title(text) for name, text in found.items() if title(text)}


def _syntax(text: str) -> tuple[str, str]:
    """Split `CT Image Storage (1.2.840…)` in name and UID."""
    found = _SYNTAX.fullmatch(text.strip("\0"))
    return (found[1] or "", found[2]) if found else ("", "")


def _command_contexts(layers: Layers) -> list[int]:
    """Give the presentation contexts of the fragments that end a command."""
    flags = numbers(layers, "dicom_pdv_flags")
    contexts = numbers(layers, "dicom_pdv_ctx")
    return [context for context, flag in zip(contexts, flags, strict=False) if flag & 3 == 3]


Values = dict[int, int]


def _commands(layers: Layers) -> Iterator[tuple[str, bool, str, Values]]:
    """Give the commands as tshark names them, each with its 16-bit values where these can be told apart for sure."""
    sets = _command_sets(layers)
    found = [match for label in layers.get("dicom", ()) if (match := _LABEL.match(label))]
    for rank, match in enumerate(found):
        name, answer = match[1], match[2] == "RSP"
        code = _CODES.get(name, -1) | (_ANSWER if answer else 0)
        values = sets[rank] if rank < len(sets) and sets[rank].get(_COMMAND_FIELD) == code else {}
        yield name, answer, match[3], values


def _command_sets(layers: Layers) -> list[Values]:
    """Give the 16-bit values of each command set by tag: tshark lists tags, their kinds and the values apart."""
    values, kinds = numbers(layers, "dicom_tag_value_16u"), layers.get("dicom_tag_vr", [])
    sets: list[Values] = []
    at = rank = 0
    for tag in map(as_number, layers.get("dicom_tag", ())):
        if tag == 0:
            sets.append({})
        if tag >> 16 == _ITEMS or rank >= len(kinds):  # items have no kind
            continue
        short, rank = kinds[rank].startswith("US"), rank + 1
        if short and at < len(values):
            if tag < 0x10000 and sets:
                sets[-1][tag] = values[at]
            at += 1
    return sets


Asked = dict[tuple[bool, str], Record]


def _request(flow: Flow, packet: Packet, key: tuple[bool, str], name: str, context: int) -> Iterator[Record]:
    asked: Asked = flow.state.setdefault("dicom_asked", {})
    record = flow.head("dicom_command", packet.time_us)
    record |= flow.state.get("dicom_titles", {})
    record |= {"command": name, "message_id": int(key[1]), "is_orig": not key[0], "responses": 0}
    class_name, uid = flow.state.get("dicom_contexts", {}).get(context, ("", ""))
    if uid:
        record["sop_class_uid"] = uid
    if class_name:
        record["sop_class"] = class_name
    if name == "C-CANCEL":
        yield record
        return
    if key in asked or len(asked) >= MAX_PENDING:
        yield asked.pop(key if key in asked else next(iter(asked)))
    asked[key] = record


def _response(flow: Flow, from_resp: bool, message: str, values: Values) -> Iterator[Record]:
    """Count a response into its request; the last one completes the record."""
    asked: Asked = flow.state.get("dicom_asked", {})
    record: dict[str, Any] | None = asked.get((from_resp, message))
    if record is None:
        return
    status = values.get(_STATUS)
    record |= {name: values[tag] for tag, name in _COUNTS.items() if tag in values}
    if status in {_PENDING, _PENDING_TOO}:
        record["responses"] += 1
        return
    if status is None and record["command"] in {"C-FIND", "C-MOVE", "C-GET"}:  # may be one of many: count, and wait
        record["responses"] += 1
        return
    del asked[from_resp, message]
    if status is not None:
        record["status"] = f"0x{status:04x}"
        record["outcome"] = outcome(status)
    yield record


def outcome(status: int) -> str:
    """Say in a word what a status means (PS3.7 annex C)."""
    if status == 0:
        return "success"
    if status == _CANCEL:
        return "cancelled"
    return "warning" if status in _WARNINGS or status >> 12 == 0xB else "failure"
