"""One field of one log source: each distinct value is put once in its class, the set of the tests it passes.

Enters: the tests that rules make on a field; then values. Leaves: class numbers; `classes[number]` is the set of
the atoms (numbers of tests) that are true. Values are kept in a bounded cache of two generations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tocsin.detect.sigma.lookup import MISSING
from tocsin.detect.sigma.patterns import RegexSet, literal_finder
from tocsin.detect.sigma.rule import Test
from tocsin.detect.sigma.text import text_of, texts_of
from tocsin.detect.sigma.values import check_of

NULL = 0
"""The class of null."""

ABSENT = 1
"""The class of a missing value."""

_MAX_VALUES = 1 << 14
_MAX_CHARS = 1 << 20
_MAX_KEPT = 2048
"""A longer text is not kept: such texts seldom come twice."""

Atoms = frozenset[int]
Decide = Callable[[str, str], bool]
"""Say from a text and its lower-cased form whether a test holds."""

Index = dict[str, list[tuple[int, Decide | None]]]
"""Literal -> the tests that it may fulfil; without a decision it surely does."""


class Matcher:
    """The tests of one field. The result for a value never depends on what came before."""

    def __init__(self, tests: dict[Test, int]) -> None:
        self.classes: list[Atoms] = []
        self.cache: dict[Any, int] = {}
        self._old: dict[Any, int] = {}
        self._chars = 0
        self._sort(tests)
        nulls = frozenset(atom for test, atom in tests.items() if test.op == "null")
        self.classes = [nulls, nulls | frozenset(atom for test, atom in tests.items() if test.op == "absent")]
        self._numbers: dict[Atoms, int] = {}
        self.cache[None] = NULL

    def _sort(self, tests: dict[Test, int]) -> None:
        """Sort the tests by the way in which they are found."""
        self._always = frozenset(atom for test, atom in tests.items() if test.op == "any")
        self._exact: Index = {}
        self._checks: list[tuple[int, Decide]] = []
        literals: Index = {}
        tails: Index = {}
        regexes: dict[Test, int] = {}
        for test, atom in tests.items():
            if test.op == "re":
                regexes[test] = atom
            elif test.op == "eq" and not test.unit:
                self._exact.setdefault(test.value.lower(), []).append((atom, _exactly(test)))
            elif test.op in {"contains", "startswith", "endswith", "glob"}:
                self._sort_literal(test, atom, literals, tails)
            elif test.op not in {"null", "absent", "any", "ref"}:
                self._checks.append((atom, _unfolded(check_of(test))))
        self._back = _by_depth(tails, "\\")
        self._forward = _by_depth(tails, "/")
        self._sure = [tuple(atom for atom, decide in found if decide is None) for found in literals.values()]
        self._unsure = {
            rank: [(atom, decide) for atom, decide in found if decide is not None]
            for rank, found in enumerate(literals.values())
            if any(decide is not None for _, decide in found)
        }
        self._find = literal_finder(list(literals)) if literals else None
        self._regex_atoms = list(regexes.values())
        self._regexes = RegexSet(list(regexes)) if regexes else None

    def _sort_literal(self, test: Test, atom: int, literals: Index, tails: Index) -> None:
        literal = (test.extra if test.op == "glob" else test.value).lower()
        if not literal:
            self._checks.append((atom, decide_of(test)))
        elif test.op == "endswith" and literal[0] in "\\/":
            tails.setdefault(literal, []).append((atom, _exactly(test, tail=True)))
        else:
            decide = None if test.op == "contains" and not test.cased else decide_of(test)
            literals.setdefault(literal, []).append((atom, decide))

    def class_of(self, value: Any) -> int:
        """Give the class of any JSON value, or of `MISSING`.

        Only texts are kept in the cache: as keys of a dict, 1, 1.0 and True would be the same.
        """
        if isinstance(value, str):
            return self._class_of_text(value)
        if value is None:
            return NULL
        if value is MISSING:
            return ABSENT
        if isinstance(value, list):
            atoms = [self.classes[NULL if text is None else self._class_of_text(text)] for text in texts_of(value)]
            return self._number(frozenset().union(*atoms))
        return self._class_of_text(text_of(value))

    def _class_of_text(self, text: str) -> int:
        number = self.cache.get(text)
        if number is not None:
            return number
        number = self._old.get(text)
        if number is None:
            number = self._number(self._atoms_of(text))
        if len(text) <= _MAX_KEPT:
            self._keep(text, number)
        return number

    def _keep(self, text: str, number: int) -> None:
        self._chars += len(text)
        if self._chars > _MAX_CHARS or len(self.cache) >= _MAX_VALUES:
            self._old = dict(self.cache)
            self.cache.clear()
            self.cache[None] = NULL
            self._chars = len(text)
        self.cache[text] = number

    def _number(self, atoms: Atoms) -> int:
        number = self._numbers.get(atoms)
        if number is None:
            number = self._numbers[atoms] = len(self.classes)
            self.classes.append(atoms)
        return number

    def _atoms_of(self, text: str) -> Atoms:
        low = text.lower()
        true = set(self._always)
        _take(true, self._exact.get(low, ()), text, low)
        if self._back:
            _take_tails(true, self._back, "\\", text, low)
        if self._forward:
            _take_tails(true, self._forward, "/", text, low)
        if self._find is not None:
            found = self._find(low)
            true.update(*[self._sure[rank] for rank in found])
            for rank in self._unsure.keys() & found:
                _take(true, self._unsure[rank], text, low)
        if self._regexes is not None:
            true.update([self._regex_atoms[rank] for rank in self._regexes.find(text)])
        if self._checks:
            true.update([atom for atom, decide in self._checks if decide(text, low)])
        return frozenset(true)


def _take(true: set[int], found: Iterable[tuple[int, Decide | None]], text: str, low: str) -> None:
    for atom, decide in found:
        if decide is None or decide(text, low):
            true.add(atom)


def _by_depth(tails: Index, separator: str) -> list[Index]:
    """Sort path endings by how many separators they have; the list's end is the largest depth."""
    own = {tail: found for tail, found in tails.items() if tail[0] == separator}
    depths = [tail.count(separator) for tail in own]
    return [
        {tail: found for tail, found in own.items() if tail.count(separator) == depth}
        for depth in range(1, max(depths, default=0) + 1)
    ]


