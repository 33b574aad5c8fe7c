"""Draw a care map by zone: each zone with what is in it, and beside it a table of which zone may reach which.

Enters: an `Atlas` and the reader's language. Leaves: SVG. A table of forty zones can be read and printed where forty
boxes with two hundred arrows cannot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tocsin.care.atlas import Atlas
from tocsin.care.drawing import svg
from tocsin.care.model import INTERNET, CareMap, Conduit, Zone
from tocsin.i18n import N_

LEFT, TOP, ROW, GAP, WIDE, CELL = 20, 190, 42, 6, 430, 24
_ROLES_SHOWN = 4


class _Crossing(NamedTuple):
    """What is allowed, vital or forbidden from one zone to another."""

    allowed: list[Conduit]
    forbidden: list[Conduit]


def draw(atlas: Atlas, say: Callable[[str], str] = str) -> str:
    """Draw the whole map."""
    zones = _zones(atlas)
    keys = [zone.id for zone in zones] + [INTERNET]
    crossings = _crossings(atlas.map)
    width = LEFT * 2 + WIDE + 24 + len(keys) * CELL
    height = TOP + len(keys) * (ROW + GAP) + 24
    parts = [*_head(atlas, say), *_cards(atlas, zones), *_columns(keys), *_cells(keys, crossings, atlas.map)]
    title = say(N_("Zones and who may reach whom"))
    return svg.document(width, height, title, ", ".join(one.title for one in atlas.map.sites.values()), parts)


def _zones(atlas: Atlas) -> list[Zone]:
    kinds = ("care", "servers", "technical", "admin", "office", "dmz", "guest", "external")
    return sorted(atlas.map.zones.values(), key=lambda one: (kinds.index(one.kind), one.life_class, one.name))


def _zone_of(care: CareMap, end: str) -> str:
    host = care.hosts.get(end)
    return host.zone if host else end


def _crossings(care: CareMap) -> dict[tuple[str, str], _Crossing]:
    found: dict[tuple[str, str], _Crossing] = {}
    for one in care.conduits:
        pair = _zone_of(care, one.source), _zone_of(care, one.target)
        crossing = found.setdefault(pair, _Crossing([], []))
        (crossing.allowed if one.allow else crossing.forbidden).append(one)
    return found


def _head(atlas: Atlas, say: Callable[[str], str]) -> list[str]:
    names = ", ".join(site.title for site in atlas.map.sites.values())
    legend = say(N_("row → column · ● vital flow · ○ allowed flow · × forbidden · hover for ports"))
    return [svg.text(LEFT, 34, names, "h", 60), svg.text(LEFT, 58, legend, "s")]


def _cards(atlas: Atlas, zones: list[Zone]) -> Iterator[str]:
    for row, zone in enumerate(zones):
        hosts = [atlas.map.hosts[key] for key in atlas.hosts_in(zone.id)]
        roles = Counter(host.role for host in hosts).most_common(_ROLES_SHOWN)
        inside = " · ".join(
            [", ".join(zone.addresses), *(f"{count} {role.replace('_', ' ')}" for role, count in roles)]
        )
        yield svg.card(LEFT, TOP + row * (ROW + GAP), WIDE, ROW, zone.life_class, f"{row + 1} {zone.title}", inside)
    yield svg.card(LEFT, TOP + len(zones) * (ROW + GAP), WIDE, ROW, "", f"{len(zones) + 1} Internet")


def _columns(keys: list[str]) -> Iterator[str]:
    """Write the zones' names upright over the table, with thin lines to follow rows and columns."""
    bottom = TOP + len(keys) * (ROW + GAP)
    for column, key in enumerate(keys):
        x = _x(column)
        name = "Internet" if key == INTERNET else key.partition("/")[2]
        turned = f'transform="rotate(-55 {x:g} {TOP - 10})"'
        yield f'<text class="s" x="{x:g}" y="{TOP - 10}" {turned}>{column + 1} {svg.safe(name, 22)}</text>'
        yield f'<path class="grid" d="M{x:g} {TOP}V{bottom:g}"/>'
    for row in range(len(keys)):
        yield f'<path class="grid" d="M{LEFT + WIDE} {_y(row):g}H{_x(len(keys) - 1):g}"/>'


def _x(column: int) -> float:
    return LEFT + WIDE + 24 + column * CELL


def _y(row: int) -> float:
    return TOP + row * (ROW + GAP) + ROW / 2


def _cells(keys: list[str], crossings: dict[tuple[str, str], _Crossing], care: CareMap) -> Iterator[str]:
    place = {key: number for number, key in enumerate(keys)}
    for (source, target), crossing in crossings.items():
        if source in place and target in place:
            yield _cell(_x(place[target]), _y(place[source]), crossing, care)


def _cell(x: float, y: float, crossing: _Crossing, care: CareMap) -> str:
    parts = [f"<title>{svg.safe(_said(crossing, care))}</title>"]
    if any(one.vital for one in crossing.allowed):
        parts.append(f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="7"/>')
    elif crossing.allowed:
        parts.append(f'<circle class="ring" cx="{x:g}" cy="{y:g}" r="6"/>')
    if crossing.forbidden:
        parts.append(f'<path class="no" d="M{x - 6:g} {y - 6:g}l12 12m0-12l-12 12"/>')
    return f"<g>{''.join(parts)}</g>"


def _said(crossing: _Crossing, care: CareMap) -> str:
    """Give the reasons of a crossing with their ports, each once."""
    lines = []
    for one in (*crossing.forbidden, *crossing.allowed):
        mark = "×" if not one.allow else "●" if one.vital else "○"
        lines.append(f"{mark} {one.purpose or care.short(one.source)}: {', '.join(str(port) for port in one.ports)}")
    return " — ".join(dict.fromkeys(lines))
