"""DICOM and HL7 of packets: captures of real software, its live traffic, odd packets, and nothing about patients."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probes import medical_traffic
from tests.probes.test_golden import describe, read_all
from tests.probes.test_pcap import A, B, records, tcp
from tocsin.model import Event, Reject
from tocsin.probes.packets import dicom, hl7

CAPTURES = Path(__file__).parent / "packets"
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark (apt install tshark)")
needs_dumpcap = pytest.mark.skipif(shutil.which("dumpcap") is None, reason="needs dumpcap (apt install tshark)")
needs_pynetdicom = pytest.mark.skipif(
    importlib.util.find_spec("pynetdicom") is None, reason="needs pynetdicom (in the extra dev)"
)


def events(path: Path, *sources: str) -> list[Event]:
    items = read_all(path)
    assert not [item for item in items if isinstance(item, Reject)]
    return [item for item in items if isinstance(item, Event) and item.source in sources]


@needs_tshark
@pytest.mark.parametrize("name", ["dicom", "hl7"])
def test_captures(name: str, golden: Any) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    text = "\n".join(
        orjson.dumps(describe(item), option=options).decode() for item in read_all(CAPTURES / f"{name}.pcap")
    )
    golden(CAPTURES / f"{name}.json", text + "\n")


@needs_tshark
@pytest.mark.parametrize("name", ["dicom", "hl7"])
def test_nothing_about_patients_comes_out(name: str) -> None:
    packets = (CAPTURES / f"{name}.pcap").read_bytes()
    assert b"CAMILLE" in packets
    for item in read_all(CAPTURES / f"{name}.pcap"):
        assert isinstance(item, Event)
        told = repr(item.native) + item.raw.decode()
        assert not [secret for secret in medical_traffic.SECRETS if secret in told]


def free_ports() -> int:
    """Find a port that is free and so is the next one."""
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return int(port)
            except OSError:
                continue
    pytest.skip("needs two free ports")


@needs_tshark
@needs_dumpcap
@needs_pynetdicom
def test_live_imaging_on_an_unusual_port(tmp_path: Path) -> None:
    port, path = free_ports(), tmp_path / "live.pcap"
    try:
        with medical_traffic.captured(path):
            medical_traffic.imaging(port, "127.0.0.1", "127.0.0.1", "127.0.0.1")
    except OSError as error:
        pytest.skip(f"needs the right to capture: {error}")
    links = [event.native for event in events(path, "zeek.dicom") if event.native["id.resp_p"] in {port, port + 1}]
    found = {(link["calling_ae"], link["called_ae"], link["result"]) for link in links}
    assert found == {
        ("CT_SCAN1", "PACS01", "accepted"),
        ("PACS01", "STATION7", "accepted"),
        ("CT_SCAN1", "NOBODY", "rejected"),
    }
    asked = [event.native for event in events(path, "zeek.dicom_command") if event.native["id.resp_p"] == port]
    assert [(one["command"], one["is_orig"], one["status"]) for one in asked] == [
        ("C-ECHO", True, "0x0000"),
        ("C-FIND", True, "0x0000"),
        ("C-STORE", True, "0x0000"),
        ("C-MOVE", True, "0x0000"),
        ("C-STORE", False, "0x0000"),
        ("C-GET", True, "0x0000"),
    ]


@needs_tshark
@needs_dumpcap
@pytest.mark.parametrize("usual", [True, False])
def test_live_results(tmp_path: Path, usual: bool) -> None:
    """On an unusual port tshark leaves out the first message: its acknowledgement tells of it."""
    port, path = (2575 if usual else free_ports()), tmp_path / "live.pcap"
    try:
        with medical_traffic.captured(path):
            medical_traffic.results(port, "127.0.0.1", "127.0.0.1")
    except OSError as error:
        pytest.skip(f"needs the right to capture, and a free port: {error}")
    told = [event.native for event in events(path, "zeek.hl7") if event.native["id.resp_p"] == port]
    assert [one["control_id"] for one in told] == [f"MSG{number:05d}" for number in range(1, 7)]
    assert [one.get("ack_code") for one in told] == ["AA", "AE", "AA", "AA", "AR", None]
    assert [one["request_seen"] for one in told] == [usual, *[True] * 5]
    assert {one["sending_application"] for one in told} == {"LABO"}


SEGMENTS = ["MSH|^~\\&|LABO|SITE|DPI|SITE|2026||ADT^A01|7|P|2.5\r", "PID|1||IPP0001\r"]
ACK = ["MSH|^~\\&|DPI|SITE|LABO|SITE|2026||ACK|9|P|2.5\r", "MSA|AA|7\r"]


def mllp(at: float, reply: bool, *segments: str) -> dict[str, list[str]]:
    ends = (B, A) if reply else (A, B)
    layers = tcp(at, *ends, 0x18, 10, protocols="eth:ip:tcp:hl7")
    return layers | {"hl7_segment": list(segments)}


def test_an_answer_alone_tells_of_the_message() -> None:
    (one,) = records(mllp(0, True, *ACK), path="hl7")
    assert (one["sending_application"], one["receiving_application"]) == ("LABO", "DPI")
    assert (one["control_id"], one["ack_code"], one["request_seen"], one["is_orig"]) == ("7", "AA", False, True)


def test_a_message_is_told_once_at_its_answer_or_at_the_end() -> None:
    again = SEGMENTS[0].replace("|7|", "|8|")
    first, second = records(mllp(0, False, *SEGMENTS), mllp(1, True, *ACK), mllp(2, False, again), path="hl7")
    assert (first["ack_code"], first["segment_types"]) == ("AA", ["MSH", "PID"])
    assert "ack_code" not in second


def test_messages_without_answers_are_bounded() -> None:
    many = [mllp(n, False, SEGMENTS[0].replace("|7|", f"|{n}|")) for n in range(100)]
    assert len(records(*many, path="hl7")) == 100


def test_separators_are_the_messages_own() -> None:
    (one,) = hl7.messages(["MSH#*~\\&#LABO#S#DPI#S#2026##ORU*R01#55#P#2.3\r"])
    assert (one.field(3), one.field(9), one.field(10)) == ("LABO", "ORU*R01", "55")


@given(st.lists(st.text(max_size=30) | st.sampled_from(["MSH|", "MSH|^~\\&|", "MSA", "MSA|", *SEGMENTS, *ACK])))
def test_any_segments_are_read(segments: list[str]) -> None:
    for one in records(mllp(0, False, *segments), mllp(0.1, True, *segments), path="hl7"):
        assert "IPP0001" not in repr(one)


def dimse(at: float, reply: bool, label: str, tags: list[str], kinds: list[str], values: list[str]) -> Any:
    ends = (B, A) if reply else (A, B)
    layers = tcp(at, *ends, 0x18, 10, protocols="eth:ip:tcp:dicom")
    return layers | {
        **{"dicom": [f"DICOM, {label}"], "dicom_pdu_type": ["0x04"], "dicom_pdv_ctx": ["1"]},
        **{"dicom_pdv_flags": ["0x03"], "dicom_tag": tags, "dicom_tag_vr": kinds, "dicom_tag_value_16u": values},
    }


ASKED = dimse(0, False, "C-FIND-RQ ID=4", ["0x0", "0x100", "0x110"], ["UL", "US", "US"], ["32", "4"])
DONE = (["0x0", "0x100", "0x120", "0x900"], ["UL", "US", "US", "US"])


def test_an_answer_completes_its_request() -> None:
    pending = dimse(1, True, "C-FIND-RSP ID=4", *DONE, ["32800", "4", "65280"])
    done = dimse(2, True, "C-FIND-RSP ID=4 (Failure)", *DONE, ["32800", "4", "42752"])
    (one,) = records(ASKED, pending, done, path="dicom_command")
    assert (one["command"], one["responses"], one["status"], one["outcome"]) == ("C-FIND", 1, "0xa700", "failure")


def test_values_that_do_not_fit_the_command_are_left_alone() -> None:
    shifted = dimse(1, True, "C-FIND-RSP ID=4 (Success)", *DONE, ["7", "32800", "4", "0"])
    (one,) = records(ASKED, shifted, path="dicom_command")
    assert "status" not in one


def test_many_open_exchanges_are_bounded() -> None:
    asked = [dimse(n, False, f"C-STORE-RQ ID={n}", ["0x0"], ["UL"], []) for n in range(100)]
    assert len(records(*asked, path="dicom_command")) == 100


@pytest.mark.parametrize(
    ("status", "word"),
    [(0, "success"), (0xFE00, "cancelled"), (0xB000, "warning"), (0x0107, "warning"), (0x0122, "failure")],
)
def test_outcomes(status: int, word: str) -> None:
    assert dicom.outcome(status) == word
