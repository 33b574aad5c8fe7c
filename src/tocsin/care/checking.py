"""Check that a care map holds together: addresses, prefixes, circles, and what a prudent hospital would add.

Enters: a built map with its entries. Leaves: problems, and advice (which spoils nothing).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.care.building import Built
from tocsin.care.entries import Entry
from tocsin.care.model import CareMap, Service
from tocsin.care.prefixes import Prefixes, network
from tocsin.care.problems import Facts, Place, Problem
from tocsin.i18n import N_

URGENT = frozenset({"A", "B"})


def check(care: CareMap, built: Built) -> list[Problem]:
    """Give everything that does not hold together, and advice."""
    tests = (_sites, _names, _prefixes, _addresses, _homeless, _circles, _services, _plans, _backups, _accounts)
    return [problem for test in tests for problem in test(care, built)]


def _at(entry: Entry, key: str, message: str, facts: Facts, hint: str = "", advice: bool = False) -> Problem:
    return Problem(entry.place_of(key), message, facts, hint, advice)


def _sites(care: CareMap, built: Built) -> Iterator[Problem]:
    """Tell of a folder whose site has no name."""
    used = {site for sites in built.sites_of.values() for site in sites}
    for site in sorted(used - set(care.sites)):
        hint = N_("Write in one of its files: “site: {{name: {site}}}”.")
        yield Problem(Place(site), N_("the hospital of this folder is not declared"), {"site": site}, hint)


def _names(care: CareMap, built: Built) -> Iterator[Problem]:
    """Tell of a zone named like a host: a flow's end would be either."""
    for key in care.zones:
        if key in care.hosts:
            entry = built.entries["zones"][key]
            hint = N_("Give one of them another name.")
            yield _at(entry, "", N_("“{name}” is both a zone and a host"), {"name": entry.name}, hint)


class _Prefix(NamedTuple):
    """One prefix of a zone, in the order in which those that hold others come before them."""

    site: str
    version: int
    first: int
    size: int
    text: str
    zone: str


def _prefixes(care: CareMap, built: Built) -> Iterator[Problem]:
    """Tell of prefixes that overlap, unless one zone is declared within the other."""
    outer: list[_Prefix] = []
    for prefix in sorted(_all_prefixes(care)):
        while outer and not _holds(outer[-1], prefix):
            outer.pop()
        if outer and not _may_overlap(care, prefix, outer[-1]):
            yield _overlap(built, prefix, outer[-1])
        outer.append(prefix)


def _all_prefixes(care: CareMap) -> Iterator[_Prefix]:
    for zone in care.zones.values():
        for text in zone.addresses:
            net = network(text)
            yield _Prefix(zone.site, net.version, int(net.network_address), -net.num_addresses, text, zone.id)


def _holds(outer: _Prefix, inner: _Prefix) -> bool:
    same = outer.site == inner.site and outer.version == inner.version
    return same and inner.first < outer.first - outer.size


def _may_overlap(care: CareMap, inner: _Prefix, outer: _Prefix) -> bool:
    return inner.size != outer.size and care.zones[inner.zone].within == outer.zone


def _overlap(built: Built, inner: _Prefix, outer: _Prefix) -> Problem:
    entry = built.entries["zones"][inner.zone]
    name = outer.zone.partition("/")[2]
    facts = {"prefix": inner.text, "other": outer.text, "zone": name}
    hint = N_("Correct one of them, or write “within: {zone}” if it is meant.")
    return _at(entry, "addresses", N_("{prefix} overlaps {other} of zone “{zone}”"), facts, hint)


def _addresses(care: CareMap, built: Built) -> Iterator[Problem]:
    """Tell of addresses given to two hosts, and of those outside their host's zone."""
    prefixes = Prefixes.of(care.zones.values())
    owners: dict[tuple[str, str], str] = {}
    for key, host in care.hosts.items():
        for address in host.addresses:
            owner = owners.setdefault((host.site, address), key)
            if owner != key:
                facts = {"address": address, "name": owner.partition("/")[2]}
                yield _at(built.entries["hosts"][key], "address", N_("{address} belongs to “{name}” already"), facts)
        yield from _out_of_zone(care, built, key, prefixes)


def _out_of_zone(care: CareMap, built: Built, key: str, prefixes: Prefixes) -> Iterator[Problem]:
    host, entry = care.hosts[key], built.entries["hosts"][key]
    zone = care.zones.get(host.zone)
    if "zone" not in entry.values or zone is None or not zone.addresses or not host.addresses:
        return
    found = prefixes.zone_at(host.site, host.addresses[0])
    if found != host.zone:
        facts = {"address": host.addresses[0], "zone": zone.name, "found": care.short(found) or "-"}
        hint = N_("Correct the zone or the address; the prefixes say: {found}.")
        yield _at(entry, "address", N_("{address} is not in zone “{zone}”"), facts, hint)


