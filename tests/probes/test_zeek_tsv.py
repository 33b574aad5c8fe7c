"""Zeek TSV: headers in the middle, cut blocks, faults, and nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import Event, Origin, Reject
from tocsin.probes.contract import BLOCK_BYTES
from tocsin.probes.formats import recognise, zeek_tsv

DNS = b"#separator \\x09\n#unset_field\t-\n#path\tdns\n#fields\tts\tuid\tquery\n"
SSH = b"#separator \\x09\n#unset_field\tNIL\n#path\tssh\n#fields\tts\tclient\n"


def read_all(data: bytes, chunk: int = 1 << 16) -> list[Event | Reject]:
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    items: list[Event | Reject] = []
    for block in zeek_tsv.cut(chunks, Origin.of("x", data), "site"):
        items.extend([block] if isinstance(block, Reject) else zeek_tsv.read(block))
    return items


def events_of(data: bytes) -> list[Event]:
    return [item for item in read_all(data) if isinstance(item, Event)]


def test_a_new_header_holds_for_the_lines_behind_it() -> None:
    items = events_of(DNS + b"1.000000\tC1\ta.example.org\n#close\tx\n" + SSH + b"2.000000\tNIL\n3.000000\t-\n")
    assert [(item.source, item.native) for item in items] == [
        ("zeek.dns", {"ts": "1.000000", "uid": "C1", "query": "a.example.org"}),
        ("zeek.ssh", {"ts": "2.000000"}),
        ("zeek.ssh", {"ts": "3.000000", "client": "-"}),
    ]


def test_blocks_far_behind_the_header_know_it() -> None:
    row = b"1772420400.000000\tC1\t" + b"x" * 100 + b"\n"
    first = BLOCK_BYTES // len(row) * 3
    data = DNS + row * first + SSH + b"1772420400.000001\tOpenSSH\n" * first
    items = read_all(data)
    assert [item.source for item in items if isinstance(item, Event)] == ["zeek.dns"] * first + ["zeek.ssh"] * first


def test_offsets_and_raw_bytes_are_those_of_the_line() -> None:
    data = DNS + b"1.000000\tC1\ta\r\n\n2.000000\tC2\tb"
    for item in events_of(data):
        assert data[item.offset : item.offset + len(item.raw)] == item.raw
    assert [item.raw for item in events_of(data)] == [b"1.000000\tC1\ta", b"2.000000\tC2\tb"]


def test_a_line_with_too_few_fields_says_so() -> None:
    (item,) = read_all(DNS + b"1.000000\tC1\n")
    assert isinstance(item, Reject)
    assert item.reason == "Zeek line of 2 fields where the header names 3"
    assert item.raw == b"1.000000\tC1"


def test_without_header_only_conn_records_can_be_read() -> None:
    conn = b"1517336042.090842\tCi85EB2YjUI9a2eql6\t192.168.1.1\t1\t192.168.1.2\t2\ttcp\t-\t-\t-\t-"
    conn += b"\tS0\tT\tT\t0\tS\t1\t60\t0\t0\t-\n"
    dns = b"1517336042.090842\tCi85EB2YjUI9a2eql6\t192.168.1.1\t1\n"
    assert recognise(dns) is zeek_tsv
    good, bad = read_all(conn + dns)
    assert isinstance(good, Event)
    assert good.source == "zeek.conn"
    assert good.native["conn_state"] == "S0"
    assert "service" not in good.native
    assert isinstance(bad, Reject)
    assert bad.reason == "Zeek line of 4 fields without a header"


def test_escapes_are_decoded() -> None:
    (item,) = events_of(DNS + b"1.000000\tC1\t\\\\\\\\fs\\\\C$\\x09\\xc3\\xa9\\xff\n")
    assert item.native["query"] == "\\\\fs\\C$\té\\xff"


def test_other_separators_and_hostile_headers() -> None:
    spaced = b"#separator \\x20\n#path ../../etc\n#fields ts a\n1.000000 b\n"
    (item,) = events_of(spaced)
    assert (item.source, item.native["a"]) == ("zeek.unknown", "b")
    huge = b"#separator \\x09\n#fields\tts" + b"\ta" * (1 << 16) + b"\n1.000000\n"
    assert [type(item) for item in read_all(huge)] == [Reject]


def test_times_are_exact_and_bounded() -> None:
    times = {b"1772420400.123457": 1772420400123457, b"147.026993": 147026993, b"x": None, b"-": None}
    for text, time_us in times.items():
        (item,) = events_of(DNS + text + b"\tC1\ta\n")
        assert item.time_us == time_us
    (item,) = events_of(DNS + b"9" * 30 + b".000000\tC1\ta\n")
    assert item.time_us is None


def test_json_lines_behind_a_table_are_still_read() -> None:
    items = events_of(DNS + b'{"ts":1.5,"note":"Scan::Port_Scan","msg":"m","actions":[]}\n')
    assert [item.source for item in items] == ["zeek.notice"]


@given(st.binary(max_size=400))
def test_never_raises(data: bytes) -> None:
    read_all(data)
    read_all(DNS + data, chunk=7)


@given(st.lists(st.sampled_from([b"1.0\tC\tq", b"1.0\tC", b"#close", b"", DNS[:-1], SSH[:-1], b"a\tb\tc\td", b"\0"])))
def test_every_line_that_is_no_comment_is_an_event_or_a_reject(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    records = [line for line in data.split(b"\n") if line and not line.startswith(b"#")]
    assert len(read_all(data, chunk=5)) == len(records)
