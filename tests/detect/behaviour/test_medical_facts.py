"""Facts of medical protocols, and memories that a flood of names cannot fill."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.detect.behaviour.account_rows import tell
from tests.detect.behaviour.medical_rows import associate, command, message
from tests.probes.test_golden import GOLDEN, read_all
from tocsin import probes
from tocsin.detect.behaviour import dicom_identity, dicom_sweep, hl7_refusals, hl7_replay, hl7_sender
from tocsin.detect.behaviour.facts import Medical, facts_of
from tocsin.model import Event, Origin

each = pytest.mark.parametrize(
    "detector",
    (dicom_identity, dicom_sweep, hl7_sender, hl7_replay, hl7_refusals),
    ids=lambda one: one.NAME,
)


@each
def test_a_flood_of_names_is_bounded(detector: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TITLES", "SOURCES", "RECEIVERS", "PAIRS"):
        if hasattr(detector, name):
            monkeypatch.setattr(detector, name, 50)
    memory = detector.memory()
    for n in range(300):
        rows = [associate(n, f"10.9.{n % 250}.{k}", f"T{n}-{k}") for k in range(4)]
        rows += [message(n, f"{n}", f"10.8.{n % 250}.{k}", f"A{n}", "AE", dst=f"10.7.{n % 250}.{k}") for k in range(4)]
        rows += [command(n, src=f"10.6.{n % 250}.1")]
        tell(detector, rows, memory)
    held = [table for table in vars(memory).values() if isinstance(table, dict)]
    assert all(len(table) <= 50 for table in held)


def facts(source: str, native: dict[str, Any]) -> list[Any]:
    return list(facts_of(Event(source, 1_000_000, native, b"", Origin("x"), 0), probes.columns))


ENDS = {"id.orig_h": "10.1.1.1", "id.orig_p": 4000, "id.resp_h": "10.1.1.2", "id.resp_p": 2575}


def test_facts_of_messages() -> None:
    names = {"sending_application": "LABO^1.2.3^ISO", "sending_facility": "CHU", "receiving_application": "^9.8^ISO"}
    more = {"message_type": "ORU", "trigger_event": "R01", "control_id": "7", "message_time": "2026", "is_orig": "F"}
    (row,) = facts("zeek.hl7", {**ENDS, **names, **more})
    assert (row.src, row.dst, row.port) == ("10.1.1.2", "10.1.1.1", 2575)
    assert (row.calling, row.called, row.action, row.control_id) == ("LABO|CHU", "9.8", "ORU^R01", "7@2026")


def test_stores_are_not_told_one_by_one() -> None:
    assert facts("zeek.dicom_command", {**ENDS, "command": "C-STORE"}) == []
    (row,) = facts("zeek.dicom_command", {**ENDS, "command": "C-MOVE", "completed": "12", "outcome": "success"})
    assert (row.action, row.amount, row.status) == ("C-MOVE", 12, "success")


def test_facts_of_audit_trails() -> None:
    path: Path = GOLDEN / "atna" / "messages.in"
    rows = [row for item in read_all(path) if isinstance(item, Event) for row in facts_of(item, probes.columns)]
    medical = [row for row in rows if isinstance(row, Medical)]
    assert [(row.action, row.calling, row.amount) for row in medical] == [
        ("query", "ct_scan1", 0),
        ("retrieve", "c.vasseur", 2),
        ("login", "j.martin", 0),
        ("retrieve", "a.lemoine", 1),
        ("110113", "", 0),
    ]
    (logon,) = [row for row in rows if type(row).__name__ == "Logon"]
    assert (logon.account, logon.src, logon.success) == ("j.martin", "10.20.4.13", False)
