"""Rare calls of a cloud's interface: actions, regions and programs that a principal never used.

Enters: calls. Leaves: a sign when new actions, a new region and a new program come together within an hour, when one
action is very rare here, or when many different actions are refused.

Sees: a principal that does what neither it nor its peers in the account do; a first use of a region; a new client
program; ten different actions refused in an hour (somebody tries out what a stolen key may do).
Misses: actions that the principal does every week; a principal seen on fewer than ten hours; services that do not
write reads.
Benign when: a new release of a deployment program, an administrator who learns the console, an incident being mended,
a new project in a new region (the account's other principals soon share it).
Source: ATT&CK T1078.004, T1526, T1580; BEHAVIOUR.md C1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    Ref,
    client,
    in_order,
    known,
    machine,
    network,
    packed,
    person,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Call
from tocsin.detect.behaviour.memory import Novelty
from tocsin.model import Entity, Layer
from tocsin.model.voice import _n

ID = "C1"
NAME = "cloud_rare_call"
LAYER: Layer = "cloud"
TECHNIQUES = ("T1078.004", "T1526", "T1580")
NEEDS = ("Call",)

HALF_LIFE_S = 30 * 86_400
CONTEXTS = 400_000
PRINCIPAL_HOURS = 20.0
"""Hour-units of actions of a principal (one action in one hour) before anything of it is new."""
ACCOUNT_CALLS = 500
"""Calls of the cloud account before its peers say anything."""
PRINCIPALS = 20_000
NEW_LEAST = 1.0
"""Decades of one new thing that are worth remembering for an hour."""
TELL_LEAST = 2.0
READS = ("get", "list", "describe", "head", "lookup", "search", "view", "batchget", "test", "check", "validate", "read")
READ_SHARE = 0.5
"""Looking is done by everybody sometimes: half a change."""
REFUSED = 10
"""Different actions refused in an hour; a broken deployment repeats the same few."""
REFUSED_DECADES = 2.0
EXPLORER_SHARE = 0.05
"""A principal of whose actions so many are new explores (a person at the console): its new actions weigh little."""
KEPT = 128
_KINDS = ("action", "region", "client", "network")


@dataclass
class Hour:
    """What was new of one principal in the last hour: kind -> (decades, value), and what was refused."""

    start_us: int
    new: dict[str, tuple[float, str]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    refused: dict[str, Ref] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    told: float = 0.0
    refused_told: bool = False


@dataclass
class Principal:
    """How often a principal does something new, and its current hour."""

    hour: Hour
    units: float = 0.0
    fresh: float = 0.0
    refused_us: int = -DAY_US


@dataclass
class CallMemory:
    """What the detector remembers."""

    habits: Novelty = field(default_factory=lambda: Novelty(CONTEXTS, HALF_LIFE_S))
    principals: dict[str, Principal] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)


def memory() -> CallMemory:
    """Give an empty memory."""
    return CallMemory()


def watch(kind: str, rows: Sequence[Call], memory: CallMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn what principals do, and tell what is rare."""
    for row in in_order(rows):
        yield from _called(row, memory)


