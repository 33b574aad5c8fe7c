"""Destruction on an endpoint: shadow copies and backups deleted, masses of files encrypted, many services stopped.

Enters: programs started, files made and deleted, what happens to services and to the catalogue of backups. Leaves: a
sign for each; **sure** where two ways come together, where the same is done on several machines, or where masses of
files change.

Sees: deletion of all shadow copies, of backups and their catalogue, recovery switched off (Windows), disks overwritten,
snapshots and backups removed (Linux); twenty documents in three folders within a minute that get the same new
extension; hundreds of documents deleted within a minute by one program; ten services stopped or killed in a minute.
Misses: encryption in place that keeps names and of which no log tells; slow destruction; backups deleted in the
console of the backup software; what runs inside a hypervisor.
Benign when: backup software deletes its own snapshot (one by its id, or what it has done before), an administrator
cleans up; a big copy job, a migration of files, the update of a large application that stops many services.
Source: BEHAVIOUR.md E5; ATT&CK T1490, T1485, T1486, T1489, T1561. Never throttled where sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

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
    span,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.commands import command
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Process, Tamper, Touched
from tocsin.model import EventRef, Layer
from tocsin.model.voice import _n

ID = "E5"
NAME = "destruction"
LAYER: Layer = "endpoint"
TECHNIQUES = ("T1490", "T1485", "T1486", "T1489", "T1561")
NEEDS = ("Process", "Tamper", "Touched")

MINUTE_US = 60_000_000
TOGETHER_US = 1_800_000_000
"""Two ways of destruction within half an hour are one attack."""
MACHINES, MACHINES_US = 3, HOUR_US
ALONE, SURE = 2.2, 4.0
AGAIN_US = DAY_US
HABIT_DAYS = 3
"""Days on which a machine did the same before: then it is its habit."""
HOSTS = 20_000

_WAYS: tuple[tuple[str, str, str], ...] = (
    (
        "shadows",
        r"vssadmin\b.*\bdelete shadows(?!.*/shadow)"
        r"|vssadmin.*resize shadowstorage.*/maxsize:?=?.*(?:[1-4]\d\dmb|<n>mb|unbounded)",
        "T1490",
    ),
    ("shadows", r"wmic\b.*shadowcopy.*delete|diskshadow.*delete shadows (?!id)", "T1490"),
    ("shadows", r"win32_shadowcopy.*(?:delete|remove-)|(?:remove-wmiobject|remove-ciminstance).*shadowcopy", "T1490"),
    ("backups", r"wbadmin\b.*delete (?:catalog|backup|systemstatebackup)", "T1490"),
    (
        "recovery",
        r"bcdedit\b.*(?:recoveryenabled.*\b(?:no|off|false)|bootstatuspolicy.*ignoreallfailures)|reagentc.*/disable",
        "T1490",
    ),
    ("journal", r"fsutil\b.*usn.*deletejournal", "T1070.004"),
    ("wipe", r"\bcipher\b.*/w\b|sdelete\w*.*-[pz]\b|\bformat\b.* [d-z]:? .*/(?:q|y|p)", "T1485"),
    ("disk", r"\bdd\b.*if=?/dev/(?:zero|u?random).*of=?/dev/|wipefs.*-a\b|blkdiscard|mkfs\S*.*-f.*/dev/", "T1561"),
    (
        "backups",
        r"(?:lvremove|zfs destroy|btrfs subvolume delete|snapper delete).*(?:-r\b|\*|--all|snapshots)"
        r"|borg delete|restic forget.*--keep-last 0",
        "T1490",
    ),
    ("backups", r"\brm\b.*-\w*r\w*.*(?:backup|sauvegarde|snapshots?|bacula|veeam|borg|restic)\S*/?(?:\*)?$", "T1490"),
    (
        "machines",
        r"esxcli.*vm process kill|vim-cmd.*(?:power\.off|destroy|snapshot\.removeall)|virsh (?:destroy|undefine)",
        "T1489",
    ),
)
_PATTERNS = tuple((way, re.compile(pattern), technique) for way, pattern, technique in _WAYS)
_HINT = re.compile(
    r"shadow|vssadmin|wbadmin|bcdedit|reagentc|usn|cipher|sdelete|format|wipefs|blkdiscard|mkfs|\bdd\b|lvremove|zfs|btrfs|snapper|"
    r"borg|restic|\brm\b|esxcli|vim-cmd|virsh|stop|kill|disabl|start=",
    re.I,
)


@lru_cache(maxsize=8_192)
def _may_destroy(image: str) -> bool:
    """Say whether a program can destroy at all, or do what others tell it; one without a path may be anything."""
    one = programs.program(image)
    return one.kind in programs.CAPABLE or one.name.startswith("mkfs") or not one.name


STOPS, STOP_US = 10, MINUTE_US
GUARDED, GUARDED_STOPS = 3, 8
_GUARDED = re.compile(
    r"backup|sauvegarde|veeam|sql|oracle|exchange|vss|acronis|veritas|commvault|arcserve|bacula|sophos|mcafee|defend|sentinel|falcon|eset|symantec|sap|postgres|mysql",
    re.I,
)
_STOP = re.compile(
    r"(?:^|[ \\])(?:net1?(?:\.exe)? stop|sc(?:\.exe)?(?: \\\\\S+)? (?:stop|delete)|"
    r"stop-service(?: -name)?|taskkill(?:\.exe)?.*/im|"
    r"systemctl (?:stop|disable|mask)|pkill(?: -\S+)*|killall(?: -\S+)*) +[\"']?([^\"'&|;]+)"
    r"|sc(?:\.exe)? config +[\"']?(\S+?)[\"']? +start= *disabled",
    re.I,
)

_DOCUMENTS = frozenset(
    "doc docx docm rtf odt pdf txt xls xlsx xlsm csv ods ppt pptx odp mdb accdb dbf sql sqlite db bak vhd vhdx vmdk "
    "zip 7z rar jpg jpeg png tif tiff bmp dcm hl7 xml json eml msg pst ost mp3 mp4 avi mov dwg psd vsd vsdx pub one "
    "edb mdf ldf dat ini log".split()
)
FILES, FOLDERS = 20, 3
DELETED, DELETED_FOLDERS = 200, 10
NOTES = 5
"""Folders in which the same new text appears within a minute."""
_NOTE = re.compile(r"\.(?:txt|html?|hta|rtf)$", re.I)
_NOTE_NAME = re.compile(r"read.?me|recover|restore|decrypt|how.?to|help|unlock|ransom|instruction|lisez|dechiffr", re.I)
_KEPT_FILES = 512


@dataclass
class Burst:
    """What happened on one machine, by one program, in the last minute: (time, what, folder)."""

    moments: list[tuple[int, str, str]] = field(default_factory=list)
    refs: list[Ref] = field(default_factory=list)
    told_us: int = -DAY_US


@dataclass
class Done:
    """Ways of destruction seen on one machine: when last, and on which days."""

    last: dict[str, int] = field(default_factory=dict)
    days: dict[str, list[int]] = field(default_factory=dict)
    refs: dict[str, Ref] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    sure_us: int = -DAY_US


@dataclass
class DestructionMemory:
    """What the detector remembers; `lately` holds, of each way, the machines of the last hour."""

    done: dict[str, Done] = field(default_factory=dict)
    lately: dict[str, dict[str, int]] = field(default_factory=dict)
    files: dict[str, Burst] = field(default_factory=dict)
    stops: dict[str, Burst] = field(default_factory=dict)
    machine_off: dict[str, int] = field(default_factory=dict)


def memory() -> DestructionMemory:
    """Give an empty memory."""
    return DestructionMemory()


def watch(kind: str, rows: Sequence[Process | Tamper | Touched], memory: DestructionMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Tell destruction at once."""
    for row in in_order(rows):
        if isinstance(row, Process):
            if _may_destroy(row.image) and _HINT.search(row.command):
                yield from _command(row, memory)
        elif isinstance(row, Tamper):
            yield from _tampered(row, memory)
        else:
            yield from _file(row, memory)


