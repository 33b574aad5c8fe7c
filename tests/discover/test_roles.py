"""What machines are told to do from a quiet day of the small hospital, and what nobody may be told to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.discover.traffic import FIND, STORAGE, WORKLIST, Wire, a_day
from tocsin.care import files
from tocsin.care.atlas import Atlas
from tocsin.care.model import CareMap
from tocsin.care.schema import ROLES
from tocsin.discover.clues import CLUES
from tocsin.discover.fitting import fits
from tocsin.discover.observing import Machine, Observed
from tocsin.discover.roles import guess
from tocsin.survey import Survey, survey


@pytest.fixture(scope="module")
def small() -> Atlas:
    return Atlas(files.load("small").map)


@pytest.fixture(scope="module")
def day(small: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("day")
    a_day(folder)
    return survey(Survey((str(folder),)), small)


def look(folder: Path, atlas: Atlas | None = None) -> dict[str, Machine]:
    seen = survey(Survey((str(folder),)), atlas or Atlas(CareMap()))
    return {machine.address: machine for machine in seen.machines}


def test_a_quiet_day_says_what_the_map_says(day: Observed, small: Atlas) -> None:
    wrong = {}
    told = 0
    for machine in day.machines:
        host = small.host("ch-valbrume", machine.address)
        assert host is not None
        told += bool(machine.role)
        if machine.role and machine.role != host.role:
            wrong[host.name] = machine.role
    assert wrong == {}
    assert told >= 0.85 * len(day.machines)


def test_devices_have_makers_and_titles(day: Observed) -> None:
    found = {machine.address: machine for machine in day.machines}
    assert [found[f"10.20.14.{last}"].maker for last in (11, 13, 31)] == [
        "Siemens Healthineers",
        "Philips",
        "GE HealthCare",
    ]
    assert found["10.20.14.11"].titles == ("CT_URG",)
    assert found["10.20.3.10"].titles == ("PACS",)


def test_what_machines_say_of_themselves(day: Observed) -> None:
    found = {machine.address: machine for machine in day.machines}
    assert "MSFT 5.0" in found["10.20.10.11"].software
    assert "asks for its address as MSFT 5.0 does" in {
        reason.told(str) for one in found["10.20.10.11"].guesses for reason in one.reasons
    }
    assert found["10.20.10.11"].names == ("pc-11",)


def test_every_reason_is_told_in_both_languages(day: Observed) -> None:
    from tocsin.i18n import translator

    reasons = {reason for machine in day.machines for one in machine.guesses for reason in one.reasons}
    assert len({reason.text for reason in reasons}) > 20
    for reason in reasons:
        assert "{" not in reason.told(str)
        assert reason.told(translator("fr")) != reason.told(str)


def test_roles_are_those_of_the_map_and_weights_are_shares() -> None:
    assert {clue.role for clue in CLUES} <= set(ROLES)
    assert all(0.5 <= clue.weight < 1 and clue.least >= 1 for clue in CLUES)
    assert all(fits(clue.role, clue.role) for clue in CLUES)


def test_a_reading_console_is_no_modality(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    for archive in ("10.0.0.5", "10.0.0.6"):
        wire.dicom("10.0.0.9", archive, [FIND, STORAGE + "7"], ("CONSOLE", "PACS"), "1.2.276.0.7230010.3.0.3")
    found = look(tmp_path)["10.0.0.9"]
    assert "modality" not in {one.role for one in found.guesses}
    assert found.maker == ""


def test_an_archive_and_a_router(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    for number, kind in ((1, "2"), (2, "4"), (3, "1")):
        wire.dicom(f"10.0.0.{number}", "10.0.0.10", [STORAGE + kind], (f"M{number}", "CACHE"))
        wire.dicom(f"10.0.0.{number}", "10.0.0.20", [STORAGE + kind, WORKLIST], (f"M{number}", "PACS"))
    wire.dicom("10.0.0.20", "10.0.0.10", [STORAGE + "2"], ("PACS", "CACHE"))
    found = look(tmp_path)
    assert found["10.0.0.20"].role in {"pacs", "worklist"}
    assert {found[f"10.0.0.{number}"].role for number in (1, 2, 3)} == {"modality"}


def test_real_dicom_and_hl7_of_a_capture() -> None:
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")
    folder = Path(__file__).parents[1] / "probes" / "packets"
    found = look(folder / "dicom.pcap") | look(folder / "hl7.pcap")
    assert found["10.30.1.10"].role == "pacs"
    assert "dicom_router" not in {one.role for machine in found.values() for one in machine.guesses}
    assert found["10.30.2.21"].titles[:1] == ("CT_SCAN1",)
    assert found["10.40.1.20"].role == "analyser"
    assert {machine.mac for machine in found.values()} == {""}


def test_a_scanner_tries_in_vain(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    for number in range(1, 60):
        for port in range(1, 20):
            wire.flow("10.0.9.9", f"10.0.0.{number}", port, conn_state="REJ")
    found = look(tmp_path)
    assert found["10.0.9.9"].role == "vulnerability_scanner"
    assert set(found) == {"10.0.9.9"}, "what was tried in vain is no machine"


def test_a_port_alone_is_a_hint_only(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    wire.flow("10.0.0.1", "10.0.0.2", 1433)
    assert look(tmp_path)["10.0.0.2"].guesses[0].confidence == 0.75


def test_nobody_is_told_from_nothing() -> None:
    from tocsin.discover.profiles import Profile

    assert guess(Profile("10.0.0.1")) == ()


def test_an_embedded_device_needs_a_care_zone(tmp_path: Path, small: Atlas) -> None:
    wire = Wire(tmp_path)
    wire.flow("10.20.11.81", "10.20.2.45", 9200)
    assert look(tmp_path, small)["10.20.11.81"].role == "", "one flow says nothing of what it does not do"
    for _ in range(20):
        wire.minute += 30
        wire.flow("10.20.11.81", "10.20.2.45", 9200)
    assert look(tmp_path, small)["10.20.11.81"].role == "medical_device"
    assert look(tmp_path)["10.20.11.81"].role == ""


def test_real_logs_of_a_domain(data: Path) -> None:
    found = look(data / "multi" / "shire_covenant_dcsync_dcerpc_drsuapi_DsGetNCChanges")
    roles = {machine.names[:1]: machine.role for machine in found.values() if machine.role}
    assert roles[("mordordc",)] == "domain_controller"
    assert roles[("workstation5",)] == "workstation"
