"""From findings to incidents: same entity, near in time; evidence is summed once per rule.

Enters: bindings, clock offsets and findings, in any order. Leaves: incidents, most urgent first. The result
depends only on what was observed, not on its order.

A finding holds on to *anchors* (hosts, accounts, addresses, domains). Two findings that share an anchor within
`LINK_US` belong together, unless the anchor is shared by too many hosts (a domain controller, a proxy, a scanner):
such an anchor holds evidence but never bridges.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import blake2b

from msgspec.structs import replace

from tocsin.correlate import ledger, story
from tocsin.correlate.aliases import Aliases
from tocsin.correlate.bindings import Binding
from tocsin.correlate.ledger import Raised
from tocsin.correlate.score import Score, rule_of, score
from tocsin.model import Finding, Incident, Party
from tocsin.model import names as spell
from tocsin.model.voice import Voice

LINK_US = 2 * 3600 * 1_000_000
"""Two findings about the same anchor belong together when no more time than this lies between them."""

MAX_BRIDGE = 20
"""An anchor seen together with more hosts than this bridges nothing."""

RAISE_DECADES = 2.0
"""Evidence at which findings become an incident when there is no history to compare with (batch)."""

QUIET_DECADES = 1.0
QUIET_INCIDENTS = 5
"""At most so many groups of `QUIET_DECADES` or more are incidents too: what is quiet is told whole."""

SAME_RULE_US = 1800 * 1_000_000
"""Two places whose ledgers the same rare rule raised within half an hour belong together."""

CLOCK_TOLERANCE_US = 120_000_000
"""A host clock that is off by less is left alone."""

Anchor = tuple[str, str]
_ENGLISH = Voice()


class Correlator:
    """Collects what was observed; `incidents()` gives the answer."""

    def __init__(self) -> None:
        self._aliases = Aliases()
        self._offsets: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._findings: list[Finding] = []

    def bind(self, binding: Binding, count: int = 1) -> None:
        """Take note that a host was seen with an address."""
        self._aliases.bind(binding, count)

    def clock(self, host: str, offset_s: int, count: int = 1) -> None:
        """Take note that a host's clock was seen to be off by so many seconds (true time minus its time)."""
        self._offsets[host][offset_s] += count

    def observe(self, finding: Finding) -> None:
        """Take one finding."""
        self._findings.append(finding)

    def incidents(self, voice: Voice = _ENGLISH) -> list[Incident]:
        """Give the incidents, most urgent first. `voice` is the language of the story."""
        findings = sorted(map(self._on_true_time, self._findings), key=_order)
        values, raised = ledger.weigh(findings, self._place)
        members = sorted({index for one in raised for index in one.members})
        rarity = {findings[index].id: values[index] for index in members}
        kept = [index for index, one in enumerate(findings) if one.weight > 0 or one.id in rarity]
        seen = Counter(rule_of(findings[index]) for index in kept)
        groups = self._groups(findings, kept, _together(raised, findings, values))
        scored = [(group, score(group, seen, rarity)) for group in groups]
        weak = [pair for pair in scored if QUIET_DECADES <= pair[1].signature < RAISE_DECADES]
        told = [pair for pair in scored if pair[1].signature >= RAISE_DECADES]
        told += weak if len(weak) <= QUIET_INCIDENTS else []
        ids = {group[0].id for group, _ in told}
        told += [pair for pair in scored if pair[0][0].id not in ids and any(one.id in rarity for one in pair[0])]
        found = [self._incident(group, result, voice) for group, result in told]
        return sorted(found, key=lambda one: (-one.urgency, one.first_us or 0, one.id))

    def _on_true_time(self, finding: Finding) -> Finding:
        offset_us = self._offset_us(finding)
        if not offset_us or finding.time_us is None:
            return finding
        last_us = finding.last_us + offset_us if finding.last_us is not None else None
        return replace(finding, time_us=finding.time_us + offset_us, last_us=last_us)

    def _offset_us(self, finding: Finding) -> int:
        """Windows events other than Sysmon's carry only the host's own clock."""
        if not finding.source.startswith("windows.") or finding.source == "windows.sysmon":
            return 0
        host = next((one.name for one in finding.entities if one.kind == "host"), "")
        if host not in self._offsets:
            return 0
        offset_us = self._offsets[host].most_common(1)[0][0] * 1_000_000
        return offset_us if abs(offset_us) > CLOCK_TOLERANCE_US else 0

    def _anchors(self, finding: Finding) -> list[Anchor]:
        anchors: dict[Anchor, None] = {}
        for entity in finding.entities:
            host = self._aliases.host_of(entity.name) if entity.kind == "address" else ""
            if host:
                anchors[("host", host)] = None
            elif entity.kind != "file":
                anchors[(entity.kind, entity.name)] = None
        strong = [anchor for anchor in anchors if anchor[0] != "cloud"]
        return strong or list(anchors)

    def _place(self, finding: Finding) -> str:
        """Name where a finding is: its host, or the host behind its address, or that address."""
        host = next((one.name for one in finding.entities if one.kind == "host"), "")
        address = next((one.name for one in finding.entities if one.kind == "address"), "")
        return host or self._aliases.host_of(address) or address

    def _groups(self, findings: list[Finding], kept: list[int], together: list[list[int]]) -> list[list[Finding]]:
        """Give the findings that hang together, each group by time: by anchors, and by what `together` joins."""
        anchors = {index: self._anchors(findings[index]) for index in kept}
        bridges = _bridges(list(anchors.values()))
        union = _Union(len(findings))
        for first, *others in together:
            for other in others:
                union.join(first, other)
        last: dict[Anchor, int] = {}
        for index in kept:
            for anchor in anchors[index]:
                if anchor not in bridges:
                    continue
                before = last.get(anchor)
                if before is not None and _near(findings[before], findings[index]):
                    union.join(before, index)
                last[anchor] = index
        groups: defaultdict[int, list[Finding]] = defaultdict(list)
        for index in kept:
            groups[union.root(index)].append(findings[index])
        return list(groups.values())

    def _incident(self, group: list[Finding], result: Score, voice: Voice) -> Incident:
        parties = tuple(self._parties(group))
        times = [one.time_us for one in group if one.time_us is not None]
        lasts = [one.last_us for one in group if one.last_us is not None]
        shown = tuple(sorted(group, key=lambda one: (-one.weight, *_order(one)))[:MAX_FINDINGS])
        shown = tuple(sorted(shown, key=_order))
        return Incident(
            id=blake2b(f"{group[0].site}\0{group[0].id}".encode(), digest_size=8).hexdigest(),
            site=group[0].site,
            title=story.title(result, parties, self._aliases.host_of, voice),
            urgency=result.urgency,
            confidence=result.confidence,
            first_us=min(times, default=None),
            last_us=max(lasts, default=None),
            deciding_us=result.deciding_us,
            layers=tuple(sorted({one.layer for one in group})),
            entities=parties,
            techniques=tuple(sorted({name for one in group for name in one.techniques})),
            story=tuple(story.sentences(group, result, self._aliases.host_of, voice)),
            findings=shown,
        )

    def _parties(self, group: Iterable[Finding]) -> list[Party]:
        """Give the entities of a group, those with most evidence first."""
        weight: Counter[Anchor] = Counter()
        roles: dict[Anchor, str] = {}
        names: defaultdict[Anchor, set[str]] = defaultdict(set)
        for finding in group:
            for entity in finding.entities:
                host = self._aliases.host_of(entity.name) if entity.kind == "address" else ""
                key: Anchor = ("host", host) if host else (entity.kind, entity.name)
                weight[key] += round(finding.weight * 1000)
                roles.setdefault(key, entity.role)
                names[key].update(_spellings(finding, key))
        for kind, name in list(weight):
            if kind == "host":
                names[(kind, name)].update(self._aliases.addresses_of(name))
        ranked = sorted(weight, key=lambda key: (_KIND_ORDER[key[0]], -weight[key], key))
        return [_party(key, names[key], roles[key]) for key in ranked[:MAX_PARTIES]]


