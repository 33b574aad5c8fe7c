"""HL7 version 2 of packets (MLLP): who sent which message to whom, and how it was answered, as records `hl7`.

Enters: a flow, one of its packets, and whether the responder sent it. Leaves: a record a message, when its
acknowledgement came; `end` gives those that nobody answered. Of a message only MSH-3 to 7 and 9 to 12, MSA-1 and 2 and
the names of its segments are kept: never what PID, OBX or any other segment says. An acknowledgement whose message
was not seen (tshark leaves out the first one on an unusual port) tells of it with `request_seen` false.
Source: HL7 v2.5 chapter 2 (MSH, MSA), MLLP release 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tocsin.probes.packets.flows import Flow, Record
from tocsin.probes.packets.packet import Packet

MAX_PENDING = 32
"""Messages without an answer yet on one connection: most senders wait for each."""
MAX_NAMES = 40
_MAX_TEXT = 199
"""The longest control id of HL7 v2.9; application and facility names are shorter still."""

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_ENDS = ("sending_application", "sending_facility", "receiving_application", "receiving_facility")


class Message(NamedTuple):
    """The fields that are kept of one message: MSH and MSA by their number, and the segments' names."""

    header: list[str]
    answer: list[str]
    names: list[str]

    def field(self, number: int) -> str:
        """Give MSH-`number` (from 2)."""
        return self.header[number - 1][:_MAX_TEXT].strip() if number <= len(self.header) else ""


def hl7(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Read the messages of one packet."""
    for message in messages(packet.layers.get("hl7_segment", [])):
        code, control = ([*message.answer, "", "", ""])[1:3]
        if message.answer:
            yield from _acknowledged(flow, packet, reply, message, (code[:8], control[:_MAX_TEXT].strip()))
        if not message.answer or message.field(9)[:3] != "ACK":
            yield from _sent(flow, _record(flow, packet, message, not reply), reply)


def end(flow: Flow) -> Iterator[Record]:
    """Give the messages that nobody answered."""
    yield from flow.state.pop("hl7", {}).values()


def messages(segments: list[str]) -> list[Message]:
    """Read segments as messages: each begins at its MSH, which says what separates fields."""
    found: list[Message] = []
    for segment in segments:
        name = segment[:3]
        if name == "MSH" and len(segment) > 8:
            header = segment[: 8 * _MAX_TEXT].rstrip("\r\n").split(segment[3])
            found.append(Message(header, [], []))
        if found:
            _add(found[-1], segment, name)
    return found


def _add(message: Message, segment: str, name: str) -> None:
    message.names.append(name if _NAME.fullmatch(name) else "")
    if name == "MSA" and not message.answer:
        message.answer.extend(segment[: 4 * _MAX_TEXT].rstrip("\r\n").split(segment[3:4] or "|")[:3])


def _record(flow: Flow, packet: Packet, message: Message, is_orig: bool) -> Record:
    record = flow.head("hl7", packet.time_us)
    record["is_orig"] = is_orig
    kind, trigger, structure = ([*_parts(message), "", "", ""])[:3]
    fields = {
        **{name: message.field(number) for number, name in enumerate(_ENDS, 3)},
        **{"message_type": kind, "trigger_event": trigger, "structure": structure, "control_id": message.field(10)},
        **{
            "message_time": message.field(7),
            "processing_id": message.field(11),
            "version": message.field(12).partition("^")[0],
        },
    }
    record |= {name: value for name, value in fields.items() if value}
    record["segments"] = len(message.names)
    record["segment_types"] = [name for name in dict.fromkeys(message.names) if name][:MAX_NAMES]
    record["request_seen"] = True
    return record


def _parts(message: Message) -> list[str]:
    """Split the message type; the first of the encoding characters separates its parts."""
    return message.field(9).split((message.field(2) or "^")[0])


Asked = dict[tuple[bool, str], Record]


def _sent(flow: Flow, record: Record, reply: bool) -> Iterator[Record]:
    """Hold a message until it is answered."""
    asked: Asked = flow.state.setdefault("hl7", {})
    key = (reply, str(record.get("control_id", "")))
    if key in asked or len(asked) >= MAX_PENDING:
        yield asked.pop(key if key in asked else next(iter(asked)))
    asked[key] = record


def _acknowledged(
    flow: Flow, packet: Packet, reply: bool, message: Message, answer: tuple[str, str]
) -> Iterator[Record]:
    """Complete the record of the message that this one answers, or make one from the answer alone."""
    asked: Asked = flow.state.get("hl7", {})
    record: dict[str, Any] | None = asked.pop((not reply, answer[1]), None)
    if record is None:
        record = _told_by_answer(flow, packet, reply, message)
        if answer[1]:
            record["control_id"] = answer[1]
    yield {**record, "ack_code": answer[0]} if answer[0] else record


def _told_by_answer(flow: Flow, packet: Packet, reply: bool, message: Message) -> Record:
    """Tell of a message that was not seen: its sender is the receiver of the answer."""
    record = flow.head("hl7", packet.time_us)
    record["is_orig"] = reply
    ends = zip(_ENDS, (5, 6, 3, 4), strict=True)
    record |= {name: message.field(number) for name, number in ends if message.field(number)}
    parts = [*_parts(message), ""]
    if parts[0] == "ACK" and parts[1]:
        record["trigger_event"] = parts[1]
    if version := message.field(12).partition("^")[0]:
        record["version"] = version
    record["request_seen"] = False
    return record
