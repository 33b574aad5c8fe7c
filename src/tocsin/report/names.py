"""Names of entities as people read them: hashes and long paths cut where that hides least, the telling ones first.

Enters: parties of an incident. Leaves: short names, not yet made safe to show, and the few that one look can hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from tocsin.model import EntityKind, Party
from tocsin.report.words import KIND_ORDER

FEW = 3
"""Entities of one kind that are shown at first sight; the others are counted."""

_HASH_DIGITS = 12
_HASH = re.compile(r"(?:[a-z0-9]{2,10}[=:])?([0-9a-f]{32,128})", re.IGNORECASE)
_ACCOUNT = re.compile(r"\d{12}|%?\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\\/:,]")


class Sight(NamedTuple):
    """The entities of one kind: the few that are shown, and how many there are besides."""

    kind: EntityKind
    shown: tuple[Party, ...]
    rest: int


def brief(name: str, limit: int = 48) -> str:
    """Shorten a name to `limit` characters: a hash to its first digits, others in the middle, for their end tells most.

    >>> brief("c:/users/m.lefevre/appdata/local/temp/archive/invoice.exe", 30)
    'c:/users/…/archive/invoice.exe'
    """
    found = _HASH.fullmatch(name)
    if found:
        return found[1][:_HASH_DIGITS] + "…"
    if len(name) <= limit:
        return name
    tail = name[-(2 * limit // 3) :]
    cut = _SEPARATORS.search(tail, 0, len(tail) // 2)
    tail = tail[cut.start() :] if cut else tail
    return name[: limit - len(tail) - 1] + "…" + tail


def full(party: Party) -> str:
    """Name a host in full (`srv-1.chu-exemple.fr`) where that was seen; other entities by their name."""
    if party.kind != "host":
        return party.name
    longer = [alias for alias in party.aliases if alias.startswith(party.name + ".")]
    return max(longer, key=len, default=party.name)


def in_order(parties: Iterable[Party]) -> list[Party]:
    """Sort by kind; within a kind what says little (hashes, numbers of cloud accounts) comes last."""
    return sorted(parties, key=lambda party: (KIND_ORDER.index(party.kind), says_little(party.name)))


def at_sight(parties: Iterable[Party], few: int = FEW) -> list[Sight]:
    """Give the first `few` entities of each kind that there is, in order."""
    ordered = in_order(parties)
    kinds = [(kind, [party for party in ordered if party.kind == kind]) for kind in KIND_ORDER]
    return [Sight(kind, tuple(found[:few]), max(0, len(found) - few)) for kind, found in kinds if found]


def abridged(parties: Iterable[Party]) -> bool:
    """Say whether `at_sight` with `brief` leaves anything out."""
    seen = at_sight(parties)
    return any(sight.rest or any(brief(party.name) != party.name for party in sight.shown) for sight in seen)


def says_little(name: str) -> bool:
    """Say whether a name is a hash or the number of a cloud account."""
    return bool(_HASH.fullmatch(name) or _ACCOUNT.fullmatch(name))
