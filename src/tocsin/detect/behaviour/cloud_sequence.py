"""Sequences of calls that give lasting power in a cloud: keys, rights, blinded logs, consents, forwarded mail.

Enters: calls. Leaves: a sign when one principal does within an hour what only makes sense together.

Sees: a new key or password with rights attached, worse in a region never used; logs stopped next to keys, rights or
secrets; protections of sign-in loosened next to rights; a consent to an application; a mailbox rule that sends mail
away; both together.
Misses: steps spread over more than an hour or several principals; changes made by programs that are always at it
(habitual sequences are quiet); clouds other than AWS, Azure/Entra, Microsoft 365 and Google.
Benign when: new staff or a new service set up by hand or by a deployment program (learned after the first days),
mail forwarded during a leave inside the hospital.
Source: ATT&CK T1098, T1136.003, T1528, T1114.003, T1562.008; AWS, Microsoft and Google lists of audited operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    Ref,
    in_order,
    known,
    machine,
    packed,
    person,
    span,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Call
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import Entity, Layer
from tocsin.model.voice import _n

ID = "C2"
NAME = "cloud_sequence"
LAYER: Layer = "cloud"
TECHNIQUES = ("T1098", "T1136.003", "T1528", "T1114.003", "T1562.008")
NEEDS = ("Call",)

WINDOW_US = HOUR_US
PRINCIPALS = 20_000
REGION_CALLS = 100
"""Calls of a cloud account before a region never used in it is a step."""
HABIT_HALF_LIFE_S = 30 * 86_400
PAIRS = 200_000
HABIT_DAYS = 1.5
"""Two days on which the principal did the same: it is its work (deployment, onboarding)."""
HABIT_DECADES = 2.0
AGAIN_US = DAY_US

_STEPS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (step, re.compile(pattern, re.IGNORECASE))
    for step, pattern in (
        (
            "key",
            r"^(createaccesskey|createloginprofile|updateloginprofile|uploadsigningcertificate|createservicespecific"
            r"credential)$|createserviceaccountkey|add service principal credentials"
            r"|certificates and secrets management",
        ),
        ("user", r"^createuser$|createserviceaccount$|^add user\.?$|invite external user"),
        (
            "rights",
            r"^(attach|put)(user|role|group)policy$|^addusertogroup$|^createpolicyversion$|^setdefaultpolicyversion$"
            r"|^updateassumerolepolicy$|roleassignments/write$|^add (eligible )?member to role|setiampolicy$"
            r"|add app role assignment to service principal|elevateaccess/action",
        ),
        (
            "blind",
            r"^(stoplogging|deletetrail|updatetrail|puteventselectors|deleteflowlogs|deletedetector|disablesecurityhub"
            r"|stopconfigurationrecorder|deleteconfigurationrecorder|deleteloggroup)$|diagnosticsettings/delete$"
            r"|(delete|update)sink$|^set-adminauditlogconfig$|^set-mailboxauditbypassassociation$",
        ),
        (
            "guard",
            r"disable strong authentication|(delete|update) conditional access policy|^(deactivate|delete)(virtual)?"
            r"mfadevice$|update authentication methods policy|^delete(account)?passwordpolicy$",
        ),
        ("secrets", r"^(batch)?getsecretvalue$|^getparameters?$|accesssecretversion$|vaults/secrets|^getpassworddata$"),
        (
            "share",
            r"^modify(snapshot|image|dbsnapshot|dbclustersnapshot)attribute$|^putbucketpolicy$|^setbucketpolicy$",
        ),
        ("consent", r"^consent to application|^add (oauth2permissiongrant|delegated permission grant)"),
    )
)
_FORWARD = re.compile(r"^(new|set|update)-?inboxrules?$|^set-mailbox$|^new-transportrule$", re.IGNORECASE)
_MAIL_DOMAIN = re.compile(r"@([\w.-]+)")

Step = tuple[int, str, Ref]
"""Time, action, event."""


@dataclass(frozen=True)
class Chain:
    """Steps that mean something together, the heaviest first in the table."""

    name: str
    steps: frozenset[str]
    decades: float
    message: str
    technique: str


_CHAINS = (
    Chain(
        "key rights region",
        frozenset({"key", "rights", "region"}),
        4.0,
        _n("{principal} made a key, gave it rights and used a region never used here, within {span} ({actions})"),
        "T1098",
    ),
    Chain(
        "blind key",
        frozenset({"blind", "key"}),
        4.0,
        _n("{principal} stopped or narrowed logs and made a key within {span} ({actions})"),
        "T1562.008",
    ),
    Chain(
        "consent forward",
        frozenset({"consent", "forward"}),
        4.0,
        _n("{principal} let an application in and sent mail elsewhere within {span} ({actions})"),
        "T1528",
    ),
    Chain(
        "blind rights",
        frozenset({"blind", "rights"}),
        3.0,
        _n("{principal} stopped or narrowed logs and gave rights within {span} ({actions})"),
        "T1562.008",
    ),
    Chain(
        "blind secrets",
        frozenset({"blind", "secrets"}),
        3.0,
        _n("{principal} stopped or narrowed logs and read secrets within {span} ({actions})"),
        "T1562.008",
    ),
    Chain(
        "blind share",
        frozenset({"blind", "share"}),
        3.0,
        _n("{principal} stopped or narrowed logs and shared data within {span} ({actions})"),
        "T1562.008",
    ),
    Chain(
        "guard rights",
        frozenset({"guard", "rights"}),
        3.0,
        _n("{principal} loosened protections of sign-in and gave rights within {span} ({actions})"),
        "T1098",
    ),
    Chain(
        "guard key",
        frozenset({"guard", "key"}),
        3.0,
        _n("{principal} loosened protections of sign-in and made a key within {span} ({actions})"),
        "T1098",
    ),
    Chain(
        "key rights",
        frozenset({"key", "rights"}),
        2.0,
        _n("{principal} made a key or password and gave rights within {span} ({actions})"),
        "T1098",
    ),
    Chain(
        "forward",
        frozenset({"forward"}),
        1.5,
        _n("{principal} set up that mail is sent elsewhere ({actions}: {what})"),
        "T1114.003",
    ),
    Chain(
        "consent",
        frozenset({"consent"}),
        1.0,
        _n("{principal} consented to an application ({actions})"),
        "T1528",
    ),
)


@dataclass
class Recent:
    """The last hour of one principal: step -> its last occurrence; chains told: name -> time."""

    steps: dict[str, Step] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)


@dataclass
class SequenceMemory:
    """What the detector remembers; `habits` counts the days on which a principal did a chain."""

    principals: dict[str, Recent] = field(default_factory=dict)
    habits: Counts = field(default_factory=lambda: Counts(PAIRS, HABIT_HALF_LIFE_S))


def memory() -> SequenceMemory:
    """Give an empty memory."""
    return SequenceMemory()


def watch(kind: str, rows: Sequence[Call], memory: SequenceMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Collect steps, and tell chains of them."""
    for row in in_order(rows):
        if row.success:
            steps = [*_region(row, memory), *(step for step in steps_of(row) if not _usual_app(step, row, memory))]
            if steps:
                yield from _stepped(row, steps, memory)


