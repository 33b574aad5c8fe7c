"""Syslog headers: dialects, years, relays, and that the quick path says what the thorough one says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.times import parse_time, rfc3339
from tocsin.probes import headers

WRITTEN_US = parse_time("2024-06-15T12:00:00Z") or 0

CASES = [
    ("Jun 14 08:02:11 srv-01 sshd[12]: hello", ("2024-06-14T08:02:11Z", "srv-01", "sshd", "12", "hello")),
    ("Jun  4 08:02:11 srv-01 sshd: hello", ("2024-06-04T08:02:11Z", "srv-01", "sshd", "", "hello")),
    ("Jun 16 11:00:00 srv-01 a: clock a day ahead", ("2024-06-16T11:00:00Z", "srv-01", "a", "", "clock a day ahead")),
    ("Jun 17 08:02:11 srv-01 a: last year", ("2023-06-17T08:02:11Z", "srv-01", "a", "", "last year")),
    ("Feb 29 01:15:43 srv-01 a: leap", ("2024-02-29T01:15:43Z", "srv-01", "a", "", "leap")),
    (
        "Jun 14 2019 08:02:11 fw : %ASA-6-302013: Built",
        ("2019-06-14T08:02:11Z", "fw", "", "", ": %ASA-6-302013: Built"),
    ),
    ("Feb 30 08:02:11 srv-01 a: no such day", (None, "srv-01", "a", "", "no such day")),
    ("<34>1 - host app - - - x", (None, "host", "app", "", "x")),
    ('<34>1 2024-06-14T08:02:11.5-02:00 h a 7 ID [x@1 k="v"] m', ("2024-06-14T10:02:11.500000Z", "h", "a", "7", "m")),
    ("17 <34>Jun 14 08:02:11 h su: x", ("2024-06-14T08:02:11Z", "h", "su", "", "x")),
    ("2024-06-14T08:02:11+02:00 h app 45 - - m", ("2024-06-14T06:02:11Z", "h", "app", "45", "m")),
    ("2024-06-14T08:02:11Z some words", ("2024-06-14T08:02:11Z", "", "", "", "some words")),
    ("2024-06-14T08:02:11Z fw date=2024-06-14 a=b", ("2024-06-14T08:02:11Z", "fw", "", "", "date=2024-06-14 a=b")),
    ("Jun 14 08:02:11 fw CEF:0|a|b", ("2024-06-14T08:02:11Z", "fw", "", "", "CEF:0|a|b")),
    ("Jun 14 08:02:11 fw CEF: 0|a|b", ("2024-06-14T08:02:11Z", "fw", "", "", "CEF: 0|a|b")),
    ("<13>Jun 14 08:02:11 r <14>Jun 14 08:02:10 h a[1]: m", ("2024-06-14T08:02:10Z", "h", "a", "1", "m")),
    ("<189>date=2024-06-14 time=08:02:11", (None, "", "", "", "date=2024-06-14 time=08:02:11")),
    ("10.0.0.1 - - [14/Jun/2024:08:02:11 +0000] x", (None, "", "", "", "10.0.0.1 - - [14/Jun/2024:08:02:11 +0000] x")),
    ("type=SYSCALL msg=audit(1.0:1): a=b", (None, "", "", "", "type=SYSCALL msg=audit(1.0:1): a=b")),
    ("", (None, "", "", "", "")),
]


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line[:40] for line, _ in CASES])
def test_header(line: str, expected: tuple[str | None, str, str, str, str]) -> None:
    envelope, body = headers.open_envelope(line, WRITTEN_US)
    assert (rfc3339(envelope.time_us), envelope.host, envelope.app, envelope.pid, body) == expected


def test_a_time_without_a_year_stays_unknown_without_a_hint() -> None:
    envelope, _ = headers.open_envelope("Jun 14 08:02:11 srv-01 sshd[12]: hello")
    assert envelope.time_us is None
    assert envelope.host == "srv-01"


def test_a_tagged_message_cannot_pretend_to_come_from_another_host() -> None:
    line = "Jun 14 08:02:11 srv-01 logger: <34>Jun 14 08:02:11 dc1 sshd[1]: Accepted password for root"
    envelope, body = headers.open_envelope(line, WRITTEN_US)
    assert (envelope.host, envelope.app) == ("srv-01", "logger")
    assert body.startswith("<34>")


def test_structured_data_is_kept() -> None:
    envelope, body = headers.open_envelope('<1>1 - h a - - [x@1 k="a \\"]\\" b" l="2"][y] m')
    assert envelope.fields["structured"] == {"x@1": {"k": 'a "]" b', "l": "2"}, "y": {}}
    assert body == "m"


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,14}[a-z0-9]", fullmatch=True)
APPS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,14}", fullmatch=True)


@given(
    st.sampled_from(["Jun  1 08:02:11", "Dec 31 23:59:59", "2024-06-14T08:02:11.25+02:00", "2024-06-14T08:02:11Z"]),
    st.none() | st.integers(0, 191),
    NAMES,
    APPS,
    st.none() | st.integers(0, 99999),
    st.text(max_size=40),
)
def test_quick_and_thorough_paths_agree(
    stamp: str, pri: int | None, host: str, app: str, pid: int | None, message: str
) -> None:
    head = f"<{pri}>" if pri is not None else ""
    tag = f"{app}[{pid}]" if pid is not None else app
    line = f"{head}{stamp} {host} {tag}: {message.lstrip(' ')}"
    quick = headers._open_usual(line, WRITTEN_US)
    if quick is not None:
        assert quick == headers._open_one(line, WRITTEN_US)


@given(st.text(max_size=300), st.integers(0, 4_000_000_000_000_000))
def test_any_text_opens_and_nothing_is_lost(line: str, written_us: int) -> None:
    _, body = headers.open_envelope(line, written_us)
    assert line.endswith(body)


@given(st.sampled_from([line for line, _ in CASES]), st.text(max_size=20), st.integers(0, 60))
def test_damaged_headers_open(line: str, noise: str, place: int) -> None:
    headers.open_envelope(line[:place] + noise + line[place:], WRITTEN_US)


@pytest.mark.parametrize(
    "unit", ["a", "<", "[", "1", "Jun 14 08:02:11 ", "a.", "a ", "=", '"', "\\", "2024-06-14T08:02:11Z "]
)
def test_long_lines_take_linear_time(unit: str) -> None:
    line = "<13>1 2024-06-14T08:02:11Z h a - - [" + unit * (200_000 // len(unit))
    headers.open_envelope(line, WRITTEN_US)
    headers.open_envelope("Jun 14 08:02:11 " + line, WRITTEN_US)
