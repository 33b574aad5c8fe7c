"""Runs of text that can be sought in a record's JSON: what no escape and no spelling of a number changes.

Enters: any text. Leaves: its longest run of ASCII letters, digits and a few signs, three and more; empty where it has
none. JSON as the lake writes it escapes none of these; a number's digits are the same however it is written.
"""

from __future__ import annotations

import re

NATIVE = "lower(coalesce(native, raw))"
"""In SQL, the vendor's fields of a row as JSON, in lower case."""

_RUN = re.compile(r"[a-z0-9_ .\-+()=;@$%!?*~^|#&\[\]{}']+")
_DIGITS = re.compile(r"[0-9]+")
_LETTER = re.compile(r"[a-df-z]")
_BRACKETS = re.compile(r"[\[\]{}]")
_MIN_RUN = 3


def run_of(text: str) -> str:
    """Give the longest run of a text that stands in the record's JSON as it is; empty where there is none."""
    runs: list[str] = []
    for run in _RUN.findall(text.lower()):
        for piece in _BRACKETS.split(run):
            runs += [piece] if _LETTER.search(piece) else _DIGITS.findall(piece)
    return max((run for run in runs if len(run) >= _MIN_RUN), key=len, default="")
