"""Password spray and credential stuffing: one source that fails with many accounts, a few times each.

Enters: log-ons and Kerberos tickets, tried and done. Leaves: a sign when a source (or one client program that comes
from many addresses) fails with many accounts, and another when one of its tries succeeds.

Sees: ten or more accounts in ten minutes, or thirty in a day, each tried one to three times without success, where a
sequential test (threshold random walk) says that the source guesses rather than works; log-ons of Windows, Kerberos,
VPN and identity providers; twenty accounts whose passwords one machine gives explicitly (4648) in ten minutes.
Misses: a spray from many addresses with different client programs; fewer than ten accounts; guesses that are answered
as successes (honey accounts aside); slow sprays in the first day; sources whose failures are not written.
Benign when: a gateway that hides many people logs only their failures (its own habit is learned); a vulnerability
scan; a class of trainees with new passwords.
Source: J. Jung et al., Fast Portscan Detection Using Sequential Hypothesis Testing, 2004; ATT&CK T1110.003, T1110.004.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    Days,
    Ref,
    client,
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
from tocsin.detect.behaviour.facts import Logon, Ticket
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import EventRef, Layer
from tocsin.model.voice import _n

ID = "I1"
NAME = "spray"
LAYER: Layer = "identity"
TECHNIQUES = ("T1110.003", "T1110.004")
NEEDS = ("Logon", "Ticket")

FAST_US = 600_000_000
FAST_USERS = 10
"""Ten accounts in ten minutes (BEHAVIOUR.md I1): a shared desk sees two or three people an hour."""
SLOW_USERS = 30
"""Accounts in a day: a spray slow enough for lock-out rules (one try an hour) reaches that in its first day."""
HISTORY_DAYS = 1
"""Whole days of history before the slow form is judged."""
LIGHT = 3
"""Failures of one account that still are guesses of a spray; more are a forgotten password or a stale service."""
GUESS_FAILS = 0.9
"""How often a guess fails (the test's other hypothesis)."""
RATE_LEAST, RATE_MOST = 0.05, 0.3
"""Bounds of the site's own share of people who only fail: where only failures are logged, the share means nothing."""
RATE_PRIOR = 10.0
WALK = 4.0
"""Decades at which the walk stops: one false stop in 10,000 sources."""
EXCESS_SLOW, EXCESS_FAST = 3.0, 0.25
"""How far the accounts must exceed what fails through this source on a usual day (ten minutes: a quarter of a day)."""
BLIND_USERS, BLIND_DECADES = 20, 2.0
"""For passwords given explicitly (4648), which does not say whether they were right: vaults and schedulers do that."""
SUCCESS_DECADES = 3.0
SOURCES = 20_000
"""Sources remembered; the longest silent goes."""
ACCOUNTS = 512
"""Accounts remembered of one source: more change nothing."""
USUAL_HALF_LIFE_S = 7 * 86_400
_DAYS_IN_USUAL = USUAL_HALF_LIFE_S / math.log(2) / 86_400

_PROGRAM, _BLIND = "\0", "\1"
_MARKS = _PROGRAM + _BLIND
"""Marks of keys that are no source: a client program, a machine that gives passwords explicitly."""

_NOT_GUESSED = frozenset(
    {
        "0xc0000071",  # password expired
        "0xc0000224",  # must change it
        "0xc0000193",  # account expired
        "0xc0000133",  # clocks differ
        "0xc000006f",  # not at this hour
        "0xc0000070",  # not from this machine
        "0xc000015b",  # not this kind of log-on
        "0xc000005e",  # no domain controller
        "0xc0000192",  # service not started
    }
)
_GUESSED_TICKETS = frozenset(
    {
        "",
        "0x6",
        "0x12",
        "0x18",
        "kdc_err_c_principal_unknown",
        "kdc_err_client_revoked",
        "kdc_err_preauth_failed",
    }
)
_WRONG = re.compile(r"passw|credential|user ?name|not.{0,12}(?:found|exist)|lock|invalid|bad|wrong|fail|denied", re.I)
"""What vendors write of a wrong password; interrupts (second factor, consent, expired password) are none."""
_EXPIRED = re.compile(r"expired|must change|strong auth|multi-?factor|mfa|consent|interrupt", re.I)


@dataclass
class Tried:
    """One account tried from one source."""

    first_us: int
    last_us: int
    fails: int = 0
    done: bool = False
    ref: Ref = ("", "", None, "", 0)


@dataclass
class Source:
    """What one source tried in the last day."""

    tried: dict[str, Tried] = field(default_factory=dict)
    told_us: int = -DAY_US
    told: list[str] = field(default_factory=list)


@dataclass
class SprayMemory:
    """What the detector remembers; `firsts` and `failing` are the site's accounts tried, and those that only fail."""

    sources: dict[str, Source] = field(default_factory=dict)
    usual: Counts = field(default_factory=lambda: Counts(SOURCES, USUAL_HALF_LIFE_S))
    firsts: float = 0.0
    failing: float = 0.0
    days: Days = field(default_factory=Days)


def memory() -> SprayMemory:
    """Give an empty memory."""
    return SprayMemory()


@dataclass(frozen=True)
class _Try:
    time_us: int
    account: str
    source: str
    target: str
    success: bool
    event: EventRef


def watch(
    kind: str,  # noqa: ARG001 - the door's shape
    rows: Sequence[Logon | Ticket],
    memory: SprayMemory,
) -> Iterator[Sign]:
    """Learn from tries and tell the sources that guess."""
    for row in in_order(rows):
        for one in _tries(row):
            if one.success and one.source.startswith(_BLIND) and one.source not in memory.sources:
                continue
            memory.days.note(one.time_us)
            source = touch(memory.sources, one.source, Source, SOURCES)
            yield from _success(one, source, memory) if one.success else _failure(one, source, memory)


def finish(memory: SprayMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _tries(row: Logon | Ticket) -> Iterator[_Try]:
    """Give the tries of one row: by its source, and by its client program where the service is open to the world."""
    if isinstance(row, Ticket):
        if row.src and row.kind != "TGS" and (row.success or row.reason.lower() in _GUESSED_TICKETS):
            yield _Try(row.time_us, row.account, row.src, "", row.success, row.event)
        return
    if row.kind in {"mfa", "service"} or not (row.success or _guessed(row)):
        return
    if row.kind == "explicit":
        yield _Try(row.time_us, row.account, f"{_BLIND}{row.src}", row.dst, False, row.event)
        return
    if row.success and row.kind in {"interactive", "remote"}:
        yield _Try(row.time_us, row.account, f"{_BLIND}{row.dst}", row.dst, True, row.event)
    source = row.src or row.device
    if source:
        yield _Try(row.time_us, row.account, source, row.dst, row.success, row.event)
    if row.kind in {"cloud", "vpn"} and row.device:
        yield _Try(row.time_us, row.account, f"{_PROGRAM}{client(row.device)}", row.dst, row.success, row.event)


def _guessed(row: Logon) -> bool:
    reason = row.reason.strip().lower()
    if not reason or reason.startswith("0x"):
        return reason not in _NOT_GUESSED
    return _WRONG.search(reason) is not None and _EXPIRED.search(reason) is None


def _failure(one: _Try, source: Source, memory: SprayMemory) -> Iterator[Sign]:
    tried = source.tried.get(one.account)
    if tried is None or one.time_us - tried.last_us > DAY_US:
        _forget(one, source, memory)
        tried = source.tried[one.account] = Tried(one.time_us, one.time_us, ref=packed(one.event))
        blind = one.source.startswith(_BLIND)
        memory.firsts, memory.failing = memory.firsts + (not blind), memory.failing + (not blind)
    tried.fails += 1
    tried.last_us = max(tried.last_us, one.time_us)
    if tried.fails <= LIGHT and not tried.done and one.time_us - source.told_us >= DAY_US // 4:
        yield from _judge(one, source, memory)


def _success(one: _Try, source: Source, memory: SprayMemory) -> Iterator[Sign]:
    before = source.tried.get(one.account)
    if before is None:
        _forget(one, source, memory)
        before = source.tried[one.account] = Tried(one.time_us, one.time_us, done=True)
        memory.firsts += 1
    elif before.done:
        before.last_us = max(before.last_us, one.time_us)
        return  # somebody who was at work here before the spray
    else:
        memory.failing = max(0.0, memory.failing - 1)
        before.done = True
    before.last_us = max(before.last_us, one.time_us)
    if 0 <= one.time_us - source.told_us <= HOUR_US and one.account not in source.told:
        source.told.append(one.account)
        yield _hit(one, source)


def _forget(one: _Try, source: Source, memory: SprayMemory) -> None:
    """Let go what is older than a day: what failed then is what usually fails through this source."""
    old = [name for name, tried in source.tried.items() if one.time_us - tried.last_us > DAY_US]
    if len(source.tried) - len(old) >= ACCOUNTS:
        old.append(next(iter(source.tried)))
    for name in old:
        tried = source.tried.pop(name)
        if tried.fails and not tried.done:
            memory.usual.add(key64("spray", one.source), tried.last_us)
    if memory.firsts > 100_000:  # halve both: the share follows the site
        memory.firsts, memory.failing = memory.firsts / 2, memory.failing / 2


def _judge(one: _Try, source: Source, memory: SprayMemory) -> Iterator[Sign]:
    usual = memory.usual.get(key64("spray", one.source), one.time_us) / _DAYS_IN_USUAL
    blind = one.source.startswith(_BLIND)
    windows = [(FAST_US, BLIND_USERS if blind else FAST_USERS, EXCESS_FAST)]
    if not blind and memory.days.full > HISTORY_DAYS:
        windows.append((DAY_US, SLOW_USERS, EXCESS_SLOW))
    for width_us, least, excess in windows:
        inside = [t for t in source.tried.values() if one.time_us - t.last_us < width_us]
        guessed = [t for t in inside if 0 < t.fails <= LIGHT and not t.done]
        if len(guessed) >= max(least, excess * usual):
            walk = _walk(len(guessed), sum(t.done for t in inside), memory)
            if walk >= WALK:
                source.told_us, source.told = one.time_us, []
                yield _spray(one, guessed, walk)
                return


def _walk(failed: int, done: int, memory: SprayMemory) -> float:
    """Give the decades by which guessing explains the outcomes better than work does."""
    rate = (memory.failing - failed + RATE_PRIOR * 0.1) / (memory.firsts - failed - done + RATE_PRIOR)
    rate = min(RATE_MOST, max(RATE_LEAST, rate))
    return failed * math.log10(GUESS_FAILS / rate) + done * math.log10((1 - GUESS_FAILS) / (1 - rate))


def _spray(one: _Try, guessed: list[Tried], walk: float) -> Sign:
    first_us = min(tried.first_us for tried in guessed)
    by_program, blind = one.source.startswith(_PROGRAM), one.source.startswith(_BLIND)
    message = _n("{src} failed to log on with {accounts} accounts in {span}, at most {tries} times each")
    if by_program:
        message = _n("One client program ({client}) failed to log on with {accounts} accounts in {span}")
    elif blind:
        message = _n(
            "{src} tried the passwords of {accounts} accounts in {span}; whether they were right is not written"
        )
    facts = {
        "accounts": str(len(guessed)),
        "span": span(one.time_us - first_us),
        "tries": str(max(tried.fails for tried in guessed)),
        ("client" if by_program else "src"): one.source.lstrip(_MARKS),
    }
    source = None if by_program else machine(one.source.lstrip(_MARKS), "source")
    refs = [tried.ref for tried in sorted(guessed, key=lambda tried: (tried.first_us, tried.ref[0]))]
    return Sign(
        first_us,
        one.time_us,
        min(BLIND_DECADES if blind else 4.0, (walk - 3) / 2),
        message,
        facts,
        known(source, machine(one.target, "destination")),
        unpacked(refs),
        TECHNIQUES[:1],
        len(guessed),
    )


def _hit(one: _Try, source: Source) -> Sign:
    guessed = [tried for tried in source.tried.values() if tried.fails and not tried.done]
    facts = {"src": one.source.lstrip(_MARKS), "account": one.account, "accounts": str(len(guessed))}
    origin = None if one.source.startswith(_PROGRAM) else machine(one.source.lstrip(_MARKS), "source")
    return Sign(
        one.time_us,
        one.time_us,
        SUCCESS_DECADES,
        _n("{src} logged on as {account} after it failed with {accounts} other accounts"),
        facts,
        known(origin, person(one.account, "target"), machine(one.target, "destination")),
        unpacked([*(tried.ref for tried in guessed[:10]), packed(one.event)]),
        ("T1110.003", "T1078"),
    )
