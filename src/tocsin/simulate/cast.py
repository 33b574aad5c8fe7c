"""Who and what lives in a hospital: machines with their owners' habits, people with shifts, accounts.

Enters: a care map and a seed. Leaves: a `Place` for each hospital. The same map and seed give the same cast, person by
person: each is drawn from its own chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tocsin.care.atlas import Atlas
from tocsin.care.model import CareMap, Conduit, Host, Service, Vendor
from tocsin.care.roles import MEDICAL
from tocsin.simulate import people, words
from tocsin.simulate.acts import Account, Machine
from tocsin.simulate.dice import dice, number
from tocsin.simulate.people import Person

_NETWORK = frozenset({"switch", "firewall", "network", "access_point", "wifi_controller", "vpn"})
_DESKS = frozenset({"workstation", "trolley", "thin_client"})
_KIOSKS = frozenset({"kiosk", "building_control", "camera", "badge_reader", "phone", "ups", "printer"})


class Link(Struct, frozen=True, eq=False):
    """A client and a server that the map lets talk, and one port of it."""

    client: Machine
    server: Machine
    port: int
    proto: str
    purpose: str


class Copy(Struct, frozen=True, eq=False):
    """A backup job: what it copies, by which server, to where, how often."""

    name: str
    server: Machine
    targets: tuple[Machine, ...]
    store: Machine | None
    every_min: int


class Place(Struct, frozen=True, eq=False):
    """One hospital as the simulator sees it."""

    site: str
    seed: int
    rank: int
    zone_of_time: ZoneInfo
    suffix: str
    domain: str
    sid: str
    machines: Mapping[str, Machine]
    """By name."""
    by_role: Mapping[str, tuple[Machine, ...]]
    people: tuple[Person, ...]
    accounts: Mapping[str, Account]
    """Those that the map names, by name."""
    vendors: tuple[tuple[Vendor, Account, tuple[Machine, ...], Machine | None], ...]
    links: Mapping[str, tuple[Link, ...]]
    """Declared flows from machine to machine, by the client's name."""
    services: Mapping[str, Service]
    """By name."""
    desks_of: Mapping[str, tuple[Machine, ...]]
    """Workstations of each service."""
    outside_address: str
    tenant: str
    aws_account: str
    internet: tuple[Machine, ...]
    """Outside names, the most visited first, then those of `words.STEADY`."""
    steady: tuple[Machine, ...]
    hides: frozenset[str]
    """Zones whose way to the Internet is the proxy."""
    medical_zones: frozenset[str]
    zones: Mapping[str, tuple[str, str]]
    """Zone -> kind and first prefix."""
    backups: tuple[Copy, ...]
    beds: int

    def of(self, *roles: str) -> tuple[Machine, ...]:
        """Give the machines of some roles, in the order of the map."""
        return tuple(machine for role in roles for machine in self.by_role.get(role, ()))

    def first(self, *roles: str) -> Machine | None:
        """Give the first machine of the first role that there is."""
        return next(iter(self.of(*roles)), None)

    def controller(self, rank: int) -> Machine | None:
        """Give the domain controller that a machine or account of this rank prefers."""
        controllers = self.by_role.get("domain_controller", ())
        return controllers[rank % len(controllers)] if controllers else None


def outside(address: str, name: str = "") -> Machine:
    """Give a machine of the Internet."""
    return Machine(name=name or address, address=address, full_name=name, rank=number("outside", address, name) >> 32)


def places(care: CareMap, seed: int) -> list[Place]:
    """Give the hospitals of a map, in its order."""
    atlas = Atlas(care)
    return [_place(atlas, site, rank, seed) for rank, site in enumerate(care.sites)]


def _place(atlas: Atlas, site: str, rank: int, seed: int) -> Place:
    care = atlas.map
    suffix, domain = f"{site}.example", site.upper()[:15]
    hosts = [host for host in care.hosts.values() if host.site == site and host.addresses]
    machines = {
        host.name: _machine(atlas, host, place_rank, suffix, domain, seed) for place_rank, host in enumerate(hosts)
    }
    sid = "S-1-5-21-" + "-".join(str(number(seed, site, part) % 4_000_000_000) for part in "abc")
    services = {one.name: one for one in care.services.values() if one.site == site}
    desks = {name: _desks(atlas, one, machines) for name, one in services.items()}
    accounts = _accounts(atlas, site, suffix, domain, sid)
    return Place(
        site,
        seed,
        rank,
        ZoneInfo(care.sites[site].timezone),
        suffix,
        domain,
        sid,
        machines,
        _by_role(machines),
        people.staff(seed, site, domain, suffix, sid, desks, _offices(machines), _consoles(machines)),
        accounts,
        _vendors(atlas, site, accounts, machines, suffix),
        _links(atlas, site, machines),
        services,
        desks,
        f"192.0.2.{1 + rank % 200}",
        str(UUID(int=number(seed, site, "tenant") << 64 | number(seed, site, "tenant2"), version=4)),
        f"1111{number(seed, site, 'aws') % 100_000_000:08}",
        *_internet(seed),
        _through_proxy(atlas, site, machines),
        frozenset(one.zone for one in machines.values() if one.role in MEDICAL),
        {zone.name: (zone.kind, next(iter(zone.addresses), "")) for zone in care.zones.values() if zone.site == site},
        _backups(atlas, site, machines),
        care.sites[site].beds or len(machines),
    )


