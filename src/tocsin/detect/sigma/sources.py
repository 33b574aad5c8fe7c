"""Which events satisfy which Sigma log source: our table.

Enters: an event's source and a few native fields. Leaves: rows of the table. A rule applies to an event when a row
that holds for the event names everything that the rule's logsource names; a rule that names less (only a product,
only a category) applies to all rows below it.
Source: https://sigmahq.io/docs/basics/log-sources.html, the taxonomy appendix of the specification, and the
definitions inside SigmaHQ's rules.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tocsin.detect.sigma.rule import Logsource


class Row(NamedTuple):
    """One way to satisfy a log source: `sources` (`family.kind`, or `family.*` for kinds that no row names) and,
    all of them, native fields that must have one of some texts (letter case aside). Where a field is the name of a
    mark (see `MARKS`), its text is `yes` when the raw bytes have the mark."""

    logsource: Logsource
    sources: tuple[str, ...]
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()


def _event_ids(*numbers: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("EventID", tuple(str(number) for number in numbers)),)


SYSMON: dict[str, tuple[int, ...]] = {
    "process_creation": (1,),
    "file_change": (2,),
    "network_connection": (3,),
    "sysmon_status": (4, 16),
    "process_termination": (5,),
    "driver_load": (6,),
    "image_load": (7,),
    "create_remote_thread": (8,),
    "raw_access_thread": (9,),
    "process_access": (10,),
    "file_event": (11,),
    "registry_add": (12,),
    "registry_delete": (12,),
    "registry_set": (13,),
    "registry_rename": (14,),
    "registry_event": (12, 13, 14),
    "create_stream_hash": (15,),
    "pipe_created": (17, 18),
    "wmi_event": (19, 20, 21),
    "dns_query": (22,),
    "file_delete": (23, 26),
    "clipboard_change": (24,),
    "process_tampering": (25,),
    "file_block_executable": (27,),
    "file_block_shredding": (28,),
    "file_executable_detected": (29,),
    "sysmon_error": (255,),
}
"""Category -> Sysmon event ids (Windows)."""

LINUX_SYSMON = ("process_creation", "network_connection", "process_termination", "raw_access_thread", "file_event")

KINDS: dict[str, tuple[str, ...]] = {
    "sysmon": ("windows.sysmon",),
    "security": ("windows.security",),
    "system": ("windows.system",),
    "application": ("windows.application",),
    "powershell": ("windows.powershell",),
    "powershell-classic": ("windows.powershell-classic",),
}
"""Service -> sources that have a name of their own."""

CHANNELS: dict[str, tuple[str, ...]] = {
    "sysmon": ("Microsoft-Windows-Sysmon/Operational",),
    "security": ("Security",),
    "system": ("System",),
    "application": ("Application",),
    "powershell": ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"),
    "powershell-classic": ("Windows PowerShell",),
    "applocker": (
        "Microsoft-Windows-AppLocker/EXE and DLL",
        "Microsoft-Windows-AppLocker/MSI and Script",
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ),
    "appmodel-runtime": ("Microsoft-Windows-AppModel-Runtime/Admin",),
    "appxdeployment-server": ("Microsoft-Windows-AppXDeploymentServer/Operational",),
    "appxpackaging-om": ("Microsoft-Windows-AppxPackaging/Operational",),
    "bits-client": ("Microsoft-Windows-Bits-Client/Operational",),
    "bitlocker": ("Microsoft-Windows-BitLocker/BitLocker Management",),
    "capi2": ("Microsoft-Windows-CAPI2/Operational",),
    "certificateservicesclient-lifecycle-system": (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
    ),
    "codeintegrity-operational": ("Microsoft-Windows-CodeIntegrity/Operational",),
    "dhcp": ("Microsoft-Windows-DHCP-Server/Operational",),
    "diagnosis-scripted": ("Microsoft-Windows-Diagnosis-Scripted/Operational",),
    "dns-client": ("Microsoft-Windows-DNS Client Events/Operational", "Microsoft-Windows-DNS-Client/Operational"),
    "dns-server": ("DNS Server",),
    "dns-server-analytic": ("Microsoft-Windows-DNS-Server/Analytical",),
    "dns-server-audit": ("Microsoft-Windows-DNS-Server/Audit",),
    "driver-framework": ("Microsoft-Windows-DriverFrameworks-UserMode/Operational",),
    "firewall-as": ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",),
    "hyper-v-worker": ("Microsoft-Windows-Hyper-V-Worker",),
    "iis-configuration": ("Microsoft-IIS-Configuration/Operational",),
    "kernel-event-tracing": ("Microsoft-Windows-Kernel-EventTracing",),
    "kernel-shimengine": (
        "Microsoft-Windows-Kernel-ShimEngine/Operational",
        "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
    ),
    "ldap": ("Microsoft-Windows-LDAP-Client/Debug",),
    "lsa-server": ("Microsoft-Windows-LSA/Operational",),
    "microsoft-servicebus-client": ("Microsoft-ServiceBus-Client",),
    "msexchange-management": ("MSExchange Management",),
    "ntfs": ("Microsoft-Windows-Ntfs/Operational",),
    "ntlm": ("Microsoft-Windows-NTLM/Operational",),
    "openssh": ("OpenSSH/Operational",),
    "printservice-admin": ("Microsoft-Windows-PrintService/Admin",),
    "printservice-operational": ("Microsoft-Windows-PrintService/Operational",),
    "security-mitigations": (
        "Microsoft-Windows-Security-Mitigations/Kernel Mode",
        "Microsoft-Windows-Security-Mitigations/User Mode",
    ),
    "sense": ("Microsoft-Windows-SENSE/Operational",),
    "shell-core": ("Microsoft-Windows-Shell-Core/Operational",),
    "smbclient-connectivity": ("Microsoft-Windows-SmbClient/Connectivity",),
    "smbclient-security": ("Microsoft-Windows-SmbClient/Security",),
    "smbserver-connectivity": ("Microsoft-Windows-SMBServer/Connectivity",),
    "taskscheduler": ("Microsoft-Windows-TaskScheduler/Operational",),
    "terminalservices-localsessionmanager": ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",),
    "vhdmp": ("Microsoft-Windows-VHDMP/Operational",),
    "windefend": ("Microsoft-Windows-Windows Defender/Operational",),
    "wmi": ("Microsoft-Windows-WMI-Activity/Operational",),
}
"""Service -> channels (Windows)."""

POWERSHELL: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("ps_module", "powershell", (4103,)),
    ("ps_script", "powershell", (4104,)),
    ("ps_classic_start", "powershell-classic", (400,)),
    ("ps_classic_provider_start", "powershell-classic", (600,)),
    ("ps_classic_script", "powershell-classic", (800,)),
)

DEFENDER_FINDS = (1006, 1007, 1008, 1009, 1015, 1116, 1117, 1118, 1119)
"""Windows Defender events that name a threat: the antivirus of most hosts."""

PLAIN = ("text.line", "syslog.line")
"""Lines of products without a probe: keyword rules still see them."""

MARKS: dict[str, re.Pattern[bytes]] = {"mark:cisco": re.compile(rb"%[A-Z0-9_]+-[0-7]-[A-Z0-9_]+:")}
"""Marks of products that have no probe, in the raw bytes of plain lines."""

_CISCO = ("", "aaa", "bgp", "ldp", "syslog")

_UNIX = ("linux.auth", "linux.syslog", "linux.journald", "syslog.line")
_PROGRAM_FIELDS = ("appname", "program", "syslog_appname", "SYSLOG_IDENTIFIER", "_COMM")
_PROGRAMS: dict[str, tuple[str, ...]] = {
    "sshd": ("sshd", "sshd-session"),
    "sudo": ("sudo",),
    "cron": ("cron", "crond", "anacron"),
    "vsftpd": ("vsftpd",),
    "clamav": ("clamd", "clamscan", "freshclam", "clamav"),
    "guacamole": ("guacd", "guacamole"),
}

_CONNECTIONS = (
    "zeek.conn",
    "suricata.flow",
    "fortigate.traffic",
    "stormshield.connection",
    "stormshield.filter",
    "paloalto.traffic",
    "netflow.flow",
    "aws.vpcflow",
    "linux.netfilter",
)

OTHERS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("linux", "", "", ("linux.*", "linux.sysmon", "linux.auditd", "linux.netfilter", *_UNIX)),
    ("linux", "", "sysmon", ("linux.sysmon",)),
    ("linux", "", "auditd", ("linux.auditd",)),
    ("linux", "", "auth", ("linux.auth",)),
    ("linux", "", "syslog", ("linux.syslog", "linux.journald", "syslog.line")),
    ("", "firewall", "", _CONNECTIONS),
    ("zeek", "dns", "dns", ("zeek.dns",)),
    ("suricata", "dns", "dns", ("suricata.dns",)),
    ("zeek", "proxy", "http", ("zeek.http",)),
    ("zeek", "webserver", "http", ("zeek.http",)),
    ("suricata", "proxy", "http", ("suricata.http",)),
    ("suricata", "webserver", "http", ("suricata.http",)),
    ("", "proxy", "", ("proxy.access",)),
    ("", "webserver", "apache", ("web.access",)),
    ("", "webserver", "nginx", ("web.access",)),
    ("fortigate", "proxy", "utm", ("fortigate.utm",)),
    ("fortigate", "antivirus", "utm", ("fortigate.utm",)),
    ("fortigate", "", "event", ("fortigate.event",)),
    ("fortigate", "", "vpn", ("fortigate.vpn",)),
    ("ivanti", "", "vpn", ("ivanti.vpn",)),
    ("wallix", "", "bastion", ("wallix.bastion",)),
    ("keycloak", "", "event", ("keycloak.event",)),
    ("ihe", "", "atna", ("atna.audit",)),
    ("fortigate", "", "traffic", ("fortigate.traffic",)),
    ("fortios", "", "sslvpnd", ("fortigate.event", "fortigate.vpn")),
    ("paloalto", "appliance", "globalprotect", ("paloalto.globalprotect", "paloalto.system")),
    ("paloalto", "file_event", "globalprotect", ("paloalto.globalprotect", "paloalto.system")),
    ("aws", "", "cloudtrail", ("aws.cloudtrail",)),
    ("azure", "", "activitylogs", ("azure.activity",)),
    ("azure", "", "auditlogs", ("azure.audit",)),
    ("azure", "", "signinlogs", ("azure.signin",)),
    ("azure", "", "riskdetection", ("azure.risk",)),
    ("azure", "", "pim", ("azure.risk", "azure.audit")),
    ("gcp", "", "gcp.audit", ("gcp.audit",)),
    ("gcp", "", "google_workspace.admin", ("gcp.audit", "gcp.workspace")),
    ("gcp", "", "google_workspace.login", ("gcp.audit", "gcp.workspace")),
    ("kubernetes", "application", "audit", ("kubernetes.audit",)),
    ("m365", "", "audit", ("m365.audit",)),
    ("m365", "", "exchange", ("m365.audit",)),
    ("m365", "", "threat_detection", ("m365.audit",)),
    ("m365", "", "threat_management", ("m365.audit",)),
    ("okta", "", "okta", ("okta.system",)),
    ("", "", "apache", PLAIN),
    ("", "", "nginx", PLAIN),
    *((product, "application", "", PLAIN) for product in ("django", "jvm", "nodejs", "python", "ruby_on_rails")),
    *((product, "application", "", PLAIN) for product in ("spring", "sql", "velocity")),
)


EDR: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("windows", "process_creation", ("harfanglab.process", "defender.process")),
    ("linux", "process_creation", ("harfanglab.process", "defender.process")),
    ("macos", "process_creation", ("harfanglab.process", "defender.process")),
    ("windows", "network_connection", ("harfanglab.network", "defender.network")),
    ("linux", "network_connection", ("harfanglab.network", "defender.network")),
    ("windows", "dns_query", ("harfanglab.dns-resolution",)),
    ("windows", "file_event", ("harfanglab.file", "defender.file")),
    ("windows", "file_delete", ("defender.file-deleted",)),
    ("windows", "registry_set", ("harfanglab.registry", "defender.registry")),
    ("windows", "registry_event", ("harfanglab.registry", "defender.registry")),
    ("windows", "image_load", ("harfanglab.library", "defender.image")),
    ("windows", "driver_load", ("harfanglab.driverload", "defender.driver")),
    ("windows", "pipe_created", ("harfanglab.pipe",)),
    ("windows", "ps_script", ("harfanglab.powershell",)),
    ("windows", "process_access", ("harfanglab.process-access",)),
)
"""Telemetry of endpoint sensors. They name no system in these records; paths tell rules of different systems apart."""


def slug(channel: str) -> str:
    """Give the kind that a Windows source has for a channel: lower case, runs of other signs as one dash."""
    return re.sub(r"[^a-z0-9]+", "-", channel.lower()).strip("-")


def _windows_rows() -> list[Row]:
    rows: list[Row] = [Row(Logsource("windows"), ("windows.*", *(kind for kinds in KINDS.values() for kind in kinds)))]
    for service in CHANNELS:
        rows += _of_service(Logsource("windows", "", service), service)
    for category, numbers in SYSMON.items():
        rows += _of_service(Logsource("windows", category, "sysmon"), "sysmon", numbers)
    for category, service, numbers in POWERSHELL:
        rows += _of_service(Logsource("windows", category, service), service, numbers)
    rows += _of_service(Logsource("windows", "process_creation", "security"), "security", (4688,))
    rows += _of_service(Logsource("windows", "antivirus", "windefend"), "windefend", DEFENDER_FINDS)
    rows.append(Row(Logsource("rpc_firewall", "application"), ("windows.*",), (("Channel", ("rpcfw",)),)))
    return rows


def _of_service(logsource: Logsource, service: str, numbers: tuple[int, ...] = ()) -> list[Row]:
    """Give the rows of one Windows service: by the source's own name, by its slug, and by the channel."""
    channels = CHANNELS[service]
    own = KINDS.get(service) or tuple(f"windows.{slug(channel)}" for channel in channels)
    when = _event_ids(*numbers) if numbers else ()
    in_channel = ("Channel", tuple(channel.lower() for channel in channels))
    return [Row(logsource, own, when), Row(logsource, ("windows.*", "wazuh.*"), (*when, in_channel))]


