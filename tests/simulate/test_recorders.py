"""Every record is read by the product's own probes as what it is, and one act tells the same on every layer."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from tests.simulate.making import attack, made, read
from tocsin.model import Event, Reject

EXPECTED = {
    "atna/atna": {"atna.audit"},
    "backup/jobs": {"syslog.line"},
    "bastion/wallix": {"wallix.bastion"},
    "cloudtrail/cloudtrail": {"aws.cloudtrail"},
    "edr/defender": {"defender.alert"},
    "edr/harfanglab": {"harfanglab.alert"},
    "entra/signins": {"azure.signin"},
    "fortigate/fortigate": {"fortigate.traffic", "fortigate.vpn"},
    "linux/auth": {"linux.auth"},
    "m365/audit": {"m365.audit"},
    "stormshield/filter": {"stormshield.filter"},
    "suricata/eve": {"suricata.alert", "suricata.dns", "suricata.flow", "suricata.http", "suricata.tls"},
    "windows/windows": {"windows.security", "windows.system", "windows.sysmon"},
}


@pytest.mark.parametrize("contents", [made(10), made(2), attack()], ids=["day", "night", "attack"])
def test_probes_read_every_record(contents: dict[str, bytes], tmp_path: Path) -> None:
    lines = sum(content.count(b"\n") for content in contents.values())
    seen: dict[str, set[str]] = defaultdict(set)
    count = 0
    for path, one in read(tmp_path, contents):
        assert not isinstance(one, Reject), (path, one)
        assert one.time_us is not None, (path, one.raw)
        stem = path.partition("/")[2].partition(".")[0]
        seen[stem].add(one.source)
        count += 1
    assert count == lines
    for stem, sources in seen.items():
        folder, _, name = stem.partition("/")
        assert sources <= EXPECTED.get(stem, {f"{folder}.{name}"}), stem


def events(contents: dict[str, bytes], tmp_path: Path) -> list[Event]:
    return [one for _, one in read(tmp_path, contents) if isinstance(one, Event)]


def test_logs_of_zeek_share_the_connection_of_conn_log(tmp_path: Path) -> None:
    found = [one for one in events(made(10), tmp_path) if one.source.startswith("zeek.")]
    conns = {one.native["uid"]: one.native for one in found if one.source == "zeek.conn"}
    loose = 0
    for one in found:
        if one.source in {"zeek.ssl", "zeek.dns", "zeek.http", "zeek.dicom", "zeek.hl7", "zeek.smb_files", "zeek.rdp"}:
            conn = conns.get(one.native["uid"])
            if conn is None:
                loose += 1
                continue
            for key in ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"):
                assert conn[key] == one.native[key]
    assert loose < 0.01 * len(found)


def test_all_network_probes_tell_the_same_five_tuple(tmp_path: Path) -> None:
    found = events(attack(), tmp_path)
    zeek = {
        _ends(one, "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p") for one in found if one.source == "zeek.conn"
    }
    eve = {_ends(one, "src_ip", "src_port", "dest_ip", "dest_port") for one in found if one.source == "suricata.flow"}
    fortigate = {
        _ends(one, "srcip", "srcport", "dstip", "dstport") for one in found if one.source == "fortigate.traffic"
    }
    assert eve == fortigate
    assert eve <= zeek


def _ends(event: Event, *keys: str) -> tuple[str, ...]:
    return tuple(str(event.native[key]) for key in keys)


def test_a_ticket_comes_before_the_log_on_and_one_session_has_one_number(tmp_path: Path) -> None:
    found = [one for one in events(attack(), tmp_path) if one.source == "windows.security"]
    remote = next(one for one in found if one.native["EventID"] == 4624 and one.native["LogonType"] == "10")
    tickets = [one for one in found if one.native["EventID"] == 4769 and one.native["ServiceName"].endswith("$")]
    assert min(one.time_us or 0 for one in tickets) < (remote.time_us or 0)
    started = [one for one in found if one.native["EventID"] == 4688]
    processes = {one.native["NewProcessName"] for one in started}
    assert {"C:\\Windows\\System32\\net.exe", "C:\\Windows\\System32\\rundll32.exe"} <= processes
    sysmon = [
        one for one in events(attack(), tmp_path) if one.source == "windows.sysmon" and one.native["EventID"] == 1
    ]
    ids = {one.native["LogonId"] for one in sysmon if "a.mahe" in str(one.native["User"])}
    assert len(ids) <= 1
    assert {one.native["SubjectLogonId"] for one in started} >= ids


def test_texts_of_an_attacker_stay_one_record(tmp_path: Path) -> None:
    from tests.simulate.making import MONDAY, small
    from tocsin.simulate.plots import load
    from tocsin.simulate.running import Order, Simulation

    plot = tmp_path / "odd.yaml"
    plot.write_text(
        """
plot: {name: odd, begin: day 1 10:00}
cast: {desk: {role: workstation, zone: bureaux}, who: {account: admin}}
steps:
  - {do: process, on: desk, by: who, image: "C:\\\\a\\"b\\n\\u2028.exe", command: "x\\r\\n{\\"EventID\\":1}\\t\\0"}
"""
    )
    simulation = Simulation(Order(small(), 1, MONDAY, 1, plots=(load(str(plot)),), quiet=True))
    for task in simulation.tasks():
        for _path, content in simulation.make(task).files:
            for line in content.splitlines():
                assert isinstance(orjson.loads(line), dict)
