"""M2 DICOM sweep: somebody searches, fetches or tries archives far beyond what is usual here.

Enters: DICOM associations and commands, and audit events. Leaves: a sign when a machine, or an account of an audit
trail, gets far more in an hour than it or anybody else ever did; another when a machine tries many archives and titles
that it never called.

Sees: matches of C-FIND, images moved by C-MOVE and C-GET, patients in audited queries and retrievals, per clock hour,
against three times the most that this source (or, where it is new, nearly anybody) had; five or more new pairs of
address and AE title within an hour, most of them refused or unanswered.
Misses: slow collection below what is usual; what an archive sends on its own (C-STORE); DICOMweb (the rules on HTTP
see that); where a C-MOVE sends to, which is kept out with the patients' names.
Benign when: an archive is migrated, a study for research is put together, prior images are fetched before a day's
consultations (the source's own habit is learned); a device is commissioned with a wrong configuration.
Source: DICOM PS3.4 annex C, PS3.16 CID 400; ATT&CK T1213, T1119, T1046.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log10

from tocsin.detect.behaviour.actors import HOUR_US, Ref, in_order, known, machine, packed, person, touch, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Medical
from tocsin.detect.behaviour.memory import Quantiles
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "M2"
NAME = "dicom_sweep"
LAYER: Layer = "network"
TECHNIQUES = ("T1213", "T1046")
NEEDS = ("Medical",)

SOURCES, PAIRS, PLACES = 5_000, 64, 20
"""An archive that calls more pairs than that forgets the longest unused; full, this takes some 60 MB."""
KEPT = 20
"""Events kept of an hour, the first half and the last."""
FLOORS = {"matches": 500, "images": 5_000, "patients": 200}
"""What any user may get in an hour: lists of a day's work, a few studies of a thousand images, a ward's patients."""
RATIO = 3.0
"""How far beyond the most until now: half a decade."""
OWN_HOURS = 8
"""Active hours after which a source's own most counts instead of the others'."""
SITE_HOURS = 40
"""Active hours of all sources before the others' most is known; until then the floors are ten times as high."""
COLD = 10.0
NEARLY_ALL = 0.99
HALF_LIFE_US = 14 * 24 * HOUR_US
STEP = 4.0
"""A sign is told again when the hour's amount has grown so many times."""
NEW_PAIRS, FAILED_SHARE = 5, 0.6
BASE_DECADES, MOST = 1.0, 3.0

_KINDS = {"C-FIND": "matches", "C-MOVE": "images", "C-GET": "images", "query": "patients", "retrieve": "patients"}
_FAILED = frozenset({"rejected", "aborted", "unanswered"})
_MESSAGES = {
    "matches": _n("{who} got {amount} matches from medical archives within an hour; {usual} was the most until then"),
    "images": _n("{who} fetched {amount} images from medical archives within an hour; {usual} was the most until then"),
    "patients": _n("{who} opened data of {amount} patients within an hour; {usual} was the most until then"),
}


@dataclass
class Amount:
    """What one source got of one kind: in the hour under way, and the most of earlier hours, halved in two weeks."""

    hour: int = -1
    now: float = 0.0
    told: float = 0.0
    most: float = 0.0
    hours: int = 0
    refs: list[Ref] = field(default_factory=list)


@dataclass
class Caller:
    """The pairs of address and title that one machine has called, and those that are new in the hour under way."""

    pairs: dict[str, int] = field(default_factory=dict)
    hour: int = -1
    fresh: dict[str, bool] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    told: bool = False


@dataclass
class SweepMemory:
    """What the detector remembers; `others` are the amounts of all sources' hours, by kind."""

    amounts: dict[str, Amount] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    others: dict[str, Quantiles] = field(default_factory=dict)


def memory() -> SweepMemory:
    """Give an empty memory."""
    return SweepMemory()


