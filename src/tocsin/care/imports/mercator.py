"""Import what Mercator's JSON API gives: activities, applications, servers, subnetworks, flows, with RTO and RPO.

Enters: parsed answers of `/api/activities`, `/api/applications`, `/api/logical-servers`, `/api/subnetworks`,
`/api/logical-flows`, `/api/fluxes` and the other inventories, one by one or in one object under those names. Leaves: a
document. Durations are minutes there. Mercator knows no life-safety class: services get none, and until a person
gives one they count as class A.
Source: Mercator's data model and API documentation (docs/model.md, docs/api.md of the project).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from tocsin.care.imports.cells import name_of
from tocsin.care.imports.records import Record, addresses, ids, minutes, number, records, text
from tocsin.care.roles import MEDICAL, role_of
from tocsin.care.words import word
from tocsin.care.writing import Body, Document, flow_name

MACHINES: Mapping[str, str] = {
    "logical_servers": "application",
    "physical_servers": "",
    "workstations": "workstation",
    "storage_devices": "storage",
    "peripherals": "",
    "phones": "phone",
    "network_switches": "switch",
    "physical_switches": "switch",
    "routers": "network",
    "physical_routers": "network",
    "wifi_terminals": "access_point",
    "security_devices": "firewall",
    "physical_security_devices": "firewall",
    "dhcp_servers": "dhcp",
    "dnsservers": "dns",
    "clusters": "hypervisor",
}
"""Mercator's tables of machines, and the role of those whose type says none."""
_NAMES = {"m_applications": "applications", "applications": "applications"}
_TELLING: tuple[tuple[str, frozenset[str]], ...] = (
    ("activities", frozenset({"maximum_tolerable_downtime"})),
    ("logical_flows", frozenset({"dest_port", "source_ip_range"})),
    ("fluxes", frozenset({"application_source_id", "application_dest_id"})),
    ("applications", frozenset({"rto", "rpo"})),
    ("logical_servers", frozenset({"net_services", "address_ip"})),
    ("subnetworks", frozenset({"address", "default_gateway"})),
    ("workstations", frozenset({"address_ip", "manufacturer", "mac_address"})),
    ("physical_servers", frozenset({"address_ip", "bay_id", "cpu"})),
    ("peripherals", frozenset({"address_ip", "domain", "provider_id"})),
    ("vlans", frozenset({"vlan_id", "name"})),
)
_DENY = ("deny", "drop", "refuse", "reject", "block", "interdi", "bloq")
_ENDS = {
    "logical_server": "logical_servers",
    "physical_server": "physical_servers",
    "workstation": "workstations",
    "peripheral": "peripherals",
    "storage_device": "storage_devices",
    "security_device": "security_devices",
    "physical_security_device": "physical_security_devices",
    "cluster": "clusters",
    "subnetwork": "subnetworks",
}
MAX_PAIRS = 64
Tables = dict[str, dict[int, Record]]


def is_mercator(value: object) -> bool:
    """Say whether parsed JSON is an answer of Mercator."""
    return bool(_tables([value]))


def read_mercator(answers: Iterable[object]) -> Document:
    """Give what the answers say together, whatever their order."""
    tables = _tables(answers)
    names = {table: _unique(found) for table, found in tables.items()}
    document: Document = {"zones": _zones(tables, names), "hosts": {}, "devices": {}}
    for table, role in MACHINES.items():
        for key, record in tables.get(table, {}).items():
            section, body = _machine(record, role)
            document[section].setdefault(names[table][key], body)
    document["applications"] = _applications(tables, names)
    document["services"] = _services(tables, names)
    document["flows"] = {flow_name(body): body for body in _flows(tables, names)}
    return {section: things for section, things in document.items() if things}


def _tables(answers: Iterable[object]) -> Tables:
    tables: Tables = {}
    for answer in answers:
        for table, record in _told(answer):
            key = record.get("id")
            if isinstance(key, int) and text(record, "name") and not record.get("deleted_at"):
                tables.setdefault(table, {})[key] = record
    return tables


def _told(answer: object) -> Iterable[tuple[str, Record]]:
    """Give each record with its table: by the name that it stands under, else by its own fields."""
    known = {*MACHINES, *_NAMES, *(table for table, _ in _TELLING)}
    if isinstance(answer, dict):
        named = {word(str(key)): value for key, value in answer.items()}
        if known & set(named) and not isinstance(answer.get("id"), int):
            for name, value in named.items():
                if name in known:
                    yield from ((_NAMES.get(name, name), record) for record in records(value))
            return
    for record in records(answer):
        table = next((table for table, fields in _TELLING if fields <= set(record)), "")
        if table:
            yield table, record