def _backups(atlas: Atlas, site: str, machines: Mapping[str, Machine]) -> tuple[Copy, ...]:
    care = atlas.map
    servers = [one for one in machines.values() if one.role == "backup"]
    found = []
    for backup in (one for one in care.backups.values() if one.site == site):
        kept = [machines[key.partition("/")[2]] for key in backup.kept_on if key.partition("/")[2] in machines]
        server = next((one for one in kept if one.role == "backup"), servers[0] if servers else None)
        members: dict[str, None] = {}
        for key in backup.protects:
            application = care.applications.get(key)
            parts = [one for part in application.components for one in part.members] if application else [key]
            members.update(dict.fromkeys(parts))
        targets = [machines[key.partition("/")[2]] for key in members if key.partition("/")[2] in machines]
        if server is not None and targets:
            store = next((one for one in kept if one is not server), None)
            found.append(Copy(backup.name, server, tuple(targets), store, backup.every_min or 1440))
    return tuple(found)


def _machine(atlas: Atlas, host: Host, rank: int, suffix: str, domain: str, seed: int) -> Machine:
    zone = atlas.map.zones.get(host.zone)
    system = _system(host)
    random = dice(seed, "machine", host.id)
    drift_s = random.gauss(0, 0.4) if random.random() > 0.02 else random.choice((-1, 1)) * random.uniform(30, 300)
    managed = host.device is None and host.role not in _KIOSKS
    windows = system == "windows" and managed
    office = zone is not None and zone.kind == "office"
    device = host.device
    return Machine(
        name=host.name,
        address=host.addresses[0],
        site=host.site,
        zone=zone.name if zone else "",
        zone_kind=zone.kind if zone else "office",
        role=host.role,
        os=system,
        server=host.role not in _DESKS and managed and system != "network",
        full_name=f"{host.name}.{suffix}",
        domain=domain,
        ae_title=(device.ae_title if device else "") or host.name.upper().replace("-", "_")[:16],
        software=_software(host),
        rank=rank,
        clock_us=int(drift_s * 1e6),
        audited=windows or (system == "linux" and host.device is None),
        agent=("defender" if office else "harfanglab") if windows or (system == "linux" and managed) else "",
    )


def _system(host: Host) -> str:
    text = host.system.lower()
    if text.startswith("windows"):
        return "windows"
    if any(word in text for word in ("debian", "red hat", "ubuntu", "suse", "linux", "alma", "rocky")):
        return "linux"
    return "network" if host.role in _NETWORK else "device"


def _software(host: Host) -> str:
    """Give the DICOM implementation class and version: of a device its maker's and model's, of a server its role's."""
    maker = host.device.maker if host.device else host.role
    model = host.device.model if host.device else "srv"
    root = f"1.2.826.0.1.3680043.9.{number('maker', maker) % 9000 + 1000}.{number('model', model) % 90 + 1}"
    return f"{root} {maker.upper()[:8]}_{number('version', model) % 9 + 1}{number('version', maker) % 9}0"


def _by_role(machines: Mapping[str, Machine]) -> dict[str, tuple[Machine, ...]]:
    found: dict[str, list[Machine]] = {}
    for machine in machines.values():
        found.setdefault(machine.role, []).append(machine)
    return {role: tuple(several) for role, several in found.items()}


def _desks(atlas: Atlas, service: Service, machines: Mapping[str, Machine]) -> tuple[Machine, ...]:
    members = [member for component in service.components for member in component.members]
    named = [machines[key.partition("/")[2]] for key in members if key.partition("/")[2] in machines]
    desks = tuple(machine for machine in named if machine.role in _DESKS)
    if desks or service.kind == "administrative":
        return desks
    near = {zone.name for zone in atlas.map.zones.values() if zone.site == service.site and zone.name == service.name}
    return tuple(machine for machine in machines.values() if machine.zone in near and machine.role in _DESKS)


def _offices(machines: Mapping[str, Machine]) -> tuple[Machine, ...]:
    return tuple(one for one in machines.values() if one.zone_kind == "office" and one.role in _DESKS)


