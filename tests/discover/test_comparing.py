"""What probes saw, held against the small hospital's map."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.discover.traffic import STORAGE, Wire, a_day
from tocsin.care import files
from tocsin.care.atlas import Atlas
from tocsin.care.flows import Flows
from tocsin.discover import keeping
from tocsin.discover.comparing import Contacts, Remark, compare
from tocsin.discover.observing import Observed
from tocsin.discover.places import Places
from tocsin.survey import Survey, survey

SITE = "ch-valbrume"


@pytest.fixture(scope="module")
def small() -> Atlas:
    return Atlas(files.load("small").map)


@pytest.fixture(scope="module")
def seen(small: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("night")
    wire = a_day(folder)
    wire.lease("10.20.11.250", "10.20.1.10", "02:00:00:00:00:99", "portable-inconnu")
    wire.flow("10.20.11.250", "10.20.2.11", 443, "ssl")
    wire.flow("10.20.30.77", "10.20.2.11", 443, "ssl")
    wire.flow("10.20.14.12", "198.51.100.7", 443, "ssl")
    wire.dicom("10.20.33.11", "10.20.3.10", [STORAGE + "2"], ("IMPR", "PACS"))
    wire.flow("10.20.30.31", "10.20.11.41", 445, "smb")
    wire.flow("10.20.30.32", "10.20.11.41", 445, "smb")
    wire.flow("10.77.0.1", "10.20.2.11", 443)
    return survey(Survey((str(folder),)), small)


@pytest.fixture(scope="module")
def found(seen: Observed, small: Atlas) -> dict[str, list[Remark]]:
    kinds: dict[str, list[Remark]] = {}
    for one in compare(seen, Places(small, SITE)):
        kinds.setdefault(one.kind, []).append(one)
    return kinds


def test_a_stranger_in_a_care_zone_comes_first(seen: Observed, small: Atlas, found: dict[str, list[Remark]]) -> None:
    first = compare(seen, Places(small, SITE))[0]
    assert (first.kind, first.life_class) == ("stranger_in_care", "A")
    assert first.sources == ("10.20.11.250 (portable-inconnu)",)
    assert "poste 7120" in first.ask or "poste 7501" in first.ask
    assert [one.sources for one in found["stranger"]] == [("10.20.30.77",)]
    assert [one.sources for one in found["nowhere"]] == [("10.77.0.1",)]


def test_a_device_that_goes_to_the_internet_is_forbidden(found: dict[str, list[Remark]]) -> None:
    (one,) = found["forbidden"]
    assert (one.sources, one.targets, one.ports, one.times) == (("ct-02",), ("internet",), "tcp/443", 1)
    assert one.ask == "biomédical, poste 7500"


def test_a_printer_that_stores_images_does_not_fit(found: dict[str, list[Remark]]) -> None:
    (one,) = found["misfit"]
    assert (one.sources, one.declared) == (("impr-01",), "printer")
    assert one.guess is not None
    assert one.guess.role == "modality"
    assert one.guess.reasons[0].example == "store CT"


def test_alike_flows_are_one_remark(found: dict[str, list[Remark]]) -> None:
    (one,) = [one for one in found["undeclared"] if one.targets == ("mon-rea-01",)]
    assert (one.sources, one.ports, one.times) == (("pc-bur-01", "pc-bur-02"), "tcp/445", 2)
    assert (one.life_class, one.zones) == ("A", ("Bureaux",))
    assert one.first_us < one.last_us
    assert one.ask == "biomédical, poste 7501"


def test_many_targets_or_zones_are_one_remark(tmp_path: Path, small: Atlas) -> None:
    wire = Wire(tmp_path)
    for number in range(41, 47):
        wire.flow("10.20.30.31", f"10.20.11.{number}", 22)
    for source in ("10.20.10.11", "10.20.12.11", "10.20.13.11", "10.20.16.11"):
        wire.flow(source, "10.20.1.23", 8888)
    seen = survey(Survey((str(tmp_path),)), small)
    found = [one for one in compare(seen, Places(small, SITE)) if one.kind == "undeclared"]
    assert [(one.sources, len(one.targets), len(one.zones), one.times) for one in found if one.ports == "tcp/22"] == [
        (("pc-bur-01",), 6, 1, 6)
    ]
    assert [(len(one.sources), one.targets, len(one.zones)) for one in found if one.ports == "tcp/8888"] == [
        (4, ("rh-01",), 4)
    ]


def test_a_vendor_on_the_leash_is_declared(tmp_path: Path, small: Atlas) -> None:
    wire = Wire(tmp_path)
    wire.flow("10.20.0.20", "10.20.11.21", 443)
    wire.flow("10.20.0.20", "10.20.11.21", 3389)
    seen = survey(Survey((str(tmp_path),)), small)
    found = [one for one in compare(seen, Places(small, SITE)) if one.kind == "undeclared"]
    assert [(one.targets, one.ports) for one in found] == [(("centrale-rea-01",), "tcp/3389")]


def test_what_all_share_is_the_sites(small: Atlas) -> None:
    contacts = Contacts(small)
    care = small.map
    host = care.hosts[f"{SITE}/dc-01"]
    assert contacts.of(host, care.zones[host.zone], SITE) == care.sites[SITE].contact
    record = care.hosts[f"{SITE}/rh-01"]
    assert contacts.of(record, care.zones[record.zone], SITE) == care.sites[SITE].contact
    stock = care.hosts[f"{SITE}/chimio-01"]
    assert "oncologie" in contacts.of(stock, care.zones[stock.zone], SITE)


def test_declared_flows_are_silent_and_the_unused_are_told(found: dict[str, list[Remark]]) -> None:
    told = {(source, one.targets) for one in found["undeclared"] for source in one.sources}
    assert ("ct-01", ("pacs-01",)) not in told
    unused = {(source, one.targets) for one in found["unused"] for source in one.sources}
    assert ("autoclave-01", ("sterilisation-01",)) in unused
    assert ("ct-01", ("pacs-01",)) not in unused


def test_what_is_kept_comes_back(seen: Observed) -> None:
    assert keeping.read(keeping.lines(seen)) == seen
    with pytest.raises(ValueError):
        keeping.read([b"{}"])


def test_the_file_beside_the_map_allows_nothing(seen: Observed, small: Atlas, tmp_path: Path) -> None:
    folder = tmp_path / "care"
    folder.mkdir()
    for file in (files.MAPS / "small").glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    text = keeping.yaml(seen, Places(small, SITE))
    (folder / "observed.yaml").write_text(text, "utf-8")
    loaded = files.load(folder)
    assert not loaded.faults, [one.text() for one in loaded.faults]
    care = Atlas(loaded.map)
    assert care.unknown(SITE, "10.20.11.250")
    assert care.life_class(SITE, "10.20.11.250") == "A"
    assert Flows(care).ruling(SITE, "ct-02", "198.51.100.7", 443).verdict == "forbidden"
    assert Flows(care).ruling(SITE, "pc-bur-01", "mon-rea-01", 445).verdict == "undeclared"
    again = compare(seen, Places(care, SITE))
    assert {one.kind for one in again} == {one.kind for one in compare(seen, Places(small, SITE))}
    both = [one for one in loaded.map.conduits if one.origin.known == "both"]
    assert both, "what is declared and seen is known twice"
    assert loaded.map.hosts[f"{SITE}/us-01"].device.ae_title == "US1"  # type: ignore[union-attr]
    assert "inconnu-10-20-11-250" in yaml.safe_load(text)["hosts"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["pc-01", "pc-02", "pc-03"], ["pc-01..03"]),
        (["pc-01", "pc-03", "x"], ["pc-01", "pc-03", "x"]),
        (["pc-9", "pc-10"], ["pc-9", "pc-10"]),
        (["a", "b"], ["a", "b"]),
        ([], []),
    ],
)
def test_series(names: list[str], told: list[str]) -> None:
    assert keeping.series(names) == told


def test_an_address_of_another_hospital_of_the_group(tmp_path: Path) -> None:
    for name, prefix in (("un", "10.1.0.0/16"), ("deux", "10.2.0.0/16")):
        (tmp_path / name).mkdir()
        text = f"site: {{name: {name}}}\nzones: {{z: {{class: B, kind: servers, addresses: [{prefix}]}}}}\n"
        host = f"hosts: {{srv: {{address: {prefix[:5]}0.5, role: web}}}}\n"
        flow = "flows:\n  - {from: un/z, to: deux/srv, ports: tcp/443}\n" if name == "un" else ""
        (tmp_path / name / "a.yaml").write_text(text + host + flow)
    group = Atlas(files.load(tmp_path).map)
    wire = Wire(tmp_path / "logs")
    wire.flow("10.1.0.9", "10.2.0.5", 443)
    seen = survey(Survey((str(tmp_path / "logs"),), "un"), group)
    assert Places(group, "un").end("10.2.0.5") == "deux/srv"
    assert [one.kind for one in compare(seen, Places(group, "un"))] == ["stranger"]
