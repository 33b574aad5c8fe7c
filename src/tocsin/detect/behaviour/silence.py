"""Silence: logs cleared, auditing reduced, sensors stopped, and machines or sensors that fall silent.

Enters: what tampers with logs and protection, programs started, and what was heard of each machine in five minutes.
Leaves: a sign for each way of being blinded, and one for a source that fell silent while others went on.

Sees: cleared logs (1102, 104), auditing switched off (4719), sensors and protections stopped or disabled (services,
registry, Defender's own events), the commands that do so; a source of a machine that was heard all the time and is
heard no longer although the machine's other sources, or its neighbours, are: p = (1 - q)^n, where q is how often it
was heard in the five minutes in which they were, n for how many it has been missing.
Misses: logs edited in place, threads of the event log suspended for less than an hour, machines that come and go
(their silence is usual), the first day; filters that leave a sensor running and make it blind.
Benign when: maintenance, an agent's update; a machine that said it shuts down is expected to be silent; the end of the
data is no silence.
Source: BEHAVIOUR.md E4; ATT&CK T1685 and its sub-techniques.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log10

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.behaviour import programs
from tocsin.detect.behaviour.actors import DAY_US, Ref, in_order, known, machine, packed, person, span, touch, unpacked
from tocsin.detect.behaviour.commands import command
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Beat, Process, Tamper
from tocsin.model import EventRef, Layer
from tocsin.model.voice import _n

ID = "E4"
NAME = "silence"
LAYER: Layer = "endpoint"
TECHNIQUES = ("T1685", "T1685.005", "T1685.001", "T1070")
NEEDS = ("Tamper", "Process", "Beat")

AGAIN_US = DAY_US
TOLD = 20_000
TOGETHER_US = 600_000_000
"""Ways of being blinded within ten minutes on one machine strengthen each other."""
_CLEARED = {"security": 1.6, "system": 1.0, "microsoft-windows-sysmon/operational": 1.8}
_CLEARED_OTHER = 0.6
_BY_SYSTEM = 0.25
"""Share that counts where the machine's own account changed auditing: group policies do that at each start."""
_SENSORS = (
    r"event ?log|journal d.?.v.nements|ereignisprotokoll|sysmon|defend|\bsense\b|wdnissvc|wscsvc|security ?health|"
    r"mpssvc|firewall|pare-feu|wecsvc|falcon|sentinel|hurukai|harfang|carbon|cylance|sophos|mcshield|trend|"
    r"\beset|ekrn|kaspersky|symantec|bitdefender|wazuh|ossec|nxlog|winlogbeat|filebeat|splunk|osquery|auditd|rsyslog"
)
_SETTINGS = (
    r"minint|autologger|includecmdline|scriptblock|modulelogging|"
    r"transcripting|winevt|\\disable\w+|amsi|pslockdown|exclusions|"
    r"tamperprotection|runasppl|\betw|enablelua|uselogoncredential"
)
_WATCHER = re.compile(_SENSORS, re.I)
_WATCHING = re.compile(f"{_SENSORS}|{_SETTINGS}", re.I)
_WORTH = {"stopped": 1.0, "disabled": 1.3, "config": 0.5}
_MORE = 0.5
_COMMANDS: tuple[tuple[re.Pattern[str], float, str], ...] = (
    (re.compile(r"^wevtutil.*\b(?:cl|clear-log)\b|clear-eventlog|remove-eventlog|limit-eventlog"), 1.3, "T1685.005"),
    (re.compile(r"^wevtutil.*\bsl\b.*/e:? ?false"), 1.3, "T1685"),
    (re.compile(r"^auditpol.*(?:/clear|/remove|/restore|disable)"), 1.3, "T1685"),
    (re.compile(r"^fltmc.*unload|^sysmon\w*.* -u\b"), 1.5, "T1685"),
    (
        re.compile(
            r"^(?:sc|net1?|stop-service|taskkill|systemctl|service)\b.*(?:stop|delete|disable|/im|mask|disabled).*"
        ),
        0.0,
        "T1685",
    ),
    (
        re.compile(
            r"^(?:rm|shred|truncate|unlink)\b.*(?:<other>|/var/log|wtmp|btmp|auth\.log|lastlog|audit\.log|\.bash_history)"
        ),
        0.0,
        "T1070",
    ),
)
_LOGS = re.compile(r"wtmp|btmp|utmp|lastlog|auth\.log|secure\b|audit\.log|messages\b|syslog\b|history\b", re.I)

BEAT_US = 300_000_000
SLOTS = 2_016
"""Slots of five minutes remembered of a source: a week; 2 KB."""
SERIES = 10_000
HISTORY_SLOTS = 288
"""A day of five minutes in which it could have been heard, before a silence can be told."""
LEAST_SHARE = 0.6
GAP_SLOTS = 12
"""An hour: updates and restarts are over by then."""
GAP_DECADES = 4.0
"""-log10 p from which a silence is told; worth a decade, 1.5 where the machine itself goes on."""
NEIGHBOURS = 3