def _consoles(machines: Mapping[str, Machine]) -> tuple[Machine, ...]:
    """Give the administrators' own workstations, else some of the offices'."""
    own = tuple(one for one in machines.values() if one.zone_kind == "admin" and one.role in _DESKS)
    return own or _offices(machines)[:3]


def _accounts(atlas: Atlas, site: str, suffix: str, domain: str, sid: str) -> dict[str, Account]:
    found: dict[str, Account] = {}
    kinds = {"person": "admin", "service": "service", "vendor": "vendor", "break_glass": "break_glass"}
    for rank, identity in enumerate(one for one in atlas.map.identities.values() if one.site == site):
        for name in identity.accounts or (identity.name,):
            short = name.partition("@")[0]
            mail = name if "@" in name else f"{name}@{suffix}" if identity.kind != "service" else ""
            found[short] = Account(
                name=short,
                site=site,
                kind=kinds[identity.kind],
                domain=domain,
                sid=f"{sid}-{1200 + rank * 4 + len(found) % 4}",
                mail=mail,
                label=identity.label or short,
                rank=9_000_000 + len(found),
            )
    return found


def _vendors(
    atlas: Atlas, site: str, accounts: Mapping[str, Account], machines: Mapping[str, Machine], suffix: str
) -> tuple[tuple[Vendor, Account, tuple[Machine, ...], Machine | None], ...]:
    """Give each company with its account, what it maintains and the bastion that it comes through."""
    by_vendor = {one.vendor: one for one in atlas.map.identities.values() if one.kind == "vendor" and one.site == site}
    found = []
    for rank, vendor in enumerate(one for one in atlas.map.vendors.values() if one.site == site):
        identity = by_vendor.get(vendor.id)
        name = (identity.accounts or (identity.name,))[0] if identity else f"presta-{vendor.name}"
        account = accounts.get(name) or Account(
            name=name, site=site, kind="vendor", mail=f"{name}@{suffix}", rank=9_500_000 + rank
        )
        targets = [machines[key.partition("/")[2]] for key in vendor.targets if key.partition("/")[2] in machines]
        found.append((vendor, account, tuple(targets), machines.get(vendor.via.partition("/")[2])))
    return tuple(found)


def _links(atlas: Atlas, site: str, machines: Mapping[str, Machine]) -> dict[str, tuple[Link, ...]]:
    """Give the flows that are declared from machine to machine (or from a zone's machines to a machine)."""
    inside: dict[str, list[Machine]] = {}
    for machine in machines.values():
        inside.setdefault(f"{site}/{machine.zone}", []).append(machine)
    found: dict[str, list[Link]] = {}
    for conduit in atlas.map.conduits:
        if conduit.allow and conduit.site == site:
            for link in _of(conduit, machines, inside):
                found.setdefault(link.client.name, []).append(link)
    return {name: tuple(several) for name, several in found.items()}


def _of(conduit: Conduit, machines: Mapping[str, Machine], inside: Mapping[str, list[Machine]]) -> list[Link]:
    server = machines.get(conduit.target.partition("/")[2])
    if server is None or not conduit.ports:
        return []
    port = conduit.ports[0]
    client = machines.get(conduit.source.partition("/")[2])
    clients = [client] if client else [one for one in inside.get(conduit.source, []) if _speaks_for_zone(one)]
    proto = port.protocol if port.protocol in {"tcp", "udp"} else "tcp"
    return [Link(one, server, port.first, proto, conduit.purpose) for one in clients if one is not server]


def _speaks_for_zone(machine: Machine) -> bool:
    """Say whether a flow of a whole zone is meant for a machine: in care and offices for desks, not for devices."""
    return machine.zone_kind not in {"care", "office"} or machine.role in _DESKS | _KIOSKS


def _through_proxy(atlas: Atlas, site: str, machines: Mapping[str, Machine]) -> frozenset[str]:
    proxies = {f"{site}/{one.name}" for one in machines.values() if one.role == "proxy"}
    return frozenset(
        conduit.source.partition("/")[2]
        for conduit in atlas.map.conduits
        if conduit.allow and conduit.target in proxies
    )


_RANGES = ("203.0.113", "198.51.100", "192.0.2")
"""Networks kept for documentation: the only Internet that the simulator knows. From .200 on they are left to plots."""


def _internet(seed: int) -> tuple[tuple[Machine, ...], tuple[Machine, ...]]:
    def one(name: str) -> Machine:
        drawn = number("internet", name)
        return outside(f"{_RANGES[drawn % 2]}.{1 + (drawn >> 8) % 199}", name)

    names = words.outside_names()
    random = dice(seed, "internet")
    random.shuffle(names)
    return tuple(map(one, names)), tuple(map(one, words.STEADY))
