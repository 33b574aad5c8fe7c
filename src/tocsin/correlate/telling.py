"""From a case to an incident: its parties, its title, its story, why it is one.

Enters: a case with its score, aliases, a `Voice`. Leaves: an `Incident`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import blake2b

from tocsin.correlate import reasons, story
from tocsin.correlate.aliases import Aliases
from tocsin.correlate.cases import Case
from tocsin.correlate.hubs import Anchor
from tocsin.correlate.policy import Policy
from tocsin.correlate.score import Score
from tocsin.detect.findings import in_order
from tocsin.model import Finding, Incident, Party
from tocsin.model import names as spell
from tocsin.model.voice import Voice

MAX_FINDINGS = 500
MAX_PARTIES = 100
_KIND_ORDER = {"host": 0, "identity": 1, "address": 2, "domain": 3, "cloud": 4, "file": 5}


def incident_id(site: str, first: str) -> str:
    """Give the id of the incident that begins with a finding."""
    return blake2b(f"{site}\0{first}".encode(), digest_size=8).hexdigest()


def incident(case: Case, result: Score, aliases: Aliases, policy: Policy, voice: Voice) -> Incident:
    """Tell a case, whose members are in order of time, as an incident."""
    group = case.members
    parties = tuple(_parties(group, aliases))
    times = [one.time_us for one in group if one.time_us is not None]
    shown = sorted(group, key=lambda one: (-one.weight, *in_order(one)))[:MAX_FINDINGS]
    told = list(story.sentences(group, result, aliases.host_of, voice))
    return Incident(
        id=incident_id(group[0].site, group[0].id),
        site=group[0].site,
        title=story.title(result, parties, aliases.host_of, voice),
        urgency=result.urgency,
        confidence=result.confidence,
        first_us=min(times, default=None),
        last_us=case.last_us if times else None,
        deciding_us=result.deciding_us,
        layers=tuple(sorted({layer for one in group for layer in (one.layer, *one.also)})),
        entities=parties,
        techniques=tuple(sorted({name for one in group for name in one.techniques})),
        story=tuple(one.text for one in told),
        evidence=tuple(one.evidence for one in told),
        why=tuple(reasons.why(case, result, policy, voice)),
        findings=tuple(sorted(shown, key=in_order)),
    )


def _parties(group: Iterable[Finding], aliases: Aliases) -> list[Party]:
    """Give the entities of a group, those with most evidence first."""
    weight: Counter[Anchor] = Counter()
    roles: dict[Anchor, str] = {}
    names: defaultdict[Anchor, set[str]] = defaultdict(set)
    for finding in group:
        for entity in finding.entities:
            key: Anchor = aliases.true(entity.kind, entity.name, finding.time_us)
            weight[key] += round(finding.weight * 1000)
            roles.setdefault(key, entity.role)
            names[key].update(_spellings(finding, key))
            names[key].add(entity.name)
    for kind, name in list(weight):
        if kind == "host":
            names[(kind, name)].update(aliases.addresses_of(name))
            names[(kind, name)].update(aliases.names_of(name))
    ranked = sorted(weight, key=lambda key: (_KIND_ORDER[key[0]], -weight[key], key))
    return [_party(key, names[key], roles[key]) for key in ranked[:MAX_PARTIES]]


def _party(key: Anchor, names: set[str], role: str) -> Party:
    kind, name = key
    return Party(kind, name, tuple(sorted(names - {name}))[:20], role)  # type: ignore[arg-type]


def _spellings(finding: Finding, key: Anchor) -> Iterable[str]:
    """Give the full names that the finding's facts have for one of its entities."""
    kind, name = key
    for fact in ("host", "account", "target"):
        text = finding.facts.get(fact, "")
        same = spell.host(text) if kind == "host" else spell.account(text) if kind == "identity" else ""
        if text and same == name:
            yield text.lower()
