"""Data sent out: a machine that sends much to where it, and others here, hardly ever sent anything.

Enters: connections with their bytes; names of sites that machines asked for. Leaves: a sign for a machine, a
destination's network and a day.

Sees: 50 MB and more in a day (10 MB to what nobody here sends to), at once or in many small parts, of which less than
a third comes back, by amount against all amounts sent here and the machine's own largest days, and by how new the
destination's network is; sites made for handing over files, by name.
Misses: connections of less than 10 KB each (a beacon's rhythm tells those); what goes where the machine, or many
others, send data as a habit, or on the first day known of a site and again on the next; what is sent in answers to a
connection from outside; amounts that arrive before some dozen uploads of others were seen; copies within the site.
Benign when: the first run of a new backup or synchronisation; a large file for a new partner; scans of a patient sent
to another hospital for the first time; a machine that starts to publish.
Source: BEHAVIOUR.md N5; ATT&CK T1041, T1048, T1567.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10

from tocsin.detect.behaviour.actors import DAY_US, known, machine, span, unpacked
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.domains import parts
from tocsin.detect.behaviour.facts import Flow, Web
from tocsin.detect.behaviour.sides import OUT, WORLD, side
from tocsin.detect.behaviour.uploads import (
    RATIO,
    Upload,
    UploadMemory,
    add,
    close,
    comes_in,
    early,
    largeness,
    named,
    newness,
    over,
    place,
    senders,
    start,
)
from tocsin.model import Entity, Layer
from tocsin.model.voice import _n

ID = "N5"
NAME = "exfiltration"
LAYER: Layer = "network"
TECHNIQUES = ("T1041", "T1048", "T1567")
NEEDS = ("Flow", "Web")

FIRST_BYTES, MORE_BYTES = 10_000, 2_000
"""A connection with so much opens a tally, or is added to one: others are questions, not data."""
FLOOR, LEAST = 50_000_000, 10_000_000
STRONG = 1.5
"""Decades of newness from which less than the floor is told."""
HIGH_RATIO = 10
BASE = -1.0
"""Two rare things together are commoner than their product: who does one new thing does more."""
EACH_LEAST = 0.3
SHARE_DECADES = 0.5
TOLD_LEAST, TOLD_MORE, MOST_DECADES, EARLY_DECADES = 1.0, 1.0, 3.5, 1.5
"""On the first day that is known of a site a backup of habit looks like a theft."""

SHARES = frozenset(
    (
        "mega.nz mega.io mega.co.nz transfer.sh file.io wetransfer.com anonfiles.com gofile.io sendspace.com"
        " mediafire.com 4shared.com uploadfiles.io pixeldrain.com catbox.moe bashupload.com filebin.net oshi.at"
        " temp.sh put.io pcloud.com dropmefiles.com ufile.io swisstransfer.com grosfichiers.com rapidshare.com"
        " dropbox.com dropboxusercontent.com box.com backblazeb2.com wasabisys.com telegram.org discord.com"
        " discordapp.com pastebin.com qaz.im zippyshare.com terabox.com icedrive.net degoo.com"
    ).split()
)
"""Where anybody can leave files without being known, or with an account of one's own."""


def memory() -> UploadMemory:
    """Give an empty memory."""
    return UploadMemory()


def watch(kind: str, rows: Sequence[Flow | Web], memory: UploadMemory) -> Iterator[Sign]:
    """Sum up; a day is told when it ends, or in `finish`."""
    if kind == "Web":
        _names(rows, memory)
        return
    for row in rows:
        if row[6] >= MORE_BYTES and isinstance(row, Flow):  # 6 is `sent`
            yield from _sent(row, memory)


def _names(rows: Sequence[Flow | Web], memory: UploadMemory) -> None:
    """Remember names: most rows of a batch repeat a machine, an address and a name."""
    met = {(row.src, row.dst, row.host): row for row in rows if isinstance(row, Web)}
    for ends in sorted(met):
        named(met[ends], memory)


