"""Answer questions about a care map at once: every look-up is a dictionary access.

Enters: a `CareMap`. Leaves: hosts, zones, classes, and what stands on what, both ways. Pure; build one `Atlas` a map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from tocsin.care.model import CLASSES, MOST_CRITICAL, Application, CareMap, Component, Host, LifeClass, Service, Zone
from tocsin.care.prefixes import Prefixes, inside
from tocsin.model import names

WEIGHT: Mapping[LifeClass, float] = {"A": 1.0, "B": 0.7, "C": 0.4, "D": 0.15}
"""What a class weighs in criticality and harm: our own scale, in the order of the classes."""
SPARED = 0.75
"""What is left of a host's weight when the service goes on without it: it can still be used against the others."""
NOWHERE = 0.3
"""Criticality of an inside address of which the map knows nothing, not even its zone."""


class Closure(NamedTuple):
    """What a service stands on: ids of applications and hosts or identities, without and with those shared by all."""

    applications: frozenset[str]
    members: frozenset[str]


class Atlas:
    """A care map with its indexes; sites are named as in events (`Event.site`)."""

    def __init__(self, care: CareMap) -> None:
        self.map = care
        self._prefixes = Prefixes.of(care.zones.values())

    @cached_property
    def _by_address(self) -> dict[tuple[str, str], Host]:
        return {(host.site, address): host for host in self._declared() for address in host.addresses}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Host]:
        found: dict[tuple[str, str], Host] = {}
        for host in self._declared():
            for name in (host.name, *host.aliases):
                found.setdefault((host.site, names.host(name) or name.lower()), host)
        return found

    def _declared(self) -> Iterator[Host]:
        return (host for host in self.map.hosts.values() if host.origin.known != "observed")

    def site(self, name: str) -> str:
        """Give the map's name of an event's site: the same, or that of the only hospital of the map."""
        return name if name in self.map.sites or len(self.map.sites) != 1 else next(iter(self.map.sites))

    def host(self, site: str, name: str) -> Host | None:
        """Give the host of a name (short or full) or of an address, None where the map knows none.

        A host that only probes told of is still unknown: what is seen is not yet declared.
        """
        site = self.site(site)
        address = names.address(name)
        if address:
            return self._by_address.get((site, address))
        return self._by_name.get((site, names.host(name) or name.lower()))

    def zone(self, site: str, name: str) -> Zone | None:
        """Give the zone of a host's name or of an address: the host's own, else that of the longest prefix."""
        host = self.host(site, name)
        if host is not None and host.zone:
            return self.map.zones.get(host.zone)
        address = names.address(name)
        return self.map.zones.get(self._prefixes.zone_at(self.site(site), address)) if address else None

    def unknown(self, site: str, name: str) -> bool:
        """Say whether a host in one of the map's zones is in the map by no name and no address."""
        return self.host(site, name) is None and self.zone(site, name) is not None

    def life_class(self, site: str, name: str) -> LifeClass | None:
        """Give the class of a host's name or of an address.

        The most critical of the services that it carries and of its zone; an unknown host in a care zone is of the
        most critical class; None where the map knows neither host nor zone.
        """
        host, zone = self.host(site, name), self.zone(site, name)
        if host is None:
            return (MOST_CRITICAL if zone.kind == "care" else zone.life_class) if zone else None
        classes = [self.map.services[key].life_class for key in self.services_of(host.id)]
        classes += [zone.life_class] if zone and zone.kind == "care" else []
        return min(classes, default=zone.life_class if zone else CLASSES[-1])

    def criticality(self, site: str, name: str) -> float:
        """Give how much a host or an address matters, 0-1: the weight of its class.

        A host that no service needs alone counts three quarters, unless it stands in a care zone of that class.
        """
        found = self.life_class(site, name)
        if found is None:
            return NOWHERE if inside(names.address(name)) else 0.0
        host, zone = self.host(site, name), self.zone(site, name)
        near_care = zone is not None and zone.kind == "care" and zone.life_class == found
        if host is None or near_care or self._needed_alone(host.id, found):
            return WEIGHT[found]
        return WEIGHT[found] * SPARED

    def _needed_alone(self, member: str, life_class: LifeClass) -> bool:
        """Say whether a service of a class stops when one member alone does."""
        services = (self.map.services[key] for key in self.services_of(member))
        return any(
            service.life_class == life_class and any(_alone(member, one) for one in self.components_of(service))
            for service in services
        )

    @cached_property
    def _closures(self) -> dict[str, Closure]:
        return {key: self._closure(service) for key, service in self.map.services.items()}

    def _closure(self, service: Service) -> Closure:
        applications = self.applications_for(service)
        owners: list[Service | Application] = [service, *(self.map.applications[key] for key in applications)]
        members = {member for owner in owners for component in owner.components for member in component.members}
        return Closure(frozenset(applications), frozenset(members))

    def applications_for(self, owner: Service | Application) -> list[str]:
        """Give the ids of all applications that a service or an application needs, near ones first."""
        found: dict[str, None] = {}
        waiting = [need.application for need in owner.needs]
        for key in waiting:
            if key not in found:
                found[key] = None
                waiting += [need.application for need in self.map.applications[key].needs]
        return list(found)

    def components_of(self, service: Service) -> list[Component]:
        """Give the components of a service and of all applications that it needs, each once."""
        applications = (self.map.applications[key] for key in self.applications_for(service))
        return [*service.components, *(component for one in applications for component in one.components)]

    def closure(self, service: str) -> Closure:
        """Give what a service stands on."""
        return self._closures[service]

    @cached_property
    def _services_of(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for key, closure in self._closures.items():
            for one in (*closure.applications, *closure.members):
                found.setdefault(one, []).append(key)
        return {one: tuple(sorted(keys, key=self._urgency)) for one, keys in found.items()}

    def _urgency(self, service: str) -> tuple[str, str]:
        return self.map.services[service].life_class, service

    def services_of(self, member: str) -> tuple[str, ...]:
        """Give the ids of the services that stand on a host, an identity or an application, most critical first."""
        return self._services_of.get(member, ())

    @cached_property
    def _applications_of(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for key, application in self.map.applications.items():
            for component in application.components:
                for member in component.members:
                    found.setdefault(member, {})[key] = None
        return {member: tuple(keys) for member, keys in found.items()}

    def applications_of(self, member: str) -> tuple[str, ...]:
        """Give the ids of the applications that a host or an identity is a part of."""
        return self._applications_of.get(member, ())

    @cached_property
    def _identities(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for identity in self.map.identities.values():
            for account in (identity.name, *identity.accounts):
                found.setdefault((identity.site, names.account(account) or account.lower()), identity.id)
        return found

    def identity(self, site: str, account: str) -> str:
        """Give the id of the identity that an account belongs to, nothing where the map knows none."""
        return self._identities.get((self.site(site), names.account(account) or account.lower()), "")

    def account_criticality(self, site: str, account: str) -> float:
        """Give how much an account matters, 0-1: break-glass most of all, else as the services that stand on it."""
        found = self.map.identities.get(self.identity(site, account))
        if found is None or found.kind == "break_glass":
            return 1.0 if found else 0.0
        used = [self.criticality(found.site, host.partition("/")[2]) for host in found.hosts]
        services = [WEIGHT[self.map.services[key].life_class] for key in self.services_of(found.id)]
        return max([*services, *used], default=0.0)

    def hosts_in(self, zone: str) -> tuple[str, ...]:
        """Give the ids of a zone's hosts, in the order of the map."""
        return self._hosts_in.get(zone, ())

    @cached_property
    def _hosts_in(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for host in self.map.hosts.values():
            found.setdefault(host.zone, []).append(host.id)
        return {zone: tuple(keys) for zone, keys in found.items()}


def _alone(member: str, component: Component) -> bool:
    return member in component.members and component.need == len(component.members)
