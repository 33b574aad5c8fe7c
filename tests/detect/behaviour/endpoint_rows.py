"""Rows for the stories of endpoint detectors, made short; times are minutes after a Monday at midnight UTC."""

from __future__ import annotations

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
