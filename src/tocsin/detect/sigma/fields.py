"""Other names of a rule's fields, by source: our table.

Enters: a rule's field name and an event's source. Leaves: the names to try in the event's native fields, in order;
`look_up` finds the first of them that is present. A name may end in `#stem`, `#query` or `#extension`: that part of
the URL under the name before the sign.
Only exact equivalents stand here, with one exception: `cs-uri-query` and `c-uri` are tried on the whole URL, because
rules use them for paths as often as for queries.
"""

from __future__ import annotations

from functools import lru_cache

Names = dict[str, tuple[str, ...]]

_ZEEK_HTTP: Names = {
    "c-uri": ("uri",),
    "cs-uri": ("uri",),
    "cs-uri-query": ("uri",),
    "c-uri-query": ("uri#query",),
    "cs-uri-stem": ("uri#stem",),
    "c-uri-stem": ("uri#stem",),
    "c-uri-extension": ("uri#extension",),
    "cs-host": ("host",),
    "r-dns": ("host",),
    "cs-method": ("method",),
    "c-useragent": ("user_agent",),
    "cs-user-agent": ("user_agent",),
    "sc-status": ("status_code",),
    "cs-referer": ("referrer",),
    "cs-referrer": ("referrer",),
    "cs-username": ("username",),
    "sc-bytes": ("response_body_len",),
    "cs-bytes": ("request_body_len",),
}

_EVE_HTTP: Names = {
    "c-uri": ("http.url",),
    "cs-uri": ("http.url",),
    "cs-uri-query": ("http.url",),
    "c-uri-query": ("http.url#query",),
    "cs-uri-stem": ("http.url#stem",),
    "c-uri-stem": ("http.url#stem",),
    "c-uri-extension": ("http.url#extension",),
    "cs-host": ("http.hostname",),
    "r-dns": ("http.hostname",),
    "cs-method": ("http.http_method",),
    "c-useragent": ("http.http_user_agent",),
    "cs-user-agent": ("http.http_user_agent",),
    "sc-status": ("http.status",),
    "cs-referer": ("http.http_refer",),
    "cs-referrer": ("http.http_refer",),
    "sc-bytes": ("http.length",),
}

_FORTIGATE_WEB: Names = {
    "c-uri": ("url",),
    "cs-uri": ("url",),
    "cs-uri-query": ("url",),
    "cs-uri-stem": ("url#stem",),
    "c-uri-extension": ("url#extension",),
    "cs-host": ("hostname",),
    "r-dns": ("hostname",),
    "c-useragent": ("agent",),
    "cs-user-agent": ("agent",),
    "cs-method": ("httpmethod",),
    "Signature": ("virus",),
    "Filename": ("filename",),
}

_NETFLOW: Names = {
    "src_ip": (
        "src4_addr",
        "src6_addr",
        "sa",
        "SrcAddr",
        "IPV4_SRC_ADDR",
        "IPV6_SRC_ADDR",
        "sourceIPv4Address",
        "sourceIPv6Address",
        "ip_src",
        "src_addr",
        "netflow.ipv4_src_addr",
    ),
    "dst_ip": (
        "dst4_addr",
        "dst6_addr",
        "da",
        "DstAddr",
        "IPV4_DST_ADDR",
        "IPV6_DST_ADDR",
        "destinationIPv4Address",
        "destinationIPv6Address",
        "ip_dst",
        "dst_addr",
        "netflow.ipv4_dst_addr",
    ),
}

