"""The ATT&CK table is whole, and its questions answer for new, revoked and unknown ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.model import attack


def test_the_table_is_whole() -> None:
    table = attack.techniques()
    shorts = [tactic.short for tactic in attack.TACTICS]
    assert len(table) > 600
    assert len(shorts) == len(set(shorts)) == 15
    for technique in table.values():
        assert technique.en.strip() == technique.en != ""
        assert technique.fr.strip() == technique.fr != ""
        assert technique.tactics, technique.id
        assert [short for short in shorts if short in technique.tactics] == list(technique.tactics), technique.id
        above = attack.parent(technique.id)
        assert above is None or above in table, technique.id


def test_revoked_ids_lead_to_known_ones() -> None:
    for old, new in attack.REVOKED.items():
        assert old not in attack.techniques()
        assert new in attack.techniques()


@pytest.mark.parametrize(
    ("technique_id", "lang", "expected"),
    [
        ("T1003", "en", "OS Credential Dumping"),
        ("T1003", "fr", "Vidage d’identifiants du système"),
        ("t1566", "fr_FR", "Hameçonnage"),
        ("T1562.001", "en", "Disable or Modify Tools"),
        ("T9999", "fr", "T9999"),
        ("", "en", ""),
    ],
)
def test_name(technique_id: str, lang: str, expected: str) -> None:
    assert attack.name(technique_id, lang) == expected


@pytest.mark.parametrize(
    ("technique_id", "lang", "expected"),
    [
        ("T1003.001", "en", "OS Credential Dumping: LSASS Memory"),
        ("T1021.001", "fr", "Services distants\u00a0: Bureau à distance (RDP)"),
        ("T1486", "en", "Data Encrypted for Impact"),
        ("T9999.001", "en", "T9999.001"),
    ],
)
def test_full_name(technique_id: str, lang: str, expected: str) -> None:
    assert attack.full_name(technique_id, lang) == expected


def test_tactics_of() -> None:
    assert attack.tactics_of("T1053.005") == ("execution", "persistence", "privilege-escalation")
    assert attack.tactics_of("T1070.001") == ("defense-impairment",)
    assert attack.tactics_of("T9999") == ()


@pytest.mark.parametrize(
    ("tactic", "lang", "expected"),
    [
        ("lateral-movement", "fr", "Mouvement latéral"),
        ("lateral_movement", "en", "Lateral Movement"),
        ("TA0001", "fr", "Accès initial"),
        ("TA0005", "en", "Stealth"),
        ("defense-evasion", "fr", "Évasion des défenses"),
        ("nonsense", "fr", "nonsense"),
    ],
)
def test_tactic_name(tactic: str, lang: str, expected: str) -> None:
    assert attack.tactic_name(tactic, lang) == expected


def test_parent() -> None:
    assert attack.parent("T1003.001") == "T1003"
    assert attack.parent("T1003") is None
    assert attack.known("T1003.001")
    assert not attack.known("T9999")


def test_every_technique_of_the_sigma_rules_is_known(data: Path) -> None:
    tags = {
        line.split("attack.")[1].split()[0]
        for path in (data / "rules" / "sigma").rglob("*.yml")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith("- attack.t") and line.split("attack.t")[1][:1].isdigit()
    }
    assert tags
    assert not {tag for tag in tags if not attack.known(tag)}
