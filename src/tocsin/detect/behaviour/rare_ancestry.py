"""Rare ancestry: a program started by one that hardly ever starts it, from a place or under a name that is odd.

Enters: programs started, with their parents. Leaves: a sign for a start whose parent, place or name does not fit.

Sees: documents, mail, browsers, web servers and databases that start shells and tools; system programs with another
parent than theirs; a system program's name in another folder, or nearly its name; a document's name on a program; a
known tool under another name. What is common is known from the start (a shipped model of parents and children, which
`scripts/train_commands.py` makes) and then learned: pairs that the site has are no news.
Misses: code inside a process that was there (injection), parents that lie (spoofed ids), programs without a parent in
the log (unless an earlier start of the same machine names it), tools started by the shell that always starts them.
Benign when: a new version starts new helpers, a vendor's macro runs a script, somebody runs a portable tool.
Source: BEHAVIOUR.md E1; the Novelty of section 6 with the shipped model as what peers do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log10
from typing import NamedTuple

from tocsin.detect.behaviour import command_model, programs
from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, in_order, known, machine, packed, person, touch, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Process
from tocsin.detect.behaviour.memory import Counts, key64, pair64
from tocsin.detect.behaviour.programs import Program
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "E1"
NAME = "rare_ancestry"
LAYER: Layer = "endpoint"
TECHNIQUES = ("T1059", "T1036", "T1204", "T1505.003")
NEEDS = ("Process",)

LEAST = 0.8
MOST_ALONE, MOST = 1.6, 2.8
"""Decades of a rare pair alone, and together with an odd place or name."""
COMMON = 2.0
"""-log10 p up to which a pair is nothing: one start in a hundred of this parent."""
SHARE = 0.7
PRIOR_HERE, PRIOR_SITE = 5.0, 20.0
"""The weights of the site's pairs for a machine, and of the model's pairs for the site, in hours of use."""
HALF_LIFE_S = 14 * 86_400
PAIRS = 200_000
HOURS = 50_000
"""Pairs on machines of which is kept in which hour they were last learned."""
NAMES = 50_000
"""Processes whose children may come without a parent's name; the longest untouched go."""
TOLD = 20_000
AGAIN_US = DAY_US

_PLACE_WORTH = {"drop": 0.5, "temp": 0.2, "self": 0.6, "share": 0.2, "user": 0.1, "profile": 0.1}
_OUTSIDE = frozenset({"office", "reader", "browser", "web", "data", "network"})
"""Kinds of programs that read what strangers send."""
_FROM_OUTSIDE = {"browser": 0.2}
_MORE_FROM_OUTSIDE = 0.4
_BY_SHELL, _BY_GENERAL = 0.25, 0.5
"""Shares of a rare pair that count where the parent starts whatever it is told."""
IMITATES, LURE, RENAMED, DRAWN = 1.5, 1.2, 1.0, 0.4
_HARMLESS = 0.3
"""Share of a rare pair that counts where the child can do nothing by itself."""
_WITHOUT_PARENT = frozenset({"", "system", "idle", "registry", "memcompression", "-", "unknown"})


@dataclass
class AncestryMemory:
    """What the detector remembers: pairs, and images by machine and process id where products tell no parent."""

    pairs: Counts = field(default_factory=lambda: Counts(PAIRS, HALF_LIFE_S))
    hours: dict[int, int] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)


def memory() -> AncestryMemory:
    """Give an empty memory."""
    return AncestryMemory()


