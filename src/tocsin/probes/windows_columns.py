"""OCSF columns of Windows events.

Enters: events `windows.*` and `linux.sysmon` in the flat native form. Leaves: columns. The security log has a module
of its own, so has the RADIUS server.
Source: https://learn.microsoft.com/sysinternals/downloads/sysmon, the providers' manifests, OCSF 1.8.0.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Native
from tocsin.probes import windows_security
from tocsin.probes.fill import Table, fill, text_of
from tocsin.probes.windows_meanings import OTHER, SYSMON
from tocsin.probes.windows_messages import fields_of_message
from tocsin.probes.windows_naming import account_columns, base_name, best_hash, process_columns

_ALL: Table = {
    "device.hostname": ("Computer", "host.name"),
    "metadata.product.name": "Provider_Name",
    "metadata.uid": ("EventRecordID", "RecordNumber"),
}
_FALLBACKS: Table = {
    "src_endpoint.ip": "source.ip",
    "src_endpoint.port": "source.port",
    "dst_endpoint.ip": "destination.ip",
    "dst_endpoint.port": "destination.port",
}
_WRITER: Table = {
    "actor.user.name": ("user.name", "winlog.user.name"),
    "actor.user.domain": ("user.domain", "winlog.user.domain"),
    "actor.user.uid": ("user.id", "Security_UserID", "winlog.user.identifier"),
}
_NXLOG_WRITER: Table = {
    "actor.user.name": "AccountName",
    "actor.user.domain": "Domain",
    "actor.user.uid": "UserID",
}
"""The account that wrote the record, as shippers name it: the last resort where the event's data names nobody."""

_LOCAL = frozenset({"::1", "127.0.0.1", "0.0.0.0", "::", "local", "localhost"})
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}$|[0-9a-f]{0,4}:[0-9a-f:.]*$")
_HARDWARE = re.compile(r"(?:[0-9a-f]{2}[-:]){5}[0-9a-f]{2}$")
_CLIENT = re.compile(
    r"(?:(?:Client|Caller) (?:IP|Address)|IpAddress|ClientIP|Source Network Address|Adresse IP du client)\s?[:>=]\s*"
    r"((?:\d{1,3}\.){3}\d{1,3})(?::(\d{1,5}))?(?!\d)"
)


def columns(event: Event) -> Columns:
    """Give the columns of any Windows event."""
    native = event.native
    event_id = native["EventID"]
    columns = fill(native, _ALL)
    if event.source == "windows.security":
        columns |= windows_security.columns(native, event_id)
    elif event.source in {"windows.sysmon", "linux.sysmon"}:
        columns |= _sysmon(native, event_id)
    else:
        columns |= _other(native, event.source, event_id)
    message = text_of(native.get("Message"))
    if message:
        columns["message"] = message.partition("\n")[0].rstrip()[:500]
        _add_from_message(columns, message)
    if "actor.user.name" not in columns and "user.name" not in columns:
        columns = {**fill(native, _NXLOG_WRITER if "SourceModuleType" in native else _WRITER), **columns}
    _check_addresses(columns)
    return fill(native, _FALLBACKS) | columns


def _add_from_message(columns: Columns, message: str) -> None:
    """Take from the message what the fields do not say: who, where a shipper left the data out, and from where."""
    if columns["class_uid"] != 0 and "actor.user.name" not in columns and "user.name" not in columns:
        known = fields_of_message(message)
        columns |= fill(known, {"actor.user.name": "SubjectUserName", "actor.user.domain": "SubjectDomainName"})
        columns |= fill(known, {"user.name": "TargetUserName", "user.domain": "TargetDomainName"})
    client = None if "src_endpoint.ip" in columns else _CLIENT.search(message)
    if client:
        columns["src_endpoint.ip"] = client[1]
        if client[2]:
            columns["src_endpoint.port"] = int(client[2])


