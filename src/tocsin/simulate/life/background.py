"""What machines do by themselves: names, time, tickets and policies of the domain, telemetry, system programs.

Enters: machines. Leaves: acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from tocsin.simulate.acts import (
    SYSTEM,
    Account,
    Act,
    Lease,
    Logon,
    Lookup,
    Machine,
    Process,
    ShareUse,
    Talk,
    Ticket,
    Visit,
)
from tocsin.simulate.calendar import HOUR_US, MINUTE_US, Stretch
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import beats, dice, early, heavy, moments, number, pick

_SYS32 = "C:\\Windows\\System32\\"
_SVCHOST, _SERVICES = f"{_SYS32}svchost.exe", f"{_SYS32}services.exe"
_SYSTEM_PROGRAMS = (
    (_SVCHOST, f"{_SVCHOST} -k netsvcs -p -s Schedule", _SERVICES),
    (f"{_SYS32}taskhostw.exe", "taskhostw.exe", _SVCHOST),
    (f"{_SYS32}backgroundTaskHost.exe", f'"{_SYS32}backgroundTaskHost.exe" -ServerName:App', _SVCHOST),
    (_SVCHOST, f"{_SVCHOST} -k LocalService -p -s BthAvctpSvc", _SERVICES),
    (f"{_SYS32}wbem\\WmiPrvSE.exe", f"{_SYS32}wbem\\wmiprvse.exe -secured -Embedding", _SVCHOST),
    (f"{_SYS32}conhost.exe", f"\\??\\{_SYS32}conhost.exe 0xffffffff -ForceV1", f"{_SYS32}cmd.exe"),
    ("C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25100\\MpCmdRun.exe",
     '"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25100\\MpCmdRun.exe" SignatureUpdate -ScheduleJob', _SVCHOST),
    (f"{_SYS32}dllhost.exe", f"{_SYS32}DllHost.exe /Processid:{{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}}", _SVCHOST),
    ("C:\\Program Files\\HarfangLab\\agent\\hurukai.exe", '"C:\\Program Files\\HarfangLab\\agent\\hurukai.exe" --update', _SERVICES),
    (f"{_SYS32}gpupdate.exe", "gpupdate.exe /target:computer", _SVCHOST),
    (f"{_SYS32}usoclient.exe", f"{_SYS32}usoclient.exe StartScan", _SVCHOST),
    ("C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe",
     '"C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe" /ua /installsource scheduler', _SVCHOST),
)  # fmt: skip
_SERVER_TASKS = (
    (f"{_SYS32}WindowsPowerShell\\v1.0\\powershell.exe",
     "powershell.exe -NoProfile -ExecutionPolicy RemoteSigned -File C:\\Exploitation\\rotation-journaux.ps1", _SVCHOST),
    (f"{_SYS32}cmd.exe", "cmd.exe /c C:\\Exploitation\\export-quotidien.bat", _SVCHOST),
    (f"{_SYS32}robocopy.exe", "robocopy D:\\Exports \\\\fic-01\\echange\\exports /MIR /R:1 /W:2", f"{_SYS32}cmd.exe"),
    (f"{_SYS32}schtasks.exe", 'schtasks /query /fo csv /tn "\\Exploitation\\Export"', f"{_SYS32}cmd.exe"),
    (f"{_SYS32}vssvc.exe", f"{_SYS32}vssvc.exe", _SERVICES),
)  # fmt: skip


@lru_cache(maxsize=1 << 15)
def own_account(place: Place, machine: Machine) -> Account:
    """Give a machine's own account."""
    name = f"{machine.name.upper()[:15]}$"
    return Account(
        name=name,
        site=place.site,
        kind="machine",
        domain=place.domain,
        sid=f"{place.sid}-{20_000 + machine.rank}",
        rank=8_000_000 + machine.rank,
    )


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give what all machines do by themselves."""
    for machine in place.machines.values():
        if machine.os in {"windows", "linux"}:
            random = dice(place.seed, place.site, "background", machine.rank, stretch.number)
            yield from _names(place, stretch, machine, random)
            if machine.audited and machine.os == "windows":
                yield from _domain(place, stretch, machine, random)
                yield from _programs(stretch, machine, random)
                yield from _telemetry(place, stretch, machine, random)
        yield from _regular(place, stretch, machine)


def _awake(stretch: Stretch, machine: Machine) -> float:
    """Office machines are off at night; those of care and servers never are."""
    return (
        max(stretch.office, 0.05)
        if machine.zone_kind == "office"
        else 1.0
        if machine.server
        else 0.5 + stretch.office / 2
    )


def _names(place: Place, stretch: Stretch, machine: Machine, random: Random) -> Iterator[Act]:
    resolver = place.controller(machine.rank)
    if resolver is None or resolver is machine or machine.zone_kind in {"dmz"}:
        return
    links = place.links.get(machine.name, ())
    for at_us in moments(random, 9 * _awake(stretch, machine) * stretch.hours, stretch.begin_us, stretch.end_us):
        drawn = random.random()
        if drawn < 0.62 and links:
            server = early(random, links, 1.6).server
            yield Lookup(at_us, random.getrandbits(63), machine, resolver, server.full_name, (server.address,))
        elif drawn < 0.8:
            name = f"_ldap._tcp.dc._msdcs.{place.suffix}"
            yield Lookup(at_us, random.getrandbits(63), machine, resolver, name, (resolver.full_name,), "SRV")
        elif drawn < 0.9 and machine.os == "windows":
            name = pick(random, (f"wpad.{place.suffix}", f"isatap.{place.suffix}", f"ancien-serveur.{place.suffix}"))
            yield Lookup(at_us, random.getrandbits(63), machine, resolver, name, (), "A", "NXDOMAIN")
        else:
            other = pick(random, links).server if links else resolver
            back = ".".join(reversed(other.address.split("."))) + ".in-addr.arpa"
            yield Lookup(at_us, random.getrandbits(63), machine, resolver, back, (other.full_name,), "PTR")


def _domain(place: Place, stretch: Stretch, machine: Machine, random: Random) -> Iterator[Act]:
    """Tickets of the machine's own account, and its policies."""
    controller = place.controller(machine.rank)
    if controller is None or controller is machine:
        return
    account = own_account(place, machine)
    awake = _awake(stretch, machine)
    for at_us in moments(random, 0.7 * awake * stretch.hours, stretch.begin_us, stretch.end_us):
        yield Ticket(at_us, random.getrandbits(63), machine, controller, account, "AS", "krbtgt")
        for part, service in enumerate((f"ldap/{controller.full_name}", f"cifs/{controller.full_name}")):
            yield Ticket(
                at_us + 5_000 * (part + 1), random.getrandbits(63), machine, controller, account, "TGS", service
            )
        link = random.getrandbits(63)
        for rank in range(3):
            name = f"{place.suffix}/Policies/{{31B2F340-016D-11D2-945F-00C04FB984F{rank}}}/gpt.ini"
            yield ShareUse(
                at_us + 40_000 * (rank + 1),
                random.getrandbits(63),
                machine,
                controller,
                account,
                "SYSVOL",
                name,
                "open",
                size=59,
                link=link,
                first=rank == 0,
                duration=11.0,
            )


