"""Windows events in XML documents: cut anywhere, broken anywhere, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import Event, Origin, Reject
from tocsin.probes.contract import Block
from tocsin.probes.formats import recognise, winxml

ORIGIN = Origin("events.xml")


def event(number: int, text: str = "x") -> str:
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='PowerShell'/><EventID>{number}</EventID><Channel>Windows PowerShell</Channel></System>\r\n"
        f"<EventData><Data>{text}</Data></EventData></Event>"
    )


LIST = (
    '<?xml version="1.0" encoding="utf-8"?>\n<Events>' + event(400, "a\nb\nc") + event(403) + "\n</Events>\n"
).encode()


def read(data: bytes, step: int = 1 << 18) -> tuple[list[Event], list[Reject]]:
    items: list[Event | Reject] = []
    for block in winxml.cut([data[place : place + step] for place in range(0, len(data), step)], ORIGIN, ""):
        items.extend([block] if isinstance(block, Reject) else winxml.read(block))
    return [item for item in items if isinstance(item, Event)], [item for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("data", [LIST, event(1).encode(), b"\n<Event>\n<System>"])
def test_takes_events_and_lists_of_events(data: bytes) -> None:
    assert recognise(data) is winxml


@pytest.mark.parametrize("data", [b"<EventLog/>", b"<?xml version='1.0'?><html>", b"{}", b"<14>Mar  3 x: <Event>"])
def test_leaves_other_text(data: bytes) -> None:
    assert recognise(data) is not winxml


def test_line_breaks_are_part_of_an_event() -> None:
    events, rejects = read(LIST)
    assert [(item.native["EventID"], item.native["Data"]) for item in events] == [(400, "a\nb\nc"), (403, "x")]
    assert not rejects
    assert all(LIST[item.offset :].startswith(item.raw) for item in events)


def test_large_streams_fall_into_blocks() -> None:
    data = "".join(event(number, "y" * 1000) for number in range(1, 3001)).encode()
    blocks = list(winxml.cut([data[place : place + 4096] for place in range(0, len(data), 4096)], ORIGIN, ""))
    assert len(blocks) == 4
    assert sum(len(list(winxml.read(block))) for block in blocks if isinstance(block, Block)) == 3000


def test_an_event_that_never_ends_does_not_swallow_the_next() -> None:
    data = (event(1).removesuffix("</Event>") + event(2) + "noise" + event(3) + "<Event>").encode()
    events, rejects = read(data)
    assert [item.native["EventID"] for item in events] == [1, 2, 3]
    assert [reject.reason for reject in rejects] == ["unreadable XML event: XML without an EventID"]
    assert b"".join(item.raw for item in (*events, *rejects)) == data


def test_other_lines_among_events_are_records_of_their_own() -> None:
    data = (event(1) + "\n<14>Mar  3 02:14:31 relais app: hello\n<14>Mar  3 02:14:32 relais x: " + event(2)).encode()
    events, rejects = read(data)
    assert [item.source for item in events] == [
        "windows.powershell-classic",
        "syslog.line",
        "windows.powershell-classic",
    ]
    assert events[2].raw.startswith(b"<14>Mar  3 02:14:32 relais")
    assert events[2].native["Computer"] == "relais"
    assert not rejects


@given(st.binary(max_size=60), st.integers(0, len(LIST)), st.integers(1, 300))
def test_no_bytes_break_it(noise: bytes, place: int, step: int) -> None:
    read(LIST[:place] + noise + LIST[place:], step)
