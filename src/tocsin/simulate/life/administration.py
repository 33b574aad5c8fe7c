"""Administrators at work: remote desktops, shells, the directory, unlocked accounts.

Enters: sittings of administrators. Leaves: acts under their second account.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from tocsin.simulate.acts import (
    Account,
    AccountChange,
    Act,
    Installed,
    Logoff,
    Logon,
    Machine,
    Process,
    RemoteCall,
    ShareUse,
    Ssh,
    Sudo,
    Visit,
)
from tocsin.simulate.calendar import Stretch
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import dice, early, moments, number, pick
from tocsin.simulate.life.sittings import Sitting, within

_SYS32 = "C:\\Windows\\System32\\"
_TOOLS = (
    (f"{_SYS32}mmc.exe", f'"{_SYS32}mmc.exe" "{_SYS32}dsa.msc"'),
    (f"{_SYS32}mmc.exe", f'"{_SYS32}mmc.exe" "{_SYS32}compmgmt.msc" /s'),
    (f"{_SYS32}mstsc.exe", f'"{_SYS32}mstsc.exe" /v:serveur'),
    (
        f"{_SYS32}WindowsPowerShell\\v1.0\\powershell.exe",
        "powershell.exe -NoProfile Get-ADUser -Filter * -Properties LastLogonDate",
    ),
    (f"{_SYS32}WindowsPowerShell\\v1.0\\powershell.exe", "powershell.exe -NoProfile Get-Service -ComputerName fic-01"),
    (f"{_SYS32}cmd.exe", f'"{_SYS32}cmd.exe"'),
    (f"{_SYS32}ipconfig.exe", "ipconfig /all"),
    (f"{_SYS32}PING.EXE", "ping dpi-web-01"),
    (f"{_SYS32}net.exe", "net user /domain"),
)
_COMMANDS = (
    "/usr/bin/systemctl status", "/usr/bin/apt-get update", "/usr/bin/journalctl -n 200", "/usr/bin/less /var/log/syslog",
    "/usr/bin/systemctl restart nginx",
)  # fmt: skip


@lru_cache(maxsize=64)
def _servers(place: Place) -> tuple[tuple[Machine, ...], tuple[Machine, ...]]:
    windows = [one for one in place.machines.values() if one.server and one.os == "windows" and one.audited]
    linux = [one for one in place.machines.values() if one.server and one.os == "linux" and one.audited]
    return tuple(windows), tuple(linux)


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give what administrators do while they sit at their desk."""
    for sitting in within(place, stretch):
        if sitting.person.admin is not None:
            random = dice(
                place.seed, place.site, "administration", sitting.person.rank, sitting.session, stretch.number
            )
            yield from _administrator(place, stretch, sitting, sitting.person.admin, random)


def _administrator(place: Place, stretch: Stretch, sitting: Sitting, admin: Account, random: Random) -> Iterator[Act]:
    begin, end = max(sitting.begin_us, stretch.begin_us), min(sitting.end_us, stretch.end_us)
    hours = (end - begin) / 3.6e9
    windows, linux = _servers(place)
    desk = sitting.desk
    for at_us in moments(random, 1.6 * hours, begin, end):
        if windows:
            yield from _desktop(desk, _usual(admin, windows, random), admin, random, at_us)
    for at_us in moments(random, 1.4 * hours, begin, end):
        if linux:
            yield from _shell(desk, _usual(admin, linux, random), admin, random, at_us)
    for at_us in moments(random, 5 * hours, begin, end):
        image, command = early(random, _TOOLS, 1.8)
        no, parent = random.getrandbits(63), "C:\\Windows\\explorer.exe"
        yield Process(at_us, no, desk, admin, image, command, parent, session=sitting.session, elevated=True)
    for at_us in moments(random, 1.1 * hours, begin, end):
        yield from _directory(place, desk, admin, random, at_us)
    for at_us in moments(random, 0.25 * hours, begin, end):
        if windows:
            yield from _remote(desk, _usual(admin, windows, random), admin, random, at_us)
    for at_us in moments(random, 2 * hours, begin, end):
        device = pick(random, [one for one in place.machines.values() if one.os == "network"] or [desk])
        if device is not desk:
            yield Visit(at_us, random.getrandbits(63), desk, device, device.full_name, duration=random.uniform(2, 200))


def _usual(admin: Account, servers: tuple[Machine, ...], random: Random) -> Machine:
    """Everybody has servers of their own; others now and then."""
    if random.random() < 0.9:
        return servers[(number("own", admin.name) + int(random.random() * 8)) % len(servers)]
    return pick(random, servers)


def _desktop(desk: Machine, server: Machine, admin: Account, random: Random, at_us: int) -> Iterator[Act]:
    session, length = random.getrandbits(20), random.uniform(120, 3_000)
    yield Logon(at_us, random.getrandbits(63), server, admin, "remote", desk, session=session, duration=length)
    for rank in range(int(random.random() * 5)):
        image, command = early(random, _TOOLS, 1.8)
        moment = at_us + int((20 + rank * 40) * 1e6)
        yield Process(moment, random.getrandbits(63), server, admin, image, command, session=session, elevated=True)
    yield Logoff(at_us + int(length * 1e6), random.getrandbits(63), server, admin, "remote", session)


def _shell(desk: Machine, server: Machine, admin: Account, random: Random, at_us: int) -> Iterator[Act]:
    if random.random() < 0.04:
        yield Ssh(at_us - 8_000_000, random.getrandbits(63), desk, server, admin, reason="bad_password")
    length = random.uniform(20, 2_400)
    yield Ssh(at_us, random.getrandbits(63), desk, server, admin, "publickey", duration=length)
    for rank in range(int(random.random() * 4)):
        yield Sudo(at_us + int((9 + rank * 30) * 1e6), random.getrandbits(63), server, admin, pick(random, _COMMANDS))


def _directory(place: Place, desk: Machine, admin: Account, random: Random, at_us: int) -> Iterator[Act]:
    controller = place.controller(admin.rank)
    if controller is not None and place.people:
        target = pick(random, place.people).account.name
        what = pick(random, ("unlocked", "password_reset", "changed", "changed", "enabled", "created", "group_added"))
        group = f"GG_{pick(random, tuple(place.services) or ('soins',))}" if what == "group_added" else ""
        yield AccountChange(at_us, random.getrandbits(63), controller, admin, target, what, group, desk)


def _remote(desk: Machine, server: Machine, admin: Account, random: Random, at_us: int) -> Iterator[Act]:
    """Services are looked at from afar; now and then a package is put on a server and installed."""
    link = random.getrandbits(63)
    for rank, operation in enumerate(("OpenSCManagerW", "EnumServicesStatusExW", "QueryServiceStatus")):
        moment = at_us + rank * 30_000
        yield RemoteCall(moment, random.getrandbits(63), desk, server, admin, "svcctl", operation, link, rank == 0)
    if random.random() < 0.15:
        later, share = at_us + 60_000_000, random.getrandbits(63)
        name = "Exploitation/outil-inventaire.msi"
        yield ShareUse(
            later, share, desk, server, admin, "C$", name, "write", size=4_200_000, link=share, sent=4_300_000
        )
        no, path = random.getrandbits(63), "C:\\Program Files\\Inventaire\\inventaire.exe"
        yield Installed(later + 90_000_000, no, server, admin, "service", "Agent d'inventaire", f'"{path}" --service')