_HARFANGLAB: Names = {
    "Image": ("image_name", "process_image_path", "source_image"),
    "CommandLine": ("commandline",),
    "ParentImage": ("parent_image",),
    "ParentCommandLine": ("parent_commandline",),
    "User": ("username",),
    "CurrentDirectory": ("current_directory",),
    "OriginalFileName": ("pe_info.original_filename",),
    "Description": ("pe_info.file_description",),
    "Product": ("pe_info.product_name",),
    "Company": ("pe_info.company_name",),
    "FileVersion": ("pe_info.file_version",),
    "IntegrityLevel": ("integrity_level",),
    "ProcessId": ("pid",),
    "ParentProcessId": ("ppid",),
    "LogonId": ("logonid",),
    "md5": ("hashes.md5",),
    "sha1": ("hashes.sha1",),
    "sha256": ("hashes.sha256",),
    "Imphash": ("pe_imphash",),
    "SourceIp": ("saddr",),
    "SourcePort": ("sport",),
    "DestinationIp": ("daddr",),
    "DestinationPort": ("dport",),
    "Initiated": ("initiated",),
    "QueryName": ("requested_name",),
    "QueryResults": ("ip_addresses",),
    "TargetFilename": ("event_path",),
    "TargetObject": ("target_object",),
    "ImageLoaded": ("library_path", "imagepath"),
    "Signed": ("signed",),
    "Signature": ("signature_info.signer_info.display_name",),
    "PipeName": ("pipe_name",),
    "ScriptBlockText": ("script_block",),
    "Path": ("script_path",),
    "SourceImage": ("source_image",),
    "TargetImage": ("target_image",),
    "GrantedAccess": ("granted_access",),
}

_DEFENDER: Names = {
    "Image": ("InitiatingProcessFolderPath",),
    "CommandLine": ("InitiatingProcessCommandLine",),
    "ParentImage": ("InitiatingProcessParentFileName",),
    "User": ("InitiatingProcessAccountName",),
    "IntegrityLevel": ("InitiatingProcessIntegrityLevel",),
    "SourceIp": ("LocalIP",),
    "SourcePort": ("LocalPort",),
    "DestinationIp": ("RemoteIP",),
    "DestinationPort": ("RemotePort",),
    "DestinationHostname": ("RemoteUrl",),
    "TargetFilename": ("FolderPath",),
    "TargetObject": ("RegistryKey",),
    "Details": ("RegistryValueData",),
    "ImageLoaded": ("FolderPath",),
    "md5": ("MD5",),
    "sha1": ("SHA1",),
    "sha256": ("SHA256",),
}

_DEFENDER_PROCESS: Names = {
    "Image": ("FolderPath",),
    "CommandLine": ("ProcessCommandLine",),
    "ParentImage": ("InitiatingProcessFolderPath",),
    "ParentCommandLine": ("InitiatingProcessCommandLine",),
    "User": ("AccountName",),
    "ParentUser": ("InitiatingProcessAccountName",),
    "OriginalFileName": ("ProcessVersionInfoOriginalFileName",),
    "Description": ("ProcessVersionInfoFileDescription",),
    "Product": ("ProcessVersionInfoProductName",),
    "Company": ("ProcessVersionInfoCompanyName",),
    "FileVersion": ("ProcessVersionInfoProductVersion",),
    "IntegrityLevel": ("ProcessIntegrityLevel",),
    "ProcessId": ("ProcessId",),
    "ParentProcessId": ("InitiatingProcessId",),
    "LogonId": ("LogonId",),
    "md5": ("MD5",),
    "sha1": ("SHA1",),
    "sha256": ("SHA256",),
}

BY_CATEGORY: dict[tuple[str, str], Names] = {
    ("windows.security", "process_creation"): {
        "Image": ("NewProcessName",),
        "ParentImage": ("ParentProcessName",),
        "CommandLine": ("CommandLine", "ProcessCommandLine"),
        "ProcessId": ("NewProcessId",),
        "ParentProcessId": ("ProcessId",),
        "LogonId": ("SubjectLogonId",),
        "IntegrityLevel": ("MandatoryLabel",),
    },
}
"""(source, category of the rule) -> rule field -> native names; the rule's own name is not tried."""

