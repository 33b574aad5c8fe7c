"""Tables: what is one and what is not, rows over several lines, faults, any bytes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import Event, Origin, Reject
from tocsin.probes.contract import BLOCK_BYTES
from tocsin.probes.formats import BY_NAME, recognise, table

ORIGIN = Origin("export.csv")


def rows_of(data: bytes, chunk: int = 1 << 18) -> list[Event | Reject]:
    chunks = [data[start : start + chunk] for start in range(0, len(data), chunk)]
    items: list[Event | Reject] = []
    for item in table.cut(chunks, ORIGIN, "site"):
        items.extend([item] if isinstance(item, Reject) else BY_NAME[item.format].read(item))
    return items


@pytest.mark.parametrize(
    "head",
    [
        b"time,name,ip,host,short\n1,a,10.0.0.1,h,s\n2,b,10.0.0.2,i,t\n",
        b"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr\n2019/04/04 16:24:47,1,tcp,10.8.0.69,1,   ->,192.0.2.1\n",
        b"ts,te,td,sa,da\n2026-01-01 00:00:00,2026-01-01 00:00:01,1.0,10.0.0.1,10.0.0.2\nSummary\nflows,bytes\n1,2\n",
        b"StartTime\tDur\tProto\n1\t2\ttcp\n",
        b"Nom;Prenom;Service\nA;B;C\nD;E;F\n",
        b'"Date (UTC)","Request ID","IP address"\r\n"2026","r-1","192.0.2.1"\r\n',
        b"Date (UTC), Request ID, User, IP address\n2026, r-1, a, 192.0.2.1\n",
        b"user|action|when\na|login|1\n",
        b"\n\nuser,action\na,login\n",
        b"sep=;\r\nuser;action\r\na;login\r\n",
        b",name,value\n0,a,1\n1,b,2\n",
    ],
)
def test_is_a_table(head: bytes) -> None:
    assert recognise(head) is table


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"time,name,ip\n",
        b"Mar  2 04:00:00 srv sshd[9]: Failed, retry, again\nMar  2 04:00:01 srv sshd[9]: Failed, retry, again\n",
        b"1,2026/03/02 04:00:00,0011,TRAFFIC,end\n1,2026/03/02 04:00:01,0011,TRAFFIC,end\n",
        b"CEF:0|Vendor|Product|1|100|Name|5|src=10.0.0.1\nCEF:0|Vendor|Product|1|100|Name|5|src=10.0.0.2\n",
        b"Hello, world\nGood bye, world\n",
        b"Connection lost, will retry\nConnection made, all is well\nstop\n",
        b"type=SYSCALL, msg=audit(1)\ntype=PATH, msg=audit(1)\n",
        b'{"a":1,"b":2}\n{"a":1,"b":2}\n',
        b"#separator \\x09\n#fields\tts\tuid\n1\t2\n",
        b"#Fields: date time\n2026 1\n",
        b"<Event>,<x>\na,b\n",
        b"192.0.2.1,alice\n192.0.2.2,bob\n",
        b"a line of words\nanother line of words\n",
        b"name,name two words three four five six seven eight\na,b\n",
    ],
)
def test_is_no_table(head: bytes) -> None:
    assert recognise(head) is not table


def test_cells_keep_quotes_line_ends_and_offsets() -> None:
    data = b'user,note\na,"one ""two""\nthree, four"\nb,plain 5" disk\n'
    first, second = rows_of(data)
    assert isinstance(first, Event) and isinstance(second, Event)
    assert first.native == {"user": "a", "note": 'one "two"\nthree, four'}
    assert second.native == {"user": "b", "note": 'plain 5" disk'}
    assert [data[event.offset :].startswith(event.raw) for event in (first, second)] == [True, True]


def test_blocks_end_between_rows() -> None:
    row = b'alice,"line one\nline two",' + b"x" * 200 + b"\n"
    data = b"user,note,filler\n" + row * 12_000
    blocks = list(table.cut([data[i : i + 65_536] for i in range(0, len(data), 65_536)], ORIGIN, ""))
    assert len(blocks) > 2
    items = rows_of(data, 65_536)
    assert len(items) == 12_000 and all(isinstance(item, Event) for item in items)


def test_one_stray_quote_does_not_swallow_the_file() -> None:
    good = b"alice,logged on,10.0.0.1\n"
    data = b"user,action,ip\n" + b'bob,"never closed,10.0.0.2\n' + good * 400_000
    assert len(data) > 8 * BLOCK_BYTES
    items = rows_of(data)
    events = [item for item in items if isinstance(item, Event)]
    assert len(events) == 400_000
    assert [item.offset for item in items if isinstance(item, Reject)] == [15]


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (b"a,b,c", {"x": "a", "y": "b", "z": "c"}),
        (b"a,,", {"x": "a"}),
        (b"a,b,c,,", {"x": "a", "y": "b", "z": "c"}),
        (b"a,b", "2 cells where the header has 3"),
        (b"a,b,c,d", "4 cells where the header has 3"),
        (b"x,y,z", None),
        (b"   ", None),
    ],
)
def test_count_of_cells(row: bytes, outcome: object) -> None:
    items = rows_of(b"x,y,z\n" + b"1,2,3\n" * 20 + row + b"\n")[20:]
    if outcome is None:
        assert items == []
    elif isinstance(outcome, str):
        assert [item.reason for item in items if isinstance(item, Reject)] == [outcome]
    else:
        assert [item.native for item in items if isinstance(item, Event)] == [outcome]


def test_same_names_and_no_name_lose_no_cell() -> None:
    (event,) = rows_of(b"id,ip,ip,\n1,10.0.0.1,10.0.0.2,\n")
    assert isinstance(event, Event) and event.native == {"id": "1", "ip": "10.0.0.1", "ip.2": "10.0.0.2"}
    (event,) = rows_of(b",user,ip\n7,a,10.0.0.1\n")
    assert isinstance(event, Event) and event.native["column_1"] == "7"


def test_time_from_any_column_named_so() -> None:
    (event,) = rows_of(b"Adresse,Heure de debut\n10.0.0.1,2026-03-02 01:00:00\n")
    assert isinstance(event, Event) and event.source == "table.row" and event.time_us == 1_772_413_200_000_000


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes(tail: bytes, chunk: int) -> None:
    data = b"user,action,ip\na,login,10.0.0.1\n" + tail
    if table.recognise(data):
        items = rows_of(data, chunk)
        assert items and all(0 <= item.offset < len(data) for item in items)


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\0", codec="utf-8")), min_size=3, max_size=3)))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["user", "action", "note"])
    writer.writerows([["a", "b", "c"], *rows])
    events = [item for item in rows_of(out.getvalue().encode()) if isinstance(item, Event)]
    expected = [
        {name: cell.strip() for name, cell in zip(("user", "action", "note"), row, strict=True) if cell.strip()}
        for row in [["a", "b", "c"], *rows]
        if row != ["user", "action", "note"]
    ]
    assert [event.native for event in events] == [row for row in expected if row]
