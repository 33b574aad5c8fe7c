"""What the rows of shares and remote administration hold, read from events of products."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin import probes
from tocsin.detect.behaviour.facts import Fact, FileOp, Flow, Remote, facts_of
from tocsin.model import Event, Origin


def read(source: str, native: dict[str, Any]) -> list[Fact]:
    event = Event(source, 1_772_409_600_000_000, native, b"", Origin("t"), 0)
    return list(facts_of(event, probes.columns))


def file_ops(source: str, native: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(row.client, row.action, row.name, row.before) for row in read(source, native) if isinstance(row, FileOp)]


ENDS = {"id.orig_h": "10.1.1.1", "id.resp_h": "10.1.1.2"}
EVE = {"src_ip": "10.1.1.1", "dest_ip": "10.1.1.2", "dest_port": 445, "proto": "TCP"}


def test_procedures_that_administer() -> None:
    (row,) = read("zeek.dce_rpc", {**ENDS, "endpoint": "svcctl", "operation": "CreateServiceW"})
    assert isinstance(row, Remote)
    assert (row.src, row.dst, row.how, row.what) == ("10.1.1.1", "10.1.1.2", "service", "CreateServiceW")
    assert read("zeek.dce_rpc", {**ENDS, "endpoint": "samr", "operation": "SamrConnect5"}) == []


@pytest.mark.parametrize(
    ("mask", "action"),
    [("0x10080", "delete"), ("0x2", "write"), ("0x4", "write"), ("0x1", "read"), ("0x20000", ""), ("?", "")],
)
def test_access_to_shares_that_windows_writes(mask: str, action: str) -> None:
    native = {
        "EventID": 5145,
        "Computer": "SRV-FIC1.chu.example",
        "IpAddress": "::ffff:10.1.1.1",
        "ShareName": "\\\\*\\Services",
        "RelativeTargetName": "a\\b.docx",
        "AccessMask": mask,
    }
    wanted = [("10.1.1.1", action, "a\\b.docx", "")] if action else []
    assert file_ops("windows.security", native) == wanted


def test_access_to_files_of_a_server() -> None:
    native = {
        "EventID": 4663,
        "Computer": "SRV-FIC1.chu.example",
        "ObjectType": "File",
        "ObjectName": "D:\\a\\b.docx",
        "AccessMask": "0x10000",
    }
    assert file_ops("windows.security", native) == [("srv-fic1", "delete", "D:\\a\\b.docx", "")]
    assert file_ops("windows.security", {**native, "ObjectType": "Key"}) == []


@pytest.mark.parametrize(
    ("smb", "wanted"),
    [
        ({"command": "SMB2_COMMAND_CREATE", "filename": "a.docx", "disposition": "FILE_OPEN"}, ("open", "a.docx", "")),
        ({"command": "SMB2_COMMAND_CREATE", "filename": "a.x", "disposition": "FILE_CREATE"}, ("write", "a.x", "")),
        (
            {
                "command": "SMB2_COMMAND_CREATE",
                "filename": "a.x",
                "access": "delete on close",
                "disposition": "FILE_OPEN",
            },
            ("delete", "a.x", ""),
        ),
        (
            {"command": "SMB2_COMMAND_SET_INFO", "rename": {"from": "a.docx", "to": "a.docx.x"}},
            ("rename", "a.docx.x", "a.docx"),
        ),
        ({"command": "SMB2_COMMAND_READ", "filename": ""}, None),
        ({"command": "SMB2_COMMAND_CREATE", "filename": "a", "status": "STATUS_ACCESS_DENIED"}, None),
        ("odd", None),
        ({"command": 7, "filename": ["x"], "rename": 3}, None),
    ],
)
def test_shares_that_suricata_sees(smb: Any, wanted: tuple[str, ...] | None) -> None:
    assert file_ops("suricata.smb", {**EVE, "smb": smb}) == ([("10.1.1.1", *wanted)] if wanted else [])


@pytest.mark.parametrize(
    ("state", "tcp", "wanted"),
    [
        ("new", None, "S0"),
        ("closed", {"tcp_flags_ts": "02", "tcp_flags_tc": "14"}, "REJ"),
        ("closed", {"tcp_flags_ts": "02", "tcp_flags_tc": "00"}, "S0"),
        ("closed", {"tcp_flags_ts": "1b", "tcp_flags_tc": "1b"}, ""),
        ("established", "odd", ""),
    ],
)
def test_what_became_of_a_flow_that_suricata_saw(state: str, tcp: Any, wanted: str) -> None:
    (row,) = read("suricata.flow", {**EVE, "flow": {"state": state}, "tcp": tcp})
    assert isinstance(row, Flow)
    assert row.state == wanted


LATER = 1_772_409_600_000_000
"""The time at which all records of these tests were written."""


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("2026-03-01T23:58:55.000000+0000", LATER - 65_000_000),
        ("2026-03-02T01:58:55+0200", LATER - 65_000_000),
        ("2026-03-02T00:00:05+0000", LATER),
        (None, LATER),
        ("odd", LATER),
        ({}, LATER),
    ],
)
def test_a_flow_of_suricata_is_told_from_its_start_not_from_its_timeout(start: Any, wanted: int) -> None:
    """Else each contact that another probe saw too would come twice, a minute apart: as a timer does."""
    (row,) = read("suricata.flow", {**EVE, "flow": {"state": "closed", "start": start}})
    assert row.time_us == wanted


@pytest.mark.parametrize(
    ("duration", "wanted"),
    [("90", LATER - 90_000_000), ("0", LATER), ("", LATER), ("nan", LATER), ("inf", LATER), ("-4", LATER)],
)
def test_a_firewall_writes_when_a_session_is_over(duration: str, wanted: int) -> None:
    native = {"type": "traffic", "srcip": "10.1.1.1", "dstip": "10.1.1.2", "dstport": "443", "duration": duration}
    (row,) = read("fortigate.traffic", native)
    assert row.time_us == wanted
