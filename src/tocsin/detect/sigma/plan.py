"""A plan: the rules that can still hold for events of one kind, and the quickest way to decide them.

Enters: formulas of the rules that partial evaluation left, and the fields they look at; then events. Leaves: the
indexes of the rules that hold. For every set of keys (`_Shape`) the places of the fields are found once; the classes
of an event's values are its signature; the verdict for a signature is kept. On a new signature only the rules of
which a necessary test is true are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from tocsin.detect.sigma.keywords import Keywords
from tocsin.detect.sigma.logic import Formula, holds, witnesses
from tocsin.detect.sigma.lookup import MISSING, direct_key, look_up
from tocsin.detect.sigma.matcher import ABSENT, Atoms, Matcher
from tocsin.detect.sigma.text import texts_of
from tocsin.model import Event, Native

MAX_SHAPES = 256
MAX_VERDICTS = 1 << 13
_get = dict.get


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
        keywords: list[Keywords],
        cost: Callable[[int], float],
    ) -> None:
        self.fields = fields
        self.references = references
        self.keywords = keywords
        self._formulas = dict(formulas)
        self._always: list[int] = []
        self._by_witness: dict[int, list[int]] = {}
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        for rule, formula in formulas:
            needed = witnesses(formula, cost)
            if needed is None:
                self._always.append(rule)
            for atom in needed or ():
                self._by_witness.setdefault(atom, []).append(rule)

    def verdict(self, event: Event) -> tuple[int, ...]:
        """Give the rules that hold for one event, in order."""
        keys = tuple(event.native)
        shape = self._shapes.get(keys)
        if shape is None:
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[keys] = _Shape(self, keys)
        return shape.verdict(event)

    def decide(self, true: Atoms) -> tuple[int, ...]:
        """Give the rules that hold when these tests, and no others, are true."""
        candidates = set(self._always)
        by_witness = self._by_witness
        for atom in true:
            found = by_witness.get(atom)
            if found is not None:
                candidates.update(found)
        formulas = self._formulas
        return tuple(sorted(rule for rule in candidates if holds(formulas[rule], true)))


class _Shape:
    """A plan for events that have just these keys."""

    def __init__(self, plan: Plan, keys: tuple[str, ...]) -> None:
        self._plan = plan
        self._verdicts: dict[Any, tuple[int, ...]] = {}
        direct: list[tuple[str, Matcher]] = []
        self._dug: list[Field] = []
        self._absent: list[Matcher] = []
        for field in plan.fields:
            key = direct_key(keys, field.names)
            if isinstance(key, str):
                direct.append((key, field.matcher))
            elif key:
                self._dug.append(field)
            else:
                self._absent.append(field.matcher)
        self._matchers = [matcher for _, matcher in direct]
        self._caches = [matcher.cache for _, matcher in direct]
        self._values = _getter([key for key, _ in direct])
        self._special = bool(self._dug or plan.references or plan.keywords)

    def verdict(self, event: Event) -> tuple[int, ...]:
        native = event.native
        values = self._values(native)
        try:
            signature: Any = tuple(map(_get, self._caches, values))
            if None in signature:
                signature = self._completed(signature, values)
        except TypeError:  # a list or an object
            signature = self._completed((None,) * len(values), values)
        if self._special:
            signature = self._with_special(signature, event)
        verdict = self._verdicts.get(signature)
        return self._decide(signature) if verdict is None else verdict

    def _completed(self, known: tuple[int | None, ...], values: tuple[Any, ...]) -> tuple[int, ...]:
        """Put the values that the caches do not know in their classes."""
        return tuple(
            [
                matcher.class_of(value) if number is None else number
                for number, matcher, value in zip(known, self._matchers, values, strict=True)
            ]
        )

    def _with_special(self, signature: tuple[int, ...], event: Event) -> tuple[Any, ...]:
        plan, native = self._plan, event.native
        dug = tuple(field.matcher.class_of(look_up(native, field.names)) for field in self._dug)
        refs = frozenset(ref.atom for ref in plan.references if refers(ref, native))
        words = tuple(keywords.atoms_of(event) for keywords in plan.keywords)
        return (*signature, *dug, refs, *words)

    def _decide(self, signature: tuple[Any, ...]) -> tuple[int, ...]:
        matchers = [*self._matchers, *(field.matcher for field in self._dug)]
        true = frozenset().union(
            *(matcher.classes[number] for matcher, number in zip(matchers, signature, strict=False)),
            *signature[len(matchers) :],
            *(matcher.classes[ABSENT] for matcher in self._absent),
        )
        verdict = self._plan.decide(true)
        if len(self._verdicts) >= MAX_VERDICTS:
            self._verdicts.clear()
        self._verdicts[signature] = verdict
        return verdict


def _getter(keys: list[str]) -> Callable[[Native], tuple[Any, ...]]:
    if not keys:
        return lambda _native: ()
    if len(keys) == 1:
        key = keys[0]
        return lambda native: (native[key],)
    return itemgetter(*keys)


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
