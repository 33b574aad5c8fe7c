"""Makers by UID root and by hardware address."""

from __future__ import annotations

import pytest

from tocsin.discover.makers import of_uid, oui, read_registry


@pytest.mark.parametrize(
    ("uid", "found"),
    [
        ("1.3.12.2.1107.5.2", ("Siemens Healthineers", True)),
        ("1.3.12.2.1107", ("Siemens Healthineers", True)),
        ("1.3.12.2.11071", ("", False)),
        ("1.2.276.0.7230010.3.0.3.6.7", ("DCMTK (OFFIS)", False)),
        ("", ("", False)),
    ],
)
def test_makers_by_uid(uid: str, found: tuple[str, bool]) -> None:
    assert of_uid(uid) == found


@pytest.mark.parametrize(
    ("mac", "found"),
    [("00:A0:C9:14:C8:29", "00a0c9"), ("00-a0-c9-14-c8-29", "00a0c9"), ("02:00:00:00:00:01", ""), ("x", ""), ("", "")],
)
def test_first_bits_of_a_hardware_address(mac: str, found: str) -> None:
    assert oui(mac) == found


def test_registries_in_three_forms() -> None:
    text = """OUI/MA-L
00-A0-C9   (hex)\t\tExemple SA
Registry,Assignment,Organization Name,Organization Address
MA-L,0011AA,"Radiora, SAS",Lyon
00:22:BB\tVitalys\tVitalys SARL
not a line
"""
    assert read_registry(text) == {"00a0c9": "Exemple SA", "0011aa": "Radiora, SAS", "0022bb": "Vitalys SARL"}
