"""Make one entry of what several files say of the same thing.

Enters: the entries of one site, in the order of the files. Leaves: one entry a thing. What people declared by hand
goes before what was imported or observed; a thing declared by hand twice is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tocsin.care.entries import Entry, Part
from tocsin.care.fields import ADD_IT, NO_VALUE
from tocsin.care.model import Provenance
from tocsin.care.problems import Problem
from tocsin.care.schema import SECTIONS
from tocsin.i18n import N_

HAND = "hand"
SPACES = {"devices": "hosts"}
"""Sections whose names live in the space of another section."""


def space(section: str) -> str:
    """Give the section in whose space the names of a section live."""
    return SPACES.get(section, section)


def merge(entries: Iterable[Entry]) -> tuple[dict[tuple[str, str], Entry], list[Problem]]:
    """Give the entries by section's space and name in small letters, and the things that were declared twice."""
    merged: dict[tuple[str, str], Entry] = {}
    problems: list[Problem] = []
    for entry in entries:
        key = space(entry.section), entry.name.lower()
        known = merged.get(key)
        if known is None:
            merged[key] = entry
        elif known.origin.by == HAND and entry.origin.by == HAND:
            problems.append(_twice(known, entry))
        else:
            merged[key] = _joined(known, entry)
    return merged, [*problems, *_incomplete(merged.values())]


def _incomplete(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Tell what no file says of a thing although it must be said."""
    must = {name: [(key, one) for key, one in section.keys.items() if one.must] for name, section in SECTIONS.items()}
    for entry in entries:
        for key, one in must[entry.section]:
            if key not in entry.values and key not in entry.spots:
                facts = {"what": entry.name, "key": key, "why": one.why}
                yield Problem(entry.place, NO_VALUE, facts, ADD_IT)


def _twice(first: Entry, second: Entry) -> Problem:
    facts = {"name": second.name, "first": str(first.place)}
    hint = N_("Remove one of them, or give it another name.")
    return Problem(second.place, N_("“{name}” is declared a second time (first in {first})"), facts, hint)


def _joined(first: Entry, second: Entry) -> Entry:
    """Put two entries together: the hand's, else the first, goes before."""
    high, low = (second, first) if second.origin.by == HAND else (first, second)
    values = {**low.values, **high.values}
    for key in ("needs", "components"):
        if key in low.values and key in high.values:
            values[key] = _parts(high.parts(key), low.parts(key))
    section = "devices" if "devices" in {high.section, low.section} else high.section
    origin = together(high.origin, low.origin)
    return Entry(section, high.name, high.spot, values, origin, {**low.spots, **high.spots})


def _parts(high: list[Part], low: list[Part]) -> list[Part]:
    found = {part.name: part for part in low}
    for part in high:
        known = found.get(part.name)
        if known is None:
            found[part.name] = part
            continue
        both = {**known.values, **part.values}
        found[part.name] = Part(part.name, part.spot, both, together(part.origin, known.origin))
    return list(found.values())


def together(high: Provenance, low: Provenance) -> Provenance:
    """Give the provenance of what two sources say; declared and observed is both."""
    known = high.known if high.known == low.known else "both"
    days = [day for day in (high.since, low.since) if day]
    last = max(high.last, low.last)
    return msgspec.structs.replace(high, known=known, since=min(days, default=""), last=last)
