"""Misuse of a service account: a person's log-on, a source it never came from, a target it never went to.

Enters: log-ons. Leaves: a sign when an account that behaves like a service is used otherwise than it always was.

Sees: interactive, remote-desktop or SSH log-ons of a service account; a new source of one that comes from few; with
it, a new target. Service accounts are told from behaviour: log-ons as service or batch, the same hours every night or
all round the clock, many machines from few; names (`svc…`) only help.
Misses: misuse from its own server towards its usual targets; accounts with fewer than 200 log-ons or three days;
services that come from everywhere; machine accounts.
Benign when: a service moved to a new server, an administrator who tests it by hand, a new backup or inventory server.
Source: ATT&CK T1078.002; BEHAVIOUR.md I6.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, in_order, known, machine, packed, person, touch, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Logon
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "I6"
NAME = "service_account"
LAYER: Layer = "identity"
TECHNIQUES = ("T1078.002",)
NEEDS = ("Logon",)

LEAST_LOGONS = 200
"""Log-ons from which an account is judged (BEHAVIOUR.md I6)."""
LEAST_DAYS = 3
SERVICE_SCORE = 2.0
"""Two independent traits of a service: one alone also fits a ward's shared account or a night nurse."""
PERSON_SHARE = 0.005
"""More interactive log-ons than one in 200 make it an account that people use."""
MACHINE_SHARE = 0.05
ROUND_THE_CLOCK, FEW_HOURS, FEW_HOURS_SHARE = 20, 2, 0.8
"""Hours of the day seen; or the share of the two busiest, for a nightly task."""
MANY_HOSTS, FEW_SOURCES = 20, 3
NAMES = ("svc", "service", "srv-", "srv_", "sa-", "sa_", "batch", "backup", "sauvegarde", "sql", "task", "app-", "app_")
LEAST_EVIDENCE = 2.0
"""-log10 p of a new source or a person's log-on before it is told: one in a hundred of this account's log-ons."""
NEW_TARGET_EVIDENCE = 2.5
HALF_LIFE_S = 30 * 86_400
FORGOTTEN = 1 / 16
ACCOUNTS = 50_000
"""Accounts whose habits are kept (about 1 KB each); the longest unused goes."""
PAIRS = 400_000
AGAIN_US = DAY_US
_PERSON_KINDS = frozenset({"interactive", "remote", "ssh"})
_MACHINE_KINDS = frozenset({"service", "batch"})


@dataclass
class Habit:
    """How one account logs on. `units` counts (source, hour) pairs: a busy hour is one witness."""

    logons: int = 0
    by_person: int = 0
    by_machine: int = 0
    days: int = 0
    day: int = -1
    hour: int = -1
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    weekend: int = 0
    units: int = 0
    sources: int = 0
    targets: int = 0
    told: dict[str, int] = field(default_factory=dict)


@dataclass
class ServiceMemory:
    """What the detector remembers."""

    habits: dict[str, Habit] = field(default_factory=dict)
    pairs: Counts = field(default_factory=lambda: Counts(PAIRS, HALF_LIFE_S))


def memory() -> ServiceMemory:
    """Give an empty memory."""
    return ServiceMemory()