def _check_addresses(columns: Columns) -> None:
    """Leave out what is no address of another machine; a hardware address and a name go to their own columns."""
    for side in ("src_endpoint", "dst_endpoint"):
        text = str(columns.pop(f"{side}.ip", "")).lower()
        if _HARDWARE.match(text):
            columns[f"{side}.mac"] = text.replace("-", ":")
        elif _ADDRESS.match(text) and (side == "dst_endpoint" or text not in _LOCAL):
            columns[f"{side}.ip"] = text
        name = str(columns.get(f"{side}.hostname", "")).lstrip("\\")
        if _ADDRESS.match(name):
            columns.setdefault(f"{side}.ip", name)
        if columns.get(f"{side}.port") == 0:
            del columns[f"{side}.port"]


_SYSMON_TABLE: Table = {
    "src_endpoint.ip": "SourceIp",
    "src_endpoint.port": "SourcePort",
    "src_endpoint.hostname": "SourceHostname",
    "dst_endpoint.ip": "DestinationIp",
    "dst_endpoint.port": "DestinationPort",
    "dst_endpoint.hostname": "DestinationHostname",
    "connection_info.protocol_name": "Protocol",
    "file.path": ("TargetFilename", "PipeName"),
    "reg_key.path": "TargetObject",
    "query.hostname": "QueryName",
    "resource.uid": ("Device", "Filter", "Name"),
    "session.uid": "LogonId",
    "policy.name": "RuleName",
}


def _sysmon(native: Native, event_id: int) -> Columns:
    class_uid, activity = SYSMON.get(event_id, (0, "sysmon"))
    columns: Columns = {"class_uid": class_uid, "activity_name": activity}
    columns |= fill(native, _SYSMON_TABLE)
    columns |= account_columns(native.get("User") or native.get("SourceUser"), "actor.user")
    hash_ = best_hash(native.get("Hashes") or native.get("Hash"))
    if event_id == 1:
        columns |= process_columns(native, "process", "Image", "ProcessId", "CommandLine")
        columns |= process_columns(native, "actor.process", "ParentImage", "ParentProcessId", "ParentCommandLine")
    elif event_id in {5, 25}:
        columns |= process_columns(native, "process", "Image", "ProcessId")
    elif event_id in {8, 10}:
        columns |= process_columns(native, "process", "TargetImage", "TargetProcessId")
        columns |= process_columns(native, "actor.process", "SourceImage", "SourceProcessId")
    else:
        columns |= process_columns(native, "actor.process", "Image", "ProcessId")
        if event_id in {6, 7}:
            columns |= fill(native, {"file.path": "ImageLoaded"})
    if hash_:
        columns["process.hash" if event_id == 1 else "file.hash"] = hash_
    if "file.path" in columns:
        columns["file.name"] = base_name(str(columns["file.path"]))
    if class_uid == 4003:
        _add_answers(columns, native)
    return columns


def _add_answers(columns: Columns, native: Native) -> None:
    """Split Sysmon's `QueryResults` (`type:  5 cname.example;::ffff:192.0.2.7;`)."""
    parts = str(native.get("QueryResults") or "").split(";")
    answers = [part.strip().rpartition(" ")[2].removeprefix("::ffff:") for part in parts if part.strip(" -")]
    if answers:
        columns["answers"] = answers


_OTHER_TABLE: Table = {
    "user.name": ("TargetUserName", "Param1", "TargetName"),
    "user.domain": ("TargetDomainName", "Param2"),
    "src_endpoint.ip": ("Address", "ClientAddress", "IpAddress", "Param3", "ClientIP"),
    "src_endpoint.hostname": ("WorkstationName", "ClientMachine", "Workstation"),
    "service.name": ("ServiceName", "TaskName"),
    "http_request.url": ("url", "RemoteName"),
    "query.hostname": "QueryName",
    "session.uid": ("SessionID", "SessionId"),
}
_SERVICE: Table = {"service.name": ("ServiceName", "param1"), "process.file.path": "ImagePath"}
_SCRIPT: Table = {
    "file.path": ("Path", "ScriptName"),
    "process.cmd_line": ("ScriptBlockText", "Payload"),
    "process.name": "HostApplication",
}
_ACTORS = ("SubjectUserName", "jobOwner", "User", "UserContext", "UserName")
_SCRIPT_USER = re.compile(r"(?:^|\n)\s*(?:UserId=|(?:User|Utilisateur) = )([^\r\n]+)")