def watch(kind: str, rows: Sequence[Process], memory: AncestryMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Learn who starts what, and tell what does not fit."""
    for row in in_order(rows):
        parent = row.parent
        if row.pid and not parent:
            parent = memory.images.get(f"{row.host}\0{row.ppid}", "")
            touch(memory.images, f"{row.host}\0{row.pid}", str, NAMES)
            memory.images[f"{row.host}\0{row.pid}"] = row.image
        before = _before(parent, row.image, row.original)
        evidence = _here(row, before, memory)
        if evidence >= LEAST:
            yield from _told(row, parent, before, evidence, memory)


def finish(memory: AncestryMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


class Before(NamedTuple):
    """What is known of a start without history: keys of pair and parent, probability of the child, what counts of its
    rarity, decades of what is odd, why."""

    pair: int
    whose: int
    p: float
    share: float
    odd: float
    why: str
    child: Program
    parent: Program


@lru_cache(maxsize=16_384)
def _before(parent_path: str, image: str, original: str) -> Before:
    parent, child = programs.program(parent_path), programs.program(image)
    odd, why = _oddity(image, original, parent, child)
    whose = key64("parent", parent.name)
    pair = key64("child", parent.name, child.name)
    if parent.name in _WITHOUT_PARENT:
        return Before(pair, whose, 1.0, 0.0, odd, why, child, parent)
    model = command_model.starts()
    p = model.child(parent.name, parent.kind, child.name, child.kind)
    share = 1.0 if child.kind in programs.CAPABLE else _HARMLESS
    if child.kind == "core":
        p, share = min(p, model.parent(parent.name, parent.kind, child.name)), 1.0
    elif child.kind not in programs.CAPABLE and child.place in programs.WRITABLE and parent.kind in _OUTSIDE:
        share = 0.6 if parent.kind != "browser" else 0.3
    if child.kind != "core" and (parent.kind == "shell" or parent.name in programs.GENERAL):
        share *= _BY_SHELL if parent.kind == "shell" else _BY_GENERAL
    return Before(pair, whose, p, share, odd, why, child, parent)


def _oddity(image: str, original: str, parent: Program, child: Program) -> tuple[float, str]:
    """Give the decades of what is odd about a program's place and name, and the first reason."""
    reasons: list[tuple[float, str]] = []
    pretended = programs.imitates(image)
    if pretended:
        reasons.append((IMITATES, "imitates"))
    if programs.lure(image):
        reasons.append((LURE, "lure"))
    if renamed(child.name, original):
        reasons.append((RENAMED, "renamed"))
    if child.place in programs.WRITABLE and programs.drawn(programs.base(programs.plain(image))):
        reasons.append((DRAWN, "drawn"))
    place = _PLACE_WORTH.get(child.place, 0.0)
    if place and parent.kind in _OUTSIDE and child.place != "share":
        place += _FROM_OUTSIDE.get(parent.kind, _MORE_FROM_OUTSIDE)
    if place:
        reasons.append((place, "place"))
    return sum(worth for worth, _ in reasons), reasons[0][1] if reasons else ""


def renamed(name: str, original: str) -> bool:
    """Say whether a tool's maker gave it another name than it has."""
    maker = programs.bare(original.strip().lower().removesuffix(".mui"))
    if not maker or maker == name or "." not in maker:
        return False
    kind = programs.program(maker).kind
    same = maker.partition(".")[0].rstrip("0123456789#") == name.partition(".")[0].rstrip("0123456789#")
    return (
        kind in {"shell", "script", "tool"}
        and not same
        and name not in {"java.exe", "javaw.exe", "node.exe", "python.exe"}
    )


def _here(row: Process, before: Before, memory: AncestryMemory) -> float:
    """Give the evidence of a start on this machine, by the machine's, the site's and the model's pairs; learn it."""
    if before.share == 0.0:
        return before.odd
    host = key64("host", row.host)
    keys = (pair64(host, before.pair), pair64(host, before.whose), before.pair, before.whose)
    n_mine, n_of_mine, n_pair, n_of = _counted(keys, row.time_us, memory)
    p_site = (n_pair + PRIOR_SITE * before.p) / (n_of + PRIOR_SITE)
    p = (n_mine + PRIOR_HERE * p_site) / (n_of_mine + PRIOR_HERE)
    rare = max(0.0, min(4.0, -log10(max(p, 1e-9))) - COMMON) * SHARE * before.share
    odd = before.odd if n_mine < 1.0 else before.odd / (1.0 + n_mine)
    return min(MOST if odd >= 0.3 and rare > 0 else max(MOST_ALONE, min(1.9, odd)), rare + odd)


def _counted(keys: tuple[int, int, int, int], time_us: int, memory: AncestryMemory) -> list[float]:
    """Give what was counted of the keys, of which the first names machine and pair; learn them once an hour."""
    counts, tick, hour = memory.pairs, memory.pairs.tick(time_us), time_us // HOUR_US
    places = [counts.row(key) for key in keys]
    found = [counts.at(place, tick) for place in places]
    if memory.hours.get(keys[0]) != hour:
        touch(memory.hours, keys[0], lambda: 0, HOURS)
        memory.hours[keys[0]] = hour
        for place in places:
            if place >= 0:
                counts.add_at(place, tick)
        for key, place in zip(keys, places, strict=True):
            if place < 0:  # last: a new counter may move the others
                counts.start(key, tick)
    return found


_MESSAGES = {
    "": _n("{child} was started by {parent} on {host}, which hardly ever starts it"),
    "place": _n("{child} was started by {parent} on {host} from a folder where programs do not belong: {path}"),
    "imitates": _n("{path} on {host} has a system program's name, or nearly, and lies elsewhere"),
    "lure": _n("{path} on {host} is a program with a document's name"),
    "renamed": _n("{child} on {host} is {original} under another name"),
    "drawn": _n("{child} on {host} has a name that a machine might have drawn: {path}"),
}
_TECHNIQUES = {"imitates": "T1036.005", "lure": "T1036.007", "renamed": "T1036.003", "drawn": "T1204.002"}
_BY_PARENT = {
    "office": "T1204.002",
    "reader": "T1204.002",
    "browser": "T1204.001",
    "web": "T1505.003",
    "data": "T1505.001",
}


def _told(row: Process, parent: str, before: Before, evidence: float, memory: AncestryMemory) -> Iterator[Sign]:
    what = f"{row.host}\0{before.pair}\0{before.why}"
    if row.time_us - memory.told.get(what, row.time_us - AGAIN_US) < AGAIN_US:
        return
    touch(memory.told, what, lambda: 0, TOLD)
    memory.told[what] = row.time_us
    why = before.why if before.odd >= 0.5 else ""
    facts = {
        "child": before.child.name or "?",
        "parent": before.parent.name or "?",
        "host": row.host or "?",
        "path": row.image[:300],
        "original": row.original[:80],
        "command": row.command[:300],
        "parent_path": parent[:300],
    }
    techniques = tuple(
        dict.fromkeys(filter(None, (_TECHNIQUES.get(before.why), _BY_PARENT.get(before.parent.kind), "T1059")))
    )
    entities = known(machine(row.host, "subject"), person(row.user, "actor"))
    refs = unpacked([packed(row.event)])
    yield Sign(row.time_us, row.time_us, evidence, _MESSAGES[why], facts, entities, refs, techniques[:3])
