"""Compare two care maps, and what is declared with what probes observe.

Enters: maps. Leaves: changes, in the order of sections and names; judgements of flows. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from tocsin.care.atlas import Atlas
from tocsin.care.flows import Flows
from tocsin.care.model import CareMap, Component, Conduit, Device, Need, Noun, Ports, Window

Kind = Literal["added", "removed", "changed"]
FlowKind = Literal["forbidden", "undeclared", "unused"]
SECTIONS = ("sites", "zones", "services", "applications", "hosts", "identities", "vendors", "backups")
_SILENT = frozenset({"origin", "site", "name"})


class Change(Struct, frozen=True):
    """One difference; `key` names what changed, empty for a thing as a whole."""

    kind: Kind
    section: str
    id: str
    key: str = ""
    before: str = ""
    after: str = ""


class FlowChange(Struct, frozen=True):
    """What is to be said of one flow: forbidden or undeclared but observed, or declared and never observed."""

    kind: FlowKind
    conduit: Conduit


def compare(before: CareMap, after: CareMap) -> tuple[Change, ...]:
    """Give what changed from one map to another."""
    found = [
        one for section in SECTIONS for one in _section(section, getattr(before, section), getattr(after, section))
    ]
    return (*found, *_conduits(before.conduits, after.conduits))


def _section(section: str, before: Mapping[str, Noun], after: Mapping[str, Noun]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        if key not in after:
            yield Change("removed", section, key)
        elif key not in before:
            yield Change("added", section, key)
        elif before[key] != after[key]:
            yield from _fields(section, key, before[key], after[key])


def _fields(section: str, key: str, before: Noun, after: Noun) -> Iterator[Change]:
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if name not in _SILENT and _bare(old) != _bare(new):
            yield Change("changed", section, key, name, told(old), told(new))


def _bare(value: object) -> object:
    """Give a value without where it comes from: that alone is no change."""
    if isinstance(value, tuple):
        return tuple(_bare(one) for one in value)
    return msgspec.structs.replace(value, origin=None) if isinstance(value, Need | Component) else value


def told(value: object) -> str:
    """Write a value for people, on one line."""
    if isinstance(value, tuple):
        return ", ".join(told(one) for one in value)
    if isinstance(value, Need):
        return value.application
    if isinstance(value, Component):
        return f"{value.name} {value.need}/{len(value.members)}"
    if isinstance(value, Device):
        return " ".join(part for part in (value.maker, value.model, value.software) if part)
    if isinstance(value, Window):
        return f"{value.start_min}-{value.end_min}"
    return "" if value is None else str(value)


def _conduits(before: Iterable[Conduit], after: Iterable[Conduit]) -> Iterator[Change]:
    old, new = ({_flow(one): one for one in conduits} for conduits in (before, after))
    for key in sorted({*old, *new}):
        if key not in new:
            yield Change("removed", "flows", key)
        elif key not in old:
            yield Change("added", "flows", key)
        elif (old[key].vital, old[key].purpose) != (new[key].vital, new[key].purpose):
            yield Change("changed", "flows", key, "purpose", _meant(old[key]), _meant(new[key]))


def _meant(conduit: Conduit) -> str:
    return f"{conduit.purpose} ♥" if conduit.vital else conduit.purpose


def _flow(conduit: Conduit) -> str:
    arrow = "→" if conduit.allow else "↛"
    return f"{conduit.source} {arrow} {conduit.target} {ports(conduit.ports)}"


def ports(several: Iterable[Ports]) -> str:
    """Write ports as maps do."""
    return ", ".join(str(one) for one in several)


def judge(care: CareMap, observed: Iterable[Conduit]) -> tuple[FlowChange, ...]:
    """Hold observed flows against the declared ones: which are forbidden, undeclared, and which declared are unused."""
    declared = [one for one in care.conduits if one.origin.known != "observed"]
    flows = Flows(Atlas(msgspec.structs.replace(care, conduits=tuple(declared))))
    used = {one for one in declared if one.origin.known == "both"}
    found: list[FlowChange] = []
    for one in observed:
        rulings = [flows.between(one.source, one.target, port.protocol, port.first) for port in one.ports]
        used |= {conduit for ruling in rulings for conduit in ruling}
        if any(not conduit.allow for ruling in rulings for conduit in ruling):
            found.append(FlowChange("forbidden", one))
        elif not all(rulings):
            found.append(FlowChange("undeclared", one))
    unused = [FlowChange("unused", one) for one in declared if one.allow and one not in used]
    return (*sorted(found, key=lambda one: (one.kind, _flow(one.conduit))), *unused)