def watch(kind: str, rows: Sequence[Medical], memory: SweepMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Add up what each source gets and whom it calls."""
    for row in in_order(rows):
        if row.action == "associate" and row.src and row.dst:
            yield from _called(row, memory)
        elif row.action in _KINDS and row.amount > 0:
            yield from _got(row, _KINDS[row.action], memory)


def finish(memory: SweepMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _got(row: Medical, kind: str, memory: SweepMemory) -> Iterator[Sign]:
    who = row.calling if row.protocol == "atna" else row.src
    if not who:
        return
    one = touch(memory.amounts, f"{kind} {who}", Amount, SOURCES)
    hour = row.time_us // HOUR_US
    if hour != one.hour:
        _close(one, kind, hour, memory)
    one.now += row.amount
    if len(one.refs) >= KEPT:
        del one.refs[KEPT // 2]
    one.refs.append(packed(row.event))
    usual = _usual(one, kind, memory)
    limit = max(float(FLOORS[kind]), RATIO * usual) * (1.0 if usual else COLD)
    if one.now >= max(limit, STEP * one.told):
        one.told = one.now
        yield _amount_sign(row, who, kind, one, usual, min(MOST, BASE_DECADES + 2 * log10(one.now / limit)))


def _close(one: Amount, kind: str, hour: int, memory: SweepMemory) -> None:
    """End the hour under way: what it held becomes history."""
    if one.now:
        halvings = max(0, hour - one.hour) * HOUR_US / HALF_LIFE_US
        one.most = max(one.most * 0.5 ** min(halvings, 60.0), one.now)
        one.hours += 1
        memory.others.setdefault(kind, Quantiles()).add(one.now)
    one.hour, one.now, one.told, one.refs = hour, 0.0, 0.0, []


def _usual(one: Amount, kind: str, memory: SweepMemory) -> float:
    """Give the most that was had in an hour: by this source, or by nearly anybody; 0 where neither is known."""
    if one.hours >= OWN_HOURS:
        return one.most
    others = memory.others.get(kind)
    return max(one.most, others.at(NEARLY_ALL)) if others is not None and len(others) >= SITE_HOURS else 0.0


def _amount_sign(row: Medical, who: str, kind: str, one: Amount, usual: float, decades: float) -> Sign:
    facts = {"who": who, "amount": str(round(one.now)), "usual": str(round(usual)) if usual else "?"}
    audited = row.protocol == "atna"
    entities = (
        person(row.calling, "subject") if audited else None,
        machine(row.src, "source"),
        machine(row.called if audited else row.dst, "destination"),
    )
    return Sign(
        _begin(one.refs, row.time_us),
        row.time_us,
        decades,
        _MESSAGES[kind],
        facts,
        known(*entities),
        unpacked(one.refs),
        TECHNIQUES[:1],
        max(1, round(one.now)),
    )


def _begin(refs: list[Ref], time_us: int) -> int:
    """Give when it began: the first event kept, or now where the clock went back."""
    first = refs[0][2] if refs else None
    return time_us if first is None else min(first, time_us)


def _called(row: Medical, memory: SweepMemory) -> Iterator[Sign]:
    one = touch(memory.callers, row.src, Caller, SOURCES)
    hour = row.time_us // HOUR_US
    if hour != one.hour:
        one.hour, one.fresh, one.refs, one.told = hour, {}, [], False
    pair = f"{row.dst} {row.called}"
    if pair not in one.pairs and pair not in one.fresh:
        if len(one.fresh) < PLACES:
            one.fresh[pair] = row.status in _FAILED
            one.refs.append(packed(row.event))
        yield from _tried(row, one)
    if row.status == "accepted":
        touch(one.pairs, pair, lambda: 0, PAIRS)


def _tried(row: Medical, one: Caller) -> Iterator[Sign]:
    failed = sum(one.fresh.values())
    if one.told or len(one.fresh) < NEW_PAIRS or failed < FAILED_SHARE * len(one.fresh):
        return
    one.told = True
    habit = min(1.0, len(one.pairs) / NEW_PAIRS)  # a machine that calls many archives every day errs more often
    servers = len({pair.partition(" ")[0] for pair in one.fresh})
    yield Sign(
        _begin(one.refs, row.time_us),
        row.time_us,
        2.0 - 0.5 * habit,
        _n("{src} tried {pairs} pairs of address and AE title new to it, on {servers} machines; {failed} failed"),
        {"src": row.src, "pairs": str(len(one.fresh)), "servers": str(servers), "failed": str(failed)},
        known(machine(row.src, "source"), machine(row.dst, "destination")),
        unpacked(one.refs),
        TECHNIQUES[1:],
        len(one.fresh),
    )