@dataclass
class Heard:
    """When a source of a machine was heard: `slots` (SLOTS,) of 0 and 1, the last of them is slot `last`."""

    slots: NDArray[np.uint8]
    last: int = -1
    first: int = -1
    ref: Ref = ("", "", None, "", 0)
    told: int = -1
    off: int = -1


@dataclass
class Blinded:
    """What blinded a machine lately."""

    kinds: dict[str, int] = field(default_factory=dict)


@dataclass
class SilenceMemory:
    """What the detector remembers; sources are named `host NUL source`."""

    heard: dict[str, Heard] = field(default_factory=dict)
    blinded: dict[str, Blinded] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    off: dict[str, int] = field(default_factory=dict)


def memory() -> SilenceMemory:
    """Give an empty memory."""
    return SilenceMemory()


def watch(kind: str, rows: Sequence[Tamper | Process | Beat], memory: SilenceMemory) -> Iterator[Sign]:
    """Tell what blinds; learn when each source is heard."""
    if kind == "Beat":
        for row in rows:
            if isinstance(row, Beat):
                _beat(row, memory)
        return
    for row in in_order(rows):
        if isinstance(row, Tamper):
            yield from _tampered(row, memory)
        elif isinstance(row, Process):
            decades, technique = by_command(row.image, row.command) if _may_blind(row.image) else (0.0, "")
            if decades:
                yield from _told(
                    row.time_us, row.host, row.user, "command", row.command, decades, technique, row.event, memory
                )


def _tampered(row: Tamper, memory: SilenceMemory) -> Iterator[Sign]:
    if row.kind in {"off", "on"}:
        touch(memory.off, row.host, lambda: 0, SERIES)
        memory.off[row.host] = row.time_us // BEAT_US if row.kind == "off" else -1
        return
    decades, technique = worth_of(row)
    if decades:
        yield from _told(row.time_us, row.host, row.user, row.kind, row.what, decades, technique, row.event, memory)


def worth_of(row: Tamper) -> tuple[float, str]:
    """Give the decades of a row by itself, and its technique."""
    what = row.what.lower()
    if row.kind == "cleared":
        return _CLEARED.get(what, _CLEARED_OTHER), "T1685.005"
    if row.kind == "audit":
        return 1.0 * (_BY_SYSTEM if row.user.endswith("$") or not row.user else 1.0), "T1685.001"
    if row.kind in _WORTH and _WATCHING.search(what):
        return _WORTH[row.kind], "T1685"
    return 0.0, ""


@lru_cache(maxsize=8_192)
def _may_blind(image: str) -> bool:
    one = programs.program(image)
    return one.kind in programs.CAPABLE or not one.name


@lru_cache(maxsize=8_192)
def by_command(image: str, line: str) -> tuple[float, str]:
    """Give the decades of a command that blinds, and its technique; (0, "") for all others."""
    made = command(image, line)
    if not made.words:
        return 0.0, ""
    inner = " ".join((made.program.removesuffix(".exe"), *made.words))
    for part in re.split(r" (?:[|&;]+|/c|-c|-command) ", inner):
        for pattern, worth, technique in _COMMANDS:
            if pattern.search(part):
                if worth:
                    return worth, technique
                if _WATCHER.search(part) if technique == "T1685" else _LOGS.search(part):
                    return 1.2, technique
    return 0.0, ""


_MESSAGES = {
    "cleared": _n("The log {what} was cleared on {host}"),
    "audit": _n("{host} audits less than before ({what})"),
    "stopped": _n("{what} stopped on {host}"),
    "disabled": _n("{what} was disabled on {host}"),
    "config": _n("What watches {host} was given another configuration: {what}"),
    "command": _n("A command on {host} blinds what watches it: {what}"),
}


def _told(
    time_us: int,
    host: str,
    user: str,
    kind: str,
    what: str,
    decades: float,
    technique: str,
    event: EventRef,
    memory: SilenceMemory,
) -> Iterator[Sign]:
    """Tell a way of being blinded, once a day; with others within minutes it weighs more, as a habit less."""
    name = f"{host}\0{kind}\0{what[:80]}"
    lately = touch(memory.blinded, host, Blinded, SERIES)
    lately.kinds = {k: t for k, t in lately.kinds.items() if abs(time_us - t) <= TOGETHER_US}
    others = len(set(lately.kinds) - {f"{kind} {what[:40]}"})
    lately.kinds[f"{kind} {what[:40]}"] = time_us
    if time_us - memory.told.get(name, time_us - AGAIN_US) < AGAIN_US:
        return
    before = touch(memory.times, name, lambda: 0, TOLD)
    memory.times[name] = before + 1
    touch(memory.told, name, lambda: 0, TOLD)
    memory.told[name] = time_us
    evidence = min(3.0, decades + _MORE * min(2, others)) / (1 + before)
    facts = {"host": host or "?", "what": what[:300], "kind": kind}
    entities = known(machine(host, "subject"), person(user, "actor"))
    yield Sign(time_us, time_us, evidence, _MESSAGES[kind], facts, entities, unpacked([packed(event)]), (technique,))


