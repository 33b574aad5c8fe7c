"""The form of a care map's files: sections, keys, what each key holds and why.

Enters: nothing. Leaves: `SECTIONS`, from which files are read, checked, written and described (JSON schema).
A value's kind is a word of `KINDS`; a key that names other things says in which sections they are (`names`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tocsin.i18n import N_

Kind = Literal[
    "text", "count", "flag", "duration", "choice", "day", "prefix", "addresses", "ports", "windows", "isolation",
    "load", "name", "needs", "components",
]  # fmt: skip
KINDS: Mapping[Kind, str] = {
    "text": "free text",
    "count": "a whole number",
    "flag": "yes or no",
    "duration": "a number and its unit: 45 min, 4 h, 1 h 30 min, 2 d",
    "choice": "one of a list of words",
    "day": "a day: 2026-11-24",
    "prefix": "a network and its length: 10.20.1.0/24",
    "addresses": "an address, or a series: 10.20.1.11..50",
    "ports": "tcp/104, udp/161-162, icmp or any",
    "windows": "days and hours, local time: mon-fri 08:00-18:00",
    "isolation": "yes, no or ask",
    "load": "24 shares (0-1) of the activity from midnight, or {weekday: [24], saturday: [24], sunday: [24]}",
    "name": "the name of another thing of the map, or a series: pc-01..12",
    "needs": "a list of applications, or each with the time that work goes on without it and by which procedure",
    "components": "each with its members, of which `need` (else all) must work",
}

ROLES = (
    "access_point", "analyser", "application", "backup", "badge_reader", "bastion", "building_control", "camera",
    "cash_desk", "database", "dhcp", "dicom_router", "directory_sync", "dns", "domain_controller", "edr",
    "file_server", "firewall", "gateway", "hl7_engine", "hypervisor", "infusion_server", "kiosk", "log_server", "mail",
    "management", "medical_device", "medication_cabinet", "modality", "monitor", "monitoring_station", "nas",
    "network", "ntp", "other", "pacs", "phone", "phone_server", "printer", "print_server", "proxy", "ris",
    "smart_tv", "storage", "switch", "tablet", "thin_client", "trolley", "ups", "ventilator", "vpn",
    "vulnerability_scanner", "web", "wifi_controller", "workstation", "worklist",
)  # fmt: skip
LIFE = ("A", "B", "C", "D")
IDENTITY_KINDS = ("person", "service", "vendor", "break_glass")
ENDS = ("hosts", "zones")


class Key(NamedTuple):
    """One key: its kind, why it is there, whether it must be given, holds several values, or names other things."""

    kind: Kind
    why: str
    must: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Section(NamedTuple):
    """One section: the things it holds, each under its name."""

    why: str
    keys: Mapping[str, Key]


NEED_KEYS: Mapping[str, Key] = {
    "autonomy": Key("duration", N_("how long work goes on without it")),
    "fallback": Key("text", N_("the procedure followed meanwhile")),
}
COMPONENT_KEYS: Mapping[str, Key] = {
    "need": Key("count", N_("how many members must work; all where it is not given")),
    "members": Key("name", N_("hosts and identities"), must=True, many=True, names=("hosts", "identities")),
}
ORIGIN_KEYS: Mapping[str, Key] = {
    "known": Key(
        "choice", N_("declared by people, observed by probes, or both"), choices=("declared", "observed", "both")
    ),
    "by": Key("text", N_("who says so: hand, csv, mercator, netbox, probes")),
    "since": Key("day", N_("known since")),
    "last": Key("day", N_("last observed")),
}
_LABEL = Key("text", N_("the name that people use"))
_PARTS: Mapping[str, Key] = {
    "needs": Key("needs", N_("applications that it needs"), names=("applications",)),
    "components": Key("components", N_("machines and accounts that it needs")),
}
_HOST: Mapping[str, Key] = {
    "label": _LABEL,
    "address": Key("addresses", N_("its addresses"), many=True),
    "zone": Key("name", N_("its zone; else the one that holds its first address"), names=("zones",)),
    "role": Key("choice", N_("what it does"), choices=ROLES),
    "system": Key("text", N_("its operating system")),
    "aliases": Key("text", N_("other names in logs"), many=True),
    "mac": Key("text", N_("its hardware address")),
    "may_isolate": Key("isolation", N_("whether it may be cut off the network automatically")),
}

SITE_KEYS: Mapping[str, Key] = {
    "name": Key("text", N_("short name of the hospital, as in tocsin.toml"), must=True),
    "label": _LABEL,
    "kind": Key("choice", N_("kind of hospital"), choices=("ch", "chu", "clinic", "espic", "ehpad", "ght", "other")),
    "finess": Key("text", N_("FINESS number of the establishment")),
    "beds": Key("count", N_("beds and places")),
    "timezone": Key("text", N_("time zone of its working hours")),
    "partners": Key("text", N_("hospitals that patients can be sent to"), many=True),
    "contact": Key("text", N_("who is called at any hour")),
}

SECTIONS: Mapping[str, Section] = {
    "zones": Section(
        "parts of the network with one level of protection",
        {
            "label": _LABEL,
            "class": Key("choice", N_("class of the most critical thing inside"), must=True, choices=LIFE),
            "kind": Key(
                "choice",
                N_("an unknown host in a care zone counts as class A"),
                must=True,
                choices=("care", "servers", "technical", "office", "admin", "dmz", "guest", "external"),
            ),
            "addresses": Key("prefix", N_("its prefixes"), many=True),
            "vlan": Key("count", N_("its VLAN number")),
            "within": Key("name", N_("the zone whose prefix holds this one's"), names=("zones",)),
        },
    ),
    "services": Section(
        "care services: what a patient notices when it stops",
        {
            "label": _LABEL,
            "class": Key("choice", N_("A a life within minutes, B hours, C care slowed, D none"), True, choices=LIFE),
            "kind": Key("choice", N_("kind of service"), choices=("care", "platform", "administrative")),
            "downtime": Key("duration", N_("tolerated downtime (DMIA)")),
            "recovery_point": Key("duration", N_("tolerated loss of data (PRD)")),
            "autonomy": Key("duration", N_("how long the degraded mode holds")),
            "procedure": Key("text", N_("card of the degraded mode")),
            "diversion": Key("text", N_("the hospital that takes its patients")),
            "contact": Key("text", N_("who is asked before it is touched")),
            "plan": Key("text", N_("continuity and recovery plan (PCRA)")),
            "tested": Key("day", N_("last test of that plan")),
            "load": Key("load", N_("activity by hour")),
            **_PARTS,
        },
    ),
    "applications": Section(
        "applications: they work while their components and needs do",
        {
            "label": _LABEL,
            "vendor": Key("name", N_("who maintains it"), names=("vendors",)),
            "recovery_time": Key("duration", N_("time to bring it back (RTO)")),
            "recovery_point": Key("duration", N_("tolerated loss of data (RPO)")),
            **_PARTS,
        },
    ),
    "hosts": Section("machines on the network", _HOST),
    "devices": Section(
        "medical and technical devices: hosts with a maker",
        {
            **_HOST,
            "maker": Key("text", N_("its maker")),
            "model": Key("text", N_("its model")),
            "emdn": Key("text", N_("its code in the European nomenclature of devices (EMDN)")),
            "contact": Key("text", N_("who is asked in the biomedical team")),
            "ae_title": Key("text", N_("its DICOM application entity title")),
            "software": Key("text", N_("its software and version")),
        },
    ),
    "identities": Section(
        "accounts that matter by name",
        {
            "label": _LABEL,
            "kind": Key("choice", N_("break_glass is never disabled automatically"), True, choices=IDENTITY_KINDS),
            "accounts": Key("text", N_("its spellings in directories and clouds"), many=True),
            "vendor": Key("name", N_("the company that uses it"), names=("vendors",)),
            "owner": Key("text", N_("who answers for it")),
            "hosts": Key("name", N_("where it is used"), many=True, names=("hosts",)),
        },
    ),
    "backups": Section(
        "backups, and what proves them",
        {
            "label": _LABEL,
            "protects": Key("name", N_("applications and hosts"), True, True, names=("applications", "hosts")),
            "kept_on": Key("name", N_("hosts that keep it"), many=True, names=("hosts",)),
            "every": Key("duration", N_("how often")),
            "immutable": Key("flag", N_("cannot be changed by an administrator")),
            "offsite": Key("flag", N_("kept elsewhere too")),
            "proved": Key("day", N_("last restore that worked")),
        },
    ),
    "vendors": Section(
        "companies that maintain from outside, and their leash",
        {
            "label": _LABEL,
            "contact": Key("text", N_("their duty desk")),
            "windows": Key("windows", N_("when they may work, local time"), many=True),
            "targets": Key("name", N_("what they may reach"), many=True, names=ENDS),
            "ports": Key("ports", N_("by which ports"), many=True),
            "via": Key("name", N_("the bastion that they come through"), names=("hosts",)),
        },
    ),
}  # fmt: skip

FLOW_KEYS: Mapping[str, Key] = {
    "from": Key("name", N_("host, zone, internet or any"), must=True, many=True, names=ENDS),
    "to": Key("name", N_("host, zone, internet or any"), must=True, many=True, names=ENDS),
    "ports": Key("ports", N_("ports of the target; any where it is not given"), many=True),
    "purpose": Key("text", N_("why it is needed")),
    "allow": Key("flag", N_("no forbids it, whatever else allows it")),
    "vital": Key("flag", N_("carries care: kept when a host is isolated clinically")),
}
TOP_KEYS = ("site", "origin", *SECTIONS, "flows")
