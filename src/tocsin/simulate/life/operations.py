"""What runs by the clock: backups, monitoring, copies off site, the vulnerability scanner, service accounts, vendors.

Enters: the map's backups, vendors and identities. Leaves: acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_network

from tocsin.care.model import Vendor
from tocsin.simulate.acts import (
    Account,
    Act,
    Alert,
    AwsCall,
    Backup,
    Bastion,
    Logon,
    Machine,
    Noticed,
    ShareUse,
    Talk,
)
from tocsin.simulate.calendar import MINUTE_US, Stretch
from tocsin.simulate.cast import Copy, Place
from tocsin.simulate.dice import beats, dice, moments, number, pick


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give all of it."""
    for copy in place.backups:
        yield from _copies(place, stretch, copy)
    yield from _polls(place, stretch)
    yield from _off_site(place, stretch)
    yield from _scanner(place, stretch)
    yield from _services(place, stretch)
    yield from _sessions(place, stretch)
    yield from _false_alarms(place, stretch)


def _copies(place: Place, stretch: Stretch, copy: Copy) -> Iterator[Act]:
    """Journals all day where they are wanted often, the whole at night; one in a hundred has a warning."""
    phase = number("copy", place.site, copy.name)
    often = min(copy.every_min, 240)
    for at_us in beats(stretch.begin_us, stretch.end_us, often * MINUTE_US, phase):
        no = phase ^ at_us
        targets = copy.targets if copy.every_min >= 60 else copy.targets[:6]
        yield Backup(
            at_us,
            no >> 1,
            copy.server,
            f"{copy.name}-journaux",
            targets,
            copy.store,
            "Success",
            30_000_000 + no % 400_000_000,
            20 + no % 60,
        )
    night = stretch.at(60 + phase % 200)
    if stretch.holds(night):
        drawn = number(place.seed, "night", copy.name, stretch.number) % 1000
        result = "Failed" if drawn < 4 else "Warning" if drawn < 20 else "Success"
        size = 20_000_000_000 + phase % 90_000_000_000
        yield Backup(
            night,
            (phase ^ night) >> 1,
            copy.server,
            f"{copy.name}-complet",
            copy.targets,
            copy.store,
            result,
            size,
            1_200 + phase % 5_000,
        )


@lru_cache(maxsize=64)
def _monitored(place: Place) -> tuple[Machine, ...]:
    return tuple(
        one for one in place.machines.values() if one.server or one.os == "network" or one.role == "hypervisor"
    )


def _monitor(place: Place) -> Machine | None:
    """Give the machine that watches the others: of those that manage, the one that runs Linux."""
    managing = place.of("management")
    return next((one for one in managing if one.os == "linux"), managing[0] if managing else None)


def _polls(place: Place, stretch: Stretch) -> Iterator[Act]:
    monitor = _monitor(place)
    if monitor is None:
        return
    for machine in _monitored(place):
        if machine is not monitor:
            phase = number("poll", place.site, machine.name)
            for at_us in beats(stretch.begin_us, stretch.end_us, 5 * MINUTE_US, phase):
                yield Talk(at_us, (phase ^ at_us) >> 1, monitor, machine, 161, "udp", "snmp", 240, 900, 0.04)


_ROBOT = "robot-sauvegarde"


@lru_cache(maxsize=64)
def robot(place: Place) -> Account:
    """Give the cloud account that copies backups off site."""
    return Account(name=_ROBOT, site=place.site, kind="service", rank=9_900_000)


def _off_site(place: Place, stretch: Stretch) -> Iterator[Act]:
    if not place.backups:
        return
    bucket = ("bucketName", f"{place.site}-copies")
    phase = number("cloud", place.site)
    for at_us in beats(stretch.begin_us, stretch.end_us, 15 * MINUTE_US, phase):
        for rank, operation in enumerate(
            ("ListBuckets", "GetBucketVersioning", "ListObjects", "PutObject", "PutObject")
        ):
            no = number(phase, at_us, rank) >> 1
            yield AwsCall(at_us + rank * 900_000, no, robot(place), "s3", operation, parameters=(bucket,))
    for at_us in beats(stretch.begin_us, stretch.end_us, 360 * MINUTE_US, phase):
        yield AwsCall(at_us, number(phase, at_us) >> 1, robot(place), "sts", "GetCallerIdentity")


_SCANNED = (22, 80, 135, 139, 443, 445, 1433, 3389, 5985, 8080, 9100, 161)


