"""N8 Ransomware over file shares: one client turns many files into something nobody can open.

Enters: operations on files of shares. Leaves: a sign, **sure** when there is no other explanation: it is never held
back by a budget.

Sees: files of several kinds renamed to (or rewritten as) an extension that the site does not know, or to names without
one, in several directories; originals deleted after a copy with an added extension was written; the same new text in
many directories; slow and intermittent encryptors (a day's tally per client); reading and rewriting many files in
place; any change of a canary file (`canaries`, names in the memory).
Misses: encryption in place by a client of which the probe does not log reads and writes (Zeek's default); extensions
that are ordinary everywhere (`.bak`, `.zip`) unless a note is left as well; fewer than ten files; files encrypted on
the server itself where no log tells files; many clients that do a little each; shares inside an encrypted tunnel.
Benign when: a tool that encrypts files for good reason is rolled out, a mass conversion of several kinds of files to a
format nobody has here.
Source: BEHAVIOUR.md N8; N. Scaife et al., CryptoLock (and Drop It), 2016; A. Continella et al., ShieldFS, 2016;
ATT&CK T1486, T1080.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tocsin.detect.behaviour.actors import DAY_US, Ref, known, machine, packed, span, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import FileOp
from tocsin.detect.behaviour.file_kinds import Name, entropy, note_like, ordinary, parts, passing
from tocsin.detect.behaviour.memory import Distinct, key64
from tocsin.model import Entity, Layer
from tocsin.model.voice import _n

ID = "N8"
NAME = "share_encryption"
LAYER: Layer = "network"
TECHNIQUES = ("T1486",)
NEEDS = ("FileOp",)

FAST_US = 60_000_000
SURE_FILES, SURE_DIRS = 50, 3
"""BEHAVIOUR.md N8. People rename folders, not fifty files of several kinds in three folders to one that is unknown."""
SURE_WITH_NOTE = 15
"""With the same new text in three of the directories, so many files are enough."""
LEAST = 10
NOTE_DIRS = 3
DIVERSE_BITS = 0.5
"""Entropy that the extensions lose: of two kinds of files, one in nine or more."""
STRANGE_SHARE = 0.8
"""Of all renames that change the extension: those of an encryptor hardly ever lead to an ordinary one."""
IN_PLACE_FILES, IN_PLACE_KINDS, IN_PLACE_DECADES = 50, 3, 2.0
MOST_UNSURE, MOST_ONE_KIND = 3.0, 1.9
"""Files of one kind alone may be an engine's that marks what it has processed."""
CANARY_DECADES = 4.0
TOLD_MORE = 0.5
KNOWN_FROM = 3
"""An extension is known here when clients met it on so many client-days: a slow encryptor is one client."""
CLIENTS = 2_000
FILES, DIRS, PASSED, NOTES, SERVERS = 512, 64, 128, 64, 16
"""Remembered of a client and day: files turned; directories; files read, written or deleted; texts; servers."""
EXTENSIONS = 20_000
CHANGING = frozenset({"write", "rename", "delete"})


