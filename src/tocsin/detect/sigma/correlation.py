"""Sigma correlation rules: hits of other rules, joined by time and by the values of fields.

Enters: hits, taken from events where these are (`hits_of`: small, may be sent between processes), then together in
order of time (`correlate`). Leaves: `CorrelationMatch`es, one for an episode: as long as the condition holds again
within the timespan. Pure; memory is bounded.
Source: Sigma correlation rules specification 2.1.

An event without a time, or without a value for a field of `group-by`, does not count. Values compare letter case
aside. A hit fulfils a condition with the hits of its group in the `timespan` before it, both ends included.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tocsin.detect.sigma.compile import Compiled, indexes
from tocsin.detect.sigma.fields import names_of
from tocsin.detect.sigma.lookup import MISSING, look_up
from tocsin.detect.sigma.rule import Correlation, Rule
from tocsin.detect.sigma.text import texts_of
from tocsin.detect.sigma.windows import MAX_NAMED, Seen, Window, window_for
from tocsin.model import Event

MAX_GROUPS = 100_000
"""Groups that one correlation rule remembers; the one that was quiet for longest is dropped."""

_MAX_CHAIN = 8


class Hit(Struct, frozen=True, array_like=True):
    """One event that matched a rule which a correlation rule counts.

    `correlation` and `rule` are indexes in `Compiled.rules`; `parents` are the hits for the correlation rules that
    count this one, should it match here.
    """

    correlation: int
    rule: int
    time_us: int
    event: str
    group: tuple[str, ...]
    value: str | None = None
    parents: tuple[Hit, ...] = ()


class CorrelationMatch(Struct, frozen=True):
    """A correlation rule that matched: `count` times between `time_us` and `last_us`.

    `hits` are indexes in the input of `correlate`, at most `MAX_NAMED`, of what stands behind it.
    """

    rule: int
    time_us: int
    last_us: int
    group: tuple[str, ...]
    count: int
    hits: tuple[int, ...]


def hits_of(compiled: Compiled, event: Event, rule: int) -> tuple[Hit, ...]:
    """Give the hits for all correlation rules that count this rule; empty for most rules."""
    if rule not in compiled.feeds or event.time_us is None:
        return ()
    return _hits(compiled, event, rule, compiled.rules[rule].logsource.category, 0)


def _hits(compiled: Compiled, event: Event, rule: int, category: str, depth: int) -> tuple[Hit, ...]:
    found: list[Hit] = []
    for index in compiled.feeds.get(rule, ()) if depth < _MAX_CHAIN else ():
        correlation = compiled.rules[index].correlation
        if correlation is None or event.time_us is None:
            continue
        group = [_field(correlation, name, compiled.rules[rule], event, category) for name in correlation.group_by]
        present = tuple(text for text in group if text is not None)
        if len(present) == len(group):
            value = _value(correlation, compiled.rules[rule], event, category)
            parents = _hits(compiled, event, index, category, depth + 1)
            found.append(Hit(index, rule, event.time_us, event.id, present, value, parents))
    return tuple(found)


def _value(correlation: Correlation, rule: Rule, event: Event, category: str) -> str | None:
    """Give the counted field's value; of several fields, their values together."""
    values = [_field(correlation, name, rule, event, category) for name in correlation.fields]
    present = [value for value in values if value is not None]
    return "\0".join(present) if present and len(present) == len(values) else None


def _field(correlation: Correlation, name: str, rule: Rule, event: Event, category: str) -> str | None:
    references = {rule.id, rule.name}
    for alias, reference, field in correlation.aliases:
        if alias == name and reference in references:
            name = field
            break
    value = look_up(event.native, names_of(name, event.source, category))
    texts = () if value is MISSING else texts_of(value)
    return next((text.lower() for text in texts if text is not None), None)


def correlate(compiled: Compiled, hits: Iterable[Hit]) -> list[CorrelationMatch]:
    """Give the matches of all correlation rules over hits in order of time, in order of their first time.

    Matches of rules that only feed others (`compiled.silent`) are left out.
    """
    correlator = Correlator(compiled)
    for hit in hits:
        correlator.add(hit)
    return correlator.matches()


class _Group:
    """One group of one correlation rule: its window and its open episode."""

    __slots__ = ("count", "first_us", "hits", "last_us", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.count = 0
        self.first_us = self.last_us = 0
        self.hits: dict[int, None] = {}


class Correlator:
    """Takes hits in order of time, one by one."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._by_name = indexes(compiled.rules)
        self._groups: dict[int, dict[tuple[str, ...], _Group]] = {}
        self._matches: list[CorrelationMatch] = []
        self._added = 0

    def add(self, hit: Hit) -> None:
        """Take the next hit."""
        self._add(hit, self._added)
        self._added += 1

    def matches(self) -> list[CorrelationMatch]:
        """Give all matches, in order of their first time; open episodes end here."""
        for rule, groups in self._groups.items():
            for key, group in groups.items():
                self._close(rule, key, group)
        self._groups.clear()
        return sorted(self._matches, key=lambda match: (match.time_us, match.rule, match.group))

    def _add(self, hit: Hit, index: int) -> None:
        correlation = self._compiled.rules[hit.correlation].correlation
        if correlation is None:
            return
        group = self._group(hit, correlation)
        for reference in self._references(correlation, hit.rule):
            if group.window.add(Seen(index, hit.time_us, hit.event, reference, hit.value)):
                self._fulfilled(hit, correlation, group, index)

    def _references(self, correlation: Correlation, rule: int) -> list[str]:
        """Give the names by which the correlation counts this rule: one, but for a list that names it twice."""
        found = [name for name in correlation.rules if self._by_name.get(name) == rule]
        return list(dict.fromkeys(found))

    def _group(self, hit: Hit, correlation: Correlation) -> _Group:
        groups = self._groups.setdefault(hit.correlation, {})
        group = groups.pop(hit.group, None)
        if group is None:
            group = _Group(window_for(correlation))
            if len(groups) >= MAX_GROUPS:
                quiet = next(iter(groups))
                self._close(hit.correlation, quiet, groups.pop(quiet))
        groups[hit.group] = group
        return group

    def _fulfilled(self, hit: Hit, correlation: Correlation, group: _Group, index: int) -> None:
        if group.count and hit.time_us - group.last_us > correlation.timespan_us:
            self._close(hit.correlation, hit.group, group)
        if not group.count:
            group.first_us = hit.time_us
        group.count += 1
        group.last_us = hit.time_us
        if len(group.hits) < MAX_NAMED:
            for named in group.window.hits()[: MAX_NAMED - len(group.hits)]:
                group.hits[named] = None
        for parent in hit.parents:
            self._add(parent, index)

    def _close(self, rule: int, key: tuple[str, ...], group: _Group) -> None:
        if group.count and rule not in self._compiled.silent:
            hits = tuple(sorted(group.hits))
            self._matches.append(CorrelationMatch(rule, group.first_us, group.last_us, key, group.count, hits))
        group.count = 0
        group.hits = {}