def _other(native: Native, source: str, event_id: int) -> Columns:
    key = source if source in _OWN_NAMES else _short(source)
    class_uid, activity = OTHER.get((key, event_id), (0, ""))
    columns: Columns = {"class_uid": class_uid}
    if activity:
        columns["activity_name"] = activity
    if key == "windows-defender":
        return columns | _defender(native, class_uid)
    actor = next((value for name in _ACTORS if (value := text_of(native.get(name)))), None)
    columns |= account_columns(actor or (_script_user(native) if class_uid == 1009 else None), "actor.user")
    columns |= fill(native, {"actor.user.domain": "SubjectDomainName", "actor.user.uid": "SubjectUserSid"})
    columns |= fill(native, _SERVICE if class_uid == 201004 else _SCRIPT if class_uid == 1009 else _OTHER_TABLE)
    if class_uid == 3002:
        _name_the_account(columns, native)
    url = str(columns.get("http_request.url", ""))
    if "://" in url:
        columns["dst_endpoint.hostname"] = url.split("/")[2].rpartition("@")[2].partition(":")[0]
    return {column: value for column, value in columns.items() if value != ""}


_OWN_NAMES = frozenset({"windows.system", "windows.application", "windows.powershell", "windows.powershell-classic"})


def _script_user(native: Native) -> str | None:
    """Give the user that PowerShell names in the context of its events."""
    data = native.get("Data")
    texts = (native.get("ContextInfo"), *(data if isinstance(data, list) else (data,)), native.get("Message"))
    found = (_SCRIPT_USER.search(text) for text in texts if isinstance(text, str))
    return next((match[1] for match in found if match), None)


def _short(source: str) -> str:
    """Give a channel's own part: `windows.microsoft-windows-wmi-activity-operational` is `wmi-activity`."""
    name = source.removeprefix("windows.").removeprefix("microsoft-windows-")
    name = name.removesuffix("-operational").removesuffix("-admin")
    if name.startswith("applocker"):
        return "applocker"
    return name.removesuffix("-firewall").removesuffix("-events")


def _name_the_account(columns: Columns, native: Native) -> None:
    """Say who a session belongs to, where the log knows one account only: the one that logged on."""
    if "user.name" not in columns and "User" in native:
        columns |= account_columns(native["User"], "user")


_DEFENDER: Table = {
    "finding.title": ("Threat Name", "ThreatName"),
    "finding.uid": ("Threat ID", "ID"),
    "finding.category": ("Category Name", "Category"),
    "rule.action": "Action Name",
    "status_detail": ("Error Description", "New Value"),
    "actor.process.name": "Process Name",
}
_SEVERITY = {"1": "low", "2": "medium", "4": "high", "5": "critical"}


def _defender(native: Native, class_uid: int) -> Columns:
    columns = fill(native, _DEFENDER)
    user = next(
        (value for name in ("Detection User", "User", "AccountName") if (value := text_of(native.get(name)))), None
    )
    columns |= account_columns(user, "user")
    columns.setdefault("finding.title", f"Windows Defender event {native['EventID']}")
    columns["finding.severity"] = _SEVERITY.get(str(native.get("Severity ID")), "medium")
    if class_uid != 2004:
        columns = {column: value for column, value in columns.items() if not column.startswith("finding.")}
    path = text_of(native.get("Path"))
    if path:
        columns["file.path"] = path.rpartition("file:_")[2].partition("->")[0].partition(";")[0]
        columns["file.name"] = base_name(str(columns["file.path"]))
    if "actor.process.name" in columns:
        columns["actor.process.name"] = base_name(str(columns["actor.process.name"]))
    return columns
