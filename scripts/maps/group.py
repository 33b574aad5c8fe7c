"""The hospitals of the invented group: who they are, how big, and what they do.

Enters: nothing. Leaves: `SPECS`, the university hospital first.
"""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from typing import NamedTuple

from scripts.maps.making import Spec
from scripts.maps.units import BASE, BED, CHU, OFFICES, Unit


class _Size(NamedTuple):
    """How many workstations a unit of a size has, in hundredths of the university hospital's, and devices likewise."""

    percent: int
    devices: int


def _scaled(unit: Unit, size: _Size, zone: str = "") -> Unit:
    kinds = (one.split(":") for one in unit.devices.split())
    devices = " ".join(f"{kind}:{max(1, int(count) * size.devices // 100)}" for kind, count in kinds)
    label = unit.label.partition(" (")[0]
    diversion = "CHU de Montclair" if unit.life == "A" else ""
    return unit._replace(
        desks=max(4, unit.desks * size.percent // 100),
        devices=devices,
        zone=zone or unit.zone,
        label=label,
        diversion=diversion,
    )


def _some(codes: str, size: _Size) -> tuple[Unit, ...]:
    known = {unit.code: unit for unit in (*CHU, *OFFICES)}
    zones = {
        "urgped": "urgences",
        "neonat": "neonatalogie",
        "usic": "reanimation",
        "hdjonco": "oncologie",
        "avc": "urgences",
        "cardio": "hospitalisation",
        "neuro": "hospitalisation",
        "ped": "hospitalisation",
        "gyneco": "hospitalisation",
    }
    return tuple(_scaled(known[code], size, zones.get(code, "")) for code in codes.split())


_LARGE = "urg urgped reapol usic neonat bloc ambu mat avc dialyse imgurg imgcen hdjonco bio sang pui ster medint pneumo gastro endocrino chirdig ortho uro orl cardio neuro ped gyneco geriaigue ssr expl conscen adm rh dir sec tech"
_MIDDLE = "urg reapol bloc mat dialyse imgcen bio sang pui ster medint pneumo chirdig ortho cardio geriaigue ssr conscen adm dir sec tech"

# fmt: off
_PSY = (
    Unit("psyadu", "Psychiatrie adulte, admissions", "B", "psychiatrie", 86, "arm:3", f"{BED} dossier-psy restauration", "4 h", "12 h", diversion="CHU de Montclair"),
    Unit("psyfer", "Unité pour malades difficiles", "B", "psychiatrie", 34, "", f"{BED} dossier-psy fluides-air", "2 h", "8 h"),
    Unit("psyinf", "Psychiatrie infanto-juvénile", "B", "psychiatrie", 48, "", f"{BED} dossier-psy restauration", "4 h", "12 h"),
    Unit("cmp", "Centres médico-psychologiques", "C", "consultations", 92, "", f"{BASE} dossier-psy rendez-vous", "8 h", "24 h", by_day=True),
    Unit("urgpsy", "Accueil des urgences psychiatriques", "A", "urgences", 14, "", f"{BED} dossier-psy lien-samu", "30 min", "4 h", diversion="CHU de Montclair"),
    Unit("puipsy", "Pharmacie", "B", "pharmacie", 10, "arm:4", "annuaire reseau prescription telephonie", "4 h", "8 h", "platform"),
    Unit("admpsy", "Administration", "D", "bureaux", 88, "", "annuaire reseau messagerie facturation rh-paie", "5 d", "5 d", "administrative"),
)
# fmt: on


def _residents(desks: int) -> tuple[Unit, ...]:
    # fmt: off
    return (
        Unit("res", "Hébergement des résidents", "C", "residence", desks, "", "reseau telephonie dossier-residents prescription", "24 h", "24 h"),
        Unit("pasa", "Pôle d’activités et de soins adaptés", "C", "residence", 6, "", "reseau dossier-residents", "24 h", "24 h", by_day=True),
        Unit("soinsres", "Plateau de soins", "C", "residence", 5, "", "reseau dossier-residents telephonie", "24 h", "24 h", "platform"),
        Unit("admres", "Administration", "D", "bureaux", 7, "", "reseau messagerie", "5 d", "5 d", "administrative"),
    )
    # fmt: on


# fmt: off
_LOCAL = (
    Unit("medlocal", "Médecine et soins de proximité", "B", "hospitalisation", 46, "mon:6 ecg:3 pompe:6", f"{BED} restauration", "4 h", "12 h", diversion="CH de Lormont"),
    Unit("cnp", "Centre de consultations non programmées", "A", "urgences", 14, "mon:3 ecg:2", f"{BED} lien-samu pacs", "30 min", "4 h", diversion="CH de Lormont"),
    Unit("radlocal", "Imagerie de proximité", "B", "imagerie", 6, "dx:2 us:1", "annuaire reseau pacs telephonie", "4 h", "8 h", "platform"),
    Unit("ssrlocal", "Soins de réadaptation", "C", "hospitalisation", 20, "", f"{BED} restauration", "8 h", "24 h"),
    Unit("admlocal", "Administration", "D", "bureaux", 18, "", "reseau messagerie facturation", "5 d", "5 d", "administrative"),
)
# fmt: on

_BIG, _MID, _LESS = _Size(44, 38), _Size(24, 20), _Size(18, 16)
UNIVERSITY = Spec(
    "chu-montclair",
    "CHU de Montclair",
    32,
    "chu",
    "chu",
    "990000100",
    1920,
    (*CHU, *OFFICES),
    ("CH de Sainte-Orlande", "CH de Brigny"),
    machines=12_000,
)
"""The university hospital, alone or in its group."""
# fmt: off
SPECS: tuple[Spec, ...] = (
    UNIVERSITY,
    Spec("ch-sainte-orlande", "Centre hospitalier de Sainte-Orlande", 48, "large", "ch", "990000101", 820, _some(_LARGE, _BIG), ("CHU de Montclair", "CH de Brigny"), True),
    Spec("ch-brigny", "Centre hospitalier de Brigny", 52, "large", "ch", "990000102", 560, _some(_LARGE, _Size(30, 26)), ("CHU de Montclair", "CH de Sainte-Orlande"), True),
    Spec("ch-lormont", "Centre hospitalier de Lormont", 56, "middle", "ch", "990000103", 310, _some(_MIDDLE, _MID), ("CHU de Montclair",), True),
    Spec("ch-aigremont", "Centre hospitalier d’Aigremont", 58, "middle", "ch", "990000104", 240, _some(_MIDDLE, _LESS), ("CH de Lormont", "CHU de Montclair"), True),
    Spec("chs-fontclaire", "Centre hospitalier spécialisé de Fontclaire", 60, "psy", "ch", "990000105", 420, _PSY, ("CHU de Montclair",), True),
    Spec("hl-trois-rivieres", "Hôpital de proximité des Trois-Rivières", 62, "small", "ch", "990000106", 90, _LOCAL, ("CH de Lormont",), True),
    Spec("ehpad-les-tilleuls", "EHPAD Les Tilleuls", 63, "small", "ehpad", "990000107", 110, _residents(22), ("CH de Lormont",), True),
    Spec("ehpad-beauregard", "EHPAD Beauregard", 64, "small", "ehpad", "990000108", 84, _residents(16), ("CH de Brigny",), True),
)
# fmt: on
"""Nine of ten: the tenth is the small hospital that ships, as it is."""
