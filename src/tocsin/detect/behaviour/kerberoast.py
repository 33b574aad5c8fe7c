"""Kerberos tickets asked for in order to crack them: kerberoasting, AS-REP roasting, a fall back to RC4.

Enters: Kerberos tickets. Leaves: a sign when an account asks for many services' tickets at once, a source asks without
pre-authentication for several accounts, or a ticket comes back in RC4 where AES was always used.

Sees: five or more services of user accounts (not machines) that one account never asked for, within an hour; with RC4
also before there is any history; three accounts without pre-authentication from one source; RC4 for a service or an
account that has used AES so far.
Misses: tickets asked one a day in AES; machine accounts that ask (they are not watched); roasting with a service that
the account uses anyway; cracking itself, which no log sees.
Benign when: an inventory of services, single sign-on portals and application servers that ask for many (their own
habit is learned); old medical devices and Java programs that only speak RC4 (learned by service and by account).
Source: ATT&CK T1558.003, T1558.004; RFC 4120; RFC 8429 (RC4 in Kerberos).
"""

from __future__ import annotations

import math
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
from tocsin.detect.behaviour.facts import Ticket
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "I2"
NAME = "kerberoast"
LAYER: Layer = "identity"
TECHNIQUES = ("T1558.003", "T1558.004")
NEEDS = ("Ticket",)

SERVICES = 5
"""Services of user accounts in an hour (BEHAVIOUR.md I2): people use two or three (intranet, database, printing)."""
COLD_RC4 = 5
COLD_US = 300_000_000
"""Before there is history: five in RC4 in five minutes. People's programs ask one at a time, as they open."""
NO_PREAUTH = 3
"""Accounts without pre-authentication asked for by one source in an hour; one or two old devices may have it off."""
HISTORY_ASKS = 200
HISTORY_DAYS = 2
"""Tickets of the site, and its whole days, from which a service never asked for means something."""
AES_LEAST = 20.0
"""Tickets in AES that a service or an account must have had before RC4 is a fall back."""
DOWNGRADE_DECADES = 1.5
HALF_LIFE_S = 30 * 86_400
FORGOTTEN = 1 / 16
"""Four half-lives after the last time, a habit is none."""
PAIRS = 400_000
ACCOUNTS = 50_000
KEPT = 128
"""Services kept of one account's last hour."""
AGAIN_US = DAY_US
_ALL = key64("accounts")
_RC4 = frozenset({"0x17", "0x18"})
_AES = frozenset({"0x11", "0x12", "0x13", "0x14", "aes128-cts-hmac-sha1-96", "aes256-cts-hmac-sha1-96"})


@dataclass
class Asker:
    """What one account (or one source) asked for in the last hour: service -> (time, RC4, event)."""

    asked: dict[str, tuple[int, bool, Ref]] = field(default_factory=dict)
    told_us: int = -AGAIN_US
    told: int = 0


@dataclass
class RoastMemory:
    """What the detector remembers."""

    askers: dict[str, Asker] = field(default_factory=dict)
    open: dict[str, Asker] = field(default_factory=dict)
    pairs: Counts = field(default_factory=lambda: Counts(PAIRS, HALF_LIFE_S))
    told: dict[str, int] = field(default_factory=dict)
    asks: int = 0
    days: Days = field(default_factory=Days)


def memory() -> RoastMemory:
    """Give an empty memory."""
    return RoastMemory()


