"""Keyword tests: a text anywhere in the record, in any string value or in the raw bytes.

Enters: the keyword tests that concern a kind of events; then events. Leaves: the set of atoms that are true.
One scan names candidates; each is then decided string by string.

A JSON record is first scanned as received, once: the strings of its native fields stand in it, letter for letter or
JSON-escaped. Where they might not (`\\u` escapes, letters beyond ASCII, XML or JSON inside) and for all other
records, the strings are scanned as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from tocsin.detect.sigma.matcher import Atoms, decide_of
from tocsin.detect.sigma.patterns import RegexSet, regex_finder, to_bytes
from tocsin.detect.sigma.rule import Test
from tocsin.detect.sigma.text import strings_in
from tocsin.model import Event

_BETWEEN = "\n\0\n"
_NOTHING: Atoms = frozenset()
_SPOILERS = (rb"[^\\](\\\\)*\\(u[0-9a-f]{4}|/)", rb"</", rb"\{\\\"", rb"\xe2\x84\xaa", rb"\xc4\xb0")
"""In the raw bytes of a JSON record: an escape that hides a letter; XML inside; JSON inside; the two letters beyond
ASCII that have ASCII letters as their lower case (the Kelvin sign, the capital I with a dot)."""


class Keywords:
    """The keyword tests of the log sources that a kind of events has; each with its number."""

    def __init__(self, tests: Sequence[tuple[Test, int]]) -> None:
        plain = [(test, atom) for test, atom in tests if test.op != "re"]
        regexes = [(test, atom) for test, atom in tests if test.op == "re"]
        self._decides = [(atom, decide_of(test)) for test, atom in plain]
        literals = [_literal(test) for test, _ in plain]
        self._candidates = _candidates(literals)
        self._ascii = all(literal.isascii() for literal in literals)
        self._regexes = RegexSet([test for test, _ in regexes]) if regexes else None
        self._regex_atoms = [atom for _, atom in regexes]

    def atoms_of(self, event: Event) -> Atoms:
        """Give the keyword tests that an event passes."""
        raw = event.raw
        simple = self._regexes is None and raw[:1] == b"{" and (self._ascii or raw.isascii())
        if simple and not self._candidates(raw.lower(), True):
            return _NOTHING
        strings = [*strings_in(event.native), raw_text(raw)]
        found: set[int] = set()
        candidates = self._candidates(to_bytes(_BETWEEN.join(strings).lower()), False)
        if candidates:
            folded = [(text, text.lower()) for text in strings]
            for atom, decide in (self._decides[rank] for rank in candidates):
                if any(decide(text, low) for text, low in folded):
                    found.add(atom)
        if self._regexes is not None:
            for text in strings:
                found.update(self._regex_atoms[rank] for rank in self._regexes.find(text))
        return frozenset(found)


def _literal(test: Test) -> str:
    """Give a literal that every match contains; empty when there is none."""
    if test.op == "any":
        return ""
    return (test.extra if test.op == "glob" else test.value).lower()


def _escaped(literal: str) -> str:
    return orjson.dumps(literal.encode("utf-8", "replace").decode()).decode()[1:-1].lower()


def _candidates(literals: list[str]) -> Callable[[bytes, bool], list[int]]:
    """Give the function that names the tests (by rank) whose literal stands in lower-cased bytes, plain or escaped.

    With its second argument true it also names something when a spoiler stands there.
    """
    always = [rank for rank, literal in enumerate(literals) if not literal]
    by_form: dict[bytes, list[int]] = {}
    for rank, literal in enumerate(literals):
        for form in {literal, _escaped(literal)} if literal else ():
            by_form.setdefault(_pattern(form), []).append(rank)
    ranks = [*by_form.values()]
    find = regex_finder([*by_form, *_SPOILERS])
    spoiled = len(ranks)

    def candidates(data: bytes, spoilers: bool) -> list[int]:
        found = find(data)
        if not (found or always):
            return []
        if spoilers and any(form >= spoiled for form in found):
            return [0]
        return sorted({*always, *(rank for form in found if form < spoiled for rank in ranks[form])})

    return candidates


def _pattern(literal: str) -> bytes:
    """Write a literal as a pattern over bytes."""
    return b"".join(b"\\x%02x" % byte for byte in to_bytes(literal))


def raw_text(raw: bytes) -> str:
    """Decode the raw bytes of a record for keyword search: UTF-8, what is not is replaced."""
    return raw.decode("utf-8", "replace")
