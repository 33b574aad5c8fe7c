"""From findings to incidents: one incident per attack. The door of this room for a scan.

Enters: bindings, clocks and findings, in any order. Leaves: incidents, most urgent first. The result depends only on
what was observed, not on its order: findings are put on true time and in order, what is common in them is learned,
then they are fed to the same `Engine` that a service feeds as they come.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from msgspec.structs import replace

from tocsin.correlate.aliases import Aliases
from tocsin.correlate.bindings import Binding
from tocsin.correlate.cases import Case
from tocsin.correlate.clocks import TOLERANCE_S, ClockOffset, Meetings, trace_clock
from tocsin.correlate.engine import Engine
from tocsin.correlate.policy import SCAN, Policy
from tocsin.correlate.score import Score
from tocsin.correlate.scoring import scored
from tocsin.correlate.telling import incident
from tocsin.detect.findings import in_order
from tocsin.model import MAX_REFS, Finding, Incident
from tocsin.model.incident import most_urgent_first
from tocsin.model.voice import Voice

_ENGLISH = Voice()


class Correlator:
    """Collects what was observed; `incidents()` gives the answer."""

    def __init__(self, policy: Policy = SCAN) -> None:
        self._policy = policy
        self._aliases = Aliases()
        self._own: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._meetings = Meetings()
        self._findings: list[Finding] = []

    def bind(self, binding: Binding, slot: int = -1, count: int = 1) -> None:
        """Take note that two names mean the same thing, seen so often in a quarter of an hour (`aliases.quarter`)."""
        self._aliases.bind(binding, slot, count)

    def clock(self, host: str, offset_s: int, count: int = 1) -> None:
        """Take note that a host's own clock was seen to be off by so many seconds (true time minus its time)."""
        self._own[host][offset_s] += count

    def met(self, meetings: Meetings) -> None:
        """Take connections with the times at which each clock saw them."""
        self._meetings.merge(meetings)

    def observe(self, finding: Finding) -> None:
        """Take one finding."""
        self._findings.append(finding)

    def offsets(self) -> list[ClockOffset]:
        """Give the clocks that are off, by name: their findings are put right by so much."""
        found = {one.clock: one for one in self._meetings.offsets()}
        for host, seen in sorted(self._own.items()):
            seconds, count = min(seen.items(), key=lambda item: (-item[1], item[0]))
            if abs(seconds) > TOLERANCE_S:
                found.setdefault(host, ClockOffset(host, seconds, count))
        return [found[clock] for clock in sorted(found)]

    def incidents(self, voice: Voice = _ENGLISH) -> list[Incident]:
        """Give the incidents, most urgent first. `voice` is the language of the story."""
        offsets = {one.clock: one.seconds * 1_000_000 for one in self.offsets()}
        known = (self._witnessed(_on_true_time(one, offsets)) for one in self._findings)
        findings = sorted(known, key=in_order)
        engine = Engine(self._policy, self._aliases)
        engine.learn(findings, _known_us(findings, self._policy.learn_us))
        for finding in findings:
            engine.feed(finding)
        told = self._told([(case, scored(case, engine)) for case in engine.cases])
        return most_urgent_first(incident(case, result, self._aliases, self._policy, voice) for case, result in told)

    def _witnessed(self, finding: Finding) -> Finding:
        """Add the event of the network's probe that saw the same connection as a machine did."""
        if finding.connection is None or finding.layer == "network":
            return finding
        witness = self._meetings.witnesses.get(finding.connection)
        if witness is None or witness in finding.events:
            return finding
        return replace(finding, events=(*finding.events[: MAX_REFS - 1], witness), also=("network",))

    def _told(self, scored: list[tuple[Case, Score]]) -> list[tuple[Case, Score]]:
        """Give the cases that are incidents; where little is unusual, the weak ones as well."""
        told = [pair for pair in scored if _raised(pair, self._policy)]
        weak = [
            pair
            for pair in scored
            if not _raised(pair, self._policy) and pair[1].signature >= self._policy.quiet_decades
        ]
        return told + (weak if len(weak) <= self._policy.quiet_cases else [])


def _raised(pair: tuple[Case, Score], policy: Policy) -> bool:
    return pair[0].ledger_us is not None or pair[1].signature >= policy.raise_signatures


def _known_us(findings: list[Finding], learn_us: int) -> int | None:
    """Nothing is unusual in the first day, or in the first quarter of a shorter input."""
    times = [one.time_us for one in findings if one.time_us is not None]
    return times[0] + min(learn_us, (times[-1] - times[0]) // 4) if times else None


def _on_true_time(finding: Finding, offsets: Mapping[str, int]) -> Finding:
    if not offsets or finding.time_us is None:
        return finding
    offset_us = offsets.get(_clock_of(finding), 0)
    if not offset_us:
        return finding
    last_us = finding.last_us + offset_us if finding.last_us is not None else None
    return replace(finding, time_us=finding.time_us + offset_us, last_us=last_us)


def _clock_of(finding: Finding) -> str:
    """Name the clock behind a finding: a Windows host's own, its Sysmon's where that is another, or the product's.

    Sysmon writes the true time itself, except of network events: these come from the kernel's trace, whose clock can
    be days behind after a machine was suspended.
    """
    family = finding.source.partition(".")[0]
    if family not in {"windows", "linux"}:
        return family
    host = next((one.name for one in finding.entities if one.kind == "host"), "")
    if not finding.source.endswith(".sysmon"):
        return host
    return trace_clock(host) if finding.clock == "trace" else ""
