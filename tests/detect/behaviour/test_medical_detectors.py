"""What holds for every medical detector: order, determinism, odd clocks, odd texts, snapshots; and their facts."""

from __future__ import annotations

import random
import string
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.detect.behaviour.account_rows import tell
from tests.detect.behaviour.medical_rows import associate, audit, command, message
from tests.probes.test_golden import GOLDEN, read_all
from tocsin import probes
from tocsin.detect.behaviour import dicom_identity, dicom_sweep, hl7_refusals, hl7_replay, hl7_sender, snapshot
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Medical, facts_of
from tocsin.model import Event, Origin

each = pytest.mark.parametrize(
    "detector",
    (dicom_identity, dicom_sweep, hl7_sender, hl7_replay, hl7_refusals),
    ids=lambda one: one.NAME,
)
CODES = ("AA", "AE", "AR", "")


def row_of(rng: random.Random, minutes: float) -> Medical:
    """Make a row of any kind, of few machines."""
    src = f"10.0.0.{rng.randrange(6)}"
    return rng.choice(
        (
            lambda: associate(
                minutes, src, f"CT{rng.randrange(3)}", f"1.2.{rng.randrange(3)}.4.5.6", called=f"P{rng.randrange(40)}"
            ),
            lambda: associate(minutes, src, "X", dst=f"10.0.1.{rng.randrange(90)}", status="rejected"),
            lambda: command(minutes, rng.choice(("C-FIND", "C-MOVE")), rng.randrange(3_000), src),
            lambda: audit(minutes, f"agent{rng.randrange(5)}", rng.randrange(300)),
            lambda: message(minutes, f"M{rng.randrange(900)}", src, f"A{rng.randrange(3)}", rng.choice(CODES)),
        )
    )()


def stream(seed: int, number: int = 3_000, spread: float = 20_000) -> list[Medical]:
    rng = random.Random(seed)
    return [row_of(rng, minutes) for minutes in sorted(rng.uniform(0, spread) for _ in range(number))]


def told(signs: list[Sign]) -> list[tuple[Any, ...]]:
    return [(s.time_us, s.last_us, round(s.decades, 9), s.message, tuple(s.facts.items()), s.entities) for s in signs]


@each
def test_the_same_rows_give_the_same_signs(detector: ModuleType) -> None:
    rows = stream(1)
    assert told(tell(detector, rows)) == told(tell(detector, rows))


@each
def test_the_order_of_equal_times_changes_nothing(detector: ModuleType) -> None:
    rows = [row_of(random.Random(n), n // 40) for n in range(2_000)]
    shuffled = list(rows)
    rng = random.Random(3)
    for begin in range(0, len(rows), 40):
        part = shuffled[begin : begin + 40]
        rng.shuffle(part)
        shuffled[begin : begin + 40] = part
    assert told(tell(detector, rows, batch=400)) == told(tell(detector, shuffled, batch=400))


@each
def test_time_that_goes_backwards(detector: ModuleType) -> None:
    rows = stream(2)
    random.Random(5).shuffle(rows)
    for sign in tell(detector, rows, batch=100):
        assert sign.time_us <= sign.last_us


@each
def test_a_memory_written_and_read_back_goes_on_as_if_nothing_had_been(detector: ModuleType) -> None:
    rows = stream(8, 4_000)
    whole, before = detector.memory(), detector.memory()
    assert told(tell(detector, rows[:2_000], whole)) == told(tell(detector, rows[:2_000], before))
    after = snapshot.load(snapshot.dump(before), detector.memory)
    assert snapshot.dump(after) == snapshot.dump(whole)
    assert told(tell(detector, rows[2_000:], after)) == told(tell(detector, rows[2_000:], whole))
    assert list(detector.finish(after)) == []


@each
def test_any_text_is_a_name(detector: ModuleType) -> None:
    """Log text is written by attackers: braces, markup, control characters, surrogates, very long names."""
    rng = random.Random(6)
    letters = string.printable + "{}<>\0\u202e\ud800é"
    rows = []
    for n in range(600):
        words = ["".join(rng.choice(letters) for _ in range(rng.choice((0, 3, 40)))) for _ in range(13)]
        row = row_of(rng, n)
        names = ("src", "dst", "calling", "called", "implementation", "control_id")
        rows.append(row._replace(**{name: words[i] for i, name in enumerate(names) if rng.random() < 0.5}))
    for sign in tell(detector, rows):
        sign.message.format(**sign.facts)


@each
def test_signs_are_whole(detector: ModuleType) -> None:
    for sign in tell(detector, stream(7, 6_000)):
        assert 0 <= sign.decades <= 4
        assert 0 < len(sign.events) <= 20
        assert sign.entities
        assert set(sign.techniques) <= set(detector.TECHNIQUES)
        sign.message.format(**sign.facts)


@each
def test_it_says_what_it_sees_and_misses(detector: ModuleType) -> None:
    for part in ("Sees:", "Misses:", "Benign when:", "Source:"):
        assert part in (detector.__doc__ or "")


@each
def test_years_apart(detector: ModuleType) -> None:
    rows = [row_of(random.Random(n), n * 5_000_000 % 60_000_000) for n in range(300)]
    assert isinstance(tell(detector, rows), list)


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
