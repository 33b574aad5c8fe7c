"""Second-factor fatigue: pushes that a person denies or ignores, again and again, until one is accepted.

Enters: log-ons, of which those of kind `mfa` are answers to a second factor. Leaves: a sign at the fifth push refused
in ten minutes, and a stronger one when one is then accepted.

Sees: five or more pushes denied or ignored in ten minutes by one account (Okta, Entra); an acceptance within ten
minutes of the last of them.
Misses: an attacker who sends few pushes, or one an hour; providers that do not write refused pushes; codes typed by
the victim on a false page.
Benign when: a telephone without network, where the person tries again from the usual place (counted much lower);
mistyped codes (not counted).
Source: ATT&CK T1621; CISA, Implementing Phishing-Resistant MFA, 2022.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import (
    DAY_US,
    Ref,
    in_order,
    known,
    machine,
    network,
    packed,
    person,
    span,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Logon
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "I5"
NAME = "mfa_fatigue"
LAYER: Layer = "identity"
TECHNIQUES = ("T1621",)
NEEDS = ("Logon",)

PUSHES = 5
WINDOW_US = 600_000_000
"""Five in ten minutes (BEHAVIOUR.md I5); a person without network gives up after two or three."""
KEPT = 64
"""Pushes kept of one account: a flood of them is the same sign."""
ACCOUNTS = 50_000
REFUSED_DECADES, ACCEPTED_DECADES = 2.0, 4.0
"""Refused: somebody knows the password. Accepted: somebody is in."""
USUAL_DECADES = 3.0
"""What a usual place takes off: the same network let this account in on another day."""
USUAL_DAYS = 1.5
"""Two days, one of them perhaps a while ago."""
USUAL_HALF_LIFE_S = 30 * 86_400

_TYPED = re.compile(r"\bcode|\botp\b|totp|passcode|digits", re.IGNORECASE)
"""A code mistyped is no push."""


@dataclass
class Pushes:
    """Refused pushes of one account, by time: (time, network, event)."""

    refused: list[tuple[int, str, Ref]] = field(default_factory=list)
    told_us: int = -DAY_US
    accepted_us: int = -DAY_US


@dataclass
class FatigueMemory:
    """What the detector remembers; `usual` counts the days on which a network let an account in."""

    accounts: dict[str, Pushes] = field(default_factory=dict)
    usual: Counts = field(default_factory=lambda: Counts(4 * ACCOUNTS, USUAL_HALF_LIFE_S))


def memory() -> FatigueMemory:
    """Give an empty memory."""
    return FatigueMemory()


def watch(kind: str, rows: Sequence[Logon], memory: FatigueMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Count refused pushes, and tell when one is accepted after many."""
    for row in in_order(rows):
        if row.kind == "mfa" and not row.success:
            if not _TYPED.search(row.reason):
                yield from _refused(row, memory)
        elif row.success and row.kind in {"mfa", "cloud", "vpn"}:
            yield from _accepted(row, memory)


def finish(memory: FatigueMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _recent(pushes: Pushes, time_us: int) -> list[tuple[int, str, Ref]]:
    return [push for push in pushes.refused if 0 <= time_us - push[0] <= WINDOW_US]


def _refused(row: Logon, memory: FatigueMemory) -> Iterator[Sign]:
    pushes = touch(memory.accounts, row.account, Pushes, ACCOUNTS)
    pushes.refused = [*_recent(pushes, row.time_us), (row.time_us, network(row.src), packed(row.event))][-KEPT:]
    if len(pushes.refused) >= PUSHES and row.time_us - pushes.told_us > WINDOW_US:
        pushes.told_us = row.time_us
        message = _n("{account} refused or ignored {pushes} requests for a second factor in {span}, from {src}")
        yield _sign(row, pushes.refused, message, REFUSED_DECADES - _usual(row.account, pushes.refused, memory))


def _accepted(row: Logon, memory: FatigueMemory) -> Iterator[Sign]:
    place = network(row.src)
    pushes = memory.accounts.get(row.account)
    refused = _recent(pushes, row.time_us) if pushes is not None else []
    same_place = any(push[1] == place for push in refused)
    if pushes is None or len(refused) < PUSHES or not (row.kind == "mfa" or same_place):
        if not refused:
            _learn(row.account, place, row.time_us, memory)
        return
    if row.time_us - pushes.accepted_us > WINDOW_US:
        pushes.accepted_us = row.time_us
        message = _n("{account} accepted a second factor after {pushes} refused in {span}, from {src}")
        refs = [*refused, (row.time_us, place, packed(row.event))]
        yield _sign(row, refs, message, ACCEPTED_DECADES - _usual(row.account, refused, memory), len(refused))


def _learn(account: str, place: str, time_us: int, memory: FatigueMemory) -> None:
    """Count a place at most once a day: one long session of an intruder does not make it usual."""
    today = key64("mfa-today", account, place, time_us // DAY_US)
    if place and memory.usual.add(today, time_us) == 0.0:
        memory.usual.add(key64("mfa", account, place), time_us)


def _usual(account: str, refused: list[tuple[int, str, Ref]], memory: FatigueMemory) -> float:
    """Give what is taken off when all requests came from places that let this account in on an earlier day."""
    places = {(push[1], push[0]) for push in refused}
    counts = [memory.usual.get(key64("mfa", account, place), time_us) for place, time_us in sorted(places) if place]
    return USUAL_DECADES if counts and len(counts) == len(places) and min(counts) >= USUAL_DAYS else 0.0


def _sign(
    row: Logon, pushes: Sequence[tuple[int, str, Ref]], message: str, decades: float, refused: int | None = None
) -> Sign:
    number = len(pushes) if refused is None else refused
    facts = {
        "account": row.account,
        "pushes": str(number),
        "span": span(row.time_us - pushes[0][0]),
        "src": row.src or "?",
    }
    entities = known(person(row.account, "target"), machine(row.src, "source"))
    refs = unpacked(push[2] for push in pushes)
    return Sign(pushes[0][0], row.time_us, max(0.0, decades), message, facts, entities, refs, TECHNIQUES, number)
