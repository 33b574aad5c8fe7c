"""Which events satisfy which log source.

Enters: an event and a rule's log source. Leaves: yes or no.
Source: Sigma taxonomy appendix 2.1 (categories by Sysmon event id, services by Windows channel); names of Windows
channels that the appendix writes otherwise than Windows does are given in both writings.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tocsin.model import Event


class Wanted(NamedTuple):
    """The log source of a rule; None where the rule does not care."""

    product: str | None
    category: str | None
    service: str | None

    def covers(self, other: Wanted) -> bool:
        """Say whether every event of `other` is also one of ours."""
        return all(mine is None or mine == theirs for mine, theirs in zip(self, other, strict=True))


class Labels(NamedTuple):
    """What an event can answer to."""

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()


SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
POWERSHELL_CORE = "PowerShellCore/Operational"
POWERSHELL_CLASSIC = "Windows PowerShell"

CATEGORIES: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "process_creation": ((SYSMON,), (1,)),
    "file_change": ((SYSMON,), (2,)),
    "network_connection": ((SYSMON,), (3,)),
    "sysmon_status": ((SYSMON,), (4, 16)),
    "process_termination": ((SYSMON,), (5,)),
    "driver_load": ((SYSMON,), (6,)),
    "image_load": ((SYSMON,), (7,)),
    "create_remote_thread": ((SYSMON,), (8,)),
    "raw_access_thread": ((SYSMON,), (9,)),
    "process_access": ((SYSMON,), (10,)),
    "file_event": ((SYSMON,), (11,)),
    "registry_event": ((SYSMON,), (12, 13, 14)),
    "registry_add": ((SYSMON,), (12,)),
    "registry_delete": ((SYSMON,), (12,)),
    "registry_set": ((SYSMON,), (13,)),
    "registry_rename": ((SYSMON,), (14,)),
    "create_stream_hash": ((SYSMON,), (15,)),
    "pipe_created": ((SYSMON,), (17, 18)),
    "wmi_event": ((SYSMON,), (19, 20, 21)),
    "dns_query": ((SYSMON,), (22,)),
    "file_delete": ((SYSMON,), (23, 26)),
    "clipboard_capture": ((SYSMON,), (24,)),
    "process_tampering": ((SYSMON,), (25,)),
    "file_delete_detected": ((SYSMON,), (26,)),
    "file_block_executable": ((SYSMON,), (27,)),
    "file_block_shredding": ((SYSMON,), (28,)),
    "file_executable_detected": ((SYSMON,), (29,)),
    "sysmon_error": ((SYSMON,), (255,)),
    "ps_classic_start": ((POWERSHELL_CLASSIC,), (400,)),
    "ps_classic_provider_start": ((POWERSHELL_CLASSIC,), (600,)),
    "ps_classic_script": ((POWERSHELL_CLASSIC,), (800,)),
    "ps_module": ((POWERSHELL, POWERSHELL_CORE), (4103,)),
    "ps_script": ((POWERSHELL, POWERSHELL_CORE), (4104,)),
}
"""Category of product windows -> channels and event ids. The appendix gives 23 for file_delete; SigmaHQ's own pipeline
for Sysmon gives 26 (deleted, not archived) besides, and so do we."""

_M = "Microsoft-Windows-"
SERVICES: dict[str, tuple[str, ...]] = {
    "application": ("Application",),
    "application-experience": (
        f"{_M}Application-Experience/Program-Telemetry",
        f"{_M}Application-Experience/Program-Compatibility-Assistant",
    ),
    "applocker": (
        f"{_M}AppLocker/MSI and Script",
        f"{_M}AppLocker/EXE and DLL",
        f"{_M}AppLocker/Packaged app-Deployment",
        f"{_M}AppLocker/Packaged app-Execution",
    ),
    "appmodel-runtime": (f"{_M}AppModel-Runtime/Admin",),
    "appxdeployment-server": (f"{_M}AppXDeploymentServer/Operational",),
    "appxpackaging-om": (f"{_M}AppxPackaging/Operational",),
    "bitlocker": (f"{_M}BitLocker/BitLocker Management",),
    "bits-client": (f"{_M}Bits-Client/Operational",),
    "capi2": (f"{_M}CAPI2/Operational",),
    "certificateservicesclient-lifecycle-system": (f"{_M}CertificateServicesClient-Lifecycle-System/Operational",),
    "codeintegrity-operational": (f"{_M}CodeIntegrity/Operational",),
    "dhcp": (f"{_M}DHCP-Server/Operational",),
    "diagnosis-scripted": (f"{_M}Diagnosis-Scripted/Operational",),
    "dns-client": (f"{_M}DNS Client Events/Operational", f"{_M}DNS-Client/Operational"),
    "dns-server": ("DNS Server",),
    "dns-server-analytic": (f"{_M}DNS-Server/Analytical", f"{_M}DNSServer/Analytical"),
    "dns-server-audit": (f"{_M}DNS-Server/Audit", f"{_M}DNSServer/Audit"),
    "driver-framework": (f"{_M}DriverFrameworks-UserMode/Operational",),
    "firewall-as": (f"{_M}Windows Firewall With Advanced Security/Firewall",),
    "hyper-v-worker": (f"{_M}Hyper-V-Worker", f"{_M}Hyper-V-Worker-Admin"),
    "iis-configuration": ("Microsoft-IIS-Configuration/Operational",),
    "kernel-event-tracing": (f"{_M}Kernel-EventTracing", f"{_M}Kernel-EventTracing/Admin"),
    "kernel-shimengine": (f"{_M}Kernel-ShimEngine/Operational", f"{_M}Kernel-ShimEngine/Diagnostic"),
    "ldap": (f"{_M}LDAP-Client/Debug",),
    "lsa-server": (f"{_M}LSA/Operational",),
    "microsoft-servicebus-client": ("Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"),
    "msexchange-management": ("MSExchange Management",),
    "ntfs": (f"{_M}Ntfs/Operational",),
    "ntlm": (f"{_M}NTLM/Operational",),
    "openssh": ("OpenSSH/Operational",),
    "powershell": (POWERSHELL, POWERSHELL_CORE),
    "powershell-classic": (POWERSHELL_CLASSIC,),
    "printservice-admin": (f"{_M}PrintService/Admin",),
    "printservice-operational": (f"{_M}PrintService/Operational",),
    "security": ("Security",),
    "security-mitigations": (
        f"{_M}Security-Mitigations/Kernel Mode",
        f"{_M}Security-Mitigations/User Mode",
        f"{_M}Security-Mitigations/KernelMode",
        f"{_M}Security-Mitigations/UserMode",
    ),
    "sense": (f"{_M}SENSE/Operational",),
    "servicebus-client": ("Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"),
    "shell-core": (f"{_M}Shell-Core/Operational",),
    "smbclient-connectivity": (f"{_M}SmbClient/Connectivity",),
    "smbclient-security": (f"{_M}SmbClient/Security",),
    "smbserver-connectivity": (f"{_M}SMBServer/Connectivity",),
    "sysmon": (SYSMON,),
    "system": ("System",),
    "taskscheduler": (f"{_M}TaskScheduler/Operational",),
    "terminalservices-localsessionmanager": (f"{_M}TerminalServices-LocalSessionManager/Operational",),
    "vhdmp": (f"{_M}VHDMP/Operational", f"{_M}VHDMP-Operational"),
    "windefend": (f"{_M}Windows Defender/Operational",),
    "wmi": (f"{_M}WMI-Activity/Operational",),
}
"""Service of product windows -> channels."""

SIMPLE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "aws.cloudtrail": ("aws", (), ("cloudtrail",)),
    "azure.activity": ("azure", (), ("activitylogs",)),
    "azure.audit": ("azure", (), ("auditlogs",)),
    "azure.signin": ("azure", (), ("signinlogs",)),
    "azure.risk": ("azure", (), ("riskdetection",)),
    "gcp.audit": ("gcp", (), ("gcp.audit",)),
    "okta.system": ("okta", (), ("okta",)),
    "kubernetes.audit": ("kubernetes", ("application",), ("audit",)),
    "m365.audit": ("m365", (), ("audit",)),
    "azure.pim": ("azure", (), ("pim",)),
    "web.access": ("", ("webserver",), ("apache", "nginx")),
    "proxy.access": ("", ("proxy",), ()),
    "linux.auditd": ("linux", (), ("auditd",)),
    "linux.auth": ("linux", (), ("auth",)),
    "linux.syslog": ("linux", (), ("syslog",)),
    "linux.journald": ("linux", (), ()),
}
"""Source of the event -> product, categories, services."""

LINUX_SYSMON = {"1": "process_creation", "3": "network_connection", "11": "file_event"}
APPLICATIONS = ("django", "jvm", "nodejs", "python", "ruby_on_rails", "spring", "sql", "velocity")
"""Products of category application whose rules are keywords for their logs as text."""

PROGRAMS = ("sshd", "sudo", "cron", "clamav", "vsftpd", "guacamole")
_CISCO = re.compile(r"%[A-Z0-9_]+-[0-7]-[A-Z0-9_]+:")


SENSORS = {
    "harfanglab.process": ["process_creation"],
    "harfanglab.network": ["network_connection"],
    "harfanglab.dns-resolution": ["dns_query"],
    "harfanglab.file": ["file_event"],
    "harfanglab.driverload": ["driver_load"],
    "harfanglab.powershell": ["ps_script"],
    "defender.process": ["process_creation"],
    "defender.network": ["network_connection"],
    "defender.file": ["file_event"],
    "defender.file-deleted": ["file_delete"],
    "defender.registry": ["registry_set", "registry_event"],
    "defender.image": ["image_load"],
}
"""Source of an endpoint sensor -> the categories of Sysmon's events that say the same."""


