"""Destruction: shadow copies, masses of files, many services; backup software and copies stay quiet."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, tell
from tests.detect.behaviour.endpoint_rows import POWERSHELL, SYSTEM32, start, tamper, touched
from tocsin.detect.behaviour import destruction

SHADOWS = (f"{SYSTEM32}vssadmin.exe", "vssadmin.exe Delete Shadows /All /Quiet")
RECOVERY = (f"{SYSTEM32}bcdedit.exe", "bcdedit /set {default} recoveryenabled no")
FIRES = {
    "shadow copies": start(0, *SHADOWS),
    "by wmic": start(0, f"{SYSTEM32}wbem\\WMIC.exe", "wmic shadowcopy delete"),
    "in a shell": start(0, f"{SYSTEM32}cmd.exe", "cmd /c vssadmin delete shadows /all /quiet & bcdedit /enum"),
    "by PowerShell": start(
        0, POWERSHELL, 'powershell -c "Get-WmiObject Win32_Shadowcopy | ForEach-Object {$_.Delete();}"'
    ),
    "catalogue": start(0, f"{SYSTEM32}wbadmin.exe", "wbadmin delete catalog -quiet"),
    "catalogue gone": tamper(0, "catalog", "Windows Backup"),
    "recovery": start(0, *RECOVERY),
    "disk": start(0, "/bin/dd", "dd if=/dev/zero of=/dev/sda bs=1M"),
    "backups on Linux": start(0, "/bin/rm", "rm -rf /srv/backup"),
    "machines": start(0, "/bin/esxcli", "esxcli vm process kill --type=force --world-id=12"),
}
QUIET = {
    "a list": start(0, f"{SYSTEM32}vssadmin.exe", "vssadmin list shadows"),
    "backup software's own": start(
        0, f"{SYSTEM32}vssadmin.exe", "vssadmin delete shadows /shadow={0ccb36bb-1111-4222-8333-444455556666} /quiet"
    ),
    "a backup": start(0, f"{SYSTEM32}wbadmin.exe", "wbadmin start backup -backupTarget:\\\\srv\\b -quiet"),
    "a look": start(0, f"{SYSTEM32}bcdedit.exe", "bcdedit /enum"),
    "a temporary folder": start(0, "/bin/rm", "rm -rf /tmp/export"),
    "a disk image": start(0, "/bin/dd", "dd if=/dev/sr0 of=/srv/iso/a.iso"),
    "a service": start(0, f"{SYSTEM32}net.exe", "net stop sqlserveragent"),
}


@pytest.mark.parametrize("name", FIRES)
def test_fires(name: str) -> None:
    (sign,) = tell(destruction, [FIRES[name]])
    assert 1.0 <= sign.decades <= 2.5
    assert not sign.sure


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(destruction, [QUIET[name]]) == []


def test_two_ways_are_certain() -> None:
    signs = tell(destruction, [start(0, *SHADOWS), start(2, *RECOVERY)])
    assert [sign.sure for sign in signs] == [False, True]
    assert signs[1].decades == 4.0


def test_three_machines_are_certain() -> None:
    signs = tell(destruction, [start(n, *SHADOWS, host=f"srv-{n}") for n in range(4)])
    assert [sign.sure for sign in signs] == [False, False, True, True]


def test_a_habit_is_no_news() -> None:
    signs = tell(destruction, [start(day * DAY, *SHADOWS) for day in range(20)])
    assert len(signs) == destruction.HABIT_DAYS


def encrypted(number: int, extension: str = "k7x9", seconds: float = 1.0, folders: int = 8) -> list:
    """Documents that get a new extension."""
    return [touched(n * seconds / 60, f"D:\\Partage\\s{n % folders}\\cr{n}.docx.{extension}") for n in range(number)]


def test_mass_encryption_is_certain() -> None:
    (sign,) = tell(destruction, encrypted(60))
    assert sign.sure
    assert sign.facts["what"] == "k7x9"
    assert "T1486" in sign.techniques


def test_a_note_in_many_folders() -> None:
    rows = [touched(n / 60, f"D:\\Partage\\s{n}\\README_DECRYPT.txt") for n in range(9)]
    (sign,) = tell(destruction, rows)
    assert sign.facts["folders"] == str(destruction.NOTES)


def test_mass_deletion() -> None:
    rows = [touched(n / 600, f"D:\\Partage\\s{n % 20}\\cr{n}.docx", "delete") for n in range(300)]
    assert [sign.facts["files"] for sign in tell(destruction, rows)] == [str(destruction.DELETED)]


FILES_QUIET = {
    "one folder": encrypted(60, folders=1),
    "slowly": encrypted(60, seconds=30),
    "ordinary copies": [touched(n / 60, f"D:\\Partage\\s{n % 8}\\cr{n}.docx") for n in range(500)],
    "archives": [touched(n / 60, f"D:\\Partage\\s{n % 8}\\cr{n}.docx.zip") for n in range(60)],
    "a few deleted": [touched(n / 600, f"D:\\Partage\\s{n % 20}\\cr{n}.docx", "delete") for n in range(100)],
}


@pytest.mark.parametrize("name", FILES_QUIET)
def test_files_quiet(name: str) -> None:
    assert tell(destruction, FILES_QUIET[name]) == []


GUARDED = (
    "veeam",
    "sqlserver",
    "mssql$a",
    "vss",
    "sophos agent",
    "msexchangeis",
    "acronis",
    "backupexec",
    "oracle",
    "sqlwriter",
)


def test_many_services_stopped() -> None:
    rows = [start(n / 30, f"{SYSTEM32}net.exe", f"net stop {name} /y") for n, name in enumerate(GUARDED)]
    signs = tell(destruction, rows)
    assert len(signs) == 1
    assert signs[0].decades >= 2.0
    assert tell(destruction, [start(n * 5, row.image, row.command) for n, row in enumerate(rows)]) == []


def test_a_machine_that_shuts_down_stops_all() -> None:
    rows = [tamper(0, "off", "machine"), *(tamper(n / 60, "stopped", f"service {n}") for n in range(40))]
    assert tell(destruction, rows) == []
