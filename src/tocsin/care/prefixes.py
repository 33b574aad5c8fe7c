"""Find the zone of an address: the longest prefix that holds it.

Enters: zones. Leaves: zone ids. A look-up costs one dictionary access for each length of prefix in use.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from tocsin.care.model import Zone
from tocsin.care.problems import WrongValue
from tocsin.i18n import N_

Network = IPv4Network | IPv6Network
_OCTETS = {str(number): number for number in range(256)}
WIDTH = {4: 32, 6: 128}
Key = tuple[str, int, int]
"""Site, length and network as a number."""


@lru_cache(maxsize=65_536)
def network(text: str) -> Network:
    """Give the network of a prefix."""
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        right = str(ip_network(text, strict=False))
    except ValueError:
        hint = N_("Write a network and its length: 10.20.1.0/24.")
        raise WrongValue(N_("“{value}” is no network prefix"), hint, value=text) from None
    message = N_("{value} is an address inside a network, not the network")
    raise WrongValue(message, N_("Did you mean “{near}”?"), value=text, near=right)


def parsed(address: str) -> tuple[int, int]:
    """Give the version and the number of an address, (0, 0) for what is none. Dotted quads go a short way."""
    parts = address.split(".")
    if len(parts) == 4 and all(part in _OCTETS for part in parts):
        return 4, _OCTETS[parts[0]] << 24 | _OCTETS[parts[1]] << 16 | _OCTETS[parts[2]] << 8 | _OCTETS[parts[3]]
    try:
        found = ip_address(address)
    except ValueError:
        return 0, 0
    return found.version, int(found)


_INSIDE = {
    4: ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
    6: ("fc00::/7", "fe80::/10", "::1/128"),
}
"""Networks that are never the Internet: RFC 1918, RFC 6598, RFC 4193, link-local, loopback."""
_RANGES = {version: [ip_network(one) for one in several] for version, several in _INSIDE.items()}


def outside(address: str) -> bool:
    """Say whether a text is an address of the Internet; those kept for documentation count as such."""
    version, number = parsed(address)
    ranges = _RANGES.get(version, [])
    return version != 0 and not any(int(one[0]) <= number <= int(one[-1]) for one in ranges)


def inside(address: str) -> bool:
    """Say whether a text is an address that is not of the Internet."""
    return parsed(address)[0] != 0 and not outside(address)


class Prefixes:
    """Zones by prefix, for each site."""

    def __init__(self) -> None:
        self._zones: dict[int, dict[Key, str]] = {4: {}, 6: {}}
        self._lengths: dict[int, list[int]] = {4: [], 6: []}

    @classmethod
    def of(cls, zones: Iterable[Zone]) -> Prefixes:
        """Gather the prefixes of zones."""
        made = cls()
        for zone in zones:
            for text in zone.addresses:
                net = network(text)
                key = zone.site, net.prefixlen, int(net.network_address) >> (net.max_prefixlen - net.prefixlen)
                made._zones[net.version].setdefault(key, zone.id)
        for version, found in made._zones.items():
            made._lengths[version] = sorted({length for _, length, _ in found}, reverse=True)
        return made

    def zone_at(self, site: str, address: str) -> str:
        """Give the zone's id, nothing where no prefix of the site holds the address or it is no address."""
        version, number = parsed(address)
        width, zones = WIDTH.get(version, 0), self._zones.get(version, {})
        for length in self._lengths.get(version, ()):
            zone = zones.get((site, length, number >> (width - length)))
            if zone is not None:
                return zone
        return ""
