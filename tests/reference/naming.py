"""Other names of fields: where a product writes down what Sigma's rules ask for under another name.

Enters: an event, a rule's category and the field of the rule. Leaves: the names to try, in order; the first that
the event has counts.
Source: Sigma taxonomy appendix 2.1 ("Fields": W3C names of proxy and web server, firewall, antivirus), Security event
4688, the products' own descriptions of their records.
"""

from __future__ import annotations

from tocsin.model import Event

PROCESS_4688 = {
    "Image": ("NewProcessName",),
    "ParentImage": ("ParentProcessName",),
    "ProcessId": ("NewProcessId",),
    "ParentProcessId": ("ProcessId",),
    "LogonId": ("SubjectLogonId",),
    "IntegrityLevel": ("MandatoryLabel",),
}
"""Sysmon's names, as process creation rules use them -> those of Security 4688, where the meaning is the same."""

DEFENDER = {"Signature": ("Threat Name",), "Filename": ("Path",)}

OTHER: dict[str, dict[str, tuple[str, ...]]] = {
    "kubernetes.audit": {
        "apiGroup": ("objectRef.apiGroup",),
        "hostPath": ("requestObject.spec.volumes.hostPath",),
        "capabilities": ("requestObject.spec.containers.securityContext.capabilities",),
    },
    "gcp.audit": {
        "gcp.audit.method_name": ("protoPayload.methodName",),
        "data.protoPayload.logName": ("logName",),
        "data.protoPayload.resource.type": ("resource.type",),
    },
    "harfanglab.process": {
        "Image": ("image_name",),
        "CommandLine": ("commandline",),
        "ParentImage": ("parent_image",),
        "ParentCommandLine": ("parent_commandline",),
        "User": ("username",),
        "OriginalFileName": ("pe_info.original_filename",),
        "IntegrityLevel": ("integrity_level",),
        "CurrentDirectory": ("current_directory",),
        "Description": ("pe_info.file_description",),
        "Product": ("pe_info.product_name",),
        "Company": ("pe_info.company_name",),
    },
    "defender.process": {
        "Image": ("FolderPath", "properties.FolderPath"),
        "CommandLine": ("ProcessCommandLine", "properties.ProcessCommandLine"),
        "ParentImage": ("InitiatingProcessFolderPath", "properties.InitiatingProcessFolderPath"),
        "ParentCommandLine": ("InitiatingProcessCommandLine", "properties.InitiatingProcessCommandLine"),
        "User": ("AccountName", "properties.AccountName"),
    },
    "defender.network": {
        "Image": ("InitiatingProcessFolderPath", "properties.InitiatingProcessFolderPath"),
        "DestinationIp": ("RemoteIP", "properties.RemoteIP"),
        "DestinationPort": ("RemotePort", "properties.RemotePort"),
        "DestinationHostname": ("RemoteUrl", "properties.RemoteUrl"),
    },
    "windows.powershell-classic": {"Data": ("Message",)},
    "zeek.dns": {"record_type": ("qtype_name",), "answer": ("answers",)},
    "suricata.dns": {
        "query": ("dns.rrname", "dns.queries.rrname"),
        "record_type": ("dns.rrtype", "dns.queries.rrtype"),
        "answer": ("dns.answers.rdata",),
    },
    "fortigate.traffic": {
        "src_ip": ("srcip",),
        "src_port": ("srcport",),
        "dst_ip": ("dstip",),
        "dst_port": ("dstport",),
    },
}
"""Source of the event -> field of a rule -> the event's own names for it. Shippers that render the message of a classic
PowerShell event send it instead of the strings that it is made of."""

AZURE = {
    "properties.message": ("operationName",),
    "resulttype": ("status.errorCode", "properties.status.errorCode", "Sign-in error code"),
    "resultdescription": ("status.failureReason", "properties.status.failureReason", "Failure reason"),
}
"""Azure's log sources are written in three schemas: diagnostic settings, Graph, and the portal's CSV files."""

W3C = {
    "url": ("c-uri", "cs-uri", "c-uri-query", "cs-uri-query"),
    "agent": ("c-useragent", "cs-user-agent"),
    "method": ("cs-method",),
    "host": ("cs-host", "r-dns"),
    "referer": ("cs-referer", "cs-referrer"),
    "status": ("sc-status",),
    "client": ("src_ip", "c-ip"),
    "server": ("dst_ip", "s-ip"),
}
"""What W3C calls what (web server and proxy rules). SigmaHQ's rules take `cs-uri-query` as path and query."""

HTTP = {
    "zeek.http": {
        "url": "uri",
        "agent": "user_agent",
        "method": "method",
        "host": "host",
        "referer": "referrer",
        "status": "status_code",
        "client": "id.orig_h",
        "server": "id.resp_h",
    },
    "suricata.http": {
        "url": "http.url",
        "agent": "http.http_user_agent",
        "method": "http.http_method",
        "host": "http.hostname",
        "referer": "http.http_refer",
        "status": "http.status",
        "client": "src_ip",
        "server": "dest_ip",
    },
}
"""Source of the event -> its own names of the same things."""


def names(event: Event, category: str | None, field: str) -> list[str]:
    """Give the names under which an event may have a field of a rule, the first to try first."""
    if event.source == "windows.security" and category == "process_creation":
        return [*PROCESS_4688.get(field, (field,))]
    if category == "antivirus":
        return [*DEFENDER.get(field, (field,))]
    if event.family == "azure":
        return [f"{field}.value", field, f"properties.{field}", *AZURE.get(field.lower(), ())]
    if event.family == "gcp" and field.startswith("data."):
        return [field, *OTHER["gcp.audit"].get(field, ()), field.removeprefix("data.")]
    meanings = [meaning for meaning, known in W3C.items() if field in known]
    found = [own for meaning in meanings for own in [HTTP.get(event.source, {}).get(meaning)] if own]
    return [field, *OTHER.get(event.source, {}).get(field, ()), *found]


def derived(event: Event, field: str) -> tuple[str, str] | None:
    """Give (own name of the URL, part) for the fields that hold a part of it: the path, and its extension."""
    parts = {"cs-uri-stem": "stem", "c-uri-stem": "stem", "c-uri-extension": "extension"}
    if event.source in HTTP and field in parts:
        return HTTP[event.source]["url"], parts[field]
    return None


def part_of(url: str, part: str) -> str:
    """Give a URL's path (without query and fragment), or what follows the last dot of its last segment."""
    stem = url.partition("?")[0].partition("#")[0]
    if part == "stem":
        return stem
    return stem.rpartition("/")[2].rpartition(".")[2] if "." in stem.rpartition("/")[2] else ""
