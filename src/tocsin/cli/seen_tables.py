"""What probes saw as text of 80 columns: machines and roles, and what differs from the map.

Enters: what was seen, remarks. Leaves: lines, records. Names in logs are attackers' texts: they are made safe to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

import msgspec

from tocsin.cli.care_tables import WIDTH, percent
from tocsin.discover.comparing import Kind, Remark
from tocsin.discover.keeping import series
from tocsin.discover.observing import Machine, Observed
from tocsin.discover.places import Places
from tocsin.discover.roles import Guess
from tocsin.i18n import N_, _, n_
from tocsin.report.text import clean
from tocsin.report.words import day_and_time

_MOST = 20
_SHOWN_NAMES = 6
_HEADS: dict[Kind, str] = {
    "stranger_in_care": N_("Machines that the map does not know, in care zones: class A until somebody says more"),
    "forbidden": N_("Flows that the map forbids, but seen"),
    "misfit": N_("Machines that do what their declared role does not explain"),
    "stranger": N_("Machines that the map does not know, in other zones"),
    "nowhere": N_("Machines in no zone of the map"),
    "undeclared": N_("Flows that nobody declared"),
    "inside": N_("Flows inside one zone that nobody declared"),
    "unused": N_("Declared, never seen"),
}
_MEDICAL = ("modality", "analyser", "monitor", "monitoring_station", "medical_device", "pacs", "worklist", "ris")


def overview(seen: Observed, places: Places, every: bool) -> Iterator[str]:
    """Give what was seen: the span, machines by role, and strangers; with `every` each machine and its reasons."""
    span = seen.span
    events = n_("{n} event", "{n} events", span.events).format(n=span.events)
    yield f"{_when(span.first_us, span.last_us)} · {events}"
    yield from _counts(seen, places)
    if span.left_out:
        yield _("{n} flows or signs are left out: there were too many").format(n=span.left_out)
    yield ""
    yield from _roles(seen.machines, places)
    if every:
        for machine in seen.machines:
            yield from _machine(machine, places)


def _counts(seen: Observed, places: Places) -> Iterator[str]:
    known = [one for one in seen.machines if places.host(one.address, one.names)]
    zones = [places.zone(one.address, one.names) for one in seen.machines if not places.host(one.address, one.names)]
    in_care = sum(1 for zone in zones if zone and zone.kind == "care")
    parts = [
        n_("{n} machine", "{n} machines", len(seen.machines)).format(n=len(seen.machines)),
        n_("{n} flow", "{n} flows", len(seen.flows)).format(n=len(seen.flows)),
    ]
    if places.atlas.map.sites:
        parts += [_("{n} of them in the map").format(n=len(known)), _("{n} unknown in care zones").format(n=in_care)]
    yield " · ".join(parts)


def _roles(machines: Iterable[Machine], places: Places) -> Iterator[str]:
    """Give the roles with how many machines have each, medical ones first, and examples."""
    groups: dict[str, list[Machine]] = {}
    for machine in machines:
        if machine.role:
            groups.setdefault(machine.role, []).append(machine)
    for role in sorted(groups, key=lambda one: (one not in _MEDICAL, one)):
        several = sorted(groups[role], key=lambda one: (-one.confidence, one.address))
        names = ", ".join(_name(one, places) for one in several[:4]) + (" …" if len(several) > 4 else "")
        yield clean(f"{role:<21} {len(several):>5}  {names}", WIDTH)


def _name(machine: Machine, places: Places) -> str:
    host = places.host(machine.address, machine.names)
    name = host.name if host else machine.names[0] if machine.names else machine.address
    return f"{name} ({machine.maker})" if machine.maker else name


def _machine(machine: Machine, places: Places) -> Iterator[str]:
    yield ""
    names = ", ".join(dict.fromkeys((_name(machine, places), machine.address, *machine.names)))
    yield clean(names, WIDTH)
    for one in machine.guesses:
        yield from _guess(one)
    told = (*machine.titles, *machine.software, machine.mac)
    if any(told):
        yield clean("  " + " · ".join(filter(None, told)), WIDTH)


def _guess(one: Guess, indent: str = "  ") -> Iterator[str]:
    reasons = "; ".join(reason.told(_) for reason in one.reasons)
    yield from _wrapped(f"{one.role} {percent(one.confidence)}: {reasons}", indent)


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(clean(text, 600), WIDTH, initial_indent=indent, subsequent_indent=indent + "  ") or [indent]


def _when(first_us: int, last_us: int) -> str:
    return f"{day_and_time(first_us)} → {day_and_time(last_us)}"


def remarks(found: Sequence[Remark]) -> Iterator[str]:
    """Give what differs, by kind, the gravest first; long kinds are cut, with the number of the rest."""
    if not found:
        yield _("What was seen is what the map says.")
    for kind, head in _HEADS.items():
        several = [one for one in found if one.kind == kind]
        if several:
            yield from _wrapped(f"{_(head)} ({len(several)})", "")
            for one in several[:_MOST]:
                yield from _remark(one)
            if len(several) > _MOST:
                yield "  " + _("… and {n} more (--format json gives all)").format(n=len(several) - _MOST)
            yield ""


def _remark(one: Remark) -> Iterator[str]:
    arrow = f" → {_several(one.targets)} {one.ports}" if one.targets else ""
    where = f"  [{_several(one.zones)}]" if one.zones else ""
    yield from _wrapped(f"{_several(one.sources)}{arrow}{where}", "  ")
    if one.kind == "unused":
        return
    if one.declared:
        yield from _wrapped(_("declared: {role}").format(role=one.declared), "    ")
    if one.guess is not None:
        yield from _guess(one.guess, "    ")
    times = n_("{n} flow", "{n} flows", one.times).format(n=one.times)
    said = " · ".join(filter(None, (times, one.purpose, _when(one.first_us, one.last_us))))
    yield from _wrapped(said, "    ")
    if one.ask:
        yield from _wrapped(_("ask: {contact}").format(contact=one.ask), "    ")


def _several(names: Iterable[str]) -> str:
    """Write names, those that follow each other as series; of many the first, and how many more."""
    told = series(sorted(names))
    return ", ".join(told[:_SHOWN_NAMES]) + (f" +{len(told) - _SHOWN_NAMES}" if len(told) > _SHOWN_NAMES else "")


def record(one: Remark) -> dict[str, Any]:
    """Give a remark for programs."""
    whole: dict[str, Any] = msgspec.to_builtins(one)
    return {key: value for key, value in whole.items() if value not in ("", 0, None, [], ())}