def _unique(table: Mapping[int, Record]) -> dict[int, str]:
    """Give each record a name of its own; a second one of the same name takes its id."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for key, record in table.items():
        name = name_of(text(record, "name"))
        found[key] = name if name and name not in taken else f"{name} {key}"
        taken.add(found[key])
    return found


def _filled(body: Mapping[str, object]) -> Body:
    return {key: value for key, value in body.items() if value}


def _zones(tables: Tables, names: Mapping[str, Mapping[int, str]]) -> dict[str, Body]:
    found: dict[str, Body] = {}
    vlans = tables.get("vlans", {})
    for key, record in tables.get("subnetworks", {}).items():
        prefix = text(record, "address")
        vlan = number(vlans.get(number(record, "vlan_id"), {}), "vlan_id")
        kind = "dmz" if word(text(record, "dmz")) in {"1", "oui", "yes", "true"} else ""
        body = {"kind": kind, "addresses": [prefix] if "/" in prefix else [], "vlan": str(vlan or "")}
        found[names["subnetworks"][key]] = _filled(body)
    return found


def _machine(record: Record, role: str) -> tuple[str, Body]:
    found = role_of(text(record, "type")) or role_of(text(record, "domain")) or role
    body = _filled(
        {
            "address": addresses(text(record, "address_ip", "ip", "ip_addresses")),
            "role": found,
            "system": text(record, "operating_system"),
            "mac": text(record, "mac_address"),
        }
    )
    if found not in MEDICAL:
        return "hosts", body
    maker = {"maker": text(record, "vendor", "manufacturer"), "model": text(record, "product", "model")}
    return "devices", body | _filled({**maker, "software": text(record, "version")})


def _members(tables: Tables, names: Mapping[str, Mapping[int, str]], application: int) -> list[str]:
    """Give the machines of an application, from its own links and from theirs."""
    record = tables["applications"][application]
    found = [
        names["logical_servers"][key]
        for key in ids(record, "logical_servers", "logicalServers")
        if key in names.get("logical_servers", {})
    ]
    for table in MACHINES:
        linked = (key for key, one in tables.get(table, {}).items() if application in ids(one, "applications"))
        found += [names[table][key] for key in linked]
    return list(dict.fromkeys(found))


def _applications(tables: Tables, names: Mapping[str, Mapping[int, str]]) -> dict[str, Body]:
    found: dict[str, Body] = {}
    for key, record in tables.get("applications", {}).items():
        members = _members(tables, names, key)
        body = {
            "label": text(record, "name") if text(record, "name") != names["applications"][key] else "",
            "recovery_time": minutes(number(record, "rto")) if number(record, "rto") else "",
            "recovery_point": minutes(number(record, "rpo")) if number(record, "rpo") else "",
            "components": {"serveurs": {"members": members}} if members else {},
        }
        found[names["applications"][key]] = _filled(body)
    return found


def _services(tables: Tables, names: Mapping[str, Mapping[int, str]]) -> dict[str, Body]:
    found: dict[str, Body] = {}
    for key, record in tables.get("activities", {}).items():
        linked = [one for one, app in tables.get("applications", {}).items() if key in ids(app, "activities")]
        needs = [*ids(record, "applications"), *linked]
        known = names.get("applications", {})
        downtime, lost = number(record, "maximum_tolerable_downtime"), number(record, "recovery_point_objective")
        body = {
            "downtime": minutes(downtime) if downtime else "",
            "recovery_point": minutes(lost) if lost else "",
            "plan": text(record, "drp_link"),
            "needs": list(dict.fromkeys(known[one] for one in needs if one in known)),
        }
        found[names["activities"][key]] = _filled(body)
    return found


def _flows(tables: Tables, names: Mapping[str, Mapping[int, str]]) -> Iterable[Body]:
    for record in tables.get("logical_flows", {}).values():
        ends = [_end(tables, names, record, side) for side in ("source", "dest")]
        if all(ends):
            yield _filled(
                {
                    "from": [ends[0]],
                    "to": [ends[1]],
                    "ports": ports(text(record, "protocol"), text(record, "dest_port")),
                    "purpose": text(record, "name"),
                    "allow": "no" if word(text(record, "action")).startswith(_DENY) else "",
                }
            )
    yield from _application_flows(tables, names)


def _end(tables: Tables, names: Mapping[str, Mapping[int, str]], record: Record, side: str) -> str:
    for prefix, table in _ENDS.items():
        key = number(record, f"{prefix}_{side}_id")
        if key and key in names.get(table, {}):
            return names[table][key]
    written = text(record, f"{side}_ip_range")
    if word(written) in {"any", "0_0_0_0_0", "internet"}:
        return "any"
    return _owner(tables, names, written)


def _owner(tables: Tables, names: Mapping[str, Mapping[int, str]], written: str) -> str:
    """Give the subnetwork of a prefix or the machine of an address."""
    for key, record in tables.get("subnetworks", {}).items():
        if text(record, "address") == written:
            return names["subnetworks"][key]
    found = addresses(written) if "/" not in written or written.endswith("/32") else []
    for table in MACHINES if found else ():
        for key, record in tables.get(table, {}).items():
            if found[0] in addresses(text(record, "address_ip", "ip", "ip_addresses")):
                return names[table][key]
    return ""


def ports(protocol: str, written: str) -> list[str]:
    """Give ports as maps write them: `TCP`, `443, 8443` → `tcp/443`, `tcp/8443`."""
    kinds = [one for one in ("tcp", "udp") if one in protocol.lower()] or ["tcp"]
    if "icmp" in protocol.lower():
        return ["icmp"]
    parts = [part.strip().replace(":", "-") for part in written.replace(";", ",").split(",") if part.strip()]
    good = [part for part in parts if part.replace("-", "").isdecimal()]
    return [f"{kind}/{part}" for kind in kinds for part in good] or (kinds if protocol else [])


def _application_flows(tables: Tables, names: Mapping[str, Mapping[int, str]]) -> Iterable[Body]:
    """An exchange between two applications is one between their machines; its ports are not known."""
    applications = tables.get("applications", {})
    for record in tables.get("fluxes", {}).values():
        pair = number(record, "application_source_id"), number(record, "application_dest_id")
        if pair[0] not in applications or pair[1] not in applications:
            continue
        ends = [_members(tables, names, key) for key in pair]
        ways = (
            [ends, ends[::-1]]
            if record.get("bidirectional") is True or text(record, "bidirectional") == "1"
            else [ends]
        )
        for source, target in ways:
            if source and target and len(list(product(source, target))) <= MAX_PAIRS:
                yield {"from": source, "to": target, "purpose": text(record, "name")}
