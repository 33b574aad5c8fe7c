"""Write a small map from texts, and load it."""

from __future__ import annotations

from pathlib import Path

from tocsin.care import files
from tocsin.care.atlas import Atlas
from tocsin.care.files import Loaded

SITE = "site: {name: ch}\n"
ZONES = """
zones:
  soins: {class: B, kind: care, addresses: [10.1.0.0/16]}
  rea: {class: A, kind: care, addresses: [10.1.7.0/24], within: soins}
  serveurs: {class: B, kind: servers, addresses: [10.2.0.0/24, "fd00:2::/64"]}
  bureaux: {class: D, kind: office, addresses: [10.3.0.0/24]}
"""
HOSTS = """
hosts:
  dc-01..02: {address: 10.2.0.1..2, role: domain_controller, may_isolate: no}
  dpi-01..03: {address: 10.2.0.11..13, role: web, aliases: [dossier]}
  bdd-01: {address: [10.2.0.21, "fd00:2::21"], role: database}
  pc-01..04: {address: 10.1.0.1..4, role: workstation}
  pc-bureau: {address: 10.3.0.9, role: workstation}
devices:
  scan-01: {address: 10.1.0.50, role: modality, maker: Radiora, emdn: Z110306}
identities:
  svc-dpi: {kind: service, accounts: ["CH\\\\svc-dpi"]}
  secours: {kind: break_glass, accounts: [secours]}
"""
REST = """
applications:
  annuaire: {components: {dc: {need: 1, members: [dc-01..02]}}}
  dpi:
    needs: [annuaire]
    components:
      frontaux: {need: 2, members: [dpi-01..03]}
      base: [bdd-01]
      compte: [svc-dpi]
services:
  urgences:
    class: A
    downtime: 30 min
    autonomy: 2 h
    procedure: fiche U-01
    contact: cadre
    needs: {dpi: {autonomy: 4 h, fallback: papier}, annuaire: {}}
    components: {postes: {need: 3, members: [pc-01..04]}}
  scanner: {class: B, downtime: 1 h, autonomy: 0 min, procedure: fiche, contact: cadre, components: {scan: [scan-01]}}
  gestion: {class: D, needs: [annuaire]}
flows:
  - {from: [soins], to: [dpi-01..03], ports: tcp/443, purpose: dossier, vital: yes}
  - {from: [dpi-01..03], to: bdd-01, ports: tcp/5432, purpose: base, vital: yes}
  - {from: [soins, bureaux], to: dc-01..02, ports: [tcp/389, udp/53], purpose: annuaire}
  - {from: bureaux, to: internet, ports: [tcp/443], purpose: web}
  - {from: rea, to: any, ports: tcp/445, purpose: aucun partage, allow: no}
  - {from: soins, to: serveurs, ports: tcp/445, purpose: partages}
"""
WHOLE = SITE + ZONES + HOSTS + REST


def load(folder: Path, text: str = "", **more: str) -> Loaded:
    """Write files into a folder (`a.yaml`, and one a keyword) and load them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"a": text, **more}.items():
        if content:
            (folder / f"{name}.yaml").write_text(content, "utf-8")
    return files.load(folder)


def atlas(folder: Path) -> Atlas:
    """Load the whole small map, which has no fault."""
    loaded = load(folder, WHOLE)
    assert not loaded.faults, [str(one.place) + one.text() for one in loaded.faults]
    return Atlas(loaded.map)
