"""Imports: CSV as spreadsheets write it, Mercator, NetBox; what is by hand stays, and nothing is deleted."""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.care.making import WHOLE, load
from tocsin.care import files, importing
from tocsin.care.importing import Choice, Imported
from tocsin.care.imports import cells, mercator, netbox, tables
from tocsin.care.roles import role_of
from tocsin.errors import ConfigError, InputError

DAY = "2026-11-24"


def bring(folder: Path, *contents: bytes | object, choice: Choice = Choice(DAY), save: bool = True) -> Imported:  # noqa: B008
    sources = []
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(contents):
        source = folder.parent / f"source-{number}"
        source.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        sources.append(source)
    imported = importing.bring(folder, sources, choice)
    if save:
        importing.save(imported)
    return imported


HOSTS_FR = (
    "Nom;Adresse IP;Fonction;Système d'exploitation;Libellé\nSRV-É;10.2.0.50;Serveur;Windows Server 2019;Comptabilité\n"
)
HOSTS_EN = "hostname,ip address,role,os,label\nSRV-É,10.2.0.50,server,Windows Server 2019,Comptabilité\n"


@pytest.mark.parametrize(
    "raw",
    [
        HOSTS_FR.encode(),
        b"\xef\xbb\xbf" + HOSTS_FR.encode(),
        HOSTS_FR.encode("cp1252"),
        HOSTS_FR.replace("\n", "\r\n").encode("utf-16"),
        HOSTS_FR.replace(";", "\t").encode(),
        HOSTS_EN.encode(),
        HOSTS_EN.replace("10.2.0.50", "10.2.0.50/24").encode("cp1252"),
    ],
    ids=["utf-8", "bom", "cp1252", "utf-16", "tabs", "english", "interface"],
)
def test_hosts_as_spreadsheets_write_them(tmp_path: Path, raw: bytes) -> None:
    load(tmp_path / "map", WHOLE)
    imported = bring(tmp_path / "map", raw)
    host = files.load(tmp_path / "map").map.hosts["ch/SRV-É"]
    assert (host.addresses, host.role, host.zone) == (("10.2.0.50",), "application", "ch/serveurs")
    assert (host.system, host.label) == ("Windows Server 2019", "Comptabilité")
    assert (host.origin.by, host.origin.since, host.origin.known) == ("csv", DAY, "declared")
    assert [(one.kind, one.section, one.id) for one in imported.changes] == [("added", "hosts", "ch/SRV-É")]


