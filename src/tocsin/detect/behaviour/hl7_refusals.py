"""M5 HL7 refusals: a receiver that took what it got refuses much of it.

Enters: HL7 messages with their answers. Leaves: a sign when, within ten minutes, one sender's messages are refused by
one receiver twenty times and as it never was.

Sees: answers AE, AR, CE, CR against AA and CA of one sender (address) at one receiver (address and port): how many
more than its own habit gives.
Misses: fewer than twenty; receivers that refuse without an answer; senders whose messages are always refused.
Benign when: an application was updated on one side only, a licence or database behind the receiver fails: worth
knowing all the same, as results do not arrive. Weighs little alone: an attack is the rarer reason.
Source: HL7 v2.5 table 0008; ATT&CK T1499.004, T1190.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log, log10

from tocsin.detect.behaviour.actors import DAY_US, Ref, in_order, known, machine, packed, span, touch, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Medical
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "M5"
NAME = "hl7_refusals"
LAYER: Layer = "network"
TECHNIQUES = ("T1499.004",)
NEEDS = ("Medical",)

PAIRS = 5_000
WINDOW_US = 600_000_000
REFUSED = 20
KEPT = 20
"""Refusals kept of one pair within the window, the first half and the last: a storm of thousands is the same sign."""
HABIT = 0.02
"""Share of refusals that any sender is granted: one message in fifty."""
HABIT_WEIGHT = 50.0
FADE = 0.999
"""Each message takes a thousandth from the weight of those before."""
TOLD_DECADES, MOST = 1.0, 1.5
_TAKEN, _REFUSED = frozenset({"AA", "CA"}), frozenset({"AE", "AR", "CE", "CR"})


@dataclass
class Pair:
    """One sender at one receiver: its habit, and what happened within the window."""

    taken: float = 0.0
    refused: float = 0.0
    answers: int = 0
    first_us: int = -DAY_US
    bad: int = 0
    bad_us: int = 0
    refs: list[Ref] = field(default_factory=list)
    told_us: int = -DAY_US


@dataclass
class RefusalMemory:
    """What the detector remembers."""

    pairs: dict[str, Pair] = field(default_factory=dict)


def memory() -> RefusalMemory:
    """Give an empty memory."""
    return RefusalMemory()


def watch(kind: str, rows: Sequence[Medical], memory: RefusalMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Count answers."""
    for row in in_order(rows):
        if row.protocol == "hl7" and row.src and row.dst and row.status in _TAKEN | _REFUSED:
            yield from _answer(row, touch(memory.pairs, f"{row.src} {row.dst} {row.port}", Pair, PAIRS))


def finish(memory: RefusalMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _answer(row: Medical, pair: Pair) -> Iterator[Sign]:
    if not 0 <= row.time_us - pair.first_us <= WINDOW_US:  # a window begins; what the last one held is habit now
        _settle(pair)
        pair.first_us = row.time_us
    pair.answers += 1
    if row.status in _REFUSED:
        pair.bad += 1
        pair.bad_us = row.time_us if pair.bad == 1 else min(pair.bad_us, row.time_us)
        if len(pair.refs) >= KEPT:
            del pair.refs[KEPT // 2]
        pair.refs.append(packed(row.event))
        yield from _judged(row, pair)


def _settle(pair: Pair) -> None:
    fade = FADE**pair.answers
    pair.taken = pair.taken * fade + pair.answers - pair.bad
    pair.refused = pair.refused * fade + pair.bad
    pair.answers, pair.bad, pair.refs = 0, 0, []


def _judged(row: Medical, pair: Pair) -> Iterator[Sign]:
    if pair.bad < REFUSED or 0 <= row.time_us - pair.told_us <= DAY_US:
        return
    usual = (pair.refused + HABIT * HABIT_WEIGHT) / (pair.taken + pair.refused + HABIT_WEIGHT)
    share = min(1.0, pair.bad / pair.answers)
    decades = min(MOST, pair.answers * _divergence(share, usual) / 10) if share > usual else 0.0
    if decades >= TOLD_DECADES:
        pair.told_us = row.time_us
        yield _sign(row, pair, share, usual, decades)


def _divergence(share: float, usual: float) -> float:
    """Give by how many decades an answer of this share is likelier than by habit (Kullback-Leibler, base 10)."""
    part = share * log10(share / usual)
    rest = (1 - share) * log((1 - share) / (1 - usual), 10) if share < 1 else 0.0
    return part + rest


def _sign(row: Medical, pair: Pair, share: float, usual: float, decades: float) -> Sign:
    facts = {
        "src": row.src,
        "dst": row.dst,
        "refused": str(pair.bad),
        "span": span(row.time_us - pair.bad_us),
        "share": f"{round(100 * share)} %",
        "usual": f"{round(100 * usual)} %",
    }
    return Sign(
        pair.bad_us,
        row.time_us,
        decades,
        _n("{dst} refused {refused} HL7 messages of {src} in {span} ({share} of all; {usual} until then)"),
        facts,
        known(machine(row.src, "source"), machine(row.dst, "destination")),
        unpacked(pair.refs),
        TECHNIQUES,
        pair.bad,
    )
