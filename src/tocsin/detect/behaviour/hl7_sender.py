"""M3 HL7 sender: a machine that never did sends messages to a receiver of HL7.

Enters: HL7 messages with their answers. Leaves: a sign for the first message of a new address to an established
receiver, more so when it calls itself an application that always came from elsewhere; one a day for each address.

Sees: addresses new for a receiver (address and port) that was watched for six hours and more; names of sending
applications (MSH-3, MSH-4) that move. The receiver's own new senders and those of all receivers are the measure.
Misses: forged messages from the address of a known sender (the interface engine above all); messages in TLS; receivers
first seen during the attack.
Benign when: a device or application is connected, an interface engine fails over to its second node or is moved.
Source: HL7 v2 names its sender in clear text and proves nothing; HL7 v2.5 2.15.9; ATT&CK T1565.002, T1557.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import DAY_US, Ref, in_order, known, machine, packed, touch, unpacked
from tocsin.detect.behaviour.changes import Hours, Site, rarity
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Medical
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "M3"
NAME = "hl7_sender"
LAYER: Layer = "network"
TECHNIQUES = ("T1565.002",)
NEEDS = ("Medical",)

RECEIVERS, SENDERS, NAMES = 500, 256, 256
"""A hospital has some hundred receivers, of which an interface engine hears most applications; full: some 50 MB."""
ESTABLISHED_HOURS = 6
TOLD_DECADES = 1.0
MOST, MOST_IMPERSONATED = 2.0, 3.0
IMPERSONATED = 0.5
"""What the name of an application that always came from elsewhere adds."""
REFUSED = 0.5
"""What an answer that refuses takes off: the receiver did not take it."""
_TAKEN = frozenset({"AA", "CA", ""})


@dataclass
class Receiver:
    """Who sends to one receiver: addresses by the hours in which they did, applications by their address."""

    senders: dict[str, Hours] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    changes: int = 0
    hours: int = 0
    last: Ref | None = None


@dataclass
class SenderMemory:
    """What the detector remembers."""

    receivers: dict[str, Receiver] = field(default_factory=dict)
    site: Site = field(default_factory=Site)
    told: dict[str, int] = field(default_factory=dict)


def memory() -> SenderMemory:
    """Give an empty memory."""
    return SenderMemory()


def watch(kind: str, rows: Sequence[Medical], memory: SenderMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Compare each message's sender with those that its receiver knows."""
    for row in in_order(rows):
        if row.protocol == "hl7" and row.src and row.dst:
            yield from _message(row, memory)


def finish(memory: SenderMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _message(row: Medical, memory: SenderMemory) -> Iterator[Sign]:
    receiver = touch(memory.receivers, f"{row.dst} {row.port}", Receiver, RECEIVERS)
    if row.src not in receiver.senders:
        yield from _stranger(row, receiver, memory)
        if receiver.hours >= ESTABLISHED_HOURS:  # before, all its senders are new
            receiver.changes += 1
            memory.site.changes += 1
    if touch(receiver.senders, row.src, Hours, SENDERS).note(row.time_us):
        receiver.hours += 1
        memory.site.hours += 1
    if row.calling:
        touch(receiver.names, row.calling, lambda: row.src, NAMES)
    receiver.last = packed(row.event)


def _stranger(row: Medical, receiver: Receiver, memory: SenderMemory) -> Iterator[Sign]:
    if receiver.hours < ESTABLISHED_HOURS:
        return
    decades = rarity(receiver.changes, receiver.hours, memory.site)
    usual = receiver.names.get(row.calling, "") if row.calling else ""
    decades = min(MOST_IMPERSONATED, decades + IMPERSONATED) if usual else min(MOST, decades)
    decades -= REFUSED * (row.status not in _TAKEN)
    if decades < TOLD_DECADES or 0 <= row.time_us - memory.told.get(row.src, -DAY_US) < DAY_US:
        return
    touch(memory.told, row.src, lambda: 0, RECEIVERS)
    memory.told[row.src] = row.time_us
    message = _n("{src} sent HL7 messages to {dst} for the first time, as {application} ({senders} senders until then)")
    if usual:
        message = _n("{src} sent HL7 messages to {dst} as {application}, which always came from {usual}")
    facts = {
        "src": row.src,
        "dst": row.dst,
        "application": row.calling or "?",
        "usual": usual,
        "senders": str(len(receiver.senders)),
    }
    yield Sign(
        row.time_us,
        row.time_us,
        decades,
        message,
        facts,
        known(machine(row.src, "source"), machine(row.dst, "destination"), machine(usual, "target")),
        unpacked([*([receiver.last] if receiver.last is not None else []), packed(row.event)]),
        TECHNIQUES,
    )
