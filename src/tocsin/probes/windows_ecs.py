"""Windows' own names for Sysmon and PowerShell data that Elastic's modules moved into ECS fields.

Enters: the fields of a winlogbeat record. Leaves: the fields of the event's data, under Windows' names, that ECS
fields carry, so that rules written for Windows see them.
Source: https://github.com/elastic/beats/tree/main/x-pack/winlogbeat/module (ingest pipelines).
"""

from __future__ import annotations

from typing import Any

from tocsin.model import Native

_COMMON = {
    "Image": "process.executable",
    "ProcessId": "process.pid",
    "ProcessGuid": "process.entity_id",
    "RuleName": "rule.name",
}
_PROCESS = {
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "ParentProcessId": "process.parent.pid",
    "ParentProcessGuid": "process.parent.entity_id",
    "OriginalFileName": "process.pe.original_file_name",
    "Company": "process.pe.company",
    "Description": "process.pe.description",
    "FileVersion": "process.pe.file_version",
    "Product": "process.pe.product",
}
_NETWORK = {
    "Protocol": "network.transport",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "SourceHostname": "source.domain",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationHostname": "destination.domain",
}
_FILE = {"TargetFilename": "file.path"}
_REGISTRY = {"TargetObject": "registry.path", "Details": "registry.data.strings"}
_PIPE = {"PipeName": "file.name"}
_LOADED = {"ImageLoaded": "file.path", "OriginalFileName": "file.pe.original_file_name"}
_DNS = {"QueryName": "dns.question.name", "QueryStatus": "sysmon.dns.status"}

_SYSMON: dict[str, dict[str, str]] = {
    "1": _PROCESS,
    "3": _NETWORK,
    "6": _LOADED,
    "7": _LOADED,
    **dict.fromkeys(("2", "11", "15", "23", "26", "27", "28", "29"), _FILE),
    **dict.fromkeys(("12", "13", "14"), _REGISTRY),
    **dict.fromkeys(("17", "18"), _PIPE),
    "22": _DNS,
}
_POWERSHELL = {"ScriptBlockText": "powershell.file.script_block_text", "Path": "file.path"}
_HASHES = ("md5", "sha1", "sha256", "imphash")


def windows_names(native: Native) -> Native:
    """Give the fields that are absent under Windows' names but known in ECS."""
    provider = native.get("Provider_Name")
    if provider == "Microsoft-Windows-Sysmon":
        names = {**_COMMON, **_SYSMON.get(str(native.get("EventID")), {})}
    elif provider == "Microsoft-Windows-PowerShell":
        names = _POWERSHELL
    else:
        return {}
    fields = {name: value for name, path in names.items() if name not in native and (value := _at(native, path))}
    if provider == "Microsoft-Windows-Sysmon":
        _add_user(native, fields)
        _add_hashes(native, fields)
    return fields


def _add_user(native: Native, fields: Native) -> None:
    name, domain = _at(native, "user.name"), _at(native, "user.domain")
    if "User" not in native and isinstance(name, str):
        fields["User"] = f"{domain}\\{name}" if domain else name


def _add_hashes(native: Native, fields: Native) -> None:
    known = _at(native, "process.hash") or _at(native, "file.hash") or _at(native, "hash")
    if "Hashes" not in native and isinstance(known, dict):
        fields["Hashes"] = ",".join(f"{kind.upper()}={known[kind]}" for kind in _HASHES if kind in known)


def _at(native: Native, path: str) -> Any:
    if path in native:
        return native[path]
    value: Any = native
    for step in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value[0] if isinstance(value, list) and len(value) == 1 else value
