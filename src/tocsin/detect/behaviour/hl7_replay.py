"""M4 HL7 replay: an order or result that was sent before is sent again.

Enters: HL7 messages with their answers. Leaves: a sign when a receiver gets a message a second time from another
address, or from the same one long after it took it. More of the same within an hour are counted into the next sign.

Sees: the same sending application, control id (MSH-10) and time of message (MSH-7), once more for the same receiver.
Misses: a message changed and given a new control id or time (it is new to everybody); replays within the hour from the
same address (they look as retries do); messages older than the memory (some days); applications that write no control
id; messages whose first copy was not captured.
Benign when: an interface engine resends its queue after a failure (what was not acknowledged is not counted), or fails
over to its second node; an archive is rebuilt from old messages.
Source: HL7 v2.5 2.9.2 (a control id names one message); ATT&CK T1565.002.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log10

from tocsin.detect.behaviour.actors import HOUR_US, in_order, known, machine, packed, span, touch, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Medical
from tocsin.detect.behaviour.memory import Counts, key64, pair64
from tocsin.detect.behaviour.memory.novelty import CAP_DECADES
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "M4"
NAME = "hl7_replay"
LAYER: Layer = "network"
TECHNIQUES = ("T1565.002",)
NEEDS = ("Medical",)

MESSAGES = 300_000
"""Marks kept, two or three a message: a day of a large hospital; some 12 MB."""
HALF_LIFE_S = 2 * 86_400
PAIRS = 5_000
RETRY_US = HOUR_US
"""An interface engine that retries does so every minute or so; after an hour somebody decided to."""
TOLD_DECADES = 1.0
MOST_ELSEWHERE, MOST_LATER = 3.0, 2.0
_TAKEN = frozenset({"AA", "CA"})
_TAKEN_MARK = key64("taken")
_key = key64.__wrapped__
"""Control ids hardly come twice: keeping their keys would only push out others."""


@dataclass
class Pair:
    """How one application sends to one receiver: messages, those sent again, and when that was last told."""

    messages: int = 0
    again: int = 0
    told_us: int = -HOUR_US
    held: int = 0


@dataclass
class ReplayMemory:
    """What the detector remembers: marks of messages, of who sent them, and of those that were taken."""

    marks: Counts = field(default_factory=lambda: Counts(MESSAGES, HALF_LIFE_S))
    pairs: dict[str, Pair] = field(default_factory=dict)


def memory() -> ReplayMemory:
    """Give an empty memory."""
    return ReplayMemory()


def watch(kind: str, rows: Sequence[Medical], memory: ReplayMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Look for each message among those that came before."""
    for row in in_order(rows):
        if row.protocol == "hl7" and row.action and row.control_id and row.src and row.dst:
            yield from _message(row, memory)


def finish(memory: ReplayMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _message(row: Medical, memory: ReplayMemory) -> Iterator[Sign]:
    pair = touch(memory.pairs, f"{row.dst} {row.port} {row.calling}", Pair, PAIRS)
    mark = pair64(key64("hl7", row.dst, row.port, row.calling), _key(row.control_id))
    taken, own = pair64(mark, _TAKEN_MARK), pair64(mark, key64("from", row.src))
    marks = memory.marks
    place = marks.row(mark)
    if place >= 0:
        gap_us = row.time_us - marks.last_us(place)
        elsewhere = marks.row(own) < 0
        if elsewhere or (gap_us > RETRY_US and marks.row(taken) >= 0):
            yield from _again(row, pair, gap_us, elsewhere)
    pair.messages += 1
    for key in (mark, own, *([taken] if row.status in _TAKEN else [])):
        marks.add(key, row.time_us)


def _again(row: Medical, pair: Pair, gap_us: int, elsewhere: bool) -> Iterator[Sign]:
    """Weigh a repetition by how often this application's messages come again."""
    rarity = min(CAP_DECADES, -log10((pair.again + 0.5) / (pair.messages + 1))) - 1.0
    pair.again += 1
    pair.held += 1
    decades = min(rarity, MOST_ELSEWHERE if elsewhere else MOST_LATER)
    if decades < TOLD_DECADES or 0 <= row.time_us - pair.told_us < HOUR_US:
        return
    message = _n("{src} sent {dst} a message of {application} that it had got before ({kind}, {gap} earlier)")
    if elsewhere:
        message = _n(
            "{src} sent {dst} a message of {application} that another machine had sent before ({kind}, {gap} earlier)"
        )
    facts = {
        "src": row.src,
        "dst": row.dst,
        "application": row.calling or "?",
        "kind": row.action,
        "gap": span(gap_us),
    }
    entities = known(machine(row.src, "source"), machine(row.dst, "destination"))
    refs = unpacked([packed(row.event)])
    times, pair.held, pair.told_us = pair.held, 0, row.time_us
    yield Sign(row.time_us, row.time_us, decades, message, facts, entities, refs, TECHNIQUES, times)
