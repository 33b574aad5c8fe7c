"""Sigma rules read from YAML and evaluated one by one, as slowly as they read.

Enters: YAML texts and events. Leaves: for each event the ids of the rules that it matches.
Source: Sigma rules specification 2.0 and filters specification 2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.reference import logsource, naming
from tests.reference.condition import Parser, Tree, holds
from tests.reference.fields import all_texts, values_of
from tests.reference.values import Entry, entry
from tocsin.model import Event


class _Loader(yaml.CSafeLoader):
    """YAML in which a key stands once, as YAML 1.2 demands."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice: {keys}")
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@dataclass
class Seen:
    """An event as rules of one log source see it; remembers the fields that were asked for."""

    event: Event
    category: str | None
    known: dict[str, tuple[bool, list[Any]]] = field(default_factory=dict)

    def values(self, name: str) -> tuple[bool, list[Any]]:
        """Give (is the field there, its values)."""
        if name not in self.known:
            self.known[name] = self._found(name)
        return self.known[name]

    def _found(self, name: str) -> tuple[bool, list[Any]]:
        for own in naming.names(self.event, self.category, name):
            present, values = values_of(self.event.native, own)
            if present:
                return present, values
        if part := naming.derived(self.event, name):
            present, values = values_of(self.event.native, part[0])
            return present, [naming.part_of(value, part[1]) if isinstance(value, str) else value for value in values]
        return False, []

    def texts(self) -> list[str]:
        """Give what keywords search: every text of the event, and its bytes as text."""
        return [*all_texts(self.event.native), self.event.raw.decode("utf-8", "replace")]


Search = Callable[[Seen], bool]


@dataclass
class Rule:
    """One detection rule."""

    id: str
    title: str
    name: str
    logsource: logsource.Wanted
    searches: dict[str, Search]
    conditions: list[Tree]
    fields: list[str]
    """The fields that the answer depends on."""
    keywords: bool
    """Whether it depends on the whole event."""
    also: list[Rule] = field(default_factory=list)
    """Filters: what else must hold."""

    def matches(self, event: Event) -> bool:
        """Say whether an event has the rule's log source and fulfils it."""
        return logsource.satisfies(event, self.logsource) and self.holds(self.see(event))

    def see(self, event: Event) -> Seen:
        """Give the event under the names of the rule's log source."""
        return Seen(event, self.logsource.category)

    def holds(self, seen: Seen) -> bool:
        """Say whether one of the conditions holds, whatever the log source."""
        answers = {name: search(seen) for name, search in self.searches.items()}
        own = any(holds(tree, answers.__getitem__) for tree in self.conditions)
        return own and all(rule.holds(seen) for rule in self.also)


def documents(text: str) -> list[dict[str, Any]]:
    """Read the YAML documents of one file.

    Raises:
        ValueError: not YAML, or a key stands twice.
    """
    try:
        return [item for item in yaml.load_all(text, Loader=_Loader) if item is not None]
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from error


def rule_of(document: dict[str, Any]) -> Rule:
    """Read one detection rule.

    Raises:
        ValueError: it is not a rule of the specification.
    """
    detection = dict(document["detection"])
    source = logsource.Wanted(*(document["logsource"].get(key) for key in ("product", "category", "service")))
    names = ("id", "title", "name")
    identity = [str(document.get(key) or "") for key in names]
    return _built(identity, source, detection)


def filter_of(document: dict[str, Any]) -> tuple[list[str], Rule]:
    """Read one filter: the rules it is for (`any` for all), and what must hold besides."""
    body = dict(document["filter"])
    wanted = body.pop("rules")
    source = logsource.Wanted(*(document["logsource"].get(key) for key in ("product", "category", "service")))
    identity = [str(document.get(key) or "") for key in ("id", "title", "name")]
    return [wanted] if isinstance(wanted, str) else wanted, _built(identity, source, body)


