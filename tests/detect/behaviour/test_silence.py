"""Silence: what blinds rings, machines that go home in the evening do not."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, tell
from tests.detect.behaviour.endpoint_rows import SYSTEM32, beat, start, tamper
from tocsin.detect.behaviour import silence

FIRES = {
    "a log cleared": tamper(0, "cleared", "Security"),
    "auditing reduced by somebody": tamper(0, "audit", "{0cce9215}"),
    "a sensor stopped": tamper(0, "stopped", "Sysmon"),
    "the event log disabled": tamper(0, "disabled", "services\\eventlog\\start"),
    "a command": start(0, f"{SYSTEM32}wevtutil.exe", "wevtutil cl Security"),
    "a command in a shell": start(0, f"{SYSTEM32}cmd.exe", "cmd /c auditpol /clear /y"),
    "a driver unloaded": start(0, f"{SYSTEM32}fltmc.exe", "fltmc unload SysmonDrv"),
    "logs removed": start(0, "/bin/rm", "rm -f /var/log/auth.log"),
}
QUIET = {
    "a group policy": tamper(0, "audit", "{0cce9215}", user="pc-17$"),
    "any service": tamper(0, "stopped", "Windows Update"),
    "a shutdown": tamper(0, "off", "machine"),
    "a configuration": tamper(0, "config", "Sysmon"),
    "reading": start(0, f"{SYSTEM32}wevtutil.exe", "wevtutil qe System /c:5"),
    "asking": start(0, f"{SYSTEM32}auditpol.exe", "auditpol /get /category:*"),
    "a service": start(0, f"{SYSTEM32}net.exe", "net stop spooler"),
    "a file": start(0, "/bin/rm", "rm -f /tmp/a.txt"),
}


@pytest.mark.parametrize("name", FIRES)
def test_fires(name: str) -> None:
    (sign,) = tell(silence, [FIRES[name]])
    assert 0.8 <= sign.decades <= 3.0


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert all(sign.decades < 0.8 for sign in tell(silence, [QUIET[name]]))


def test_together_they_weigh_more() -> None:
    rows = [FIRES["a sensor stopped"], tamper(1, "cleared", "Security")]
    assert tell(silence, rows)[1].decades > tell(silence, rows[1:])[0].decades


def night_and_day(
    until: float, stops: float, sources: tuple[str, ...] = ("windows.sysmon", "windows.security")
) -> list:
    """Six servers that are heard all the time; the first one's Sysmon stops."""
    rows = []
    for n in range(int(until / 5)):
        for host in range(6):
            rows += [
                beat(n * 5, f"srv-{host}", source)
                for source in sources
                if not (host == 0 and source == "windows.sysmon" and n * 5 >= stops)
            ]
    return rows


def test_a_sensor_falls_silent() -> None:
    signs = tell(silence, night_and_day(3 * DAY, 2.8 * DAY))
    assert {(sign.facts["host"], sign.facts["source"]) for sign in signs} == {("srv-0", "windows.sysmon")}
    assert len(signs) == 1


def test_a_machine_falls_silent() -> None:
    signs = tell(silence, night_and_day(3 * DAY, 2.8 * DAY, ("windows.sysmon",)))
    assert [sign.facts["host"] for sign in signs] == ["srv-0"]


def test_files_read_one_after_the_other() -> None:
    rows = night_and_day(3 * DAY, 2.8 * DAY)
    by_source = sorted(rows, key=lambda row: (row.source, row.host, row.time_us))
    assert [s.facts["host"] for s in tell(silence, by_source)] == ["srv-0"]


SILENT = {
    "the end of the data": night_and_day(3 * DAY, 9 * DAY),
    "half an hour": night_and_day(3 * DAY, 3 * DAY - 30),
    "half a day of history": night_and_day(0.5 * DAY, 0.3 * DAY),
    "a desk in the evening": [beat(day * DAY + n * 5, "pc-1") for day in range(3) for n in range(12 * 8, 12 * 17)]
    + night_and_day(3 * DAY, 9 * DAY),
    "a machine that shut down": [
        *night_and_day(3 * DAY, 2.8 * DAY, ("windows.sysmon",)),
        tamper(2.8 * DAY, "off", "machine", "srv-0"),
    ],
}


@pytest.mark.parametrize("name", SILENT)
def test_no_silence(name: str) -> None:
    assert tell(silence, SILENT[name], batch=100_000) == []


def test_an_hour_of_floods_makes_no_more_series_than_allowed() -> None:
    memory = silence.memory()
    tell(silence, [beat(0, f"h{n}") for n in range(silence.SERIES // 100)], memory)
    assert len(memory.heard) == silence.SERIES // 100
    assert HOUR == 60
