"""How likely it is that somebody chose a name rather than that a machine drew it, by its letters.

Enters: labels of DNS names. Leaves: decades for "drawn". The model (`models/letters.bin`) holds what each character
costs after the two before it in names that people registered; `models/README.md` says where it comes from, and
`scripts/train_dga.py` makes it.
Source: interpolated trigrams (Jelinek, Mercer 1980); the test is a likelihood ratio against evenly drawn characters.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from math import log10

MODEL = "letters.bin"
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-_"
SIZE = len(ALPHABET) + 2
"""Code 0 is the edge of a label, 1 any character that is not in the alphabet."""
SCALE = 60
"""Steps of a decade: a byte holds up to 4.25 decades."""
DRAWN = 3.0
"""Decades from which a label counts as drawn: of forty names that people chose, one reads so."""
MOST_CHARS = 63
"""A label's longest (RFC 1035)."""

_EDGE, _OTHER = 0, 1
_CODES = {char: code for code, char in enumerate(ALPHABET, start=2)}
_HEXADECIMAL = frozenset("0123456789abcdef")
_LEAST_HEXADECIMAL = 8
_MIXED, _LETTERS, _DIGITS, _HEX = (log10(size) * SCALE for size in (36, 26, 10, 16))


def codes(label: str) -> list[int]:
    """Give the codes of a label's characters with its edges: two before, one after."""
    return [_EDGE, _EDGE, *[_CODES.get(char, _OTHER) for char in label[:MOST_CHARS]], _EDGE]


@lru_cache(maxsize=1)
def _table() -> bytes:
    return files("tocsin.detect.behaviour").joinpath("models", MODEL).read_bytes()


@lru_cache(maxsize=65_536)
def drawn(label: str) -> float:
    """Give the decades by which a label is likelier drawn than chosen; below 0 for what reads like a name."""
    return judged(label, _table())


def judged(label: str, table: bytes) -> float:
    """Do as `drawn` with a model of one's own."""
    coded = codes(label)
    cost, pair = 0, 0
    for code in coded[2:]:
        place = pair * SIZE + code
        cost += table[place]
        pair = place % (SIZE * SIZE)
    length = len(coded) - 3
    return (cost - length * _even(label)) / SCALE if length else 0.0


def _even(label: str) -> float:
    """Give what each character costs where it is drawn evenly from the smallest usual set that holds them all."""
    if label.isdigit():
        return _DIGITS
    if label.isalpha():
        return _LETTERS
    if len(label) >= _LEAST_HEXADECIMAL and _HEXADECIMAL.issuperset(label):
        return _HEX
    return _MIXED