def _unix_rows() -> list[Row]:
    by_program = [
        Row(Logsource("linux", "", service), _UNIX, ((field, programs),))
        for service, programs in _PROGRAMS.items()
        for field in _PROGRAM_FIELDS
    ]
    by_id = [
        Row(Logsource("linux", category, "sysmon"), ("linux.sysmon",), _event_ids(*SYSMON[category]))
        for category in (*LINUX_SYSMON, "file_delete")
    ]
    return by_program + by_id


ROWS: tuple[Row, ...] = (
    *_windows_rows(),
    *_unix_rows(),
    *(Row(Logsource("cisco", "", service), PLAIN, (("mark:cisco", ("yes",)),)) for service in _CISCO),
    *(Row(Logsource(product, category, service), sources) for product, category, service, sources in OTHERS),
    *(Row(Logsource(product, category), sources) for product, category, sources in EDR),
)

_NAMED = {source for row in ROWS for source in row.sources if not source.endswith(".*")}

SPLIT: dict[str, str] = {
    "windows": "EventID",
    "linux.sysmon": "EventID",
    "linux.auditd": "type",
    "aws.cloudtrail": "eventName",
    "kubernetes.audit": "verb",
    "m365.audit": "Operation",
    "okta.system": "eventType",
}
"""Source or family -> the native field whose value tells most about which rules can hold.

It must be the first name of the rules' field of the same name (see fields.py)."""


def rows_of(source: str) -> tuple[Row, ...]:
    """Give the rows that an event of this source may satisfy, with their conditions still to be looked at."""
    family, _, path = source.partition(".")
    named = {source} if source in _NAMED else {source, f"{family}.*"}
    found = [row for row in ROWS if named.intersection(row.sources)]
    if family == "zeek":
        found.append(Row(Logsource("zeek", "", path), (source,)))
    return tuple(found)


def split_field(source: str) -> str:
    """Give the native field to specialise rules on for this source, or an empty text."""
    return SPLIT.get(source) or SPLIT.get(source.partition(".")[0], "")


def is_covered(logsource: Logsource) -> bool:
    """Say whether some event can satisfy a rule's log source."""
    zeek = logsource.product == "zeek" and not logsource.category
    return zeek or any(logsource.covers(row.logsource) for row in ROWS)
