"""The screen: the answer first, honest about what was not read, safe whatever the logs say."""

from __future__ import annotations

import re

import msgspec
import pytest

from tests.report.samples import EMPTY, HOSTILE_RESULT, NIGHT, QUIET, RESULT, SUMMARY, finding
from tocsin.model import Entity, Party
from tocsin.pipeline import ScanResult
from tocsin.report.terminal import Screen, draw

SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_one_screen_says_what_matters() -> None:
    text = draw(RESULT, Screen(height=24))
    lines = text.splitlines()
    assert len(lines) <= 24
    assert all(len(line) <= 80 for line in lines)
    for fact in ("CRITICAL", "urgency 94", "A, strong evidence", "chu-exemple", "2026-11-02 02:14:00 – 03:21:42 UTC"):
        assert fact in text
    for fact in (
        "host: poste-rx7.chu-exemple.fr, pacs-01",
        "account: presta-rx",
        "address: 198.51.100.7",
        "LSASS Memory (T1003.001)",
    ):
        assert fact in " ".join(text.split())
    assert "4. At 02:51:00, the shadow copies of pacs-01 are deleted." in text
    assert "1,204,119 events in 9.1\u00a0s · 98 rules · 57 findings · 1 incident" in text
    assert "212 records could not be read" in text
    assert "1 rule could not be used" in text


def test_in_french() -> None:
    text = draw(RESULT, Screen(lang="fr"))
    assert "CRITIQUE" in text
    assert "machine\u00a0: poste-rx7.chu-exemple.fr, pacs-01" in text
    assert "1\u202f204\u202f119 événements en 9,1\u00a0s" in text
    assert "212 enregistrements illisibles" in text


def test_titles_of_our_rules_are_in_french_and_those_of_others_as_they_are() -> None:
    ours = finding(1, 0, "LSASS Dump Command", (Entity("host", "poste-rx7"),))
    others = finding(2, 1, "Suspicious Foo Execution", (Entity("host", "poste-rx7"),))
    night = ScanResult((msgspec.structs.replace(NIGHT, findings=(ours, others)),), SUMMARY)
    text = draw(night, Screen(lang="fr", detail=1))
    assert "Mémoire de LSASS vidée par une commande — poste-rx7" in text
    assert "Suspicious Foo Execution — poste-rx7" in text
    assert "LSASS Dump Command — poste-rx7" in draw(night, Screen(detail=1))


def test_files_drown_nothing() -> None:
    files = [Party("file", f"{number:064x}", (), "") for number in range(30)]
    files += [
        Party("file", f"c:\\users\\m.lefevre\\appdata\\local\\temp\\archive\\tool{number}.exe", (), "")
        for number in range(9)
    ]
    drowned = ScanResult((msgspec.structs.replace(NIGHT, entities=(*NIGHT.entities, *files)),), SUMMARY)
    lines = draw(drowned, Screen(width=200)).splitlines()
    brief = next(line for line in lines if line.startswith("  file: "))
    assert brief.count("archive\\tool") == 3
    assert "appdata" not in brief
    assert brief.endswith(" (+36)")
    assert "(+27)" in draw(drowned, Screen(width=200, detail=1))
    assert f"{29:064x}" in draw(drowned, Screen(width=200, detail=2))


def test_more_incidents_than_the_screen_holds_are_counted() -> None:
    many = tuple(msgspec.structs.replace(NIGHT, id=f"i{number}", urgency=90 - number) for number in range(9))
    text = draw(ScanResult(many, SUMMARY), Screen(height=40))
    shown = text.count("urgency ")
    assert 1 < shown < 9
    assert f"{9 - shown} more incidents (-v shows all)" in text
    assert len(text.splitlines()) <= 40
    assert draw(ScanResult(many, SUMMARY), Screen(height=40, detail=1)).count("urgency ") == 9


def test_detail_deepens() -> None:
    brief, why, evidence = (draw(RESULT, Screen(detail=detail)) for detail in (0, 1, 2))
    assert "Shadow copies deleted" not in brief
    assert "Shadow copies deleted — pacs-01, presta-rx" in why
    assert "rule 0000-4 · Tocsin · Apache-2.0 · T1490" in why
    assert "×41" in why
    assert "poste-rx7 (= poste-rx7.chu-exemple.fr, 10.20.4.17)" in why
    assert "logs/dc-01.json.gz:16384" not in why
    assert "logs/dc-01.json.gz:16384" in evidence


def test_no_incident_never_means_all_clear() -> None:
    text = draw(QUIET, Screen())
    assert text.startswith("No incident found in what was read.")
    assert "Read: zeek.conn 1,488" in text
    assert "stays unseen" in text
    assert "12 records could not be read" in text
    assert "not a JSON object (1)" in text


def test_nothing_read_is_said() -> None:
    assert draw(EMPTY, Screen()).startswith("Nothing was read")


@pytest.mark.parametrize("detail", [0, 1, 2])
@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_moves_nothing(detail: int, colour: bool) -> None:
    text = draw(HOSTILE_RESULT, Screen(detail=detail, colour=colour))
    plain = SGR.sub("", text) if colour else text
    assert not [char for char in plain if (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0]
    assert not set(plain) & {"\u202e", "\udcff"}
    assert "\\x1b[2J" in plain
    assert all(len(line) <= 80 for line in plain.splitlines())


def test_colour_only_where_asked_for() -> None:
    assert "\x1b" not in draw(RESULT, Screen())
    assert "\x1b[1;31m◆ CRITICAL\x1b[0m" in draw(RESULT, Screen(colour=True))
