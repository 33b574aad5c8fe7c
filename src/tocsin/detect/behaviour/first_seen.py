"""Things that start by themselves for the first time here, and look as if they were not meant to be found.

Enters: services, tasks, drivers, run keys, start-up files, WMI consumers; programs with their hashes. Leaves: a sign
for one that is new on the machine and on the fleet, weighed by what is suspicious about it.

Sees: what lies where users may write, runs a shell or a script, pretends to be a system program, has a drawn name, or a
command line that `command_line` finds odd; registry keys that start programs though they are not meant for it. New
alone is worth little until the site's own habits are known: then also by how seldom anything new comes.
Misses: a library put beside an installed program; a change of an existing thing that keeps name and path; whatever
Sysmon or the audit policy does not write; a thing that was there before the first look.
Benign when: software is installed or updated (known makers' folders count nothing), a deployment tool puts tasks and
services everywhere on the same day (by the third machine it is known).
Source: BEHAVIOUR.md E3; ATT&CK T1543, T1053, T1547, T1546.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tocsin.detect.behaviour import programs
from tocsin.detect.behaviour.actors import DAY_US, in_order, known, machine, packed, person, touch, unpacked
from tocsin.detect.behaviour.commands import command
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Autorun, Process
from tocsin.detect.behaviour.line_worth import alone
from tocsin.detect.behaviour.memory import Counts, Novelty, key64
from tocsin.model import Entity, Layer
from tocsin.model.voice import _n

ID = "E3"
NAME = "first_seen"
LAYER: Layer = "endpoint"
TECHNIQUES = ("T1543.003", "T1053.005", "T1547.001", "T1546.003", "T1014", "T1204.002")
NEEDS = ("Autorun", "Process")

LEAST = 0.8
LEAST_ODD = 0.5
"""Of which so much must be what is odd about the thing, however new it is."""
MOST = 3.0
NOVEL_MOST = 0.8
"""Decades of mere novelty: at a hospital something new starts by itself every day."""
HALF_LIFE_S = 30 * 86_400
KEYS = 200_000
OTHERS = 1.9
"""Machines that have a thing already: with the third it is the site's."""
FORGOTTEN = 1 / 16
TOLD = 20_000
AGAIN_US = DAY_US

_TECHNIQUE = {
    "service": "T1543.003",
    "task": "T1053.005",
    "driver": "T1014",
    "runkey": "T1547.001",
    "startup": "T1547.001",
    "registry": "T1546",
    "wmi": "T1546.003",
    "program": "T1204.002",
}
_BASE = {
    "service": 0.1,
    "task": 0.0,
    "driver": 0.1,
    "runkey": 0.1,
    "startup": 0.3,
    "registry": 0.3,
    "wmi": 0.5,
    "program": 0.0,
}
"""What a new thing of a kind is worth before anything else is known of it."""
_PLACES = {
    "drop": 0.9,
    "temp": 0.9,
    "user": 0.7,
    "profile": 0.5,
    "share": 0.8,
    "self": 1.2,
    "other": 0.1,
    "shared": 0.2,
}
_PLACES_OF = {
    "runkey": {"profile": 0.1, "other": 0.1, "share": 0.3},
    "startup": {"profile": 0.0, "shared": 0.0},
    "task": {"profile": 0.3, "share": 0.3},
    "program": {
        "profile": 0.1,
        "user": 0.2,
        "temp": 0.3,
        "share": 0.1,
        "drop": 0.6,
        "self": 0.8,
        "shared": 0.1,
        "other": 0.0,
    },
}
_SHELLS = {"service": 0.9, "driver": 0.9, "runkey": 0.8, "startup": 0.8, "registry": 0.7, "wmi": 0.9, "task": 0.2}
"""A shell or interpreter that starts by itself; tasks do that for administrators."""
_OWN_WMI = ("scm event log", "bvtfilter", "bvtconsumer", "nteventlogeventconsumer", "tsresourcemanager", "dell", "hp")
_SCRIPT_FILE = re.compile(r"\.(?:ps1|vbs|vbe|js|jse|wsf|hta|bat|cmd|scr|lnk\.exe|pif)\b", re.I)
_SCRIPT_CONSUMER = re.compile(r"^(?:script|command ?line)|activescript|commandline", re.I)
_KEYS = (
    (re.compile(r"image file execution options|silentprocessexit"), 1.0),
    (re.compile(r"\\shell\\(?:open|runas)\\command"), 0.8),
    (re.compile(r"appinit_dlls|appcertdlls|security packages|notification packages|serverlevelplugindll"), 0.9),
    (re.compile(r"winlogon\\(?:shell|userinit|taskman|vmapplet)|userinitmprlogonscript|bootexecute"), 0.8),
    (re.compile(r"cor_profiler_path|command processor\\autorun|dlloverridepath|verifierdlls"), 0.8),
    (re.compile(r"scriptleturl|treatas|special\\perf"), 0.6),
)
_ORDINARY = re.compile(
    r"^(?:explorer\.exe|(?:c:\\windows\\system32\\)?userinit\.exe,?|autocheck autochk.*|\(empty\)|\"?\"?)$", re.I
)


