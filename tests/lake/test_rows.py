"""A row is the event that it was made of, whatever attackers write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.lake.making import DAY_US, NOW_US, event, fill, golden_events
from tocsin.lake import rows, table
from tocsin.lake.reading import Reader
from tocsin.lake.store import Lake
from tocsin.model import Event, Origin

SELECTED = ", ".join(rows.COLUMNS_OF_EVENT)


def back(folder: Path) -> list[Event]:
    with Reader(Lake(folder)) as reader:
        return [rows.event_of(row) for row in reader.ask(f"SELECT {SELECTED} FROM events").rows]


def stored(one: Event) -> Event:
    """What the lake keeps of an event: all but when its file was written, which only reading needs."""
    return replace(one, origin=replace(one.origin, written_us=0))


def test_every_golden_event_comes_back_as_it_was(tmp_path: Path) -> None:
    events = golden_events()
    fill(tmp_path, events)
    found = {one.id: one for one in back(tmp_path)}
    assert len(events) > 300
    assert [found[one.id] for one in events] == [stored(one) for one in events]


@pytest.mark.parametrize(
    "raw",
    [b"\xff\xfe not text", b"", b"\x00", "é\u2028".encode(), b'{"a": "\\u0063md"}', b"\xed\xa0\x80"],
)
def test_any_bytes_come_back(raw: bytes, tmp_path: Path) -> None:
    one = Event("text.line", None, {"message": "m"}, raw, Origin("a", b"k"), 3, 1, "chu é/%41")
    fill(tmp_path, [one])
    assert back(tmp_path) == [one]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(native=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), JSON, max_size=5), raw=st.binary())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fields_survive_as_json(native: dict[str, Any], raw: bytes) -> None:
    one = Event("json.record", 5, native, raw, Origin("a", b"k"), 0, 0, "s")
    found = rows.of_events([one], NOW_US).to_pylist()[0]
    values = [found.get(name) for name in ("native", "raw", "raw_bytes")]
    row = ("json.record", 5, None, *values, "a", b"k".hex(), 0, 0, "s")
    assert rows.event_of(row) == one


def test_a_time_that_is_missing_is_that_of_arrival_and_says_so() -> None:
    found = rows.of_events([event({}, None), event({}, 1 << 63)], NOW_US)
    assert found.column("day").to_pylist() == [rows.day_of(NOW_US)] * 2
    assert found.column("untimed").to_pylist()[0] is True


def test_days_that_clocks_invent_share_one_partition() -> None:
    events = [event({}, NOW_US - day * DAY_US, day) for day in range(200)] + [event({}, -DAY_US), event({}, 10**17)]
    days = set(rows.of_events(events, NOW_US).column("day").to_pylist())
    assert len(days) <= rows.MAX_DAYS + 1
    assert table.MIXED in days


def test_a_value_of_another_type_is_kept_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = {"dst_endpoint.port": "https", "user.name": "half \ud800", "duration": 5, "answers": "one", "new.path": 1}
    monkeypatch.setattr(rows.probes, "columns", lambda _: dict(odd))
    found = rows.whole(rows.of_events([event({})], NOW_US), table.EVENTS).to_pylist()[0]
    assert found["ocsf_extra"] == '{"dst_endpoint.port":"https","new.path":1}'
    assert (found["user.name"], found["duration"], found["answers"]) == ("half \\ud800", 5.0, ["one"])
