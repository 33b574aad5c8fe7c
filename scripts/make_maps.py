"""Write the care maps `chu` and `ght` that ship; a test writes them again and compares (`python -m scripts.make_maps`).

Enters: the tables of `scripts/maps`. Leaves: YAML files in `src/tocsin/care/maps`. All names are invented, all
addresses private (RFC 1918). The group is the university hospital, seven others and the small hospital that ships.
"""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from pathlib import Path

from scripts.maps.group import SPECS, UNIVERSITY
from scripts.maps.hospital import build
from scripts.maps.making import SHARER

MAPS = Path(__file__).parent.parent / "src" / "tocsin" / "care" / "maps"
VALBRUME = "ch-valbrume"


def files() -> dict[str, str]:
    """Give the text of every file by its path below the folder of maps."""
    found = {f"chu/{file}": text for file, text in build(UNIVERSITY).items()}
    for spec in SPECS:
        found |= {f"ght/{spec.name}/{file}": text for file, text in build(spec).items()}
    return {**found, **_valbrume()}


def _valbrume() -> dict[str, str]:
    """Give the small hospital's own files, and what joins it to the group in one more."""
    found = {}
    for file in sorted((MAPS / "small").glob("*.yaml")):
        found[f"ght/{VALBRUME}/{file.name}"] = file.read_text("utf-8")
    lines = (
        "# Ce qui relie l’hôpital au groupe : approbation des annuaires, archive d’images, coffre de sauvegarde.\n",
        "flows:\n",
        f"  - {{from: [dc-01, dc-02], to: [{SHARER}/dc-01, {SHARER}/dc-02], ports: [tcp/88, tcp/389, tcp/445], purpose: approbation des annuaires}}\n",
        f"  - {{from: [pacs-01], to: [{SHARER}/archive-01], ports: [tcp/11112], purpose: archivage des images, vital: yes}}\n",
        f"  - {{from: [sauvegarde-01], to: [{SHARER}/coffre-01], ports: [tcp/2500-3300], purpose: coffre du groupe}}\n",
        f"  - {{from: [eai-01], to: [{SHARER}/eai-01], ports: [tcp/2575], purpose: messages HL7 du groupe, vital: yes}}\n",
    )
    return {**found, f"ght/{VALBRUME}/groupe.yaml": "".join(lines)}


def main() -> None:
    """Write the files, and remove those that are no longer made."""
    made = files()
    for name in ("chu", "ght"):
        for old in (MAPS / name).rglob("*.yaml"):
            if str(old.relative_to(MAPS)) not in made:
                old.unlink()
    for path, text in made.items():
        file = MAPS / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