TABLE: tuple[tuple[tuple[str, ...], Names], ...] = (
    (
        ("windows.*",),
        {
            "Provider_Name": ("SourceName",),
            "Data": ("Message",),
            "Computer": ("Hostname",),
            "EventLog": ("Channel",),
            "Signature": ("ThreatName",),
            "Filename": ("Path",),
            "Feature_Name": ("FeatureName",),
        },
    ),
    (
        ("wazuh.*",),
        {
            "Image": ("NewProcessName",),
            "ParentImage": ("ParentProcessName",),
            "IntegrityLevel": ("MandatoryLabel",),
        },
    ),
    (("harfanglab.*",), _HARFANGLAB),
    (("defender.process",), _DEFENDER_PROCESS),
    (
        (
            "defender.network",
            "defender.file",
            "defender.file-deleted",
            "defender.registry",
            "defender.image",
            "defender.driver",
        ),
        _DEFENDER,
    ),
    (
        ("zeek.*",),
        {
            "src_ip": ("id.orig_h",),
            "c-ip": ("id.orig_h",),
            "src_port": ("id.orig_p",),
            "dst_ip": ("id.resp_h",),
            "dst_port": ("id.resp_p",),
        },
    ),
    (("zeek.dns",), {"answer": ("answers",), "record_type": ("qtype_name",), "parent_domain": ("query",)}),
    (("zeek.http",), _ZEEK_HTTP),
    (
        ("suricata.*",),
        {
            "src_ip": ("src_ip",),
            "c-ip": ("src_ip",),
            "dst_ip": ("dest_ip",),
            "dst_port": ("dest_port",),
        },
    ),
    (
        ("suricata.dns",),
        {
            "query": ("dns.rrname", "dns.query.rrname", "dns.queries.rrname"),
            "record_type": ("dns.rrtype", "dns.query.rrtype", "dns.queries.rrtype"),
            "answer": ("dns.rdata", "dns.answers.rdata"),
        },
    ),
    (("suricata.http",), _EVE_HTTP),
    (
        ("fortigate.*",),
        {
            "src_ip": ("srcip", "src"),
            "c-ip": ("srcip", "src"),
            "src_port": ("srcport", "spt"),
            "dst_ip": ("dstip", "dst"),
            "dst_port": ("dstport", "dpt"),
            "action": ("action", "act"),
            "cfgpath": ("cfgpath", "FTNTFGTcfgpath"),
        },
    ),
    (("fortigate.utm",), _FORTIGATE_WEB),
    (
        ("linux.netfilter",),
        {"src_ip": ("SRC",), "src_port": ("SPT",), "dst_ip": ("DST",), "dst_port": ("DPT",)},
    ),
    (
        ("stormshield.*",),
        {"src_ip": ("src",), "src_port": ("srcport",), "dst_ip": ("dst",), "dst_port": ("dstport",)},
    ),
    (
        ("paloalto.*",),
        {
            "src_ip": ("src", "SourceAddress"),
            "src_port": ("sport", "SourcePort"),
            "dst_ip": ("dst", "DestinationAddress"),
            "dst_port": ("dport", "DestinationPort"),
        },
    ),
    (
        ("aws.vpcflow",),
        {"src_ip": ("srcaddr",), "src_port": ("srcport",), "dst_ip": ("dstaddr",), "dst_port": ("dstport",)},
    ),
    (
        ("netflow.flow",),
        {
            "src_ip": _NETFLOW["src_ip"],
            "src_port": ("src_port", "sp", "Sport", "SRC_PORT", "sourceTransportPort", "port_src"),
            "dst_ip": _NETFLOW["dst_ip"],
            "dst_port": ("dst_port", "dp", "Dport", "DST_PORT", "destinationTransportPort", "port_dst"),
        },
    ),
    (
        ("azure.activity",),
        {
            "operationName": ("operationName.value", "operationName", "OperationNameValue"),
            "OperationNameValue": ("operationName.value", "operationName"),
            "CategoryValue": ("category.value", "category"),
            "ResourceProviderValue": ("resourceProviderName.value", "resourceProviderName"),
            "properties.message": ("properties.message", "operationName.localizedValue"),
        },
    ),
    (
        ("azure.audit",),
        {
            "OperationName": ("operationName", "activityDisplayName"),
            "operationName": ("operationName", "activityDisplayName"),
            "ActivityDisplayName": ("activityDisplayName", "operationName"),
            "ActivityType": ("activityDisplayName", "operationName"),
            "properties.message": ("properties.message", "operationName", "activityDisplayName"),
            "Category": ("properties.category", "category"),
            "Status": ("properties.result", "result", "resultType"),
            "LoggedByService": ("properties.loggedByService", "loggedByService"),
            "Initiatedby": ("properties.initiatedBy", "initiatedBy"),
        },
    ),
    (
        ("azure.signin",),
        {
            "ResultType": ("resultType", "properties.status.errorCode", "status.errorCode", "Sign-in error code"),
            "ResultDescription": (
                "resultDescription",
                "properties.status.failureReason",
                "status.failureReason",
                "Failure reason",
            ),
            "ClientApp": ("properties.clientAppUsed", "clientAppUsed"),
            "Username": ("properties.userPrincipalName", "userPrincipalName", "Username"),
        },
    ),
    (
        ("gcp.audit",),
        {
            "gcp.audit.method_name": ("protoPayload.methodName",),
            "eventService": ("protoPayload.serviceName",),
            "eventName": ("protoPayload.metadata.event.eventName", "protoPayload.methodName"),
            "setting_name": ("protoPayload.metadata.event.parameter.value",),
            "new_value": ("protoPayload.metadata.event.parameter.value",),
        },
    ),
    (
        ("gcp.workspace",),
        {
            "eventName": ("events.name",),
            "setting_name": ("events.parameters.value",),
            "new_value": ("events.parameters.value",),
        },
    ),
    (
        ("kubernetes.audit",),
        {
            "apiGroup": ("objectRef.apiGroup",),
            "hostPath": ("requestObject.spec.volumes.hostPath",),
            "capabilities": ("requestObject.spec.containers.securityContext.capabilities.add",),
        },
    ),
    (
        ("m365.audit",),
        {
            "eventSource": ("Workload",),
            "eventName": ("Name", "Operation"),
            "status": ("ResultStatus",),
            "Payload": ("Data",),
        },
    ),
)
"""Sources -> rule field -> native names, tried in this order after the rule's own name (which may be among them)."""

