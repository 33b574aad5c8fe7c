"""Keep what was seen as files: JSON lines with everything, and YAML that a hospital can put beside its map.

Enters: an `Observed`, or the text of its JSON lines. Leaves: texts; an `Observed`. Pure.
The YAML says `known: observed`: it makes nothing declared and nothing allowed until a person says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from tocsin.care.model import INTERNET
from tocsin.care.schema import ROLES
from tocsin.care.writing import Body, Document, write
from tocsin.discover.comparing import written
from tocsin.discover.observing import FlowSeen, Machine, Observed, Span
from tocsin.discover.places import Places

HEAD = (
    "Written by tocsin care observe: what probes saw. It declares nothing and allows nothing.\n"
    "Move into a file of your own what is right; the next run writes this file anew."
)
_DECODER = msgspec.json.Decoder(Span | Machine | FlowSeen)
_NUMBERED = re.compile(r"^(.*?)(\d+)$")


def lines(seen: Observed) -> Iterator[bytes]:
    """Give the JSON lines: the span, the machines, the flows."""
    encoder = msgspec.json.Encoder()
    for one in (seen.span, *seen.machines, *seen.flows):
        yield encoder.encode(one) + b"\n"


def read(several: Iterable[bytes]) -> Observed:
    """Read JSON lines.

    Raises:
        ValueError: a line is not of this kind.
    """
    span = Span("")
    machines: list[Machine] = []
    flows: list[FlowSeen] = []
    for line in several:
        one = _DECODER.decode(line)
        if isinstance(one, Machine):
            machines.append(one)
        elif isinstance(one, FlowSeen):
            flows.append(one)
        else:
            span = one
    return Observed(span, tuple(machines), tuple(flows))


def day(time_us: int) -> str:
    """Give the ISO day of a time."""
    return datetime.fromtimestamp(time_us / 1e6, UTC).date().isoformat()


def yaml(seen: Observed, places: Places) -> str:
    """Give the file to put beside the map: strangers with what they seem to be, devices' own words, flows."""
    names = {machine.address: machine.names for machine in seen.machines if machine.names}
    strangers = {one.address: one for one in seen.machines if _stranger(one, places)}
    document: Document = {
        "devices": dict(_devices(seen.machines, places)),
        "hosts": {_called(address): _host(machine) for address, machine in strangers.items()},
        "flows": {str(rank): body for rank, body in enumerate(_flows(seen.flows, places, names, strangers))},
    }
    origin = {"known": "observed", "by": "probes", "since": day(seen.span.first_us), "last": day(seen.span.last_us)}
    return write(document, origin, HEAD)


def _stranger(machine: Machine, places: Places) -> bool:
    host, zone = places.host(machine.address, machine.names), places.zone(machine.address, machine.names)
    return host is None and zone is not None and zone.site == places.site and zone.kind not in {"guest", "external"}


def _called(address: str) -> str:
    return "inconnu-" + address.replace(".", "-").replace(":", "-")


def _host(machine: Machine) -> Body:
    body: Body = {"address": machine.address}
    if machine.role in ROLES:
        body["role"] = machine.role
    if machine.names:
        body["aliases"] = list(machine.names)
    if machine.mac:
        body["mac"] = machine.mac
    if machine.maker:
        body["label"] = machine.maker
    return body


def _devices(machines: Iterable[Machine], places: Places) -> Iterator[tuple[str, Body]]:
    """Give what declared devices say of themselves and the map does not hold yet."""
    for machine in machines:
        host = places.host(machine.address, machine.names)
        if host is None or host.device is None or host.site != places.site:
            continue
        told = {"ae_title": machine.titles[:1], "software": machine.software[:1]}
        known = {"ae_title": host.device.ae_title, "software": host.device.software}
        body: Body = {key: value[0] for key, value in told.items() if value and not known[key]}
        if body:
            yield host.name, body


Names = dict[str, tuple[str, ...]]


def _flows(flows: Iterable[FlowSeen], places: Places, names: Names, strangers: dict[str, Machine]) -> Iterator[Body]:
    """Give flows between things that have a name: the ports that the same machines use of one target are one flow."""
    groups: dict[tuple[str, str], list[tuple[str, FlowSeen]]] = {}
    for flow in flows:
        source, target = (_end(one, places, names, strangers) for one in (flow.source, flow.target))
        if source and target and source != target:
            groups.setdefault((target, written(flow)), []).append((source, flow))
    whole: dict[tuple[str, tuple[str, ...]], dict[str, list[FlowSeen]]] = {}
    for (target, ports), several in sorted(groups.items()):
        sources = tuple(series(sorted({source for source, _ in several})))
        whole.setdefault((target, sources), {})[ports] = [flow for _, flow in several]
    for (target, sources), by_ports in whole.items():
        yield _flow(target, sources, by_ports)


def _flow(target: str, sources: tuple[str, ...], by_ports: dict[str, list[FlowSeen]]) -> Body:
    seen = [flow for flows in by_ports.values() for flow in flows]
    body: Body = {
        "from": list(sources),
        "to": target,
        "ports": list(by_ports),
        "purpose": " ".join(sorted({mark for flow in seen for mark in flow.marks})),
        "since": day(min(flow.first_us for flow in seen)),
        "last": day(max(flow.last_us for flow in seen)),
    }
    return {key: value for key, value in body.items() if value}


def _end(address: str, places: Places, names: Names, strangers: dict[str, Machine]) -> str:
    if address == INTERNET:
        return INTERNET
    if address in strangers:
        return _called(address)
    host = places.host(address, names.get(address, ()))
    if host is not None:
        return host.name if host.site == places.site else host.id
    zone = places.zone(address)
    return "" if zone is None else zone.name if zone.site == places.site else zone.id


def series(names: Iterable[str]) -> list[str]:
    """Write names that follow each other as a series: `pc-01..12`."""
    runs: list[tuple[str, str, str]] = []
    for name in names:
        match = _NUMBERED.match(name)
        start, digits = (match[1], match[2]) if match else (name, "")
        if runs and digits and _follows(runs[-1], start, digits):
            runs[-1] = (start, runs[-1][1], digits)
        else:
            runs.append((start, digits, digits))
    return [f"{start}{first}" if first == last else f"{start}{first}..{last}" for start, first, last in runs]


def _follows(run: tuple[str, str, str], start: str, digits: str) -> bool:
    same = run[0] == start and len(run[2]) == len(digits) and run[2] != ""
    return same and int(digits) == int(run[2]) + 1 and len(digits) < 9
