"""Findings for tests, made short: `finding("title", at=5, host="srv1", user="a", src="10.0.0.1")`."""

from __future__ import annotations

from tocsin.model import LEVEL_WEIGHT, Entity, EventRef, Finding, Layer, Level, RuleRef

MINUTE = 60_000_000
_KINDS = {
    "host": ("host", "subject"),
    "user": ("identity", "actor"),
    "src": ("address", "source"),
    "dst": ("address", "destination"),
    "domain": ("domain", "object"),
    "account": ("cloud", "object"),
}


def finding(
    title: str,
    at: float | None = 0,
    level: Level = "high",
    techniques: tuple[str, ...] = (),
    layer: Layer = "endpoint",
    source: str = "windows.sysmon",
    event: str = "",
    **entities: str,
) -> Finding:
    """Make a finding of a rule named `title`, `at` minutes after the epoch."""
    time_us = None if at is None else round(at * MINUTE)
    names = tuple(Entity(_KINDS[key][0], name, _KINDS[key][1]) for key, name in entities.items())  # type: ignore[arg-type]
    event_id = event or f"{title}@{at}"
    return Finding(
        id=f"{title}@{at}",
        site="chu",
        detector="sigma",
        title=title,
        layer=layer,
        source=source,
        time_us=time_us,
        last_us=time_us,
        count=1,
        weight=LEVEL_WEIGHT[level],
        level=level,
        techniques=techniques,
        entities=names,
        events=(EventRef(event_id, source, time_us, "a.log", 0),),
        rule=RuleRef(title, title, level, "somebody"),
    )