def _scanner(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Once a week, Wednesday evening, servers and network are scanned for weaknesses."""
    scanner = _monitor(place)
    start = stretch.at(21 * 60 + 30)
    if scanner is None or stretch.day.weekday() != 2 or stretch.end_us <= start:
        return
    every = 6_000_000
    for rank, machine in enumerate(_monitored(place)):
        begun = start + rank * every
        if machine is scanner or not stretch.holds(begun):
            continue
        for place_of, port in enumerate(_SCANNED):
            no = number(place.seed, "scan", machine.name, port, stretch.day) >> 1
            open_port = port in {22, 443} or (machine.os == "windows" and port in {135, 445, 3389})
            state = "SF" if open_port else "REJ" if machine.os == "linux" else "S0"
            at_us = begun + place_of * 300_000 + no % 200_000
            yield Talk(at_us, no, scanner, machine, port, "tcp", "", 400, 900, 0.2 if open_port else 0.001, state)


def _services(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Service accounts log on to their own machines, and from one to the other."""
    for account in place.accounts.values():
        if account.kind != "service":
            continue
        machines = [
            one for one in place.machines.values() if one.os == "windows" and one.audited and _own(account, one)
        ]
        random = dice(place.seed, place.site, "service", account.rank, stretch.number)
        for machine in machines:
            for at_us in moments(random, 1.5 * stretch.hours, stretch.begin_us, stretch.end_us):
                yield Logon(at_us, random.getrandbits(63), machine, account, "service", protocol="negotiate")
        files = place.first("file_server")
        if machines and files is not None:
            for at_us in moments(random, 0.8 * stretch.hours, stretch.begin_us, stretch.end_us):
                link = random.getrandbits(63)
                name = f"Exports/{account.name}/{stretch.day:%Y%m%d}.csv"
                yield ShareUse(at_us, link, machines[0], files, account, "echange", name, "write", link=link)


def _own(account: Account, machine: Machine) -> bool:
    word = account.name.partition("-")[2] or account.name
    return machine.name.startswith(word[:5])


def _sessions(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Companies come through the bastion in their hours, more often in the morning."""
    tunnel = next((prefix for kind, prefix in place.zones.values() if kind == "external" and prefix), "")
    for rank, (vendor, account, targets, bastion) in enumerate(place.vendors):
        if bastion is None or not targets or not tunnel:
            continue
        random = dice(place.seed, place.site, "vendor", vendor.name, stretch.number)
        minute = stretch.day.weekday() * 1440 + int(stretch.hour * 60)
        if stretch.free or not vendor.open_at(minute):
            continue
        zone = next(name for name, (kind, prefix) in place.zones.items() if prefix == tunnel)
        client = guest(place, tunnel, zone, 10 + rank, vendor.name)
        for at_us in moments(random, _rate(vendor) * stretch.hours, stretch.begin_us, stretch.end_us):
            target = pick(random, targets)
            service = (
                "SSH"
                if target.os == "linux"
                else "RDP"
                if any(port.take("tcp", 3389) for port in vendor.ports)
                else "HTTPS"
            )
            if random.random() < 0.06:
                no = random.getrandbits(63)
                yield Bastion(
                    at_us - 20_000_000, no, bastion, client, target, account, service, what="refused", duration=3
                )
            no, length = random.getrandbits(63), random.uniform(300, 4_000)
            yield Bastion(at_us, no, bastion, client, target, account, service, f"maint-{vendor.name}", duration=length)


def _rate(vendor: Vendor) -> float:
    open_min = sum(window.end_min - window.start_min for window in vendor.windows) or 1
    return 60 * 2.5 / min(open_min, 3_000)


def guest(place: Place, prefix: str, zone: str, host: int, name: str) -> Machine:
    """Give a machine of a zone that the map does not know: a company's, a teleworker's, a visitor's."""
    kind = place.zones[zone][0]
    network = ip_network(prefix)
    address = str(network[1 + host % (network.num_addresses - 2)])
    rank = 700_000 + number(zone, host) % 200_000
    return Machine(name=name, address=address, site=place.site, zone=zone, zone_kind=kind, full_name=name, rank=rank)


_ALARMS = (
    ("Script PowerShell non signé exécuté par une tâche planifiée", "T1059.001", "low",
     "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "powershell.exe -File C:\\Exploitation\\rotation-journaux.ps1"),
    ("Logiciel potentiellement indésirable bloqué", "", "low", "C:\\Users\\Public\\Downloads\\convertisseur-pdf.exe", "convertisseur-pdf.exe"),
    ("Macro Office bloquée", "T1204.002", "medium", "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE", "EXCEL.EXE planning.xlsm"),
)  # fmt: skip


def _false_alarms(place: Place, stretch: Stretch) -> Iterator[Act]:
    """The EDR and Suricata are wrong now and then."""
    random = dice(place.seed, place.site, "alarms", stretch.number)
    desks = [one for one in place.machines.values() if one.agent and one.os == "windows"]
    rate = len(desks) * 0.00012 * (0.3 + stretch.office)
    for at_us in moments(random, rate * stretch.hours, stretch.begin_us, stretch.end_us):
        machine, (title, technique, level, image, command) = pick(random, desks), pick(random, _ALARMS)
        account = pick(random, place.people).account
        yield Alert(at_us, random.getrandbits(63), machine, account, title, technique, level, image, command)
    proxy = place.first("proxy")
    if proxy is not None and place.internet:
        rate = 2.2 * (0.2 + stretch.office)
        for at_us in moments(random, rate * stretch.hours, stretch.begin_us, stretch.end_us):
            number_of, signature, category, severity = pick(random, _SIGNATURES)
            no, site = random.getrandbits(63), pick(random, place.internet)
            yield Noticed(at_us, no, proxy, site, 443, signature, number_of, category, severity, service="ssl")


_SIGNATURES = (
    (2_210_054, "SURICATA STREAM excessive retransmissions", "Generic Protocol Command Decode", 3),
    (2_210_045, "SURICATA STREAM Packet with invalid ack", "Generic Protocol Command Decode", 3),
    (2_230_003, "SURICATA TLS invalid handshake message", "Generic Protocol Command Decode", 3),
    (9_100_001, "LOCAL INFO file-sharing service in TLS SNI", "Misc activity", 3),
    (9_100_002, "LOCAL POLICY remote support tool update check", "Potential Corporate Privacy Violation", 2),
)