MAX_FINDINGS = 500
MAX_PARTIES = 100
_KIND_ORDER = {"host": 0, "identity": 1, "address": 2, "domain": 3, "cloud": 4, "file": 5}


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


def _bridges(anchors: list[list[Anchor]]) -> set[Anchor]:
    """Give the anchors that may join findings: those seen with at most `MAX_BRIDGE` hosts or peers."""
    peers: defaultdict[Anchor, set[Anchor]] = defaultdict(set)
    for group in anchors:
        for anchor in group:
            if len(peers[anchor]) <= MAX_BRIDGE:
                peers[anchor].update(other for other in group if other != anchor and other[0] in {"host", "address"})
    return {anchor for anchor, others in peers.items() if len(others) <= MAX_BRIDGE}


def _near(before: Finding, after: Finding) -> bool:
    if before.last_us is None or after.time_us is None:
        return True
    return after.time_us - before.last_us <= LINK_US


def _order(finding: Finding) -> tuple[int, str]:
    return (finding.time_us if finding.time_us is not None else -1, finding.id)


def _together(raised: list[Raised], findings: list[Finding], values: list[float]) -> list[list[int]]:
    """Give the members of each raised ledger, and of ledgers raised near in time by the same rare rule."""
    groups = [one.members for one in raised]
    last: dict[str, Raised] = {}
    for one in sorted(raised, key=lambda one: (one.raised_us, one.place)):
        for rule in sorted({rule_of(findings[index]) for index in one.members if values[index] >= 1}):
            before = last.get(rule)
            if before is not None and one.raised_us - before.raised_us <= SAME_RULE_US:
                groups.append([before.members[0], one.members[0]])
            last[rule] = one
    return groups


class _Union:
    """Union-find over indices; the smallest index of a set is its root."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, index: int) -> int:
        while self._parent[index] != index:
            self._parent[index] = self._parent[self._parent[index]]
            index = self._parent[index]
        return index

    def join(self, one: int, other: int) -> None:
        one, other = sorted((self.root(one), self.root(other)))
        self._parent[other] = one