def _sent(row: Flow, memory: UploadMemory) -> Iterator[Sign]:
    if row.time_us // DAY_US > memory.day:
        for ends in over(row.time_us, memory):
            yield from _tell(ends, memory.pairs[ends], memory)
            close(ends, memory)
    ends = (row.src, place(row.dst))
    upload = memory.pairs.get(ends)
    if upload is not None and row.time_us - upload.begin_us >= DAY_US:
        if not early(upload, memory):  # else it goes on after the first day: rather a habit than a theft
            yield from _tell(ends, upload, memory)
        close(ends, memory)
        upload = start(row, upload.way, memory)
    if upload is None:
        way = side(row.src, row.dst) if row.sent >= FIRST_BYTES else ""
        if way not in {OUT, WORLD}:
            return
        upload = start(row, way, memory)
    add(row, upload, memory)


def finish(memory: UploadMemory) -> Iterator[Sign]:
    """Tell the days that are not over yet."""
    for ends, upload in sorted(memory.pairs.items()):
        if upload.changed:
            upload.changed = False
            yield from _tell(ends, upload, memory)


def _tell(ends: tuple[str, str], upload: Upload, memory: UploadMemory) -> Iterator[Sign]:
    if upload.sent < LEAST or upload.sent < RATIO * upload.got:
        return
    if upload.way == WORLD and comes_in(ends, memory):
        return
    new, large = newness(ends, upload, memory), largeness(ends[0], upload, memory)
    if min(new, large) < EACH_LEAST or (upload.sent < FLOOR and new < STRONG):
        return
    most = EARLY_DECADES if early(upload, memory) else MOST_DECADES
    decades = min(most, BASE + new + large + _extra(upload, memory))
    if decades >= TOLD_LEAST and decades >= upload.told + (TOLD_MORE if upload.told else 0.0):
        upload.told = decades
        yield _sign(ends, upload, decades, memory)


def _extra(upload: Upload, memory: UploadMemory) -> float:
    size = max(-1.0, min(1.0, log10(upload.sent / FLOOR))) / 2
    ratio = 0.3 if upload.sent >= HIGH_RATIO * upload.got else 0.0
    return size + ratio + (SHARE_DECADES if _shares(upload.dst, memory) else 0.0)


def _shares(dst: str, memory: UploadMemory) -> bool:
    return parts(memory.names.get(dst, "")).domain in SHARES


def _sign(ends: tuple[str, str], upload: Upload, decades: float, memory: UploadMemory) -> Sign:
    src, dst = ends[0], upload.dst
    name = memory.names.get(dst, "")
    facts = {
        "src": src,
        "dst": dst,
        "sent": _size(upload.sent),
        "got": _size(upload.got),
        "span": span(upload.last_us - upload.first_us),
        "hosts": str(senders(ends[1], memory)),
        "port": str(upload.port),
    }
    message = _n(
        "{src} sent {sent} to {dst} in {span} and got {got} back; it never sent much there, {hosts} host(s) here do"
    )
    if name:
        facts["name"] = name
        message = _n(
            "{src} sent {sent} to {name} ({dst}) in {span} and got {got} back; it never sent much there,"
            " {hosts} host(s) here do"
        )
    domain = Entity("domain", name, "destination") if name else None
    return Sign(
        upload.first_us,
        upload.last_us,
        decades,
        message,
        facts,
        known(machine(src, "source"), machine(dst, "destination"), domain),
        unpacked(upload.refs),
        ("T1567",) if _shares(dst, memory) else TECHNIQUES[:2],
        upload.flows,
    )


def _size(size: int) -> str:
    """Write an amount: `120 MB`, `1.5 GB`."""
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= one:
            return f"{size / one:.1f} {unit}" if size < 10 * one else f"{size // one} {unit}"
    return f"{size} B"
