"""Windows events: one native form for all dialects, claims that do not steal, no input that breaks the reader."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import probes
from tocsin.ingest import files
from tocsin.model import COLUMNS, Event, Native, Origin
from tocsin.probes import windows
from tocsin.probes.contract import Envelope
from tocsin.probes.formats import BY_NAME

ORIGIN = Origin("test")
LOGON = {
    "SubjectUserName": "-",
    "TargetUserName": "m.durand",
    "TargetDomainName": "CHU",
    "LogonType": "3",
    "IpAddress": "10.20.40.9",
}
SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
    "EventID": 4624,
    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-03T01:14:31.402000Z"}},
    "Channel": "Security",
    "Computer": "dc-01",
}
XML = (
    "<Event><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4624</EventID>"
    "<TimeCreated SystemTime='2026-03-03T01:14:31.402000Z'/><Channel>Security</Channel><Computer>dc-01</Computer>"
    "</System><EventData>" + "".join(f"<Data Name='{key}'>{value}</Data>" for key, value in LOGON.items())
) + "</EventData></Event>"
FLAT = {"EventID": 4624, "Channel": "Security", "TimeCreated": "2026-03-03T01:14:31.402Z", **LOGON}
SOURCE = "Microsoft-Windows-Security-Auditing"

DIALECTS: dict[str, Native] = {
    "evtx_dump": {"Event": {"System": SYSTEM, "EventData": LOGON}},
    "evtx_dump, id as object": {
        "Event": {
            "System": {**SYSTEM, "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 4624}},
            "EventData": LOGON,
        }
    },
    "evtx_dump, attributes apart": {
        "Event": {
            "System": {
                "Provider_attributes": {"Name": SOURCE},
                "EventID": 4624,
                "TimeCreated_attributes": {"SystemTime": "2026-03-03T01:14:31.402000Z"},
                "Channel": "Security",
                "Computer": "dc-01",
            },
            "EventData": LOGON,
        }
    },
    "XML made JSON": {
        "Event": {
            "@xmlns": "http://schemas.microsoft.com/win/2004/08/events/event",
            "System": {
                "Provider": {"@Name": SOURCE},
                "EventID": "4624",
                "TimeCreated": {"@SystemTime": "2026-03-03T01:14:31.402000Z"},
                "Channel": "Security",
                "Computer": "dc-01",
            },
            "EventData": {"Data": [{"@Name": key, "#text": value} for key, value in LOGON.items()]},
        }
    },
    "OpenWEC": {
        "System": {**SYSTEM, "Provider": {"Name": SOURCE}, "TimeCreated": "2026-03-03T01:14:31.402Z"},
        "EventData": LOGON,
        "OpenWEC": {"Principal": "DC-01$"},
    },
    "winlogbeat": {
        "@timestamp": "2026-03-03T01:14:31.402Z",
        "winlog": {
            "channel": "Security",
            "event_id": "4624",
            "computer_name": "dc-01",
            "provider_name": SOURCE,
            "event_data": LOGON,
        },
    },
    "winlogbeat, dotted": {
        "@timestamp": "2026-03-03T01:14:31.402Z",
        "winlog.channel": "Security",
        "winlog.event_id": 4624,
        "winlog.computer_name": "dc-01",
        "winlog.provider_name": SOURCE,
        **{f"winlog.event_data.{key}": value for key, value in LOGON.items()},
    },
    "winlogbeat 6": {
        "@timestamp": "2026-03-03T01:14:31.402Z",
        "computer_name": "dc-01",
        "event_id": 4624,
        "log_name": "Security",
        "source_name": SOURCE,
        "event_data": LOGON,
    },
    "OTRF": {**FLAT, "Hostname": "dc-01", "SourceName": SOURCE},
    "NXLog": {**FLAT, "Hostname": "dc-01", "SourceName": SOURCE, "Keywords": -9214364837600034816},
    "Fluent Bit": {**FLAT, "Computer": "dc-01", "ProviderName": SOURCE, "TimeCreated": "2026-03-03 02:14:31.402 +0100"},
    "Sentinel": {
        "EventID": 4624,
        "Channel": "Security",
        "Computer": "dc-01",
        "EventSourceName": SOURCE,
        "TimeGenerated": "2026-03-03T01:14:31.402Z",
        "EventData": XML[XML.index("<EventData>") : XML.index("</Event>")],
    },
    "Splunk": {
        "EventCode": "4624",
        "LogName": "Security",
        "ComputerName": "dc-01",
        "SourceName": SOURCE,
        "_time": "2026-03-03T01:14:31.402Z",
        **LOGON,
    },
    "Azure": {
        "time": "2026-03-03T01:14:31.402Z",
        "category": "WindowsEventLogsTable",
        "properties": {"RawXml": XML},
    },
    "XML in a message": {"@timestamp": "2026-03-03T01:14:32Z", "message": XML},
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_has_the_same_native_form(dialect: str) -> None:
    record = orjson.loads(orjson.dumps(DIALECTS[dialect]))
    parsed = probes.DISPATCHER.json(record)
    expected = {"EventID": 4624, "Channel": "Security", "Computer": "dc-01", "Provider_Name": SOURCE, **LOGON}
    assert parsed.source == "windows.security"
    assert parsed.time_us == 1_772_500_471_402_000
    assert {key: parsed.native.get(key) for key in expected} == expected


def test_xml_line_behind_a_syslog_header() -> None:
    parsed = probes.DISPATCHER.text("<14>1 2026-03-03T02:00:00Z relais winxml - - - " + XML)
    assert (parsed.source, parsed.native["Computer"], parsed.native["IpAddress"]) == (
        "windows.security",
        "dc-01",
        "10.20.40.9",
    )


def test_cut_xml_still_tells_what_it_has() -> None:
    parsed = windows.read_text(XML[: XML.index("</Data><Data Name='IpAddress'")], Envelope())
    assert parsed.native["LogonType"] == "3"
    assert "IpAddress" not in parsed.native


@pytest.mark.parametrize(
    "record",
    [
        {"ts": 1.0, "uid": "C1", "id.orig_h": "10.0.0.1"},
        {"event_type": "alert", "timestamp": "2026-03-03T01:00:00Z", "alert": {}},
        {"rule": {"level": 3}, "agent": {"id": "001"}, "data": {"win": {"system": {"eventID": "4624"}}}},
        {
            "@event_create_date": "2026-03-03",
            "event_id": 4624,
            "log_name": "Security",
            "event_data": {},
            "computer_name": "x",
        },
        {"eventVersion": "1.08", "eventName": "ConsoleLogin", "eventID": "a-b"},
        {"EventID": 3, "message": "a number of another product"},
        {"time": "2026-03-03", "category": "SignInLogs", "properties": {"id": "x"}},
        {"winlog": "text"},
        {"Event": "text"},
        {"System": {"EventID": 1}, "Event": []},
        {"Id": "x", "LogName": "y"},
        {},
    ],
)
def test_claims_leave_other_products_alone(record: Native) -> None:
    assert not windows.claims(record)


@pytest.mark.parametrize(
    ("channel", "source"),
    [
        ("Security", "windows.security"),
        ("security", "windows.security"),
        ("Microsoft-Windows-Sysmon/Operational", "windows.sysmon"),
        ("Linux-Sysmon/Operational", "linux.sysmon"),
        ("Windows PowerShell", "windows.powershell-classic"),
        ("Microsoft-Windows-PowerShell/Operational", "windows.powershell"),
        ("Microsoft-Windows-Windows Defender/Operational", "windows.microsoft-windows-windows-defender-operational"),
        ("", "windows.event"),
    ],
)
def test_source_follows_the_channel(channel: str, source: str) -> None:
    assert windows.source_of(channel) == source


def test_clock_offset_is_what_sysmon_and_the_log_disagree_by() -> None:
    record = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Hostname": "pc-1",
        "UtcTime": "2026-03-03 20:14:31.250",
        "TimeCreated": "2026-03-03T01:14:31.300Z",
    }
    parsed = windows.read(record)
    event = Event(parsed.source, parsed.time_us, parsed.native, b"", ORIGIN, 0)
    assert parsed.time_us == 1_772_568_871_250_000
    assert windows.clock_offset_us(event) == 19 * 3_600_000_000 - 50_000


def test_nxlog_times_take_their_zone_from_the_next_hop() -> None:
    record = {
        **FLAT,
        "EventTime": "2026-03-03 02:14:31",
        "EventReceivedTime": "2026-03-03 02:14:33",
        "@timestamp": "2026-03-03T01:14:34Z",
    }
    del record["TimeCreated"]
    assert windows.read(record).time_us == 1_772_500_471_000_000


def test_a_data_field_never_hides_the_event_itself() -> None:
    system = {**SYSTEM, "EventID": 104, "Channel": "System"}
    data = {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "Channel": "Application", "EventID": 9}}
    native = windows.read({"Event": {"System": system, "UserData": data}}).native
    assert (native["Channel"], native["EventID"]) == ("System", 104)
    assert (native["EventData.Channel"], native["EventData.EventID"]) == ("Application", 9)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    "EventID",
    "EventCode",
    "Channel",
    "SourceName",
    "ProviderName",
    "Hostname",
    "Computer",
    "Keywords",
    "UtcTime",
    "TimeCreated",
    "EventTime",
    "EventReceivedTime",
    "@timestamp",
    "EventType",
    "Message",
    "StringInserts",
    "EventData",
    "winlog",
    "winlog.event_id",
    "event",
    "host",
    "Event",
    "System",
    "event_id",
    "log_name",
    "computer_name",
    "event_data",
    "source_name",
    "LogName",
    "ComputerName",
    "Id",
    "MachineName",
    "Properties",
    "properties",
    "category",
    "time",
    "Status",
    "ObjectName",
    "ObjectType",
    "User",
    "Hashes",
    "QueryResults",
    "Path",
    "IpAddress",
    "Data",
    "UserData",
]
NESTED = [
    "EventID",
    "Channel",
    "Computer",
    "Provider",
    "TimeCreated",
    "Correlation",
    "#attributes",
    "#text",
    "Data",
    "System",
    "EventData",
    "UserData",
    "Name",
    "SystemTime",
    "event_data",
    "user_data",
    "process",
    "event_id",
    "channel",
    "RawXml",
    "name",
    "code",
]
INNER = st.dictionaries(st.sampled_from(NESTED), JSON | st.dictionaries(st.sampled_from(NESTED), JSON, max_size=4))
CHANNELS = st.sampled_from(
    [
        "Security",
        "System",
        "Microsoft-Windows-Sysmon/Operational",
        "Windows PowerShell",
        "Microsoft-Windows-NTLM/Operational",
    ]
)
EVENT_IDS = st.sampled_from([1, 3, 7, 10, 22, 400, 1102, 1116, 4624, 4625, 4688, 4728, 4769, 5145, 5156, 7045])


@given(st.dictionaries(st.sampled_from(KEYS), JSON | INNER | CHANNELS | EVENT_IDS, max_size=12))
def test_no_object_breaks_the_reader(record: Native) -> None:
    if not windows.claims(record):
        return
    try:
        parsed = windows.read(record)
    except (ValueError, KeyError):
        return
    columns = windows.columns(Event(parsed.source, parsed.time_us, parsed.native, b"", ORIGIN, 0))
    assert set(columns) <= set(COLUMNS)
    assert isinstance(parsed.native["EventID"], int)


@given(st.text(max_size=200), st.integers(0, len(XML)), st.sampled_from(["", "MSWinEventLog\t1\t", XML, XML[:300]]))
def test_no_line_breaks_the_reader(noise: str, place: int, base: str) -> None:
    line = base[:place] + noise + base[place:]
    if not windows.claims_text(line, Envelope()):
        return
    try:
        parsed = windows.read_text(line, Envelope(host="h"))
    except (ValueError, KeyError):
        return
    assert parsed.source.startswith("windows.") or parsed.source == "linux.sysmon"


def test_hostile_xml_takes_linear_time() -> None:
    line = "<Event><System><EventID>1</EventID>" + '<A b="' * 200_000
    assert windows.read_text(line, Envelope()).native["EventID"] == 1


def test_development_data_is_read_as_windows_events(data: Path) -> None:
    folder = data / "multi" / "shire_covenant_copy_smb_CreateRequest" / "host"
    path = next(folder.iterdir())
    events = [event for block in files.blocks(path, "") for event in BY_NAME[block.format].read(block)]  # type: ignore[union-attr]
    assert events
    assert all(isinstance(event, Event) and event.family == "windows" and event.time_us for event in events)
