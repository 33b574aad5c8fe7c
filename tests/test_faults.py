"""Every fault of real data that the program must survive (numbered as in the development data's description)."""

from __future__ import annotations

import gzip
import json
import lzma
import resource
from pathlib import Path

import pytest

from tests.probes.evtx_writer import evtx_file
from tocsin import probes, rulebook
from tocsin.detect.findings import Episodes
from tocsin.detect.sigma import Engine
from tocsin.ingest import files
from tocsin.model import Event, Reject, names
from tocsin.model.times import rfc3339
from tocsin.pipeline import ScanOptions, ScanResult, scan
from tocsin.probes.formats import BY_NAME


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(rulebook.load([], tmp_path_factory.mktemp("data")).compiled)


def read(path: Path, data: bytes) -> tuple[list[Event], list[Reject]]:
    path.write_bytes(data)
    items: list[Event | Reject] = []
    for item in files.blocks(path, ""):
        items += [item] if isinstance(item, Reject) else BY_NAME[item.format].read(item)
    events = [item for item in items if isinstance(item, Event)]
    return events, [item for item in items if isinstance(item, Reject)]


def json_lines(*records: dict[str, object]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def windows(event_id: int, channel: str, logged: str, **data: object) -> dict[str, object]:
    head = {"EventID": event_id, "Channel": channel, "Hostname": "mkt01.chu-exemple.fr", "@timestamp": logged}
    return head | {"SourceName": "Microsoft-Windows-" + ("Eventlog" if event_id == 1102 else "Sysmon")} | data


def test_1_a_host_clock_hours_off_does_not_tear_the_attack_apart(tmp_path: Path, engine: Engine) -> None:
    sysmon = "Microsoft-Windows-Sysmon/Operational"
    dump = "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 712 C:\\Users\\Public\\v.dmp full"
    seen = [
        windows(1, sysmon, "2026-11-14T06:00:00Z", UtcTime="2026-11-15 01:00:00.000",
                Image="C:\\Windows\\System32\\rundll32.exe", CommandLine=dump,
                ParentImage="C:\\Windows\\System32\\cmd.exe", User="CHU\\m.lefevre"),
        windows(1102, "Security", "2026-11-14T06:05:00Z", SubjectUserName="m.lefevre", SubjectDomainName="CHU"),
    ]  # fmt: skip
    (tmp_path / "host").write_bytes(json_lines(*seen))
    result = scan(ScanOptions((str(tmp_path),)), engine=engine)
    (incident,) = result.incidents
    assert rfc3339(incident.first_us) == "2026-11-15T01:00:00Z"
    assert rfc3339(incident.last_us) == "2026-11-15T01:05:00Z"


CONN = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
FIELDS = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n"
FIELDS += "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\n"


def test_2_zeek_near_1970_odd_keys_rotated_names_and_torn_files(tmp_path: Path) -> None:
    rows = "3.25\tCa\t10.0.0.1\t1\t10.0.0.2\t445\ttcp\n" * 3
    torn = gzip.compress((CONN + FIELDS + rows + "4.0\tCb\t10.0").encode())
    events, rejects = read(tmp_path / "conn.17:00:00-18:00:00.log.gz", torn)
    assert [rfc3339(event.time_us) for event in events] == ["1970-01-01T00:00:03.250000Z"] * 3
    assert len(rejects) == 1
    record = {"ts": 4.0, "uid": "Ca", "id_orig_h": "10.0.0.1", "id_orig_p": 1, "id_resp_h": "10.0.0.2",
              "id_resp_p": 445, "conn_state": "SF", "proto": "tcp"}  # fmt: skip
    (event,), _ = read(tmp_path / "x", json_lines(record))
    assert (event.source, probes.columns(event)["dst_endpoint.ip"]) == ("zeek.conn", "10.0.0.2")
    (event,), _ = read(tmp_path / "y", json_lines(record | {"_path": "open_conn"}))
    assert event.source == "zeek.open_conn"


def test_3_evtx_with_bad_chunks_and_event_ids_of_both_kinds(tmp_path: Path) -> None:
    one = "<Event><System><EventID>4624</EventID><Channel>Security</Channel><Computer>A</Computer></System></Event>"
    other = one.replace("<EventID>", '<EventID Qualifiers="0">')
    whole = evtx_file([one, other], [one])
    events, rejects = read(tmp_path / "x", whole)
    assert [event.native["EventID"] for event in events] == [4624] * 3
    assert not rejects
    broken = bytearray(whole)
    broken[4096:4104] = b"BadMagic"
    events, rejects = read(tmp_path / "y", bytes(broken))
    assert (len(events), len(rejects)) == (1, 1)


def test_4_duplicates_and_json_inside_csv_with_ports_and_brackets(tmp_path: Path) -> None:
    audit = {"CreationTime": "2026-11-15T01:00:00", "Id": "0", "Operation": "UserLoggedIn",
             "Workload": "AzureActiveDirectory", "OrganizationId": "o", "RecordType": 15, "UserType": 0,
             "UserId": "a@chu-exemple.fr",
             "ClientIP": "[2001:db8::7]:50005"}  # fmt: skip
    cell = json.dumps(audit).replace('"', '""')
    row = f'2026-11-15,a@chu-exemple.fr,UserLoggedIn,"{cell}"\n'
    events, rejects = read(tmp_path / "x", ("CreationDate,UserIds,Operations,AuditData\n" + row * 2).encode())
    assert [event.source for event in events] == ["m365.audit"] * 2
    assert events[0].id != events[1].id
    assert probes.columns(events[0])["src_endpoint.ip"] == "2001:db8::7"
    assert not rejects


def test_5_one_pretty_array_and_eve_times_with_a_zone(tmp_path: Path) -> None:
    eve = {"timestamp": "2026-11-15T03:00:00.000000+0200", "event_type": "flow", "flow_id": 1, "src_ip": "10.0.0.1",
           "dest_ip": "10.0.0.2", "proto": "TCP"}  # fmt: skip
    events, rejects = read(tmp_path / "x", json.dumps([eve, eve], indent=4).encode())
    assert [(event.source, rfc3339(event.time_us)) for event in events] == [
        ("suricata.flow", "2026-11-15T01:00:00Z")
    ] * 2
    assert not rejects


def test_6_a_flood_of_alerts_is_grouped_in_bounded_memory(tmp_path: Path, engine: Engine) -> None:
    with lzma.open(tmp_path / "alerts.xz", "wt", preset=0) as file:
        file.write("time,name,ip,host,short\n")
        for number in range(120_000):
            file.write(f"{1_700_000_000 + number // 100},Scan of {number % 40},10.9.{number % 250}.7,web,S\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result: ScanResult = scan(ScanOptions((str(tmp_path),), workers=1), engine=engine)
    assert result.summary.events == 120_000
    assert result.summary.findings < 5_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert Episodes().close() == []


def test_7_one_name_for_each_spelling() -> None:
    assert names.address("::ffff:10.23.23.9") == "10.23.23.9"
    assert names.host("SRV1.chu-exemple.fr") == names.host("srv1") == names.host("SRV1$") == "srv1"
    assert names.account("CHU\\m.lefevre") == names.account("m.lefevre@CHU-EXEMPLE.FR") == "m.lefevre"


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff".encode() + json_lines({"note": "é"}),
        json.dumps({"note": "é"}).encode("utf-16"),
        json_lines({"note": "é"}).replace(b"\n", b"\r\n"),
        gzip.compress(json_lines({"note": "é"})),
        lzma.compress(json_lines({"note": "é"})),
        json.dumps({"note": "é"}, indent=2).encode(),
    ],
    ids=["BOM", "UTF-16", "CR LF", "gzip", "xz", "several lines"],
)
def test_8_packings_and_encodings(tmp_path: Path, data: bytes) -> None:
    events, rejects = read(tmp_path / "x", data)
    assert [event.native for event in events] == [{"note": "é"}]
    assert not rejects