def _homeless(care: CareMap, built: Built) -> Iterator[Problem]:
    """Tell of hosts of no zone: nothing can be said of what they may do. A series is told once.

    Where the address or the zone is wrong, that has been told already.
    """
    told: set[Place] = set()
    for key, host in care.hosts.items():
        entry = built.entries["hosts"][key]
        wrong = ("address" in entry.spots and not host.addresses) or "zone" in entry.spots
        if host.zone or wrong or entry.place in told:
            continue
        told.add(entry.place)
        hint = N_("Give it a zone, or add its prefix to one.")
        message = N_("“{name}” is in no zone: its address is in no prefix")
        yield _at(entry, "address", message, {"name": host.name}, hint)


def _circles(care: CareMap, built: Built) -> Iterator[Problem]:
    """Tell of applications that need each other in a circle."""
    done: set[str] = set()
    for start in care.applications:
        path: list[str] = []
        found = _circle(care, start, path, done)
        if found:
            done.update(found)
            names = " → ".join(care.short(key) for key in found)
            hint = N_("Leave out the weakest of these needs.")
            entry = built.entries["applications"][found[0]]
            yield _at(
                entry, "needs", N_("these applications need each other in a circle: {names}"), {"names": names}, hint
            )


def _circle(care: CareMap, start: str, path: list[str], done: set[str]) -> list[str]:
    """Give a circle that can be reached from an application, depth first and without recursion."""
    stack = [(start, 0)]
    while stack:
        key, number = stack.pop()
        del path[len(stack) :]
        if number == 0 and (key in path or key in done):
            if key in path:
                return [*path[path.index(key) :], key]
            continue
        path.append(key)
        needs = care.applications[key].needs
        if number < len(needs):
            stack += [(key, number + 1), (needs[number].application, 0)]
        else:
            done.add(key)
    return []


def _services(care: CareMap, built: Built) -> Iterator[Problem]:
    """Advise on services whose loss could not be judged or met."""
    for key, service in care.services.items():
        entry = built.entries["services"][key]
        if not {"needs", "components"} & set(entry.spots):
            yield _at(entry, "", N_("“{name}” needs nothing: no attack could touch it"), {"name": service.name},
                      N_("Name its applications under “needs” or its machines under “components”."), True)  # fmt: skip
        yield from _degraded_mode(service, entry)


def _degraded_mode(service: Service, entry: Entry) -> Iterator[Problem]:
    if service.life_class not in URGENT:
        return
    missing = [name for name in ("downtime", "autonomy", "procedure", "contact") if name not in entry.spots]
    if missing:
        facts = {"name": service.name, "class": service.life_class, "missing": ", ".join(missing)}
        message = N_("“{name}” is of class {class} and lacks: {missing}")
        hint = N_("Without them, containment asks a person each time.")
        yield _at(entry, "", message, facts, hint, True)


def _plans(care: CareMap, built: Built) -> Iterator[Problem]:
    """Advise on the continuity plans that the CaRE programme (domain 2) asks for: one a kind, one of them tested."""
    for site in care.sites.values():
        services = [service for service in care.services.values() if service.site == site.name]
        kinds = {service.kind for service in services if service.plan}
        missing = [kind for kind in ("care", "platform", "administrative") if kind not in kinds]
        if services and missing:
            message = N_("no continuity plan (PCRA) of a service of kind: {missing}")
            hint = N_("CaRE asks for one of each kind; name it under “plan”.")
            yield _at(built.sites[site.name], "", message, {"missing": ", ".join(missing)}, hint, True)
        if services and not any(service.tested for service in services):
            hint = N_("CaRE asks for one tested plan; write the day under “tested”.")
            yield _at(built.sites[site.name], "", N_("no continuity plan was ever tested"), {}, hint, True)


def _backups(care: CareMap, built: Built) -> Iterator[Problem]:
    """Advise on applications with data that no backup protects."""
    protected = {key for backup in care.backups.values() for key in backup.protects}
    for key, application in care.applications.items():
        hosts = {member for component in application.components for member in component.members}
        if application.recovery_point_min is not None and key not in protected and not hosts <= protected:
            entry = built.entries["applications"][key]
            message = N_("“{name}” has a recovery point and no backup")
            hint = N_("Name it under “protects” of a backup.")
            yield _at(entry, "recovery_point", message, {"name": application.name}, hint, True)


def _accounts(care: CareMap, built: Built) -> Iterator[Problem]:
    """Advise a hospital that declares accounts but none for the day when all else fails."""
    for site in care.sites.values():
        kinds = {identity.kind for identity in care.identities.values() if identity.site == site.name}
        if kinds and "break_glass" not in kinds:
            hint = N_("Declare it: a break_glass account is never disabled automatically.")
            yield _at(built.sites[site.name], "", N_("no break-glass account is declared"), {}, hint, True)