def _beat(row: Beat, memory: SilenceMemory) -> None:
    heard = touch(memory.heard, f"{row.host}\0{row.source}", lambda: Heard(np.zeros(SLOTS, np.uint8)), SERIES)
    slot = row.time_us // BEAT_US
    if heard.last < 0:
        heard.last = heard.first = slot
    if slot > heard.last:
        gone = min(SLOTS, slot - heard.last)
        heard.slots[:-gone] = heard.slots[gone:].copy()
        heard.slots[-gone:] = 0
        heard.last = slot
    if slot == heard.last or heard.ref[2] is None:
        heard.ref = packed(row.event)
    if heard.last - slot < SLOTS:
        heard.slots[SLOTS - 1 - (heard.last - slot)] = 1
        heard.first = max(min(heard.first, slot), heard.last - SLOTS + 1)


def finish(memory: SilenceMemory) -> Iterator[Sign]:
    """Tell the sources that have fallen silent; each silence once."""
    if len(memory.heard) < 2:
        return
    end = max(heard.last for heard in memory.heard.values())
    table = {name: _aligned(heard, end) for name, heard in memory.heard.items()}
    hosts: dict[str, NDArray[np.int64]] = {}
    for name, slots in table.items():
        host = name.partition("\0")[0]
        hosts[host] = np.maximum(hosts.get(host, np.zeros(SLOTS, np.int64)), slots)
    many = np.sum(list(hosts.values()), axis=0)
    for name, heard in sorted(memory.heard.items()):
        host, _, source = name.partition("\0")
        own = np.max(
            [slots for other, slots in table.items() if other.startswith(f"{host}\0") and other != name]
            or [np.zeros(SLOTS, np.int64)],
            axis=0,
        )
        yield from _silent(heard, own > 0, end, memory, host, source, True)
        yield from _silent(heard, many - hosts[host] >= NEIGHBOURS, end, memory, host, source, False)


def _aligned(heard: Heard, end: int) -> NDArray[np.int64]:
    gone = min(SLOTS, end - heard.last)
    return np.concatenate([heard.slots[gone:], np.zeros(gone, np.uint8)]).astype(np.int64)


def _silent(
    heard: Heard,
    could: NDArray[np.bool_],
    end: int,
    memory: SilenceMemory,
    host: str,
    source: str,
    itself: bool,
) -> Iterator[Sign]:
    """Compare how often a source was heard when it could have been with how long it has not been."""
    gap = min(SLOTS, end - heard.last)
    if heard.told == heard.last or gap < GAP_SLOTS or gap == SLOTS or memory.off.get(host, -1) >= heard.last - 1:
        return
    slots = _aligned(heard, end)
    known_from = max(0, SLOTS - 1 - (end - heard.first))
    before = could[known_from : SLOTS - gap]
    times = int((slots[known_from : SLOTS - gap] * before).sum())
    possible, missed = int(before.sum()), int(could[SLOTS - gap :].sum())
    share = times / max(1, possible)
    if possible < HISTORY_SLOTS or share < LEAST_SHARE or missed < GAP_SLOTS:
        return
    decades = -missed * log10(max(1e-6, 1 - min(share, 1 - 1 / (possible + 2))))
    if decades < GAP_DECADES or _gaps(slots[known_from : SLOTS - gap], before) >= missed / 2:
        return
    heard.told = heard.last
    message = _n("{source} of {host} has been silent for {gap} although other sources of the machine go on")
    if not itself:
        message = _n("{source} of {host} has been silent for {gap} although its neighbours go on")
    facts = {"host": host, "source": source, "gap": span(gap * BEAT_US), "share": str(round(share * 100))}
    begin = (heard.last + 1) * BEAT_US
    refs = unpacked([heard.ref])
    yield Sign(
        begin,
        (end + 1) * BEAT_US,
        1.5 if itself else 1.0,
        message,
        facts,
        known(machine(host, "subject")),
        refs,
        ("T1685",),
    )


def _gaps(slots: NDArray[np.int64], could: NDArray[np.bool_]) -> int:
    """Give the longest that it was not heard before although it could have been."""
    longest = run = 0
    for there, possible in zip(slots.tolist(), could.tolist(), strict=True):
        run = run + 1 if possible and not there else 0 if there else run
        longest = max(longest, run)
    return longest
