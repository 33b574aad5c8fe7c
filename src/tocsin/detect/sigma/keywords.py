"""Keyword tests: a text anywhere in the record, in any string value or in the raw bytes.

Enters: the keyword tests of a log source; then events. Leaves: the set of atoms that are true for the event.
One scan over all strings and the raw text names candidates; each is then decided string by string.
"""

from __future__ import annotations


from tocsin.detect.sigma.matcher import Atoms, decide_of
from tocsin.detect.sigma.patterns import RegexSet, literal_finder
from tocsin.detect.sigma.rule import Test
from tocsin.detect.sigma.text import strings_in
from tocsin.model import Event

_BETWEEN = "\n\0\n"


class Keywords:
    """The keyword tests of one log source."""

    def __init__(self, tests: dict[Test, int]) -> None:
        plain = {test: atom for test, atom in tests.items() if test.op != "re"}
        regexes = {test: atom for test, atom in tests.items() if test.op == "re"}
        self._decides = [(atom, test.cased, decide_of(test), _literal(test)) for test, atom in plain.items()]
        literals = list(dict.fromkeys(literal for *_, literal in self._decides))
        self._by_rank = [[item for item in self._decides if item[3] == literal] for literal in literals]
        self._find = literal_finder(literals)
        self._regexes = RegexSet(list(regexes)) if regexes else None
        self._regex_atoms = list(regexes.values())

    def atoms_of(self, event: Event) -> Atoms:
        """Give the keyword tests that an event passes."""
        strings = list(strings_in(event.native))
        strings.append(raw_text(event.raw))
        found: set[int] = set()
        for rank in self._find(_BETWEEN.join(strings).lower()):
            for atom, _cased, decide, _literal in self._by_rank[rank]:
                if any(decide(text, text.lower()) for text in strings):
                    found.add(atom)
        if self._regexes is not None:
            for text in strings:
                found.update(self._regex_atoms[rank] for rank in self._regexes.find(text))
        return frozenset(found)


def _literal(test: Test) -> str:
    """Give a literal that every match contains; the separator stands for tests that have none."""
    if test.op == "any":
        return ""
    literal = test.extra if test.op == "glob" else test.value
    return literal.lower()


def raw_text(raw: bytes) -> str:
    """Decode the raw bytes of a record for keyword search: UTF-8, what is not is replaced."""
    return raw.decode("utf-8", "replace")