def _programs(stretch: Stretch, machine: Machine, random: Random) -> Iterator[Act]:
    awake = _awake(stretch, machine)
    for at_us in moments(random, 5 * awake * stretch.hours, stretch.begin_us, stretch.end_us):
        image, command, parent = early(random, _SYSTEM_PROGRAMS, 1.7)
        yield Process(at_us, random.getrandbits(63), machine, SYSTEM, image, command, parent)
        if random.random() < 0.35:
            yield Logon(at_us - 2_000, random.getrandbits(63), machine, SYSTEM, "service", protocol="negotiate")
    if machine.server:
        task = number("task", machine.name)
        for at_us in beats(stretch.begin_us, stretch.end_us, HOUR_US * (1 + task % 6), task):
            image, command, parent = _SERVER_TASKS[task % len(_SERVER_TASKS)]
            yield Process(at_us, random.getrandbits(63), machine, SYSTEM, image, command, parent)


def _telemetry(place: Place, stretch: Stretch, machine: Machine, random: Random) -> Iterator[Act]:
    if machine.zone not in place.hides or not place.steady:
        return
    for at_us in moments(random, 3 * _awake(stretch, machine) * stretch.hours, stretch.begin_us, stretch.end_us):
        site = early(random, place.steady, 1.2)
        agent = "crypto" if site.name.startswith(("ocsp", "crl")) else "update" if "update" in site.name else "edge"
        plain = agent == "crypto"
        yield Visit(
            at_us,
            random.getrandbits(63),
            machine,
            site,
            site.name,
            80 if plain else 443,
            not plain,
            int(heavy(random, 400, 30_000)),
            int(heavy(random, 800, 3_000_000)),
            0.1 + heavy(random, 0.05, 20),
            path="/MFEwTzBNMEswSTAJBgUrDgMCGgUABBS" if plain else "/",
            agent=agent,
            kind="application/ocsp-response" if plain else "application/octet-stream",
            look_up=random.random() < 0.4,
            image=_SVCHOST if agent != "edge" else "",
        )


def _clock(place: Place, machine: Machine) -> Machine | None:
    """Give who tells a machine the time: the server that the map lets it ask, else the domain's controller."""
    told = next((one.server for one in place.links.get(machine.name, ()) if one.port == 123), None)
    if told is None and machine.os in {"windows", "linux"} and machine.zone_kind != "dmz":
        return place.controller(machine.rank)
    return told


def _regular(place: Place, stretch: Stretch, machine: Machine) -> Iterator[Act]:
    """The time, and the address's lease: by the clock of each machine."""
    phase = number("phase", machine.site, machine.name)
    clock = _clock(place, machine)
    if clock is not None and clock is not machine:
        for at_us in beats(stretch.begin_us, stretch.end_us, 34 * MINUTE_US + phase % 5_000_000, phase):
            yield Talk(at_us + (at_us >> 7) % 900_000, phase ^ at_us, machine, clock, 123, "udp", "ntp", 48, 48, 0.0006)
    server = place.first("dhcp")
    if server is not None and not machine.server and machine.zone_kind in {"care", "office"}:
        for at_us in beats(stretch.begin_us, stretch.end_us, 240 * MINUTE_US, phase // 3):
            yield Lease(at_us, phase ^ (at_us + 1), machine, server)