def watch(kind: str, rows: Sequence[Ticket], memory: RoastMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn who asks for what, and tell who asks for too much."""
    for row in in_order(rows):
        memory.days.note(row.time_us)
        if row.success and row.kind == "TGS":
            yield from _service(row, memory)
        elif row.success:
            yield from _granting(row, memory)


def finish(memory: RoastMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _service(row: Ticket, memory: RoastMemory) -> Iterator[Sign]:
    service = row.service.lower()
    if service.startswith("krbtgt"):
        return
    yield from _downgrade(row, f"service {service}", f"asker {row.account}", memory)
    account = spell.account(service.partition("/")[2].partition(".")[0] if "/" in service else service)
    if service.endswith("$") or "/" in service or not account or account == row.account:
        return  # a machine's own service, or a name that does not say whose it is
    memory.asks += 1
    yield from _roast(row, service, memory)


def _roast(row: Ticket, service: str, memory: RoastMemory) -> Iterator[Sign]:
    before = memory.pairs.add(key64("pair", row.account, service), row.time_us)
    asker = touch(memory.askers, row.account, Asker, ACCOUNTS)
    _fade(asker, row.time_us)
    if before < FORGOTTEN and len(asker.asked) < KEPT:
        first = memory.pairs.add(key64("new", row.account), row.time_us) < FORGOTTEN
        memory.pairs.add(key64("users", service), row.time_us)
        memory.pairs.add(_ALL, row.time_us, float(first))
        asker.asked.setdefault(service, (row.time_us, row.cipher in _RC4, packed(row.event)))
        if row.time_us - asker.told_us >= AGAIN_US or len(asker.asked) >= 2 * asker.told:
            yield from _judge(row, asker, memory)


def _fade(asker: Asker, time_us: int) -> None:
    for service in [service for service, (at, _, _) in asker.asked.items() if time_us - at > HOUR_US]:
        del asker.asked[service]


def _judge(row: Ticket, asker: Asker, memory: RoastMemory) -> Iterator[Sign]:
    services = len(asker.asked)
    weak = sum(rc4 for _, rc4, _ in asker.asked.values())
    quick = sum(rc4 and row.time_us - at <= COLD_US for at, rc4, _ in asker.asked.values())
    aged = memory.days.full > HISTORY_DAYS
    decades = 2.0 if quick >= COLD_RC4 else 0.0
    if aged and memory.asks >= HISTORY_ASKS and services >= SERVICES:
        decades = max(decades, _unusual(row, asker, memory) + math.log10(1 + weak) / 2)
    if decades >= 1:
        asker.told_us, asker.told = row.time_us, services
        yield _roasted(row, asker, weak, min(4.0, decades))


def _unusual(row: Ticket, asker: Asker, memory: RoastMemory) -> float:
    """Give how much more is new in this hour than in all other hours of this account, in decades.

    A service that many accounts use is not what a roaster is after, and is what somebody new here asks for.
    """
    accounts = memory.pairs.get(_ALL, row.time_us)
    users = [memory.pairs.get(key64("users", service), row.time_us) for service in asker.asked]
    rare = sum(min(1.0, max(0.0, -math.log10((count + 0.5) / (accounts + 1)))) for count in users)
    before = max(0.0, memory.pairs.get(key64("new", row.account), row.time_us) - len(asker.asked))
    return max(0.0, (rare - before) * math.log10(2))


def _roasted(row: Ticket, asker: Asker, weak: int, decades: float) -> Sign:
    times = sorted(at for at, _, _ in asker.asked.values())
    facts = {
        "account": row.account,
        "services": str(len(asker.asked)),
        "rc4": str(weak),
        "src": row.src or "?",
        "names": ", ".join(list(asker.asked)[:5]),
    }
    return Sign(
        times[0],
        row.time_us,
        decades,
        _n("{account} asked for tickets of {services} services that it never used, {rc4} of them in RC4 ({names}…)"),
        facts,
        known(person(row.account, "actor"), machine(row.src, "source")),
        unpacked(ref for _, _, ref in asker.asked.values()),
        ("T1558.003",),
        len(asker.asked),
    )


def _granting(row: Ticket, memory: RoastMemory) -> Iterator[Sign]:
    if row.preauth != "0" or not row.src:
        if row.preauth:
            yield from _downgrade(row, f"granted {row.account}", f"from {row.src}", memory)
        return
    source = touch(memory.open, row.src, Asker, ACCOUNTS)
    _fade(source, row.time_us)
    if len(source.asked) < KEPT:
        source.asked.setdefault(row.account, (row.time_us, row.cipher in _RC4, packed(row.event)))
    usual = memory.pairs.add(key64("open", row.src, row.account), row.time_us)
    if usual < FORGOTTEN and len(source.asked) >= NO_PREAUTH and row.time_us - source.told_us >= AGAIN_US:
        source.told_us = row.time_us
        yield _open(row, source)


def _open(row: Ticket, source: Asker) -> Sign:
    facts = {"src": row.src, "accounts": str(len(source.asked)), "names": ", ".join(list(source.asked)[:5])}
    return Sign(
        min(at for at, _, _ in source.asked.values()),
        row.time_us,
        min(4.0, 1.0 + 0.5 * len(source.asked)),
        _n("{src} asked for tickets of {accounts} accounts without pre-authentication ({names}…)"),
        facts,
        known(machine(row.src, "source"), *(person(name, "target") for name in list(source.asked)[:3])),
        unpacked(ref for _, _, ref in source.asked.values()),
        ("T1558.004",),
        len(source.asked),
    )


def _downgrade(row: Ticket, what: str, who: str, memory: RoastMemory) -> Iterator[Sign]:
    """Tell RC4 only where both the thing asked for and who asks have used AES so far."""
    weak = row.cipher in _RC4
    if not weak and row.cipher not in _AES:
        return
    aes = [memory.pairs.get(key64("aes", name), row.time_us) for name in (what, who)]
    rc4 = [memory.pairs.get(key64("rc4", name), row.time_us) for name in (what, who)]
    for name in (what, who):
        memory.pairs.add(key64("rc4" if weak else "aes", name), row.time_us)
    told_us = memory.told.get(who, row.time_us - AGAIN_US)
    if weak and min(aes) >= AES_LEAST and max(rc4) < 0.5 and row.time_us - told_us >= AGAIN_US:
        touch(memory.told, who, lambda: 0, ACCOUNTS)
        memory.told[who] = row.time_us
        message = _n("{account} was given a ticket for {service} in RC4, where AES has always been used")
        facts = {"account": row.account, "service": row.service or "krbtgt", "src": row.src or "?"}
        entities = known(person(row.account, "actor"), machine(row.src, "source"))
        technique = ("T1558.003",) if row.kind == "TGS" else ("T1550.002",)
        yield Sign(row.time_us, row.time_us, DOWNGRADE_DECADES, message, facts, entities, (row.event,), technique)