PREFIXES: tuple[tuple[str, tuple[str, ...]], ...] = (("azure.", ("properties.",)), ("defender.", ("properties.",)))
"""Source prefix -> what may stand before any field name in the native record."""

STRIPPED: tuple[tuple[str, tuple[str, ...]], ...] = (("gcp.", ("data.",)),)
"""Source prefix -> what rules write before the native name."""


@lru_cache(maxsize=65_536)
def names_of(field: str, source: str, category: str = "") -> tuple[str, ...]:
    """Give the names under which a rule's field may stand in events of a source, in order."""
    only = _folded(BY_CATEGORY.get((source, category), {}), field)
    if only:
        return only
    family = source.partition(".")[0]
    names: list[str] = []
    for sources, table in TABLE:
        if source in sources or f"{family}.*" in sources:
            names += _folded(table, field)
    ordered = names if field in names else [field, *names]
    stripped = [field[len(head) :] for head in _of(STRIPPED, source) if field.startswith(head)]
    prefixed = [head + name for head in _of(PREFIXES, source) for name in ordered if not name.startswith(head)]
    return tuple(dict.fromkeys([*ordered, *stripped, *prefixed]))


def _folded(table: Names, field: str) -> tuple[str, ...]:
    wanted = field.lower()
    return next((names for key, names in table.items() if key.lower() == wanted), ())


def _of(pairs: tuple[tuple[str, tuple[str, ...]], ...], source: str) -> tuple[str, ...]:
    return next((items for head, items in pairs if source.startswith(head)), ())


def part_of_url(url: str, part: str) -> str:
    """Give the stem (path), the query (after `?`) or the extension (after the last dot of the path) of a URL."""
    without, _, query = url.partition("?")
    if part == "query":
        return query
    stem = without.partition("#")[0]
    if "://" in stem:
        stem = "/" + stem.partition("://")[2].partition("/")[2]
    if part == "stem":
        return stem
    name = stem.rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else ""
