"""Who may talk to whom: the conduits of a care map as answers.

Enters: an `Atlas`; sources and targets as addresses or host names; protocol and port. Leaves: rulings. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from tocsin.care.atlas import Atlas
from tocsin.care.model import ANY, INTERNET, Conduit, Host, Zone
from tocsin.care.prefixes import outside
from tocsin.model import names

Verdict = Literal["allowed", "undeclared", "forbidden"]


class Ruling(NamedTuple):
    """What the map says of a flow, and by which conduit."""

    verdict: Verdict
    conduit: Conduit | None = None


UNDECLARED = Ruling("undeclared")


class Flows:
    """The conduits of a map, found by their ends. A conduit that forbids goes before all that allow.

    What was only observed allows nothing.
    """

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._ends: dict[tuple[str, str], list[Conduit]] = {}
        self._touching: dict[str, list[Conduit]] = {}
        for conduit in atlas.map.conduits:
            if conduit.origin.known != "observed":
                self._ends.setdefault((conduit.source, conduit.target), []).append(conduit)
            for end in {conduit.source, conduit.target}:
                self._touching.setdefault(end, []).append(conduit)

    def ends(self, site: str, name: str) -> tuple[str, ...]:
        """Give what an address or a host name may stand for in a conduit, the narrowest first."""
        host, zone = self._atlas.host(site, name), self._atlas.zone(site, name)
        found = [*([host.id] if host else []), *self._zones_around(zone)]
        if not found and outside(names.address(name)):
            found.append(INTERNET)
        return (*found, ANY)

    def ruling(self, site: str, source: str, target: str, port: int, protocol: str = "tcp") -> Ruling:
        """Say whether a flow is declared; for ICMP any port will do. A zone says nothing of flows inside itself."""
        found = UNDECLARED
        for conduit in self._between(self.ends(site, source), self.ends(site, target)):
            if any(ports.take(protocol, port) for ports in conduit.ports):
                if not conduit.allow:
                    return Ruling("forbidden", conduit)
                found = found if found.conduit else Ruling("allowed", conduit)
        return found

    def allowed(self, site: str, source: str, target: str, port: int, protocol: str = "tcp") -> bool:
        """Say whether a flow is declared and not forbidden."""
        return self.ruling(site, source, target, port, protocol).verdict == "allowed"

    def between(self, source: str, target: str, protocol: str, port: int) -> tuple[Conduit, ...]:
        """Give every conduit, allowing or forbidding, of a flow between two ends given as ids, `internet` or `any`."""
        found = self._between(self._wider(source), self._wider(target))
        return tuple(one for one in found if any(ports.take(protocol, port) for ports in one.ports))

    def _wider(self, end: str) -> tuple[str, ...]:
        care = self._atlas.map
        if end in {INTERNET, ANY}:
            return (end,) if end == ANY else (end, ANY)
        zone = care.zones.get(care.hosts[end].zone if end in care.hosts else end)
        return tuple(dict.fromkeys((end, *self._zones_around(zone), ANY)))

    def _zones_around(self, zone: Zone | None) -> list[str]:
        """Give a zone and those that hold it, the narrowest first."""
        found: list[str] = []
        while zone is not None and zone.id not in found:
            found.append(zone.id)
            zone = self._atlas.map.zones.get(zone.within)
        return found

    def _between(self, sources: tuple[str, ...], targets: tuple[str, ...]) -> Iterator[Conduit]:
        for source in sources:
            for target in targets:
                yield from self._ends.get((source, target), ())

    def of(self, host: Host) -> tuple[Conduit, ...]:
        """Give the allowed conduits that a host is an end of, by its own name or by its zone's."""
        found = (conduit for end in (host.id, host.zone) if end for conduit in self._touching.get(end, ()))
        return tuple(dict.fromkeys(conduit for conduit in found if conduit.allow))

    def vital(self, host: Host) -> tuple[Conduit, ...]:
        """Give those that carry care: what clinical isolation of the host must keep."""
        return tuple(conduit for conduit in self.of(host) if conduit.vital)
