"""The JSON dialects of Windows events, each turned into the one flat native form.

Enters: a JSON object. Leaves: whether it is a Windows event, and its flat native fields (`flatten`). Objects that
are flat already are kept and only get the names that are missing: this is the hot path.
Sources: the manuals of winlogbeat, NXLog (im_msvistalog), OpenWEC, Fluent Bit (winevtlog), Azure diagnostics,
Splunk (WinEventLog), `evtx_dump`, PowerShell (Get-WinEvent).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tocsin.model import Native
from tocsin.probes import windows_text
from tocsin.probes.windows_ecs import windows_names
from tocsin.probes.windows_event import event, lift, plain_data

_Flatten = Callable[[Native], Native]


def claims(record: dict[str, Any]) -> bool:
    """Say whether a JSON object is a Windows event in a dialect that we know."""
    return dialect(record) is not None


def dialect(record: dict[str, Any]) -> _Flatten | None:
    """Give the function that flattens this record's dialect, None when it is no Windows event."""
    if "EventID" in record:
        return flat if _is_flat(record) else None
    if "winlog" in record or "winlog.event_id" in record:
        return winlogbeat if isinstance(record.get("winlog", {}), dict) else None
    if "Event" in record:
        return event_dump if _is_event(record["Event"]) else None
    if "System" in record:
        return event if _is_event(record) else None
    return next((read for read, keys in _BY_KEYS if keys <= record.keys() and _is_own(record)), None)


def _is_flat(record: Native) -> bool:
    if isinstance(record.get("Channel"), str):
        return True
    named = "SourceName" in record or "ProviderName" in record or "EventSourceName" in record
    return named and any(key in record for key in ("Hostname", "HOSTNAME", "Computer", "EventReceivedTime"))


def _is_event(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("System"), dict) and "EventID" in value["System"]


def _is_own(record: Native) -> bool:
    """Refuse what another product made of a Windows event (HarfangLab: `@event_create_date`)."""
    if "properties" in record:
        inner = record["properties"]
        return isinstance(inner, dict) and isinstance(inner.get("RawXml"), str)
    return "@event_create_date" not in record and "agent.agentid" not in record


def flat(record: Native) -> Native:
    """Complete an object that is flat already (NXLog, Fluent Bit, Sentinel, OTRF sets) with the usual names."""
    for name, others in _FLAT_NAMES:
        if name not in record:
            for other in others:
                if other in record:
                    record[name] = record[other]
                    break
    keywords = record.get("Keywords")
    if type(keywords) is int:
        record["Keywords"] = f"0x{keywords & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    if "EventData" in record or "StringInserts" in record:
        _unfold(record)
    return record


_FLAT_NAMES = (
    ("Computer", ("Hostname", "HOSTNAME", "ComputerName", "host", "hostname")),
    ("Provider_Name", ("SourceName", "ProviderName", "EventSourceName")),
)


def _unfold(record: Native) -> None:
    """Lift what a flat shipper left in one field: Sentinel's `EventData` as XML, Fluent Bit's `StringInserts`."""
    inner = record.get("EventData")
    if isinstance(inner, str) and "<Data" in inner:
        lift(record, windows_text.data_of_xml(inner))
    elif isinstance(inner, dict):
        lift(record, plain_data(record.pop("EventData")))
    inserts = record.get("StringInserts")
    if isinstance(inserts, list):
        record.setdefault("Data", inserts)
        lift(record, windows_text.fields_of_message(record.get("Message")))


def event_dump(record: Native) -> Native:
    """Flatten `{"Event": {"System": …, "EventData": …}}`; what stands beside `Event` is kept."""
    native = event(record["Event"])
    for name, value in record.items():
        if name != "Event":
            native.setdefault(name, value)
    return native


def winlogbeat(record: Native) -> Native:
    """Flatten what winlogbeat 7 and later, the Elastic agent and Logstash write (ECS with `winlog`)."""
    winlog = record.pop("winlog", None)
    if not isinstance(winlog, dict):
        winlog = {key[7:]: record.pop(key) for key in list(record) if key.startswith("winlog.")}
    native = _beat(winlog)
    dotted = {key[11:]: winlog.pop(key) for key in list(winlog) if key.startswith("event_data.")}
    lift(native, dotted)
    for name, value in record.items():
        native.setdefault("Message" if name == "message" else name, value)
    if winlog:
        native["winlog"] = winlog
    if "EventID" not in native:
        native["EventID"] = _at(record, "event", "code")
    if not native.get("Computer") and (host := _at(record, "host", "name")):
        native["Computer"] = host
    lift(native, windows_names(native))
    return native


