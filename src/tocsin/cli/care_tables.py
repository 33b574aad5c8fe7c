"""A care map as text of 80 columns: problems, services, applications, zones, effects.

Enters: maps and what is known of them. Leaves: lines. Names in maps are people's texts: they are made safe to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin.care import impact
from tocsin.care.atlas import Atlas
from tocsin.care.flows import Flows
from tocsin.care.model import CareMap, Service, Zone
from tocsin.care.problems import Problem
from tocsin.i18n import N_, _, n_
from tocsin.report.text import clean

WIDTH = 80
STATES = {
    "stopped": N_("stops"),
    "degraded": N_("degraded mode"),
    "thinner": N_("less in reserve"),
}
_LONGEST, _LEAST = 34, 12


def problem_lines(problem: Problem) -> Iterator[str]:
    """Give what is wrong, as compilers do, and what to do."""
    kind = _("advice") if problem.advice else _("fault")
    yield f"{clean(str(problem.place))}: {kind}: {clean(problem.text(_))}"
    if problem.hint:
        yield f"    {clean(problem.help(_))}"


def duration(minutes: int | None) -> str:
    """Write minutes as people do."""
    if minutes is None:
        return "—"
    for unit, size in ((_("d"), 1440), (_("h"), 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}\u00a0{unit}"
    hours, rest = divmod(minutes, 60)
    return f"{hours}\u00a0{_('h')}\u00a0{rest:02d}" if hours else f"{minutes}\u00a0min"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay out rows in columns: the first is shortened and the last takes what is left; numbers stand to the right."""
    every = [[clean(cell, _LONGEST) for cell in row[:-1]] + [clean(row[-1])] for row in (headings, *rows)]
    widths = [max(len(row[number]) for row in every) for number in range(len(headings) - 1)]
    fixed = sum(widths[1:]) + 2 * len(widths)
    widths[0] = min(widths[0], WIDTH - fixed - _LEAST)
    for row in every:
        cells = [_cell(clean(cell, width), width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, clean(row[-1], WIDTH - fixed - widths[0])]).rstrip()


def _cell(cell: str, width: int) -> str:
    return f"{cell:>{width}}" if cell[:1].isdigit() or cell in {"—"} else f"{cell:<{width}}"


def summary(care: CareMap) -> str:
    """Give the size of a map in one line."""
    counts = (
        n_("{n} service", "{n} services", len(care.services)).format(n=len(care.services)),
        n_("{n} application", "{n} applications", len(care.applications)).format(n=len(care.applications)),
        n_("{n} host", "{n} hosts", len(care.hosts)).format(n=len(care.hosts)),
        n_("{n} zone", "{n} zones", len(care.zones)).format(n=len(care.zones)),
        n_("{n} flow", "{n} flows", len(care.conduits)).format(n=len(care.conduits)),
    )
    return " · ".join(counts)


def services(atlas: Atlas, risks: Mapping[str, float]) -> Iterator[str]:
    """Give the care services, most critical first; with a risk where hosts are suspected."""
    care = atlas.map
    ordered = sorted(care.services.values(), key=lambda one: (one.life_class, -risks.get(one.id, 0.0)))
    headings = [_("Care service"), _("class"), _("DMIA"), _("holds"), _("hosts"), _("alone")]
    last = _("risk") if risks else _("stands on")
    yield from table([*headings, last], [_service(atlas, one, risks) for one in ordered])


def _service(atlas: Atlas, service: Service, risks: Mapping[str, float]) -> list[str]:
    members = atlas.closure(service.id).members
    fixed = [service.title, service.life_class, duration(service.downtime_min), duration(service.autonomy_min)]
    rare = sorted(service.needs, key=lambda need: len(atlas.services_of(need.application)))
    needs = ", ".join(atlas.map.short(need.application) for need in rare)
    last = percent(risks.get(service.id, 0.0)) if risks else needs
    return [*fixed, str(len(members)), str(len(alone(atlas, service))), last]