def satisfies(event: Event, wanted: Wanted) -> bool:
    """Say whether an event is of a rule's log source: every part that the rule names must fit."""
    found = labels(event)
    pairs = zip(wanted, found, strict=True)
    return any(wanted) and all(name is None or name in labels_of_kind for name, labels_of_kind in pairs)


def labels(event: Event) -> Labels:
    """Give the products, categories and services that an event can answer to."""
    family, _, kind = event.source.partition(".")
    if family == "windows":
        return _windows(event)
    if family == "wazuh":
        found = _windows(event)
        return found if found.categories or found.services else Labels()
    if event.source in SENSORS:
        return Labels(frozenset({"windows", "linux", "macos"}), frozenset(SENSORS[event.source]), frozenset())
    if event.source == "atna.audit":
        return Labels(frozenset({"ihe"}), frozenset(), frozenset({"atna"}))
    if family == "linux":
        return _linux(event, kind)
    if family in {"zeek", "suricata", "fortigate", "paloalto", "stormshield", "wallix", "ivanti", "keycloak"}:
        return _network(family, kind)
    if event.source in SIMPLE:
        product, categories, services = SIMPLE[event.source]
        return Labels(frozenset({product}), frozenset(categories), frozenset(services))
    return _plain(event) if family in {"text", "syslog"} else Labels()


