"""What people write, and what they get; what they get wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lake.making import NOW_US, connection, event, fill
from tocsin.errors import ConfigError
from tocsin.lake import asking, hunting
from tocsin.lake.store import EVERYTHING, Lake, Scope

MINUTE = 60_000_000
LOGON = {"EventID": 4624, "Channel": "Security", "Computer": "SRV-DC1.chu.example.org", "TargetUserName": "a.martin"}
LOGON |= {"IpAddress": "10.0.0.9", "source": "windows.security"}
PROCESS = {"EventID": 1, "Computer": "PC-7.chu.example.org", "User": "CHU\\b.petit", "source": "windows.sysmon"}
PROCESS |= {"Image": "C:\\Windows\\cmd.exe", "CommandLine": 'cmd /c "vssadmin delete shadows"'}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("lake")
    events = [
        connection("10.0.0.1", "203.0.113.5", 443, NOW_US, 0),
        connection("10.0.0.1", "10.0.0.2", 445, NOW_US + MINUTE, 1),
        event(dict(LOGON), NOW_US + 2 * MINUTE, 2),
        event(dict(PROCESS), NOW_US + 3 * MINUTE, 3),
        event({"message": "nothing with a time", "source": "json.record"}, None, 4),
    ]
    fill(folder, events, NOW_US + 9 * MINUTE)
    return Lake(folder)


def places(lake: Lake, *words: str, scope: Scope = EVERYTHING) -> set[int]:
    found = hunting.hunt(lake, hunting.Hunt(asking.parse(words), scope=scope, limit=0))
    return set(found.rows.column("offset").to_pylist())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("10.0.0.1", {0, 1}),
        ("ip=10.0.0.1", {0, 1}),
        ("src_endpoint.ip=10.0.0.1 port=445", {1}),
        ("port=445 or port=443", {0, 1}),
        ("dst_endpoint.port>444", {1}),
        ("not port=445 source=zeek.conn", {0}),
        ("source=zeek.* not (port=445 or port=1)", {0}),
        ("source!=zeek.conn", {2, 3, 4}),
        ("@srv-dc1", {2}),
        ("host=srv-dc1*", {2}),
        ("user=A.MARTIN", {2}),
        ("@CHU\\b.petit", {3}),
        ('"vssadmin delete"', {3}),
        ("command~vssadmin", {3}),
        ("command~C:\\", set()),
        ("C:\\Windows\\cmd.exe", {3}),
        ("native.EventID=4624", {2}),
        ("native.eventid=*62*", {2}),
        ("native.EventID!=4624 source~windows", {3}),
        ("native.CommandLine~SHADOWS", {3}),
        ("not native.CommandLine~shadows source=windows.sysmon", set()),
        ("user=* and process=*", {3}),
        ("user= source=zeek.conn", {0, 1}),
        ("nothing", {4}),
        ("host=nowhere", set()),
    ],
)
def test_a_question_finds(question: str, expected: set[int], lake: Lake) -> None:
    assert places(lake, question) == expected
    if '"' not in question and " " in question:
        assert places(lake, *question.split()) == expected


def test_times_bound_the_answer(lake: Lake) -> None:
    assert places(lake, scope=Scope((), NOW_US + MINUTE, NOW_US + 2 * MINUTE)) == {1, 2}
    assert places(lake, scope=Scope((), NOW_US + 9 * MINUTE, None)) == {4}, "without a time: that of arrival"
    assert places(lake, scope=Scope(("other",))) == set()


@pytest.mark.parametrize(
    ("question", "problem", "hint"),
    [
        ("usr=a", "no field “usr”", "user"),
        ("port=https", "no number", ""),
        ("(port=1", "parenthesis", ""),
        ("port=1)", "parenthesis", ""),
        ("port=1 or", "missing", ""),
        ("not", "missing", ""),
        ("native.A=1 or port=2", "beside", "--rule"),
        ("native.A>1", "only equal", ""),
    ],
)
def test_a_wrong_question_is_explained(question: str, problem: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        asking.parse([question])
    assert hint in caught.value.hint


@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_text_is_a_question_or_an_explained_error(words: list[str]) -> None:
    try:
        asking.parse(words)
    except ConfigError as error:
        assert error.hint


def test_the_newest_come_first_and_the_rest_is_announced(lake: Lake) -> None:
    found = hunting.hunt(lake, hunting.Hunt(asking.parse(["source=zeek.conn"]), limit=1))
    assert found.rows.column("offset").to_pylist() == [1]
    assert found.more


def test_an_event_that_was_loaded_twice_is_shown_once(tmp_path: Path) -> None:
    for _ in range(3):
        fill(tmp_path, [connection("10.0.0.1", "10.0.0.2"), connection("10.0.0.1", "10.0.0.3", rank=1)])
    found = hunting.hunt(Lake(tmp_path), hunting.Hunt(asking.parse(["10.0.0.1"]), limit=2))
    assert (found.rows.num_rows, found.more) == (2, False)
