"""Which way a connection goes: out of the site, within it, or between addresses that are nobody's.

Enters: two addresses. Leaves: `out`, `inner`, `world`, or nothing for what detectors of contacts leave aside. Also puts
the rows of a batch by their two ends: detectors of contacts then decide once a pair, not once a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network

from tocsin.detect.behaviour.facts import Flow
from tocsin.model import names as spell

OUT, INNER, WORLD = "out", "inner", "world"
"""`world`: both addresses are public, as where a site numbers its machines publicly: one of them may be ours."""

_EXAMPLES = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))


_OCTET = r"(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])"
_COMMON_FORM = re.compile(rf"([1-9]\d{{0,2}})\.{_OCTET}\.{_OCTET}\.{_OCTET}", re.ASCII)
_MIXED = frozenset({100, 127, 169, 172, 192, 198, 203})
"""First numbers of IPv4 networks of which a part is not public; 10 is private, those from 224 on no host's."""
_NOBODY, _INSIDE, _OUTSIDE = 0, 1, 2


@lru_cache(maxsize=1 << 16)
def _place(text: str) -> int:
    """Say whose an address is. Most are told by their first number: reading one in full costs twenty times as much."""
    form = _COMMON_FORM.fullmatch(text)
    first = int(form[1]) if form else 0
    if first == 10:
        return _INSIDE
    if 0 < first < 224 and first not in _MIXED:
        return _OUTSIDE
    name = spell.address(text)
    if not name or not spell.routable(name):
        return _NOBODY
    return _INSIDE if spell.internal(name) and not _example(name) else _OUTSIDE


def _example(name: str) -> bool:
    parsed = ip_address(name)
    return any(parsed in network for network in _EXAMPLES if network.version == parsed.version)


def outside(text: str) -> bool:
    """Say whether an address is a public one; those of examples (RFC 5737, RFC 3849) count as such."""
    return _place(text) == _OUTSIDE


def side(src: str, dst: str) -> str:
    """Give which way a contact goes; nothing for multicast, broadcast, and for strangers who come in."""
    here, there = _place(src), _place(dst)
    if not (here and there) or src == dst:
        return ""
    if there == _OUTSIDE:
        return WORLD if here == _OUTSIDE else OUT
    return "" if here == _OUTSIDE or dst.endswith(".255") else INNER


Ends = tuple[str, str]
"""Source and destination."""


def by_ends(rows: Iterable[Flow]) -> dict[Ends, list[Flow]]:
    """Give connections by source and destination, in order of time."""
    groups: dict[Ends, list[Flow]] = {}
    for row in rows:
        ends = (row[1], row[2])
        group = groups.get(ends)
        if group is None:
            groups[ends] = [row]
        else:
            group.append(row)
    for group in groups.values():
        if len(group) > 1:
            group.sort(key=_moment)
    return groups


def _moment(row: Flow) -> tuple[int, str]:
    return (row[0], row[10].id)
