"""Replication by who is no domain controller: DCSync, DCShadow, and hints of forged tickets.

Enters: accesses to and changes of directory objects, Kerberos tickets. Leaves: signs that always ring (`sure`) for
secrets replicated by a user, weaker ones for machines that nobody knew as domain controllers.

Sees: replication rights used (4662 with the rights `Get-Changes-All`, `In-Filtered-Set` or `Get-Changes`) by an
account that is no domain controller; a machine given the service names of a domain controller (4742, 5136) or a
server object made for it (5137); service tickets of an account that was not given a ticket-granting ticket for a week.
Misses: DCSync from a domain controller or with its machine account once it replicated regularly; directories whose
object access is not audited; forged tickets where some controllers' logs are missing (then nothing is said); silver
tickets, which no controller sees; a machine's replication in the last ten minutes of the input.
Benign when: directory synchronisation to a cloud (told from its regular hours; its usual names count as a prior),
backup and audit products that replicate, a domain controller just promoted.
Source: MS-DRSR; MS-ADTS 5.1.3.2.1 (control access rights); ATT&CK T1003.006, T1207, T1558.001.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    Days,
    Ref,
    in_order,
    known,
    machine,
    packed,
    person,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Change, Ticket
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "I3"
NAME = "replication"
LAYER: Layer = "identity"
TECHNIQUES = ("T1003.006", "T1207", "T1558.001")
NEEDS = ("Change", "Ticket")

_GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
_GET_ALL = ("1131f6ad-9c07-11d1-f79f-00c04fc2dcd2", "89e95b76-444d-4c62-991a-0facbeda640c")
"""DS-Replication-Get-Changes-All and -In-Filtered-Set: the rights that give secrets."""
_CONTROLLER_NAMES = ("e3514235-4b06-11d1-ab04-00c04fc2dcd2", "gc/")
"""Service names that only domain controllers have: directory replication, global catalogue."""
_SERVER_CLASSES = ("objectclass=ntdsdsa", "objectclass=server")

USER_DECADES, MACHINE_DECADES, PRIOR_DECADES, SHADOW_DECADES = 4.0, 2.0, 1.0, 4.0
REGULAR_HOURS = 24
"""Distinct hours of replication after which a machine, or an account named like a synchroniser, is one."""
REGULAR_USER_DAYS = 14
"""Days on which an unnamed account must have replicated: such accounts are few, and somebody has to know them."""
BURST_US = 600_000_000
"""A machine that replicated only for so long is told: controllers replicate every quarter of an hour and for ever."""
AGAIN_US = DAY_US
ACTORS = 5_000
"""Accounts that use replication rights: a handful in truth; the limit holds what an attacker may invent."""
SYNCHRONISERS = ("msol_", "aad_", "sync_", "adsync", "provagentgmsa")
"""How directory synchronisation names its accounts: a prior, not a pass (one decade until its hours are regular)."""

TICKET_HALF_LIFE_S = 4 * 86_400
LIVE = 0.25
"""Two half-lives, eight days: a ticket-granting ticket is renewed for seven days at most, without a new 4768."""
HISTORY_DAYS = 8
ASKED_LEAST = 1_000
COVERED_LEAST = 0.98
"""Service tickets that need a known ticket-granting ticket before one without is worth a word: all controllers log."""
FORGED_DECADES = 1.5
ACCOUNTS = 200_000


@dataclass
class Replicator:
    """One account that used replication rights."""

    first_us: int
    last_us: int
    uses: int = 0
    hours: int = 0
    days: int = 0
    hour: int = -1
    day: int = -1
    told_us: int = -AGAIN_US
    secrets: bool = False
    target: str = ""
    host: str = ""
    refs: list[Ref] = field(default_factory=list)


@dataclass
class ReplicationMemory:
    """What the detector remembers: who replicated, which machines report as controllers, who has a ticket."""

    actors: dict[str, Replicator] = field(default_factory=dict)
    controllers: dict[str, int] = field(default_factory=dict)
    newest_us: int = 0
    shadows: dict[str, int] = field(default_factory=dict)
    granted: Counts = field(default_factory=lambda: Counts(ACCOUNTS, TICKET_HALF_LIFE_S))
    days: Days = field(default_factory=Days)
    asked: float = 0.0
    covered: float = 0.0
    forged: dict[str, int] = field(default_factory=dict)


def memory() -> ReplicationMemory:
    """Give an empty memory."""
    return ReplicationMemory()


def watch(
    kind: str,  # noqa: ARG001 - the door's shape
    rows: Sequence[Change | Ticket],
    memory: ReplicationMemory,
) -> Iterator[Sign]:
    """Tell who uses the rights of domain controllers."""
    for row in in_order(rows):
        if isinstance(row, Ticket):
            yield from _ticket(row, memory)
            continue
        what = row.what.lower()
        memory.newest_us = max(memory.newest_us, row.time_us)
        touch(memory.controllers, row.host, lambda: 0, ACTORS)  # only controllers write these events
        if "=" not in what and (_GET_CHANGES in what or any(right in what for right in _GET_ALL)):
            yield from _replicated(row, what, memory)
        elif _promoted(what):
            yield from _shadow(row, memory)


def finish(memory: ReplicationMemory) -> Iterator[Sign]:
    """Tell the machines that replicated for a moment only."""
    for name, actor in memory.actors.items():
        over = memory.newest_us - actor.last_us > BURST_US >= actor.last_us - actor.first_us
        if name.endswith("$") and over and not _is_controller(name, memory) and actor.told_us < actor.first_us:
            actor.told_us = actor.last_us
            message = _n("{actor} replicated the directory and is not known as a domain controller")
            yield _sign(name, actor, message, MACHINE_DECADES, sure=False)


def _is_controller(name: str, memory: ReplicationMemory) -> bool:
    return name.rstrip("$") in memory.controllers


def _replicated(row: Change, what: str, memory: ReplicationMemory) -> Iterator[Sign]:
    actor = touch(memory.actors, row.actor, lambda: Replicator(row.time_us, row.time_us), ACTORS)
    fresh = row.time_us - actor.last_us > AGAIN_US
    if fresh and actor.hours < REGULAR_HOURS:
        actor.first_us, actor.refs = row.time_us, []
    _count(row, what, actor)
    if row.actor.endswith("$") or not row.actor:
        return
    named = row.actor.startswith(SYNCHRONISERS)
    regular = actor.hours >= REGULAR_HOURS if named else actor.days >= REGULAR_USER_DAYS
    if not regular and row.time_us - actor.told_us >= AGAIN_US:
        actor.told_us = row.time_us
        if named:
            message = _n("{actor} replicates the directory; its name is one of a synchronisation")
            yield _sign(row.actor, actor, message, PRIOR_DECADES, sure=False)
        else:
            message = _n(
                "{actor}, which is no domain controller, replicated the directory from {dc}: passwords can be taken"
            )
            yield _sign(row.actor, actor, message, USER_DECADES, sure=True)


def _count(row: Change, what: str, actor: Replicator) -> None:
    actor.uses += 1
    actor.last_us = max(actor.last_us, row.time_us)
    if row.time_us // HOUR_US > actor.hour:
        actor.hour, actor.hours = row.time_us // HOUR_US, actor.hours + 1
    if row.time_us // DAY_US > actor.day:
        actor.day, actor.days = row.time_us // DAY_US, actor.days + 1
    actor.secrets = actor.secrets or any(right in what for right in _GET_ALL)
    actor.target, actor.host = row.target, row.host
    if len(actor.refs) < 20:
        actor.refs.append(packed(row.event))


def _promoted(what: str) -> bool:
    if what.startswith("serviceprincipalname="):
        return any(f"{sep}{name}" in what for name in _CONTROLLER_NAMES for sep in ("=", " "))
    return what.startswith(_SERVER_CLASSES)


def _shadow(row: Change, memory: ReplicationMemory) -> Iterator[Sign]:
    """A machine becomes a controller in the directory: true for a promotion, or for DCShadow."""
    target = row.target.partition(",")[0].rpartition("=")[2].lower()
    machine_name = target.rstrip("$")
    told = memory.shadows.get(machine_name, row.time_us - AGAIN_US)
    if machine_name in memory.controllers or row.actor == f"{machine_name}$" or row.time_us - told < AGAIN_US:
        return
    touch(memory.shadows, machine_name, lambda: 0, ACTORS)
    memory.shadows[machine_name] = row.time_us
    message = _n("{actor} gave {target} the names of a domain controller in the directory")
    user = None if row.actor.endswith("$") else person(row.actor, "actor")
    yield Sign(
        row.time_us,
        row.time_us,
        SHADOW_DECADES,
        message,
        {"actor": row.actor, "target": machine_name, "dc": row.host},
        known(user, machine(machine_name, "target"), machine(row.host, "subject")),
        (row.event,),
        ("T1207",),
        sure=True,
    )


def _sign(name: str, actor: Replicator, message: str, decades: float, sure: bool) -> Sign:
    who = machine(name, "actor") if name.endswith("$") else person(name, "actor")
    return Sign(
        actor.first_us,
        actor.last_us,
        decades,
        message,
        {"actor": name, "dc": actor.host, "uses": str(actor.uses)},
        known(who, machine(actor.host, "target")),
        unpacked(actor.refs),
        ("T1003.006",),
        actor.uses,
        sure,
    )


def _ticket(row: Ticket, memory: ReplicationMemory) -> Iterator[Sign]:
    """A service ticket without a ticket-granting ticket was asked with one that no controller gave."""
    if not row.success:
        return
    key = key64("granted", row.account)
    memory.days.note(row.time_us)
    if row.kind != "TGS":
        memory.granted.add(key, row.time_us)
        return
    if memory.days.full <= HISTORY_DAYS:
        return
    live = memory.granted.get(key, row.time_us) >= LIVE
    usual = memory.asked >= ASKED_LEAST and memory.covered >= COVERED_LEAST * memory.asked
    memory.asked, memory.covered = memory.asked + 1, memory.covered + live
    told_us = memory.forged.get(row.account, row.time_us - AGAIN_US)
    if not live and usual and row.time_us - told_us >= AGAIN_US:
        touch(memory.forged, row.account, lambda: 0, ACTORS)
        memory.forged[row.account] = row.time_us
        message = _n("{account} used a ticket for {service} that no domain controller is known to have granted")
        entities = known(person(row.account, "actor"), machine(row.src, "source"))
        facts = {"account": row.account, "service": row.service, "src": row.src or "?"}
        yield Sign(row.time_us, row.time_us, FORGED_DECADES, message, facts, entities, (row.event,), ("T1558.001",))
