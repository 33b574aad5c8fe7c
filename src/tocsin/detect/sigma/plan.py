"""A plan: the rules that can still hold for events of one kind, and the quickest way to decide them.

Enters: formulas of the rules that partial evaluation left, and the fields they look at; then events. Leaves: the
indexes of the rules that hold. For every set of keys (`Shape`) the places of the fields are found once; the classes
of an event's values are its signature; the verdict for a signature is kept. On a new signature only the rules of
which a necessary test is true are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from tocsin.detect.sigma.keywords import Keywords
from tocsin.detect.sigma.logic import Formula, holds, witnesses
from tocsin.detect.sigma.lookup import MISSING, derived, direct_key, look_up
from tocsin.detect.sigma.matcher import ABSENT, Atoms, Matcher
from tocsin.detect.sigma.text import texts_of
from tocsin.model import Event, Native

MAX_SHAPES = 256
MAX_VERDICTS = 1 << 13

Verdict = tuple[int, ...]
"""Indexes of the rules that hold, in order."""


class Field(NamedTuple):
    """One field that the plan looks at: the names it may have in the event, and its tests."""

    names: tuple[str, ...]
    matcher: Matcher


class Reference(NamedTuple):
    """A `fieldref` test: two fields of the same event, and how they compare (letter case aside unless `cased`)."""

    atom: int
    names: tuple[str, ...]
    other: tuple[str, ...]
    mode: str
    cased: bool


class Plan:
    """The rules of one kind of events."""

    def __init__(
        self,
        formulas: list[tuple[int, Formula]],
        fields: list[Field],
        references: list[Reference],
        keywords: Keywords | None,
        cost: Callable[[int], float],
    ) -> None:
        self.fields = fields
        self.references = references
        self.keywords = keywords
        self._formulas = dict(formulas)
        self._always: list[int] = []
        self._by_witness: dict[int, list[int]] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        for rule, formula in formulas:
            needed = witnesses(formula, cost)
            if needed is None:
                self._always.append(rule)
            for atom in needed or ():
                self._by_witness.setdefault(atom, []).append(rule)

    def shape(self, event: Event) -> Shape:
        """Give the form of this plan for events with just the keys of this one."""
        keys = tuple(event.native)
        shape = self._shapes.get(keys)
        if shape is None:
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[keys] = Shape(self, keys)
        return shape

    def decide(self, true: Atoms) -> Verdict:
        """Give the rules that hold when these tests, and no others, are true."""
        candidates = set(self._always)
        by_witness = self._by_witness
        for atom in true:
            found = by_witness.get(atom)
            if found is not None:
                candidates.update(found)
        formulas = self._formulas
        return tuple(sorted(rule for rule in candidates if holds(formulas[rule], true)))


class Shape:
    """A plan for events that have just these keys. Works column by column: what belongs together stays in reach."""

    def __init__(self, plan: Plan, keys: tuple[str, ...]) -> None:
        self._plan = plan
        self._verdicts: dict[tuple[Any, ...], Verdict] = {}
        self._direct: list[tuple[Callable[[Native], Any], Matcher]] = []
        self._dug: list[Field] = []
        self._absent: list[Matcher] = []
        self._references = [
            one for one in plan.references if direct_key(keys, one.names) and direct_key(keys, one.other)
        ]
        for field in plan.fields:
            key = direct_key(keys, field.names)
            if isinstance(key, tuple):
                self._direct.append((_getter(*key), field.matcher))
            elif key:
                possible = tuple(name for name in field.names if direct_key(keys, (name,)))
                self._dug.append(Field(possible, field.matcher))
            else:
                self._absent.append(field.matcher)
        self._matchers = [*(matcher for _, matcher in self._direct), *(field.matcher for field in self._dug)]

    def verdicts(self, events: Sequence[Event]) -> list[Verdict]:
        """Give the rules that hold for each event, in order."""
        columns = self._columns(events)
        signatures: list[tuple[Any, ...]] = list(zip(*columns, strict=True)) if columns else [()] * len(events)
        verdicts = list(map(self._verdicts.get, signatures))
        if None not in verdicts:
            return verdicts  # type: ignore[return-value]
        return [
            self._decided(signature) if verdict is None else verdict
            for verdict, signature in zip(verdicts, signatures, strict=True)
        ]

    def _columns(self, events: Sequence[Event]) -> list[Sequence[Any]]:
        """Give, field by field, the classes of all events; then what is decided for each event anew."""
        natives = [event.native for event in events]
        columns: list[Sequence[Any]] = [_classes(matcher, get, natives) for get, matcher in self._direct]
        columns += [[matcher.class_of(look_up(native, names)) for native in natives] for names, matcher in self._dug]
        if self._references:
            columns.append([frozenset([ref.atom for ref in self._references if refers(ref, one)]) for one in natives])
        if self._plan.keywords is not None:
            columns.append(list(map(self._plan.keywords.atoms_of, events)))
        return columns

    def _decided(self, signature: tuple[Any, ...]) -> Verdict:
        verdict = self._verdicts.get(signature)
        if verdict is None:
            verdict = self._plan.decide(self._true(signature))
            if len(self._verdicts) >= MAX_VERDICTS:
                self._verdicts.clear()
            self._verdicts[signature] = verdict
        return verdict

    def _true(self, signature: tuple[Any, ...]) -> Atoms:
        """Give all tests that are true for a signature."""
        matchers = self._matchers
        return frozenset().union(
            *(matcher.classes[number] for matcher, number in zip(matchers, signature, strict=False)),
            *signature[len(matchers) :],
            *(matcher.classes[ABSENT] for matcher in self._absent),
        )


def _getter(key: str, part: str) -> Callable[[Native], Any]:
    return (lambda native: derived(native[key], part)) if part else itemgetter(key)


def _classes(matcher: Matcher, get: Callable[[Native], Any], natives: list[Native]) -> list[int]:
    """Give the classes of one field's values: those that the cache knows without a step of Python."""
    try:
        known = list(map(matcher.cache.get, map(get, natives)))
    except TypeError:  # a list or an object
        return [matcher.class_of(get(native)) for native in natives]
    if None not in known:
        return known  # type: ignore[return-value]
    class_of = matcher.class_of
    return [class_of(get(native)) if number is None else number for number, native in zip(known, natives, strict=True)]


def refers(reference: Reference, native: Native) -> bool:
    """Say whether some text of the one field compares with some text of the other."""
    others = _texts(native, reference.other, reference.cased)
    own = _texts(native, reference.names, reference.cased) if others else ()
    return any(_compares(text, other, reference.mode) for text in own for other in others)


def _texts(native: Native, names: tuple[str, ...], cased: bool) -> list[str]:
    value = look_up(native, names)
    texts = [] if value is MISSING else [text for text in texts_of(value) if text is not None]
    return texts if cased else [text.lower() for text in texts]


def _compares(text: str, other: str, mode: str) -> bool:
    if mode == "contains":
        return other in text
    if mode == "startswith":
        return text.startswith(other)
    return text.endswith(other) if mode == "endswith" else text == other
