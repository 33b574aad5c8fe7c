"""Sysmon on the hospital's Windows machines, with a usual configuration: no image loads, no browser connections.

Enters: acts on Windows machines, connections that name their program. Leaves: JSON lines with Sysmon's field names. Its
`UtcTime` is right whatever the machine's clock says, as in real sets.
Source: Sysmon's manifest; field names and order as in recorded sets.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.simulate.acts import FileMade, Installed, Machine, Opened, Process, Registry, Tampered, Visit
from tocsin.simulate.cast import Place
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.recorders.windows import logon_id, process_id
from tocsin.simulate.text import digest, iso, mixed, plain, quoted
from tocsin.simulate.wires import Wire

_TRACE = "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|UNKNOWN(00000266A7F20A7D)"


class Sysmon(Recorder):
    """Writes Sysmon's channel."""

    SOURCE = "sysmon"
    NETWORK = True

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("windows/windows.json")

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {
            Process: self.process,
            FileMade: self.file_made,
            Opened: self.opened,
            Registry: self.registry,
            Installed: self.installed,
            Tampered: self.tampered,
            Visit: self.visit,
        }

    def heard(self, machine: Machine) -> bool:
        """Say whether a machine has Sysmon."""
        return machine.audited and machine.os == "windows" and machine.site == self.site

    def event(self, machine: Machine, us: int, number: int, data: str, before: str = "") -> None:
        """Add an event."""
        if self.sink.silent and self.sink.mute(machine, us):
            return
        stamp = iso(us + 40_000 + machine.clock_us)
        self.lines.append((
            us,
            '{"SourceName":"Microsoft-Windows-Sysmon","ProviderGuid":"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}","Level":"4",'
            f'"Keywords":"0x8000000000000000","Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"{machine.full_name}",'
            f'"TimeCreated":"{stamp}","@timestamp":"{stamp}","EventID":{number},"Task":"{number}","RuleName":"-",{before}'
            f'"UtcTime":"{plain(us)}",{data}}}',
        ))  # fmt: skip

    def guid(self, machine: Machine, no: int) -> str:
        """Give the GUID of a process as Sysmon makes it: machine, time, number."""
        number = mixed(no, 31)
        root = mixed(machine.rank, 1) & 0xFFFFFFFF
        return (
            f"{{{root:08x}-{number & 0xFFFF:04x}-{number >> 16 & 0xFFFF:04x}-{number >> 32 & 0xFFFF:04x}-000000000800}}"
        )

    def user(self, account_domain: str, name: str) -> str:
        """Give an account as Sysmon writes it."""
        return quoted(f"{account_domain}\\{name}")

    def process(self, act: Process) -> None:
        """1."""
        machine, account = act.machine, act.account
        if not self.heard(machine):
            return
        name = act.image.rpartition("\\")[2]
        user = self.user(account.domain or machine.domain, account.name)
        system = account.kind == "system"
        level = "System" if system else "High" if act.elevated else "Medium"
        known = act.image
        folder = "C:\\Windows\\system32\\" if system else f"C:\\Users\\{account.name}\\"
        hashes = f"SHA1={digest(known, 20).upper()},MD5={digest(known, 16).upper()},SHA256={digest(known).upper()},IMPHASH={digest(known + 'i', 16).upper()}"
        self.event(
            machine, act.time_us, 1,
            f'"ProcessGuid":"{self.guid(machine, act.no)}","ProcessId":"{process_id(act.no)}","Image":{quoted(act.image)},'
            f'"FileVersion":"10.0.26100.{1000 + len(name) * 17}","Description":{quoted(name.partition(".")[0])},"Product":{quoted(act.company.partition(" ")[0])},'
            f'"Company":{quoted(act.company)},"OriginalFileName":{quoted(act.original or name)},"CommandLine":{quoted(act.command or act.image)},'
            f'"CurrentDirectory":{quoted(folder)},"User":{user},"LogonGuid":"{self.guid(machine, account.rank + act.session)}",'
            f'"LogonId":"{logon_id(machine, account, act.session)}","TerminalSessionId":"{0 if system else 1}","IntegrityLevel":"{level}",'
            f'"Hashes":"{hashes}","ParentProcessGuid":"{self.guid(machine, mixed(act.no, 2))}","ParentProcessId":"{process_id(mixed(act.no, 2))}",'
            f'"ParentImage":{quoted(act.parent)},"ParentCommandLine":{quoted(act.parent_command or act.parent)},"ParentUser":{user}',
        )  # fmt: skip

    def wire(self, wire: Wire) -> None:
        """3, where the act names its program."""
        machine = wire.client
        if not wire.image or wire.leg == "out" or not self.heard(machine) or wire.blocked:
            return
        account = wire.account
        user = self.user(account.domain or machine.domain, account.name) if account else '"NT AUTHORITY\\\\SYSTEM"'
        self.event(
            machine, wire.time_us + 900, 3,
            f'"ProcessGuid":"{self.guid(machine, wire.no)}","ProcessId":"{process_id(wire.no)}","Image":{quoted(wire.image)},'
            f'"User":{user},"Protocol":"{wire.proto}","Initiated":"true","SourceIsIpv6":"false","SourceIp":"{machine.address}",'
            f'"SourceHostname":"-","SourcePort":"{wire.sport}","SourcePortName":"-","DestinationIsIpv6":"false",'
            f'"DestinationIp":"{wire.server.address}","DestinationHostname":"-","DestinationPort":"{wire.port}","DestinationPortName":"-"',
        )  # fmt: skip

    def visit(self, act: Visit) -> None:
        """22, where the program that asks for a name is told."""
        if act.image and act.look_up and self.heard(act.client):
            account = act.account
            user = self.user(account.domain, account.name) if account else '"NT AUTHORITY\\\\SYSTEM"'
            self.event(
                act.client, act.time_us - 15_000, 22,
                f'"ProcessGuid":"{self.guid(act.client, act.no)}","ProcessId":"{process_id(act.no)}","QueryName":{quoted(act.name)},'
                f'"QueryStatus":"0","QueryResults":"::ffff:{act.server.address};","Image":{quoted(act.image)},"User":{user}',
            )  # fmt: skip

    def file_made(self, act: FileMade) -> None:
        """11, 23."""
        machine = act.machine
        if not self.heard(machine):
            return
        user = self.user(act.account.domain or machine.domain, act.account.name)
        process = f'"ProcessGuid":"{self.guid(machine, act.no)}","ProcessId":"{process_id(act.no)}"'
        if act.action == "create":
            self.event(
                machine, act.time_us, 11,
                f'{process},"Image":{quoted(act.image)},"TargetFilename":{quoted(act.path)},"CreationUtcTime":"{plain(act.time_us)}","User":{user}',
            )  # fmt: skip
        else:
            hashes = f"SHA256={digest(act.path).upper()}"
            self.event(
                machine, act.time_us, 23,
                f'{process},"User":{user},"Image":{quoted(act.image)},"TargetFilename":{quoted(act.path)},"Hashes":"{hashes}","IsExecutable":"false","Archived":"false"',
            )  # fmt: skip

    def opened(self, act: Opened) -> None:
        """10."""
        machine = act.machine
        if self.heard(machine):
            user = self.user(act.account.domain or machine.domain, act.account.name)
            self.event(
                machine, act.time_us, 10,
                f'"SourceProcessGUID":"{self.guid(machine, act.no)}","SourceProcessId":"{process_id(act.no)}","SourceThreadId":"{1_000 + act.no % 9_000}",'
                f'"SourceImage":{quoted(act.image)},"TargetProcessGUID":"{self.guid(machine, machine.rank)}","TargetProcessId":"{600 + machine.rank % 300}",'
                f'"TargetImage":{quoted(act.target)},"GrantedAccess":"{act.access}","CallTrace":{quoted(act.trace or _TRACE)},'
                f'"SourceUser":{user},"TargetUser":"NT AUTHORITY\\\\SYSTEM"',
            )  # fmt: skip

    def registry(self, act: Registry) -> None:
        """13."""
        self._set(act.machine, act, act.image, act.key, act.value)

    def installed(self, act: Installed) -> None:
        """13 of a service, driver or run key; 6 of a driver; 19 to 21 of WMI."""
        if act.what == "runkey":
            self._set(act.machine, act, "C:\\Windows\\regedit.exe", act.name, act.command)
        elif act.what in {"service", "driver"}:
            key = f"HKLM\\System\\CurrentControlSet\\Services\\{act.name}\\ImagePath"
            self._set(act.machine, act, "C:\\Windows\\system32\\services.exe", key, act.command)
            if act.what == "driver" and self.heard(act.machine):
                signed = '"Signed":"true","Signature":"-","SignatureStatus":"Valid"'
                self.event(
                    act.machine,
                    act.time_us + 5_000,
                    6,
                    f'"ImageLoaded":{quoted(act.command)},"Hashes":"SHA256={digest(act.command).upper()}",{signed}',
                )
        elif act.what == "wmi" and self.heard(act.machine):
            user = self.user(act.account.domain or act.machine.domain, act.account.name)
            name = quoted(f' "{act.name}"')
            kind = '"EventType":"WmiConsumerEvent",'
            self.event(
                act.machine, act.time_us, 20,
                f'"Operation":"Created","User":{user},"Name":{name},"Type":"Command Line","Destination":{quoted(act.command)}',
                kind,
            )  # fmt: skip

    def _set(self, machine: Machine, act: Registry | Installed, image: str, key: str, value: str) -> None:
        if self.heard(machine):
            user = self.user(act.account.domain or machine.domain, act.account.name)
            self.event(
                machine, act.time_us, 13,
                f'"ProcessGuid":"{self.guid(machine, act.no)}","ProcessId":"{process_id(act.no)}","Image":{quoted(image)},'
                f'"TargetObject":{quoted(key)},"Details":{quoted(value)},"User":{user}',
                '"EventType":"SetValue",',
            )  # fmt: skip

    def tampered(self, act: Tampered) -> None:
        """4."""
        if act.what == "sysmon_stopped" and self.heard(act.machine):
            self.event(act.machine, act.time_us, 4, '"State":"Stopped","Version":"15.15","SchemaVersion":"4.90"')