def watch(kind: str, rows: Sequence[Logon], memory: ServiceMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn how accounts log on, and tell services that are used by hand or from elsewhere."""
    for row in in_order(rows):
        if row.success and row.kind not in {"mfa", "cloud"}:
            yield from _logged_on(row, memory)


def finish(memory: ServiceMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _logged_on(row: Logon, memory: ServiceMemory) -> Iterator[Sign]:
    habit = touch(memory.habits, row.account, Habit, ACCOUNTS)
    source = row.src or row.device or row.dst
    serves = is_service(row.account, habit)
    new_source = memory.pairs.add(key64("from", row.account, source), row.time_us) < FORGOTTEN
    new_target = bool(row.dst) and memory.pairs.add(key64("to", row.account, row.dst), row.time_us) < FORGOTTEN
    signs: list[Sign] = []
    if serves:
        signs.extend(_misuse(row, habit, source, new_source, new_target))
    _learn(row, habit, memory, source, new_source, new_target)
    yield from signs


def is_service(account: str, habit: Habit) -> bool:
    """Say whether an account behaves like a service."""
    if habit.logons < LEAST_LOGONS or habit.days < LEAST_DAYS or habit.by_person > PERSON_SHARE * habit.logons:
        return False
    seen = sum(habit.hours)
    busiest = sum(sorted(habit.hours)[-FEW_HOURS:])
    score = float(habit.by_machine >= MACHINE_SHARE * habit.logons)
    if sum(count > 0 for count in habit.hours) >= ROUND_THE_CLOCK or (
        habit.days > LEAST_DAYS and busiest >= FEW_HOURS_SHARE * seen
    ):
        score += 1.0
    score += 0.5 * (habit.sources <= FEW_SOURCES) + 0.5 * (habit.targets >= MANY_HOSTS)
    return score + 0.5 * account.startswith(NAMES) >= SERVICE_SCORE


def _learn(row: Logon, habit: Habit, memory: ServiceMemory, source: str, new_source: bool, new_target: bool) -> None:
    habit.logons += 1
    habit.by_person += row.kind in _PERSON_KINDS
    habit.by_machine += row.kind in _MACHINE_KINDS
    habit.sources += new_source
    habit.targets += new_target
    day, hour = row.time_us // DAY_US, row.time_us // HOUR_US
    if day > habit.day:
        habit.day, habit.days = day, habit.days + 1
    if hour > habit.hour:
        habit.hour = hour
        habit.hours[hour % 24] += 1
    if memory.pairs.add(key64("unit", row.account, source, hour), row.time_us) == 0.0:
        habit.units += 1


def _misuse(row: Logon, habit: Habit, source: str, new_source: bool, new_target: bool) -> Iterator[Sign]:
    by_person = row.kind in _PERSON_KINDS
    person_evidence = -math.log10((habit.by_person + 0.5) / (habit.logons + 1)) if by_person else 0.0
    source_evidence = -math.log10((habit.sources + 0.5) / (habit.units + 1)) if new_source else 0.0
    target_evidence = -math.log10((habit.targets + 0.5) / (habit.units + 1)) if new_target else 0.0
    extra = max(0.0, target_evidence) / 4
    if person_evidence >= LEAST_EVIDENCE:
        message = _n(
            "{account} serves programs ({logons} log-ons); now somebody logs on with it ({kind}) to {dst} from {src}"
        )
        decades = person_evidence + max(0.0, source_evidence) / 2 + extra
    elif source_evidence >= LEAST_EVIDENCE:
        message = _n("{account} serves programs and comes from {sources} machine(s); now it comes from {src}, to {dst}")
        decades = source_evidence - 0.5 + extra
    elif target_evidence >= NEW_TARGET_EVIDENCE:
        message = _n("{account} serves programs on {targets} machine(s); now it goes to {dst}, from {src}")
        decades = target_evidence - 1.5
    else:
        return
    what = f"{row.kind if by_person else ''}\0{source}"
    if row.time_us - habit.told.get(what, row.time_us - AGAIN_US) >= AGAIN_US:
        touch(habit.told, what, lambda: 0, 32)
        habit.told[what] = row.time_us
        yield _sign(row, habit, source, message, min(4.0, decades))


def _sign(row: Logon, habit: Habit, source: str, message: str, decades: float) -> Sign:
    facts = {
        "account": row.account,
        "src": source or "?",
        "dst": row.dst or "?",
        "kind": row.kind,
        "logons": str(habit.logons),
        "sources": str(habit.sources),
        "targets": str(habit.targets),
    }
    entities = known(person(row.account, "actor"), machine(source, "source"), machine(row.dst, "destination"))
    return Sign(row.time_us, row.time_us, decades, message, facts, entities, unpacked([packed(row.event)]), TECHNIQUES)
