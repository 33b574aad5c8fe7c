"""Ancestry: documents that start shells ring from the first start on, what is common never does."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import names, tell
from tests.detect.behaviour.endpoint_rows import OFFICE, POWERSHELL, SYSTEM32, start
from tocsin.detect.behaviour import programs, rare_ancestry

FIRES = {
    "a document starts a shell": start(0, POWERSHELL, parent=f"{OFFICE}WINWORD.EXE"),
    "a web server starts a shell": start(0, f"{SYSTEM32}cmd.exe", parent=f"{SYSTEM32}inetsrv\\w3wp.exe"),
    "a database starts a shell": start(0, f"{SYSTEM32}cmd.exe", parent="C:\\Program Files\\MSSQL\\Binn\\sqlservr.exe"),
    "a service host of a shell": start(0, f"{SYSTEM32}svchost.exe", parent=f"{SYSTEM32}cmd.exe"),
    "a system program elsewhere": start(0, "C:\\Users\\Public\\svchost.exe", parent="C:\\Windows\\explorer.exe"),
    "nearly a system program": start(
        0, "C:\\Users\\m\\AppData\\Local\\Temp\\scvhost.exe", parent="C:\\Windows\\explorer.exe"
    ),
    "a document's name": start(0, "C:\\Users\\m\\Downloads\\facture.pdf.exe", parent="C:\\Windows\\explorer.exe"),
    "a tool renamed": start(0, "C:\\Tools\\x.exe", parent=f"{SYSTEM32}cmd.exe", original="psexec.exe"),
}
QUIET = {
    "a service host": start(0, f"{SYSTEM32}svchost.exe", parent=f"{SYSTEM32}services.exe"),
    "a document from mail": start(0, f"{OFFICE}WINWORD.EXE", parent=f"{OFFICE}OUTLOOK.EXE"),
    "a shell of a person": start(0, f"{SYSTEM32}cmd.exe", parent="C:\\Windows\\explorer.exe"),
    "a tool in a shell": start(0, f"{SYSTEM32}whoami.exe", parent=f"{SYSTEM32}cmd.exe"),
    "printing": start(0, "C:\\Windows\\splwow64.exe", parent=f"{OFFICE}EXCEL.EXE"),
    "a vendor's program": start(0, "C:\\Program Files\\Labo\\labo.exe", parent="C:\\Windows\\explorer.exe"),
    "a vendor's helper": start(0, "C:\\Program Files\\Labo\\aide.exe", parent="C:\\Program Files\\Labo\\labo.exe"),
    "a download": start(
        0,
        "C:\\Users\\m\\Downloads\\lecteur_3.2.exe",
        parent="C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    ),
    "a task's script": start(0, POWERSHELL, parent=f"{SYSTEM32}svchost.exe"),
    "cron": start(0, "/bin/sh", "/bin/sh -c /usr/local/bin/sauvegarde.sh", parent="cron"),
    "no parent": start(0, POWERSHELL, parent=""),
    "a version in the name": start(
        0, "C:\\Users\\m\\AppData\\Local\\Programs\\outil-4.12.0.exe", parent="C:\\Windows\\explorer.exe"
    ),
}


@pytest.mark.parametrize("name", FIRES)
def test_fires(name: str) -> None:
    signs = tell(rare_ancestry, [FIRES[name]])
    assert len(signs) == 1
    assert 0.8 <= signs[0].decades <= 2.8
    assert names(signs[0], "subject") == ["pc-17"]


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(rare_ancestry, [QUIET[name]]) == []


def test_what_the_site_does_daily_is_no_news() -> None:
    """A vendor's macro starts a script on many desks."""
    rows = [start(n * 120, POWERSHELL, parent=f"{OFFICE}EXCEL.EXE", host=f"pc-{n % 20}") for n in range(400)]
    signs = tell(rare_ancestry, rows)
    assert max(sign.time_us for sign in signs) < rows[120].time_us


def test_told_once_a_day() -> None:
    rows = [start(n, POWERSHELL, parent=f"{OFFICE}WINWORD.EXE") for n in range(50)]
    assert len(tell(rare_ancestry, rows)) == 1


def test_alone_it_stays_below_two_decades() -> None:
    rows = [
        row for name, row in FIRES.items() if name.startswith(("a document starts", "a web", "a database", "a service"))
    ]
    assert all(tell(rare_ancestry, [row])[0].decades <= 1.9 for row in rows)


def test_linux_audit_tells_parents_by_number() -> None:
    rows = [
        start(0, "/usr/sbin/nginx", parent="", pid="100", ppid="1"),
        start(1, "/bin/bash", parent="", pid="200", ppid="100"),
    ]
    signs = tell(rare_ancestry, rows)
    assert [sign.facts["parent"] for sign in signs] == ["nginx"]


def test_memory_is_bounded() -> None:
    memory = rare_ancestry.memory()
    tell(
        rare_ancestry,
        [start(n, f"C:\\a\\x{n}.exe", host=f"h{n}", parent="", pid=str(n), ppid="1") for n in range(3_000)],
        memory,
    )
    assert len(memory.images) <= rare_ancestry.NAMES
    assert len(memory.told) <= rare_ancestry.TOLD


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("C:\\Windows\\System32\\cmd.exe", "system"),
        ("\\Device\\HarddiskVolume3\\Windows\\System32\\cmd.exe", "system"),
        ("C:\\Windows\\Temp\\a.exe", "drop"),
        ("D:\\Program Files (x86)\\x\\a.exe", "programs"),
        ("C:\\Users\\m\\AppData\\Local\\Temp\\a.exe", "temp"),
        ("C:\\Users\\m\\AppData\\Roaming\\a.exe", "profile"),
        ("\\\\srv\\x$\\a.exe", "share"),
        ("\\\\127.0.0.1\\ADMIN$\\a.exe", "self"),
        ("%SystemRoot%\\a.exe", "system"),
        ("/usr/bin/python3.11", "system"),
        ("/dev/shm/.x", "drop"),
        ("cmd.exe", ""),
    ],
)
def test_places(path: str, place: str) -> None:
    assert programs.program(path).place == place


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("UWdKhYTIQWWJxHfx", True),
        ("kqzxvbnm.exe", True),
        ("MSSQLSERVER", False),
        ("cbdhsvc_5a3f2", False),
        ("vmicheartbeat", False),
        ("imagerie-12.4.exe", False),
        ("lecteur_carte.exe", False),
    ],
)
def test_drawn_names(name: str, drawn: bool) -> None:
    assert programs.drawn(name) is drawn
