"""What the care map adds to a scan: what detectors should know of the place, and what of care an incident touches.

Enters: a care map. Leaves: `Surroundings` for detectors, incidents with their stakes and an urgency that counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from tocsin.care import files, impact
from tocsin.care.atlas import Atlas
from tocsin.care.model import CareMap, Host, Vendor
from tocsin.detect.behaviour.contract import Leashed, Surroundings
from tocsin.detect.behaviour.leash import Leash
from tocsin.errors import ConfigError
from tocsin.model import Incident, Stake
from tocsin.model import names as spell
from tocsin.model.incident import most_urgent_first

MOST = 10
"""Urgency that the most critical machine of an incident adds."""

MAX_STAKES = 20
_YEARS = range(2010, 2061)


def load(name: str) -> Atlas:
    """Read a care map: a folder, or the name of one that ships.

    Raises:
        InputError: there is no such map.
        ConfigError: it has faults.
    """
    loaded = files.load(name)
    if loaded.faults:
        first = loaded.faults[0]
        count = len(loaded.faults)
        raise ConfigError(f"{name}: {count} faults in this care map", f"Run: tocsin care check {name} ({first.place})")
    return Atlas(loaded.map)


def surroundings(atlas: Atlas, site: str) -> Surroundings:
    """Give what detectors should know of a hospital."""
    own = atlas.site(site)
    hosts = [host for host in atlas.map.hosts.values() if host.site == own]
    return Surroundings(
        devices=tuple(address for host in hosts if host.device is not None for address in host.addresses),
        scanners=tuple(address for host in hosts if host.role == _SCANNER for address in host.addresses),
        leashed=dict(_leashed(atlas, own)),
        offsets=_offsets(atlas.map.sites[own].timezone) if own in atlas.map.sites else (),
    )


_SCANNER = "vulnerability_scanner"


def _leashed(atlas: Atlas, site: str) -> Iterator[tuple[str, Leashed]]:
    for identity in atlas.map.identities.values():
        vendor = atlas.map.vendors.get(identity.vendor)
        if identity.kind == "vendor" and identity.site == site and vendor is not None:
            leashed = Leashed(vendor.title, _leash(atlas, vendor))
            for name in identity.accounts or (identity.name,):
                yield spell.account(name), leashed


def _leash(atlas: Atlas, vendor: Vendor) -> Leash:
    targets = {name for key in vendor.targets for host in _hosts(atlas, key) for name in _names(host)}
    return Leash(
        windows=tuple((one.start_min, one.end_min) for one in vendor.windows),
        targets=tuple(sorted(targets)),
        ports=tuple((one.first, one.last) for one in vendor.ports),
        via=tuple(name for host in _hosts(atlas, vendor.via) for name in _names(host)),
    )


def _hosts(atlas: Atlas, key: str) -> list[Host]:
    """Give the hosts behind an id: a host, all of a zone, the machines of an application."""
    care = atlas.map
    if key in care.hosts:
        return [care.hosts[key]]
    if key in care.zones:
        return [care.hosts[one] for one in atlas.hosts_in(key)]
    if key in care.applications:
        members = [member for part in care.applications[key].components for member in part.members]
        return [care.hosts[one] for one in members if one in care.hosts]
    return []


def _names(host: Host) -> Iterator[str]:
    yield spell.host(host.name)
    yield from map(spell.host, host.aliases)
    yield from map(spell.address, host.addresses)


def _offsets(timezone: str) -> tuple[tuple[int, int], ...]:
    """Give from each half hour at which clocks may change on how far local time is ahead, for fifty years."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ()
    found: list[tuple[int, int]] = []
    for year in _YEARS:
        for month in range(1, 13):
            for day in range(1, 29 if month == 2 else 31):
                moment = datetime(year, month, day, 1, tzinfo=UTC)
                ahead = moment.astimezone(zone).utcoffset()
                minutes = int(ahead.total_seconds() // 60) if ahead is not None else 0
                if not found or found[-1][1] != minutes:
                    found.append((int(moment.timestamp()) * 1_000_000, minutes))
    return tuple(found)


def weighed(incidents: Iterable[Incident], atlas: Atlas) -> list[Incident]:
    """Give incidents with their stakes, the most urgent first."""
    return most_urgent_first(_weighed(one, atlas) for one in incidents)


def _weighed(incident: Incident, atlas: Atlas) -> Incident:
    site = incident.site
    keys, criticality = [], 0.0
    for party in incident.entities:
        if party.kind in {"host", "address"}:
            names = (party.name, *party.aliases)
            host = next((found for name in names if (found := atlas.host(site, name))), None)
            if host is not None:
                keys.append(host.id)
            criticality = max(criticality, *(atlas.criticality(site, name) for name in names))
        elif party.kind == "identity":
            key = atlas.identity(site, party.name)
            keys += [key] if key else []
            criticality = max(criticality, atlas.account_criticality(site, party.name))
    care = atlas.map
    stakes = tuple(_stake(care, effect) for effect in impact.effects(atlas, keys)[:MAX_STAKES])
    urgency = min(100, incident.urgency + round(MOST * criticality)) if stakes else incident.urgency
    return replace(incident, stakes=stakes, urgency=urgency)


def _stake(care: CareMap, effect: impact.Effect) -> Stake:
    service = care.services[effect.service]
    because = tuple(care.short(key) for key in effect.because[1:])
    return Stake(service.title, service.life_class, effect.state, effect.holds_min, because, effect.fallback)
