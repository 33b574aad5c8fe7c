"""Rare command lines: words that hardly anybody gives to this program, what they can do, and what hides them.

Enters: programs started. Leaves: a sign for a command line that is odd in more than one way, and one for many questions
about machine and network within minutes.

Sees: programs made to load, run, decode, dump or weaken things; coded PowerShell (decoded before it is judged) and
marks of obfuscation; words that are rare after this program by a shipped model of everyday command lines (interpolated
trigrams, the three rarest words count, not the mean) and by the site's own; six different questions (who am I, which
groups, which network…) within ten minutes from one machine.
Misses: programs that nobody listed and the model does not know, unless their lines hide something; what an attacker
types into an interactive tool; lines cut short by the log; a command that the site uses daily.
Benign when: an administrator's one-off repair, a vendor's installer, inventory and deployment tools; after three hours
of use somewhere on the site a line is known.
Source: I. Witten, T. Bell 1991 (interpolation); D. Bohannon, L. Holmes, Revoke-Obfuscation, 2017 (marks);
BEHAVIOUR.md E2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log10

from tocsin.detect.behaviour import programs
from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    Ref,
    in_order,
    known,
    machine,
    packed,
    person,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.capabilities import looks_around
from tocsin.detect.behaviour.command_model import child_rarity
from tocsin.detect.behaviour.commands import Command, command
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Process
from tocsin.detect.behaviour.line_worth import MOST, Judged, alone, capable
from tocsin.detect.behaviour.memory import Counts, key64
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "E2"
NAME = "command_line"
LAYER: Layer = "endpoint"
TECHNIQUES = ("T1059", "T1027", "T1218", "T1082")
NEEDS = ("Process",)

LEAST_SENSE = 0.5
"""Of which so much must be what words can do or what hides them: rarity alone is an everyday thing."""
LEAST = 0.8
"""Decades from which a command line is told."""
SITE_MOST = 0.6
SITE_LEAST = 30.0
"""Starts (in hours and machines) of a program here before its words can be new."""
KNOWN_UNITS = 3.0
"""Hours and machines in which a line came before it is no news: then it counts a tenth, from the first a half."""
HALF_LIFE_S = 14 * 86_400
CONTEXTS = 20_000
"""Words after programs that the site's own memory holds (BEHAVIOUR.md E2); of too many the least used go."""
LINES = 100_000
AGAIN_US = DAY_US
TOLD = 20_000
LOOKS, LOOK_US, LOOK_DECADES = 6, 600_000_000, 1.2
"""Six different questions by one account in ten minutes; a help desk asks two or three."""
LOOKERS = 20_000


@dataclass
class Questions:
    """What one machine was asked lately, and when it was told."""

    asked: dict[str, int] = field(default_factory=dict)
    refs: dict[str, Ref] = field(default_factory=dict)
    told_us: int = -DAY_US


@dataclass
class CommandMemory:
    """What the detector remembers."""

    lines: Counts = field(default_factory=lambda: Counts(LINES, HALF_LIFE_S))
    contexts: Counts = field(default_factory=lambda: Counts(CONTEXTS, HALF_LIFE_S))
    told: dict[str, int] = field(default_factory=dict)
    lookers: dict[str, Questions] = field(default_factory=dict)


def memory() -> CommandMemory:
    """Give an empty memory."""
    return CommandMemory()