def winlogbeat_6(record: Native) -> Native:
    """Flatten what winlogbeat up to 6 wrote: its fields at top level, beside `beat` and `@timestamp`."""
    native = _beat(record)
    for name, value in record.items():
        native.setdefault("Message" if name == "message" else name, value)
    return native


def _beat(winlog: Native) -> Native:
    """Take winlogbeat's own fields out of an object: renamed to Windows' names, the event's data at top level."""
    native: Native = {}
    for name, windows_name in _BEAT_NAMES.items():
        if winlog.get(name) is not None:
            native[windows_name] = winlog.pop(name)
    process = winlog.get("process")
    if isinstance(process, dict):
        native["Execution_ProcessID"] = process.get("pid")
        native["Execution_ThreadID"] = _at(process, "thread", "id")
    for part in ("event_data", "user_data"):
        data = winlog.pop(part, None)
        if isinstance(data, dict):
            lift(native, data)
    return native


_BEAT_NAMES = {
    "event_id": "EventID",
    "channel": "Channel",
    "log_name": "Channel",
    "provider_name": "Provider_Name",
    "source_name": "Provider_Name",
    "provider_guid": "Provider_Guid",
    "computer_name": "Computer",
    "record_id": "EventRecordID",
    "record_number": "EventRecordID",
    "version": "Version",
    "task": "Task",
    "opcode": "Opcode",
    "keywords": "Keywords",
    "level": "Level",
    "activity_id": "Correlation_ActivityID",
    "time_created": "TimeCreated",
    "process_id": "Execution_ProcessID",
    "thread_id": "Execution_ThreadID",
}


def _at(record: Native, first: str, second: str) -> Any:
    inner = record.get(first)
    return inner.get(second) if isinstance(inner, dict) else record.get(f"{first}.{second}")


def splunk(record: Native) -> Native:
    """Complete what Splunk's WinEventLog input names in its own way (`EventCode`, `LogName`)."""
    return _renamed(
        record,
        (
            ("EventID", "EventCode"),
            ("Channel", "LogName"),
            ("Computer", "ComputerName"),
            ("Provider_Name", "SourceName"),
            ("EventRecordID", "RecordNumber"),
        ),
    )


def get_winevent(record: Native) -> Native:
    """Complete what PowerShell's `Get-WinEvent | ConvertTo-Json` writes."""
    native = _renamed(
        record,
        (
            ("EventID", "Id"),
            ("Channel", "LogName"),
            ("Computer", "MachineName"),
            ("Provider_Name", "ProviderName"),
            ("EventRecordID", "RecordId"),
        ),
    )
    properties = record.get("Properties")
    if isinstance(properties, list):
        native["Data"] = [item.get("Value") if isinstance(item, dict) else item for item in properties]
    return native


def _renamed(record: Native, names: tuple[tuple[str, str], ...]) -> Native:
    for name, other in names:
        if name not in record and other in record:
            record[name] = record[other]
    lift(record, windows_text.fields_of_message(record.get("Message")))
    return record


def azure(record: Native) -> Native:
    """Flatten Azure's `WindowsEventLogsTable`: the event is XML inside `properties`."""
    properties = dict(record["properties"])
    native = windows_text.event_native(properties.pop("RawXml"))
    native.setdefault("Message", properties.get("Description"))
    native["properties"] = properties
    for name, value in record.items():
        native.setdefault(name, value)
    return native


_BY_KEYS: tuple[tuple[_Flatten, frozenset[str]], ...] = (
    (winlogbeat_6, frozenset({"event_id", "log_name", "event_data", "computer_name"})),
    (winlogbeat_6, frozenset({"event_id", "log_name", "source_name", "computer_name"})),
    (splunk, frozenset({"EventCode", "LogName"})),
    (splunk, frozenset({"EventCode", "SourceName", "ComputerName"})),
    (get_winevent, frozenset({"Id", "LogName", "ProviderName", "MachineName"})),
    (azure, frozenset({"properties", "category", "time"})),
)
