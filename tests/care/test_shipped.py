"""The maps that ship, their drawings and tables, and the schema for editors."""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from scripts import make_maps

from tests.care.making import SITE, atlas, load
from tocsin.care import drawing, files, tables
from tocsin.care.atlas import Atlas
from tocsin.care.describing import json_schema
from tocsin.care.diff import compare
from tocsin.care.flows import Flows
from tocsin.care.impact import effects
from tocsin.care.importing import Choice, bring, save
from tocsin.care.schema import COMPONENT_KEYS, FLOW_KEYS, NEED_KEYS, ORIGIN_KEYS, SECTIONS, SITE_KEYS
from tocsin.model import names

DOCS = Path(__file__).parents[2] / "docs"
MAPS = files.shipped()


@pytest.mark.parametrize("name", MAPS)
def test_shipped_maps_hold_together(name: str) -> None:
    loaded = files.load(name)
    assert loaded.problems == ()
    assert all(names.internal(one) for host in loaded.map.hosts.values() for one in host.addresses)


def test_the_small_hospital() -> None:
    care = files.load("small").map
    small = Atlas(care)
    assert len(care.hosts) == 300
    assert {service.life_class for service in care.services.values()} == set("ABCD")
    assert {identity.kind for identity in care.identities.values()} == {"person", "service", "vendor", "break_glass"}
    assert {host.role for host in care.hosts.values()} >= {"modality", "pacs", "hl7_engine", "domain_controller", "backup", "hypervisor", "analyser", "ventilator"}  # fmt: skip
    pacs = [one for one in effects(small, ["ch-valbrume/pacs-01", "ch-valbrume/pacs-02"]) if one.state != "thinner"]
    assert {one.service.partition("/")[2] for one in pacs} == {"avc", "bloc", "imagerie", "urgences"}
    flows = Flows(small)
    assert flows.allowed("ch-valbrume", "ct-02", "pacs-01", 11112)
    assert flows.ruling("ch-valbrume", "ct-02", "198.51.100.7", 443).verdict == "forbidden"
    assert flows.ruling("ch-valbrume", "10.20.48.9", "10.20.2.11", 443).verdict == "forbidden"
    assert small.life_class("ch-valbrume", "10.20.11.250") == "A"


def test_the_scripts_write_the_large_maps() -> None:
    made = make_maps.files()
    kept = {
        str(file.relative_to(files.MAPS)) for name in ("chu", "ght") for file in (files.MAPS / name).rglob("*.yaml")
    }
    changed = [path for path, text in made.items() if path in kept and (files.MAPS / path).read_text("utf-8") != text]
    assert (kept ^ set(made), changed) == (set(), []), "python -m scripts.make_maps"


def test_the_university_hospital() -> None:
    care = files.load("chu").map
    assert len(care.hosts) == 12_000
    assert {one.name for one in care.services.values()} >= {
        "samu",
        "neurochir",
        "greffe",
        "rt",
        "neonat",
        "rech",
        "fac",
    }
    atlas = Atlas(care)
    assert atlas.life_class("chu-montclair", "10.32.88.240") == "A"
    stopped = effects(atlas, [key for key in care.hosts if care.hosts[key].name.startswith("rv-")])
    assert [one.service for one in stopped if one.state != "thinner"] == ["chu-montclair/rt"]
    flows = Flows(atlas)
    assert flows.allowed("chu-montclair", "ct-urg-01", "pacs-01", 104)
    assert flows.ruling("chu-montclair", "ct-urg-01", "198.51.100.7", 443).verdict == "forbidden"


def test_the_group_of_ten() -> None:
    care = files.load("ght").map
    assert len(care.sites) == 10
    assert 20_000 <= len(care.hosts) <= 25_000
    assert {site.kind for site in care.sites.values()} == {"chu", "ch", "ehpad"}
    between = [
        one
        for one in care.conduits
        if {one.source.partition("/")[0], one.target.partition("/")[0]} >= {"ehpad-les-tilleuls", "chu-montclair"}
    ]
    assert between
    atlas = Atlas(care)
    dpi = [one for one in care.hosts if one.startswith("chu-montclair/dpi-bdd-")]
    sites = {one.service.partition("/")[0] for one in effects(atlas, dpi) if one.state != "thinner"}
    assert len(sites) >= 7, "the shared record reaches most hospitals"
    assert atlas.life_class("ch-valbrume", "10.20.11.250") == "A"


def test_the_schema_for_editors(golden) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    golden(DOCS / "schema" / "care.schema.json", json.dumps(schema, indent=1, ensure_ascii=False) + "\n")