@dataclass(slots=True)
class Tally:
    """What one client did within a day. Files and directories are told by their keys (`key64`)."""

    first_us: int
    last_us: int = 0
    turned: dict[int, int] = field(default_factory=dict)
    """File that was turned -> when."""
    dirs: dict[int, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    plain: int = 0
    """Renames that led to an ordinary extension."""
    written: dict[int, str] = field(default_factory=dict)
    """File as it was called before -> strange extension of what was written next to it."""
    gone: dict[int, int] = field(default_factory=dict)
    notes: dict[str, dict[int, int]] = field(default_factory=dict)
    """Name of a text -> directories."""
    read: dict[int, int] = field(default_factory=dict)
    rewritten: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    """File -> when, directory, extension."""
    servers: dict[str, int] = field(default_factory=dict)
    canaries: dict[str, int] = field(default_factory=dict)
    firsts: list[Ref] = field(default_factory=list)
    lasts: list[Ref] = field(default_factory=list)
    told: float = 0.0
    told_in_place: bool = False


@dataclass
class EncryptionMemory:
    """What the detector remembers. `canaries`: names of files that nobody has a reason to change, in lower case."""

    canaries: tuple[str, ...] = ()
    clients: dict[str, Tally] = field(default_factory=dict)
    met: Distinct = field(default_factory=lambda: Distinct(EXTENSIONS))
    """Extension -> client-days on which it was met."""


def memory() -> EncryptionMemory:
    """Give an empty memory."""
    return EncryptionMemory()


def watch(kind: str, rows: Sequence[FileOp], memory: EncryptionMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Take operations; tell encryption as soon as it is seen."""
    for row in sorted(rows, key=lambda row: (row[:7], row.event.id)):
        if row.action == "close" or row.share.endswith("ipc$"):
            continue
        tally = _tally(row, memory)
        yield from _canary(row, tally, memory)
        yield from _take(row, tally, memory)


def finish(memory: EncryptionMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _tally(row: FileOp, memory: EncryptionMemory) -> Tally:
    """Give a client's tally; a new one a day after its first operation."""
    tally = memory.clients.pop(row.client, None)
    if tally is None or row.time_us - tally.first_us > DAY_US:
        tally = Tally(row.time_us)
        if len(memory.clients) >= CLIENTS:
            del memory.clients[next(iter(memory.clients))]
    memory.clients[row.client] = tally
    return tally


def _canary(row: FileOp, tally: Tally, memory: EncryptionMemory) -> Iterator[Sign]:
    if not memory.canaries or row.action not in CHANGING:
        return
    file = parts(row.before or row.name).file
    if file in memory.canaries and file not in tally.canaries:
        tally.canaries[file] = 1
        facts = {"client": row.client, "file": row.before or row.name, "action": row.action, "share": row.share}
        yield Sign(
            row.time_us,
            row.time_us,
            CANARY_DECADES,
            _n("{client} changed the canary file {file} on {share} ({action}); nobody has a reason to"),
            facts,
            _parties(row.client, [row.server]),
            (row.event,),
            TECHNIQUES,
            sure=True,
        )


def _take(row: FileOp, tally: Tally, memory: EncryptionMemory) -> Iterator[Sign]:
    name = parts(row.name)
    if row.action == "rename":
        turned = _renamed(row, name, tally, memory)
    elif row.action == "delete":
        turned = _deleted(row, name, tally)
    else:
        turned = _touched(row, name, tally, memory)
        yield from _in_place(row, name, tally)
    if turned:
        yield from _judge(row, tally)


def _place(row: FileOp, name: Name) -> int:
    return key64(row.server, row.share, name.directory)


def _unknown(extension: str, memory: EncryptionMemory) -> bool:
    return not ordinary(extension) and memory.met.estimate(key64(extension)) < KNOWN_FROM - 0.5


def _met(extension: str, row: FileOp, memory: EncryptionMemory) -> None:
    """Learn an extension: engines that mark what they have processed do it every day."""
    memory.met.add(key64(extension), key64(row.client, row.time_us // DAY_US))


def _renamed(row: FileOp, name: Name, tally: Tally, memory: EncryptionMemory) -> bool:
    before = parts(row.before)
    if name.extension == before.extension or not before.file or passing(before):
        return False
    lost = not name.extension and not passing(name)
    if lost or (name.extension and _unknown(name.extension, memory)):
        _met(name.extension, row, memory)
        return _turn(row, before, name.extension, tally)
    tally.plain += 1
    return False


def _deleted(row: FileOp, name: Name, tally: Tally) -> bool:
    """An original that goes after something strange was written next to it has been turned."""
    place = _place(row, name)
    for stem in (name.file, name.stem):
        extension = tally.written.get(key64("file", place, stem))
        if extension is not None and extension != name.extension:
            return _turn(row, name, extension, tally)
    if not passing(name):
        for stem in (name.file, name.stem):
            _keep(tally.gone, key64("file", place, stem), row.time_us, FILES)
    return False


def _touched(row: FileOp, name: Name, tally: Tally, memory: EncryptionMemory) -> bool:
    place = _place(row, name)
    if row.action in {"open", "write"} and note_like(name):
        _noted(name.file, place, tally)
    if not name.extension or ordinary(name.extension):
        return False
    strange = _unknown(name.extension, memory)
    _met(name.extension, row, memory)
    if not strange:
        return False
    original = key64("file", place, name.stem)
    if tally.gone.pop(original, None) is not None:
        return _turn(row, parts(name.stem), name.extension, tally)
    _keep(tally.written, original, name.extension, FILES)
    return False


def _noted(file: str, place: int, tally: Tally) -> None:
    """Remember in which directories a text of this name was; the names longest unseen go."""
    places = tally.notes.pop(file, None) or {}
    if len(tally.notes) >= NOTES:
        del tally.notes[next(iter(tally.notes))]
    tally.notes[file] = places
    _keep(places, place, 1, SERVERS)


Kept = TypeVar("Kept", int, str, tuple[int, int, str])


def _keep(table: dict[int, Kept], key: int, value: Kept, limit: int) -> None:
    """Set a value; of too many the first goes."""
    if len(table) >= limit and key not in table:
        del table[next(iter(table))]
    table[key] = value


def _turn(row: FileOp, before: Name, extension: str, tally: Tally) -> bool:
    """Count a file that became something else, once."""
    place = _place(row, parts(row.before or row.name))
    file = key64("file", place, before.file)
    if file in tally.turned:
        return False
    _keep(tally.turned, file, row.time_us, FILES)
    _keep(tally.dirs, place, row.time_us, DIRS)
    if len(tally.servers) < SERVERS:
        tally.servers[row.server] = 1
    for counts, kind in ((tally.before, before.extension), (tally.after, extension)):
        if kind in counts or len(counts) < FILES:
            counts[kind] = counts.get(kind, 0) + 1
    tally.last_us = max(tally.last_us, row.time_us)
    if len(tally.firsts) < LEAST:
        tally.firsts.append(packed(row.event))
    tally.lasts = [*tally.lasts[-4:], packed(row.event)]
    return True


def _judge(row: FileOp, tally: Tally) -> Iterator[Sign]:
    files = sum(tally.after.values())
    if files < LEAST or files < STRANGE_SHARE * (files + tally.plain):
        return
    dirs, note = len(tally.dirs), _note(tally)
    after = 0.0 if len(tally.after) > files / 2 else entropy(tally.after)  # one of its own each: no kinds at all
    diverse = entropy(tally.before) - after >= DIVERSE_BITS
    sure = dirs >= SURE_DIRS and ((diverse and files >= SURE_FILES) or (bool(note) and files >= SURE_WITH_NOTE))
    decades = 1.0 + 0.5 * math.log2(files / LEAST) + 0.5 * (dirs >= SURE_DIRS) + 0.5 * diverse + bool(note)
    if not (diverse or note):
        decades = min(MOST_ONE_KIND, 0.5 + 0.3 * math.log2(files / LEAST))
    decades = 4.0 if sure else min(MOST_UNSURE, decades)
    if decades >= tally.told + TOLD_MORE or (sure and tally.told < 4.0):
        tally.told = decades
        yield _sign(row, tally, decades, sure, note)


def _note(tally: Tally) -> str:
    """Give the name that turns up in most directories where files were turned, if in enough of them."""
    best, most = "", NOTE_DIRS - 1
    for name, places in sorted(tally.notes.items()):
        shared = sum(place in tally.dirs for place in places)
        if shared > most:
            best, most = name, shared
    return best


def _in_place(row: FileOp, name: Name, tally: Tally) -> Iterator[Sign]:
    """Many files of several kinds, each read and then written again within a minute."""
    if row.action not in {"read", "write"} or tally.told_in_place:
        return
    place = _place(row, name)
    file = key64("file", place, name.file)
    if row.action == "read":
        _keep(tally.read, file, row.time_us, PASSED)
    if row.action != "write" or not 0 <= row.time_us - tally.read.get(file, row.time_us + 1) <= FAST_US:
        return
    tally.rewritten.pop(file, None)
    _keep(tally.rewritten, file, (row.time_us, place, name.extension), PASSED)
    if len(tally.rewritten) < IN_PLACE_FILES:
        return
    lately = [one for one in tally.rewritten.values() if row.time_us - one[0] <= FAST_US]
    kinds, dirs = {kind for _, _, kind in lately}, {place for _, place, _ in lately}
    if len(lately) >= IN_PLACE_FILES and len(kinds) >= IN_PLACE_KINDS and len(dirs) >= SURE_DIRS:
        tally.told_in_place = True
        facts = {"client": row.client, "files": str(len(lately)), "dirs": str(len(dirs)), "kinds": str(len(kinds))}
        yield Sign(
            row.time_us - FAST_US,
            row.time_us,
            IN_PLACE_DECADES,
            _n("{client} read and rewrote {files} files of {kinds} kinds in {dirs} directories within a minute"),
            facts,
            _parties(row.client, [row.server]),
            (row.event,),
            TECHNIQUES,
            len(lately),
        )


def _parties(client: str, servers: list[str]) -> tuple[Entity, ...]:
    return known(machine(client, "source"), *(machine(server, "destination") for server in sorted(servers)[:5]))


def _sign(row: FileOp, tally: Tally, decades: float, sure: bool, note: str) -> Sign:
    first_us = min(tally.turned.values())
    commonest = max(sorted(tally.after), key=lambda name: tally.after[name])
    facts = {
        "client": row.client,
        "files": str(sum(tally.after.values())),
        "dirs": str(len(tally.dirs)),
        "span": span(tally.last_us - first_us),
        "extension": f".{commonest}" if commonest else "-",
        "kinds": ", ".join(sorted(tally.before, key=lambda kind: (-tally.before[kind], kind))[:5]),
        "share": row.share,
    }
    message = _n(
        "{client} turned {files} files in {dirs} directories into {extension} within {span}"
        " ({kinds} before); that extension is not known here"
    )
    if note:
        facts["note"] = note
        message = _n(
            "{client} turned {files} files in {dirs} directories into {extension} within {span}"
            " ({kinds} before) and left {note} there"
        )
    return Sign(
        first_us,
        tally.last_us,
        decades,
        message,
        facts,
        _parties(row.client, list(tally.servers)),
        unpacked([*tally.firsts, *tally.lasts]),
        TECHNIQUES,
        sum(tally.after.values()),
        sure,
    )
