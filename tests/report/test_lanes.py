"""The drawing: every timed finding has its mark, and the drawing stays small."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.report.samples import HOSTILE_INCIDENT, NIGHT, finding
from tocsin.model import Entity, Incident
from tocsin.report.lanes import COLUMNS, MAX_LANES, WIDTH, chart
from tocsin.report.words import speech

TITLED = speech("en").title


def with_findings(minutes: list[float]) -> Incident:
    made = [
        finding(number, at, "x", (Entity("host", f"h{number % 17}"), Entity("identity", f"u{number % 3}")))
        for number, at in enumerate(minutes, 1)
    ]
    return msgspec.structs.replace(NIGHT, findings=tuple(made))


def test_the_night() -> None:
    drawing = chart(NIGHT, TITLED)
    assert drawing
    assert [lane.name for lane in drawing.lanes] == ["pacs-01", "poste-rx7", "presta-rx", "198.51.100.7"]
    assert {number for mark in drawing.marks for number in mark.numbers} == {1, 2, 3, 4, 5}
    assert [tick.text for tick in drawing.ticks] == ["11-02 02:15", "02:30", "02:45", "03:00", "03:15"]
    assert len(drawing.links) == 5
    assert drawing.hidden == 0


def test_an_alias_is_drawn_on_the_lane_of_its_party() -> None:
    seen = finding(1, 0, "x", (Entity("address", "10.20.4.17"), Entity("host", "poste-rx7"), Entity("host", "other")))
    drawing = chart(msgspec.structs.replace(NIGHT, findings=(seen,)), TITLED)
    assert drawing
    assert [(lane.kind, lane.name) for lane in drawing.lanes] == [("host", "other"), ("host", "poste-rx7")]


def test_no_time_no_drawing() -> None:
    assert chart(HOSTILE_INCIDENT, TITLED) is None


def test_one_moment_is_drawn() -> None:
    drawing = chart(with_findings([3]), TITLED)
    assert drawing
    assert len(drawing.marks) == 2


@given(st.lists(st.floats(0, 60 * 24 * 400), min_size=1, max_size=80))
def test_every_finding_is_drawn_inside_the_frame(minutes: list[float]) -> None:
    drawing = chart(with_findings(minutes), TITLED)
    assert drawing
    assert {number for mark in drawing.marks for number in mark.numbers} == set(range(1, len(minutes) + 1))
    assert len(drawing.lanes) <= MAX_LANES
    assert len(drawing.marks) <= MAX_LANES * COLUMNS
    assert len(drawing.ticks) <= 8
    assert all(0 < mark.x < WIDTH and 0 < mark.y < drawing.height for mark in drawing.marks)
    assert all(0 <= tick.x <= WIDTH for tick in drawing.ticks)