@dataclass
class FirstSeenMemory:
    """What the detector remembers."""

    machines: Counts = field(default_factory=lambda: Counts(KEYS, HALF_LIFE_S))
    things: Novelty = field(default_factory=lambda: Novelty(KEYS, HALF_LIFE_S))
    told: dict[str, int] = field(default_factory=dict)


def memory() -> FirstSeenMemory:
    """Give an empty memory."""
    return FirstSeenMemory()


def watch(kind: str, rows: Sequence[Autorun | Process], memory: FirstSeenMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn what starts, and tell what is new and suspicious."""
    for row in in_order(rows):
        if isinstance(row, Process):
            if row.digest:
                yield from _program(row, memory)
        else:
            yield from _autorun(row, memory)


def finish(memory: FirstSeenMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


_SHA256 = re.compile(r"sha256=([0-9a-f]{64})", re.I)


def _program(row: Process, memory: FirstSeenMemory) -> Iterator[Sign]:
    """A program by its hash: new ones are only worth a look where they look odd."""
    suspicion = _of_program(row.image)
    if suspicion < LEAST_ODD:
        return
    found = _SHA256.search(row.digest)
    digest = (found[1] if found else row.digest).lower()[:80]
    decades = memory.things.see(row.host, f"program\0{digest}", "programs", row.time_us)
    new = _is_new(row.host, f"program\0{digest}", memory, row.time_us)
    evidence = suspicion + _novel(decades) if new else 0.0
    if evidence >= LEAST and _once(f"{row.host}\0{digest}", row.time_us, memory):
        message = _n("A program that nobody here has started before was started on {host}: {path}")
        facts = {"host": row.host or "?", "path": row.image[:300], "digest": digest, "kind": "program"}
        entities = known(machine(row.host, "subject"), person(row.user, "actor"), Entity("file", digest, "target"))
        refs = unpacked([packed(row.event)])
        yield Sign(row.time_us, row.time_us, min(MOST, evidence), message, facts, entities, refs, ("T1204.002",))


@lru_cache(maxsize=8_192)
def _of_program(image: str) -> float:
    text = programs.plain(image)
    place = programs.place_of(text)
    if place in {"system", "programs", ""} and not programs.imitates(image):
        return 0.0
    worth = _PLACES_OF["program"].get(place, 0.0)
    worth += 0.4 * (place in programs.WRITABLE and programs.drawn(programs.base(text)))
    return worth + 0.8 * bool(programs.imitates(image)) + 0.8 * programs.lure(image)


def _autorun(row: Autorun, memory: FirstSeenMemory) -> Iterator[Sign]:
    name = _general(row.name)
    key = f"{row.kind}\0{name}\0{_general(row.command)}"
    decades = memory.things.see(row.host, key, row.kind, row.time_us)
    if not _is_new(row.host, key, memory, row.time_us):
        return
    suspicion = suspicion_of(row.kind, row.name, row.command)
    if suspicion < LEAST_ODD:
        return
    evidence = min(MOST, suspicion + _novel(decades))
    if evidence >= LEAST and _once(f"{row.host}\0{row.kind}\0{name}", row.time_us, memory):
        yield _sign(row, evidence)


_CHANGING = re.compile(r"\{?[0-9a-f]{8}-[0-9a-f-]{27}\}?|s-1-5-21-[\d-]+|[0-9a-f]{8,}|\d+")


def _general(text: str) -> str:
    """Give a name without what differs from machine to machine."""
    return _CHANGING.sub("#", text.lower()[:400])


def _novel(decades: float) -> float:
    return max(0.0, min(NOVEL_MOST, 0.4 * decades))


def _is_new(host: str, key: str, memory: FirstSeenMemory, time_us: int) -> bool:
    """Say whether a thing is new: not before on this machine, and on two others at most; learn it."""
    mine, thing = key64("here", host, key), key64("machines", key)
    before = memory.machines.get(mine, time_us)
    elsewhere = memory.machines.get(thing, time_us)
    memory.machines.add(mine, time_us, 1.0 if before < FORGOTTEN else 0.0)
    if before < FORGOTTEN:
        memory.machines.add(thing, time_us)
    return before < FORGOTTEN and elsewhere < OTHERS


def _once(what: str, time_us: int, memory: FirstSeenMemory) -> bool:
    if time_us - memory.told.get(what, time_us - AGAIN_US) < AGAIN_US:
        return False
    touch(memory.told, what, lambda: 0, TOLD)
    memory.told[what] = time_us
    return True


@lru_cache(maxsize=4_096)
def suspicion_of(kind: str, name: str, line: str) -> float:
    """Give the decades of what is suspicious about a thing that starts by itself; 0 for what is ordinary."""
    text = line.strip()
    if (kind == "wmi" and name.lower().startswith(_OWN_WMI)) or (
        kind in {"registry", "runkey"} and _ORDINARY.match(text)
    ):
        return 0.0
    worth = _BASE.get(kind, 0.0)
    if kind == "registry":
        worth += max((more for pattern, more in _KEYS if pattern.search(name.lower())), default=0.0)
    image = _image(text)
    place = programs.place_of(programs.plain(image))
    program = programs.program(image)
    worth += _PLACES_OF.get(kind, {}).get(place, _PLACES.get(place, 0.0))
    if program.kind in {"shell", "script"} or (program.kind == "tool" and program.name in _LOADERS):
        worth += _SHELLS.get(kind, 0.0)
    if kind == "startup" and _SCRIPT_FILE.search(text):
        worth += 0.6
    if kind == "wmi" and _SCRIPT_CONSUMER.search(text):
        worth += 0.5
    worth += 1.2 * bool(programs.imitates(image)) + 1.0 * programs.lure(image)
    named = name.rpartition("\\")[2]
    worth += 0.5 * (
        programs.drawn(named) or (place in programs.WRITABLE | {"system"} and programs.drawn(programs.base(image)))
    )
    return worth + min(1.2, 0.6 * alone(command(image, text)).decades)


_LOADERS = frozenset(
    {"rundll32.exe", "regsvr32.exe", "msbuild.exe", "installutil.exe", "certutil.exe", "bitsadmin.exe", "cmstp.exe"}
)
_PROGRAM = re.compile(r"^(.+?\.(?:exe|dll|sys|bat|cmd|ps1|vbs|js|scr|com|hta))(?=[\s,\"]|$)", re.I)


def _image(line: str) -> str:
    """Give the path of the program that a line starts."""
    plain = line.strip().partition(": ")[2] if line.lower().startswith(("command line: ", "script: ")) else line.strip()
    if plain.startswith('"'):
        return plain[1:].partition('"')[0]
    found = _PROGRAM.match(plain)
    return found[1] if found else plain.partition(" ")[0]


_MESSAGES = {
    "service": _n("A service that is new here was installed on {host}: {name} ({command})"),
    "task": _n("A scheduled task that is new here was made on {host}: {name} ({command})"),
    "driver": _n("A driver that is new here was loaded on {host}: {name} ({command})"),
    "runkey": _n("A program that is new here starts at log-on on {host}: {name} ({command})"),
    "startup": _n("A file that is new here was put where it starts at log-on on {host}: {name}"),
    "registry": _n("A registry key that starts programs was set on {host}: {name} ({command})"),
    "wmi": _n("A WMI subscription that is new here was made on {host}: {name} ({command})"),
}


def _sign(row: Autorun, evidence: float) -> Sign:
    facts = {"host": row.host or "?", "name": row.name[:200], "command": row.command[:300], "kind": row.kind}
    entities = known(machine(row.host, "subject"), person(row.user, "actor"))
    refs = unpacked([packed(row.event)])
    technique = _TECHNIQUE.get(row.kind, "T1547.001")
    return Sign(row.time_us, row.time_us, evidence, _MESSAGES[row.kind], facts, entities, refs, (technique,))
