"""The Windows event logs Security and System of the hospital's machines, as a collector ships them: flat JSON.

Enters: acts on Windows machines. Leaves: JSON lines with Windows' own field names, without the rendered text. A machine's
clock is its own: times are off by as much.
Source: Microsoft's event reference; field names and order as in recorded sets.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.simulate.acts import (
    Account,
    AccountChange,
    DirectoryUse,
    Installed,
    Logoff,
    Logon,
    Machine,
    Process,
    ShareUse,
    Tampered,
    Ticket,
    Usb,
)
from tocsin.simulate.cast import Place
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.text import guid, iso, mixed, quoted
from tocsin.simulate.wires import source_port

_TYPES = {"interactive": 2, "network": 3, "batch": 4, "service": 5, "unlock": 7, "explicit": 9, "remote": 10}
_REASONS = {
    "bad_password": ("0xc000006d", "0xc000006a", "0x18"),
    "unknown_user": ("0xc000006d", "0xc0000064", "0x6"),
    "locked": ("0xc0000234", "0x0", "0x12"),
    "disabled": ("0xc000006e", "0xc0000072", "0x12"),
    "expired": ("0xc000006e", "0xc0000071", "0x17"),
    "not_allowed": ("0xc000015b", "0x0", "0x0"),
}
"""Status and substatus of 4625, and Kerberos' code of 4771 or 4768."""
_SECURITY = '"SourceName":"Microsoft-Windows-Security-Auditing","ProviderGuid":"{54849625-5478-4994-a5ba-3e3b0328c30d}","Level":"0","Keywords":"0x80'
_PROVIDERS = {
    "Service Control Manager": "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
    "Microsoft-Windows-Eventlog": "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}",
    "Microsoft-Windows-Windows Defender": "{11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78}",
    "Microsoft-Windows-Backup": "{1db28f2e-8f80-4027-8c5a-a11f7f10f62d}",
}
_NOBODY = '"SubjectUserSid":"S-1-0-0","SubjectUserName":"-","SubjectDomainName":"-","SubjectLogonId":"0x0"'
_PRIVILEGES = quoted(
    "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\t"
    "SeDebugPrivilege\n\t\t\tSeSystemEnvironmentPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\tSeImpersonatePrivilege"
)
_CHANGES = {
    "created": (4720, 13824),
    "enabled": (4722, 13824),
    "password_reset": (4724, 13824),
    "disabled": (4725, 13824),
    "deleted": (4726, 13824),
    "changed": (4738, 13824),
    "locked": (4740, 13824),
    "unlocked": (4767, 13824),
}
_REPLICATION = "{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}"
_DOMAIN_DNS = "%{19195a5b-6da0-11d0-afd3-00c04fd930c9}"


def logon_id(machine: Machine, account: Account, session: int) -> str:
    """Give the number of a log-on: the same for all that somebody does in one session on a machine."""
    if account.kind == "system":
        return "0x3e7"
    return f"0x{mixed(machine.rank * 1_000_003 + account.rank, session) & 0xFFFFFFF | 0x10000:x}"