class _Plain(yaml.SafeLoader):
    """Reads as editors do, but leaves days as texts."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":float")) or tag.endswith((":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}  # fmt: skip


@pytest.mark.parametrize(
    "file",
    sorted([*(files.MAPS / "small").glob("*.yaml"), *(files.MAPS / "ght").glob("ch-lormont/*.yaml")]),
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_shipped_files_follow_the_schema(file: Path) -> None:
    document = yaml.load(file.read_text("utf-8"), _Plain)
    errors = [f"{one.json_path}: {one.message}" for one in jsonschema.Draft202012Validator(json_schema()).iter_errors(document)]  # fmt: skip
    assert not errors


@pytest.mark.parametrize(("by", "draw"), [("service", drawing.by_service), ("zone", drawing.by_zone)])
def test_drawings(golden, by: str, draw) -> None:
    svg = draw(Atlas(files.load("small").map))
    root = ElementTree.fromstring(svg)
    assert root[0].tag.endswith("title")
    assert root[1].tag.endswith("desc")
    assert "prefers-color-scheme:dark" in svg
    golden(DOCS / f"care-by-{by}.svg", svg)


@pytest.mark.parametrize("draw", [drawing.by_service, drawing.by_zone])
def test_hostile_names_stay_text(tmp_path: Path, draw) -> None:
    text = SITE + 'zones:\n  "<script>&\\e[2J": {class: A, kind: care, label: "</text><script>"}\n'
    svg = draw(Atlas(load(tmp_path, text + "services:\n  '<b>': {class: A}\n").map))
    assert "<script>" not in svg
    assert "\x1b" not in svg
    ElementTree.fromstring(svg)


@pytest.mark.parametrize("draw", [drawing.by_service, drawing.by_zone])
def test_a_large_map_draws(draw) -> None:
    ElementTree.fromstring(draw(Atlas(files.load("chu").map)))


def test_an_empty_map_draws(tmp_path: Path) -> None:
    empty = Atlas(load(tmp_path, SITE).map)
    for draw in (drawing.by_service, drawing.by_zone):
        ElementTree.fromstring(draw(empty))


def test_tables_can_be_imported_again(tmp_path: Path) -> None:
    care = atlas(tmp_path / "first").map
    written = []
    for section, text in tables.tables(care).items():
        written.append(tmp_path / f"{section}.csv")
        written[-1].write_text("\ufeff" + text, "utf-8")
    imported = bring(tmp_path / "again", written, Choice("2026-11-24", site="ch"))
    save(imported)
    assert not [one.text() for one in imported.problems if not one.advice]
    again = files.load(tmp_path / "again").map
    for section in ("zones", "services", "applications", "hosts", "identities"):
        assert set(getattr(again, section)) == set(getattr(care, section))
    assert {(one.source, one.target, one.ports, one.allow, one.vital) for one in again.conduits} == {
        (one.source, one.target, one.ports, one.allow, one.vital) for one in care.conduits
    }
    for key, host in care.hosts.items():
        assert (again.hosts[key].addresses, again.hosts[key].zone) == (host.addresses, host.zone)
        assert (again.hosts[key].role, again.hosts[key].may_isolate) == (host.role, host.may_isolate)


def test_tables_of_the_small_hospital_come_back_whole(tmp_path: Path) -> None:
    care = files.load("small").map
    written = []
    for section, text in tables.tables(care).items():
        written.append(tmp_path / f"{section}.csv")
        written[-1].write_text(text, "utf-8")
    save(bring(tmp_path / "again", written, Choice("2026-11-24", site="ch-valbrume")))
    loaded = files.load(tmp_path / "again")
    assert not loaded.faults
    changed = {(one.section, one.key) for one in compare(care, loaded.map) if one.section != "sites"}
    # what a table cannot say: several components, fallbacks of needs, loads by hour
    assert changed == {("services", "components"), ("services", "needs"), ("services", "load"), ("applications", "components"), ("applications", "needs")}  # fmt: skip


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    text = SITE + "zones:\n  z: {class: A, kind: care, label: '=cmd|x'}\n"
    assert ",'=cmd|x," in tables.tables(load(tmp_path, text).map)["zones"]


def test_every_section_and_key_is_documented() -> None:
    page = (DOCS / "rooms" / "care.md").read_text("utf-8")
    keys = {key for section in SECTIONS.values() for key in section.keys}
    keys |= {*SECTIONS, *SITE_KEYS, *FLOW_KEYS, *NEED_KEYS, *COMPONENT_KEYS, *ORIGIN_KEYS}
    assert not [key for key in sorted(keys) if f"`{key}`" not in page]


def test_the_example_of_the_page_is_a_map(tmp_path: Path) -> None:
    page = (DOCS / "rooms" / "care.md").read_text("utf-8")
    loaded = load(tmp_path, page.partition("```yaml\n")[2].partition("```")[0])
    assert not loaded.faults
    assert len(loaded.map.hosts) == 14