def _take_tails(true: set[int], by_depth: list[Index], separator: str, text: str, low: str) -> None:
    """Look for path endings: `\\a.exe` is the rest from the last separator, `\\b\\a.exe` from the last but one."""
    position = len(low)
    for tails in by_depth:
        position = low.rfind(separator, 0, position)
        if position < 0:
            return
        found = tails.get(low[position:])
        if found is not None:
            _take(true, found, text, low)


def _unfolded(check: Callable[[str], bool]) -> Decide:
    return lambda text, _low: check(text)


def _exactly(test: Test, tail: bool = False) -> Decide | None:
    if not test.cased:
        return None
    value = test.value
    return (lambda text, _low: text.endswith(value)) if tail else (lambda text, _low: text == value)


def decide_of(test: Test) -> Decide:
    """Give the whole decision of a test on text, independent of any index."""
    value, cased = test.value, test.cased
    if test.op == "glob":
        fullmatch = re.compile(value, re.DOTALL).fullmatch
        return lambda text, low: fullmatch(text if cased else low) is not None
    if test.op == "startswith":
        return lambda text, low: (text if cased else low).startswith(value)
    if test.op == "endswith":
        return lambda text, low: (text if cased else low).endswith(value)
    if test.op == "contains":
        return lambda text, low: value in (text if cased else low)
    if test.op == "any":
        return lambda _text, _low: True
    return lambda text, low: (text if cased else low) == value