class Windows(Recorder):
    """Writes Security and System."""

    SOURCE = "windows"

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("windows/windows.json")

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves in the logs."""
        return {
            Logon: self.logon,
            Logoff: self.logoff,
            Ticket: self.ticket,
            Process: self.process,
            Installed: self.installed,
            ShareUse: self.share,
            DirectoryUse: self.directory,
            AccountChange: self.account_change,
            Tampered: self.tampered,
            Usb: self.usb,
        }

    def heard(self, machine: Machine) -> bool:
        """Say whether a machine's logs reach this hospital's collector."""
        return machine.audited and machine.os == "windows" and machine.site == self.site

    def security(self, machine: Machine, us: int, event: int, task: int, data: str, good: bool = True) -> None:
        """Add an event of Security."""
        if self.sink.silent and self.sink.mute(machine, us):
            return
        stamp = iso(us + machine.clock_us)
        self.lines.append((
            us,
            f'{{{_SECURITY}{"2" if good else "1"}0000000000000","Channel":"Security","Hostname":"{machine.full_name}",'
            f'"TimeCreated":"{stamp}","@timestamp":"{stamp}","EventID":{event},"Task":"{task}",{data}}}',
        ))  # fmt: skip

    def system(self, machine: Machine, us: int, event: int, provider: str, data: str, channel: str = "System") -> None:
        """Add an event of another channel."""
        if self.sink.silent and self.sink.mute(machine, us):
            return
        stamp = iso(us + machine.clock_us)
        self.lines.append((
            us,
            f'{{"SourceName":"{provider}","ProviderGuid":"{_PROVIDERS.get(provider, "")}","Level":"4",'
            f'"Keywords":"0x8080000000000000","Channel":"{channel}",'
            f'"Hostname":"{machine.full_name}","TimeCreated":"{stamp}","@timestamp":"{stamp}","EventID":{event},'
            f'"Task":"0",{data}}}',
        ))  # fmt: skip

    def subject(self, machine: Machine, account: Account, session: int = 0) -> str:
        """Give who acts, as most events tell it."""
        number = logon_id(machine, account, session)
        return (
            f'"SubjectUserSid":"{account.sid}","SubjectUserName":"{account.name}",'
            f'"SubjectDomainName":"{account.domain or machine.domain}","SubjectLogonId":"{number}"'
        )

    def own(self, machine: Machine) -> str:
        """Give the machine itself as who acts."""
        return (
            f'"SubjectUserSid":"S-1-5-18","SubjectUserName":"{machine.name.upper()[:15]}$",'
            f'"SubjectDomainName":"{machine.domain}","SubjectLogonId":"0x3e7"'
        )

    def logon(self, act: Logon) -> None:
        """4624 and 4672, 4625, 4648; with NTLM 4776 on the domain controller."""
        machine, account = act.machine, act.account
        if act.protocol == "ntlm" and account.kind != "system":
            self._ntlm(act)
        if not self.heard(machine):
            return
        if act.reason:
            self._refused(act)
            return
        session = logon_id(machine, account, act.session)
        local = act.kind in {"interactive", "unlock", "service", "batch", "explicit", "remote"}
        subject = self.own(machine) if local else _NOBODY
        self.security(machine, act.time_us, 4624, 12544, f"{subject},{self._target(act, session)}")
        if act.kind == "explicit":
            self._explicit(act)
        if account.kind in {"admin", "service", "system", "break_glass"}:
            special = f'{self.subject(machine, account, act.session)},"PrivilegeList":{_PRIVILEGES}'
            self.security(machine, act.time_us + 200, 4672, 12548, special)

    def _target(self, act: Logon, session: str) -> str:
        account, client = act.account, act.client
        number = _TYPES[act.kind]
        kerberos = act.protocol == "kerberos" and act.kind == "network"
        process = {"service": "Advapi  ", "network": "Kerberos" if kerberos else "NtLmSsp "}.get(act.kind, "User32 ")
        package = "Kerberos" if kerberos else "NTLM" if act.protocol == "ntlm" else "Negotiate"
        image = {"service": "services.exe", "network": "-", "batch": "svchost.exe"}.get(act.kind, "svchost.exe")
        path = "-" if image == "-" else f"C:\\\\Windows\\\\System32\\\\{image}"
        where = f'"IpAddress":"{client.address}","IpPort":"{source_port(client, act.no)}"' if client else ""
        local = (
            '"IpAddress":"127.0.0.1","IpPort":"0"'
            if act.kind in {"interactive", "unlock"}
            else '"IpAddress":"-","IpPort":"-"'
        )
        desk = (
            client.name.upper()[:15]
            if client and act.protocol == "ntlm"
            else "-"
            if act.kind in {"network", "service"}
            else act.machine.name.upper()[:15]
        )
        ticket = f"{{{guid(mixed(act.no, 21))}}}" if kerberos else "{00000000-0000-0000-0000-000000000000}"
        elevated = "%%1842" if account.kind in {"admin", "service", "system"} else "%%1843"
        return (
            f'"TargetUserSid":"{account.sid}","TargetUserName":"{account.name}","TargetDomainName":"{account.domain or act.machine.domain}",'
            f'"TargetLogonId":"{session}","LogonType":"{number}","LogonProcessName":"{process}",'
            f'"AuthenticationPackageName":"{package}","WorkstationName":"{desk}","LogonGuid":"{ticket}",'
            f'"TransmittedServices":"-","LmPackageName":"{"NTLM V2" if act.protocol == "ntlm" else "-"}",'
            f'"KeyLength":"{128 if act.protocol == "ntlm" else 0}","ProcessId":"0x{0x200 + act.machine.rank % 900:x}","ProcessName":"{path}",'
            f'{where or local},"ImpersonationLevel":"%%1833","RestrictedAdminMode":"-","TargetOutboundUserName":"-",'
            f'"TargetOutboundDomainName":"-","VirtualAccount":"%%1843","TargetLinkedLogonId":"0x0","ElevatedToken":"{elevated}"'
        )

    def _refused(self, act: Logon) -> None:
        status, sub, _ = _REASONS.get(act.reason, _REASONS["bad_password"])
        client = act.client
        where = (
            f'"IpAddress":"{client.address}","IpPort":"{source_port(client, act.no)}"'
            if client
            else '"IpAddress":"127.0.0.1","IpPort":"0"'
        )
        remote = act.kind == "network"
        desk = (client or act.machine).name.upper()[:15]
        reason = {"unknown_user": "%%2313", "locked": "%%2307", "disabled": "%%2310", "expired": "%%2309"}.get(
            act.reason, "%%2313"
        )
        package = "NTLM" if act.protocol == "ntlm" else "Kerberos" if remote else "Negotiate"
        self.security(
            act.machine,
            act.time_us,
            4625,
            12544,
            f'{_NOBODY if remote else self.own(act.machine)},"TargetUserSid":"S-1-0-0","TargetUserName":"{act.account.name}",'
            f'"TargetDomainName":"{act.account.domain or act.machine.domain}","Status":"{status}","FailureReason":"{reason}",'
            f'"SubStatus":"{sub}","LogonType":"{_TYPES[act.kind]}","LogonProcessName":"{"NtLmSsp " if remote else "User32 "}",'
            f'"AuthenticationPackageName":"{package}","WorkstationName":"{desk}","TransmittedServices":"-",'
            f'"LmPackageName":"-","KeyLength":"0","ProcessId":"{"0x0" if remote else "0x3e4"}",'
            f'"ProcessName":"{"-" if remote else "C:" + chr(92) * 2 + "Windows" + chr(92) * 2 + "System32" + chr(92) * 2 + "svchost.exe"}",{where}',
            good=False,
        )

    def _explicit(self, act: Logon) -> None:
        target = act.client or act.machine
        self.security(
            act.machine,
            act.time_us - 300,
            4648,
            12544,
            f'{self.own(act.machine)},"LogonGuid":"{{00000000-0000-0000-0000-000000000000}}","TargetUserName":"{act.account.name}",'
            f'"TargetDomainName":"{act.account.domain}","TargetLogonGuid":"{{{guid(act.no)}}}","TargetServerName":"{target.full_name or target.name}",'
            f'"TargetInfo":"{target.full_name or target.name}","ProcessId":"0x{0x400 + act.no % 4000:x}",'
            '"ProcessName":"C:\\\\Windows\\\\System32\\\\svchost.exe","IpAddress":"-","IpPort":"-"',
        )

    def _ntlm(self, act: Logon) -> None:
        controller = self.place.controller(act.machine.rank)
        if controller is None or not self.heard(controller):
            return
        status = _REASONS.get(act.reason, ("", "0x0", ""))[1] if act.reason else "0x0"
        desk = (act.client or act.machine).name.upper()[:15]
        self.security(
            controller,
            act.time_us - 2_000,
            4776,
            14336,
            f'"PackageName":"MICROSOFT_AUTHENTICATION_PACKAGE_V1_0","TargetUserName":"{act.account.name}",'
            f'"Workstation":"{desk}","Status":"{status if status != "0x0" or not act.reason else "0xc0000234"}"',
            good=not act.reason,
        )

    def logoff(self, act: Logoff) -> None:
        """4634; 4647 where a person ends a session at the console."""
        if not self.heard(act.machine):
            return
        account = act.account
        number = logon_id(act.machine, account, act.session)
        target = (
            f'"TargetUserSid":"{account.sid}","TargetUserName":"{account.name}",'
            f'"TargetDomainName":"{account.domain or act.machine.domain}","TargetLogonId":"{number}"'
        )
        if act.kind in {"interactive", "remote"}:
            self.security(act.machine, act.time_us - 90_000, 4647, 12545, target)
        self.security(act.machine, act.time_us, 4634, 12545, f'{target},"LogonType":"{_TYPES[act.kind]}"')

    def ticket(self, act: Ticket) -> None:
        """4768, 4769 and 4771 on the domain controller."""
        controller, account = act.server, act.account
        if not self.heard(controller):
            return
        where = f'"IpAddress":"::ffff:{act.client.address}","IpPort":"{source_port(act.client, act.no)}"'
        cipher = {"rc4": "0x17", "aes128": "0x11"}.get(act.cipher, "0x12")
        code = _REASONS.get(act.reason, ("", "", "0x0"))[2] if act.reason else "0x0"
        realm = self.place.suffix
        if act.kind == "AS" and act.reason in {"bad_password", "expired"}:
            self.security(
                controller, act.time_us, 4771, 14339,
                f'"TargetUserName":"{account.name}","TargetSid":"{account.sid}","ServiceName":"krbtgt/{self.place.domain}",'
                f'"TicketOptions":"0x40810010","Status":"{code}","PreAuthType":"2",{where},"CertIssuerName":"",'
                '"CertSerialNumber":"","CertThumbprint":""',
                good=False,
            )  # fmt: skip
        elif act.kind == "AS":
            failed = bool(act.reason)
            self.security(
                controller, act.time_us, 4768, 14339,
                f'"TargetUserName":"{account.name}","TargetDomainName":"{realm if not failed else realm.upper()}",'
                f'"TargetSid":"{"S-1-0-0" if failed else account.sid}","ServiceName":"{"krbtgt" if not failed else "krbtgt/" + realm.upper()}",'
                f'"ServiceSid":"{"S-1-0-0" if failed else self.place.sid + "-502"}","TicketOptions":"0x40810010",'
                f'"Status":"{code}","TicketEncryptionType":"{"0xffffffff" if failed else cipher}",'
                f'"PreAuthType":"{"-" if failed else "2" if act.preauth else "0"}",{where},"CertIssuerName":"",'
                '"CertSerialNumber":"","CertThumbprint":""',
                good=not failed,
            )  # fmt: skip
        else:
            kind, _, host = act.service.partition("/")
            short = host.partition(".")[0].upper()[:15]
            name = (
                f"{short}$"
                if kind.lower() in {"cifs", "host", "termsrv", "ldap", "http", "rpcss"}
                else act.service.partition("/")[0]
            )
            self.security(
                controller, act.time_us, 4769, 14337,
                f'"TargetUserName":"{account.name}@{realm.upper()}","TargetDomainName":"{realm.upper()}","ServiceName":"{name}",'
                f'"ServiceSid":"{self.place.sid}-{1000 + len(name) * 37 + mixed(len(host), 3) % 400}","TicketOptions":"0x40810000",'
                f'"TicketEncryptionType":"{cipher}",{where},"Status":"{code}","LogonGuid":"{{{guid(mixed(act.no, 21))}}}",'
                '"TransmittedServices":"-"',
                good=not act.reason,
            )  # fmt: skip

    def process(self, act: Process) -> None:
        """4688."""
        machine = act.machine
        if not self.heard(machine):
            return
        elevated = act.elevated or act.account.kind == "system"
        self.security(
            machine, act.time_us, 4688, 13312,
            f'{self.subject(machine, act.account, act.session)},"NewProcessId":"0x{process_id(act.no):x}",'
            f'"NewProcessName":{quoted(act.image)},"TokenElevationType":"{"%%1937" if elevated else "%%1938"}",'
            f'"ProcessId":"0x{process_id(mixed(act.no, 2)):x}","CommandLine":{quoted(act.command or act.image)},"TargetUserSid":"S-1-0-0",'
            f'"TargetUserName":"-","TargetDomainName":"-","TargetLogonId":"0x0","ParentProcessName":{quoted(act.parent)},'
            f'"MandatoryLabel":"{"S-1-16-16384" if act.account.kind == "system" else "S-1-16-12288" if elevated else "S-1-16-8192"}"',
        )  # fmt: skip

    def installed(self, act: Installed) -> None:
        """7045 and 4697 of a service or driver, 4698 of a task."""
        machine = act.machine
        if not self.heard(machine):
            return
        who = self.subject(machine, act.account)
        if act.what == "task":
            content = (
                '<?xml version="1.0" encoding="UTF-16"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">'
                f"<Actions><Exec><Command>{act.command}</Command></Exec></Actions></Task>"
            )
            name = act.name if act.name.startswith("\\") else f"\\{act.name}"
            self.security(
                machine, act.time_us, 4698, 12804, f'{who},"TaskName":{quoted(name)},"TaskContent":{quoted(content)}'
            )
        elif act.what in {"service", "driver"}:
            kernel = act.what == "driver"
            self.security(
                machine, act.time_us, 4697, 12289,
                f'{who},"ServiceName":{quoted(act.name)},"ServiceFileName":{quoted(act.command)},'
                f'"ServiceType":"{"0x1" if kernel else "0x10"}","ServiceStartType":"3","ServiceAccount":"LocalSystem"',
            )  # fmt: skip
            self.system(
                machine, act.time_us + 800, 7045, "Service Control Manager",
                f'"ServiceName":{quoted(act.name)},"ImagePath":{quoted(act.command)},'
                f'"ServiceType":"{"kernel mode driver" if kernel else "user mode service"}","StartType":"demand start",'
                f'"AccountName":"{"" if kernel else "LocalSystem"}"',
            )  # fmt: skip

    def share(self, act: ShareUse) -> None:
        """5140 when the share is opened; files are not audited."""
        if act.first and self.heard(act.server):
            where = f'"IpAddress":"{act.client.address}","IpPort":"{source_port(act.client, act.link or act.no)}"'
            self.security(
                act.server, act.time_us, 5140, 12808,
                f'{self.subject(act.server, act.account)},"ObjectType":"File",{where},'
                f'"ShareName":{quoted(f"{chr(92) * 2}*{chr(92)}{act.share}")},"ShareLocalPath":{quoted(f"{chr(92)}??{chr(92)}D:{chr(92)}{act.share}")},'
                '"AccessMask":"0x1","AccessList":"%%4416\\r\\n\\t\\t\\t\\t"',
            )  # fmt: skip

    def directory(self, act: DirectoryUse) -> None:
        """4662 of a read or a replication, 5136 of a change."""
        if not self.heard(act.server):
            return
        who = self.subject(act.server, act.account)
        if act.what == "write":
            self.security(
                act.server, act.time_us, 5136, 14081,
                f'"OpCorrelationID":"{{{guid(act.no)}}}","AppCorrelationID":"-",{who},"DSName":"{self.place.suffix}",'
                f'"DSType":"%%14676","ObjectDN":{quoted(act.target)},"ObjectGUID":"{{{guid(mixed(act.no, 2))}}}",'
                f'"ObjectClass":"user","AttributeLDAPDisplayName":{quoted(act.attribute)},"AttributeSyntaxOID":"2.5.5.12",'
                f'"AttributeValue":{quoted(act.value)},"OperationType":"%%14674"',
            )  # fmt: skip
            return
        replicate = act.what == "replicate"
        mask, properties = (
            ("0x100", f"%%7688\n\t\t{_REPLICATION}\n\t{_DOMAIN_DNS[1:]}")
            if replicate
            else ("0x10", "%%7684\n\t\t" + _DOMAIN_DNS[1:])
        )
        self.security(
            act.server, act.time_us, 4662, 14080,
            f'{who},"ObjectServer":"DS","ObjectType":"{_DOMAIN_DNS}","ObjectName":{quoted(act.target or "%{" + guid(7) + "}")},'
            f'"OperationType":"Object Access","HandleId":"0x0","AccessList":"{"%%7688" if replicate else "%%7684"}\\r\\n\\t\\t\\t\\t","AccessMask":"{mask}",'
            f'"Properties":{quoted(properties)},"AdditionalInfo":"-","AdditionalInfo2":""',
        )  # fmt: skip

    def account_change(self, act: AccountChange) -> None:
        """4720 to 4767, 4728 and 4732."""
        if not self.heard(act.server):
            return
        who = self.subject(act.server, act.account)
        sid = f"{self.place.sid}-{2000 + mixed(len(act.target), 9) % 5000}"
        if act.what == "group_added":
            member = f"CN={act.target},OU=Utilisateurs,DC=" + self.place.suffix.replace(".", ",DC=")
            self.security(
                act.server, act.time_us, 4728, 13826,
                f'"MemberName":{quoted(member)},"MemberSid":"{sid}",'
                f'"TargetUserName":{quoted(act.group)},"TargetDomainName":"{self.place.domain}","TargetSid":"{self.place.sid}-{_group_number(act.group)}",{who},"PrivilegeList":"-"',
            )  # fmt: skip
            return
        event, task = _CHANGES.get(act.what, _CHANGES["changed"])
        target = f'"TargetUserName":{quoted(act.target)},"TargetDomainName":"{self.place.domain}","TargetSid":"{sid}"'
        if act.what == "locked":
            desk = act.client.name.upper()[:15] if act.client else ""
            target = f'"TargetUserName":{quoted(act.target)},"TargetDomainName":"{desk}","TargetSid":"{sid}"'
        self.security(act.server, act.time_us, event, task, f"{target},{who}")

    def tampered(self, act: Tampered) -> None:
        """1102 or 104, 4719, 7036, 7040, 5001, 524."""
        machine = act.machine
        if not self.heard(machine):
            return
        what, name, us = act.what, quoted(act.name), act.time_us
        if what == "log_cleared" and act.name.lower() in {"", "security"}:
            self.system(machine, us, 1102, "Microsoft-Windows-Eventlog", self.subject(machine, act.account), "Security")
        elif what == "log_cleared":
            who = f'"SubjectUserName":"{act.account.name}","SubjectDomainName":"{act.account.domain}"'
            self.system(machine, us, 104, "Microsoft-Windows-Eventlog", f'{who},"LogFileCleared_Channel":{name}')
        elif what == "audit_off":
            data = '"CategoryId":"%%8272","SubcategoryId":"%%12544","SubcategoryGuid":"{0cce9215-69ae-11d9-bed3-505054503030}","AuditPolicyChanges":"%%8448, %%8450"'
            self.security(machine, us, 4719, 13568, f"{self.subject(machine, act.account)},{data}")
        elif what == "service_stopped":
            self.system(machine, us, 7036, "Service Control Manager", f'"param1":{name},"param2":"stopped"')
        elif what == "service_disabled":
            self.system(
                machine,
                us,
                7040,
                "Service Control Manager",
                f'"param1":{name},"param2":"auto start","param3":"disabled","param4":{name}',
            )
        elif what == "defender_off":
            channel = "Microsoft-Windows-Windows Defender/Operational"
            self.system(
                machine,
                us,
                5001,
                "Microsoft-Windows-Windows Defender",
                '"Product Name":"Microsoft Defender Antivirus"',
                channel,
            )
        elif what == "catalog_deleted":
            self.system(machine, us, 524, "Microsoft-Windows-Backup", '"param1":"0"', "Application")

    def usb(self, act: Usb) -> None:
        """6416."""
        if self.heard(act.machine):
            device = f"USBSTOR\\Disk&Ven_{act.label}&Rev_1.00\\{act.serial or format(act.no & 0xFFFFFFFFFF, 'X')}&0"
            self.security(
                act.machine, act.time_us, 6416, 13316,
                f'{self.own(act.machine)},"DeviceId":{quoted(device)},"DeviceDescription":{quoted(act.label + " USB Device")},'
                '"ClassId":"{4d36e967-e325-11ce-bfc1-08002be10318}","ClassName":"DiskDrive","VendorIds":"-","CompatibleIds":"-",'
                '"LocationInformation":"-"',
            )  # fmt: skip


_GROUPS = {
    "domain admins": 512,
    "admins du domaine": 512,
    "schema admins": 518,
    "enterprise admins": 519,
    "administrateurs de l’entreprise": 519,
    "group policy creator owners": 520,
    "dnsadmins": 1101,
}
"""Well-known numbers of privileged groups."""


def _group_number(name: str) -> int:
    return _GROUPS.get(name.lower()) or 3_000 + mixed(sum(map(ord, name)), 4) % 5_000


def process_id(no: int) -> int:
    """Give the number of the process that an act started: a multiple of four, as Windows gives them."""
    return 1_000 + (no >> 9) % 14_000 * 4