def _built(identity: list[str], source: logsource.Wanted, detection: dict[str, Any]) -> Rule:
    texts = detection.pop("condition")
    detection.pop("timeframe", None)
    entries: list[Entry] = []
    searches = {name: _search(body, entries) for name, body in detection.items()}
    texts = texts if isinstance(texts, list) else [texts]
    conditions = [Parser(text, list(searches)).parse() for text in texts]
    fields = {item.field for item in entries if item.field} | {name for item in entries for name in item.references}
    keywords = any(item.field is None for item in entries)
    return Rule(*identity, source, searches, conditions, sorted(fields), keywords)


def _search(body: object, entries: list[Entry]) -> Search:
    """Read a search: a map is AND, a list of maps is OR, anything else are keywords."""
    if isinstance(body, dict):
        tests = [_line(str(key), value, entries) for key, value in body.items()]
        return lambda seen: all(test(seen) for test in tests)
    if not isinstance(body, list):
        body = [body]
    options = [_search(part, entries) for part in body if isinstance(part, dict | list)]
    words = [part for part in body if not isinstance(part, dict | list)]
    if words:
        options.append(_line("", words, entries))
    return lambda seen: any(test(seen) for test in options)


def _line(key: str, value: object, entries: list[Entry]) -> Search:
    name, *modifiers = key.split("|")
    built = entry(name or None, modifiers, value if isinstance(value, list) else [value])
    entries.append(built)

    def test(seen: Seen) -> bool:
        if not name:
            return built.matches(True, list(seen.texts()), lambda _: [])
        return built.matches(*seen.values(name), lambda other: seen.values(other)[1])

    return test


def with_filters(rules: list[Rule], filters: list[tuple[list[str], Rule]]) -> list[Rule]:
    """Add each filter to the rules that it names and whose log source it covers."""
    for wanted, extra in filters:
        for rule in rules:
            named = wanted == ["any"] or rule.id in wanted or (rule.name and rule.name in wanted)
            if named and extra.logsource.covers(rule.logsource):
                rule.also.append(extra)
    return rules


def read(texts: Iterable[str]) -> tuple[list[Rule], list[str]]:
    """Read the detection rules of rule files: (rules, why others are none)."""
    rules: list[Rule] = []
    skipped: list[str] = []
    for text in texts:
        try:
            rules += [rule_of(item) for item in documents(text) if "detection" in item]
        except (ValueError, KeyError, TypeError) as error:
            skipped.append(f"{text[:80]!r}: {error}")
    return rules, skipped


class Evaluator:
    """All rules over many events. Remembers a rule's answer for the same values of all its fields."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self._candidates: dict[tuple[object, ...], list[int]] = {}
        self._answers: list[dict[str, bool]] = [{} for _ in rules]

    def match(self, event: Event) -> list[int]:
        """Give the indexes of the rules that an event matches."""
        seen_by: dict[str, Seen] = {}
        matched = []
        for index in self._for(event):
            rule = self.rules[index]
            key = str(rule.logsource.category)
            if key not in seen_by:
                seen_by[key] = rule.see(event)
            if self._answer(index, seen_by[key]):
                matched.append(index)
        return matched

    def _for(self, event: Event) -> list[int]:
        """Give the rules for an event's log source; events of the same labels have the same rules."""
        labels = logsource.labels(event)
        if labels not in self._candidates:
            fitting = [i for i, rule in enumerate(self.rules) if logsource.satisfies(event, rule.logsource)]
            self._candidates[labels] = fitting
        return self._candidates[labels]

    def _answer(self, index: int, seen: Seen) -> bool:
        rule = self.rules[index]
        if rule.keywords or rule.also:
            return rule.holds(seen)
        key = repr([seen.values(name) for name in rule.fields])
        if key not in self._answers[index]:
            if len(self._answers[index]) >= 2000:
                self._answers[index].clear()
            self._answers[index][key] = rule.holds(seen)
        return self._answers[index][key]