def finish(memory: SequenceMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def steps_of(row: Call) -> list[str]:
    """Give the steps that one call is."""
    action = row.action.strip()
    steps = [step for step, pattern in _STEPS if pattern.search(action)]
    if row.what and _FORWARD.search(action) and _leaves(row):
        steps.append("forward")
    return steps


def _leaves(row: Call) -> bool:
    """Say whether mail goes out of the principal's own domain (or to a place that names none)."""
    own = row.principal.rpartition("@")[2].lower()
    domains = {found.lower() for found in _MAIL_DOMAIN.findall(row.what)}
    return not own or not domains or any(domain != own for domain in domains)


def _usual_app(step: str, row: Call, memory: SequenceMemory) -> bool:
    """An application that somebody here let in before is no news."""
    if step != "consent" or not row.resource:
        return False
    return memory.habits.add(key64("app", row.account, row.resource), row.time_us) > 0.0


def _region(row: Call, memory: SequenceMemory) -> list[str]:
    if not row.region:
        return []
    calls = memory.habits.add(key64("calls", row.account), row.time_us)
    before = memory.habits.add(key64("region", row.account, row.region), row.time_us)
    return ["region"] if calls >= REGION_CALLS and before == 0.0 else []


def _stepped(row: Call, steps: list[str], memory: SequenceMemory) -> Iterator[Sign]:
    recent = touch(memory.principals, f"{row.account}\0{row.principal}", Recent, PRINCIPALS)
    for step in steps:
        recent.steps[step] = (row.time_us, row.action, packed(row.event))
    inside = {step for step, (at, _, _) in recent.steps.items() if abs(row.time_us - at) <= WINDOW_US}
    for chain in _CHAINS:
        if chain.steps <= inside and chain.steps & set(steps):
            habit = _habit(row, chain, memory)
            if row.time_us - recent.told.get(chain.name, row.time_us - AGAIN_US) >= AGAIN_US:
                for lesser in _CHAINS:
                    if lesser.steps <= chain.steps:
                        recent.told[lesser.name] = row.time_us
                decades = chain.decades - (HABIT_DECADES if habit >= HABIT_DAYS else 0.0)
                if decades >= 1.0:
                    yield _sign(row, chain, recent, decades)
            return


def _habit(row: Call, chain: Chain, memory: SequenceMemory) -> float:
    """Give the days before on which this principal did this chain, and count today."""
    name = (chain.name, row.account, row.principal)
    days = memory.habits.get(key64("chain", *name), row.time_us)
    if memory.habits.add(key64("today", *name, row.time_us // DAY_US), row.time_us) == 0.0:
        memory.habits.add(key64("chain", *name), row.time_us)
    return days


def _sign(row: Call, chain: Chain, recent: Recent, decades: float) -> Sign:
    steps = sorted(recent.steps[step] for step in chain.steps)
    facts = {
        "principal": row.principal,
        "actions": ", ".join(dict.fromkeys(action for _, action, _ in steps)),
        "span": span(steps[-1][0] - steps[0][0]),
        "what": row.what or row.resource or "-",
        "account": row.account or "?",
    }
    cloud = Entity("cloud", row.account.lower(), "object") if row.account else None
    return Sign(
        steps[0][0],
        steps[-1][0],
        decades,
        chain.message,
        facts,
        known(person(row.principal, "actor"), machine(row.src, "source"), cloud),
        unpacked(ref for _, _, ref in steps),
        (chain.technique,),
        len(steps),
    )