TABLES = {
    "zones": "nom;classe;type;adresses;vlan\nnouvelle;b;care;10.5.0.0/24;105\n",
    "devices": "nom;ip;fabricant;modèle;code EMDN;contact biomédical;isolable\nirm-9;10.1.0.99;Magnesia;Onda;Z110501;poste 7500;non\n",
    "services": "nom;classe;DMIA;PRD;autonomie;procédure;applications;postes\nbloc;A;30 min;15 min;3 h;B-01;dpi | annuaire;pc-01, pc-02\n",
    "applications": "application;nom;RTO;RPO;serveurs\nx;paie;8 h;1 j;bdd-01\n",
    "identities": "nom;type;comptes\npresta;vendor;presta-rx | presta-rx2\n",
    "flows": "source;destination;port;motif;vital\nscan-01;bdd-01;tcp/104 | tcp/11112;images;oui\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table(tmp_path: Path, kind: str) -> None:
    load(tmp_path / "map", WHOLE)
    imported = bring(tmp_path / "map", TABLES[kind].encode())
    assert not [one.text() for one in imported.problems if not one.advice]
    assert {one.section for one in imported.changes} == {"hosts" if kind == "devices" else kind}
    care = files.load(tmp_path / "map").map
    if kind == "services":
        service = care.services["ch/bloc"]
        assert (service.downtime_min, service.autonomy_min, service.life_class) == (30, 180, "A")
        assert [need.application for need in service.needs] == ["ch/dpi", "ch/annuaire"]
        assert service.components[0].members == ("ch/pc-01", "ch/pc-02")
        assert {edge.origin.by for edge in (*service.needs, *service.components)} == {"csv"}
    if kind == "devices":
        host = care.hosts["ch/irm-9"]
        assert host.device is not None
        assert (host.device.emdn, host.device.contact, host.may_isolate) == ("Z110501", "poste 7500", "no")
    if kind == "flows":
        flow = care.conduits[-1]
        assert ([str(port) for port in flow.ports], flow.vital, flow.origin.by) == (
            ["tcp/104", "tcp/11112"],
            True,
            "csv",
        )


def test_wrong_cells_are_told_and_left_out(tmp_path: Path) -> None:
    load(tmp_path / "map", WHOLE)
    raw = b"nom;ip;zone;salle\nok-1;10.2.0.60;;B1\nbad-1;10.2.0.999;serveurs;\n;10.2.0.61;;\n"
    imported = bring(tmp_path / "map", raw)
    told = {
        (one.place.line, one.place.column, one.text())
        for one in imported.problems
        if one.place.file.endswith("source-0")
    }
    assert told == {
        (1, 4, "column “salle” is not read"),
        (3, 2, "“10.2.0.999” is no address"),
        (4, 1, "this row has no name"),
    }
    care = files.load(tmp_path / "map").map
    assert care.hosts["ch/ok-1"].addresses == ("10.2.0.60",)
    assert care.hosts["ch/bad-1"].addresses == ()


def test_by_hand_goes_before_and_nothing_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "map"
    load(folder, WHOLE)
    bring(folder, b"nom;ip;os\nPC-01;10.1.0.200;Windows 7\nold;10.2.0.70;x\n", choice=Choice("2026-01-01"))
    bring(folder, b"nom;ip;os\nnew;10.2.0.71;y\nold;10.2.0.72;\n")
    care = files.load(folder).map
    assert (care.hosts["ch/pc-01"].addresses, care.hosts["ch/pc-01"].system) == (("10.1.0.1",), "Windows 7")
    assert (care.hosts["ch/old"].addresses, care.hosts["ch/old"].system) == (("10.2.0.72",), "x")
    assert (care.hosts["ch/old"].origin.since, care.hosts["ch/new"].origin.since) == ("2026-01-01", DAY)
    assert (folder / "a.yaml").read_text() == WHOLE


def test_looking_changes_nothing_and_again_neither(tmp_path: Path) -> None:
    folder = tmp_path / "map"
    load(folder, WHOLE)
    bring(folder, HOSTS_EN.encode(), save=False)
    assert [each.name for each in folder.iterdir()] == ["a.yaml"]
    bring(folder, HOSTS_EN.encode())
    first = (folder / "imported-csv.yaml").read_text()
    assert bring(folder, HOSTS_EN.encode(), choice=Choice("2027-01-01")).changes == ()
    assert (folder / "imported-csv.yaml").read_text() == first


def test_an_empty_folder_becomes_a_hospital(tmp_path: Path) -> None:
    bring(tmp_path / "map", b"nom;ip\nx;10.0.0.1\n", choice=Choice(DAY, site="ch lunel"))
    assert list(files.load(tmp_path / "map").map.sites) == ["ch-lunel"]


MERCATOR = {
    "activities": [
        {"id": 1, "name": "Urgences", "recovery_time_objective": 60, "maximum_tolerable_downtime": 240, "recovery_point_objective": 15, "applications": [{"id": 7, "name": "DPI"}], "deleted_at": None},
        {"id": 2, "name": "Paie", "maximum_tolerable_downtime": 0, "deleted_at": None},
        {"id": 3, "name": "Ancienne", "maximum_tolerable_downtime": 60, "deleted_at": "2020-01-01"},
    ],
    "applications": {"data": [{"id": 7, "name": "DPI", "rto": 120, "rpo": 0, "logical_servers": [11]}, {"id": 8, "name": "Paie", "rto": None, "rpo": None, "activities": [2]}]},
    "logical-servers": [
        {"id": 11, "name": "SRV-DPI", "address_ip": "10.2.0.80, 10.2.0.81", "operating_system": "Debian 12", "type": "Base de données", "net_services": ""},
        {"id": 12, "name": "SRV-PAIE", "address_ip": None, "type": None, "applications": [8]},
    ],
    "peripherals": [{"id": 4, "name": "SCANNER 4", "address_ip": "10.1.0.77", "domain": "Biomédical", "vendor": "Radiora", "product": "Spira", "version": "3"}],
    "subnetworks": [{"id": 21, "name": "VLAN soins", "address": "10.6.0.0/24", "default_gateway": "10.6.0.1", "vlan_id": 5, "dmz": "Non"}],
    "vlans": [{"id": 5, "name": "soins", "vlan_id": 106}],
    "logical-flows": [
        {"id": 1, "name": "base", "protocol": "TCP", "dest_port": "5432, 5433", "subnetwork_source_id": 21, "logical_server_dest_id": 11, "source_ip_range": None, "action": "Permit"},
        {"id": 2, "name": "non", "protocol": "any", "source_ip_range": "10.6.0.0/24", "dest_ip_range": "10.1.0.77", "dest_port": "", "action": "Deny"},
        {"id": 3, "name": "nowhere", "source_ip_range": "192.0.2.0/24", "dest_ip_range": "10.1.0.77", "dest_port": "1"},
    ],
    "fluxes": [{"id": 1, "name": "paie", "application_source_id": 8, "application_dest_id": 7, "bidirectional": 0}],
}  # fmt: skip


@pytest.mark.parametrize("apart", [False, True])
def test_mercator(tmp_path: Path, apart: bool) -> None:
    answers = list(MERCATOR.values()) if apart else [MERCATOR]
    if apart:  # a lone answer is known by its fields, which the API always gives
        answers[2] = [{**one, "net_services": ""} for one in MERCATOR["logical-servers"]]  # type: ignore[attr-defined]
        answers[3] = [{**one, "provider_id": None} for one in MERCATOR["peripherals"]]  # type: ignore[attr-defined]
    imported = bring(tmp_path / "map", *answers, choice=Choice(DAY, site="ch"))
    care = files.load(tmp_path / "map").map
    assert set(care.services) == {"ch/Urgences", "ch/Paie"}
    urgences = care.services["ch/Urgences"]
    assert (urgences.downtime_min, urgences.recovery_point_min, urgences.life_class) == (240, 15, "A")
    assert [need.application for need in urgences.needs] == ["ch/DPI"]
    assert [need.application for need in care.services["ch/Paie"].needs] == ["ch/Paie"]
    assert (care.applications["ch/DPI"].recovery_time_min, care.applications["ch/DPI"].recovery_point_min) == (
        120,
        None,
    )
    assert care.applications["ch/DPI"].components[0].members == ("ch/SRV-DPI",)
    assert care.applications["ch/Paie"].components[0].members == ("ch/SRV-PAIE",)
    server, scanner = care.hosts["ch/SRV-DPI"], care.hosts["ch/SCANNER 4"]
    assert (server.addresses, server.role, server.origin.by) == (("10.2.0.80", "10.2.0.81"), "database", "mercator")
    assert scanner.device is not None
    assert (scanner.role, scanner.device.maker, scanner.device.model) == ("medical_device", "Radiora", "Spira")
    assert care.zones["ch/VLAN soins"].vlan == 106
    flows = {(one.source, one.target): (one.allow, [str(port) for port in one.ports]) for one in care.conduits}
    assert flows["ch/VLAN soins", "ch/SRV-DPI"] == (True, ["tcp/5432", "tcp/5433"])
    assert flows["ch/VLAN soins", "ch/SCANNER 4"][0] is False
    assert flows["ch/SRV-PAIE", "ch/SRV-DPI"] == (True, ["any"])
    assert len(flows) == 3
    faults = {one.text() for one in imported.problems if not one.advice}
    assert "“Urgences” has no “class”" in faults, "Mercator has no life-safety class: a person gives it"


NETBOX_DEVICES = {
    "count": 3,
    "next": None,
    "results": [
        {"id": 1, "name": "sw-1", "device_type": {"manufacturer": {"name": "Acme"}, "model": "S1"}, "role": {"name": "Switch", "slug": "switch"}, "site": {"name": "CH Lunel", "slug": "ch-lunel"}, "status": {"value": "active"}, "primary_ip4": {"address": "10.7.0.2/24"}},
        {"id": 2, "name": "ct-1", "device_type": {"manufacturer": {"name": "Radiora"}, "model": "Spira"}, "device_role": {"name": "Modalité"}, "site": {"slug": "ch-lunel"}, "status": {"value": "active"}, "primary_ip": {"address": "10.7.0.3/24"}},
        {"id": 3, "name": "old", "device_type": {}, "site": {"slug": "ch-lunel"}, "status": {"value": "decommissioning"}},
        {"id": 4, "name": "far", "device_type": {}, "site": {"slug": "ch-autre"}, "status": {"value": "active"}},
    ],
}  # fmt: skip
NETBOX_PREFIXES = {"results": [{"id": 1, "prefix": "10.7.0.0/24", "vlan": {"vid": 70, "name": "plateau"}, "status": {"value": "active"}, "scope": {"slug": "ch-lunel"}}, {"id": 2, "prefix": "10.0.0.0/8", "status": {"value": "container"}}]}  # fmt: skip
NETBOX_MACHINES = [{"id": 9, "name": "vm-1", "cluster": {"name": "c"}, "vcpus": 2, "status": {"value": "active"}, "role": None, "tags": [{"name": "database"}], "platform": {"name": "Debian"}, "primary_ip4": {"address": "10.7.0.9/24"}}]  # fmt: skip


def test_netbox(tmp_path: Path) -> None:
    folder = tmp_path / "map"
    load(folder, "site: {name: ch}\nzones:\n  plateau: {class: A, kind: care}\n")
    choice = Choice(DAY, only="CH-Lunel")
    imported = bring(folder, NETBOX_DEVICES, NETBOX_PREFIXES, NETBOX_MACHINES, choice=choice)
    assert not [one for one in imported.problems if not one.advice]
    care = files.load(folder).map
    assert set(care.hosts) == {"ch/sw-1", "ch/ct-1", "ch/vm-1"}
    assert {host.zone for host in care.hosts.values()} == {"ch/plateau"}
    assert (care.zones["ch/plateau"].vlan, care.zones["ch/plateau"].life_class) == (70, "A")
    device = care.hosts["ch/ct-1"].device
    assert device is not None
    assert (device.maker, device.model) == ("Radiora", "Spira")
    assert (care.hosts["ch/vm-1"].role, care.hosts["ch/vm-1"].system) == ("database", "Debian")


@pytest.mark.parametrize(
    ("contents", "error"),
    [
        (([{"what": 1}],), InputError),
        ((b"{not json",), InputError),
        ((b"a;b\nc;d\n", [{"vid": 1}]), ConfigError),
    ],
)
def test_what_cannot_be_imported(tmp_path: Path, contents: tuple[object, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        bring(tmp_path / "map", *contents)


def test_a_group_is_no_place_for_an_import(tmp_path: Path) -> None:
    load(tmp_path / "map" / "one", WHOLE)
    load(tmp_path / "map" / "two", WHOLE)
    with pytest.raises(ConfigError, match="not the folder of one hospital"):
        bring(tmp_path / "map", HOSTS_EN.encode())


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Contrôleur de domaine", "domain_controller"),
        ("PC portable", "workstation"),
        ("Scanner IRM", "modality"),
        ("", ""),
        (None, ""),
        ("???", ""),
    ],
)
def test_roles_in_peoples_words(text: str | None, role: str) -> None:
    assert role_of(text) == role


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "name", "rto", "rpo", "results", "data", "activities", "applications", "address_ip", "device_type", "prefix", "vid", "status", "site", "logical_servers", "dest_port", "source_ip_range"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(JSON, max_size=3))
def test_any_json_gives_a_document_or_nothing(answers: list[object]) -> None:
    for document in (mercator.read_mercator(answers), netbox.read_netbox(answers)):
        cells.checked("x", document)


@given(st.binary(max_size=120))
def test_any_bytes_give_a_document_or_a_problem(raw: bytes) -> None:
    document, problems = tables.read_table("x.csv", b"nom;ip;zone\n" + raw)
    cells.checked("x.csv", document)
    assert document or problems
