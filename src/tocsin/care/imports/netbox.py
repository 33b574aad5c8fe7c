"""Import what NetBox's REST API gives: prefixes and VLANs as zones, devices and virtual machines as hosts.

Enters: parsed pages of `/api/ipam/prefixes/`, `/api/ipam/vlans/`, `/api/dcim/devices/`,
`/api/virtualization/virtual-machines/`. Leaves: a document. NetBox knows neither classes nor kinds of zones: they are
left for a person to give.
Source: NetBox's REST API documentation (netboxlabs.com/docs/netbox).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tocsin.care.imports.cells import name_of
from tocsin.care.imports.records import Record, addresses, inner, number, records, text
from tocsin.care.roles import MEDICAL, role_of
from tocsin.care.words import word
from tocsin.care.writing import Body, Document

_GONE = frozenset({"decommissioning", "deprecated", "inventory"})
_PLANNED = frozenset({"planned", "staged"})


def is_netbox(value: object) -> bool:
    """Say whether parsed JSON is an answer of NetBox."""
    return any(_table(record) for record in records(value))


def read_netbox(answers: Iterable[object], site: str = "") -> Document:
    """Give what the answers say together; `site` keeps what belongs to one site (name or slug) or to none."""
    found = [(table, record) for answer in answers for record in records(answer) if (table := _table(record))]
    kept = [(table, record) for table, record in found if _is_of(record, site) and _in_use(record)]
    vlans = [record for table, record in kept if table == "vlan"]
    document: Document = {"zones": _zones(kept, vlans), "hosts": {}, "devices": {}}
    for name, section, body in _machines(kept):
        document[section].setdefault(name, body)
    return {section: things for section, things in document.items() if things}


def _table(record: Record) -> str:
    if "device_type" in record:
        return "device"
    if "prefix" in record:
        return "prefix"
    if "vid" in record:
        return "vlan"
    return "machine" if "cluster" in record and "vcpus" in record else ""


def sites(answers: Iterable[object]) -> set[str]:
    """Name the sites that the answers speak of."""
    return {name for answer in answers for record in records(answer) if (name := inner(record, "site", "scope"))}


def _is_of(record: Record, site: str) -> bool:
    named = inner(record, "site", "scope")
    return not site or not named or word(named) == word(site)


def _in_use(record: Record) -> bool:
    return word(inner(record, "status")) not in _GONE | _PLANNED


def _zones(kept: Iterable[tuple[str, Record]], vlans: Iterable[Record]) -> dict[str, Body]:
    """Give a zone for each prefix that holds hosts; prefixes of one VLAN or one role are one zone."""
    numbers = {text(vlan, "name"): number(vlan, "vid") for vlan in vlans}
    found: dict[str, Body] = {}
    for table, record in kept:
        if table != "prefix" or word(inner(record, "status")) == "container":
            continue
        vlan = inner(record, "vlan")
        name = name_of(vlan or text(record, "description") or inner(record, "role") or text(record, "prefix"))
        inside = record.get("vlan")
        vid = number(inside, "vid") if isinstance(inside, dict) else numbers.get(vlan, 0)
        body = found.setdefault(name, {"addresses": []})
        prefixes = body["addresses"]
        if isinstance(prefixes, list):
            prefixes.append(text(record, "prefix"))
        if vid:
            body["vlan"] = str(vid)
    return found


def _machines(kept: Iterable[tuple[str, Record]]) -> Iterator[tuple[str, str, Body]]:
    for table, record in kept:
        name = name_of(text(record, "name"))
        if table in {"device", "machine"} and name:
            section, body = _machine(record)
            yield name, section, body


def _machine(record: Record) -> tuple[str, Body]:
    role = role_of(inner(record, "role", "device_role")) or role_of(_tags(record))
    body: Body = {
        "label": text(record, "description"),
        "address": list(dict.fromkeys(_addresses(record))),
        "role": role,
        "system": inner(record, "platform"),
    }
    if role in MEDICAL:
        body |= _maker(record)
    section = "devices" if role in MEDICAL else "hosts"
    return section, {key: value for key, value in body.items() if value}


def _addresses(record: Record) -> Iterator[str]:
    for key in ("primary_ip4", "primary_ip", "primary_ip6"):
        value = record.get(key)
        if isinstance(value, Mapping):
            yield from addresses(text(dict(value), "address"))


def _tags(record: Record) -> str:
    tags = record.get("tags")
    return (
        " ".join(text(one, "name", "slug") for one in tags if isinstance(one, dict)) if isinstance(tags, list) else ""
    )


def _maker(record: Record) -> Body:
    kind = record.get("device_type")
    if not isinstance(kind, dict):
        return {}
    return {"maker": inner(kind, "manufacturer"), "model": text(kind, "model", "display")}
