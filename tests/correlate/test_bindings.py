"""Bindings read from events: whose address is it?"""

from __future__ import annotations

import pytest

from tocsin.correlate import Binding, bindings
from tocsin.model import Event
from tocsin.model.event import Origin

NEAR, FAR = "10.20.1.5", "10.20.3.42"


def bound(source: str, **native: object) -> list[Binding]:
    event = Event(source, 0, dict(native), b"{}", Origin("a.log"), 0)  # type: ignore[arg-type]
    return list(bindings(event))


@pytest.mark.parametrize(
    ("protocol", "initiated", "address"),
    [("tcp", "true", NEAR), ("tcp", "false", FAR), ("udp", "true", ""), ("udp", "false", "")],
)
def test_which_end_of_a_connection_is_the_machine_that_tells_it(protocol: str, initiated: str, address: str) -> None:
    found = bound(
        "windows.sysmon",
        EventID=3,
        Computer="SRV-AD01.chu-exemple.fr",
        Protocol=protocol,
        Initiated=initiated,
        SourceIp=NEAR,
        DestinationIp=FAR,
    )
    assert found == ([Binding("srv-ad01", address)] if address else []), "an answer over UDP looks like a connection"
