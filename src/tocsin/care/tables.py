"""A care map as tables that spreadsheets open and `tocsin care import` reads again.

Enters: a `CareMap`. Leaves: CSV texts by section, with `,` between cells and `|` between the values of one cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from tocsin.care.model import (
    Application,
    Backup,
    CareMap,
    Component,
    Conduit,
    Host,
    Identity,
    Noun,
    Service,
    Vendor,
    Window,
    Zone,
)

APART = "|"
Row = dict[str, str]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORMULA = ("=", "+", "-", "@", "\t")


def tables(care: CareMap) -> dict[str, str]:
    """Give the tables that are not empty, by section."""
    devices = [one for one in care.hosts.values() if one.device]
    rows: Mapping[str, list[Row]] = {
        "zones": [_zone(care, one) for one in care.zones.values()],
        "services": [_service(care, one) for one in care.services.values()],
        "applications": [_application(care, one) for one in care.applications.values()],
        "hosts": [_host(care, one) for one in care.hosts.values() if not one.device],
        "devices": [_device(care, one) for one in devices],
        "identities": [_identity(care, one) for one in care.identities.values()],
        "backups": [_backup(care, one) for one in care.backups.values()],
        "vendors": [_vendor(care, one) for one in care.vendors.values()],
        "flows": [_flow(care, one) for one in care.conduits],
    }
    return {section: _csv(each) for section, each in rows.items() if each}


def _csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _harmless(cell) for key, cell in row.items()} for row in rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula (CWE-1236)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _minutes(value: int | None) -> str:
    return "" if value is None else f"{value} min"


def _names(care: CareMap, ids: Iterable[str]) -> str:
    return APART.join(care.short(one) for one in ids)


def _first(noun: Noun) -> Row:
    return {"name": noun.name, "label": noun.label}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return APART.join(_text(one) for one in value)
    return "" if value is None else str(value)


def _from(noun: Noun | Conduit) -> Row:
    origin = noun.origin
    return {"known": origin.known, "by": origin.by, "since": origin.since}


def _zone(care: CareMap, one: Zone) -> Row:
    where = {"addresses": APART.join(one.addresses), "vlan": _text(one.vlan), "within": care.short(one.within)}
    return _first(one) | {"class": one.life_class, "kind": one.kind} | where | _from(one)


def _members(care: CareMap, components: Iterable[Component]) -> Row:
    members = dict.fromkeys(member for one in components for member in one.members)
    said = (f"{one.name}: {one.need}/{len(one.members)}" for one in components)
    return {"hosts": _names(care, members), "of_which_must_work": APART.join(said)}


def _service(care: CareMap, one: Service) -> Row:
    durations: Mapping[str, int | None] = {
        "downtime": one.downtime_min,
        "recovery_point": one.recovery_point_min,
        "autonomy": one.autonomy_min,
    }
    texts = {key: _text(getattr(one, key)) for key in ("procedure", "diversion", "contact", "plan", "tested")}
    needs = {"needs": _names(care, (need.application for need in one.needs))}
    whole = _first(one) | {"class": one.life_class, "kind": one.kind}
    whole |= {key: _minutes(value) for key, value in durations.items()} | texts | needs
    return whole | _members(care, one.components) | _from(one)


def _application(care: CareMap, one: Application) -> Row:
    times = {"recovery_time": _minutes(one.recovery_time_min), "recovery_point": _minutes(one.recovery_point_min)}
    needs = {"needs": _names(care, (need.application for need in one.needs))}
    return (
        _first(one) | {"vendor": care.short(one.vendor)} | times | needs | _members(care, one.components) | _from(one)
    )


def _host(care: CareMap, one: Host) -> Row:
    where = {"address": APART.join(one.addresses), "zone": care.short(one.zone), "role": one.role, "system": one.system}
    return _first(one) | where | {"may_isolate": one.may_isolate, "aliases": APART.join(one.aliases)} | _from(one)


def _device(care: CareMap, one: Host) -> Row:
    keys = ("maker", "model", "emdn", "contact", "ae_title", "software")
    return _host(care, one) | {key: _text(getattr(one.device, key)) for key in keys}


def _identity(care: CareMap, one: Identity) -> Row:
    used = {"vendor": care.short(one.vendor), "owner": one.owner, "hosts": _names(care, one.hosts)}
    return _first(one) | {"kind": one.kind, "accounts": APART.join(one.accounts)} | used | _from(one)


def _backup(care: CareMap, one: Backup) -> Row:
    what = {"protects": _names(care, one.protects), "kept_on": _names(care, one.kept_on)}
    flags = {"immutable": _yes(one.immutable), "offsite": _yes(one.offsite)}
    return _first(one) | what | {"every": _minutes(one.every_min)} | flags | {"proved": one.proved} | _from(one)


def _vendor(care: CareMap, one: Vendor) -> Row:
    when = APART.join(_window(window) for window in one.windows)
    leash = {"targets": _names(care, one.targets), "ports": APART.join(map(str, one.ports)), "via": care.short(one.via)}
    return _first(one) | {"contact": one.contact, "windows": when} | leash | _from(one)


def _window(window: Window) -> str:
    """Write a window of one day as maps do: `mon 08:00-18:00`."""
    day, start = divmod(window.start_min, 1440)
    end = window.end_min - day * 1440
    end -= 1440 if end > 1440 else 0
    return f"{_DAYS[day]} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _flow(care: CareMap, one: Conduit) -> Row:
    ports = APART.join(str(port) for port in one.ports)
    marks = {"allow": _yes(one.allow), "vital": _yes(one.vital)}
    ends = {"from": care.short(one.source), "to": care.short(one.target)}
    return ends | {"ports": ports, "purpose": one.purpose} | marks | _from(one)