def finish(memory: CallMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _called(row: Call, memory: CallMemory) -> Iterator[Sign]:
    name = f"{row.account}\0{row.principal}"
    principal = touch(memory.principals, name, lambda: Principal(Hour(row.time_us)), PRINCIPALS)
    if not 0 <= row.time_us - principal.hour.start_us < HOUR_US:
        principal.hour = Hour(row.time_us)
    calls = touch(memory.calls, row.account, lambda: 0, PRINCIPALS)
    memory.calls[row.account] = calls + 1
    hours = memory.habits.seen(f"action {name}", row.time_us)
    new = _new(row, name, principal, memory)
    if not row.success:
        yield from _refused(row, principal)
    if calls >= ACCOUNT_CALLS and hours >= PRINCIPAL_HOURS:
        yield from _rare(row, principal, new)


def _new(row: Call, name: str, principal: Principal, memory: CallMemory) -> dict[str, tuple[float, str]]:
    """Give the decades of what this call uses, and learn it."""
    values = (f"{row.service}:{row.action}", row.region, client(row.agent), network(row.src))
    found: dict[str, tuple[float, str]] = {}
    for what, value in zip(_KINDS, values, strict=True):
        if value:
            decades = memory.habits.see(f"{what} {name}", value, f"{what} {row.account}", row.time_us)
            found[what] = (decades, value)
    action = found["action"][0]
    explores = (principal.fresh + 0.5) / (principal.units + 1)
    principal.units += 1
    principal.fresh += action >= NEW_LEAST
    share = READ_SHARE if row.action.rpartition(".")[2].lower().startswith(READS) else 1.0
    if action > 0:
        ceiling = max(0.0, -math.log10(explores)) if explores > EXPLORER_SHARE else 4.0
        found["action"] = (min(action, ceiling) * share, found["action"][1])
    return found


def _rare(row: Call, principal: Principal, new: dict[str, tuple[float, str]]) -> Iterator[Sign]:
    hour = principal.hour
    fresh = {what: pair for what, pair in new.items() if pair[0] >= NEW_LEAST * READ_SHARE}
    if not fresh:
        return
    for what, pair in fresh.items():
        if pair[0] > hour.new.get(what, (0.0, ""))[0]:
            hour.new[what] = pair
    if "action" in fresh and len(hour.actions) < KEPT and fresh["action"][1] not in hour.actions:
        hour.actions.append(fresh["action"][1])
    if len(hour.refs) < KEPT:
        hour.refs.append(packed(row.event))
    action = hour.new.get("action", (0.0, ""))[0]
    around = sum(hour.new[what][0] for what in _KINDS[1:] if what in hour.new) / 2
    decades = min(4.0, action + min(around, 2.0) + math.log10(max(1, len(hour.actions))))
    if action > 0 and decades >= TELL_LEAST and hour.told == 0.0:
        hour.told = decades
        yield _sign(row, hour, decades)


def _sign(row: Call, hour: Hour, decades: float) -> Sign:
    others = ", ".join(f"{what} {hour.new[what][1]}" for what in _KINDS[1:] if what in hour.new)
    facts = {
        "principal": row.principal,
        "actions": ", ".join(hour.actions[:5]),
        "number": str(len(hour.actions)),
        "others": others or "-",
        "account": row.account or "?",
    }
    message = _n("{principal} called what it never called here ({actions}); also new: {others}")
    return Sign(
        hour.start_us,
        row.time_us,
        decades,
        message,
        facts,
        _entities(row),
        unpacked(hour.refs),
        ("T1078.004",),
        len(hour.actions),
    )


def _refused(row: Call, principal: Principal) -> Iterator[Sign]:
    hour = principal.hour
    if len(hour.refused) < KEPT:
        hour.refused.setdefault(f"{row.service}:{row.action}", packed(row.event))
    again = row.time_us - principal.refused_us < DAY_US
    if len(hour.refused) >= REFUSED and not hour.refused_told and not again:
        hour.refused_told, principal.refused_us = True, row.time_us
        facts = {
            "principal": row.principal,
            "number": str(len(hour.refused)),
            "actions": ", ".join(sorted(hour.refused)[:5]),
            "account": row.account or "?",
        }
        message = _n("{principal} was refused {number} different actions within an hour ({actions}…)")
        refs = unpacked(hour.refused.values())
        yield Sign(
            hour.start_us,
            row.time_us,
            REFUSED_DECADES,
            message,
            facts,
            _entities(row),
            refs,
            ("T1526", "T1580"),
            len(hour.refused),
        )


def _entities(row: Call) -> tuple[Entity, ...]:
    cloud = Entity("cloud", row.account.lower(), "object") if row.account else None
    return known(person(row.principal, "actor"), machine(row.src, "source"), cloud)