def watch(kind: str, rows: Sequence[Process], memory: CommandMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn command lines and tell the odd ones."""
    for row in in_order(rows):
        if row.command and capable(row.image):
            line = command(row.image, row.command)
            yield from _judge(row, line, memory)
            question = looks_around(line.program, line.words)
            if question:
                yield from _asked(row, question, memory)


def finish(memory: CommandMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _judge(row: Process, line: Command, memory: CommandMemory) -> Iterator[Sign]:
    judged = alone(line)
    before = _learn(row, line, memory)
    new = _new_words(row, line, memory)
    decades = min(MOST, judged.decades + new)
    if before >= 1.0:
        decades *= 0.1 if before >= KNOWN_UNITS else 0.5
    if decades < LEAST or (judged.decades - judged.rare < LEAST_SENSE and not _rare_parent(row)):
        return
    what = f"{row.host}\0{line.key}"
    if row.time_us - memory.told.get(what, row.time_us - AGAIN_US) >= AGAIN_US:
        touch(memory.told, what, lambda: 0, TOLD)
        memory.told[what] = row.time_us
        yield _sign(row, line, judged, decades)


RARE_PARENT = 3.0
"""-log10 of how often the parent starts such a child, from which mere rarity of words is told too."""


def _rare_parent(row: Process) -> bool:
    parent, child = programs.program(row.parent), programs.program(row.image)
    if not parent.name or parent.name in programs.GENERAL or parent.kind in {"shell", "script"}:
        return False
    return child_rarity(parent.name, parent.kind, child.name, child.kind) >= RARE_PARENT


def _learn(row: Process, line: Command, memory: CommandMemory) -> float:
    """Count the line once an hour and machine; give in how many it came before."""
    unit = key64("unit", row.host, line.key, row.time_us // HOUR_US)
    if memory.lines.get(unit, row.time_us) > 0:
        return memory.lines.get(line.key, row.time_us) - 1.0
    memory.lines.add(unit, row.time_us, 0.01)
    return memory.lines.add(line.key, row.time_us)


def _new_words(row: Process, line: Command, memory: CommandMemory) -> float:
    """Give the decades by which the line's words are new after this program at this site; learn them."""
    counts, time_us = memory.contexts, row.time_us
    times = counts.add(key64("program", line.program), time_us)
    rarest = min((counts.add(key64("word", line.program, word), time_us) for word in set(line.words)), default=times)
    if times < SITE_LEAST:
        return 0.0
    p = (rarest + 0.5) / (times + 1.0)
    return max(0.0, min(SITE_MOST, 0.5 * (-log10(p) - 1.0)))


def _sign(row: Process, line: Command, judged: Judged, decades: float) -> Sign:
    message = _n("{program} was started on {host} with a command line that is rare here: {command}")
    if line.hidden:
        message = _n("{program} was started on {host} with a coded command: {hidden}")
    elif line.odd:
        message = _n("{program} was started on {host} with a command line that hides what it does: {command}")
    facts = {
        "program": line.program,
        "host": row.host or "?",
        "command": row.command[:300],
        "hidden": line.hidden,
        "odd": ", ".join(judged.odd),
    }
    entities = known(machine(row.host, "subject"), person(row.user, "actor"))
    techniques = judged.techniques or ("T1059",)
    return Sign(
        row.time_us, row.time_us, decades, message, facts, entities, unpacked([packed(row.event)]), techniques[:4]
    )


def _asked(row: Process, question: str, memory: CommandMemory) -> Iterator[Sign]:
    """Note a question about machine or network; many different ones in a short time are told."""
    looker = touch(memory.lookers, f"{row.host}\0{row.user}", Questions, LOOKERS)
    old = [name for name, time_us in looker.asked.items() if abs(row.time_us - time_us) > LOOK_US]
    for name in old:
        del looker.asked[name], looker.refs[name]
    looker.asked.setdefault(question, row.time_us)
    looker.refs.setdefault(question, packed(row.event))
    if len(looker.asked) < LOOKS or row.time_us - looker.told_us < AGAIN_US:
        return
    looker.told_us = row.time_us
    first_us = min(looker.asked.values())
    facts = {"host": row.host or "?", "count": str(len(looker.asked)), "questions": ", ".join(looker.asked)[:300]}
    yield Sign(
        first_us,
        row.time_us,
        LOOK_DECADES,
        _n("{host} was asked {count} different things about itself and its network within minutes: {questions}"),
        facts,
        known(machine(row.host, "subject"), person(row.user, "actor")),
        unpacked(looker.refs.values()),
        ("T1082", "T1016", "T1033"),
        len(looker.asked),
    )
