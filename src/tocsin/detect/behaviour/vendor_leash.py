"""A vendor's remote maintenance beyond what was agreed: at another hour, on another machine, not through the bastion.

Enters: log-ons, and from the care map which accounts are vendors' and what each may do. Leaves: a sign for each kind of
breach, once a day and account.

Sees: log-ons of accounts that the care map declares as a vendor's, over VPN, remote desktop, SSH, a bastion or at a
desk, outside of the agreed windows, on machines that are not the vendor's, or not by the agreed way.
Misses: vendors and accounts that nobody declared; what a vendor does within its hours on its own machines; use of
shares and other network log-ons (every log-on asks a domain controller); the end of a session; ports.
Benign when: an emergency that was agreed by telephone: write it into the map, or close the incident with that reason.
Source: RESPONSE.md section 5 (S3: a provider's account); ATT&CK T1199, T1133.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import DAY_US, in_order, known, machine, person
from tocsin.detect.behaviour.contract import Leashed, Sign, Surroundings
from tocsin.detect.behaviour.facts import Logon
from tocsin.detect.behaviour.leash import Breach, Session, breaches
from tocsin.model import Layer
from tocsin.model.voice import _n

ID = "M6"
NAME = "vendor_leash"
LAYER: Layer = "identity"
TECHNIQUES = ("T1199", "T1133")
NEEDS = ("Logon",)

DECADES: dict[Breach, float] = {"hours": 2.0, "overrun": 1.0, "target": 3.0, "port": 1.0, "way": 2.0}
"""What was declared is not chance: a breach is rare by agreement. Another machine is the gravest."""
PEOPLE = frozenset({"interactive", "remote", "ssh", "vpn"})
MAX_TOLD = 10_000


@dataclass
class LeashMemory:
    """What the detector remembers. `leashed` and `offsets` come from the care map."""

    leashed: dict[str, Leashed] = field(default_factory=dict)
    offsets: tuple[tuple[int, int], ...] = ()
    told: dict[str, int] = field(default_factory=dict)


def memory() -> LeashMemory:
    """Give an empty memory."""
    return LeashMemory()


def know(memory: LeashMemory, surroundings: Surroundings) -> None:
    """Take what is declared."""
    memory.leashed = dict(surroundings.leashed)
    memory.offsets = surroundings.offsets


def watch(kind: str, rows: Sequence[Logon], memory: LeashMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Hold each log-on of a vendor against what was agreed."""
    if not memory.leashed:
        return
    for row in in_order(rows):
        leashed = memory.leashed.get(row.account)
        if leashed is not None and row.success and row.kind in PEOPLE:
            yield from _held(row, leashed, memory)


def finish(memory: LeashMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _held(row: Logon, leashed: Leashed, memory: LeashMemory) -> Iterator[Sign]:
    leash = leashed.leash
    if row.kind == "vpn" or not row.dst or row.dst in leash.via:  # the way in, not the machine that is worked on
        leash = leash._replace(targets=(), via=())
    session = Session(row.time_us, row.time_us, frozenset({row.src, row.device} - {""}), frozenset({row.dst}))
    for breach in breaches(session, leash, _offset(row.time_us, memory.offsets)):
        key = f"{row.account}\0{breach}\0{row.dst if breach == 'target' else ''}"
        day = row.time_us // DAY_US
        if memory.told.get(key) == day:
            continue
        if len(memory.told) >= MAX_TOLD:
            memory.told.clear()
        memory.told[key] = day
        yield _sign(row, leashed, breach)


def _offset(time_us: int, offsets: tuple[tuple[int, int], ...]) -> int:
    at = bisect_right(offsets, (time_us, 1 << 31)) - 1
    return offsets[at][1] if at >= 0 else 0


def _sign(row: Logon, leashed: Leashed, breach: Breach) -> Sign:
    return Sign(
        row.time_us,
        row.time_us,
        DECADES[breach],
        _MESSAGES[breach],
        {"account": row.account, "vendor": leashed.vendor, "dst": row.dst or "?", "src": row.src or "?"},
        known(person(row.account, "actor"), machine(row.src, "source"), machine(row.dst, "destination")),
        (row.event,),
        TECHNIQUES,
    )


_MESSAGES: dict[Breach, str] = {
    "hours": _n("{account}, an account of the vendor {vendor}, came outside of the agreed hours"),
    "overrun": _n("{account}, an account of the vendor {vendor}, stayed beyond the agreed hours"),
    "target": _n("{account}, an account of the vendor {vendor}, logged on to {dst}, which is none of its machines"),
    "port": _n("{account}, an account of the vendor {vendor}, used a port that was not agreed, on {dst}"),
    "way": _n("{account}, an account of the vendor {vendor}, came to {dst} from {src}, not by the agreed way"),
}
