"""The Sigma engine: which rules hold for which events.

Enters: `Compiled` rules; then batches of events. Leaves: (index of the event, index of the rule) pairs, sorted.
The result for an event depends on the event and the rules only, never on other events, batches or caches.

An event is routed by its source and the values of a few native fields to a `Plan`: the rules of its log sources
after partial evaluation of what these values decide. Plans are made on first use and kept in bounded tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tocsin.detect.sigma.compile import Compiled
from tocsin.detect.sigma.correlation import CorrelationMatch, Hit, correlate, hits_of
from tocsin.detect.sigma.fields import names_of
from tocsin.detect.sigma.keywords import Keywords
from tocsin.detect.sigma.logic import Formula, atoms_in, simplify, tests_in
from tocsin.detect.sigma.matcher import Matcher
from tocsin.detect.sigma.plan import Field, Plan, Reference, Shape
from tocsin.detect.sigma.rule import Logsource, Rule, Test
from tocsin.detect.sigma.sources import MARKS, Row, rows_of, split_field
from tocsin.detect.sigma.text import text_of
from tocsin.model import Event

MAX_ROUTES = 1024
MAX_PLANS = 1024
MAX_CLASSES = 1 << 15
_BATCH = 4096
_PLAIN = frozenset({int, str})
_HASHED = frozenset({int, str, type(None)})
_UNKNOWN: Any = object()
_OTHER = "\0other"
"""Stands for all values of a route field that no rule names."""


class _Bucket:
    """The rules of one log source, their tests numbered, and one matcher for each field."""

    def __init__(self, rules: list[int], compiled: Compiled, first_atom: int) -> None:
        self.rules = rules
        self.tests: dict[Test, int] = {}
        for index in rules:
            condition = compiled.rules[index].condition
            for test in tests_in(condition) if condition is not None else ():
                self.tests.setdefault(test, first_atom + len(self.tests))
        self.matchers: dict[str, Matcher] = {}
        self._by_field: dict[str, dict[Test, int]] = {}
        for test, atom in self.tests.items():
            if test.op != "ref":
                self._by_field.setdefault(test.field, {})[test] = atom

    def matcher(self, field: str) -> Matcher:
        """Give the matcher of a field, made on first use."""
        found = self.matchers.get(field)
        if found is None:
            found = self.matchers[field] = Matcher(self._by_field[field])
        return found


class _Route:
    """Where the events of one source go, by the values of the route fields."""

    def __init__(self, source: str, rows: tuple[Row, ...], mentioned: dict[str, set[str]]) -> None:
        self.source = source
        self.rows = rows
        self.fields = tuple(field for field in mentioned if field not in MARKS)
        self.marks = tuple(mark for name, mark in MARKS.items() if name in mentioned)
        self.names = (*self.fields, *(name for name in MARKS if name in mentioned))
        self.mentioned = mentioned
        self.by_value: dict[Any, Plan | None] = {}
        self.plans: dict[tuple[str | None, ...], Plan | None] = {}

    def key(self, values: tuple[Any, ...]) -> tuple[str | None, ...]:
        """Give the values as far as rules tell them apart: a text, `_OTHER`, None for what is no plain value."""
        return tuple(
            None if type(value) not in _PLAIN else self._named(field, text_of(value).lower())
            for field, value in zip(self.names, values, strict=True)
        )

    def _named(self, field: str, text: str) -> str:
        return text if text in self.mentioned[field] else _OTHER


class Engine:
    """Runs compiled rules. Holds only bounded caches; may be used on both sides of a fork."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._buckets: dict[Logsource, _Bucket] = {}
        self._routes: dict[str, _Route | None] = {}
        self._group()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that hits name by their index."""
        return self.compiled.rules

    @property
    def silent(self) -> frozenset[int]:
        """Indexes of rules whose hits only feed correlation rules."""
        return self.compiled.silent

    def hits_of(self, event: Event, rule: int) -> tuple[Hit, ...]:
        """Give what correlation rules must remember of an event that a rule matched; empty for most rules."""
        return hits_of(self.compiled, event, rule)

    def correlate(self, hits: Iterable[Hit]) -> list[CorrelationMatch]:
        """Give the matches of the correlation rules over hits in order of time."""
        return correlate(self.compiled, hits)

    def _group(self) -> None:
        by_source: dict[Logsource, list[int]] = {}
        for index, rule in enumerate(self.compiled.rules):
            if rule.condition is not None:
                by_source.setdefault(rule.logsource, []).append(index)
        first_atom = 0
        self._tests: list[Test] = []
        self._keywords: dict[tuple[tuple[Test, int], ...], Keywords] = {}
        for logsource, rules in by_source.items():
            bucket = self._buckets[logsource] = _Bucket(rules, self.compiled, first_atom)
            first_atom += len(bucket.tests)
            self._tests += bucket.tests

    def match(self, events: Sequence[Event]) -> list[tuple[int, int]]:
        """Give (index in `events`, index in `compiled.rules`) of every hit, sorted."""
        hits: list[tuple[int, int]] = []
        for start in range(0, len(events), _BATCH):
            self._bound()
            for shape, indexes in self._sorted(events, start, min(start + _BATCH, len(events))).items():
                for index, verdict in zip(indexes, shape.verdicts([events[i] for i in indexes]), strict=True):
                    if verdict:
                        hits += [(index, rule) for rule in verdict]
        hits.sort()
        return hits

    def _sorted(self, events: Sequence[Event], start: int, end: int) -> dict[Shape, list[int]]:
        """Put events (by index) with those of the same plan and the same keys."""
        routes = self._routes
        groups: dict[Shape, list[int]] = {}
        for index in range(start, end):
            event = events[index]
            try:
                route = routes[event.source]
            except KeyError:
                route = self._route(event.source)
            if route is None:
                continue
            native = event.native
            values = tuple([native.get(field) for field in route.fields])
            if route.marks:
                values += tuple(["yes" if mark.search(event.raw) else "no" for mark in route.marks])
            plain = _HASHED.issuperset(map(type, values))  # True, 1 and 1.0 would be the same key
            plan = route.by_value.get(values, _UNKNOWN) if plain else _UNKNOWN
            if plan is _UNKNOWN:
                plan = self._plan(route, values, plain)
            if plan is not None:
                groups.setdefault(plan.shape(event), []).append(index)
        return groups

    def _bound(self) -> None:
        """Start anew with empty caches when too many different things were seen."""
        for bucket in self._buckets.values():
            for matcher in bucket.matchers.values():
                if len(matcher.classes) > MAX_CLASSES:
                    self._routes.clear()
                    self._group()
                    return

    def _route(self, source: str) -> _Route | None:
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        rows = rows_of(source)
        rows = tuple(row for row in rows if any(sought.covers(row.logsource) for sought in self._buckets))
        route = _Route(source, rows, self._mentioned(source, rows)) if rows else None
        self._routes[source] = route
        return route

    def _mentioned(self, source: str, rows: tuple[Row, ...]) -> dict[str, set[str]]:
        """Give, for every route field, the values that rows or rules name."""
        mentioned: dict[str, set[str]] = {}
        for row in rows:
            for field, values in row.when:
                mentioned.setdefault(field, set()).update(values)
        split = split_field(source)
        if split:
            mentioned.setdefault(split, set())
        for logsource, bucket in self._buckets.items():
            if any(logsource.covers(row.logsource) for row in rows):
                for test in bucket.tests:
                    if test.field in mentioned and _decidable(test):
                        mentioned[test.field].add(test.value.lower())
        return mentioned

    def _plan(self, route: _Route, values: tuple[Any, ...], plain: bool) -> Plan | None:
        key = route.key(values)
        if key in route.plans:
            plan = route.plans[key]
        else:
            plan = self._build(route, dict(zip(route.names, key, strict=True)))
            if len(route.plans) >= MAX_PLANS:
                route.plans.clear()
            route.plans[key] = plan
        if plain:
            if len(route.by_value) >= MAX_PLANS:
                route.by_value.clear()
            route.by_value[values] = plan
        return plan

    def _build(self, route: _Route, key: dict[str, str | None]) -> Plan | None:
        """Make the plan for events of a source whose route fields have these values."""
        rows = [row for row in route.rows if all(key[field] in values for field, values in row.when)]
        formulas: list[tuple[int, Formula]] = []
        fields: dict[tuple[Logsource, str], Field] = {}
        references: list[Reference] = []
        keywords: list[tuple[Test, int]] = []
        for logsource, bucket in self._buckets.items():
            if not any(logsource.covers(row.logsource) for row in rows):
                continue
            opened = self._open_formulas(bucket, key)
            formulas += opened
            for atom in sorted({atom for _, formula in opened for atom in atoms_in(formula)}):
                test = self._tests[atom]
                if test.op == "ref":
                    references.append(_reference(test, atom, route.source, logsource.category))
                elif not test.field:
                    keywords.append((test, atom))
                elif (logsource, test.field) not in fields:
                    names = names_of(test.field, route.source, logsource.category)
                    fields[logsource, test.field] = Field(names, bucket.matcher(test.field))
        if not formulas:
            return None
        words = self._keywords_of(tuple(keywords)) if keywords else None
        return Plan(sorted(formulas), list(fields.values()), references, words, self._cost)

    def _keywords_of(self, tests: tuple[tuple[Test, int], ...]) -> Keywords:
        """Give the keyword tests of a plan; plans often have the same."""
        found = self._keywords.get(tests)
        if found is None:
            found = self._keywords[tests] = Keywords(tests)
        return found

    def _open_formulas(self, bucket: _Bucket, key: dict[str, str | None]) -> list[tuple[int, Formula]]:
        """Give the formulas of a bucket's rules, as far as the route values leave them open."""

        def known(test: Test) -> bool | None:
            value = key.get(test.field)
            if value is None or not (_decidable(test) or test.op in {"null", "absent"}):
                return None
            return test.op == "eq" and value == test.value.lower()

        opened: list[tuple[int, Formula]] = []
        for index in bucket.rules:
            condition = self.compiled.rules[index].condition
            formula = simplify(condition, known, bucket.tests.__getitem__) if condition is not None else False
            if isinstance(formula, Formula):
                opened.append((index, formula))
            elif formula:
                opened.append((index, Formula(True, frozenset(), ())))
        return opened

    def _cost(self, atom: int) -> float:
        """Guess how often a test is true: the shorter a literal, the oftener."""
        test = self._tests[atom]
        if test.op in {"null", "absent", "any"}:
            return 1.0
        if test.op in {"contains", "glob", "startswith", "ref"}:
            size = len(test.extra if test.op == "glob" else test.value)
            return min(1.0, 4 * 0.5**size) if test.op != "startswith" else max(0.05, 0.5**size)
        return 0.05


def _decidable(test: Test) -> bool:
    """Say whether the lower-cased text of a value decides a test."""
    return test.op == "eq" and not test.cased and not test.unit


def _reference(test: Test, atom: int, source: str, category: str) -> Reference:
    own, other = names_of(test.field, source, category), names_of(test.value, source, category)
    return Reference(atom, own, other, test.extra, test.cased)
