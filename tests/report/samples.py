"""Hand-made incidents for the tests of reports: one plain night, and one written by an attacker."""

from __future__ import annotations

from tocsin.model import Entity, EventRef, Finding, Incident, Origin, Party, Reject, RuleRef
from tocsin.pipeline import ScanResult, SkippedRule, Summary

T0 = 1_793_585_640_000_000  # 2026-11-02 02:14:00 UTC
HOSTILE = "evil\x1b[2J\x1b]0;owned\x07\r\n<script>alert(1)</script>\"'&[bold]\u202egnp.exe\x00\x9b31m\udcff"


def finding(number: int, minutes: float, title: str, entities: tuple[Entity, ...], **changes: object) -> Finding:
    """Make a finding of the sample; `changes` overrides fields."""
    time_us = T0 + int(minutes * 60e6)
    event = EventRef(f"{number:016x}", "windows.security", time_us, "logs/dc-01.json.gz", 4096 * number)
    fields: dict[str, object] = {
        "id": f"f{number}",
        "site": "chu-exemple",
        "detector": "sigma",
        "title": title,
        "layer": "endpoint",
        "source": "windows.security",
        "time_us": time_us,
        "last_us": time_us,
        "count": 1,
        "weight": 2.0,
        "level": "high",
        "techniques": ("T1078.002",),
        "entities": entities,
        "events": (event,),
        "rule": RuleRef(f"0000-{number}", title, "high", "Tocsin", "Apache-2.0"),
    }
    return Finding(**(fields | changes))  # type: ignore[arg-type]


HOST = Entity("host", "poste-rx7", "target")
PACS = Entity("host", "pacs-01", "target")
ACCOUNT = Entity("identity", "presta-rx", "actor")
ADDRESS = Entity("address", "198.51.100.7", "source")

FINDINGS = (
    finding(
        1, 0, "Logon from a country never seen for this account", (ACCOUNT, ADDRESS), layer="identity", level="medium"
    ),
    finding(2, 2.2, "41 shares opened in 70 seconds", (ACCOUNT, HOST), count=41, techniques=("T1135",)),
    finding(3, 4, "Memory of LSASS read", (HOST, ACCOUNT), techniques=("T1003.001",), level="critical", weight=4.0),
    finding(4, 37, "Shadow copies deleted", (PACS, ACCOUNT), techniques=("T1490",), level="critical", weight=4.0),
    finding(5, 67.7, "Traffic to a rare address", (PACS, ADDRESS), layer="network", rule=None, detector="rare-address"),
)

NIGHT = Incident(
    id="3f9a2c71",
    site="chu-exemple",
    title="Destruction of backups on pacs-01 with the account presta-rx",
    urgency=94,
    confidence="A",
    first_us=T0,
    last_us=T0 + 4_062_000_000,
    deciding_us=T0 + 240_000_000,
    layers=("network", "endpoint", "identity"),
    entities=(
        Party("host", "poste-rx7", ("poste-rx7.chu-exemple.fr", "10.20.4.17"), "target"),
        Party("host", "pacs-01", (), "target"),
        Party("identity", "presta-rx", ("CHU\\presta-rx", "presta-rx@chu-exemple.fr"), "actor"),
        Party("address", "198.51.100.7", (), "source"),
    ),
    techniques=("T1078.002", "T1135", "T1003.001", "T1490"),
    story=(
        "At 02:14:00, the account presta-rx logs on from 198.51.100.7, a country never seen for it.",
        "At 02:16:12, it opens 41 shares from poste-rx7 in 70 seconds.",
        "At 02:18:00, the memory of LSASS is read on poste-rx7.",
        "At 02:51:00, the shadow copies of pacs-01 are deleted.",
    ),
    findings=FINDINGS,
)

HOSTILE_INCIDENT = Incident(
    id="b0" + HOSTILE[:6],
    site=HOSTILE,
    title=HOSTILE,
    urgency=55,
    confidence="C",
    first_us=T0,
    last_us=None,
    deciding_us=None,
    layers=("other",),
    entities=(Party("file", HOSTILE, (HOSTILE,), HOSTILE), Party("identity", HOSTILE, (), "actor")),
    techniques=("T1036.002",),
    story=(HOSTILE, "}}{{ 7*7 }}"),
    findings=(
        finding(
            9,
            1,
            HOSTILE,
            (Entity("file", HOSTILE, HOSTILE), Entity("identity", HOSTILE)),
            events=(EventRef("00000000000000ff", "text.line", None, HOSTILE, 7),),
            rule=RuleRef(HOSTILE, HOSTILE, "medium", HOSTILE, HOSTILE),
            time_us=None,
            last_us=None,
        ),
    ),
)

SUMMARY = Summary(
    records=1_204_331,
    events=1_204_119,
    rejected=212,
    by_source={"windows.security": 904_119, "zeek.conn": 300_000},
    findings=57,
    incidents=1,
    seconds=9.127,
    rules_loaded=98,
    rules_skipped=(SkippedRule("0000-1111", "unknown modifier: foo", "my-rules/bad.yml"),),
    rejects=(
        Reject(Origin("logs/conn.log"), 77, "not a JSON object", b'{"ts": 1\xff'),
        Reject(Origin(HOSTILE), 5, HOSTILE, HOSTILE.encode("utf-8", "surrogateescape")),
    ),
)

RESULT = ScanResult((NIGHT,), SUMMARY)
HOSTILE_RESULT = ScanResult((NIGHT, HOSTILE_INCIDENT), SUMMARY)
QUIET = ScanResult((), Summary(1_500, 1_488, 12, {"zeek.conn": 1_488}, 0, 0, 0.2, 98, (), SUMMARY.rejects))
EMPTY = ScanResult((), Summary(0, 0, 0, {}, 0, 0, 0.01, 98, ()))
