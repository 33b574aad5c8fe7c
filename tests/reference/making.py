"""Small events and rules for tests, made from little.

Enters: native fields; a detection as YAML. Leaves: events and rules.
"""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

import orjson

from tests.reference import sigma
from tocsin.model import Event, Origin

SYSMON = {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1}


def event(native: dict[str, Any], source: str = "windows.sysmon", time_us: int | None = 0, raw: bytes = b"") -> Event:
    """Make an event whose raw bytes are its JSON, unless given."""
    return Event(source, time_us, native, raw or orjson.dumps(native), Origin("test", b"test"), 0)


def document(detection: str, logsource: str = "product: windows", rule_id: str = "r") -> str:
    """Make the YAML of a rule from its detection part."""
    body = indent(dedent(detection).strip("\n"), "    ")
    return f"title: {rule_id}\nid: {rule_id}\nlogsource: {{{logsource}}}\ndetection:\n{body}\n"


def rule(detection: str, logsource: str = "product: windows") -> sigma.Rule:
    """Read a rule from its detection part."""
    return sigma.rule_of(sigma.documents(document(detection, logsource))[0])


def entry_holds(line: str, native: dict[str, Any]) -> bool:
    """Evaluate a rule of one search with one line (`field|modifier: value`)."""
    return rule(f"s:\n    {line}\ncondition: s").matches(event(native))


def correlation(body: str, rule_id: str = "c") -> str:
    """Make the YAML of a correlation rule from its correlation part."""
    return f"title: {rule_id}\nid: {rule_id}\ncorrelation:\n{indent(dedent(body).strip(chr(10)), '    ')}\n"
