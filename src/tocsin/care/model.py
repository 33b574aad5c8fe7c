"""The nouns of the care map: what is to be protected, what it stands on, and who may talk to whom.

Enters: nothing. Leaves: frozen values. Everything has a `site` (the hospital) and a `name`, unique in its kind and
site; `id` is `site/name`, and all references between nouns are ids. Durations are whole minutes, None when not given.
Source: IEC 80001-1:2021 (safety, effectiveness, security), IEC 62443-3-2 (zones and conduits), ANSSI's guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

LifeClass = Literal["A", "B", "C", "D"]
"""A: a life depends on it within minutes · B: within hours · C: care is slowed down · D: no effect on care."""
CLASSES: tuple[LifeClass, ...] = ("A", "B", "C", "D")
MOST_CRITICAL: LifeClass = "A"

Known = Literal["declared", "observed", "both"]
IsolationRule = Literal["yes", "no", "ask"]
IdentityKind = Literal["person", "service", "vendor", "break_glass"]
ZoneKind = Literal["care", "servers", "technical", "office", "admin", "dmz", "guest", "external"]
ServiceKind = Literal["care", "platform", "administrative"]

INTERNET = "internet"
ANY = "any"
WEEK_HOURS = 168


class Provenance(Struct, frozen=True):
    """Where an edge comes from: declared by people, observed by probes or both, by whom, and since when (ISO day)."""

    known: Known = "declared"
    by: str = "hand"
    since: str = ""
    last: str = ""


DECLARED = Provenance()


class Noun(Struct, frozen=True, kw_only=True):
    """What all nouns have: the hospital, a name, a label for people, and where the declaration comes from."""

    site: str
    name: str
    label: str = ""
    origin: Provenance = DECLARED

    @property
    def id(self) -> str:
        """`site/name`."""
        return f"{self.site}/{self.name}"

    @property
    def title(self) -> str:
        """The label, or the name where there is none."""
        return self.label or self.name


class Site(Noun, frozen=True, kw_only=True):
    """A hospital. `partners` are hospitals that patients can be sent to."""

    kind: str = ""
    finess: str = ""
    beds: int | None = None
    timezone: str = "Europe/Paris"
    partners: tuple[str, ...] = ()
    contact: str = ""


class Need(Struct, frozen=True):
    """An edge: a service or an application needs an application.

    `autonomy_min` is how long work goes on without it, by the procedure named in `fallback`.
    """

    application: str
    autonomy_min: int | None = None
    fallback: str = ""
    origin: Provenance = DECLARED


class Component(Struct, frozen=True):
    """An edge: at least `need` of these members (hosts or identities) must work."""

    name: str
    need: int
    members: tuple[str, ...]
    origin: Provenance = DECLARED


class Service(Noun, frozen=True, kw_only=True):
    """A care service: what a patient notices when it stops.

    `downtime_min` is the tolerated downtime (DMIA), `recovery_point_min` the tolerated loss of data (PRD),
    `autonomy_min` how long the degraded mode holds, `load` 168 shares (0-1) of the activity by hour, from Monday 00:00.
    `plan` is the continuity and recovery plan (PCRA), `tested` the ISO day of its last test.
    """

    life_class: LifeClass
    kind: ServiceKind = "care"
    downtime_min: int | None = None
    recovery_point_min: int | None = None
    autonomy_min: int | None = None
    procedure: str = ""
    diversion: str = ""
    contact: str = ""
    plan: str = ""
    tested: str = ""
    load: tuple[float, ...] = ()
    needs: tuple[Need, ...] = ()
    components: tuple[Component, ...] = ()

    def load_at(self, hour_of_week: int) -> float:
        """Give the share of the activity (0-1) in an hour of the week, 0 = Monday 00:00; 1 where none is given."""
        return self.load[hour_of_week % WEEK_HOURS] if self.load else 1.0


class Application(Noun, frozen=True, kw_only=True):
    """An application: works while all its components and all applications that it needs do."""

    vendor: str = ""
    recovery_time_min: int | None = None
    recovery_point_min: int | None = None
    needs: tuple[Need, ...] = ()
    components: tuple[Component, ...] = ()


class Device(Struct, frozen=True):
    """What makes a host a medical or technical device. `emdn` is its code in the European nomenclature (EUDAMED)."""

    maker: str = ""
    model: str = ""
    emdn: str = ""
    contact: str = ""
    ae_title: str = ""
    software: str = ""


class Host(Noun, frozen=True, kw_only=True):
    """A machine on the network. `zone` is an id, from the declaration or the longest prefix of its first address.

    `may_isolate` says whether it may be cut off automatically: `yes` unless declared, `ask` for devices.
    """

    addresses: tuple[str, ...] = ()
    zone: str = ""
    role: str = "other"
    system: str = ""
    aliases: tuple[str, ...] = ()
    mac: str = ""
    may_isolate: IsolationRule = "yes"
    device: Device | None = None


class Identity(Noun, frozen=True, kw_only=True):
    """An account that matters by name. `accounts` are its spellings in directories and clouds."""

    kind: IdentityKind
    accounts: tuple[str, ...] = ()
    vendor: str = ""
    owner: str = ""
    hosts: tuple[str, ...] = ()


class Zone(Noun, frozen=True, kw_only=True):
    """A part of the network with one level of protection; `addresses` are prefixes (CIDR)."""

    life_class: LifeClass
    kind: ZoneKind
    addresses: tuple[str, ...] = ()
    vlan: int | None = None
    within: str = ""


class Ports(Struct, frozen=True, order=True):
    """Ports of a protocol, both ends included; `tcp`, `udp`, `icmp` or `any`."""

    protocol: str = ANY
    first: int = 0
    last: int = 65_535

    def __str__(self) -> str:
        """Write it as maps do: `tcp/104`, `tcp/1024-65535`, `icmp`, `any`."""
        if (self.first, self.last) == (0, 65_535):
            return self.protocol
        ends = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol}/{ends}"

    def take(self, protocol: str, port: int) -> bool:
        """Say whether a port of a protocol is among these."""
        return self.protocol in {ANY, protocol} and self.first <= port <= self.last


class Conduit(Struct, frozen=True):
    """An edge: a flow between zones or hosts (ids, `internet` or `any`), with its purpose.

    `allow` False forbids it, whatever else allows it. `vital` flows carry care: clinical isolation keeps them.
    """

    site: str
    source: str
    target: str
    ports: tuple[Ports, ...]
    purpose: str = ""
    allow: bool = True
    vital: bool = False
    origin: Provenance = DECLARED


class Backup(Noun, frozen=True, kw_only=True):
    """A backup: what it protects (applications, hosts), where it is kept, how often, and when a restore was proved."""

    protects: tuple[str, ...] = ()
    kept_on: tuple[str, ...] = ()
    every_min: int | None = None
    immutable: bool = False
    offsite: bool = False
    proved: str = ""


class Window(Struct, frozen=True):
    """Hours of the week, 0 = Monday 00:00, in minutes; `end_min` is the first minute outside."""

    start_min: int
    end_min: int


class Vendor(Noun, frozen=True, kw_only=True):
    """A company that maintains from outside: when (local time), to what (`targets`), how (`ports`, `via`)."""

    contact: str = ""
    windows: tuple[Window, ...] = ()
    targets: tuple[str, ...] = ()
    ports: tuple[Ports, ...] = ()
    via: str = ""

    def open_at(self, minute_of_week: int) -> bool:
        """Say whether the company may work in a minute of the week (0 = Monday 00:00, local time)."""
        return any(window.start_min <= minute_of_week < window.end_min for window in self.windows)


class CareMap(Struct, frozen=True):
    """The whole map of one hospital or of a group; mappings go from id to noun, in the order of the files."""

    sites: Mapping[str, Site] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    conduits: tuple[Conduit, ...] = ()
    backups: Mapping[str, Backup] = field(default_factory=dict)
    vendors: Mapping[str, Vendor] = field(default_factory=dict)

    def short(self, identifier: str) -> str:
        """Give a reference as people read it: without its site where the map has only one."""
        return identifier.partition("/")[2] or identifier if len(self.sites) < 2 else identifier
