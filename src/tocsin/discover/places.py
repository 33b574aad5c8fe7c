"""What a care map says of an address that probes saw at a site: its host, its zone, what conduits call it.

Enters: an `Atlas` and the site of the probes. Leaves: hosts, zones, ends of conduits. In a group, an address that the
site itself does not know is looked for in the others; it counts where only one of them has it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tocsin.care.atlas import Atlas
from tocsin.care.model import ANY, INTERNET, Host, Zone
from tocsin.care.prefixes import outside

Found = tuple[Host | None, Zone | None]
_NOTHING: Found = (None, None)


class Places:
    """Where addresses are. Every answer is kept."""

    def __init__(self, atlas: Atlas, site: str) -> None:
        self.atlas = atlas
        self.site = atlas.site(site)
        self._found: dict[str, Found] = {}

    def host(self, address: str, names: Sequence[str] = ()) -> Host | None:
        """Give the map's host of an address, or that of one of its names where the map knows that one by name only."""
        host = self._at(address)[0]
        if host is not None:
            return host
        for name in names:
            known = self.atlas.host(self.site, name)
            if known is not None and not known.addresses:
                return known
        return None

    def zone(self, address: str, names: Sequence[str] = ()) -> Zone | None:
        """Give the zone of an address, or of the host that goes by one of its names."""
        zone = self._at(address)[1]
        host = self.host(address, names) if zone is None else None
        return self.atlas.map.zones.get(host.zone) if host else zone

    def end(self, address: str, names: Sequence[str] = ()) -> str:
        """Give what a conduit would call an address: the id of its host, else of its zone, `internet` or `any`."""
        if address == INTERNET:
            return INTERNET
        host = self.host(address, names)
        if host is not None:
            return host.id
        zone = self._at(address)[1]
        return zone.id if zone else INTERNET if outside(address) else ANY

    def abroad(self, address: str) -> bool:
        """Say whether an address is of the Internet and in no zone of the map."""
        return outside(address) and self._at(address) == _NOTHING

    def _at(self, address: str) -> Found:
        found = self._found.get(address)
        if found is None:
            if len(self._found) > 500_000:
                self._found.clear()
            found = self._found[address] = self._look(address)
        return found

    def _look(self, address: str) -> Found:
        own = self._in(self.site, address)
        if own != _NOTHING or len(self.atlas.map.sites) < 2:
            return own
        others = (self._in(site, address) for site in self.atlas.map.sites if site != self.site)
        return _only(one for one in others if one != _NOTHING)

    def _in(self, site: str, address: str) -> Found:
        return self.atlas.host(site, address), self.atlas.zone(site, address)


def _only(found: Iterable[Found]) -> Found:
    several = list(found)
    return several[0] if len(several) == 1 else _NOTHING
