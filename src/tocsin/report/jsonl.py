"""The scan as JSON lines: a contract that programs rely on (docs/schema/scan.schema.json).

Enters: incidents and figures. Leaves: one line per incident, most urgent first, then one summary. Times are
RFC 3339 in UTC; the order of lines and keys never changes.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from tocsin.model import Entity, EventRef, Finding, Incident, Party, Reject, RuleRef, Stake
from tocsin.model.incident import most_urgent_first
from tocsin.model.times import rfc3339
from tocsin.pipeline import ScanResult, Summary
from tocsin.report.text import escape_json

Json = str | int | float | None | list["Json"] | dict[str, "Json"]


def lines(result: ScanResult) -> Iterator[bytes]:
    """Give the lines of a scan, each with its line feed."""
    for incident in most_urgent_first(result.incidents):
        yield line(incident_object(incident))
    yield line(summary_object(result.summary))


def reject_lines(summary: Summary) -> Iterator[bytes]:
    """Give the kept rejects, one JSON object a line; `raw` is text with what is not UTF-8 as `\\xNN`."""
    for reject in summary.rejects:
        yield line(_reject(reject))


def line(value: Json) -> bytes:
    """Write one value as one line.

    Half surrogates, which JSON cannot carry, become visible escapes in the text; characters that a terminal would
    obey are written as JSON escapes, which changes nothing for the program that reads them.
    """
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = orjson.dumps(_encodable(value)).decode()
    return escape_json(text).encode() + b"\n"


def _encodable(value: Json) -> Json:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {str(_encodable(key)): _encodable(item) for key, item in value.items()}
    return value


def incident_object(incident: Incident) -> dict[str, Json]:
    """Give the object of one incident."""
    return {
        "type": "incident",
        "id": incident.id,
        "site": incident.site,
        "title": incident.title,
        "urgency": incident.urgency,
        "confidence": incident.confidence,
        "first_event": rfc3339(incident.first_us),
        "last_event": rfc3339(incident.last_us),
        "deciding_event": rfc3339(incident.deciding_us),
        "layers": list(incident.layers),
        "entities": [_party(party) for party in incident.entities],
        "techniques": list(incident.techniques),
        "story": list(incident.story),
        "evidence": [list(ids) for ids in incident.evidence],
        "why": list(incident.why),
        "stakes": [_stake(stake) for stake in incident.stakes],
        "findings": [_finding(finding) for finding in incident.findings],
    }


def summary_object(summary: Summary) -> dict[str, Json]:
    """Give the summary, the last line of a scan."""
    rate = round(summary.events / summary.seconds) if summary.seconds > 0 else 0
    skipped: list[Json] = [{"id": rule.id, "reason": rule.reason} for rule in summary.rules_skipped]
    return {
        "type": "summary",
        "records": summary.records,
        "events": summary.events,
        "rejected": summary.rejected,
        "by_source": dict(sorted(summary.by_source.items())),
        "findings": summary.findings,
        "incidents": summary.incidents,
        "seconds": round(summary.seconds, 3),
        "events_per_second": rate,
        "clocks": [{"clock": one.clock, "seconds": one.seconds, "seen": one.pairs} for one in summary.clocks],
        "rules": {"loaded": summary.rules_loaded, "skipped": skipped},
    }


def _party(party: Party) -> Json:
    return {"kind": party.kind, "name": party.name, "aliases": list(party.aliases), "role": party.role}


def _stake(stake: Stake) -> Json:
    return {
        "service": stake.service,
        "class": stake.life_class,
        "state": stake.state,
        "holds_minutes": stake.holds_min,
        "because": list(stake.because),
        "fallback": stake.fallback,
    }


def _finding(finding: Finding) -> Json:
    return {
        "id": finding.id,
        "detector": finding.detector,
        "title": finding.title,
        "rule": _rule(finding.rule) if finding.rule else None,
        "time": rfc3339(finding.time_us),
        "count": finding.count,
        "weight": finding.weight,
        "techniques": list(finding.techniques),
        "entities": [_entity(entity) for entity in finding.entities],
        "events": [_event(event) for event in finding.events],
    }


def _rule(rule: RuleRef) -> Json:
    return {"id": rule.id, "title": rule.title, "level": rule.level, "author": rule.author, "license": rule.license}


def _entity(entity: Entity) -> Json:
    return {"kind": entity.kind, "name": entity.name, "role": entity.role}


def _event(event: EventRef) -> Json:
    return {
        "id": event.id,
        "source": event.source,
        "time": rfc3339(event.time_us),
        "file": event.file,
        "offset": event.offset,
    }


def _reject(reject: Reject) -> Json:
    return {
        "file": reject.origin.name,
        "offset": reject.offset,
        "part": reject.part,
        "reason": reject.reason,
        "raw": reject.raw.decode("utf-8", "backslashreplace"),
    }