def finish(memory: DestructionMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


@lru_cache(maxsize=8_192)
def ways(image: str, line: str) -> tuple[tuple[str, str], ...]:
    """Give the ways of destruction in a command line, each with its technique."""
    made = command(image, line)
    text = " ".join(
        (made.program.removesuffix(".exe"), re.sub(r"[\^`\"']", "", line.lower()), made.hidden.lower())
    ).strip()
    found = {way: technique for way, pattern, technique in _PATTERNS if pattern.search(text)}
    return tuple(found.items())


def _command(row: Process, memory: DestructionMemory) -> Iterator[Sign]:
    for way, technique in ways(row.image, row.command):
        yield from _destroyed(row.time_us, row.host, row.user, way, technique, row.command, row.event, memory)
    stopped = _STOP.search(row.command)
    if stopped:
        yield from _stopped(row.time_us, row.host, (stopped[1] or stopped[2]).strip().lower()[:60], row.event, memory)


def _tampered(row: Tamper, memory: DestructionMemory) -> Iterator[Sign]:
    if row.kind == "catalog":
        yield from _destroyed(row.time_us, row.host, row.user, "catalog", "T1490", row.what, row.event, memory)
    elif row.kind == "off":
        touch(memory.machine_off, row.host, lambda: 0, HOSTS)
        memory.machine_off[row.host] = row.time_us
    elif row.kind in {"stopped", "disabled"}:
        yield from _stopped(row.time_us, row.host, row.what.lower()[:60], row.event, memory)


_MESSAGES = {
    "shadows": _n("The shadow copies of {host} were deleted: {command}"),
    "backups": _n("Backups were deleted on {host}: {command}"),
    "catalog": _n("The catalogue of backups was deleted on {host}"),
    "recovery": _n("Recovery at start was switched off on {host}: {command}"),
    "journal": _n("The file system's journal was deleted on {host}: {command}"),
    "wipe": _n("Free space or a volume is being overwritten on {host}: {command}"),
    "disk": _n("A disk is being overwritten on {host}: {command}"),
    "machines": _n("Virtual machines were stopped or deleted on {host}: {command}"),
}
_LESS = {"journal": 1.2, "wipe": 1.2, "recovery": 1.8, "backups": 1.8, "disk": 1.6}


def _destroyed(
    time_us: int, host: str, user: str, way: str, technique: str, line: str, event: EventRef, memory: DestructionMemory
) -> Iterator[Sign]:
    done = touch(memory.done, host, Done, HOSTS)
    days = done.days.setdefault(way, [])
    habit = len([day for day in days if day != time_us // DAY_US]) >= HABIT_DAYS
    if time_us // DAY_US not in days:
        days.append(time_us // DAY_US)
        del days[:-8]
    done.last[way], done.refs[way] = time_us, packed(event)
    here = memory.lately.setdefault(way, {})
    for name in [name for name, at in here.items() if time_us - at > MACHINES_US or len(here) > HOSTS]:
        del here[name]
    here[host] = time_us
    together = [other for other, at in done.last.items() if abs(time_us - at) <= TOGETHER_US]
    sure = (len(together) >= 2 and not habit) or (len(here) >= MACHINES and not habit)
    if habit or (
        time_us - done.told.get(way, time_us - AGAIN_US) < AGAIN_US and (not sure or time_us - done.sure_us < AGAIN_US)
    ):
        return
    done.told[way] = time_us
    if sure:
        done.sure_us = time_us
    facts = {"host": host or "?", "command": line[:300], "ways": ", ".join(together), "machines": str(len(here))}
    refs = unpacked([done.refs[other] for other in together])
    entities = known(machine(host, "target"), person(user, "actor"))
    decades = SURE if sure else _LESS.get(way, ALONE)
    yield Sign(time_us, time_us, decades, _MESSAGES[way], facts, entities, refs, (technique,), 1, sure)


def _stopped(time_us: int, host: str, name: str, event: EventRef, memory: DestructionMemory) -> Iterator[Sign]:
    """Count different services and programs stopped within a minute; a machine that shuts down stops them all."""
    if abs(time_us - memory.machine_off.get(host, -DAY_US)) <= 5 * MINUTE_US:
        return
    burst = touch(memory.stops, host, Burst, HOSTS)
    _into(burst, time_us, name, "", event, STOP_US)
    names = dict.fromkeys(what for _, what, _ in burst.moments)
    guarded = [what for what in names if _GUARDED.search(what)]
    if time_us - burst.told_us < AGAIN_US or (len(names) < STOPS and (len(guarded) < GUARDED or len(names) < 5)):
        return
    sure = len(guarded) >= GUARDED_STOPS or (len(guarded) >= GUARDED and len(names) >= 2 * STOPS)
    burst.told_us = time_us
    facts = {"host": host or "?", "count": str(len(names)), "names": ", ".join(names)[:300]}
    yield Sign(
        burst.moments[0][0],
        time_us,
        SURE if sure else 2.0 if len(guarded) >= GUARDED else 1.2,
        _n("{count} services or programs were stopped on {host} within a minute: {names}"),
        facts,
        known(machine(host, "target")),
        unpacked(burst.refs),
        ("T1489",),
        len(names),
        sure,
    )


def _into(burst: Burst, time_us: int, what: str, folder: str, event: EventRef, width_us: int) -> None:
    burst.moments = [one for one in burst.moments if abs(time_us - one[0]) <= width_us][-_KEPT_FILES:]
    if not burst.moments:
        burst.refs = []
    burst.moments.append((time_us, what, folder))
    if len(burst.refs) < 20:
        burst.refs.append(packed(event))


def _file(row: Touched, memory: DestructionMemory) -> Iterator[Sign]:
    folder, _, name = row.path.lower().replace("/", "\\").rpartition("\\")
    stem, _, extension = name.rpartition(".")
    encrypted = (
        row.action == "create" and stem.rpartition(".")[2] in _DOCUMENTS and "." in stem and extension not in _DOCUMENTS
    )
    noted = row.action == "create" and _NOTE.search(name) and _NOTE_NAME.search(name)
    deleted = row.action == "delete" and extension in _DOCUMENTS
    if not (encrypted or noted or deleted):
        return
    kind = "encrypted" if encrypted else "noted" if noted else "deleted"
    what = extension if encrypted else name if noted else "deleted"
    burst = touch(memory.files, f"{row.host}\0{row.image}\0{kind}\0{what}", Burst, HOSTS)
    _into(burst, row.time_us, what, folder, row.event, MINUTE_US)
    folders = len({one[2] for one in burst.moments})
    files = len(burst.moments)
    if row.time_us - burst.told_us < AGAIN_US:
        return
    if encrypted and files >= FILES and folders >= FOLDERS:
        message = _n("{files} documents in {folders} folders of {host} got the extension .{what} within {span}")
        yield _mass(row, burst, message, what, SURE, True, "T1486")
    elif noted and folders >= NOTES:
        message = _n("The same file, {what}, appeared in {folders} folders of {host} within {span}")
        yield _mass(row, burst, message, what, 2.0, False, "T1486")
    elif deleted and files >= DELETED and folders >= DELETED_FOLDERS:
        message = _n("{files} documents in {folders} folders of {host} were deleted within {span}")
        yield _mass(row, burst, message, what, 1.5, False, "T1485")


def _mass(row: Touched, burst: Burst, message: str, what: str, decades: float, sure: bool, technique: str) -> Sign:
    burst.told_us = row.time_us
    first_us = min(burst.moments[0][0], row.time_us)
    facts = {
        "host": row.host or "?",
        "files": str(len(burst.moments)),
        "folders": str(len({one[2] for one in burst.moments})),
        "what": what[:80],
        "span": span(row.time_us - first_us),
        "program": row.image[:200],
    }
    entities = known(machine(row.host, "target"), person(row.user, "actor"))
    count = len(burst.moments)
    return Sign(
        first_us, row.time_us, decades, message, facts, entities, unpacked(burst.refs), (technique,), count, sure
    )
