"""One invented hospital in the making: what it shall be, and what has been built of it so far.

Enters: a `Spec`. Leaves: `Built`, which the other files fill.
"""

from __future__ import annotations

from typing import NamedTuple

from scripts.maps.servers import SIZES, Application
from scripts.maps.sheet import Body, Hospital, sizes
from scripts.maps.units import Unit

SHARER = "chu-montclair"
"""The hospital that shares its applications with the group."""


class Spec(NamedTuple):
    """One hospital: its name, its place in the address plan, its size (of `SIZES`), its units and its group."""

    name: str
    label: str
    octet: int
    size: str
    kind: str
    finess: str
    beds: int
    units: tuple[Unit, ...]
    partners: tuple[str, ...]
    shared: bool = False
    """Whether what it has no servers for is the university hospital's."""
    machines: int = 0
    """Machines in all, where there shall be so many: the rest are thin clients of the offices."""


class Built:
    """What has been built so far of one hospital."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        contact = "directeur de garde, standard" if spec.size == "small" else "directeur de garde, poste 7000"
        site: Body = {"label": spec.label, "kind": spec.kind, "finess": spec.finess, "beds": spec.beds}
        site |= {"timezone": "Europe/Paris", "partners": list(spec.partners), "contact": contact}
        self.book = Hospital(spec.name, spec.octet, site)
        self.stems: dict[str, list[str]] = {}
        self.rank = SIZES.index(spec.size)
        self.local: dict[str, Application] = {}

    def count(self, stem: str) -> int:
        return sizes(self.stems.get(stem, ()))


def shared(built: Built, code: str) -> str:
    """Give the name of an application: its own, or that of the hospital that shares it, or nothing."""
    if code in built.local:
        return code
    return f"{SHARER}/{code}" if built.spec.shared and code not in _OWN else ""


_OWN = frozenset(
    {"reseau", "telephonie", "fluides-air", "wifi", "virtualisation", "armoires", "monitorage", "dossier-psy"}
)
"""Applications that no other hospital can lend."""