def _plain(event: Event) -> Labels:
    """Lines of no known product: applications and web servers, whose rules are keywords; Cisco by its mark."""
    cisco = _CISCO.search(event.raw.decode("utf-8", "replace"))
    products = {*APPLICATIONS, *(["cisco"] if cisco else [])}
    services = {"apache", "nginx", *(["aaa", "bgp", "ldp", "syslog"] if cisco else [])}
    return Labels(frozenset(products), frozenset({"application"}), frozenset(services))


def _windows(event: Event) -> Labels:
    channel = str(event.native.get("Channel", "")).lower()
    number = str(event.native.get("EventID", ""))
    categories = {
        name
        for name, (channels, numbers) in CATEGORIES.items()
        if channel in {item.lower() for item in channels} and number in {str(item) for item in numbers}
    }
    if channel == "security" and number == "4688":
        categories.add("process_creation")
    if channel == "microsoft-windows-windows defender/operational" and "Threat Name" in event.native:
        categories.add("antivirus")
    services = {name for name, channels in SERVICES.items() if channel in {item.lower() for item in channels}}
    return Labels(frozenset({"windows"}), frozenset(categories), frozenset(services))


def _linux(event: Event, kind: str) -> Labels:
    product = frozenset({"linux"})
    if kind == "sysmon":
        category = LINUX_SYSMON.get(str(event.native.get("EventID", "")))
        return Labels(product, frozenset({category} if category else ()), frozenset({"sysmon"}))
    named = " ".join(str(event.native.get(key, "")) for key in ("appname", "program", "SYSLOG_IDENTIFIER", "_COMM"))
    programs = {name for name in PROGRAMS if name in named.lower()}
    return Labels(product, frozenset(), frozenset({*SIMPLE.get(event.source, ("", (), ()))[2], *programs}))


def _network(family: str, kind: str) -> Labels:
    categories: set[str] = set()
    if family in {"zeek", "suricata"}:
        categories |= {"dns": {"dns"}, "http": {"proxy", "webserver"}}.get(kind, set())
    elif kind == "traffic":
        categories.add("firewall")
    return Labels(frozenset({family}), frozenset(categories), frozenset({kind}))
