"""Which way a connection goes: out of the site, within it, or between addresses that are nobody's.

Enters: two addresses. Leaves: `out`, `inner`, `world`, or nothing for what detectors of contacts leave aside.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

from tocsin.model import names as spell

OUT, INNER, WORLD = "out", "inner", "world"
"""`world`: both addresses are public, as where a site numbers its machines publicly: one of them may be ours."""

_EXAMPLES = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))


@lru_cache(maxsize=1 << 16)
def outside(text: str) -> bool:
    """Say whether an address is a public one; those of examples (RFC 5737, RFC 3849) count as such."""
    name = spell.address(text)
    if not name or not spell.routable(name):
        return False
    if not spell.internal(name):
        return True
    parsed = ip_address(name)
    return any(parsed in network for network in _EXAMPLES if network.version == parsed.version)


@lru_cache(maxsize=1 << 16)
def side(src: str, dst: str) -> str:
    """Give which way a contact goes; nothing for multicast, broadcast, and for strangers who come in."""
    if not (spell.routable(src) and spell.routable(dst)) or src == dst:
        return ""
    if outside(dst):
        return WORLD if outside(src) else OUT
    broadcast = dst.endswith(".255")
    return "" if outside(src) or broadcast else INNER
