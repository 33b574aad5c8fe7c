"""Updates: every machine asks its update server, and once a month they are installed, servers at night.

Enters: Windows machines. Leaves: acts. The day is the Wednesday after the second Tuesday.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tocsin.simulate.acts import SYSTEM, Act, Installed, Machine, Process, Visit
from tocsin.simulate.calendar import DAY_US, MINUTE_US, Stretch
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import beats, number

_SYS32 = "C:\\Windows\\System32\\"
_STEPS = (
    (f"{_SYS32}usoclient.exe", f"{_SYS32}usoclient.exe StartInstall"),
    ("C:\\Windows\\servicing\\TrustedInstaller.exe", "C:\\Windows\\servicing\\TrustedInstaller.exe"),
    ("C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack\\TiWorker.exe", "TiWorker.exe -Embedding"),
    (f"{_SYS32}wusa.exe", f'{_SYS32}wusa.exe "C:\\Windows\\SoftwareDistribution\\Download\\kb.msu" /quiet /norestart'),
    (f"{_SYS32}msiexec.exe", f"{_SYS32}msiexec.exe /V"),
)


def patch_day(day: date) -> bool:
    """Say whether updates are installed on a day."""
    first = day.replace(day=1)
    tuesday = first + timedelta(days=(1 - first.weekday()) % 7 + 7)
    return day == tuesday + timedelta(days=1)


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give the questions of every day and the installations of the month."""
    server = next((one for one in place.of("management") if one.os == "windows"), None)
    patching = patch_day(stretch.day)
    for machine in place.machines.values():
        if machine.os != "windows" or not machine.audited or machine is server:
            continue
        phase = number("update", machine.site, machine.name)
        if server is not None:
            for at_us in beats(stretch.begin_us, stretch.end_us, DAY_US - 2 * 60 * MINUTE_US, phase):
                got = 900_000_000 if patching else 60_000
                length = 600.0 if patching else 1.5
                yield _ask(machine, server, at_us, (phase ^ at_us) >> 1, got, length)
        if patching:
            yield from _install(place, stretch, machine, phase)


def _ask(machine: Machine, server: Machine, at_us: int, no: int, got: int, length: float) -> Act:
    path, image = "/ClientWebService/client.asmx", f"{_SYS32}svchost.exe"
    return Visit(
        at_us,
        no,
        machine,
        server,
        server.full_name,
        8530,
        False,
        9_000,
        got,
        length,
        "POST",
        path,
        "update",
        image=image,
    )


def _install(place: Place, stretch: Stretch, machine: Machine, phase: int) -> Iterator[Act]:
    minute = (22 * 60 + phase % 100) if machine.server else (9 * 60 + phase % 400)
    start = stretch.at(minute)
    for rank, (image, command) in enumerate(_STEPS):
        at_us = start + rank * 70_000_000
        if stretch.holds(at_us):
            no = (phase ^ at_us) >> 1
            yield Process(at_us, no, machine, SYSTEM, image, command, f"{_SYS32}svchost.exe")
    late = start + 8 * MINUTE_US
    if phase % 5 == 0 and stretch.holds(late):
        path = '"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25110\\MsMpEng.exe"'
        yield Installed(late, (phase ^ late) >> 1, machine, SYSTEM, "service", "WinDefend", path)
