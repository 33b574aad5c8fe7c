"""What one machine asks of one domain within a day, counted.

Enters: DNS questions that may carry something. Leaves: counts that tell tunnels from look-ups.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.detect.behaviour.actors import Ref, packed
from tocsin.detect.behaviour.facts import Query
from tocsin.model import names as spell

ADDRESSES = 16
"""Answers of a zone that are compared with contacts."""
FIRST_REFS, LAST_REFS = 5, 5

ODD = frozenset({"TXT", "CNAME", "MX", "NULL", "KEY", "SRV", "NAPTR", "PRIVATE", "HINFO", "query-10", "query-65399"})
"""Types of question that hold more than an address; NULL (10) and private ones are asked by nobody else."""
NOBODYS = frozenset({"NULL", "PRIVATE", "KEY", "query-10", "query-65399"})


@dataclass(slots=True)
class Zone:
    """What one machine asked of one domain within a day."""

    first_us: int
    last_us: int
    key: int
    asked: int = 0
    chars: int = 0
    odd: int = 0
    nobodys: int = 0
    missing: int = 0
    listed: int = 0
    address_questions: int = 0
    last_name: str = ""
    told: float = 0.0
    changed: bool = True
    addresses: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    firsts: list[Ref] = field(default_factory=list)
    lasts: list[Ref] = field(default_factory=list)


def count(row: Query, chars: int, held: Zone) -> None:
    """Count a question and what it may carry."""
    held.asked += 1
    held.chars += chars
    held.changed = True
    held.odd += row.qtype in ODD
    held.nobodys += row.qtype in NOBODYS
    held.missing += row.rcode == "NXDOMAIN"
    held.address_questions += row.qtype in {"A", "AAAA"}
    if row.qtype not in held.types and len(held.types) < 8:
        held.types.append(row.qtype)
    addresses = [answer for answer in row.answers if spell.address(answer)]
    held.listed += any(address.startswith("127.") for address in addresses)
    for address in addresses[: ADDRESSES - len(held.addresses)]:
        if address not in held.addresses:
            held.addresses.append(address)
    _refer(held, packed(row.event))


def _refer(held: Zone, ref: Ref) -> None:
    if len(held.firsts) < FIRST_REFS:
        held.firsts.append(ref)
        return
    held.lasts.append(ref)
    if len(held.lasts) > LAST_REFS:
        del held.lasts[0]