def alone(atlas: Atlas, service: Service) -> tuple[str, ...]:
    """Give the hosts and identities whose loss alone breaks a component that a service stands on."""
    found = (
        member
        for component in atlas.components_of(service)
        if component.need == len(component.members)
        for member in component.members
    )
    return tuple(dict.fromkeys(found))


def percent(share: float) -> str:
    """Write a share as people do."""
    return f"{share:.0%}".replace("%", "\u00a0%")


def applications(atlas: Atlas) -> Iterator[str]:
    """Give the applications with the services that stand on them."""
    care = atlas.map
    rows = []
    for one in care.applications.values():
        members = {member for component in one.components for member in component.members}
        above = atlas.services_of(one.id)
        top = care.services[above[0]].life_class if above else "—"
        names = ", ".join(care.short(key) for key in above)
        rows.append([one.title, top, duration(one.recovery_time_min), str(len(members)), str(len(above)), names])
    rows.sort(key=lambda row: (row[1], -int(row[4])))
    headings = [_("Application"), _("class"), _("RTO"), _("hosts"), _("services"), _("carries")]
    yield from table(headings, rows)


def zones(atlas: Atlas) -> Iterator[str]:
    """Give the zones: class, hosts, and which zones may reach them."""
    rows = [_zone(atlas, zone) for zone in sorted(atlas.map.zones.values(), key=lambda one: (one.life_class, one.name))]
    yield from table([_("Zone"), _("class"), _("kind"), _("hosts"), _("doors"), _("addresses")], rows)


def _zone(atlas: Atlas, zone: Zone) -> list[str]:
    hosts = len(atlas.hosts_in(zone.id))
    return [zone.title, zone.life_class, zone.kind, str(hosts), str(doors(atlas, zone)), ", ".join(zone.addresses)]


def doors(atlas: Atlas, zone: Zone) -> int:
    """Count the other zones (the Internet is one) from which a flow into a zone is allowed."""
    care = atlas.map

    def zone_of(end: str) -> str:
        host = care.hosts.get(end)
        return host.zone if host else end

    into = (one for one in care.conduits if one.allow and zone_of(one.target) == zone.id)
    return len({zone_of(one.source) for one in into} - {zone.id})


def effect_lines(care: CareMap, effects: Iterable[impact.Effect]) -> Iterator[str]:
    """Say what each service would suffer, for how long its procedure holds, and why."""
    for one in effects:
        service = care.services[one.service]
        holds = f" · {duration(one.holds_min)}" if one.state == "degraded" else ""
        yield f"{service.life_class}  {clean(service.title, 40)}: {_(STATES[one.state])}{holds}"
        way = " ← ".join(clean(care.short(key), 40) for key in one.because[1:])
        yield f"     {way}"
        if one.fallback:
            yield f"     → {clean(one.fallback, 70)}"


def flow_lines(atlas: Atlas, host: str) -> Iterator[str]:
    """Give the flows of a host, the vital ones marked: what clinical isolation keeps.

    Flows of one purpose and one direction stand on one line.
    """
    care = atlas.map
    groups: dict[tuple[bool, bool, str, str], list[str]] = {}
    for one in Flows(atlas).of(care.hosts[host]):
        outgoing = one.source in {host, care.hosts[host].zone}
        ports = ", ".join(str(port) for port in one.ports)
        seen = _("seen since {day}").format(day=one.origin.since or "?") if one.origin.known == "observed" else ""
        key = one.vital, outgoing, ports, one.purpose or seen
        groups.setdefault(key, []).append(care.short(one.target if outgoing else one.source))
    for (vital, outgoing, ports, purpose), ends in sorted(groups.items(), key=lambda one: not one[0][0]):
        many = ", ".join(ends[:3]) + (f" +{len(ends) - 3}" if len(ends) > 3 else "")
        yield clean(f"  {'♥' if vital else ' '} {'→' if outgoing else '←'} {many}  {purpose}  {ports}", WIDTH)
