"""Draw a care map by care service: services, the applications that they need, and the zones where those stand.

Enters: an `Atlas` and the reader's language. Leaves: SVG. What nearly everything needs (directory, network…) is drawn
once as a base below all, instead of as a hundred lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tocsin.care.atlas import Atlas
from tocsin.care.drawing import svg
from tocsin.care.model import Application, Service
from tocsin.i18n import N_

TOP, ROW, GAP = 96, 38, 8
LEFT, WIDE, BETWEEN = 20, 290, 120
SHARED = 0.75
"""Share of all services from which on an application counts as the base of everything."""
_SWEEPS = 4


class _Column(NamedTuple):
    x: float
    ids: list[str]

    def middle(self, key: str) -> float:
        """Give the height of a box's middle."""
        return TOP + self.ids.index(key) * (ROW + GAP) + ROW / 2


def draw(atlas: Atlas, say: Callable[[str], str] = str) -> str:
    """Draw the whole map."""
    care = atlas.map
    base = _base(atlas)
    services = sorted(care.services, key=lambda key: (care.services[key].life_class, key))
    edges = [(key, need) for key in services for need in _shown_needs(care.services[key], base)]
    applications = _ordered([key for key in care.applications if key not in base], edges, services)
    stands = [(key, zone) for key in applications for zone in _zones(atlas, care.applications[key])]
    stands += [(key, zone) for key in services for zone in _zones(atlas, care.services[key])]
    zones = _ordered([key for key in care.zones if any(zone == key for _, zone in stands)], stands, applications)
    columns = [_Column(LEFT + n * (WIDE + BETWEEN), ids) for n, ids in enumerate((services, applications, zones))]
    height = TOP + max((len(column.ids) for column in columns), default=1) * (ROW + GAP)
    parts = [*_heads(atlas, columns, say), *_lines(atlas, columns, edges, stands), *_boxes(atlas, columns, say)]
    parts += _base_box(atlas, base, height + 16, say)
    title = say(N_("Care services and what they stand on"))
    return svg.document(LEFT * 2 + 3 * WIDE + 2 * BETWEEN, height + 112, title, _names(atlas), parts)


def _names(atlas: Atlas) -> str:
    return ", ".join(site.title for site in atlas.map.sites.values())


def _base(atlas: Atlas) -> list[str]:
    """Give the applications on which most services stand and on which other applications stand too."""
    care = atlas.map
    below = {need.application for one in care.applications.values() for need in one.needs}
    most = SHARED * max(len(care.services), 1)
    return [key for key in care.applications if key in below and len(atlas.services_of(key)) >= most]


def _shown_needs(owner: Service, base: Sequence[str]) -> list[str]:
    return [need.application for need in owner.needs if need.application not in base]


def _zones(atlas: Atlas, owner: Service | Application) -> list[str]:
    hosts = atlas.map.hosts
    members = (member for component in owner.components for member in component.members)
    return list(dict.fromkeys(hosts[one].zone for one in members if one in hosts and hosts[one].zone))


def _ordered(keys: list[str], edges: Iterable[tuple[str, str]], before: Sequence[str]) -> list[str]:
    """Order a column so that few lines cross: each box at the mean place of what leads to it (barycenter)."""
    places = {key: place / max(len(before), 1) for place, key in enumerate(before)}
    sources: Mapping[str, list[float]] = {key: [] for key in keys}
    for source, target in edges:
        if target in sources and source in places:
            sources[target].append(places[source])
    return sorted(keys, key=lambda key: (sum(sources[key]) / len(sources[key]) if sources[key] else 2.0, key))


def _heads(atlas: Atlas, columns: list[_Column], say: Callable[[str], str]) -> list[str]:
    words = (say(N_("Care services")), say(N_("Applications")), say(N_("Zones of their machines")))
    head = svg.text(LEFT, 34, _names(atlas), "h", 90)
    classes = say(N_("A: a life within minutes · B: hours · C: care slowed · D: none"))
    return [head, svg.text(LEFT, 56, classes, "s")] + [
        svg.text(column.x, TOP - 12, word, "s") for column, word in zip(columns, words, strict=True)
    ]


def _lines(
    atlas: Atlas, columns: list[_Column], edges: list[tuple[str, str]], stands: list[tuple[str, str]]
) -> list[str]:
    care, (services, applications, zones) = atlas.map, columns
    drawn = []
    for service, application in edges:
        ends = services.x + WIDE, services.middle(service), applications.x, applications.middle(application)
        drawn.append(svg.curve(*ends, care.services[service].life_class))
    for owner, zone in stands:
        if owner in care.applications:
            ends = applications.x + WIDE, applications.middle(owner), zones.x, zones.middle(zone)
            drawn.append(svg.curve(*ends, _class_of(atlas, owner)))
    return drawn


def _class_of(atlas: Atlas, application: str) -> str:
    above = atlas.services_of(application)
    return atlas.map.services[above[0]].life_class if above else ""


def _boxes(atlas: Atlas, columns: list[_Column], say: Callable[[str], str]) -> list[str]:
    care, (services, applications, zones) = atlas.map, columns
    drawn = [_service(care.services[key], services, say) for key in services.ids]
    for key in applications.ids:
        one = care.applications[key]
        below = " · ".join(f"{part.name} {part.need}/{len(part.members)}" for part in one.components)
        place = applications.x, applications.middle(key) - ROW / 2, WIDE, ROW
        drawn.append(svg.card(*place, _class_of(atlas, key) or "–", one.title, below))
    for key in zones.ids:
        zone = care.zones[key]
        place = zones.x, zones.middle(key) - ROW / 2, WIDE, ROW
        drawn.append(svg.card(*place, zone.life_class, zone.title, ", ".join(zone.addresses)))
    return drawn


def _service(service: Service, column: _Column, say: Callable[[str], str]) -> str:
    downtime = _hours(service.downtime_min)
    below = say(N_("DMIA {downtime} · holds {autonomy}")).format(
        downtime=downtime, autonomy=_hours(service.autonomy_min)
    )
    place = column.x, column.middle(service.id) - ROW / 2, WIDE, ROW
    return svg.card(*place, service.life_class, service.title, below)


def _hours(minutes: int | None) -> str:
    if minutes is None:
        return "—"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h" + (f" {rest:02d}" if rest else "") if hours else f"{rest} min"


def _base_box(atlas: Atlas, base: list[str], y: float, say: Callable[[str], str]) -> list[str]:
    if not base:
        return []
    width = 3 * WIDE + 2 * BETWEEN
    title = say(N_("Base: nearly every service stands on these"))
    box = f'<rect class="base" x="{LEFT}" y="{y:g}" width="{width}" height="76" rx="8"/>'
    each = min(WIDE, (width - 20) / len(base) - 8)
    cards = [
        svg.card(
            LEFT + 10 + n * (each + 8), y + 28, each, ROW, _class_of(atlas, key), atlas.map.applications[key].title
        )
        for n, key in enumerate(base)
    ]
    return [box, svg.text(LEFT + 10, y + 19, title, "s"), *cards]
